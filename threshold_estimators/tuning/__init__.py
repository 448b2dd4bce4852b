"""tuning."""

from ._problem import MIN_SUPPORT, has_low_support
from ._reject import BandProblem
from ._strategies import STRATEGIES
from ._tune import TunedThresholds, check_strategy, tune, tune_thresholds, warn_of_outcome

__all__ = [
    "MIN_SUPPORT",
    "STRATEGIES",
    "BandProblem",
    "TunedThresholds",
    "check_strategy",
    "has_low_support",
    "tune",
    "tune_thresholds",
    "warn_of_outcome",
]
