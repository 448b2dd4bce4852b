"""The scores of each label summarised in bins, so that later steps cost the same for any n_samples.

Bins hold single samples at both ends of a label's scores, and ever more of them towards the middle:
the best threshold of a rare label lies among its few highest scores, where every sample counts.

Shapes: y_true (n_samples, n_labels) bool, y_score (n_samples, n_labels) float, sample_weight
(n_samples,) > 0 in units of samples, or None; arrays of bins (n_labels, n_bins). Arrays of one
block of labels are called positive, score and have the shape (n_labels, n_samples).
"""

from functools import partial
from typing import NamedTuple

import numpy as np

from ..core import blocks, class_weights, each_block

GROWTH = 1.1  # of the rank from one bin to the next
GROWTH_OF_LOWEST = 1.3  # the same among the lowest scores, if no optimum can lie there
CELLS_SORTED_AT_ONCE = 2**17  # few enough for a processor's cache


class Bins(NamedTuple):
    """Bins of each label from its highest score down; each array has shape (n_labels, n_bins).

    mid, low : score of the middle and of the lowest sample of the bin
    below : the next score below the bin; of the last bin, its own lowest score
    pos, neg : weight of the positive and of the negative samples
    """

    mid: np.ndarray
    low: np.ndarray
    below: np.ndarray
    pos: np.ndarray
    neg: np.ndarray


def summarise(y_true, y_score, sample_weight=None):
    """Bins of the samples of each label."""
    n_pos, n_neg = class_weights(y_true, sample_weight)
    n_pos, n_neg = n_pos.round(9), n_neg.round(9)
    # The lowest scores matter only to a label most of whose samples are positive.
    growth_of_lowest = GROWTH if np.any(n_pos > n_neg) else GROWTH_OF_LOWEST
    rank, middle_rank = _ranks((n_pos + n_neg)[0], growth_of_lowest)
    if sample_weight is None:
        work = partial(_bins_of_block, rank, middle_rank)
    else:
        work = partial(_weighted_bins_of_block, rank, middle_rank, sample_weight)
    mid, low, below, pos, neg = np.concatenate(each_block(work, y_true, y_score), axis=1)
    return Bins(mid, low, below, pos, neg)


def _ranks(total, growth_of_lowest):
    """Weight of the samples down to the lowest one of each bin, and down to its middle one."""
    highest = _ranks_of_half(total, GROWTH)
    lowest = _ranks_of_half(total, growth_of_lowest)
    rank = np.unique(np.concatenate([highest, total - lowest[lowest < total], [total]]))
    previous = np.append(0, rank[:-1])
    return rank, (previous + rank + 1) // 2


def _ranks_of_half(total, growth):
    """Ranks from 1 up to the middle one, in geometric progression."""
    half = max(total / 2, 1)
    n_ranks = 2 + int(np.log(half) / np.log(growth))
    rank = np.unique(np.geomspace(1, half, n_ranks).round())
    return rank[rank <= max(total // 2, 1)]


def _bins_of_block(rank, middle_rank, positive, score):
    """Arrays of ``Bins`` of a block of labels: (5, n_labels, n_bins)."""
    n_labels, n_samples = score.shape
    # Positions of the samples of these ranks in ascending order, as np.sort gives it.
    lowest = n_samples - np.maximum(rank.astype(int), 1)
    middle = n_samples - np.maximum(middle_rank.astype(int), 1)
    found = [
        _bins_at(lowest, middle, positive[labels], score[labels])
        for labels in blocks(n_labels, CELLS_SORTED_AT_ONCE, n_samples)
    ]
    return np.concatenate(found, axis=1)


def _bins_at(lowest, middle, positive, score):
    """As ``_bins_of_block``, given the positions of the bins' lowest and middle samples."""
    n_labels, n_samples = score.shape
    ordered = np.sort(score, axis=1)
    mid = ordered.take(middle, axis=1)
    low = ordered.take(lowest, axis=1)
    below = ordered.take(np.maximum(lowest - 1, 0), axis=1)
    n_predicted = np.tile(n_samples - lowest, (n_labels, 1))

    # No threshold separates equal scores: a bin takes all samples with its lowest score.
    divides_equals = (below == low) & (lowest > 0)
    for label in np.flatnonzero(divides_equals.any(axis=1)):
        first = np.searchsorted(ordered[label], low[label])
        n_predicted[label] = n_samples - first
        below[label] = ordered[label, np.maximum(first - 1, 0)]

    tp = _n_positives_from(low, positive, score)
    return np.stack([mid, low, below, _per_bin(tp), _per_bin(n_predicted - tp)])


def _n_positives_from(low, positive, score):
    """Number of positives of each label whose score is at least ``low``, shaped as ``low``."""
    # numpy gathers faster by integers than by booleans.
    score_of_positives = score.ravel().take(np.flatnonzero(positive))
    n_pos = np.count_nonzero(positive, axis=1)
    end = n_pos.cumsum()
    start = end - n_pos
    n_below = np.empty(low.shape, int)
    for label in range(len(score)):
        ordered = np.sort(score_of_positives[start[label] : end[label]])
        n_below[label] = np.searchsorted(ordered, low[label])
    return n_pos[:, np.newaxis] - n_below


def _weighted_bins_of_block(rank, middle_rank, weight, positive, score):
    """As ``_bins_of_block``, with ranks in units of weight."""
    found = [
        _weighted_bins(rank, middle_rank, weight, positive[label], score[label])
        for label in range(len(score))
    ]
    return np.stack(found, axis=1)


def _weighted_bins(rank, middle_rank, weight, positive, score):
    """Arrays of ``Bins`` of one label: (5, n_bins)."""
    n_samples = len(score)
    order = np.argsort(score)
    ordered = score[order]
    # Cumulated weight of the highest samples, and of the highest positive samples.
    total = _sums_of_last(weight[order])
    position = np.flatnonzero(positive[order])
    total_of_positives = _sums_of_last(weight[order[position]])

    low = ordered[_positions_of_ranks(total, rank)]
    mid = ordered[_positions_of_ranks(total, middle_rank)]
    # A bin takes all samples with its lowest score, as in ``_bins_at``.
    first = np.searchsorted(ordered, low)
    below = ordered[np.maximum(first - 1, 0)]
    tp = total_of_positives[len(position) - np.searchsorted(position, first)]
    fp = total[n_samples - first] - tp

    # Rounded: the order in which fractional weights are summed must not change the result.
    pos = np.maximum(_per_bin(tp).round(9), 0)
    neg = np.maximum(_per_bin(fp).round(9), 0)
    return np.stack([mid, low, below, pos, neg])


def _positions_of_ranks(total, rank):
    """Position, in ascending order, of the sample at which the weight from the top reaches ranks.

    total : (n_samples + 1,) weight of the k highest samples
    """
    n_samples = len(total) - 1
    # Lowered by the rounding errors of sums.
    n_highest = np.searchsorted(total, rank * (1 - 1e-12))
    return n_samples - np.clip(n_highest, 1, n_samples)


def _per_bin(cumulated):
    """Count of each bin, from counts cumulated over the bins."""
    counts = cumulated.astype(float)
    counts[..., 1:] -= cumulated[..., :-1]
    return counts


def _sums_of_last(values):
    """Sum of the last k values for k = 0, 1, ..."""
    sums = np.zeros(len(values) + 1)
    np.cumsum(values[::-1], out=sums[1:])
    return sums
