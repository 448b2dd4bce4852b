"""Reports and displays of tuned thresholds."""

from ._operating_point import OperatingPointDisplay
from ._report import ThresholdReport, threshold_report
from ._threshold_curve import ThresholdCurveDisplay
from ._threshold_map import ThresholdMapDisplay

__all__ = [
    "OperatingPointDisplay",
    "ThresholdCurveDisplay",
    "ThresholdMapDisplay",
    "ThresholdReport",
    "threshold_report",
]
