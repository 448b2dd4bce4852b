"""Confusion counts of one label at every cut worth considering.

A cut is named by the lowest score that it lets through. Cuts are ordered from the lowest up and the last one, +inf,
lets nothing through; equal scores are one cut, since no threshold can separate them.
"""

from typing import NamedTuple

import numpy as np

from ..core import count_true, tiles

MOST = 2**62  # numbers that leave room for a bit more
ROUNDING = 1e-9  # by how much a bound may be off, relative to what is compared
CELLS_AT_A_TIME = 2**17
ROWS_FOR_A_POSITIVE = 6  # among the highest, in which a best cut that is worth anything lies
MOST_HIGHEST = 0.25  # share of the rows
SAMPLED_ROWS = 4  # times the root of their number, that tell where the highest scores begin


def encode(scores, positive):
    """(keys, decode): an integer for each row, and the function that makes scores of integers."""
    keys = integers_of(scores)
    lowest, highest = (int(keys.min()), int(keys.max())) if len(keys) else (0, 0)
    if highest - lowest < MOST:
        keys -= lowest
    else:  # from far below zero to far above
        distinct, keys = np.unique(scores, return_inverse=True)

    def decode(keys):
        number = keys >> 1
        return (
            _scores_of(number + lowest, scores.dtype)
            if highest - lowest < MOST
            else distinct[number]
        )

    keys += keys
    keys += ~positive
    return keys, decode


def integers_of(scores):
    """Integers in the order of floats: their bits, of which those of negative numbers are turned round."""
    bits, most = scores.view(f"i{scores.itemsize}"), np.iinfo(f"i{scores.itemsize}").max
    if scores.min(initial=0) >= 0:
        return (bits & most).astype(np.int64, copy=False)  # which makes 0 of -0
    return _turned((scores + 0).view(bits.dtype)).astype(np.int64, copy=False)  # and so does + 0


def _scores_of(numbers, dtype):
    return _turned(numbers.astype(f"i{dtype.itemsize}")).view(dtype)


def _turned(bits):
    return bits ^ ((bits >> 8 * bits.itemsize - 1) & np.iinfo(bits.dtype).max)


class Cuts(NamedTuple):
    """Candidate cuts of one label.

    scores : (n_cuts,) the lowest score let through, ascending; the last is +inf
    tps, fps : (n_cuts,) weight of the positive and of the negative rows let through
    n_pos, n_neg : total weight of the positive and of the negative rows
    ordered : distinct scores of all rows, ascending
    """

    scores: np.ndarray
    tps: np.ndarray
    fps: np.ndarray
    n_pos: float
    n_neg: float
    ordered: np.ndarray

    def counts(self):
        """(tp, fp, fn, tn) at every cut."""
        return self.tps, self.fps, self.n_pos - self.tps, self.n_neg - self.fps

    def of_positives(self):
        """Those of the cuts that let more positives through than the next: all that a monotone formula can want."""
        kept = np.append(self.tps[:-1] > self.tps[1:], True)
        return self._replace(scores=self.scores[kept], tps=self.tps[kept], fps=self.fps[kept])

    def thresholds(self, index):
        """Thresholds that realise some of the cuts, given as an array of int."""
        return between(*self.neighbours(index))

    def neighbours(self, index):
        """(next score below, score) of some of the cuts, -inf where there is none below."""
        above = self.scores[index]
        position = np.searchsorted(self.ordered, above)
        return np.where(position > 0, self.ordered[position - 1], above.dtype.type(-np.inf)), above


def between(below, above):
    """The middle of each gap (below, above], moved up to ``above`` where rounding would fall out of the gap."""
    half = above.dtype.type(0.5)  # halving first: the sum of the two might overflow
    with np.errstate(invalid="ignore"):  # -inf + inf
        middle = below * half + above * half
    middle = np.where(np.isposinf(above), above, middle)
    return np.where((middle > below) | np.isneginf(below), middle, above)


def in_gaps(y_score, below, above):
    """Thresholds between neighbouring scores of labels, (n_labels,) in the dtype of ``y_score``.

    Where a score below is not known, NaN, it is looked up.

    y_score : (n_samples, n_labels)
    """
    for label in np.flatnonzero(np.isnan(below)):
        below[label] = highest_below(y_score[:, label], above[label])
    return between(*(np.asarray(side, y_score.dtype) for side in (below, above)))


def positions(cells):
    """Where a boolean array is true.

    numpy looks for the true cells one by one if they are at most a tenth of all, which pays for a few only. If they
    are more, others that are true as well are appended, for it to pass over all cells.
    """
    if not 0.03 < np.count_nonzero(cells) / max(len(cells), 1) <= 0.1:
        return np.flatnonzero(cells)
    n_more = len(cells) // 8 + 1
    padded = np.ones(len(cells) + n_more, bool)
    padded[: len(cells)] = cells
    return np.flatnonzero(padded)[:-n_more]


def highest_below(y_score, score):
    """The next of some scores below another one, -inf where there is none."""
    return y_score.take(np.flatnonzero(y_score < score)).max(initial=-np.inf)


def _with_none(scores):
    """The cuts ``scores`` and the one that lets nothing through, in their dtype."""
    return np.append(scores, scores.dtype.type(np.inf))


