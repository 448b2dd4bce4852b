"""Decisions from scores: at or above a threshold, within limits on the number of labels, outside a band."""

from numbers import Integral
from typing import NamedTuple

import numpy as np

YES, NO, UNDECIDED = 1, 0, -1


class Limits(NamedTuple):
    """Least and largest number of labels of a row."""

    min_labels: int
    max_labels: int


def check_limits(min_labels, max_labels, n_labels):
    """Limits for so many labels, or None where they limit nothing; a ValueError where they cannot be kept."""
    for name, limit, lowest in (("min_labels", min_labels, 0), ("max_labels", max_labels, 1)):
        if limit is not None and (
            not isinstance(limit, Integral) or isinstance(limit, bool) or limit < lowest
        ):
            raise ValueError(
                f"{name!r} must be None or an integer of at least {lowest}. Got {limit!r} instead."
            )
    least = 0 if min_labels is None else int(min_labels)
    most = n_labels if max_labels is None else min(int(max_labels), n_labels)
    if least > n_labels:
        raise ValueError(
            f"'min_labels' must not exceed the number of labels, {n_labels}. Got {min_labels} instead."
        )
    if least > most:
        raise ValueError(
            f"'min_labels' must not exceed 'max_labels', {max_labels}. Got {min_labels} instead."
        )
    return None if (least, most) == (0, n_labels) else Limits(least, most)


def decide_within(y_score, thresholds, limits):
    """Decisions, where a row beyond a limit gets the labels whose scores are highest above their thresholds.

    y_score : (n_samples, n_labels); thresholds : (n_labels,)
    """
    y_pred = y_score >= thresholds
    n_labels = np.count_nonzero(y_pred, axis=1)
    too_few, too_many = n_labels < limits.min_labels, n_labels > limits.max_labels
    for beyond, n_allowed in ((too_few, limits.min_labels), (too_many, limits.max_labels)):
        rows = np.flatnonzero(beyond)
        if len(rows):
            y_pred[rows] = _highest(y_score[rows], thresholds, n_allowed)
    return y_pred


def _highest(y_score, thresholds, n_labels):
    """So many labels of each row with the largest margins, among equals the first.

    Margins of labels that are predicted always, or never, are equal whatever the score, so that among these the score
    decides before the order does.
    """
    with np.errstate(over="ignore"):
        margin = y_score - thresholds
    least = margin.shape[1] - n_labels
    chosen = margin >= np.partition(margin, least, axis=1)[:, [least]]
    tied = np.flatnonzero(np.count_nonzero(chosen, axis=1) > n_labels)
    if len(tied):
        margin, y_score = margin[tied], y_score[tied]
        order = np.lexsort((np.where(np.isinf(margin), -y_score, 0), -margin), axis=1)
        chosen[tied] = False
        chosen[tied[:, np.newaxis], order[:, :n_labels]] = True
    return chosen


class Decisions(NamedTuple):
    """``y_score >= thresholds`` without the memory: only the cells that are asked for are decided."""

    y_score: np.ndarray
    thresholds: np.ndarray

    @property
    def shape(self):
        """(n_samples, n_labels)"""
        return self.y_score.shape

    def __getitem__(self, cells):
        """Decisions as a boolean array, of some rows or of a pair (rows, labels)."""
        rows, labels = cells if isinstance(cells, tuple) else (cells, slice(None))
        return self.y_score[rows, labels] >= self.thresholds[labels]

    def __array__(self, dtype=None, copy=None):
        """All decisions."""
        return np.asarray(self[:], dtype)


def decide_outside(y_score, bands):
    """Decisions of shape (n_samples, n_labels): YES, NO, or UNDECIDED within the band of the label.

    bands : (2, n_labels)
    """
    lower, upper = bands
    return np.where(y_score >= upper, YES, np.where(y_score < lower, NO, UNDECIDED))


def decide(y_score, thresholds, limits=None, dtype=bool):
    """The decision rule, everywhere the same: a row gets a label where its score is at least the threshold.

    Limits of the number of labels in a row have the last word. Decisions of any ``dtype`` are written as such at once.
    """
    if limits is not None:
        return decide_within(y_score, thresholds, limits).astype(dtype, copy=False)
    return np.greater_equal(y_score, thresholds, out=np.empty_like(y_score, dtype))
