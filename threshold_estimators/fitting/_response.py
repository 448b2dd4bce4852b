"""Responses of any fitted estimator, in whatever format it gives them, as one score for each row and label."""

import numpy as np

from ..core import check_scores


def response_method_name(estimator, response_method):
    """Name of the method that gives the scores: for "auto" predict_proba where there is one, else decision_function."""
    candidates = (
        ("predict_proba", "decision_function") if response_method == "auto" else (response_method,)
    )
    for name in candidates:
        if hasattr(estimator, name):
            return name
    raise AttributeError(
        f"{type(estimator).__name__} has no {' and no '.join(candidates)}: thresholds need a score for each label. "
        "Choose another 'estimator', or another 'response_method'."
    )


def label_scores(estimator, X, response_method, n_labels, names=None, where=""):
    """Scores of shape (n_samples, n_labels) from ``response_method`` of a fitted estimator.

    scikit-learn's estimators answer with (n_samples, n_labels), with a list of one (n_samples, n_classes) for each
    label, where a label that was constant in training has one column, or for a single label with (n_samples, 2) or
    (n_samples,).
    """
    response = getattr(estimator, response_method)(X)
    if isinstance(response, list) or np.ndim(response) == 3:
        classes = _classes_of_labels(estimator, len(response))
        response = np.column_stack(
            [_positive_column(np.asarray(r), c) for r, c in zip(response, classes, strict=True)]
        )
    response = np.asarray(response)
    if response.ndim == 1:
        response = response[:, np.newaxis]
    elif n_labels == 1 and response_method == "predict_proba":
        response = _positive_column(response, getattr(estimator, "classes_", None))[:, np.newaxis]
    return check_scores(response, n_labels, names, where)


def _classes_of_labels(estimator, n_labels):
    classes = getattr(estimator, "classes_", None)
    return [None] * n_labels if classes is None else classes


def _positive_column(proba, classes):
    """Probability of the positive class, the larger one, among the columns of one label, which belong to ``classes``.

    Reading the last column instead would take P(0) = 1 of a label that never occurred in training for a certain yes.
    """
    if proba.ndim == 1:
        return proba
    classes = np.asarray([0, 1] if classes is None else classes)
    if classes.ndim == 2:  # one row of classes, for the one label
        classes = classes[0]
    if len(classes) > 2:
        raise ValueError(
            f"A label must have two classes. Got the classes {classes.tolist()} of 'estimator' instead."
        )
    if len(classes) == 2:
        return proba[:, 0] if proba.shape[1] == 1 else proba[:, np.argsort(classes)[1]]
    return proba[:, -1] if classes[0] == 1 else np.zeros(len(proba))
