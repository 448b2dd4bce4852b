"""The scores of each label summarised in bins, so that later steps cost the same for any n_samples.

Bins hold single samples at both ends of a label's scores, and ever more of them towards the middle:
the best threshold of a rare label lies among its few highest scores, where every sample counts.

Shapes: y_true (n_samples, n_labels) bool, y_score (n_samples, n_labels) float, sample_weight in
units of samples, (n_samples,), or (n_samples, n_labels) with a weight for each cell, or None;
arrays of bins (n_labels, n_bins). Arrays of one block of labels are called positive, score, weight
and have the shape (n_labels, n_samples). A cell of weight zero has no influence.
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
    # The lowest scores matter only to a label most of whose samples are positive.
    growth_of_lowest = GROWTH if np.any(n_pos.round(9) > n_neg.round(9)) else GROWTH_OF_LOWEST
    if sample_weight is None:
        ranks = _ranks(len(y_true), growth_of_lowest)
        found = each_block(partial(_bins_of_block, *ranks), y_true, y_score)
        return Bins(*np.concatenate(found, axis=1))

    # Rounded: the order in which fractional weights are summed must not change the result.
    total = np.broadcast_to(sample_weight.sum(axis=0).round(9), n_pos.shape)
    rank, middle_rank = _ranks_of_labels(total, growth_of_lowest)
    weight = np.broadcast_to(sample_weight.T, y_true.T.shape)
    found = each_block(_weighted_bins_of_block, y_true, y_score, weight, rank, middle_rank)
    arrays = np.concatenate(found, axis=1)
    # A label without any weight has empty bins, at scores that other labels have too.
    is_known = total > 0
    arrays[:3, ~is_known] = arrays[:3, [np.argmax(is_known)]]
    return Bins(*arrays)


def _ranks_of_labels(total, growth_of_lowest):
    """Ranks as from ``_ranks`` for each label, (n_labels, n_bins) each.

    A label of less weight than others has empty bins behind its last one.
    """
    distinct, index = np.unique(np.maximum(total, 1), return_inverse=True)
    ranks = [_ranks(of_label, growth_of_lowest) for of_label in distinct]
    n_bins = max(len(rank) for rank, _ in ranks)
    rank, middle_rank = (
        np.stack([np.pad(row, (0, n_bins - len(row)), mode="edge") for row in rows])[index]
        for rows in zip(*ranks, strict=True)
    )
    return rank, middle_rank


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


def _weighted_bins_of_block(*arrays_of_labels):
    """As ``_bins_of_block``, with ranks in units of weight: (n_labels, n_bins) each."""
    found = [_weighted_bins(*label) for label in zip(*arrays_of_labels, strict=True)]
    return np.stack(found, axis=1)


def _weighted_bins(positive, score, weight, rank, middle_rank):
    """Arrays of ``Bins`` of one label: (5, n_bins)."""
    kept = np.flatnonzero(weight)
    if not len(kept):
        return np.zeros((5, len(rank)))
    if len(kept) < len(weight):
        positive, score, weight = positive[kept], score[kept], weight[kept]
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
