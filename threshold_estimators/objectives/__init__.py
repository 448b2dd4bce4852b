"""What thresholds are tuned for."""

from ._base import CountObjective, Objective
from ._measures import Accuracy, FBeta, HammingLoss, Jaccard, Precision, Recall
from ._recognise import check_objective

__all__ = [
    "Accuracy",
    "CountObjective",
    "FBeta",
    "HammingLoss",
    "Jaccard",
    "Objective",
    "Precision",
    "Recall",
    "check_objective",
]
