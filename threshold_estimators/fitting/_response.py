"""Answers of any fitted estimator, in any format, as scores of shape (n_samples, n_labels)."""

import numpy as np

from ..core import read_scores


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
    - (n_samples, 2) or (n_samples,) for a single label.

    names, where : label names and the place of the call, for error messages
    """
    response = getattr(estimator, response_method)(X)
    if isinstance(response, list) or np.ndim(response) == 3:
        classes_of_labels = getattr(estimator, "classes_", None)
        if classes_of_labels is None:
            classes_of_labels = [None] * len(response)
        columns = [
            _positive_column(np.asarray(label_response), label_classes)
            for label_response, label_classes in zip(response, classes_of_labels, strict=True)
        ]
        response = np.column_stack(columns)
    response = np.asarray(response)
    if response.ndim == 1:
        response = response[:, np.newaxis]
    elif n_labels == 1 and response_method == "predict_proba":
        response = _positive_column(response, getattr(estimator, "classes_", None))[:, np.newaxis]
    return read_scores(response, n_labels, names, where=where)


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
    if len(classes) == 2:
        return proba[:, 0] if proba.shape[1] == 1 else proba[:, np.argsort(classes)[1]]
    return proba[:, -1] if classes[0] == 1 else np.zeros(len(proba))
