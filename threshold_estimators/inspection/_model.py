"""What pictures and reports ask of a fitted classifier, be it alone, at the end of a pipeline, or found by a search."""

from typing import NamedTuple

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ..core import BaseSearchCV, Limits
from ..estimators import MultiLabelThresholdClassifier, ThresholdedClassifier
from ..objectives import Objective, check_objective


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
    cv_thresholds : (n_folds, n_labels); low_support : (n_labels,) bool; limits : Limits or None
    results : ``cv_results_``, or None where it was not stored
    """

    objective: Objective | None
    cv_thresholds: np.ndarray
    low_support: np.ndarray
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
        classifier.low_support_,
        classifier.limits_,
        getattr(classifier, "cv_results_", None),
    )


def _objective_of(classifier):
    """What a classifier was tuned for; an objective is not checked again, as costs of rows fit the rows of fit only."""
    objective = classifier.scoring
    if not isinstance(objective, Objective):
        objective = check_objective(objective, 1, len(classifier.thresholds_), classifier.classes_)
    return objective if objective._is_decomposable else None
