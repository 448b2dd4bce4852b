"""tuning."""

from ._problem import ENOUGH_ROWS, STRATEGIES, is_thin
from ._reject import BandProblem
from ._tune import TunedThresholds, check_strategy, tune, tune_thresholds, warn_of_outcome

__all__ = [
    "ENOUGH_ROWS",
    "STRATEGIES",
    "BandProblem",
    "TunedThresholds",
    "check_strategy",
    "is_thin",
    "tune",
    "tune_thresholds",
    "warn_of_outcome",
]
