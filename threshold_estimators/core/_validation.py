"""Validation of what users pass besides labels and scores: thresholds, weights and names."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from . import _compat
from ._tables import is_pandas, only_numbers_rows

# An array-like, DataFrame or sparse matrix. scipy and pandas have no types of their own.
MatrixLike = Any

# The squares of sums of weights, and their products with costs, neither overflow nor vanish.
SMALLEST_SUM, LARGEST_SUM = 1e-75, 1e75
MAX_COUNT = 2**53  # a float64 holds every whole number up to it
MISSING_NAMES = {"None", "nan", "<NA>", "NaT"}


def check_sample_weight(
    sample_weight: Any, n_samples: int, n_labels: int | None = None
) -> np.ndarray | None:
    """Weights of shape (n_samples,) or, if ``n_labels`` is given, (n_samples, n_labels); or None.

    Extreme weights are scaled, so that their sums and squares do not overflow.
    """
    if sample_weight is None:
        return None
    given = np.asarray(sample_weight)
    if given.ndim == 2 and n_labels is not None:
        sample_weight = _cell_weight(given, (n_samples, n_labels))
    else:
        sample_weight = _row_weight(sample_weight, n_samples)
    largest = sample_weight.max(initial=0)
    if largest == 0:
        raise ValueError("'sample_weight' must have a positive weight. Got only zeros instead.")
    if not SMALLEST_SUM <= largest <= LARGEST_SUM / sample_weight.size:
        sample_weight = sample_weight / largest
    return sample_weight


def _row_weight(sample_weight, n_samples):
    try:
        weight = _compat.check_sample_weight(
            sample_weight, np.empty((n_samples, 1)), dtype=np.float64, ensure_non_negative=True
        )
    except (TypeError, ValueError) as error:
        raise type(error)(f"'sample_weight' is not valid: {error}") from error
    if not np.isfinite(weight).all():  # a single number, which scikit-learn does not check
        raise ValueError(f"'sample_weight' must be finite. Got {sample_weight!r} instead.")
    return weight


def _cell_weight(sample_weight, shape):
    weight = sample_weight.astype(np.float64)
    if weight.shape != shape:
        raise ValueError(
            f"'sample_weight' must have shape ({shape[0]},), a weight for each sample, or {shape}, "
            f"one for each of its labels. Got {weight.shape} instead."
        )
    is_invalid = ~(np.isfinite(weight) & (weight >= 0))
    if np.any(is_invalid):
        sample, label = np.argwhere(is_invalid)[0]
        raise ValueError(
            "'sample_weight' must hold finite numbers that are not negative. "
            f"Got {weight[sample, label]} in row {sample} of label {label} instead."
        )
    return weight


def check_thresholds(thresholds, n_labels, names=None, what="thresholds"):
    """Copy of thresholds in shape (n_labels,), infinite ones allowed, NaN not.

    thresholds : (n_labels,), float32 stays float32; or a dict or Series by the ``names``
    what : name of the parameter
    """
    thresholds = np.array(in_order_of_labels(thresholds, names, what))
    if thresholds.dtype.kind != "f":
        if thresholds.dtype.kind not in "iuO":
            raise ValueError(
                f"{what!r} must be numbers. Got values of type {thresholds.dtype} instead."
            )
        try:
            thresholds = thresholds.astype(float)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{what!r} must be numbers: {error}.") from error
    if thresholds.shape != (n_labels,):
        raise ValueError(
            f"{what!r} must have shape ({n_labels},), one for each label. "
            f"Got {thresholds.shape} instead."
        )
    if np.isnan(thresholds).any():
        label = np.flatnonzero(np.isnan(thresholds))[0]
        raise ValueError(
            f"{what!r} must not be NaN. Got one for label {label_name(label, names)} instead."
        )
    return thresholds


def check_frequencies(frequencies: Any, n_labels: int, names: Any = None) -> np.ndarray:
    """Frequencies of the labels, of shape (n_labels,), each from 0 to 1.

    frequencies : (n_labels,), or a dict or Series by the ``names``
    """
    frequencies = check_thresholds(frequencies, n_labels, names, "frequencies").astype(np.float64)
    invalid = np.flatnonzero((frequencies < 0) | (frequencies > 1))
    if len(invalid):
        raise ValueError(
            "'frequencies' must be shares of the samples from 0 to 1. Got "
            f"{frequencies[invalid[0]]:g} for label {label_name(invalid[0], names)} instead."
        )
    return frequencies


def in_order_of_labels(values, names, what):
    """Values of labels as a list, if they are given by name; anything else as it is.

    values : dict or Series by the names of the labels, or other values; what : name of the
    parameter
    """
    if is_pandas(values) and values.ndim == 1 and not only_numbers_rows(values.index):
        if not values.index.is_unique:
            raise ValueError(
                f"{what!r} must have one value for each label. "
                f"Got {values.index[values.index.duplicated()][0]!r} more than once in its index "
                "instead."
            )
        values = values.to_dict()
    if not isinstance(values, Mapping):
        return values
    if names is None:
        raise ValueError(
            f"{what!r} can be given by name only where the labels have names. Give 'y' as a "
            f"DataFrame, or {what!r} in the order of its columns."
        )
    names = np.asarray(names).tolist()
    unknown = [name for name in values if name not in names]
    missing = [name for name in names if name not in values]
    if unknown or missing:
        raise ValueError(
            f"{what!r} must have one for each label. Got none for {missing[:10]}, and "
            f"{sorted(map(str, unknown))[:10]} are no labels."
        )
    return [values[name] for name in names]


def check_label_names(label_names: Any, n_labels: int, names: Any = None) -> np.ndarray | None:
    """Names of the labels that the user gave, of shape (n_labels,) and dtype object, or None.

    label_names : names in the order of the labels; or a mapping to names from the positions of the
    labels, as ``id2label`` of Hugging Face, or from the ``names`` that the labels have
    """
    if label_names is None:
        return None
    given = _names_in_order(label_names, n_labels, names)
    if len(given) != n_labels:
        raise ValueError(
            f"'label_names' must name each of the {n_labels} labels. "
            f"Got {len(given)} names instead."
        )
    for label, name in enumerate(given):
        if not isinstance(name, str) and str(name) in MISSING_NAMES:
            raise ValueError(
                f"'label_names' must not be missing. Got {name!r} for label {label} instead."
            )
    repeated, times = Counter(map(repr, given)).most_common(1)[0]
    if times > 1:
        raise ValueError(f"'label_names' must differ. Got {repeated} {times} times instead.")
    return np.fromiter(given, object, n_labels)


def _names_in_order(label_names, n_labels, names):
    """List of the names in the order of the labels."""
    keys = label_names
    if is_pandas(label_names) and label_names.ndim == 1 and label_names.index.is_unique:
        keys = label_names.to_dict()
    if isinstance(keys, Mapping):
        for order in (range(n_labels), [str(label) for label in range(n_labels)], names):
            if order is not None and set(order) == set(keys):
                return [keys[key] for key in order]
    is_names = isinstance(label_names, Iterable) and getattr(label_names, "ndim", 1) == 1
    if not is_names or isinstance(label_names, str | bytes | Mapping | set | frozenset):
        raise (ValueError if isinstance(label_names, Mapping) else TypeError)(
            "'label_names' must be a list of the names of the labels, or a mapping that has the "
            f"positions of all {n_labels} labels as keys. Got {label_names!r} instead."
        )
    return list(label_names)


def label_name(label, names):
    """Name of a label in error messages and warnings: its position where it has none."""
    return str(label) if names is None else repr(np.asarray(names).tolist()[label])


def as_numbers_of_rows(sample_weight):
    """Weights in units of samples, shaped as ``sample_weight``, or None; of cells, label by label.

    Whole weights stand for repeated samples. Other weights have an unknown unit: they are scaled
    so that their sum is the effective number of samples (Kish). They are rounded to multiples of
    2**-30, so that sums of them are exact in any order.
    """
    if sample_weight is None:
        return None
    largest = sample_weight.max(axis=0)
    # Sums of larger numbers than these are not exact, so that they cannot be counts.
    is_count = ~np.any(sample_weight % 1, axis=0) & (largest <= MAX_COUNT / len(sample_weight))
    if np.all(is_count):
        return sample_weight
    relative = sample_weight / np.where(largest > 0, largest, 1)
    # Sorted: the order of the samples must not change these sums either.
    ordered = np.sort(relative, axis=0)
    square = np.maximum((ordered**2).sum(axis=0), 1)
    rows = np.rint(2**30 * relative * (ordered.sum(axis=0) / square)) / 2**30
    return np.where(is_count, sample_weight, rows)
