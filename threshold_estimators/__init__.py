"""Thresholds that turn the scores of a multi-label model into decisions."""

from .classifier import MultiLabelThresholdClassifier
from .model_selection import (
    MultilabelStratifiedGroupKFold,
    MultilabelStratifiedKFold,
    MultilabelStratifiedShuffleSplit,
)
from .objectives import Accuracy, FBeta, HammingLoss, Jaccard, Precision, Recall
from .tuning import TunedThresholds, tune_thresholds

__version__ = "0.1.0.dev0"

__all__ = [
    "Accuracy",
    "FBeta",
    "HammingLoss",
    "Jaccard",
    "MultiLabelThresholdClassifier",
    "MultilabelStratifiedGroupKFold",
    "MultilabelStratifiedKFold",
    "MultilabelStratifiedShuffleSplit",
    "Precision",
    "Recall",
    "TunedThresholds",
    "tune_thresholds",
]
