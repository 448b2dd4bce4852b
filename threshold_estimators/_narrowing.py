"""The best cuts of labels for formulas of their counts, without a sort of all their scores.

    counts in buckets ─► a range of scores ─► rows in it, sorted ─► cuts at their positives ─► the best of them

Shapes: y_true (n_labels, n_samples) bool, y_score (n_labels, n_samples) float.
"""

from typing import NamedTuple

import numpy as np

from ._buckets import Buckets
from ._counts import count_true
from ._cuts import highest_below, positions
from ._keys import encode
from ._labels import tiles

CELLS_AT_A_TIME = 2**16


class LabelCuts(NamedTuple):
    """Cuts of some labels at scores of positives, those of a label together and from the lowest score up.

    y_score : (n_labels, n_samples)
    keys : sorted integers of the rows in the labels' ranges of scores, label after label; decode : to scores
    starts : (n_labels,) where those of each label start
    at : (n_cuts,) which of the keys is the lowest that a cut lets through
    label, tps, fps : (n_cuts,)
    tp_above : (n_labels,) number of positive rows above the range
    """

    y_score: np.ndarray
    keys: np.ndarray
    decode: object
    starts: np.ndarray
    at: np.ndarray
    label: np.ndarray
    tps: np.ndarray
    fps: np.ndarray
    tp_above: np.ndarray

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
        label = np.repeat(np.arange(len(ends)), np.diff(pos_ends, prepend=0))
        tps = (pos_ends + tp_above)[label] - np.arange(len(at))
        fps = (ends + n_above)[label] - at - tps
        # Equal scores are one cut, of which the first row is a positive one.
        first = np.flatnonzero((at == starts[label]) | (keys[at] >> 1 != keys[at - 1] >> 1))
        return cls(y_score, keys, decode, starts, at[first], label[first], tps[first], fps[first], tp_above)

    def neighbours(self, index):
        """(next score below, score) of some of the cuts, -inf where there is none below."""
        at, label = self.at[index], self.label[index]
        above, below = self.decode(self.keys[at]), self.decode(self.keys[at - 1])
        for i in np.flatnonzero(at == self.starts[label]):
            below[i] = highest_below(self.y_score[label[i]], above[i])
        return below, above

    def best(self, values):
        """Which of the cuts is the best of its label, the highest among equals."""
        first = np.flatnonzero(np.diff(self.label, prepend=-1))
        best = np.maximum.reduceat(values, first) if len(first) else values
        is_best = np.flatnonzero(values == np.repeat(best, np.diff(first, append=len(values))))
        return is_best[np.diff(self.label[is_best], append=-1) != 0]


def best_cuts(y_true, y_score, label, formula_of):
    """(below, above) of each label: two neighbouring scores with the best cut between them, the highest among equals.

    If it is best to let nothing through, the second is infinite and the first any score below.
    The formulas are monotone: they never fall with a true positive nor rise with a false one.

    label : (n_labels,) int; formula_of : makes such integers the formula of arrays of counts that go with them
    """
    buckets = Buckets.of(y_true, y_score)

    def value_of(of_label):
        formula, n_pos, n_neg = formula_of(label[of_label]), buckets.tps[of_label, 0], buckets.fps[of_label, 0]
        return lambda tps, fps: formula(*(part.astype(float) for part in (tps, fps, n_pos - tps, n_neg - fps)))

    value = value_of(np.arange(len(label))[:, np.newaxis])
    cuts = LabelCuts.within(y_true, y_score, *buckets.range_of_best([value]))
    values = value_of(cuts.label)(cuts.tps, cuts.fps)
    best = cuts.best(values)
    nothing = value(*np.zeros((2, len(label), 1), int))[:, 0]
    best = best[values[best] > nothing[cuts.label[best]]]
    below, above = np.full(len(label), -np.inf, y_score.dtype), np.full(len(label), np.inf, y_score.dtype)
    below[cuts.label[best]], above[cuts.label[best]] = cuts.neighbours(best)
    return np.array([below, above])


def _rows_within(y_true, y_score, low, high):
    """(scores, positive, n_within, n_above, tp_above): the rows in a range of scores, label after label, and counts."""
    n_within, n_above, tp_above = np.zeros((3, len(y_score)), int)
    low, high = (part.astype(y_score.dtype)[:, np.newaxis] for part in (low, high))
    parts = []
    for labels, rows in tiles(y_score.shape, CELLS_AT_A_TIME):
        score, positive = y_score[labels, rows], y_true[labels, rows]
        within = score >= low[labels]
        if np.any(high[labels] < np.inf):
            above = score >= high[labels]
            n_above[labels] += count_true(above.T)
            within ^= above
            above &= positive
            tp_above[labels] += count_true(above.T)
        at = positions(within.ravel())
        n_within[labels] += np.diff(at.searchsorted(np.arange(len(within) + 1) * within.shape[1]))
        parts.append((score.ravel().take(at), positive.ravel().take(at)))
    scores, positive = map(np.concatenate, zip(*parts, strict=True))
    return scores, positive, n_within, n_above, tp_above
