"""The best cuts of labels for formulas of their counts, without a sort of all their scores.

    counts in buckets ─► a range of scores ─► rows in it, sorted ─► cuts at their positives ─► the best of them

Shapes: y_true (n_labels, n_samples) bool, y_score (n_labels, n_samples) float.
"""

from typing import NamedTuple

import numpy as np

from ._buckets import Buckets, may_reach
from ._counts import count_true
from ._cuts import highest_below, positions
from ._keys import encode
from ._labels import tiles

CELLS_AT_A_TIME = 2**17
SAMPLED_POSITIVES = 256  # of a label, at the least, that tell where its best cut may be
SHORTEST_STEP = 32  # between sampled rows, for the sample to be cheap
MOST_WITHIN = 0.2  # share of the rows that are sorted for want of counts in buckets


class LabelCuts(NamedTuple):
    """Cuts of some labels at scores of positives, those of a label together and from the lowest score up.

    y_score : (n_labels, n_samples)
    keys : sorted integers of the rows in the labels' ranges of scores, label after label; decode : to scores
    starts : (n_labels,) where those of each label start
    at : (n_cuts,) which of the keys is the lowest that a cut lets through
    label, tps, fps : (n_cuts,)
    tp_above : (n_labels,) number of positive rows above the range
    n_neg_within : (n_labels,) number of negative rows in it
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
        n_neg_within = n_within - np.diff(pos_ends, prepend=0)
        label = np.repeat(np.arange(len(ends)), np.diff(pos_ends, prepend=0))
        tps = (pos_ends + tp_above)[label] - np.arange(len(at))
        fps = (ends + n_above)[label] - at - tps
        # Equal scores are one cut, of which the first row is a positive one.
        first = np.flatnonzero((at == starts[label]) | (keys[at] >> 1 != keys[at - 1] >> 1))
        return cls(
            y_score, keys, decode, starts, at[first], label[first], tps[first], fps[first], tp_above, n_neg_within
        )

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


class Goal(NamedTuple):
    """What is best for each of some labels.

    formula_of : makes labels, an array of int, the formula of arrays of counts that go with them
    label, n_pos, n_neg : (n_labels,)
    """

    formula_of: object
    label: np.ndarray
    n_pos: np.ndarray
    n_neg: np.ndarray

    def of_labels(self, index):
        """The same of some of the labels."""
        return self._replace(label=self.label[index], n_pos=self.n_pos[index], n_neg=self.n_neg[index])

    def value_at(self, index):
        """The value as a function of (tp, fp), arrays that go with an array of positions of labels."""
        formula, n_pos, n_neg = self.formula_of(self.label[index]), self.n_pos[index], self.n_neg[index]
        return lambda tps, fps: formula(*(part.astype(float) for part in (tps, fps, n_pos - tps, n_neg - fps)))

    def value(self):
        """The same for arrays of (n_labels, n_cuts)."""
        return self.value_at(np.arange(len(self.label))[:, np.newaxis])

    def best(self, cuts):
        """((below, above), value) of the best cut of each label, or of letting nothing through."""
        values = self.value_at(cuts.label)(cuts.tps, cuts.fps)
        index = cuts.best(values)
        best = self.value()(*np.zeros((2, len(self.label), 1), int))[:, 0]
        index = index[values[index] > best[cuts.label[index]]]
        label = cuts.label[index]
        best[label] = values[index]
        between = np.full((2, len(best)), [[-np.inf], [np.inf]], cuts.y_score.dtype)
        between[:, label] = cuts.neighbours(index)
        return between, best


def best_cuts(y_true, y_score, label, formula_of):
    """(below, above) of each label: two neighbouring scores with the best cut between them, the highest among equals.

    If it is best to let nothing through, the second is infinite and the first any score below.
    The formulas are monotone: they never fall with a true positive nor rise with a false one.

    label : (n_labels,) int; formula_of : makes such integers the formula of arrays of counts that go with them
    """
    n_pos = count_true(y_true.T)
    goal = Goal(formula_of, label, n_pos, y_true.shape[1] - n_pos)
    found, is_best = _best_of_highest(y_true, y_score, goal)
    if not is_best.any():
        return _best_in_range(y_true, y_score, goal)
    left = np.flatnonzero(~is_best)
    if len(left):
        found[:, left] = _best_in_range(y_true[left], y_score[left], goal.of_labels(left))
    return found


def _best_of_highest(y_true, y_score, goal):
    """((below, above), is_best): the best cuts among the highest scores, and whether they are proven to be the best.

    Where labels are rare the best cuts lie among the highest scores, as a few of the rows tell.
    """
    step = int(np.median(goal.n_pos)) // SAMPLED_POSITIVES
    nothing = np.zeros((2, len(goal.label)), y_score.dtype), np.zeros(len(goal.label), bool)
    if step < SHORTEST_STEP:
        return nothing
    value, n_pos, n_neg = goal.value(), goal.n_pos[:, np.newaxis], goal.n_neg[:, np.newaxis]
    sample = Buckets.of(*(np.ascontiguousarray(part[:, ::step]) for part in (y_true, y_score)))
    low, share = sample.likely_lowest(step, n_pos, n_neg, value)
    if share.mean() > MOST_WITHIN:
        return nothing
    cuts = LabelCuts.within(y_true, y_score, low, np.full(len(low), np.inf))
    between, best = goal.best(cuts)
    return between, ~may_reach(value(n_pos, cuts.n_neg_within[:, np.newaxis])[:, 0], best)


def _best_in_range(y_true, y_score, goal):
    """(below, above) of the best cuts, in the range that counts of all rows leave."""
    low, high = Buckets.of(y_true, y_score).range_of_best([goal.value()])
    return goal.best(LabelCuts.within(y_true, y_score, low, high))[0]


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
