"""Confusion counts at candidate thresholds.

A cut is the index of a candidate threshold, which is named by the lowest score that it predicts.
Cuts are ordered from the highest score down. The first, +inf, predicts nothing. Equal scores are
one cut, since no threshold separates them.

Shapes: y_true, y_score (n_samples,) of one label; positive, score (n_labels, n_samples) of a block
of labels, where a label's values lie together in memory.
"""

from typing import NamedTuple

import numpy as np

from ..core import count_true, tiles

ROUNDING = 1e-9  # relative error that sums of weights and formulas may carry
MAX_KEY = 2**62  # keys below it have room for one more bit


class Sizes(NamedTuple):
    """Sizes that decide how fast the exact search is, never what it finds."""

    samples_per_positive: int = 6  # highest scores that are looked at first, for each positive
    max_fraction: float = (
        0.25  # fraction of the samples up to which sorting is cheaper than counting
    )
    sampling: float = 4  # every (sqrt(n_samples) / sampling)-th score shows where the highest begin
    tile_cells: int = 2**17  # cells that fit a processor's cache
    samples_per_bin: int = 64
    min_bins: int = 16
    max_bins: int = 1024
    sampled_for_scale: int = 128  # samples whose scores place the bins


SIZES = Sizes()


class Cuts(NamedTuple):
    """Confusion counts of one label at its cuts.

    scores : (n_cuts,) lowest predicted score, descending; the first is +inf
    tps, fps : (n_cuts,) weight of the predicted positive and negative samples
    n_pos, n_neg : total weight of the positive and of the negative samples
    distinct : distinct scores of all samples, descending
    """

    scores: np.ndarray
    tps: np.ndarray
    fps: np.ndarray
    n_pos: float
    n_neg: float
    distinct: np.ndarray

    def counts(self):
        """(tp, fp, fn, tn) at every cut."""
        return self.tps, self.fps, self.n_pos - self.tps, self.n_neg - self.fps

    def of_positives(self):
        """The cuts at scores of positives: a monotone formula has its maximum at one of them."""
        kept = np.append(True, self.tps[1:] > self.tps[:-1])
        return self._replace(scores=self.scores[kept], tps=self.tps[kept], fps=self.fps[kept])

    def neighbours(self, cut):
        """(next lower score, score) of cuts; -inf where no score is lower."""
        above = self.scores[cut]
        index = np.searchsorted(-self.distinct, -above, side="right")
        lower = np.append(self.distinct, above.dtype.type(-np.inf))
        return lower[index], above

    def thresholds(self, cut):
        """Thresholds that realise cuts."""
        return between(*self.neighbours(cut))


def cuts_at_all_scores(y_true, y_score, sample_weight=None):
    """Cuts at every distinct score of one label. Samples of weight zero are left out.

    y_true : (n_samples,) bool; y_score : (n_samples,); sample_weight : (n_samples,) or None
    """
    if sample_weight is not None and not np.all(sample_weight):
        weighed = np.flatnonzero(sample_weight)
        y_true, y_score = y_true[weighed], y_score[weighed]
        sample_weight = sample_weight[weighed]
    order = np.argsort(y_score)[::-1]
    ordered = y_score[order]
    # Integers add up faster than floats.
    weight = np.ones(len(order), int) if sample_weight is None else sample_weight[order]
    positive_weight = weight * y_true[order]
    last_of_equals = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True)[: len(ordered)])
    tps = np.append(0.0, np.cumsum(positive_weight)[last_of_equals])
    fps = np.append(0.0, np.cumsum(weight - positive_weight)[last_of_equals])
    distinct = ordered[last_of_equals]
    scores = np.append(distinct.dtype.type(np.inf), distinct)
    return Cuts(scores, tps, fps, tps[-1], fps[-1], distinct)


