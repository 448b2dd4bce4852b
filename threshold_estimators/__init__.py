"""Thresholds that turn the scores of a multi-label model into decisions."""

from .estimators import (
    BestThresholdsScorer,
    CoverageScorer,
    DecidedScorer,
    FixedThresholdsClassifier,
    MultiLabelRejectClassifier,
    MultiLabelThresholdClassifier,
)
from .inspection import (
    OperatingPointDisplay,
    ThresholdCurveDisplay,
    ThresholdMapDisplay,
    ThresholdReport,
    threshold_report,
)
from .model_selection import (
    MultilabelStratifiedGroupKFold,
    MultilabelStratifiedKFold,
    MultilabelStratifiedShuffleSplit,
)
from .objectives import (
    Accuracy,
    BalancedAccuracy,
    ClosestToCorner,
    CohenKappa,
    Constrained,
    Cost,
    CountObjective,
    FBeta,
    GMean,
    Jaccard,
    LinearRatio,
    MatthewsCorrelation,
    Precision,
    Recall,
    Specificity,
    SubsetAccuracy,
    YoudenJ,
)
from .tuning import StreamingThresholdTuner, TunedThresholds, tune_thresholds

__version__ = "0.1.0.dev0"

__all__ = [
    "Accuracy",
    "BalancedAccuracy",
    "BestThresholdsScorer",
    "ClosestToCorner",
    "CohenKappa",
    "Constrained",
    "Cost",
    "CountObjective",
    "CoverageScorer",
    "DecidedScorer",
    "FBeta",
    "FixedThresholdsClassifier",
    "GMean",
    "Jaccard",
    "LinearRatio",
    "MatthewsCorrelation",
    "MultiLabelRejectClassifier",
    "MultiLabelThresholdClassifier",
    "MultilabelStratifiedGroupKFold",
    "MultilabelStratifiedKFold",
    "MultilabelStratifiedShuffleSplit",
    "OperatingPointDisplay",
    "Precision",
    "Recall",
    "Specificity",
    "StreamingThresholdTuner",
    "SubsetAccuracy",
    "ThresholdCurveDisplay",
    "ThresholdMapDisplay",
    "ThresholdReport",
    "TunedThresholds",
    "YoudenJ",
    "threshold_report",
    "tune_thresholds",
]
