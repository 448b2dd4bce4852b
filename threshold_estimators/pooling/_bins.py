"""Rows of each label summarised in bins of their scores, so that what follows costs the same for any number of rows.

Bins are ordered from the highest score down. Cut k predicts the first k of them: cut 0 nothing, the last everything.

Shapes: y_true (n_samples, n_labels) bool, y_score (n_samples, n_labels) float, sample_weight (n_samples,) float > 0 or
None; arrays of bins (n_labels, n_bins).
"""

from functools import partial
from typing import NamedTuple

import numpy as np

from ..core import blocks, class_weights, each_block

GROWTH = 1.1  # from one bin's rank to the next one's
GROWTH_AT_THE_FAR_END = (
    1.3  # the same among the lowest scores, where no label has its scarcer class there
)
CELLS_SORTED_AT_ONCE = 2**17  # few enough for a cache


class Bins(NamedTuple):
    """Bins of one row at both ends of a label's scores and ever more, some 10 % of the rank, towards the middle.

    Among the lowest scores they are wider, unless a label has more positives than negatives: no cut is there otherwise.

    top : (n_labels, 1) highest score
    mid, low, below : score of the middle row, lowest score, next score below the bin (its own lowest if there is none)
    pos, neg : weight of the positive and of the negative rows
    """

    top: np.ndarray
    mid: np.ndarray
    low: np.ndarray
    below: np.ndarray
    pos: np.ndarray
    neg: np.ndarray


def summarise(y_true, y_score, sample_weight=None):
    """Bins of each label's rows."""
    n_pos, n_neg = (part.round(9) for part in class_weights(y_true, sample_weight))
    ranks = _ranks((n_pos + n_neg)[0], GROWTH if np.any(n_pos > n_neg) else GROWTH_AT_THE_FAR_END)
    if sample_weight is None:
        work = partial(_bins_of_rows, *ranks)
    else:
        work = partial(_each, partial(_bins_of_weighted_rows, *ranks, sample_weight))
    return _joined(each_block(work, y_true, y_score))


def _ranks(total, growth_of_lowest):
    """Weight above the lower end of each bin, and above its middle row, that row included."""
    side, other = _side(total, GROWTH), _side(total, growth_of_lowest)
    ranks = np.unique(np.concatenate([side, total - other[other < total], [total]]))
    return ranks, (np.append(0, ranks[:-1]) + ranks + 1) // 2


def _side(total, growth):
    """Ranks up to the middle one."""
    half = max(total / 2, 1)
    side = np.unique(np.geomspace(1, half, 2 + int(np.log(half) / np.log(growth))).round())
    return side[side <= max(total // 2, 1)]


def _bins_of_rows(ranks, middle, positive, score):
    """Bins of a block of labels, sorted by a few at once: (n_labels_of_block, n_samples) arrays."""
    n_labels, n_samples = score.shape
    places = [n_samples - np.maximum(part.astype(int), 1) for part in (ranks, middle)]
    some = blocks(n_labels, CELLS_SORTED_AT_ONCE, n_samples)
    return _joined([_bins_at(*places, positive[labels], score[labels]) for labels in some])


def _bins_at(place, middle, positive, score):
    """Bins whose lowest and middle rows have these places in the sorted scores."""
    ordered = np.sort(score, axis=1)
    top, mid, low, below = (
        ordered.take(at, axis=1) for at in ([-1], middle, place, np.maximum(place - 1, 0))
    )
    total = np.tile(score.shape[1] - place, (len(score), 1))
    for label in np.flatnonzero(np.any((below == low)[:, place > 0], axis=1)):
        first = np.searchsorted(ordered[label], low[label])  # ties go with their cut
        total[label] = score.shape[1] - first
        below[label] = ordered[label, np.maximum(first - 1, 0)]
    pos = _positives_from(low, positive, score)
    return Bins(top, mid, low, below, _parts(pos), _parts(total - pos))


def _positives_from(low, positive, score):
    """How many positives of each label reach each of its scores ``low``."""
    positives = score.ravel().take(np.flatnonzero(positive))  # faster than a boolean index
    n_pos = np.count_nonzero(positive, axis=1)
    ends = n_pos.cumsum()
    below = np.empty(low.shape, int)
    for label, (start, end) in enumerate(zip(ends - n_pos, ends, strict=True)):
        of_label = positives[start:end]
        of_label.sort()
        below[label] = of_label.searchsorted(low[label])
    return n_pos[:, np.newaxis] - below


def _bins_of_weighted_rows(ranks, middle, weight, positive, score):
    """Bins of one label whose ranks are weights: arrays of (1, n_bins)."""
    order = np.argsort(score)
    ordered = score[order]
    position = np.flatnonzero(positive[order])
    total, of_positives = (_sums_of_last(part) for part in (weight[order], weight[order[position]]))

    def score_at(ranks):
        return ordered[
            len(order) - np.clip(np.searchsorted(total, ranks * (1 - 1e-12)), 1, len(order))
        ]

    low = score_at(ranks)
    first = np.searchsorted(ordered, low)
    pos = of_positives[len(position) - np.searchsorted(position, first)]
    above = pos, total[len(order) - first] - pos
    # Rounded, lest the order in which fractional weights were summed decide over what is drawn from the counts.
    pos, neg = (np.maximum(_parts(part).round(9), 0) for part in above)
    bins = Bins(ordered[-1:], score_at(middle), low, ordered[np.maximum(first - 1, 0)], pos, neg)
    return Bins(*(part[np.newaxis] for part in bins))


def _each(work, positive, score):
    """Bins of a block from those of each label."""
    return _joined([work(*label) for label in zip(positive, score, strict=True)])


def _joined(bins):
    """Bins of all labels, as float, from those of blocks of them."""
    return Bins(
        *(np.concatenate(parts).astype(float, copy=False) for parts in zip(*bins, strict=True))
    )


def _parts(cumulated):
    """What was cumulated over the bins."""
    parts = cumulated.astype(float)
    parts[..., 1:] -= cumulated[..., :-1]
    return parts


def _sums_of_last(values):
    """Sum of the last k values for k = 0, 1, …"""
    sums = np.zeros(len(values) + 1)
    np.cumsum(values[::-1], out=sums[1:])
    return sums
