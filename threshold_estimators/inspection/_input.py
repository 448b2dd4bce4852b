"""Checked input of the report and the displays: a fitted model, or predictions with thresholds."""

from collections.abc import Mapping
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from ..core import (
    check_label_names,
    check_same_index,
    check_same_length,
    check_thresholds,
    column_names,
    filled_below,
    finite_scores,
    learn_labels,
    order_of_columns,
    read_scores,
    read_table,
)
from ..estimators import (
    DEFAULT_THRESHOLD,
    MultiLabelRejectClassifier,
    fitted_classifier,
    scores_of,
    tuned_response,
)
from ..tuning import Samples, TunedThresholds
from ._curves import support

# More panels cannot be read in one figure.
MOST_PANELS = 16


class FittedModel(NamedTuple):
    """What reports and displays need of a model.

    model : what the user gave; classifier : the classifier with the thresholds in it, or None
    tuned : TunedThresholds; bands : (2, n_labels) of a classifier that abstains, or None
    """

    model: Any
    classifier: Any
    tuned: TunedThresholds
    bands: np.ndarray | None = None

    @property
    def thresholds(self):
        """(n_labels,) thresholds, or (2, n_labels) lower and upper ones."""
        return self.tuned.thresholds if self.bands is None else self.bands

    def default_reference(self, y_score):
        """The threshold of untuned scores; None for scores that do not tell it."""
        if self.classifier is not None:
            return DEFAULT_THRESHOLD[tuned_response(self.classifier)]
        lowest, highest = y_score.min(), y_score.max()
        if lowest >= 0 and highest <= 1:
            return 0.5
        return 0.0 if lowest < 0 < highest else None


def fitted_model(model, name):
    """FittedModel of a fitted classifier, or of a pipeline or search that ends in one.

    name : parameter that error messages mention
    """
    classifier = fitted_classifier(model, name)
    if not isinstance(classifier, MultiLabelRejectClassifier):
        return FittedModel(model, classifier, classifier.tuned_)
    thresholded = classifier.classifier_
    return FittedModel(model, thresholded, thresholded.tuned_, classifier.bands_)


def model_or_record(model):
    """FittedModel of the parameter ``model``, which may be a TunedThresholds too."""
    if isinstance(model, TunedThresholds):
        return FittedModel(model, None, model)
    return fitted_model(model, "model")


def model_that_decides(model):
    """As ``model_or_record``, but without a classifier that abstains."""
    fitted = model_or_record(model)
    if fitted.bands is not None:
        raise TypeError(
            "'model' must decide every label, but a MultiLabelRejectClassifier abstains. Give the "
            "MultiLabelThresholdClassifier in it, 'classifier_'."
        )
    return fitted


def new_samples(fitted, X, y, sample_weight):
    """Checked Samples that a user gives to a FittedModel."""
    check_same_index(X=X, y=y, sample_weight=sample_weight)
    labels = fitted.tuned._label_space.encode(y)
    y_score = scores_to_decide(fitted, X, labels)
    check_same_length(y=labels.y_true, X=y_score)
    return Samples(labels.y_true, y_score, labels.weights(sample_weight))


def scores_to_decide(fitted, X, labels=None):
    """Scores (n_samples, n_labels) of what a user gives to a FittedModel, features or scores."""
    if fitted.classifier is None:
        return _scores(X, fitted.tuned._label_space, labels, fitted.thresholds)
    return finite_scores(scores_of(fitted.model, fitted.classifier, X), fitted.thresholds)


def _scores(y_score, space, labels, thresholds):
    if sparse.issparse(y_score):
        y_score = filled_below(y_score, thresholds)
    return read_scores(
        y_score,
        space.n_labels,
        space.names,
        n_samples=None if labels is None else len(labels.y_true),
        classes=space.classes,
        known=None if labels is None else labels.known,
        thresholds=thresholds,
    )


class Predictions(NamedTuple):
    """Checked input of a display.

    y_true : (n_samples, n_labels) bool; y_score : (n_samples, n_labels) float
    thresholds : (n_labels,) float, or (2, n_labels) lower and upper ones
    cv_thresholds : (n_folds, n_labels) float, NaN where unknown
    sample_weight : (n_samples,) or (n_samples, n_labels), 0 for missing labels, or None
    names : (n_labels,) names of the labels, or None
    """

    y_true: np.ndarray
    y_score: np.ndarray
    thresholds: np.ndarray
    cv_thresholds: np.ndarray
    sample_weight: np.ndarray | None
    names: np.ndarray | None


