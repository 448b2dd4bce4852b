"""From scores and a formula of the confusion counts to the thresholds that maximise it.

A formula maps arrays (tp, fp, fn, tn) to an array of values, larger is better. Solvers know nothing of which formula it
is, so a new objective needs no new solver. Among equally good cuts the highest wins: fewest labels are predicted.

Shapes: y_true (n_samples, n_labels) bool, y_score (n_samples, n_labels) float, sample_weight (n_samples,) or None.
"""

import numpy as np

from ._cuts import between

# What the search for an unknown metric may cost: calls of the metric for each label in a sweep, and sweeps.
N_QUANTILES = 24
MAX_SWEEPS = 3


def coordinate_search(y_true, y_score, value, starts):
    """Best thresholds found by moving one at a time to the best of a few quantiles of its scores, until none moves.

    value : maps (n_samples, n_labels) bool decisions to a float; starts : list of (n_labels,) thresholds
    """
    cuts = [
        candidates(positive, score) for positive, score in zip(y_true.T, y_score.T, strict=True)
    ]
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
