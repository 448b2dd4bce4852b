"""The best cuts of labels for formulas of their counts, without a sort of all their scores.

    a range of scores ─► rows in it, sorted ─► cuts at their positives ─► the best of them

The range of a rare label are its highest scores; that of a frequent one is what counts of all rows in buckets leave.

Shapes: y_true (n_labels, n_samples) bool, y_score (n_labels, n_samples) float.
"""

from typing import NamedTuple

import numpy as np

from ._buckets import Buckets, may_reach
from ._counts import count_true
from ._cuts import positions
from ._keys import encode
from ._labels import tiles

CELLS_AT_A_TIME = 2**17
ROWS_FOR_A_POSITIVE = 6  # among the highest, in which a best cut that is worth anything lies
MOST_HIGHEST = 0.25  # share of the rows
SAMPLED_ROWS = 4  # times the root of their number, that tell where the highest scores begin


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
        """(gaps, value) of the best cut of each label, or of letting nothing through."""
        values = self.value_at(cuts.label)(cuts.tps, cuts.fps)
        index = cuts.best(values)
        best = self.value()(*np.zeros((2, len(self.label), 1), int))[:, 0]
        index = index[values[index] > best[cuts.label[index]]]
        label = cuts.label[index]
        best[label] = values[index]
        gaps = np.full((2, len(best)), [[-np.inf], [np.inf]])
        gaps[:, label] = cuts.neighbours(index)
        return gaps, best


def best_cuts(y_true, y_score, label, formula_of):
    """(below, above) of each label: two neighbouring scores with the best cut between them, the highest among equals.

    If it is best to let nothing through, the second is infinite and the first any score below; NaN is a first that is
    not known. The formulas are monotone: they never fall with a true positive nor rise with a false one.

    label : (n_labels,) int; formula_of : makes such integers the formula of arrays of counts that go with them
    """
    n_pos = count_true(y_true.T)
    goal = Goal(formula_of, label, n_pos, y_true.shape[1] - n_pos)
    is_rare = are_few(share_of_highest(n_pos, y_true.shape[1]))
    if not is_rare.any():
        return _best_in_range(y_true, y_score, goal)
    gaps, is_best = _best_of_highest(y_true, y_score, goal, is_rare)
    left = np.flatnonzero(~is_best)
    if len(left):
        gaps[:, left] = _best_in_range(y_true[left], y_score[left], goal.of_labels(left))
    return gaps


def _best_of_highest(y_true, y_score, goal, is_rare):
    """(gaps, is_best): the best cuts among the highest scores, and whether they are proven to be the best of all."""
    low = np.where(is_rare, lowest_of_highest(y_score, goal.n_pos), np.inf)
    cuts = LabelCuts.within(y_true, y_score, low, np.full(len(low), np.inf))
    gaps, best = goal.best(cuts)
    # A lower cut lets all of these negatives through, and at most all positives.
    possible = goal.value()(goal.n_pos[:, np.newaxis], cuts.n_neg_within[:, np.newaxis])[:, 0]
    return gaps, ~may_reach(possible, best)


def _best_in_range(y_true, y_score, goal):
    """Gaps of the best cuts, in the range that counts of all rows leave."""
    low, high = Buckets.of(y_true, y_score).range_of_best([goal.value()])
    return goal.best(LabelCuts.within(y_true, y_score, low, high))[0]


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
