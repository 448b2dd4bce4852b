"""Labels and scores to thresholds: problems, strategies and limits."""

from ._problem import MIN_SUPPORT, Problem, Samples, has_low_support
from ._reject import BandProblem
from ._strategies import STRATEGIES
from ._tune import TunedThresholds, check_strategy, given_thresholds, tune, tune_thresholds

__all__ = [
    "MIN_SUPPORT",
    "STRATEGIES",
    "BandProblem",
    "Problem",
    "Samples",
    "TunedThresholds",
    "check_strategy",
    "given_thresholds",
    "has_low_support",
    "tune",
    "tune_thresholds",
]
