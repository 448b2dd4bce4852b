"""Chunks of samples, and counts of scores, as users give them: read and checked."""

import numpy as np

from ..core import check_same_index, check_same_length, read_labels, read_scores
from ._score_bins import WEIGHT_UNIT

SMALLEST_WEIGHT = 2**10 * WEIGHT_UNIT  # so that rounding changes no weight by more than 0.05 %
LARGEST_TOTAL = 2.0**40  # of weights, whose sum of units is an int64


def read_chunk(y_true, y_score, sample_weight, known_names):
    """(Labels, y_score, weight) of a chunk; infinite scores are the largest and lowest floats.

    known_names : names of the labels of earlier chunks, or None
    """
    check_same_index(y_true=y_true, y_score=y_score, sample_weight=sample_weight)
    labels = read_labels(y_true, "y_true", known_names, takes_column=True)
    n_samples, n_labels = labels.y_true.shape
    y_score = read_scores(y_score, n_labels, labels.names, n_samples=n_samples, known=labels.known)
    check_same_length(y_true=labels.y_true, y_score=y_score)
    largest = np.finfo(y_score.dtype).max
    weight = labels.weights(sample_weight)
    _check_weights(weight, n_samples)
    return labels, np.clip(y_score, -largest, largest), weight


def _check_weights(weight, n_samples):
    """Raise a ValueError for weights that units cannot count."""
    if weight is None:
        return
    positive = weight[weight > 0]
    if positive.min(initial=1) < SMALLEST_WEIGHT:
        raise ValueError(
            f"'sample_weight' must be 0 or at least {SMALLEST_WEIGHT:g}, as weights are rounded to "
            f"multiples of {WEIGHT_UNIT:g}. Got {positive.min():g} instead. Multiply all weights "
            "by one number."
        )
    if weight.max() * n_samples > LARGEST_TOTAL:
        raise ValueError(
            f"'sample_weight' must not add up to more than {LARGEST_TOTAL:g}. Got weights up to "
            f"{weight.max():g} instead. Divide all weights by one number."
        )


def read_columns(label, floats, counts):
    """(label, floats, counts in units of WEIGHT_UNIT) of counted scores, as lists of columns.

    floats, counts : columns by the parameter they come from
    """
    position = _floats(label, "label")
    if np.any(position % 1 > 0):
        raise ValueError(f"'label' must hold positions of labels, integers. Got {label!r} instead.")
    floats = {name: _floats(values, name) for name, values in floats.items()}
    counts = {name: _units(values, name) for name, values in counts.items()}
    check_same_length(label=position, **floats, **counts)
    return position.astype(np.int64), list(floats.values()), list(counts.values())


def check_groups(label, pos, neg, low, high, n_labels):
    """Raise a ValueError for groups of scores that cannot be counted."""
    if np.any((label < 0) | (label >= n_labels)):
        raise ValueError(
            f"'label' must hold positions of the {n_labels} labels, integers from 0 to "
            f"{n_labels - 1}. Got {label} instead."
        )
    if not np.all((pos >= 0) & (neg >= 0)):
        raise ValueError("No group may have a negative number of samples.")
    if not np.all((low <= high) & np.isfinite(low) & np.isfinite(high)):
        raise ValueError("'low' must not exceed 'high' in any group, and both must be finite.")


def _floats(values, name):
    try:
        column = np.asarray(values, np.float64)
    except (TypeError, ValueError):
        column = np.array(np.nan)
    if column.ndim != 1 or not np.all(np.isfinite(column)):
        raise ValueError(f"{name!r} must be a column of finite numbers. Got {values!r} instead.")
    return column


def _units(counts, name):
    counts = _floats(counts, name)
    if np.any(counts < 0):
        raise ValueError(f"{name!r} must not be negative. Got {counts.min()} instead.")
    return np.rint(counts / WEIGHT_UNIT).astype(np.int64)
