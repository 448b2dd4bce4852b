"""The best cuts of labels for formulas of their counts, without a sort of all their scores.

    a range of scores ─► rows in it, sorted ─► cuts at their positives ─► the best of them

The range of a rare label are its highest scores; that of a frequent one is what counts of all rows in buckets leave.

Shapes: y_true (n_labels, n_samples) bool, y_score (n_labels, n_samples) float.
"""

from functools import partial
from typing import NamedTuple

import numpy as np

from ..core import count_true, each_block, each_label
from ._cuts import (
    LabelCuts,
    are_few,
    between,
    cuts_at_all_scores,
    in_gaps,
    lowest_of_highest,
    may_reach,
    share_of_highest,
)
from ._histogram import Buckets


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
        return self._replace(
            label=self.label[index], n_pos=self.n_pos[index], n_neg=self.n_neg[index]
        )

    def value_at(self, index):
        """The value as a function of (tp, fp), arrays that go with an array of positions of labels."""
        formula, n_pos, n_neg = (
            self.formula_of(self.label[index]),
            self.n_pos[index],
            self.n_neg[index],
        )
        return lambda tps, fps: formula(
            *(part.astype(float) for part in (tps, fps, n_pos - tps, n_neg - fps))
        )

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


def label_by_label(y_true, y_score, sample_weight, formula_of, monotone):
    """Thresholds that maximise the formula of each label alone, hence any average of them. Exact.

    formula_of : makes labels, an int or an array that goes with counts, their formula
    """
    labels = np.arange(y_score.shape[1])
    if monotone and sample_weight is None:
        blocks = each_block(partial(best_cuts, formula_of=formula_of), y_true, y_score, labels)
        return in_gaps(y_score, *np.hstack(blocks))

    def best(positive, score, label):
        cuts = cuts_at_all_scores(positive, score, sample_weight)
        if monotone:
            cuts = cuts.of_positives()
        return cuts.neighbours(_last_argmax(formula_of(label)(*cuts.counts())))

    return between(*np.array(each_label(best, y_true, y_score, labels), y_score.dtype).T)


def sum_of_gains(y_true, y_score, gains):
    """Thresholds that maximise the sum over rows of the gains of predicting each cell. Exact.

    gains : functions of the (n_samples,) labels, one for each label
    """

    def best(positive, score, gain):
        # A row's gain counts as a positive weight of any sign; the cuts do not care.
        cuts = cuts_at_all_scores(np.ones(len(score), bool), score, gain(positive))
        return cuts.neighbours(_last_argmax(cuts.tps))

    return between(*np.array(each_label(best, y_true, y_score, gains), y_score.dtype).T)


def _last_argmax(values):
    return len(values) - 1 - np.argmax(values[::-1])
