"""Validation of what users pass: label indicators, scores, thresholds and weights."""

import warnings
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.utils import check_array

from . import _compat

# An array-like, DataFrame or sparse matrix. scipy and pandas have no types of their own.
MatrixLike = Any

FLOATS = np.dtype(np.float64), np.dtype(np.float32)
MAX_COUNT = 2**53  # a float64 holds every whole number up to it


def check_indicator(y: Any, name: str = "y") -> np.ndarray:
    """Boolean array of shape (n_samples, n_labels) from anything two-dimensional of 0 and 1."""
    if sparse.issparse(y):
        names, y = None, y.toarray()
    else:
        names, y = column_names(y), _as_array(y, name)
    if y.ndim != 2:
        raise ValueError(
            f"{name!r} must be a label indicator of shape (n_samples, n_labels). "
            f"Got shape {y.shape} instead. Reshape a single label with y.reshape(-1, 1); turn "
            "lists of labels into an indicator with sklearn.preprocessing.MultiLabelBinarizer."
        )
    y = check_array(y, dtype=None, input_name=name, ensure_all_finite=y.dtype.kind == "f")
    if y.dtype == bool:
        return y
    if y.dtype.kind in "SU":
        y = y.astype(object)  # numpy compares strings with numbers only as objects
    positive = y == 1
    is_valid = positive | (y == 0)
    if not np.all(is_valid):
        sample, label = np.argwhere(~is_valid)[0]
        raise ValueError(
            f"{name!r} must hold only 0 and 1. Got {y[sample].tolist()[label]!r} in row {sample} "
            f"of label {label_name(label, names)} instead."
        )
    return positive


def column_names(y):
    """Column names of a DataFrame as an array; None for anything else."""
    return np.asarray(y.columns) if hasattr(y, "columns") else None


def _as_array(y, name):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # numpy 1.23 warns where later versions raise
            return np.asarray(y)
    except (ValueError, Warning) as error:
        raise ValueError(
            f"{name!r} must be a label indicator of shape (n_samples, n_labels), but its rows "
            "differ in length. Turn lists of labels into an indicator with "
            "sklearn.preprocessing.MultiLabelBinarizer."
        ) from error


def check_scores(y_score: Any, n_labels: int, names: Any = None, where: str = "") -> np.ndarray:
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
    rule = f"'y_score' must have shape (n_samples, {n_labels}), a column for each label. "
    if y_score.ndim == 3:
        raise ValueError(
            f"{rule}Got both classes of each label in shape {y_score.shape} instead{where}: "
            "take np.column_stack([proba[:, 1] for proba in y_score])."
        )
    if y_score.ndim != 2 or y_score.shape[1] != n_labels:
        raise ValueError(f"{rule}Got {y_score.shape} instead{where}.")
    # The sum is finite in nearly all cases, and much cheaper than a look at every score.
    with np.errstate(over="ignore", invalid="ignore"):
        is_suspect = not np.isfinite(np.sum(y_score))
    if is_suspect and not np.all(np.isfinite(y_score)):
        sample, label = np.argwhere(~np.isfinite(y_score))[0]
        raise ValueError(
            f"'y_score' must be finite. Got {y_score[sample, label]} in row {sample} of label "
            f"{label_name(label, names)} instead{where}."
        )
    return y_score


def _is_float_matrix(y_score):
    """Whether the scores need no conversion, which holds for those of most estimators."""
    # check_array would find the same, but takes longer than the rest of predict for few samples.
    return (
        type(y_score) is np.ndarray
        and y_score.ndim == 2
        and y_score.size > 0
        and y_score.dtype in FLOATS
    )


def check_sample_weight(sample_weight: Any, n_samples: int) -> np.ndarray | None:
    """Weights of shape (n_samples,) as float64, or None."""
    if sample_weight is None:
        return None
    sample_weight = _compat.check_sample_weight(
        sample_weight, np.empty((n_samples, 1)), dtype=np.float64, ensure_non_negative=True
    )
    if not np.any(sample_weight):
        raise ValueError("'sample_weight' must have a positive weight. Got only zeros instead.")
    return sample_weight


def check_thresholds(thresholds, n_labels, names=None):
    """Thresholds of shape (n_labels,), infinite ones allowed, NaN not; float32 stays float32."""
    thresholds = np.asarray(thresholds)
    if thresholds.dtype.kind != "f":
        thresholds = thresholds.astype(float)
    if thresholds.shape != (n_labels,):
        raise ValueError(
            f"'thresholds' must have shape ({n_labels},), one for each label. "
            f"Got {thresholds.shape} instead."
        )
    if np.isnan(thresholds).any():
        label = np.flatnonzero(np.isnan(thresholds))[0]
        raise ValueError(
            f"'thresholds' must not be NaN. Got one for label {label_name(label, names)} instead."
        )
    return thresholds


def check_label_names(names, n_labels):
    """Names of shape (n_labels,), or None."""
    if names is not None and len(names) != n_labels:
        raise ValueError(
            f"'label_names' must name each of the {n_labels} labels. "
            f"Got {len(names)} names instead."
        )
    return names


def label_name(label, names):
    """Name of a label in error messages and warnings: its position where it has none."""
    return str(label) if names is None else repr(np.asarray(names).tolist()[label])


def as_numbers_of_rows(sample_weight):
    """Weights in units of samples, shaped as ``sample_weight``, or None; of cells, label by label.

    Whole weights stand for repeated samples. Other weights have an unknown unit: they are scaled
    so that their sum is the effective number of samples (Kish).
    """
    if sample_weight is None:
        return None
    largest = sample_weight.max(axis=0)
    # Sums of larger numbers than these are not exact, so that they cannot be counts.
    is_count = ~np.any(sample_weight % 1, axis=0) & (largest <= MAX_COUNT / len(sample_weight))
    if np.all(is_count):
        return sample_weight
    relative = sample_weight / np.where(largest > 0, largest, 1)
    # Sorted: the order of the samples must not change the sums.
    ordered = np.sort(relative, axis=0)
    square = np.maximum((ordered**2).sum(axis=0), 1)
    return np.where(is_count, sample_weight, relative * (ordered.sum(axis=0) / square))
