"""What pictures and reports ask of a fitted classifier, be it alone, at the end of a pipeline, or found by a search."""

from typing import NamedTuple

import numpy as np
from sklearn.utils.validation import check_is_fitted, column_or_1d

from ._calibration import tuned_response
from ._compat import BaseSearchCV
from ._limits import Limits
from ._response import label_scores
from ._thresholded import ThresholdedClassifier
from ._validation import Indicator, check_indicator
from .classifier import MultiLabelThresholdClassifier
from .objectives import Objective, check_objective

# The cut that a model decides by unless told otherwise.
USUAL_CUT = {"predict_proba": 0.5, "decision_function": 0.0}


def classifier_in(estimator, name):
    """The fitted classifier itself, or the one in which a pipeline or a search ends; errors call it ``name``."""
    inner = estimator
    while not isinstance(inner, ThresholdedClassifier):
        if hasattr(inner, "steps"):
            inner = inner.steps[-1][1]
        elif isinstance(inner, BaseSearchCV):
            check_is_fitted(inner, "best_estimator_")
            inner = inner.best_estimator_
        else:
            raise TypeError(
                f"{name!r} must be a fitted MultiLabelThresholdClassifier or FixedThresholdsClassifier, or a pipeline "
                f"or a search that ends in one. Got {estimator!r} instead."
            )
    check_is_fitted(inner, "thresholds_")
    return inner


class Tuning(NamedTuple):
    """How the thresholds of a classifier came about.

    objective : what they maximise, where it has a value of each label, else None
    cv_thresholds : (n_folds, n_labels); thin_evidence : (n_labels,) bool; limits : Limits or None
    results : ``cv_results_``, or None where it was not stored
    """

    objective: Objective | None
    cv_thresholds: np.ndarray
    thin_evidence: np.ndarray
    limits: Limits | None
    results: dict | None


def tuning_of(classifier):
    """How thresholds came about; those that were given rest on no rows."""
    if not isinstance(classifier, MultiLabelThresholdClassifier):
        n_labels = len(classifier.thresholds_)
        return Tuning(None, np.empty((0, n_labels)), np.zeros(n_labels, bool), None, None)
    return Tuning(
        _objective_of(classifier),
        classifier.cv_thresholds_,
        classifier.thin_evidence_,
        classifier.limits_,
        getattr(classifier, "cv_results_", None),
    )


def _objective_of(classifier):
    """What a classifier was tuned for; an objective is not checked again, as costs of rows fit the rows of fit only."""
    objective = classifier.scoring
    if not isinstance(objective, Objective):
        objective = check_objective(objective, 1, len(classifier.thresholds_), classifier.classes_)
    return objective if objective.judges_labels else None


def names_of(classifier):
    """Names of the labels, None where they have none; of the positive class where ``y`` was one column."""
    if not isinstance(classifier.classes_, list):
        return classifier.classes_[1:]
    return getattr(classifier, "label_names_in_", None)


def scores_of(estimator, classifier, X):
    """Scores of new rows, of shape (n_samples, n_labels), that the thresholds of ``classifier`` belong to."""
    return label_scores(estimator, X, tuned_response(classifier), len(classifier.thresholds_), names_of(classifier))


def labels_of(classifier, y):
    """Labels of new rows, in the form of the ``y`` that the classifier was fitted to."""
    if isinstance(classifier.classes_, list):
        return check_labels(y, len(classifier.thresholds_), names_of(classifier))
    y, classes = column_or_1d(y), classifier.classes_
    if strange := set(np.unique(y).tolist()) - set(classes.tolist()):
        raise ValueError(f"'y' must hold the classes {classes.tolist()} only. Got {sorted(strange)} too.")
    return Indicator((y == classes[1])[:, np.newaxis], None)


def check_labels(y, n_labels, names):
    """Labels of new rows as an indicator with the columns that thresholds were tuned with."""
    labels = check_indicator(y, "y")
    if labels.n_labels != n_labels:
        raise ValueError(f"'y' must have {n_labels} columns, one for each label. Got {labels.n_labels} instead.")
    if names is not None and labels.names is not None and not np.array_equal(names, labels.names):
        raise ValueError(
            f"The columns of 'y' must be those that thresholds were tuned with, {list(names)}, in this order. Got "
            f"{list(labels.names)} instead."
        )
    return labels
