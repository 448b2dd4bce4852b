"""From what scikit-learn takes as ``scoring`` to an objective."""

import math
from inspect import signature
from typing import Any

import numpy as np
from sklearn import metrics
from sklearn.base import BaseEstimator

from ..core import scorer_parts, weight_of_samples
from ._base import CountObjective, LinearRatio, Objective
from ._confusion_metrics import (
    BalancedAccuracy,
    CohenKappa,
    FBeta,
    Jaccard,
    MatthewsCorrelation,
    Precision,
    Recall,
    SubsetAccuracy,
)


class HammingLoss(LinearRatio):
    """Minus the Hamming loss, the fraction of cells that are wrong: scikit-learn negates losses."""

    def __init__(self) -> None:
        super().__init__(average="macro")

    def _coefficients(self, n_pos, n_neg):
        return (0, -1, -1, 0), (1, 1, 1, 1)


class ZeroOneLoss(SubsetAccuracy):
    """Minus the zero-one loss, the fraction of samples with a wrong label."""

    def formula(self, tp: Any, fp: Any, fn: Any, tn: Any) -> Any:
        return super().formula(tp, fp, fn, tn) - 1


class OfSmallerClass(CountObjective):
    """An objective of the smaller of two classes, as ``pos_label`` of a scikit-learn scorer asks.

    Thresholds are those of the larger class's score, so the outcomes are renamed: true negatives
    of the larger class are true positives of the smaller one.
    """

    def __init__(self, objective):
        self.objective = objective

    @property
    def average(self):
        """How the objective is averaged: "binary"."""
        return self.objective.average

    @property
    def _is_monotone(self):
        return self.objective._is_monotone

    @property
    def _degenerate(self):
        return "nothing of the larger class" if self.objective._degenerate else None

    def _check(self, n_samples, n_labels):
        self.objective._check(n_samples, n_labels)

    def formula(self, tp: Any, fp: Any, fn: Any, tn: Any) -> Any:
        return self.objective.formula(tn, fn, fp, tp)


class _Decided(BaseEstimator):
    """Stands in for an estimator whose predictions are known."""

    def __init__(self, y_pred):
        self.y_pred = y_pred

    def predict(self, X):
        return self.y_pred


class ScorerObjective(Objective):
    """The value that a scorer returns. Thresholds are searched, without a promise of the optimum.

    Parameters
    ----------
    scorer : callable
        Scorer with the signature ``scorer(estimator, X, y)`` that calls ``predict`` only.
    classes : tuple of length 2, default=(0, 1)
        The classes of a single label, negative first, as the scorer expects them.
    """

    def __init__(self, scorer, classes=(0, 1)):
        self.scorer = scorer
        self.classes = classes

    def _check(self, n_samples, n_labels):
        """The scorer itself raises where it cannot score."""

    def _value(self, y_true, y_pred, sample_weight):
        sample_weight = self._one_weight_for_each_sample(sample_weight)
        params = {} if sample_weight is None else {"sample_weight": sample_weight}
        if params and not self._takes_sample_weight():
            raise ValueError(
                f"'sample_weight' was given, but scoring={self.scorer!r} does not take it."
            )
        y_true, y_pred = y_true.astype(int), np.asarray(y_pred).astype(int)
        if y_true.shape[1] == 1:  # scikit-learn's metrics treat a single label as binary
            classes = np.asarray(self.classes)
            y_true, y_pred = classes[y_true[:, 0]], classes[y_pred[:, 0]]
        try:
            value = self.scorer(_Decided(y_pred), np.zeros((len(y_true), 1)), y_true, **params)
        except AttributeError as error:
            raise ValueError(
                f"scoring={self.scorer!r} asks an estimator for more than its predictions, which "
                "are all that thresholds can change."
            ) from error
        if np.ndim(value) != 0:
            raise ValueError(
                f"scoring={self.scorer!r} must return a number. Got {value!r} instead."
            )
        return float(value)

    def _one_weight_for_each_sample(self, sample_weight):
        weight, known = weight_of_samples(sample_weight)
        if known is not None and not np.all(known):
            raise ValueError(
                f"scoring={self.scorer!r} cannot leave out single labels of a sample, which are "
                "missing or have the weight 0. Use an objective of this package, such as FBeta, or "
                "leave these samples out."
            )
        return weight

    def _takes_sample_weight(self):
        parts = scorer_parts(self.scorer)
        parameters = signature(self.scorer if parts is None else parts[0]).parameters.values()
        return any(p.name == "sample_weight" or p.kind == p.VAR_KEYWORD for p in parameters)


