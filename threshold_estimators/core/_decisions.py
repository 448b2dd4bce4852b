"""The decision rules: at or above a threshold, within limits of labels, outside a band."""

from numbers import Integral
from typing import NamedTuple

import numpy as np

YES, NO, UNDECIDED = 1, 0, -1


class Limits(NamedTuple):
    """Smallest and largest number of labels of a sample."""

    min_labels: int
    max_labels: int


def check_limits(min_labels, max_labels, n_labels):
    """Limits for ``n_labels`` labels, or None where every number of labels is allowed."""
    _check_limit("min_labels", min_labels, lowest=0)
    _check_limit("max_labels", max_labels, lowest=1)
    smallest = 0 if min_labels is None else int(min_labels)
    largest = n_labels if max_labels is None else min(int(max_labels), n_labels)
    if smallest > n_labels:
        raise ValueError(
            f"'min_labels' must not exceed the number of labels, {n_labels}. "
            f"Got {min_labels} instead."
        )
    if smallest > largest:
        raise ValueError(
            f"'min_labels' must not exceed 'max_labels', {max_labels}. Got {min_labels} instead."
        )
    return None if (smallest, largest) == (0, n_labels) else Limits(smallest, largest)


def _check_limit(name, limit, lowest):
    if limit is None:
        return
    if not isinstance(limit, Integral) or isinstance(limit, bool) or limit < lowest:
        raise ValueError(
            f"{name!r} must be None or an integer of at least {lowest}. Got {limit!r} instead."
        )


def decide(y_score, thresholds, limits=None, dtype=bool):
    """Decisions of shape (n_samples, n_labels): a score at or above its threshold is a yes.

    y_score : (n_samples, n_labels); thresholds : float or (n_labels,); limits : Limits or None
    """
    if limits is not None:
        return decide_within(y_score, thresholds, limits).astype(dtype, copy=False)
    # Writing the final dtype at once spares a copy of the whole matrix.
    return np.greater_equal(y_score, thresholds, out=np.empty_like(y_score, dtype))


def decide_within(y_score, thresholds, limits):
    """Boolean decisions within limits of the number of labels of a sample.

    A sample beyond a limit gets the labels whose scores are highest above their thresholds.

    y_score : (n_samples, n_labels); thresholds : (n_labels,); limits : Limits
    """
    y_pred = y_score >= thresholds
    n_labels = np.count_nonzero(y_pred, axis=1)
    for is_beyond, n_allowed in (
        (n_labels < limits.min_labels, limits.min_labels),
        (n_labels > limits.max_labels, limits.max_labels),
    ):
        samples = np.flatnonzero(is_beyond)
        if len(samples):
            y_pred[samples] = _highest(y_score[samples], thresholds, n_allowed)
    return y_pred


def _highest(y_score, thresholds, n_labels):
    """The ``n_labels`` labels of each sample with the largest margins, as a boolean array.

    Among equal margins the first label wins. The margins of infinite thresholds are equal
    whatever the score, so among these the score decides first.
    """
    margin = margins(y_score, thresholds)
    rank = margin.shape[1] - n_labels
    chosen = margin >= np.partition(margin, rank, axis=1)[:, [rank]]

    # Ties at the last place choose too many labels: sort these samples in full.
    tied = np.flatnonzero(np.count_nonzero(chosen, axis=1) > n_labels)
    if len(tied):
        margin, y_score = margin[tied], y_score[tied]
        order = np.lexsort((np.where(np.isinf(margin), -y_score, 0), -margin), axis=1)
        chosen[tied] = False
        chosen[tied[:, np.newaxis], order[:, :n_labels]] = True
    return chosen


def margins(y_score, thresholds):
    """Scores minus thresholds; half of it in samples where it would overflow."""
    with np.errstate(over="ignore"):
        margin = y_score - thresholds
    overflows = np.flatnonzero((np.isinf(margin) & np.isfinite(thresholds)).any(axis=1))
    if len(overflows):
        half = margin.dtype.type(0.5)
        margin[overflows] = y_score[overflows] * half - thresholds * half
    return margin


def decide_outside(y_score, bands):
    """Decisions of shape (n_samples, n_labels): YES, NO, or UNDECIDED within a label's band.

    bands : (2, n_labels) lower and upper threshold of each label
    """
    lower, upper = bands
    return np.where(y_score >= upper, YES, np.where(y_score < lower, NO, UNDECIDED))


class Decisions(NamedTuple):
    """``y_score >= thresholds`` without the memory: cells are decided when they are read."""

    y_score: np.ndarray
    thresholds: np.ndarray

    @property
    def shape(self):
        """(n_samples, n_labels)"""
        return self.y_score.shape

    def __getitem__(self, cells):
        """Boolean decisions of some samples, or of a pair (samples, labels)."""
        samples, labels = cells if isinstance(cells, tuple) else (cells, slice(None))
        return self.y_score[samples, labels] >= self.thresholds[labels]

    def __array__(self, dtype=None, copy=None):
        """All decisions."""
        return np.asarray(self[:], dtype)
