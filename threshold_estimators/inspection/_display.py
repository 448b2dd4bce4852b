"""What displays are given, checked: predictions with thresholds, or a fitted classifier that has them."""

from numbers import Integral
from typing import NamedTuple

import numpy as np

from ..core import (
    check_indicator,
    check_label_names,
    check_same_rows,
    check_sample_weight,
    check_scores,
    check_thresholds,
)
from ..estimators import USUAL_CUT, labels_of, names_of, scores_of, tuned_response
from ._curves import support
from ._model import classifier_in, tuning_of

# As many panels as can still be read in one figure.
MOST_PANELS = 16


class Predictions(NamedTuple):
    """Checked input of a display.

    y_true : (n_samples, n_labels) bool; y_score : (n_samples, n_labels) float; sample_weight : (n_samples,) or None
    thresholds : (n_labels,) float; cv_thresholds : (n_folds, n_labels) float, NaN where unknown
    names : (n_labels,) str
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
    """Predictions of anything that the ``from_predictions`` of a display takes."""
    if np.ndim(y_true) == 1 and np.ndim(y_score) == 1:
        y_true, y_score = np.reshape(y_true, (-1, 1)), np.reshape(y_score, (-1, 1))
    labels = check_indicator(y_true, "y_true")
    names = check_label_names(labels.names if label_names is None else label_names, labels.n_labels)
    y_score = check_scores(y_score, labels.n_labels, names)
    check_same_rows(labels.values, y_score)
    if reference is not None and not np.isfinite(reference):
        raise ValueError(f"'reference' must be a finite number. Got {reference!r} instead.")
    return Predictions(
        labels.values,
        y_score,
        check_thresholds(thresholds, labels.n_labels, names),
        _check_folds(cv_thresholds, labels.n_labels),
        check_sample_weight(sample_weight, len(y_score)),
        np.array(
            [f"label {label}" for label in range(labels.n_labels)]
            if names is None
            else [str(n) for n in names]
        ),
        list(range(labels.n_labels)) if names is None else list(names),
    )


def _check_folds(cv_thresholds, n_labels):
    """Thresholds of folds, none where there are none."""
    if cv_thresholds is None:
        return np.empty((0, n_labels))
    cv_thresholds = np.asarray(cv_thresholds, float)
    if cv_thresholds.ndim != 2 or cv_thresholds.shape[1] != n_labels:
        raise ValueError(
            f"'cv_thresholds' must have shape (n_folds, {n_labels}), a column for each label. "
            f"Got {cv_thresholds.shape} instead."
        )
    return cv_thresholds


def predictions_of(estimator, X, y, response_method, label_names):
    """What ``from_predictions`` is to be given for a fitted classifier: arguments, the keyword ones, and its tuning."""
    classifier = classifier_in(estimator, "estimator")
    tuning = tuning_of(classifier)
    method = _checked_method(classifier, response_method)
    y_true, y_score = labels_of(classifier, y), scores_of(estimator, classifier, X)
    names = names_of(classifier) if isinstance(classifier.classes_, list) else None
    names = y_true.names if names is None else names
    keywords = {
        "label_names": names if label_names is None else label_names,
        "cv_thresholds": tuning.cv_thresholds,
        "reference": USUAL_CUT[method],
    }
    return (y_true.values, y_score, classifier.thresholds_), keywords, tuning


def _checked_method(classifier, response_method):
    """The method whose scores the thresholds were tuned on; on others they mean nothing."""
    method = tuned_response(classifier)
    if response_method not in ("auto", method):
        raise ValueError(
            f"'response_method' must be 'auto' or {method!r}, whose scores the thresholds were tuned on. "
            f"Got {response_method!r} instead."
        )
    return method


def select_labels(labels, predictions, most=MOST_PANELS):
    """Indices of the labels to show, and what a title says of them: None where all are shown.

    Of more than ``most``, unless they are asked for, the ones with most positives are shown.
    """
    n_labels = predictions.n_labels
    if labels is not None:
        chosen = _indices_of(labels, predictions.known_names)
        says_itself = len(chosen) == 1 or len(set(chosen)) == n_labels
        return chosen, None if says_itself else f"{len(chosen)} of {n_labels} labels"
    if n_labels <= most:
        return np.arange(n_labels), None
    chosen = np.argsort(-support(predictions.y_true, predictions.sample_weight), kind="stable")[
        :most
    ]
    return chosen, f"{most} of {n_labels} labels: those with the most positives"


def _indices_of(labels, names):
    """Indices of labels given by name, or by index where none has that name."""
    labels = [labels] if isinstance(labels, str | Integral) else list(labels)
    if not labels:
        raise ValueError("'labels' must name at least one label. Got none instead.")
    chosen = []
    for label in labels:
        named = [index for index, name in enumerate(names) if name == label]
        if not named and isinstance(label, Integral) and -len(names) <= label < len(names):
            named = [int(label) % len(names)]
        if not named:
            told = ", ".join(map(repr, names[:10])) + (", ..." if len(names) > 10 else "")
            raise ValueError(
                f"'labels' must hold names of labels, or indices below {len(names)}. Got {label!r} instead; the "
                f"labels are {told}."
            )
        chosen += named
    return np.array(chosen)