# (metric function of scikit-learn, sign of its scorer) -> the objective that it is.
AVERAGED = {
    (metrics.f1_score, 1): FBeta,
    (metrics.fbeta_score, 1): FBeta,
    (metrics.jaccard_score, 1): Jaccard,
    (metrics.precision_score, 1): Precision,
    (metrics.recall_score, 1): Recall,
}
WITHOUT_PARAMETERS = {
    (metrics.accuracy_score, 1): SubsetAccuracy(),
    (metrics.zero_one_loss, -1): ZeroOneLoss(),
    (metrics.hamming_loss, -1): HammingLoss(),
    (metrics.balanced_accuracy_score, 1): BalancedAccuracy(average="binary"),
    (metrics.matthews_corrcoef, 1): MatthewsCorrelation(average="binary"),
    (metrics.cohen_kappa_score, 1): CohenKappa(average="binary"),
}


def check_objective(scoring: Any, n_samples: int, n_labels: int, classes: Any = None) -> Objective:
    """Objective of ``scoring``, valid for labels of this shape.

    scoring : objective, name of a scorer, or scorer
    classes : the two classes of a column y, negative first; None for an indicator
    """
    classes = (0, 1) if classes is None else tuple(np.asarray(classes).tolist())
    objective = scoring if isinstance(scoring, Objective) else _from_scorer(scoring, classes)
    objective._check(n_samples, n_labels)
    return objective


def _from_scorer(scoring, classes):
    scorer = metrics.get_scorer(scoring) if isinstance(scoring, str) else scoring
    parts = scorer_parts(scorer)
    if parts is None:
        return _from_callable(scorer, classes)
    metric, sign, kwargs, response_method = parts
    if response_method != "predict":
        raise ValueError(
            f"scoring={scoring!r} judges the scores themselves, which no threshold can change. "
            "Choose a metric of predicted labels, for example 'f1_macro'."
        )
    return _known_objective(metric, sign, kwargs, classes) or ScorerObjective(scorer, classes)


def _from_callable(scorer, classes):
    """Objective of a callable that has the signature of a scorer, not that of a metric."""
    if callable(scorer) and {"y_true", "y_pred"}.isdisjoint(signature(scorer).parameters):
        return ScorerObjective(scorer, classes)
    raise TypeError(
        "'scoring' must be the name of a scorer, a scorer with the signature "
        f"scorer(estimator, X, y), or an objective of threshold_estimators. Got {scorer!r} "
        "instead. Turn a metric function into a scorer with sklearn.metrics.make_scorer."
    )


def _known_objective(metric, sign, kwargs, classes):
    """The objective that equals a metric with these keyword arguments, or None."""
    kwargs = dict(kwargs)
    if not kwargs and (metric, sign) in WITHOUT_PARAMETERS:
        return WITHOUT_PARAMETERS[metric, sign]
    if (metric, sign) not in AVERAGED or kwargs.pop("labels", None) is not None:
        return None
    pos_label = kwargs.pop("pos_label", None)
    zero_division = kwargs.pop("zero_division", "warn")
    zero_division = 0.0 if zero_division == "warn" else zero_division
    average = kwargs.pop("average", "binary")
    if average is None or math.isnan(zero_division):
        return None
    if average != "binary" and pos_label not in (None, 1):
        return None
    objective = AVERAGED[metric, sign](average=average, zero_division=zero_division, **kwargs)
    if average == "binary" and _is_smaller(pos_label, metric, classes):
        return OfSmallerClass(objective)
    return objective


def _is_smaller(pos_label, metric, classes):
    """Whether ``pos_label`` is the smaller of two classes; None stands for 1."""
    if pos_label is None and 1 not in classes:
        raise ValueError(
            f"'scoring' must say which of the classes {list(classes)} is the positive one, for "
            f"example make_scorer({metric.__name__}, pos_label={classes[1]!r})."
        )
    if pos_label is None:
        return classes[0] == 1
    if pos_label not in classes:
        raise ValueError(
            f"'pos_label' of 'scoring' must be one of the classes {list(classes)}. "
            f"Got {pos_label!r} instead."
        )
    return pos_label == classes[0]
