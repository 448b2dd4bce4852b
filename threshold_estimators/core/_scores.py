"""Scores in any layout as an array of shape (n_samples, n_labels)."""

from math import isfinite
from typing import Any

import numpy as np

from ._tables import FLOATS, as_floats, order_of_columns, read_table
from ._validation import label_name

# The probabilities of the two classes of a label add up to 1 within this error of small floats.
TOLERANCE = 0.02
# Infinite scores lie beyond all others by this many times their range.
BEYOND = 4


def read_scores(
    y_score: Any,
    n_labels: int,
    names: Any = None,
    *,
    n_samples: int | None = None,
    classes: Any = None,
    known: Any = None,
    where: str = "",
    thresholds: Any = None,
) -> np.ndarray:
    """Scores of shape (n_samples, n_labels); float32 stays float32.

    They are given as such, with the columns in any order if these have the ``names`` of the
    labels; as probabilities of both classes of each label, in an array or a list; or in one
    dimension for a single label.

    n_samples : number of samples if it is known, which tells (L, n, 2) from (n, L, 2)
    classes : the two classes of a single label, if it has names for them
    known : (n_samples, n_labels) bool, cells whose score is used, or None for all
    where : end of error messages, for example the fold
    thresholds : those that the scores are for, () if they are not known yet; infinite scores are
        replaced as by ``finite_scores``. None keeps them.
    """
    if not _is_float_matrix(y_score, n_labels):
        y_score = _read(y_score, n_labels, names, n_samples, classes, known, where)
    # The sum is finite in nearly all cases, and much cheaper than a look at every score.
    with np.errstate(over="ignore", invalid="ignore"):
        is_finite = isfinite(np.sum(y_score))
    if is_finite:
        return y_score
    if np.isnan(y_score).any():
        y_score = _without_nan(y_score, names, known, where)
    return y_score if thresholds is None else finite_scores(y_score, thresholds)


def _is_float_matrix(y_score, n_labels):
    """Whether the scores need no conversion, which holds for those of most estimators."""
    return (
        type(y_score) is np.ndarray
        and y_score.ndim == 2
        and y_score.size > 0
        and y_score.shape[1] == n_labels
        and y_score.dtype in FLOATS
    )


def _read(y_score, n_labels, names, n_samples, classes, known, where):
    if isinstance(y_score, list | tuple) and _holds_tables(y_score):
        values = _of_labels(y_score, n_labels, names, n_samples, where)
    else:
        table = as_floats(read_table(y_score, "y_score"), "y_score", where)
        if table.values.ndim == 2 and (n_labels > 1 or table.values.shape[1] != 2):
            table = table.take_columns(order_of_columns(table.names, names, "y_score"))
        values = _in_two_dimensions(table, n_labels, names, n_samples, classes, where)
    if 0 in values.shape or values.ndim != 2 or values.shape[1] != n_labels:
        raise ValueError(_shape_message(values.shape, n_labels, where))
    return values


def _shape_message(shape, n_labels, where):
    advice = ""
    if len(shape) == 2 and shape[0] == n_labels:
        advice = " Is it transposed? Then give y_score.T."
    elif shape == (n_labels,):
        advice = " Give the scores of one sample as y_score.reshape(1, -1)."
    elif len(shape) == 3:
        advice = " Give the probability of class 1 of each label, y_score[:, :, 1]."
    return (
        f"'y_score' must have shape (n_samples, {n_labels}), a column for each label and at least "
        f"one sample. Got {shape} instead{where}.{advice}"
    )


def _in_two_dimensions(table, n_labels, names, n_samples, classes, where):
    """Values of shape (n_samples, n_labels) if the layout is known; others as they are."""
    values = table.values
    if values.ndim == 1 and n_labels == 1:
        return values[:, np.newaxis]
    if values.ndim == 2 and values.shape[1] == 2 and n_labels == 1:
        return _positive(values, _positive_class(table.names, classes), names, where)[:, np.newaxis]
    if values.ndim != 3:
        return values
    return _of_both_classes(values, n_labels, names, n_samples, where)


def _positive_class(names, classes):
    """Position of the positive class among two columns of probabilities."""
    if names is None or classes is None or set(names) != set(classes.tolist()):
        return 1
    return names.tolist().index(classes[1])


def _of_both_classes(values, n_labels, names, n_samples, where):
    """(n_samples, n_labels) of an array (n, L, 2), (n, L, 1), (L, n, 2) or (L, n, 1)."""
    values = classes_last(values, n_labels)
    n_first, n_second, n_classes = values.shape
    is_by_sample = n_second == n_labels and n_samples in (None, n_first)
    is_by_label = n_first == n_labels and n_samples in (None, n_second)
    if n_classes not in (1, 2) or not (is_by_sample or is_by_label):
        return values
    if is_by_sample and is_by_label and n_labels > 1:
        raise ValueError(
            f"'y_score' of shape {values.shape} may be (n_samples, n_labels, {n_classes}) or "
            f"(n_labels, n_samples, {n_classes}){where}. Give the scores of the positive class in "
            "shape (n_samples, n_labels): y_score[:, :, -1] in the first case, "
            "y_score[:, :, -1].T in the second."
        )
    if is_by_label and not is_by_sample:
        values = values.transpose(1, 0, 2)
    if n_classes == 1:
        return values[:, :, 0]
    columns = [
        _positive(values[:, label], 1, names, where, label) for label in range(values.shape[1])
    ]
    return np.column_stack(columns)


