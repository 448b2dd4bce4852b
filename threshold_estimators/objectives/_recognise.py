"""From what scikit-learn takes as ``scoring`` to an objective."""

import math
from inspect import signature

import numpy as np
from sklearn import metrics

from .._compat import scorer_parts
from ._base import Objective
from ._black_box import ScorerObjective
from ._measures import (
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
from ._smaller_class import OfSmallerClass

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


def check_objective(scoring, n_samples, n_labels, classes=None):
    """Objective of ``scoring``: an objective, the name of a scorer, or a scorer; valid for labels of this shape.

    classes : those of the classifier: a list of [0, 1] (also None), or the two classes of the one label
    """
    classes = (0, 1) if classes is None or isinstance(classes, list) else tuple(np.asarray(classes).tolist())
    objective = scoring if isinstance(scoring, Objective) else _from_scorer(scoring, classes)
    objective.check(n_samples, n_labels)
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
    if average is None or math.isnan(zero_division) or (average != "binary" and pos_label not in (None, 1)):
        return None
    objective = AVERAGED[metric, sign](average=average, zero_division=zero_division, **kwargs)
    return OfSmallerClass(objective) if average == "binary" and _is_smaller(pos_label, classes) else objective


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