def cuts_at_all_scores(y_true, y_score, sample_weight=None):
    """Cuts at every distinct score, for weighted rows and for objectives that may reward a false positive.

    y_true : (n_samples,) bool; y_score : (n_samples,) float; sample_weight : (n_samples,) float, or None
    """
    order = np.argsort(y_score)
    ordered = y_score[order]
    weight = (
        np.ones(len(order), int) if sample_weight is None else sample_weight[order]
    )  # whole ones add up faster
    positive = weight * y_true[order]
    del order  # as long as a column of scores, as is each of the others
    weight -= positive
    first = _first_of_equals(ordered)
    tps, fps = _sums_from(first, positive), _sums_from(first, weight)
    scores = ordered[first]
    return Cuts(_with_none(scores), tps, fps, tps[0], fps[0], scores)


def _first_of_equals(ordered):
    """Positions of the first of each run of equal values."""
    return np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]][: len(ordered)])


def _sums_from(first, values):
    """Sums of all values from each of some positions on, and of none. The values are overwritten."""
    backwards = values[::-1]
    np.cumsum(backwards, out=backwards)
    return np.append(values[first], 0.0)


def may_reach(possible, best):
    """Whether bounds leave room for the best value, but for rounding."""
    return possible >= best - ROUNDING * (np.abs(best) + np.abs(possible))


class LabelCuts(NamedTuple):
    """Cuts of some labels at scores of positives, those of a label together and from the lowest score up.

    keys : sorted integers of the rows in the labels' ranges of scores, label after label; decode : to scores
    starts : (n_labels,) where those of each label start
    at : (n_cuts,) which of the keys is the lowest that a cut lets through
    label, tps, fps : (n_cuts,)
    tp_above : (n_labels,) number of positive rows above the range
    n_neg_within : (n_labels,) number of negative rows in it
    """

    keys: np.ndarray
    decode: object
    starts: np.ndarray
    at: np.ndarray
    label: np.ndarray
    tps: np.ndarray
    fps: np.ndarray
    tp_above: np.ndarray
    n_neg_within: np.ndarray

    @classmethod
    def within(cls, y_true, y_score, low, high):
        """All with a score from low, below high, both (n_labels,)."""
        scores, positive, n_within, n_above, tp_above = _rows_within(y_true, y_score, low, high)
        keys, decode = encode(scores, positive)
        ends = np.cumsum(n_within)
        starts = ends - n_within
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            keys[start:end].sort()
        at = np.flatnonzero(keys & 1 == 0)
        pos_ends = at.searchsorted(ends)
        n_pos_within = np.diff(pos_ends, prepend=0)
        label = np.repeat(np.arange(len(ends)), n_pos_within)
        tps = (pos_ends + tp_above)[label] - np.arange(len(at))
        fps = (ends + n_above)[label] - at - tps
        # Equal scores are one cut, of which the first row is a positive one.
        first = np.flatnonzero((at == starts[label]) | (keys[at] >> 1 != keys[at - 1] >> 1))
        cuts = (part[first] for part in (at, label, tps, fps))
        return cls(keys, decode, starts, *cuts, tp_above, n_within - n_pos_within)

    def neighbours(self, index):
        """(next score below, score) of some of the cuts, NaN where the next below is not in the range."""
        at = self.at[index]
        above, below = self.decode(self.keys[at]), self.decode(self.keys[at - 1])
        below[at == self.starts[self.label[index]]] = np.nan
        return below, above

    def best(self, values):
        """Which of the cuts is the best of its label, the highest among equals."""
        first = np.flatnonzero(np.diff(self.label, prepend=-1))
        best = np.maximum.reduceat(values, first) if len(first) else values
        is_best = np.flatnonzero(values == np.repeat(best, np.diff(first, append=len(values))))
        return is_best[np.diff(self.label[is_best], append=-1) != 0]


def share_of_highest(n_pos, n_samples):
    """Share of the rows of labels that are looked at first, the highest: a few for each positive one."""
    return np.minimum(ROWS_FOR_A_POSITIVE * n_pos / n_samples, 1)


def are_few(share):
    """Whether so large a share of the rows costs less to sort than all rows cost to count."""
    return share < MOST_HIGHEST


def lowest_of_highest(y_score, n_pos):
    """(n_labels,) scores from which on lies hardly less than that share of the rows, as some of them tell."""
    sample = np.sort(y_score[:, :: max(int(np.sqrt(y_score.shape[1]) / SAMPLED_ROWS), 1)], axis=1)
    n_wanted = share_of_highest(n_pos, y_score.shape[1]) * sample.shape[1]
    index = np.maximum(sample.shape[1] - 1 - n_wanted - np.sqrt(n_wanted), 0).astype(int)
    return np.take_along_axis(sample, index[:, np.newaxis], axis=1)[:, 0]


def _rows_within(y_true, y_score, low, high):
    """(scores, positive, n_within, n_above, tp_above): the rows in a range of scores, label after label, and counts."""
    n_within, n_above, tp_above = np.zeros((3, len(y_score)), int)
    has_end = np.any(high < np.inf)
    low, high = (part.astype(y_score.dtype)[:, np.newaxis] for part in (low, high))
    parts = []
    for labels, rows in tiles(y_score.shape, CELLS_AT_A_TIME):
        score, positive = y_score[labels, rows], y_true[labels, rows]
        within = score >= low[labels]
        if has_end:
            above = score >= high[labels]
            n_above[labels] += count_true(above.T)
            within ^= above
            above &= positive
            tp_above[labels] += count_true(above.T)
        at = positions(within.ravel())
        n_within[labels] += np.diff(at.searchsorted(range(0, within.size + 1, within.shape[1])))
        parts.append((score.ravel().take(at), positive.ravel().take(at)))
    scores, positive = map(np.concatenate, zip(*parts, strict=True))
    return scores, positive, n_within, n_above, tp_above
