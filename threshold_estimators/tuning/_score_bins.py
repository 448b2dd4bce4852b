"""Counts of samples in bins of scores. The bins do not depend on the data, so that counts add up.

Two scores are in the same bin if their floats agree in sign, exponent and the leading bits of the
mantissa. With m bits, the width of a bin is at most 2^-m times its scores. Scores between 0.5 and 1
are as close to 1 as scores below 0.5 are to 0, so that probabilities near 1 are told apart as well.

Counts are integers, in units of ``WEIGHT_UNIT``: their sums do not depend on the order of chunks.
"""

from typing import NamedTuple, Self

import numpy as np

from ..core import each_label
from ..solvers import ScoreGroups, blocks_of_labels

WEIGHT_UNIT = 2.0**-20
UNITS_OF_SAMPLE = 2**20  # without weights
HUGE = np.finfo(np.float32).max
EXPONENT_BIAS = 1023 - 127  # of float64, and of float32
NO_KEY = 2**40  # larger than all keys


class LabelBins(NamedTuple):
    """Bins of one label that hold samples, from the lowest score up.

    key : (n_bins,) int64, the number of the bin
    pos, neg : (n_bins,) int64, positive and negative samples in units of WEIGHT_UNIT
    low, high : (n_bins,) float64, lowest and highest score in the bin
    """

    key: np.ndarray
    pos: np.ndarray
    neg: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def empty(cls) -> Self:
        """No bins."""
        return cls(*np.empty((3, 0), np.int64), *np.empty((2, 0)))

    @classmethod
    def of_samples(cls, positive, score, weight, n_bits) -> Self:
        """Bins of samples: positive (n_samples,) bool, score (n_samples,) float, weight or None."""
        if weight is None:
            # Sorting values is faster than sorting indices.
            ordered = np.sort(score)
            key, first = _keys_of_bins(ordered, n_bits)
            total = np.diff(first, append=len(ordered)) * UNITS_OF_SAMPLE
            of_positives = np.sort(score.take(np.flatnonzero(positive)))
            up_to = np.searchsorted(keys_of_sorted(of_positives, n_bits), key, side="right")
            pos = np.diff(up_to, prepend=0) * UNITS_OF_SAMPLE
        else:
            units = units_of_weights(weight, slice(None))
            order = np.argsort(score)
            order = order[units[order] > 0]
            ordered, units = score[order], units[order]
            key, first = _keys_of_bins(ordered, n_bits)
            total = sums_from(units, first)
            pos = sums_from(units * positive[order], first)
        last = np.append(first, len(ordered))[1:] - 1
        low, high = ordered[first].astype(np.float64), ordered[last].astype(np.float64)
        return cls(key, pos, total - pos, low, high)

    @classmethod
    def of_groups(cls, pos, neg, low, high, n_bits) -> Self:
        """Bins of groups of scores from the lowest up, which may share bins."""
        key, first = _keys_of_bins(low, n_bits)
        highest = np.maximum.reduceat(high, first) if len(first) else high
        return cls(key, sums_from(pos, first), sums_from(neg, first), low[first], highest)

    def take(self, index) -> Self:
        """Some of the bins."""
        return type(self)(*(field[index] for field in self))

    def add(self, other) -> Self:
        """The samples of both. A bin of both is one bin of the sum."""
        at = np.searchsorted(self.key, other.key)
        is_known = np.append(self.key, NO_KEY)[at] == other.key
        known, new = np.flatnonzero(is_known), np.flatnonzero(~is_known)
        at = at[known]
        pos, neg, low, high = map(np.copy, self[1:])
        pos[at] += other.pos[known]
        neg[at] += other.neg[known]
        low[at] = np.minimum(low[at], other.low[known])
        high[at] = np.maximum(high[at], other.high[known])
        both = type(self)(self.key, pos, neg, low, high)
        if not len(new):
            return both
        both = type(self)(*map(np.concatenate, zip(both, other.take(new), strict=True)))
        # A stable sort only merges what is sorted already.
        return both.take(np.argsort(both.key, kind="stable"))

    def overlap(self):
        """A score that two bins contain, or None."""
        index = np.flatnonzero(self.high[:-1] >= self.low[1:])
        return self.low[index[0] + 1] if len(index) else None


def count_samples(bins, y_true, y_score, sample_weight, n_bits):
    """The bins of all labels, [LabelBins for each], with samples added.

    y_true : (n_samples, n_labels) bool; y_score : (n_samples, n_labels) float
    """
    weights = columns_of_weights(sample_weight, len(bins))

    def work(positive, score, weight, counted):
        return counted.add(LabelBins.of_samples(positive, score, weight, n_bits))

    return each_label(work, y_true, y_score, weights, bins)


