"""Reports and pictures of a fitted classifier, or of scores with thresholds.

`threshold_report` is the classification report with a threshold for each label. Three displays
follow scikit-learn's conventions (`from_estimator`, `from_predictions`, `plot`):

- `ThresholdCurveDisplay`: metrics of a label against the threshold (threshold moving);
- `OperatingPointDisplay`: the threshold as a point on the ROC or precision-recall curve;
- `ThresholdMapDisplay`: support, threshold and gain in F1 of all labels.

`drift_report` compares how often labels are predicted with what is expected, and
`estimate_frequencies` estimates how frequent they are; both need no labels.

A display computes first and draws then. `_display.py` checks the input and selects the labels.
`_curves.py` computes the numbers, which the constructor stores. `plot` draws them with the panels,
colours and legends of `_panels.py`. matplotlib and pandas are imported when they are needed.

How to add a display: inherit from `LabelsDisplay` in `_display_base.py`, which has
`from_estimator` and the texts of shared parameters. Write a constructor that stores arrays (a
dataclass), `from_predictions` that computes them from the predictions that `_check` returns,
`plot` that draws them and returns `self`, and `to_frame` that returns them as a table. If a
default depends on how the thresholds were tuned, override `_complete_options`. Export the class
here and in the package, and add it to ``DISPLAYS`` in tests/inspection/test_displays.py.
"""

from ._drift import DriftReport, drift_report
from ._frequencies import estimate_frequencies
from ._operating_point import OperatingPointDisplay
from ._report import ThresholdReport, threshold_report
from ._threshold_curve import ThresholdCurveDisplay
from ._threshold_map import ThresholdMapDisplay
