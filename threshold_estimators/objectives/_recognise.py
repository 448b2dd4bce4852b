"""From what scikit-learn takes as ``scoring`` to an objective."""

import math

from sklearn.metrics import (
    f1_score,
    fbeta_score,
    get_scorer,
    hamming_loss,
    jaccard_score,
    precision_score,
    recall_score,
)

from .._compat import scorer_parts
from ._base import Objective
from ._measures import FBeta, HammingLoss, Jaccard, Precision, Recall

# A metric function of scikit-learn and the sign of its scorer -> the objective it is.
_OBJECTIVES = {
    (f1_score, 1): FBeta,
    (fbeta_score, 1): FBeta,
    (jaccard_score, 1): Jaccard,
    (precision_score, 1): Precision,
    (recall_score, 1): Recall,
    (hamming_loss, -1): HammingLoss,
}


def check_objective(scoring, n_labels):
    """Objective of ``scoring``: an objective, the name of a scorer, or a scorer; valid for ``n_labels`` labels."""
    objective = scoring if isinstance(scoring, Objective) else _from_scorer(scoring)
    objective.check(n_labels)
    return objective


def _from_scorer(scoring):
    parts = scorer_parts(get_scorer(scoring)) if isinstance(scoring, str) else scorer_parts(scoring)
    if parts is None:
        raise TypeError(
            "'scoring' must be the name of a scorer, a scorer from sklearn.metrics.make_scorer or an objective of "
            f"threshold_estimators. Got {scoring!r} instead. Turn a metric function into a scorer with make_scorer."
        )
    metric, sign, kwargs, response_method = parts
    if response_method != "predict":
        raise ValueError(
            f"scoring={scoring!r} judges the scores themselves, which no threshold can change. Choose a metric of "
            "predicted labels, for example 'f1_macro'."
        )
    objective = _known_objective(metric, sign, kwargs)
    if objective is None:
        raise ValueError(f"scoring={scoring!r} is not a metric that thresholds can be tuned for.")
    return objective


def _known_objective(metric, sign, kwargs):
    """The objective that a metric of scikit-learn is with these keyword arguments, or None."""
    kwargs = dict(kwargs)
    if (
        (metric, sign) not in _OBJECTIVES
        or kwargs.pop("labels", None) is not None
        or kwargs.pop("pos_label", None) not in (None, 1)
    ):
        return None
    if metric is hamming_loss:
        return None if kwargs else HammingLoss()
    zero_division = kwargs.pop("zero_division", "warn")
    zero_division = 0.0 if zero_division == "warn" else zero_division
    average = kwargs.pop("average", "binary")
    if average is None or math.isnan(zero_division):
        return None
    return _OBJECTIVES[metric, sign](average=average, zero_division=zero_division, **kwargs)