class ScoreBins(NamedTuple):
    """Bins of all labels that hold samples, label after label, from the highest score down.

    label : (n_bins,) int64, the label of the bin; the others as in LabelBins
    """

    label: np.ndarray
    key: np.ndarray
    pos: np.ndarray
    neg: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def of_labels(cls, bins) -> Self:
        """The bins of [LabelBins for each label]."""
        label = np.repeat(np.arange(len(bins)), [len(of_label.key) for of_label in bins])
        turned = [of_label.take(slice(None, None, -1)) for of_label in bins]
        return cls(label, *map(np.concatenate, zip(*turned, strict=True)))


class BinBlocks:
    """Bins as ScoreGroups of blocks of labels, in order, made anew in each pass.

    bins : [LabelBins for each label]
    """

    def __init__(self, bins):
        self.bins = bins

    def sizes(self):
        """Number of groups of each label."""
        return [len(of_label.key) for of_label in self.bins]

    def of_label(self, label):
        """LabelBins whose bins are the groups of a label."""
        return self.bins[label]

    def hold_probabilities(self):
        """Whether all scores lie between 0 and 1."""
        filled = [of_label for of_label in self.bins if len(of_label.key)]
        return all(bins.low[0] >= 0 and bins.high[-1] <= 1 for bins in filled)

    def __iter__(self):
        for labels in blocks_of_labels(np.cumsum([0, *self.sizes()])):
            size = labels.stop - labels.start
            bins = ScoreBins.of_labels(list(map(self.of_label, range(labels.start, labels.stop))))
            pos, neg = bins.pos * WEIGHT_UNIT, bins.neg * WEIGHT_UNIT
            totals = [np.bincount(bins.label, counts, size) for counts in (pos, neg)]
            groups = bins.label, pos, neg, bins.low, bins.high
            yield ScoreGroups(*groups, *totals, is_complete=True)


def keys_of_sorted(score, n_bits):
    """Numbers of the bins of ascending scores, (n_samples,) int64, ascending too."""
    half, one = _leading_bits(np.array([0.5, 1.0]), n_bits)
    zero_at, half_at, one_at = np.searchsorted(score, np.array([0, 0.5, 1], score.dtype))
    parts = [
        -_leading_bits(-score[:zero_at], n_bits),
        _leading_bits(score[zero_at:half_at], n_bits),
        # 1 - score is exact from 0.5 to 1, and has the bins of low scores, upside down.
        2 * half - _leading_bits(1 - score[half_at:one_at], n_bits),
        2 * half + _leading_bits(score[one_at:], n_bits) - one,
    ]
    return np.concatenate(parts)


def _leading_bits(magnitude, n_bits):
    """Exponent and ``n_bits`` bits of the mantissa of floats >= 0, as integers in their order.

    The exponents are those of float32: smaller magnitudes count as 0, larger ones as its largest.
    """
    if magnitude.dtype == np.float32:
        number = magnitude.view(np.int32) >> (23 - n_bits)
    else:
        bits = np.minimum(magnitude, HUGE).view(np.int64) >> (52 - n_bits)
        number = bits - (EXPONENT_BIAS << n_bits)
    return np.where(number >> n_bits > 0, number, 0)


def _keys_of_bins(ordered, n_bits):
    """(keys of the bins, position of the first score of each) of ascending scores."""
    keys = keys_of_sorted(ordered, n_bits)
    first = np.flatnonzero(_differs(keys))
    return keys[first].astype(np.int64), first


def units_of_weights(weight, samples):
    """Weights of the samples at some indices as int64 units. None means one sample each."""
    if weight is None:
        return np.full(len(samples), UNITS_OF_SAMPLE)
    return np.rint(weight[samples] / WEIGHT_UNIT).astype(np.int64)


def sums_from(values, first):
    """Sums of the values from each position up to the next."""
    return np.add.reduceat(values, first) if len(first) else values


def _differs(values):
    """Whether each value differs from the one before it."""
    is_first = np.ones(len(values), bool)
    np.not_equal(values[1:], values[:-1], out=is_first[1:])
    return is_first


def columns_of_weights(sample_weight, n_labels):
    """The weights of each label's samples."""
    if sample_weight is None or sample_weight.ndim == 1:
        return [sample_weight] * n_labels
    return list(sample_weight.T)
