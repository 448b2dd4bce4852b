"""What comes from outside, checked once: label indicators, scores and weights."""

import warnings
from typing import NamedTuple

import numpy as np
from scipy import sparse
from sklearn.utils import check_array, check_consistent_length

from . import _compat

FLOATS = np.dtype(np.float64), np.dtype(np.float32)


class Indicator(NamedTuple):
    """Labels of rows.

    values : (n_samples, n_labels) bool
    names : (n_labels,) names of the labels where the input had them, else None
    """

    values: np.ndarray
    names: np.ndarray | None

    @property
    def n_labels(self):
        """Number of labels."""
        return self.values.shape[1]


def check_indicator(y, name="y"):
    """Label indicator of anything two-dimensional that holds 0 and 1.

    Raises ValueError that names the label for any other value, and says what to do where the shape is another.
    """
    names = np.asarray(y.columns) if hasattr(y, "columns") else None
    if sparse.issparse(y):
        y = y.toarray()
    y = _as_array(y, name)
    if y.ndim != 2:
        raise ValueError(
            f"{name!r} must be a label indicator of shape (n_samples, n_labels). Got shape {y.shape} instead. "
            "Reshape a single label with y.reshape(-1, 1); turn lists of labels into an indicator with "
            "sklearn.preprocessing.MultiLabelBinarizer."
        )
    values = check_array(y, dtype=None, input_name=name, ensure_all_finite=y.dtype.kind == "f")
    if values.dtype == bool:
        return Indicator(values, names)
    if values.dtype.kind in "SU":
        values = values.astype(object)  # which compares with numbers in every version of numpy
    positive = values == 1
    valid = positive | (values == 0)
    if not np.all(valid):
        row, label = np.argwhere(~valid)[0]
        raise ValueError(
            f"{name!r} must hold only 0 and 1. Got {values[row].tolist()[label]!r} in row {row} of label "
            f"{label_name(label, names)} instead."
        )
    return Indicator(positive, names)


def _as_array(y, name):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # numpy 1.23 warns where later ones raise
            return np.asarray(y)
    except (ValueError, Warning) as error:
        raise ValueError(
            f"{name!r} must be a label indicator of shape (n_samples, n_labels), but its rows differ in length. "
            "Turn lists of labels into an indicator with sklearn.preprocessing.MultiLabelBinarizer."
        ) from error


def check_scores(y_score, n_labels, names=None, where=""):
    """Finite scores of shape (n_samples, n_labels); float32 stays float32.

    ``where`` ends the error message, for example with the fold.
    """
    if not _is_float_matrix(y_score):
        y_score = check_array(
            y_score,
            dtype=FLOATS,
            ensure_all_finite=False,
            ensure_2d=False,
            allow_nd=True,
            input_name="y_score",
        )
    if y_score.ndim == 3:
        raise ValueError(
            f"'y_score' must have shape (n_samples, {n_labels}), a column for each label. Got both classes of each "
            f"label in shape {y_score.shape} instead{where}: take np.column_stack([proba[:, 1] for proba in y_score])."
        )
    if y_score.ndim != 2 or y_score.shape[1] != n_labels:
        raise ValueError(
            f"'y_score' must have shape (n_samples, {n_labels}), a column for each label. "
            f"Got {y_score.shape} instead{where}."
        )
    # The sum is finite in all but the rarest of cases, and much cheaper.
    with np.errstate(over="ignore", invalid="ignore"):
        suspect = not np.isfinite(np.sum(y_score))
    if suspect and not np.all(finite := np.isfinite(y_score)):
        row, label = np.argwhere(~finite)[0]
        raise ValueError(
            f"'y_score' must be finite. Got {y_score[row, label]} in row {row} of label {label_name(label, names)} "
            f"instead{where}."
        )
    return y_score


def _is_float_matrix(y_score):
    """Whether there is nothing to convert or to refuse, as in most scores that estimators give."""
    # check_array would say so too, but takes longer than all else that predict adds for a few rows.
    return (
        type(y_score) is np.ndarray
        and y_score.ndim == 2
        and y_score.size > 0
        and y_score.dtype in FLOATS
    )


def check_sample_weight(sample_weight, n_samples):
    """Weights of shape (n_samples,) as float64, or None where there are none."""
    if sample_weight is None:
        return None
    sample_weight = _compat.check_sample_weight(
        sample_weight, np.empty((n_samples, 1)), dtype=np.float64, ensure_non_negative=True
    )
    if not np.any(sample_weight):
        raise ValueError("'sample_weight' must have a positive weight. Got only zeros instead.")
    return sample_weight


def check_thresholds(thresholds, n_labels, names=None):
    """Thresholds of shape (n_labels,), infinite ones among them but not NaN; float32 stays float32."""
    thresholds = np.asarray(thresholds)
    if thresholds.dtype.kind != "f":
        thresholds = thresholds.astype(float)
    if thresholds.shape != (n_labels,):
        raise ValueError(
            f"'thresholds' must have shape ({n_labels},), one for each label. Got {thresholds.shape} instead."
        )
    if np.isnan(thresholds).any():
        label = np.flatnonzero(np.isnan(thresholds))[0]
        raise ValueError(
            f"'thresholds' must not be NaN. Got one for label {label_name(label, names)} instead."
        )
    return thresholds


def check_label_names(names, n_labels):
    """Names of shape (n_labels,), or None where there are none."""
    if names is not None and len(names) != n_labels:
        raise ValueError(
            f"'label_names' must name each of the {n_labels} labels. Got {len(names)} names instead."
        )
    return names


def check_same_rows(y_true, y_score):
    """Raise a ValueError unless both have as many rows."""
    check_consistent_length(y_true, y_score)


def label_name(label, names):
    """How an error or a warning calls a label."""
    return str(label) if names is None else repr(np.asarray(names).tolist()[label])


def as_numbers_of_rows(sample_weight):
    """Weights in units of rows.

    Whole weights stand for repeated rows. Others are importances of an unknown unit: they are scaled so that their sum
    is the effective number of rows (Kish).
    """
    if sample_weight is not None and np.any(sample_weight % 1):
        return sample_weight * (sample_weight.sum() / (sample_weight**2).sum())
    return sample_weight
