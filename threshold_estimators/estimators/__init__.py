"""The classifiers and scorers: X and y to thresholds and decisions."""

from ._base import DEFAULT_THRESHOLD, fitted_classifier, scores_of, tuned_response
from ._fixed import FixedThresholdsClassifier
from ._reject import MultiLabelRejectClassifier
from ._scorers import BestThresholdsScorer, CoverageScorer, DecidedScorer
from ._tuned import MultiLabelThresholdClassifier

__all__ = [
    "DEFAULT_THRESHOLD",
    "BestThresholdsScorer",
    "CoverageScorer",
    "DecidedScorer",
    "FixedThresholdsClassifier",
    "MultiLabelRejectClassifier",
    "MultiLabelThresholdClassifier",
    "fitted_classifier",
    "scores_of",
    "tuned_response",
]
