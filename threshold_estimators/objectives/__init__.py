"""What thresholds are tuned for."""

from ._base import CountObjective, Objective, Scorer
from ._black_box import ScorerObjective
from ._constraints import Constrained
from ._costs import Cost
from ._measures import (
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
from ._recognise import check_objective
from ._smaller_class import OfSmallerClass

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
