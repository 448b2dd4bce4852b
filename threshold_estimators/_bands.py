"""The band of scores in which a label is better left undecided.

A band is (lower, upper): from the upper cut on a row gets the label, below the lower one it does not, in between it is
left undecided. Equal scores are decided alike.
"""

import numpy as np

from ._cuts import between

YES, NO, UNDECIDED = 1, 0, -1


def best_band(y_score, cost_of_no, cost_of_yes, cost_of_abstaining):
    """(lower, upper) cut of least total cost over all pairs of cuts. Exact, in the time that sorting takes.

    With sums from the lowest score up, a pair (i, j) of cuts costs NO[i] + ABSTAIN[j] - ABSTAIN[i] + YES[n] - YES[j]:
    a term of i and a term of j, so that for each j the best i up to it is a running minimum.

    y_score, cost_of_no, cost_of_yes, cost_of_abstaining : (n_samples,) float
    """
    order = np.argsort(y_score)
    ordered = y_score[order]
    first = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    edges = np.append(first, len(ordered))
    no, yes, abstain = (
        np.append(0.0, np.cumsum(cost[order]))[edges] for cost in (cost_of_no, cost_of_yes, cost_of_abstaining)
    )
    below, above = no - abstain, abstain - yes
    rounding = 1e-12 * sum(np.abs(cost).sum() for cost in (cost_of_no, cost_of_yes, cost_of_abstaining))
    # Of equals the highest upper cut, as elsewhere, and the narrowest band below it.
    j = _last_of_least(np.minimum.accumulate(below) + above, rounding)
    i = _last_of_least(below[: j + 1], rounding)
    scores = np.r_[-np.inf, ordered[first], np.inf].astype(y_score.dtype)
    return between(scores[[i, j]], scores[[i + 1, j + 1]])


def _last_of_least(values, rounding):
    return np.flatnonzero(values <= values.min() + rounding)[-1]


def decide_outside(y_score, bands):
    """Decisions of shape (n_samples, n_labels): YES, NO, or UNDECIDED within the band of the label.

    bands : (2, n_labels)
    """
    lower, upper = bands
    return np.where(y_score >= upper, YES, np.where(y_score < lower, NO, UNDECIDED))