def classes_last(values: np.ndarray, n_labels: int) -> np.ndarray:
    """(n_samples, n_labels, 2) of an array (n_samples, 2, n_labels); others as they are."""
    if values.shape[1:] != (2, n_labels):
        return values
    # Of two labels, only the sum of the probabilities tells which axis is that of the classes.
    if n_labels == 2 and np.any(np.abs(values.sum(axis=1) - 1) > TOLERANCE):
        return values
    return np.swapaxes(values, 1, 2)


def _holds_tables(rows):
    """Whether a list holds an array of two dimensions for each label, as forests answer."""
    return len(rows) > 0 and all(
        np.ndim(row) == 2 and not isinstance(row, list | tuple) for row in rows
    )


def _of_labels(tables, n_labels, names, n_samples, where):
    """(n_samples, n_labels) of a list of probabilities (n_samples, 2) or (n_samples, 1)."""
    if len(tables) != n_labels:
        raise ValueError(
            f"'y_score' must have probabilities for each of the {n_labels} labels. "
            f"Got a list of {len(tables)} arrays instead{where}."
        )
    arrays = [as_floats(read_table(table, "y_score"), "y_score", where).values for table in tables]
    n_columns = {array.shape[1] for array in arrays}
    if len({len(array) for array in arrays}) > 1:
        raise ValueError(
            "'y_score' must have the same number of samples for each label. "
            f"Got {[len(array) for array in arrays][:10]} instead{where}."
        )
    if n_columns == {1}:
        return np.hstack(arrays)
    columns = [_positive(array, 1, names, where, label) for label, array in enumerate(arrays)]
    return np.column_stack(columns)


def _positive(proba, positive, names, where, label=0):
    """Column of the positive class of probabilities of both classes of a label."""
    shown = label_name(label, names)
    if proba.shape[1] == 1:
        raise ValueError(
            f"'y_score' has one column for label {shown} and two for others{where}: the model saw "
            "one class of that label only. Replace its array by np.tile([1.0, 0.0], (n_samples, "
            "1)) if that class was 0, and by np.tile([0.0, 1.0], (n_samples, 1)) if it was 1."
        )
    if proba.shape[1] != 2:
        raise ValueError(
            f"'y_score' must have the probabilities of two classes for label {shown}. "
            f"Got {proba.shape[1]} columns instead{where}."
        )
    if np.any(np.abs(proba.sum(axis=1) - 1) > TOLERANCE):
        raise ValueError(
            f"'y_score' has two columns for label {shown}, which are no probabilities of its two "
            f"classes: they do not add up to 1{where}. Give one column of scores for each label."
        )
    return proba[:, positive]


def _without_nan(y_score, names, known, where):
    """Scores with zeros where neither a score nor a label is known; an error for other NaN."""
    is_nan = np.isnan(y_score)
    has_known = known is not None and known.shape == y_score.shape
    is_needed = is_nan & known if has_known else is_nan
    if is_needed.any():
        sample, label = np.argwhere(is_needed)[0]
        raise ValueError(
            f"'y_score' must not be NaN or masked. Got nan in row {sample} of label "
            f"{label_name(label, names)} instead{where}. Where nothing is known of a cell, write "
            "NaN into the same cell of the labels."
        )
    return np.where(is_nan, y_score.dtype.type(0), y_score)


def finite_scores(y_score: np.ndarray, thresholds: Any = ()) -> np.ndarray:
    """Scores with finite numbers in the place of infinite ones, beyond all others.

    Decisions stay the same at finite ``thresholds``, which those numbers are beyond of too.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        is_finite = isfinite(np.sum(y_score))
    if is_finite or np.isfinite(y_score).all():
        return y_score
    others = np.concatenate([y_score.ravel(), np.ravel(thresholds)]).astype(np.float64)
    others = others[np.isfinite(others)]
    low, high = (others.min(), others.max()) if len(others) else (0.0, 0.0)
    limit = np.finfo(y_score.dtype).max
    # Halves, so that the range of the largest numbers does not overflow.
    margin = 2 * BEYOND * min(max(high / 2 - low / 2, abs(low) / 2, 0.5), limit / (4 * BEYOND))
    lowest, highest = np.clip([low - margin, high + margin], -limit, limit)
    return np.clip(y_score, y_score.dtype.type(lowest), y_score.dtype.type(highest))
