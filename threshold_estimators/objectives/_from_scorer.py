"""From what scikit-learn takes as ``scoring`` to an objective."""

import math
from difflib import get_close_matches
from inspect import isclass, signature
from numbers import Integral, Real
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


class OfLabels(Objective):
    """An objective of some of the labels, as ``labels`` of a scikit-learn metric asks.

    The other labels have thresholds that are best for the same formula, each by itself.

    labels : tuple of int, positions of the labels
    """

    def __init__(self, objective, labels):
        self.objective = objective
        self.labels = labels

    def _check(self, n_samples, n_labels):
        self.objective._check(n_samples, len(self.labels))
        unknown = [label for label in self.labels if not 0 <= label < n_labels]
        if unknown or len(set(self.labels)) < len(self.labels):
            raise ValueError(
                f"'labels' of 'scoring' must be different positions of the {n_labels} labels. "
                f"Got {list(self.labels)} instead."
            )

    def _value(self, y_true, y_pred, sample_weight):
        labels = list(self.labels)
        if sample_weight is not None and sample_weight.ndim == 2:
            sample_weight = sample_weight[:, labels]
        y_pred = np.asarray(y_pred)[:, labels]
        return self.objective._value(y_true[:, labels], y_pred, sample_weight)


class _PredictionsOnlyError(AttributeError):
    """A scorer asked for something else than predictions."""


class _Decided(BaseEstimator):
    """Stands in for an estimator whose predictions are known."""

    def __init__(self, y_pred):
        self.y_pred = y_pred

    def predict(self, X):
        return self.y_pred

    def __getattr__(self, name):
        raise _PredictionsOnlyError(name)


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
        except _PredictionsOnlyError as error:
            raise ValueError(
                f"scoring={self.scorer!r} asks an estimator for more than its predictions, which "
                "are all that thresholds can change."
            ) from error
        if not isinstance(value, Real | np.number | np.ndarray) or np.ndim(value) != 0:
            raise TypeError(f"scoring={self.scorer!r} must return a number. Got {value!r} instead.")
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


# What people call the objectives that scikit-learn has no scorer for.
OTHER_NAMES = {
    "mcc": "MatthewsCorrelation()",
    "matthews": "MatthewsCorrelation()",
    "kappa": "CohenKappa()",
    "cohen_kappa": "CohenKappa()",
    "youden": "YoudenJ()",
    "youden_j": "YoudenJ()",
    "gmean": "GMean()",
    "g_mean": "GMean()",
    "geometric_mean": "GMean()",
    "specificity": "Specificity()",
    "sensitivity": "Recall()",
    "hamming": "Accuracy()",
    "hamming_loss": "Accuracy()",
    "neg_hamming_loss": "Accuracy()",
    "subset_accuracy": "'accuracy'",
    "exact_match": "'accuracy'",
    "f2": "FBeta(2)",
    "fbeta": "FBeta(beta)",
    "cost": "Cost(fp=..., fn=...)",
}


def check_objective(
    scoring: Any, n_samples: int, n_labels: int, classes: Any = None, names: Any = None
) -> Objective:
    """Objective of ``scoring``, valid for labels of this shape.

    scoring : objective, name of a scorer, or scorer
    classes : the two classes of a column y, negative first; None for an indicator
    names : names of the labels, or None
    """
    classes = (0, 1) if classes is None else tuple(np.asarray(classes).tolist())
    objective = scoring if isinstance(scoring, Objective) else _from_scorer(scoring, classes)
    objective = objective._for_names(names)
    objective._check(n_samples, n_labels)
    return objective


def _from_scorer(scoring, classes):
    scorer = _scorer_of_name(scoring) if isinstance(scoring, str) else scoring
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


def _scorer_of_name(name):
    if name in metrics.get_scorer_names():
        return metrics.get_scorer(name)
    known = OTHER_NAMES.get(name.lower().replace(" ", "_").replace("-", "_"))
    close = get_close_matches(name, metrics.get_scorer_names(), 1)
    meant = known or (repr(close[0]) if close else None)
    advice = f" Did you mean {meant}?" if meant else ""
    raise ValueError(
        "'scoring' must be the name of a scorer (sklearn.metrics.get_scorer_names() lists them), a "
        f"scorer, or an objective of threshold_estimators. Got {name!r} instead.{advice}"
    )


def _from_callable(scorer, classes):
    """Objective of a callable that has the signature of a scorer, not that of a metric."""
    if isclass(scorer) and issubclass(scorer, Objective):
        raise TypeError(
            f"'scoring' must be an objective, not its class. Write {scorer.__name__}(...) with "
            "brackets."
        )
    if callable(scorer) and not isclass(scorer) and _has_signature_of_scorer(scorer):
        return ScorerObjective(scorer, classes)
    raise TypeError(
        "'scoring' must be the name of a scorer, a scorer with the signature "
        f"scorer(estimator, X, y), or an objective of threshold_estimators. Got {scorer!r} "
        "instead. Turn a metric function into a scorer with sklearn.metrics.make_scorer."
    )


def _has_signature_of_scorer(scorer):
    """Whether a callable can be called as ``scorer(estimator, X, y)``, and is no metric."""
    try:
        parameters = signature(scorer)
        parameters.bind("estimator", "X", "y")
    except (TypeError, ValueError):  # ValueError: the signature is not known
        return False
    return {"y_true", "y_pred"}.isdisjoint(parameters.parameters)


def _known_objective(metric, sign, kwargs, classes):
    """The objective that equals a metric with these keyword arguments, or None."""
    kwargs = dict(kwargs)
    if not kwargs and (metric, sign) in WITHOUT_PARAMETERS:
        return WITHOUT_PARAMETERS[metric, sign]
    if (metric, sign) not in AVERAGED:
        return None
    labels = kwargs.pop("labels", None)
    if labels is not None:
        return _of_labels(metric, sign, kwargs, labels, classes)
    pos_label = kwargs.pop("pos_label", None)
    zero_division = kwargs.pop("zero_division", "warn")
    zero_division = 0.0 if zero_division == "warn" else zero_division
    average = kwargs.pop("average", "binary")
    if average is None or (math.isnan(zero_division) and average == "samples"):
        return None
    if math.isnan(zero_division) and metric is metrics.precision_score:
        return None  # leaves labels without predictions out, so labels cannot be tuned apart
    if average != "binary" and pos_label not in (None, 1):
        return None
    objective = AVERAGED[metric, sign](average=average, zero_division=zero_division, **kwargs)
    if average == "binary" and _is_smaller(pos_label, metric, classes):
        return OfSmallerClass(objective)
    return objective


def _of_labels(metric, sign, kwargs, labels, classes):
    """The objective of a metric of some labels, or None."""
    objective = _known_objective(metric, sign, kwargs, classes)
    is_position = all(isinstance(label, Integral) for label in labels)
    # Of a column, "labels" are classes.
    is_column = tuple(classes) != (0, 1) or objective is None or objective.average == "binary"
    if is_column or not is_position:
        return None
    return OfLabels(objective, tuple(int(label) for label in labels))


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