def check_predictions(
    y_true, y_score, thresholds, cv_thresholds, sample_weight, label_names, reference
):
    """Check the arguments of ``from_predictions`` of a display."""
    check_same_index(y_true=y_true, y_score=y_score, sample_weight=sample_weight)
    space, labels = learn_labels(y_true, name="y_true")
    n_labels = space.n_labels
    names = check_label_names(label_names, n_labels, space.label_names)
    names = space.label_names if names is None else names
    thresholds = _check_thresholds(thresholds, n_labels, names)
    columns = column_names(y_score)
    if not (label_names is None or columns is None) and set(columns) == set(names):
        space = space._replace(names=names)
    y_score = _scores(y_score, space, labels, thresholds)
    check_same_length(y_true=labels.y_true, y_score=y_score)
    check_reference(reference)
    if cv_thresholds is None:
        cv_thresholds = np.empty((0, n_labels))
    return Predictions(
        labels.y_true,
        y_score,
        thresholds,
        _read_rows(cv_thresholds, "cv_thresholds", "n_folds", n_labels, names),
        labels.weights(sample_weight),
        names,
    )


def check_reference(reference):
    """Raise a ValueError for a reference that is neither None nor a finite number."""
    if not _is_finite_number(reference) and reference is not None:
        raise ValueError(f"'reference' must be a finite number. Got {reference!r} instead.")


def check_report_reference(reference, fitted):
    """A reference of the report: None, a finite number, or thresholds of shape (n_labels,)."""
    if reference is None or _is_finite_number(reference):
        return reference
    tuned = fitted.tuned
    n_labels = len(tuned.thresholds)
    if not isinstance(reference, Mapping) and np.shape(reference) != (n_labels,):
        raise ValueError(
            f"'reference' must be a finite number, a threshold for each of the {n_labels} labels, "
            f"'auto' or None. Got {reference!r} instead."
        )
    return check_thresholds(reference, n_labels, tuned.label_names, "reference")


def _is_finite_number(value):
    return bool(
        np.ndim(value) == 0 and np.asarray(value).dtype.kind in "iuf" and np.isfinite(value)
    )


def _check_thresholds(thresholds, n_labels, names):
    """Thresholds of shape (n_labels,), or bands of shape (2, n_labels)."""
    if np.ndim(thresholds) != 2:
        return check_thresholds(thresholds, n_labels, names)
    bands = _read_rows(thresholds, "thresholds", "2", n_labels, names)
    if len(bands) != 2 or not np.all(bands[0] <= bands[1]):
        raise ValueError(
            "'thresholds' of two dimensions must hold the lower and then the upper threshold of "
            f"each label. Got shape {bands.shape}, NaN or an upper one below a lower one instead."
        )
    return bands


def _read_rows(thresholds, name, n_rows, n_labels, names):
    """Rows of thresholds, whose columns are matched to the labels by name where they have names."""
    table = read_table(thresholds, name)
    if table.values.ndim != 2 or table.values.shape[1] != n_labels:
        raise ValueError(
            f"{name!r} must have shape ({n_rows}, {n_labels}), a column for each label. "
            f"Got {table.values.shape} instead."
        )
    try:
        rows = table.values.astype(float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name!r} must hold numbers: {error}.") from error
    order = order_of_columns(table.names, names, name)
    return rows if order is None else rows[:, order]


def names_of(fitted, y, label_names):
    """Names of the labels: those given, or those that ``y`` had in ``fit``, or has now; or None."""
    space = fitted.tuned._label_space
    names = column_names(y) if space.label_names is None else space.label_names
    given = check_label_names(label_names, space.n_labels, names)
    return names if given is None else given


def select_labels(labels, predictions, most=MOST_PANELS):
    """(indices of the labels to show, title that says which they are, or None for all).

    Without a choice of the user, the ``most`` labels with the most positives are shown.
    """
    n_labels = predictions.y_true.shape[1]
    if labels is not None:
        known = range(n_labels) if predictions.names is None else predictions.names
        chosen = _indices_of(labels, list(known))
        needs_no_title = len(chosen) in (1, n_labels)
        return chosen, None if needs_no_title else f"{len(chosen)} of {n_labels} labels"
    if n_labels <= most:
        return np.arange(n_labels), None
    n_pos = support(predictions.y_true, predictions.sample_weight)
    chosen = np.argsort(-n_pos, kind="stable")[:most]
    return chosen, f"{most} of {n_labels} labels: those with the most positives"


def _indices_of(labels, names):
    """Indices of labels given by name, or by index if no label has that name."""
    if isinstance(labels, np.ndarray):
        labels = labels.tolist()
    labels = [labels] if isinstance(labels, str) or not np.iterable(labels) else [*labels]
    if not labels:
        raise ValueError("'labels' must name at least one label. Got none instead.")
    chosen = [_index_of(label, names) for label in labels]
    if len(set(chosen)) < len(chosen):
        raise ValueError(f"'labels' must name each label once. Got {labels!r} instead.")
    return np.array(chosen)


def _index_of(label, names):
    """Index of the label of a name."""
    is_bool = isinstance(label, bool | np.bool_)
    for index, name in enumerate(names):
        if isinstance(name, bool | np.bool_) == is_bool and name == label:
            return index
    if isinstance(label, Integral) and not is_bool and -len(names) <= label < len(names):
        return int(label) % len(names)
    known = ", ".join(map(repr, names[:10])) + (", ..." if len(names) > 10 else "")
    raise ValueError(
        f"'labels' must hold names of labels, or indices below {len(names)}. "
        f"Got {label!r} instead; the labels are {known}."
    )