def between(below, above):
    """Thresholds in the middle of gaps (below, above], at ``above`` where rounding leaves the gap.

    below, above : arrays of one float dtype
    """
    half = above.dtype.type(0.5)  # halved first: the sum of the two might overflow
    with np.errstate(invalid="ignore"):  # -inf + inf
        middle = below * half + above * half
    middle = np.where(np.isposinf(above), above, middle)
    return np.where((middle > below) | np.isneginf(below), middle, above)


def in_gaps(y_score, below, above):
    """Thresholds (n_labels,) between neighbouring scores of labels, in the dtype of ``y_score``.

    y_score : (n_samples, n_labels); below, above : (n_labels,), where a NaN below is looked up
    """
    for label in np.flatnonzero(np.isnan(below)):
        below[label] = highest_below(y_score[:, label], above[label])
    return between(np.asarray(below, y_score.dtype), np.asarray(above, y_score.dtype))


def highest_below(y_score, score):
    """The highest of some scores below a given one, -inf where none is lower."""
    return y_score.take(np.flatnonzero(y_score < score)).max(initial=-np.inf)


def may_reach(upper_bound, best):
    """Whether an upper bound leaves room for the best value, rounding included."""
    return upper_bound >= best - ROUNDING * (np.abs(best) + np.abs(upper_bound))


def fraction_of_highest(n_pos, n_samples, sizes=SIZES):
    """Fraction of the samples that is looked at first: the highest, a few for each positive."""
    return np.minimum(sizes.samples_per_positive * n_pos / n_samples, 1)


def lowest_of_highest(score, n_pos, sizes=SIZES):
    """(n_labels,) score from which on about that fraction of the samples lies, from a sample."""
    n_samples = score.shape[1]
    step = max(int(np.sqrt(n_samples) / sizes.sampling), 1)
    sample = np.sort(score[:, ::step], axis=1)
    n_wanted = fraction_of_highest(n_pos, n_samples, sizes) * sample.shape[1]
    # One standard deviation more than wanted, so that hardly less is found.
    index = np.maximum(sample.shape[1] - 1 - n_wanted - np.sqrt(n_wanted), 0).astype(int)
    return np.take_along_axis(sample, index[:, np.newaxis], axis=1)[:, 0]


class LabelCuts(NamedTuple):
    """Cuts of several labels at the scores of their positives, label after label.

    keys : sorted integers of the samples in each label's range, label after label
    decode : function from keys to scores
    ends : (n_labels,) position after each label's last key
    at : (n_cuts,) position of the key with the lowest score that a cut predicts
    label, tps, fps : (n_cuts,)
    tp_above : (n_labels,) number of positive samples above the range
    n_neg_within : (n_labels,) number of negative samples in the range
    """

    keys: np.ndarray
    decode: object
    ends: np.ndarray
    at: np.ndarray
    label: np.ndarray
    tps: np.ndarray
    fps: np.ndarray
    tp_above: np.ndarray
    n_neg_within: np.ndarray

    @classmethod
    def within(cls, positive, score, low, high, sizes=SIZES):
        """All cuts with a score from ``low`` to below ``high``, both (n_labels,)."""
        samples = _samples_within(positive, score, low, high, sizes)
        keys, decode = encode(samples.score, samples.positive)
        ends = np.cumsum(samples.n_within)
        starts = ends - samples.n_within
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            keys[start:end].sort()

        # Each positive is a cut; the samples before it and itself are predicted.
        at = np.flatnonzero(keys & 1)
        ends_of_positives = at.searchsorted(ends)
        n_pos_within = np.diff(ends_of_positives, prepend=0)
        label = np.repeat(np.arange(len(ends)), n_pos_within)
        before_label = (ends_of_positives - n_pos_within)[label]
        tps = samples.tp_above[label] + np.arange(1, len(at) + 1) - before_label
        fps = samples.n_above[label] + at + 1 - starts[label] - tps

        # Equal scores are one cut, whose last sample is a positive one.
        following = np.minimum(at + 1, len(keys) - 1)
        is_last = (at + 1 == ends[label]) | (keys[at] >> 1 != keys[following] >> 1)
        kept = np.flatnonzero(is_last)
        return cls(
            keys,
            decode,
            ends,
            at[kept],
            label[kept],
            tps[kept],
            fps[kept],
            samples.tp_above,
            samples.n_within - n_pos_within,
        )

    def neighbours(self, cut):
        """(next lower score, score) of cuts, NaN where the lower one is not in the range."""
        at = self.at[cut]
        above = self.decode(self.keys[at])
        is_lowest = at + 1 == self.ends[self.label[cut]]
        below = self.decode(self.keys[np.minimum(at + 1, len(self.keys) - 1)])
        below[is_lowest] = np.nan
        return below, above

    def best(self, values):
        """The best cut of each label that has any, the highest among equals."""
        first = np.flatnonzero(np.diff(self.label, prepend=-1))
        best = np.maximum.reduceat(values, first) if len(first) else values
        n_cuts = np.diff(first, append=len(values))
        is_best = np.flatnonzero(values == np.repeat(best, n_cuts))
        return is_best[np.diff(self.label[is_best], prepend=-1) != 0]


