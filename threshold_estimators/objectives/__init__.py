"""objectives."""

from ._base import CountObjective, Objective, Scorer
from ._confusion_metrics import (
    Accuracy,
    BalancedAccuracy,
    ClosestToCorner,
    CohenKappa,
    FBeta,
    GMean,
    HammingLoss,
    Jaccard,
    MatthewsCorrelation,
    Precision,
    Recall,
    Specificity,
    SubsetAccuracy,
    YoudenJ,
    ZeroOneLoss,
)
from ._constrained import Constrained
from ._cost import Cost
from ._from_scorer import OfSmallerClass, ScorerObjective, check_objective

__all__ = [
    "Accuracy",
    "BalancedAccuracy",
    "ClosestToCorner",
    "CohenKappa",
    "Constrained",
    "Cost",
    "CountObjective",
    "FBeta",
    "GMean",
    "HammingLoss",
    "Jaccard",
    "MatthewsCorrelation",
    "Objective",
    "OfSmallerClass",
    "Precision",
    "Recall",
    "Scorer",
    "ScorerObjective",
    "Specificity",
    "SubsetAccuracy",
    "YoudenJ",
    "ZeroOneLoss",
    "check_objective",
]
