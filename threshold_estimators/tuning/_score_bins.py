"""Counts of samples in bins of scores. The bins do not depend on the data, so that counts add up.

Two scores are in the same bin if their floats agree in sign, exponent and the leading bits of the
mantissa. With m bits, the width of a bin is at most 2^-m times its scores. Scores between 0.5 and 1
are as close to 1 as scores below 0.5 are to 0, so that probabilities near 1 are told apart as well.

Counts are integers, in units of ``WEIGHT_UNIT``: their sums do not depend on the order of chunks.
"""

from typing import NamedTuple, Self

import numpy as np

from ..solvers import ScoreGroups, blocks_of_labels

WEIGHT_UNIT = 2.0**-20
HUGE = np.finfo(np.float32).max
EXPONENT_BIAS = 1023 - 127  # of float64, and of float32


class ScoreBins(NamedTuple):
    """Bins that hold samples, label after label, from the highest score down.

    label, key : (n_bins,) int64, the label and the number of the bin
    pos, neg : (n_bins,) int64, positive and negative samples in units of WEIGHT_UNIT
    low, high : (n_bins,) float64, lowest and highest score in the bin
    """

    label: np.ndarray
    key: np.ndarray
    pos: np.ndarray
    neg: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @classmethod
    def empty(cls) -> Self:
        """No bins."""
        return cls(*np.empty((4, 0), np.int64), *np.empty((2, 0)))

    @classmethod
    def of_samples(cls, y_true, y_score, sample_weight, n_bits) -> Self:
        """Bins of samples; y_true (n_samples, n_labels) bool, y_score the same in float."""
        parts = [
            _bins_of_label(label, y_true[:, label], y_score[:, label], weight, n_bits)
            for label, weight in enumerate(_columns(sample_weight, y_true.shape[1]))
        ]
        return cls.empty().add(cls(*map(np.concatenate, zip(*parts, strict=True))))

    def add(self, other) -> Self:
        """The samples of both. A bin of both is one bin of the sum."""
        joined = [np.concatenate(fields) for fields in zip(self, other, strict=True)]
        label, key, pos, neg, low, high = joined
        order = np.lexsort((-key, label))
        label, key = label[order], key[order]
        first = np.flatnonzero(_differs(label, key))
        if not len(first):
            return self
        return type(self)(
            label[first],
            key[first],
            np.add.reduceat(pos[order], first),
            np.add.reduceat(neg[order], first),
            np.minimum.reduceat(low[order], first),
            np.maximum.reduceat(high[order], first),
        )

    def blocks(self, n_labels):
        """The bins as ScoreGroups of blocks of labels, in order."""
        starts = np.searchsorted(self.label, np.arange(n_labels + 1))
        for labels in blocks_of_labels(starts):
            bins = slice(starts[labels.start], starts[labels.stop])
            label, size = self.label[bins] - labels.start, labels.stop - labels.start
            pos, neg = self.pos[bins] * WEIGHT_UNIT, self.neg[bins] * WEIGHT_UNIT
            totals = np.bincount(label, pos, size), np.bincount(label, neg, size)
            bounds = self.low[bins], self.high[bins]
            yield ScoreGroups(label, pos, neg, *bounds, *totals, is_complete=True)


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


def _bins_of_label(label, positive, score, weight, n_bits):
    """Bins of the samples of one label."""
    if weight is None:
        # Sorting values is faster than sorting indices, so each class is sorted by itself.
        of_positives = _class_bins(label, np.sort(score[positive]), n_bits)
        of_negatives = _class_bins(label, np.sort(score[~positive]), n_bits)
        no_samples = np.zeros(len(of_negatives.key), np.int64)
        return of_positives.add(of_negatives._replace(pos=no_samples, neg=of_negatives.pos))
    units = np.rint(weight / WEIGHT_UNIT).astype(np.int64)
    order = np.argsort(score)
    order = order[units[order] > 0]
    units = units[order]
    bins, first = _bins_of_sorted(label, score[order], n_bits)
    if not len(first):
        return bins
    pos = np.add.reduceat(units * positive[order], first)
    return bins._replace(pos=pos, neg=np.add.reduceat(units, first) - pos)


def _class_bins(label, score, n_bits):
    """Bins of ascending scores of positive samples without weights."""
    bins, first = _bins_of_sorted(label, score, n_bits)
    n_samples = np.diff(first, append=len(score))
    return bins._replace(pos=n_samples * round(1 / WEIGHT_UNIT))


def _bins_of_sorted(label, score, n_bits):
    """(bins without counts, position of the first score of each bin) of ascending scores."""
    keys = keys_of_sorted(score, n_bits)
    first = np.flatnonzero(_differs(keys))
    last = np.append(first, len(keys))[1:] - 1
    no_samples = np.zeros(len(first), np.int64)
    labels = np.full(len(first), label)
    bounds = score[first].astype(np.float64), score[last].astype(np.float64)
    return ScoreBins(labels, keys[first].astype(np.int64), no_samples, no_samples, *bounds), first


def _differs(*arrays):
    """Whether each entry differs from the one before it in any of the arrays, all of one length."""
    is_first = np.arange(len(arrays[0])) == 0
    for array in arrays:
        is_first[1:] |= array[1:] != array[:-1]
    return is_first


def _columns(sample_weight, n_labels):
    """The weights of each label's samples."""
    if sample_weight is None or sample_weight.ndim == 1:
        return [sample_weight] * n_labels
    return list(sample_weight.T)
