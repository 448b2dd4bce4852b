"""The band of scores in which a label is better left undecided.

A band is a pair of thresholds (lower, upper). Samples with a score of at least ``upper`` get the
label, those below ``lower`` do not, and the others are left undecided.
"""

from typing import NamedTuple

import numpy as np

from ._cuts import between
from ._floors import design_effects, promised_fraction

ROUNDING = 1e-9  # rounding error of a sum of weights


class Floors(NamedTuple):
    """Least fraction of correct decisions among the samples decided as 0 and as 1; 0 for no floor.

    no, yes : float; y_true : (n_samples,) bool
    weight : (n_samples,) float, number of samples that each one represents
    confidence : float, that a floor holds on new samples; None: as if one more decision were wrong
    cluster : (n_samples,) int, equal for those that depend on each other, or None
    """

    no: float
    yes: float
    y_true: np.ndarray
    weight: np.ndarray
    confidence: float | None = None
    cluster: np.ndarray | None = None

    def allowed(self, order, edges):
        """Whether the floors of 0 and of 1 hold at each cut: two arrays (n_cuts,).

        order : (n_samples,) from the lowest score up; edges : (n_cuts,) number of samples below
        """
        descending, above = order[::-1], len(order) - edges[::-1]
        positive, negative = self.weight * self.y_true, self.weight * ~self.y_true
        holds_no = self._holds(self.no, negative[order], positive[order], order, edges)
        holds_yes = self._holds(
            self.yes, positive[descending], negative[descending], descending, above
        )
        return holds_no, holds_yes[::-1]

    def _holds(self, floor, right, wrong, order, n_decided):
        """Whether a floor holds if the first ``n_decided`` samples are decided, (n_cuts,)."""
        n_right, n_wrong = (np.append(0.0, np.cumsum(part))[n_decided] for part in (right, wrong))
        if floor == 0 or self.confidence is None:
            return _holds(n_wrong, n_right, floor)
        effect = np.ones(len(n_decided))
        if self.cluster is not None:
            effect = np.append(1.0, design_effects(right, wrong, self.cluster[order]))[n_decided]
        holds = promised_fraction(floor, n_right, n_wrong, effect, 1 - self.confidence)
        return holds | (n_decided == 0)


def best_band(y_score, cost_of_no, cost_of_yes, cost_of_abstaining, floors=None):
    """(lower, upper) thresholds of least total cost that respect the floors. Exact.

    With sums from the lowest score up, a pair of cuts (i, j) costs
    no[i] + abstain[j] - abstain[i] + yes[n] - yes[j], which is a term of i plus a term of j. For
    each j, the best i <= j is a running minimum. A floor excludes some i, or some j, by itself.

    y_score, cost_of_no, cost_of_yes, cost_of_abstaining : (n_samples,) float
    floors : Floors or None
    """
    order = np.argsort(y_score)
    ordered = y_score[order]
    # Equal scores are decided alike, so cuts lie between distinct scores.
    first = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    edges = np.append(first, len(ordered))

    def sums(values):
        return np.append(0.0, np.cumsum(values[order]))[edges]

    abstain = sums(cost_of_abstaining)
    lower_term = sums(cost_of_no) - abstain
    upper_term = abstain - sums(cost_of_yes)
    if floors is not None:
        allowed_lower, allowed_upper = floors.allowed(order, edges)
        lower_term[~allowed_lower] = np.inf
        upper_term[~allowed_upper] = np.inf

    # The widest band among equal ones: a decision has to gain something.
    costs = cost_of_no, cost_of_yes, cost_of_abstaining
    rounding = 1e-12 * sum(np.abs(cost).sum() for cost in costs)
    j = _least(np.minimum.accumulate(lower_term) + upper_term, rounding)[-1]
    i = _least(lower_term[: j + 1], rounding)[0]
    scores = np.concatenate([[-np.inf], ordered[first], [np.inf]]).astype(y_score.dtype)
    return between(scores[[i, j]], scores[[i + 1, j + 1]])


def _holds(n_wrong, n_right, floor):
    """Whether the floor holds even with one more error.

    The best of many cuts is optimistic: it makes fewer errors here than on new samples. The
    additional error corrects for that.
    """
    n_decided = n_wrong + n_right
    is_enough = n_wrong + 1 <= (1 - floor) * n_decided + ROUNDING
    return is_enough | (n_decided == 0) | (floor == 0)


def _least(values, rounding):
    """Indices of the smallest values."""
    return np.flatnonzero(values <= values.min() + rounding)
