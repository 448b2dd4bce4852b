"""estimators."""

from ._base import USUAL_CUT, ThresholdedClassifier, labels_of, names_of, scores_of, tuned_response
from ._fixed import FixedThresholdsClassifier
from ._reject import MultiLabelRejectClassifier
from ._scorers import BestThresholdsScorer, CoverageScorer, DecidedScorer
from ._tuned import MultiLabelThresholdClassifier

__all__ = [
    "USUAL_CUT",
    "BestThresholdsScorer",
    "CoverageScorer",
    "DecidedScorer",
    "FixedThresholdsClassifier",
    "MultiLabelRejectClassifier",
    "MultiLabelThresholdClassifier",
    "ThresholdedClassifier",
    "labels_of",
    "names_of",
    "scores_of",
    "tuned_response",
]
