"""The band of scores in which a label is better left undecided.

A band is (lower, upper): from the upper cut on a row gets the label, below the lower one it does not, in between it is
left undecided. Equal scores are decided alike.
"""

from typing import NamedTuple

import numpy as np

from ._cuts import between

ROUNDING = 1e-9  # by how much a sum of weights may be off


class Floors(NamedTuple):
    """Wanted shares of right ones among the cells decided as 0 and among those decided as 1; 0 wants nothing.

    no, yes : float; y_true : (n_samples,) bool; weight : (n_samples,) number of rows that each stands for
    """

    no: float
    yes: float
    y_true: np.ndarray
    weight: np.ndarray


def best_band(y_score, cost_of_no, cost_of_yes, cost_of_abstaining, floors=None):
    """(lower, upper) cut of least total cost over all pairs of cuts that hold the floors. Exact, in the time of a sort.

    With sums from the lowest score up, a pair (i, j) of cuts costs NO[i] + ABSTAIN[j] - ABSTAIN[i] + YES[n] - YES[j]:
    a term of i and a term of j, so that for each j the best i up to it is a running minimum. A floor rules out some i,
    or some j, by itself.

    y_score, cost_of_no, cost_of_yes, cost_of_abstaining : (n_samples,) float; floors : Floors or None
    """
    order = np.argsort(y_score)
    ordered = y_score[order]
    first = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    edges = np.append(first, len(ordered))

    def sums(values):
        return np.append(0.0, np.cumsum(values[order]))[edges]

    no, yes, abstain = map(sums, (cost_of_no, cost_of_yes, cost_of_abstaining))
    below, above = no - abstain, abstain - yes
    if floors is not None:
        pos, neg = sums(floors.weight * floors.y_true), sums(floors.weight * ~floors.y_true)
        below = np.where(_holds(pos, neg, floors.no), below, np.inf)
        above = np.where(_holds(neg[-1] - neg, pos[-1] - pos, floors.yes), above, np.inf)
    rounding = 1e-12 * sum(
        np.abs(cost).sum() for cost in (cost_of_no, cost_of_yes, cost_of_abstaining)
    )
    # Of equals the widest band: what is decided gains something.
    j = _of_least(np.minimum.accumulate(below) + above, rounding)[-1]
    i = _of_least(below[: j + 1], rounding)[0]
    scores = np.r_[-np.inf, ordered[first], np.inf].astype(y_score.dtype)
    return between(scores[[i, j]], scores[[i + 1, j + 1]])


def _holds(wrong, right, floor):
    """Whether a side may decide so many cells: one more of them being wrong, enough would still be right.

    The best of many cuts has fewer wrong cells than it will have on new rows; the one more makes up for that.
    """
    decided = wrong + right
    return (wrong + 1 <= (1 - floor) * decided + ROUNDING) | (decided == 0) | (floor == 0)


def _of_least(values, rounding):
    return np.flatnonzero(values <= values.min() + rounding)
