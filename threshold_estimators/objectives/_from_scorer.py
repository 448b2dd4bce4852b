"""From what scikit-learn takes as ``scoring`` to an objective."""

import math
from inspect import signature

import numpy as np
from sklearn import metrics
from sklearn.base import BaseEstimator

from ..core import scorer_parts
from ._base import CountObjective, Objective
from ._confusion_metrics import (
    BalancedAccuracy,
    CohenKappa,
    FBeta,
    HammingLoss,
    Jaccard,
    MatthewsCorrelation,
    Precision,
    Recall,
    SubsetAccuracy,
    ZeroOneLoss,
)

# A metric function of scikit-learn and the sign of its scorer -> the objective that it is.
AVERAGED = {
    (metrics.f1_score, 1): FBeta,
    (metrics.fbeta_score, 1): FBeta,
    (metrics.jaccard_score, 1): Jaccard,
    (metrics.precision_score, 1): Precision,
    (metrics.recall_score, 1): Recall,
}
OF_ROWS_OR_CELLS = {
    (metrics.accuracy_score, 1): SubsetAccuracy(),
    (metrics.zero_one_loss, -1): ZeroOneLoss(),
    (metrics.hamming_loss, -1): HammingLoss(),
}
BINARY = {
    (metrics.balanced_accuracy_score, 1): BalancedAccuracy(average="binary"),
    (metrics.matthews_corrcoef, 1): MatthewsCorrelation(average="binary"),
    (metrics.cohen_kappa_score, 1): CohenKappa(average="binary"),
}
WITHOUT_PARAMETERS = OF_ROWS_OR_CELLS | BINARY


class OfSmallerClass(CountObjective):
    """What an objective says of the smaller of two classes, as ``pos_label`` of a scikit-learn scorer asks for.

    The same formula with the outcomes of the larger class, whose score decides, renamed: its true negatives are the
    true positives of the smaller one, and its false negatives the false positives.
    """

    def __init__(self, objective):
        self.objective = objective

    @property
    def average(self):
        """How the objective is averaged: "binary"."""
        return self.objective.average

    @property
    def _is_monotone(self):
        """Whether the objective is: it is the same for both classes."""
        return self.objective._is_monotone

    @property
    def is_linear_ratio(self):
        """Whether the objective is: it is the same for both classes."""
        return self.objective.is_linear_ratio

    @property
    def _degenerate(self):
        """What tuning ends in, where the objective asks for all of the smaller class and for nothing else."""
        return "nothing of the larger class" if self.objective._degenerate else None

    def _check(self, n_samples, n_labels):
        """Raise an error where a parameter is invalid, or does not fit the shape of the labels."""
        self.objective._check(n_samples, n_labels)

    def formula(self, tp, fp, fn, tn):
        """The objective of the smaller class for arrays of counts of the larger one."""
        return self.objective.formula(tn, fn, fp, tp)


class _Decided(BaseEstimator):
    """Stands in for an estimator whose predictions are known."""

    def __init__(self, y_pred):
        self.y_pred = y_pred

    def predict(self, X):
        return self.y_pred


class ScorerObjective(Objective):
    """What a scorer of predicted labels says; thresholds for it are searched, without a promise of the optimum.

    Parameters
    ----------
    scorer : callable
        Scorer with the signature ``scorer(estimator, X, y)`` that asks nothing of the estimator but ``predict``.

    classes : tuple of length 2, default=(0, 1)
        What the scorer is given for a single label that a row has not, and has.
    """

    def __init__(self, scorer, classes=(0, 1)):
        self.scorer = scorer
        self.classes = classes

    def _check(self, n_samples, n_labels):
        """A scorer says by itself what it cannot score."""

    def _value(self, y_true, y_pred, sample_weight):
        """What the scorer says of boolean arrays of shape (n_samples, n_labels)."""
        params = {} if sample_weight is None else {"sample_weight": sample_weight}
        if params and not self._takes_sample_weight():
            raise ValueError(
                f"'sample_weight' was given, but scoring={self.scorer!r} does not take it."
            )
        y_true, y_pred = y_true.astype(int), np.asarray(y_pred).astype(int)
        if y_true.shape[1] == 1:  # one label is what scikit-learn's metrics call binary
            classes = np.asarray(self.classes)
            y_true, y_pred = classes[y_true[:, 0]], classes[y_pred[:, 0]]
        try:
            value = self.scorer(_Decided(y_pred), np.zeros((len(y_true), 1)), y_true, **params)
        except AttributeError as error:
            raise ValueError(
                f"scoring={self.scorer!r} asks an estimator for more than its predictions, which are all "
                "that thresholds can change."
            ) from error
        if np.ndim(value) != 0:
            raise ValueError(f"scoring={self.scorer!r} must give a number. Got {value!r} instead.")
        return float(value)

    def _takes_sample_weight(self):
        parts = scorer_parts(self.scorer)
        parameters = signature(self.scorer if parts is None else parts[0]).parameters.values()
        return any(p.name == "sample_weight" or p.kind == p.VAR_KEYWORD for p in parameters)


def check_objective(scoring, n_samples, n_labels, classes=None):
    """Objective of ``scoring``: an objective, the name of a scorer, or a scorer; valid for labels of this shape.

    classes : the two classes of a column, or None for an indicator
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
            f"scoring={scoring!r} judges the scores themselves, which no threshold can change. Choose a metric of "
            "predicted labels, for example 'f1_macro'."
        )
    return _known_objective(metric, sign, kwargs, classes) or ScorerObjective(scorer, classes)


def _from_callable(scorer, classes):
    """A callable with the signature of a scorer; that of a metric is a mistake easily made."""
    if callable(scorer) and {"y_true", "y_pred"}.isdisjoint(signature(scorer).parameters):
        return ScorerObjective(scorer, classes)
    raise TypeError(
        "'scoring' must be the name of a scorer, a scorer with the signature scorer(estimator, X, y), or an objective "
        f"of threshold_estimators. Got {scorer!r} instead. Turn a metric function into a scorer with make_scorer."
    )


def _known_objective(metric, sign, kwargs, classes):
    """The objective that a metric of scikit-learn is with these keyword arguments, or None."""
    kwargs = dict(kwargs)
    if not kwargs and (metric, sign) in WITHOUT_PARAMETERS:
        return WITHOUT_PARAMETERS[metric, sign]
    if (metric, sign) not in AVERAGED or kwargs.pop("labels", None) is not None:
        return None
    pos_label = kwargs.pop("pos_label", None)
    zero_division = kwargs.pop("zero_division", "warn")
    zero_division = 0.0 if zero_division == "warn" else zero_division
    average = kwargs.pop("average", "binary")
    if (
        average is None
        or math.isnan(zero_division)
        or (average != "binary" and pos_label not in (None, 1))
    ):
        return None
    objective = AVERAGED[metric, sign](average=average, zero_division=zero_division, **kwargs)
    return (
        OfSmallerClass(objective)
        if average == "binary" and _is_smaller(pos_label, classes)
        else objective
    )


def _is_smaller(pos_label, classes):
    """Whether ``pos_label`` is the smaller of two classes; where none is given it is 1, as for the metrics, if it can.

    Classes that are called neither 0 nor 1 have the larger one as the positive then.
    """
    if pos_label is None:
        return classes[0] == 1
    if pos_label not in classes:
        raise ValueError(
            f"'pos_label' of 'scoring' must be one of the classes {list(classes)}. Got {pos_label!r} instead."
        )
    return pos_label == classes[0]