class _SamplesWithin(NamedTuple):
    """Samples in each label's range of scores, label after label, and counts for each label."""

    score: np.ndarray
    positive: np.ndarray
    n_within: np.ndarray
    n_above: np.ndarray
    tp_above: np.ndarray


def _samples_within(positive, score, low, high, sizes):
    """Samples with a score from ``low`` to below ``high``, both (n_labels,)."""
    n_within, n_above, tp_above = np.zeros((3, len(score)), int)
    has_upper_end = np.any(high < np.inf)
    low = low.astype(score.dtype)[:, np.newaxis]
    high = high.astype(score.dtype)[:, np.newaxis]
    scores, positives = [], []
    for labels, samples in tiles(score.shape, sizes.tile_cells):
        tile, is_positive = score[labels, samples], positive[labels, samples]
        within = tile >= low[labels]
        if has_upper_end:
            above = tile >= high[labels]
            n_above[labels] += count_true(above.T)
            within ^= above
            above &= is_positive
            tp_above[labels] += count_true(above.T)
        at = np.flatnonzero(within)
        ends_of_labels = np.arange(0, within.size + 1, within.shape[1])
        n_within[labels] += np.diff(at.searchsorted(ends_of_labels))
        scores.append(tile.ravel().take(at))
        positives.append(is_positive.ravel().take(at))
    return _SamplesWithin(
        np.concatenate(scores), np.concatenate(positives), n_within, n_above, tp_above
    )


def encode(scores, positive):
    """(keys, decode): an integer for each sample, and the function from integers to scores.

    Sorted keys are in the order of cuts: scores descend, and among equal scores positives come
    last. numpy sorts plain integers several times faster than it argsorts, and one sort shows
    where the positive samples are.
    """
    numbers = integers_of(scores)
    lowest, highest = (int(numbers.min()), int(numbers.max())) if len(numbers) else (0, 0)
    distinct = None
    if highest - lowest >= MAX_KEY:  # scores of both signs that span most floats
        distinct, numbers = np.unique(scores, return_inverse=True)
        highest = len(distinct) - 1

    def decode(keys):
        number = highest - (keys >> 1)
        return scores_of(number, scores.dtype) if distinct is None else distinct[number]

    keys = highest - numbers
    keys += keys
    keys += positive
    return keys, decode


def integers_of(scores):
    """Integers in the order of floats: their bits, flipped where a float is negative."""
    bits = scores.view(f"i{scores.itemsize}")
    if scores.min(initial=0) >= 0:
        return (bits & np.iinfo(bits.dtype).max).astype(np.int64, copy=False)  # -0 becomes 0
    return _flip_negative((scores + 0).view(bits.dtype)).astype(np.int64, copy=False)


def scores_of(numbers, dtype):
    return _flip_negative(numbers.astype(f"i{dtype.itemsize}")).view(dtype)


def _flip_negative(bits):
    is_negative = bits >> 8 * bits.itemsize - 1
    return bits ^ (is_negative & np.iinfo(bits.dtype).max)
