"""Checked input of the displays: predictions with thresholds, or a fitted classifier."""

from numbers import Integral
from typing import NamedTuple

import numpy as np

from ..core import (
    as_floats,
    check_label_names,
    check_same_index,
    check_same_length,
    check_thresholds,
    column_names,
    learn_labels,
    order_of_columns,
    read_scores,
    read_table,
)
from ..estimators import DEFAULT_THRESHOLD, fitted_classifier, scores_of, tuned_response
from ._curves import support

# More panels cannot be read in one figure.
MOST_PANELS = 16


class Predictions(NamedTuple):
    """Checked input of a display.

    y_true : (n_samples, n_labels) bool; y_score : (n_samples, n_labels) float
    thresholds : (n_labels,) float; cv_thresholds : (n_folds, n_labels) float, NaN where unknown
    sample_weight : (n_samples,) or None
    names : (n_labels,) str, to be shown; known_names : list of the given names, or positions
    """

    y_true: np.ndarray
    y_score: np.ndarray
    thresholds: np.ndarray
    cv_thresholds: np.ndarray
    sample_weight: np.ndarray | None
    names: np.ndarray
    known_names: list

    @property
    def n_labels(self):
        """Number of labels."""
        return len(self.thresholds)


def check_predictions(
    y_true, y_score, thresholds, cv_thresholds, sample_weight, label_names, reference
):
    """Check the arguments of ``from_predictions`` of a display."""
    check_same_index(y_true=y_true, y_score=y_score, sample_weight=sample_weight)
    space, labels = learn_labels(y_true, name="y_true")
    n_labels = space.n_labels
    check_label_names(label_names, n_labels)
    names = space.names if label_names is None else label_names
    thresholds = check_thresholds(thresholds, n_labels, names)
    y_score = read_scores(
        y_score,
        n_labels,
        space.names,
        n_samples=len(labels.y_true),
        classes=space.classes,
        known=labels.known,
        thresholds=thresholds,
    )
    check_same_length(y_true=labels.y_true, y_score=y_score)
    if reference is not None and not np.isfinite(reference):
        raise ValueError(f"'reference' must be a finite number. Got {reference!r} instead.")
    known = list(range(n_labels)) if names is None else list(names)
    shown = [f"label {name}" if names is None else str(name) for name in known]
    return Predictions(
        labels.y_true,
        y_score,
        thresholds,
        _check_cv_thresholds(cv_thresholds, n_labels, names),
        labels.weights(sample_weight),
        np.array(shown),
        known,
    )


def _check_cv_thresholds(cv_thresholds, n_labels, names):
    if cv_thresholds is None:
        return np.empty((0, n_labels))
    table = as_floats(read_table(cv_thresholds, "cv_thresholds"), "cv_thresholds")
    cv_thresholds = table.take_columns(order_of_columns(table.names, names, "cv_thresholds")).values
    if cv_thresholds.ndim != 2 or cv_thresholds.shape[1] != n_labels:
        raise ValueError(
            f"'cv_thresholds' must have shape (n_folds, {n_labels}), a column for each label. "
            f"Got {cv_thresholds.shape} instead."
        )
    return cv_thresholds


def predictions_of(estimator, X, y, response_method, label_names):
    """Arguments of ``from_predictions`` for a fitted classifier.

    Returns (positional arguments, keyword arguments, record of the tuned thresholds).
    """
    classifier = fitted_classifier(estimator, "estimator")
    method = _check_method(classifier, response_method)
    space, tuned = classifier.label_space_, classifier.tuned_
    if label_names is None:
        label_names = column_names(y) if space.names is None else space.names
    check_same_index(X=X, y=y)
    labels = space.encode(y)
    keywords = {
        "label_names": label_names,
        "cv_thresholds": tuned.cv_thresholds,
        "reference": DEFAULT_THRESHOLD[method],
    }
    y_score = scores_of(estimator, classifier, X)
    return (labels.with_nan(), y_score, classifier.thresholds_), keywords, tuned


def _check_method(classifier, response_method):
    """The method whose scores the thresholds are for."""
    method = tuned_response(classifier)
    if response_method not in ("auto", method):
        raise ValueError(
            f"'response_method' must be 'auto' or {method!r}, whose scores the thresholds were "
            f"tuned on. Got {response_method!r} instead."
        )
    return method


def select_labels(labels, predictions, most=MOST_PANELS):
    """(indices of the labels to show, title that says which they are, or None for all).

    Without a choice of the user, the ``most`` labels with the most positives are shown.
    """
    n_labels = predictions.n_labels
    if labels is not None:
        chosen = _indices_of(labels, predictions.known_names)
        needs_no_title = len(chosen) == 1 or len(set(chosen)) == n_labels
        return chosen, None if needs_no_title else f"{len(chosen)} of {n_labels} labels"
    if n_labels <= most:
        return np.arange(n_labels), None
    n_pos = support(predictions.y_true, predictions.sample_weight)
    chosen = np.argsort(-n_pos, kind="stable")[:most]
    return chosen, f"{most} of {n_labels} labels: those with the most positives"


def _indices_of(labels, names):
    """Indices of labels given by name, or by index if no label has that name."""
    labels = [labels] if isinstance(labels, str | Integral) else [*labels]
    if not labels:
        raise ValueError("'labels' must name at least one label. Got none instead.")
    return np.concatenate([_index_of(label, names) for label in labels])


def _index_of(label, names):
    """Indices of the labels of one name; several labels may share it."""
    named = [index for index, name in enumerate(names) if name == label]
    if named:
        return named
    if isinstance(label, Integral) and -len(names) <= label < len(names):
        return [int(label) % len(names)]
    known = ", ".join(map(repr, names[:10])) + (", ..." if len(names) > 10 else "")
    raise ValueError(
        f"'labels' must hold names of labels, or indices below {len(names)}. "
        f"Got {label!r} instead; the labels are {known}."
    )
