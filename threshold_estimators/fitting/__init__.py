"""fitting."""

from ._adapters import check_fit_params, fit_labels, one_vs_rest_if_needed, seeded, takes_fit_param
from ._calibration import METHODS, as_calibrator, calibrator_params, fit_calibrator
from ._callbacks import fit_task
from ._cross_fit import fit_and_hold_out, warn_of_constant_labels
from ._response import label_scores, response_method_name

__all__ = [
    "METHODS",
    "as_calibrator",
    "calibrator_params",
    "check_fit_params",
    "fit_and_hold_out",
    "fit_calibrator",
    "fit_labels",
    "fit_task",
    "label_scores",
    "one_vs_rest_if_needed",
    "response_method_name",
    "seeded",
    "takes_fit_param",
    "warn_of_constant_labels",
]
