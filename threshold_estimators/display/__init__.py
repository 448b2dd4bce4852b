"""Pictures of thresholds: what each cut is worth, where the chosen one lies, and all labels on one map."""

from ._operating_point import OperatingPointDisplay
from ._threshold_curve import ThresholdCurveDisplay
from ._threshold_map import ThresholdMapDisplay

__all__ = ["OperatingPointDisplay", "ThresholdCurveDisplay", "ThresholdMapDisplay"]
