"""Answers of any fitted estimator, in any format, as scores of shape (n_samples, n_labels)."""

import numpy as np

from ..core import classes_last, num_samples, read_scores, read_table


def response_method_name(estimator, response_method):
    """Name of the method that gives the scores.

    For "auto" it is ``predict_proba``, or ``decision_function`` if there is no ``predict_proba``.
    """
    candidates = (response_method,)
    if response_method == "auto":
        candidates = ("predict_proba", "decision_function")
    for name in candidates:
        if hasattr(estimator, name):
            return name
    raise AttributeError(
        f"{type(estimator).__name__} has no {' and no '.join(candidates)}: thresholds need a score "
        "for each label. Choose another 'estimator', or another 'response_method'."
    )


def label_scores(estimator, X, response_method, n_labels, names=None, where=""):
    """(n_samples, n_labels) scores from the response method of a fitted estimator.

    scikit-learn's estimators answer with one of

    - (n_samples, n_labels);
    - a list of (n_samples, n_classes) for each label, or the same as an array of three dimensions;
      a label that was constant in training has one column;
    - (n_samples, 2, n_labels), from skorch;
    - (n_samples, 2) or (n_samples,) for a single label.

    names, where : label names and the place of the call, for error messages
    """
    response = getattr(estimator, response_method)(X)
    n_samples = num_samples(X)
    classes = getattr(estimator, "classes_", None)
    if _is_list_of_labels(response) or np.ndim(response) == 3:
        response = _column_of_each_label(response, classes, n_samples, n_labels, where)
    if not hasattr(response, "columns"):  # of a table, which is read by name
        response = _as_array(response)
        if response.ndim == 1:
            response = response[:, np.newaxis]
        elif n_labels == 1 and response_method == "predict_proba":
            response = _positive_column(response, classes)[:, np.newaxis]
    scores = read_scores(response, n_labels, names, where=where)
    if len(scores) != n_samples:
        raise ValueError(
            f"'{response_method}' of 'estimator' must give scores for each of the {n_samples} "
            f"samples. Got {len(scores)} rows instead{where}."
        )
    return scores


def _as_array(response):
    """An array of what may be a tensor or a sparse matrix, NaN where it is masked."""
    if type(response) is np.ndarray:
        return response
    table = read_table(response, "y_score")
    return table.values if table.masked is None else np.where(table.masked, np.nan, table.values)


def _is_list_of_labels(response):
    """Whether an answer is a list of arrays, one for each label, and not a list of rows."""
    return isinstance(response, list | tuple) and all(
        hasattr(of_label, "shape") for of_label in response
    )


def _column_of_each_label(response, classes, n_samples, n_labels, where):
    """(n_samples, n_labels) scores of the positive classes."""
    if not _is_list_of_labels(response):
        response = _label_by_label(_as_array(response), n_samples, n_labels, where)
    if len(response) != n_labels:
        raise ValueError(
            f"'estimator' must answer with one array for each of the {n_labels} labels. "
            f"Got {len(response)} arrays instead{where}."
        )
    if classes is None or np.ndim(classes[0]) == 0:
        classes = [classes] * n_labels  # the same of all labels
    columns = [
        _positive_column(_as_array(of_label), of_classes)
        for of_label, of_classes in zip(response, classes, strict=True)
    ]
    return np.column_stack(columns)


def _label_by_label(response, n_samples, n_labels, where):
    """An array of three dimensions with the labels first, then the samples."""
    response = classes_last(response, n_labels)
    labels_first = response.shape[:2] == (n_labels, n_samples)
    samples_first = response.shape[:2] == (n_samples, n_labels)
    if labels_first and samples_first and n_labels > 1:
        raise ValueError(
            f"The answer of 'estimator' has shape {response.shape}{where}: it does not tell "
            "samples from labels. Let 'estimator' answer with a list of arrays, one for each label."
        )
    return np.swapaxes(response, 0, 1) if samples_first else response


def _positive_column(proba, classes):
    """Probability of the positive class, the larger of the classes of one label.

    The last column is not always it: a label that never occurred in training has the one column
    P(0) = 1.
    """
    if proba.ndim == 1:
        return proba
    classes = np.asarray([0, 1] if classes is None else classes)
    if classes.ndim == 2:  # a list with the classes of the one label
        classes = classes[0]
    if len(classes) > 2:
        raise ValueError(
            "A label must have two classes. Got the classes "
            f"{classes.tolist()} of 'estimator' instead."
        )
    if len(classes) == 2 and proba.shape[1] > 2:
        raise ValueError(
            f"A label of the two classes {classes.tolist()} must have two columns of "
            f"probabilities. Got {proba.shape[1]} columns of 'estimator' instead."
        )
    if len(classes) == 2:
        return proba[:, 0] if proba.shape[1] == 1 else proba[:, np.argsort(classes)[1]]
    return proba[:, -1] if classes[0] == 1 else np.zeros(len(proba))
