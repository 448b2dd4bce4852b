"""From scores and a formula of the confusion counts to the thresholds that maximise it.

A formula maps arrays (tp, fp, fn, tn) to an array of values, larger is better. Solvers know nothing of which formula it
is, so a new objective needs no new solver. Among equally good cuts the highest wins: fewest labels are predicted.

Shapes: y_true (n_samples, n_labels) bool, y_score (n_samples, n_labels) float, sample_weight (n_samples,) or None.
"""

from functools import partial

import numpy as np

from ._cuts import between, cuts_at_all_scores, in_gaps
from ._labels import each_block, each_label
from ._narrowing import best_cuts

# What the search for an unknown metric may cost: calls of the metric for each label in a sweep, and sweeps.
N_QUANTILES = 24
MAX_SWEEPS = 3


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


def coordinate_search(y_true, y_score, value, starts):
    """Best thresholds found by moving one at a time to the best of a few quantiles of its scores, until none moves.

    value : maps (n_samples, n_labels) bool decisions to a float; starts : list of (n_labels,) thresholds
    """
    cuts = [candidates(positive, score) for positive, score in zip(y_true.T, y_score.T, strict=True)]
    thresholds = max(starts, key=lambda start: value(y_score >= start)).copy()
    y_pred = y_score >= thresholds
    best = value(y_pred)
    for _ in range(MAX_SWEEPS):
        before = best
        for label, score in enumerate(y_score.T):
            for candidate in cuts[label]:
                y_pred[:, label] = score >= candidate
                if (found := value(y_pred)) > best:
                    best, thresholds[label] = found, candidate
            y_pred[:, label] = score >= thresholds[label]
        if best == before:
            break
    return thresholds


def best_of_quantiles(y_true, y_score, value):
    """The best common threshold among quantiles of all scores, for any value of the decisions."""
    cuts = candidates(y_true.ravel(), y_score.ravel())
    return max(cuts, key=lambda cut: value(y_score >= cut))


def candidates(y_true, y_score):
    """Thresholds at quantiles of the positives' scores and of all, or all there are if few; "never" comes first."""
    distinct = np.unique(y_score)
    chosen = distinct
    if len(distinct) > N_QUANTILES:
        probability = np.linspace(0, 1, N_QUANTILES // 2)
        some = [scores for scores in (y_score, y_score[y_true]) if len(scores)]
        chosen = np.unique([np.quantile(scores, probability, method="nearest") for scores in some])
    below = np.append(-np.inf, distinct).astype(y_score.dtype)[np.searchsorted(distinct, chosen)]
    return np.append(between(below, chosen), np.inf).astype(y_score.dtype)[::-1]


def _last_argmax(values):
    return len(values) - 1 - np.argmax(values[::-1])
