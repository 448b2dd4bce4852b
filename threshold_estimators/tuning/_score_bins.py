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
UNITS_OF_SAMPLE = 2**20  # without weights
HUGE = np.finfo(np.float32).max
EXPONENT_BIAS = 1023 - 127  # of float64, and of float32
BITS_OF_KEY = 32  # keys lie between -2**30 and 2**30


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
        return cls(*map(np.concatenate, zip(*parts, strict=True)))

    def add(self, other) -> Self:
        """The samples of both. A bin of both is one bin of the sum."""
        joined = [np.concatenate(fields) for fields in zip(self, other, strict=True)]
        label, key, pos, neg, low, high = joined
        place = (label << BITS_OF_KEY) - key
        # A stable sort only merges what is sorted already.
        order = np.argsort(place, kind="stable")
        first = np.flatnonzero(_differs(place[order]))
        if not len(first):
            return self
        return type(self)(
            label[order[first]],
            key[order[first]],
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
        # Sorting values is faster than sorting indices.
        ordered = np.sort(score)
        keys, first = _keys_of_bins(ordered, n_bits)
        total = np.diff(first, append=len(ordered)) * UNITS_OF_SAMPLE
        positives = keys_of_sorted(np.sort(score[positive]), n_bits)
        up_to = np.searchsorted(positives, keys, side="right")
        pos = np.diff(up_to, prepend=0) * UNITS_OF_SAMPLE
    else:
        units = np.rint(weight / WEIGHT_UNIT).astype(np.int64)
        order = np.argsort(score)
        order = order[units[order] > 0]
        ordered, units = score[order], units[order]
        keys, first = _keys_of_bins(ordered, n_bits)
        total = _sums_from(units, first)
        pos = _sums_from(units * positive[order], first)
    last = np.append(first, len(ordered))[1:] - 1
    low, high = ordered[first].astype(np.float64), ordered[last].astype(np.float64)
    bins = ScoreBins(np.full(len(keys), label), keys, pos, total - pos, low, high)
    return ScoreBins(*(field[::-1] for field in bins))


def _keys_of_bins(ordered, n_bits):
    """(keys of the bins, position of the first score of each) of ascending scores."""
    keys = keys_of_sorted(ordered, n_bits)
    first = np.flatnonzero(_differs(keys))
    return keys[first].astype(np.int64), first


def _sums_from(values, first):
    """Sums of the values from each position up to the next."""
    return np.add.reduceat(values, first) if len(first) else values


def _differs(values):
    """Whether each value differs from the one before it."""
    is_first = np.arange(len(values)) == 0
    is_first[1:] = values[1:] != values[:-1]
    return is_first


def _columns(sample_weight, n_labels):
    """The weights of each label's samples."""
    if sample_weight is None or sample_weight.ndim == 1:
        return [sample_weight] * n_labels
    return list(sample_weight.T)
