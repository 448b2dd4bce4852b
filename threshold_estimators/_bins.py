"""Rows of each label summarised in bins of their scores, so that what follows costs the same for any number of rows.

Bins are ordered from the highest score down. Cut k predicts the first k of them: cut 0 nothing, the last everything.

Shapes: y_true (n_samples, n_labels) bool, y_score (n_samples, n_labels) float, sample_weight (n_samples,) float > 0 or
None; arrays of bins (n_labels, n_bins).
"""

from typing import NamedTuple

import numpy as np

from ._keys import integers_of
from ._labels import each_label

BINS_PER_SIDE = 120


class Bins(NamedTuple):
    """Bins of one row at both ends of a label's scores and ever more, some 10 % of the rank, towards the middle.

    mid, low, below : score of the middle row, lowest score, next score below the bin (its own lowest if there is none)
    pos, neg : weight of the positive and of the negative rows
    """

    mid: np.ndarray
    low: np.ndarray
    below: np.ndarray
    pos: np.ndarray
    neg: np.ndarray


def as_numbers_of_rows(sample_weight):
    """Weights in units of rows.

    Whole weights stand for repeated rows. Others are importances of an unknown unit: they are scaled so that their sum
    is the effective number of rows (Kish).
    """
    if sample_weight is not None and np.any(sample_weight % 1):
        return sample_weight * (sample_weight.sum() / (sample_weight**2).sum())
    return sample_weight


def summarise(y_true, y_score, sample_weight=None):
    """Bins of each label's rows."""
    ranks, middle = _ranks(float(len(y_score)) if sample_weight is None else np.round(sample_weight.sum(), 9))

    def of_label(positive, score):
        if sample_weight is None:
            ordered, row_at, above = _count_rows(score, positive)
        else:
            ordered, row_at, above = _count_weights(score, positive, sample_weight)
        low, mid = ordered[row_at(ranks)], ordered[row_at(middle)]
        first = np.searchsorted(ordered, low)  # ties go with their cut
        return mid, low, ordered[np.maximum(first - 1, 0)], *above(first)

    mid, low, below, pos, neg = np.array(each_label(of_label, y_true, y_score), float).swapaxes(0, 1)
    # Rounded, lest the order in which fractional weights were summed decide over what is drawn from the counts.
    pos, neg = (np.maximum(np.diff(part, axis=1, prepend=0).round(9), 0) for part in (pos, neg))
    return Bins(mid, low, below, pos, neg)


def _ranks(total):
    """Weight above the lower end of each bin, and above its middle row, that row included."""
    side = np.unique(np.geomspace(1, max(total / 2, 1), BINS_PER_SIDE).round())
    side = side[side <= max(total // 2, 1)]
    ranks = np.unique(np.concatenate([side, total - side[side < total], [total]]))
    return ranks, (np.append(0, ranks[:-1]) + ranks + 1) // 2


def _count_rows(score, positive):
    """Sorted scores, the position in them of a rank from the top, and (pos, neg) from a position on."""
    ordered, positives = np.sort(score), np.sort(score.take(np.flatnonzero(positive)))  # faster than a boolean index

    def above(first):
        n_pos = len(positives) - np.searchsorted(positives, ordered[first])
        return n_pos, len(ordered) - first - n_pos

    return ordered, lambda ranks: len(ordered) - np.maximum(ranks.astype(int), 1), above


def _count_weights(score, positive, weight):
    """As :func:`_count_rows` for weighted rows, ranks being weights."""
    order, ordered = _argsort(score)
    position = np.flatnonzero(positive[order])
    total, pos = (_sums_of_last(part) for part in (weight[order], weight[order[position]]))

    def above(first):
        n_pos = pos[len(position) - np.searchsorted(position, first)]
        return n_pos, total[len(order) - first] - n_pos

    def row_at(ranks):
        return len(order) - np.clip(np.searchsorted(total, ranks * (1 - 1e-12)), 1, len(order))

    return ordered, row_at, above


def _argsort(score):
    """(order, sorted scores), by sorting whole numbers that hold a score in the high bits and its row in the low ones.

    numpy sorts numbers several times faster than it argsorts. Scores that differ only in the bits taken by the row may
    come out in the wrong order; then they are argsorted after all.
    """
    bits = integers_of(score.astype(np.float64))
    row = np.int64((1 << len(score).bit_length()) - 1)
    order = np.sort(bits & ~row | np.arange(len(score))) & row
    ordered = score[order]
    if np.any(ordered[1:] < ordered[:-1]):
        order = np.argsort(score)
        ordered = score[order]
    return order, ordered


def _sums_of_last(values):
    """Sum of the last k values for k = 0, 1, …"""
    sums = np.zeros(len(values) + 1)
    np.cumsum(values[::-1], out=sums[1:])
    return sums
