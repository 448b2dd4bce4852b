"""The exact threshold of each label, without sorting all its scores.

    a range of scores -> the samples in it, sorted -> cuts at its positives -> the best of them

For a rare label the range is its highest scores: a few for each positive sample. One bound decides
whether a lower threshold could be better: it would predict all negatives of the range, and at most
all positives. For other labels a histogram bounds the range.

Shapes: y_true, y_score (n_samples, n_labels), sample_weight (n_samples,), (n_samples,
n_labels) or None; positive, score
(n_labels, n_samples) of a block of labels.
"""

from functools import partial
from typing import NamedTuple

import numpy as np

from ..core import count_true, each_block, each_label, weight_of_label
from ._cuts import (
    SIZES,
    LabelCuts,
    between,
    cuts_at_all_scores,
    fraction_of_highest,
    in_gaps,
    lowest_of_highest,
    may_reach,
)
from ._histogram import Histogram

LABELS_PER_TRIAL = 16  # labels for each one that shows whether the highest scores are enough
MIN_PROVEN = 0.5  # fraction of the rare labels for which they must be enough


def label_by_label(objective, y_true, y_score, sample_weight):
    """Thresholds that maximise the formula of each label, hence any average of them. Exact.

    Among equally good thresholds the highest is taken: it predicts the fewest samples.
    """
    if objective._is_monotone and sample_weight is None:
        below, above = _best_gaps_of_all(objective, y_true, y_score)
        return in_gaps(y_score, below, above)

    def best_gap(positive, score, label):
        cuts = cuts_at_all_scores(positive, score, weight_of_label(sample_weight, label))
        if objective._is_monotone:
            cuts = cuts.of_positives()
        values = objective._for_labels(label).formula(*cuts.counts())
        return cuts.neighbours(np.argmax(values))

    labels = range(y_score.shape[1])
    gaps = np.array(each_label(best_gap, y_true, y_score, labels), y_score.dtype)
    return between(gaps[:, 0], gaps[:, 1])


def _best_gaps_of_all(objective, y_true, y_score):
    """Gaps of all labels, as by ``best_gaps``."""
    label = np.arange(y_score.shape[1])
    n_first = -(-len(label) // LABELS_PER_TRIAL)
    all_gaps, sizes = [], SIZES
    for labels in (slice(n_first), slice(n_first, len(label))):
        if labels.start == labels.stop:
            break
        search = partial(best_gaps, objective, sizes=sizes)
        blocks = each_block(search, y_true[:, labels], y_score[:, labels], label[labels])
        gaps, proven = zip(*blocks, strict=True)
        all_gaps += gaps
        # Where classes overlap, the highest scores prove nothing, and looking at them is a detour.
        proven = np.concatenate(proven)
        if np.count_nonzero(proven) < MIN_PROVEN * len(proven):
            sizes = SIZES._replace(max_fraction=0)
    return np.hstack(all_gaps)


def sum_of_gains(y_true, y_score, gains):
    """Thresholds that maximise the summed gains of the predicted cells. Exact.

    gains : functions from the (n_samples,) labels to the gain of predicting each sample, one for
    each label
    """

    def best_gap(positive, score, gain):
        # The gains take the place of the weights of positive samples, whatever their sign.
        cuts = cuts_at_all_scores(np.ones(len(score), bool), score, gain(positive))
        return cuts.neighbours(np.argmax(cuts.tps))

    gaps = np.array(each_label(best_gap, y_true, y_score, gains), y_score.dtype)
    return between(gaps[:, 0], gaps[:, 1])


class LabelFormulas(NamedTuple):
    """The formula of each label of a block, as a function of (tp, fp).

    label : (n_labels,) int, index among all labels; n_pos, n_neg : (n_labels,)
    """

    objective: object
    label: np.ndarray
    n_pos: np.ndarray
    n_neg: np.ndarray

    def take(self, index):
        """The formulas of some labels of the block."""
        return self._replace(
            label=self.label[index], n_pos=self.n_pos[index], n_neg=self.n_neg[index]
        )

    def at(self, index):
        """Function of arrays (tp, fp) that belong to the labels at ``index``, an int array."""
        objective = self.objective._for_labels(self.label[index])
        n_pos, n_neg = self.n_pos[index].astype(float), self.n_neg[index].astype(float)

        def value(tps, fps):
            tps, fps = np.asarray(tps, float), np.asarray(fps, float)
            return objective.formula(tps, fps, n_pos - tps, n_neg - fps)

        return value

    def of_all(self):
        """Function of arrays (tp, fp) of shape (n_labels, n_cuts)."""
        return self.at(np.arange(len(self.label))[:, np.newaxis])


def best_gaps(objective, positive, score, label, sizes=SIZES):
    """(gaps, proven): the best threshold of each label, by the two scores that it lies between.

    gaps : (2, n_labels) lower and upper score. Where it is best to predict nothing, the upper one
        is +inf and the lower one any score. A lower one that is not known is NaN.
    proven : (n_rare,) whether the highest scores of a rare label were enough

    The objective must be monotone.

    label : (n_labels,) int, index among all labels
    """
    n_pos = count_true(positive.T)
    formulas = LabelFormulas(objective, label, n_pos, positive.shape[1] - n_pos)
    is_rare = fraction_of_highest(n_pos, positive.shape[1], sizes) < sizes.max_fraction
    if not is_rare.any():
        return _best_in_range(positive, score, formulas, sizes), is_rare[is_rare]
    gaps, is_proven = _best_of_highest(positive, score, formulas, is_rare, sizes)
    left = np.flatnonzero(~is_proven)
    if len(left):
        gaps[:, left] = _best_in_range(positive[left], score[left], formulas.take(left), sizes)
    return gaps, is_proven[is_rare]


def _best_of_highest(positive, score, formulas, is_rare, sizes):
    """(gaps, is_proven): the best cuts among the highest scores; whether they beat all others."""
    low = np.where(is_rare, lowest_of_highest(score, formulas.n_pos, sizes), np.inf)
    cuts = LabelCuts.within(positive, score, low, np.full(len(low), np.inf), sizes)
    gaps, best = _best_gaps_of(cuts, formulas)
    # A lower threshold predicts all these negatives, and at most all positives.
    upper_bound = formulas.of_all()(formulas.n_pos[:, np.newaxis], cuts.n_neg_within[:, np.newaxis])
    return gaps, ~may_reach(upper_bound[:, 0], best)


def _best_in_range(positive, score, formulas, sizes):
    """Gaps of the best cuts, in the range that the histogram leaves."""
    low, high = Histogram.of(positive, score, sizes).range_of_best([formulas.of_all()])
    cuts = LabelCuts.within(positive, score, low, high, sizes)
    return _best_gaps_of(cuts, formulas)[0]


def _best_gaps_of(cuts, formulas):
    """(gaps, value) of the best cut of each label, or of predicting nothing."""
    nothing = np.zeros((len(formulas.label), 1))
    best = formulas.of_all()(nothing, nothing)[:, 0]
    values = formulas.at(cuts.label)(cuts.tps, cuts.fps)
    cut = cuts.best(values)
    cut = cut[values[cut] > best[cuts.label[cut]]]

    label = cuts.label[cut]
    best[label] = values[cut]
    gaps = np.full((2, len(best)), [[-np.inf], [np.inf]])
    gaps[0, label], gaps[1, label] = cuts.neighbours(cut)
    return gaps, best
