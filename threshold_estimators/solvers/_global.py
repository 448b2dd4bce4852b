"""One threshold for all labels that maximises a weighted sum of formulas. Exact.

The sum is over labels, or it is one formula of the counts summed over labels ("micro").

Counts at a few thresholds bound the sum between them if no formula falls with tp nor rises with fp.
So the range of the best threshold is narrowed until few cells are left in it. From the highest of
these down each cell changes the counts of one label, and the sum is cumulated from these changes.

Shapes: y_true, y_score (n_samples, n_labels), sample_weight (n_samples,), (n_samples,
n_labels) or None; positive, score, weight (n_samples,) of one label.
"""

from functools import partial
from typing import NamedTuple

import numpy as np

from ..core import class_weights, confusion_counts, each_label, weights_of_labels
from ._cuts import ROUNDING, between, cuts_at_all_scores, highest_below, may_reach

N_EDGES = 128  # thresholds at which counts are taken in one pass
N_SAMPLED = 2**16  # cells among which these are chosen
MAX_PASSES = 4


class WeightedSum(NamedTuple):
    """What one threshold maximises: the weighted sum of the formulas of labels.

    label_weight : (n_labels,), or None for one formula of the counts summed over labels
    n_pos, n_neg : (n_labels,)
    """

    objective: object
    label_weight: np.ndarray | None
    n_pos: np.ndarray
    n_neg: np.ndarray

    def term(self, label, counts):
        """Contribution of one label to the sum, or with the summed counts of all the whole sum.

        counts : tps, fps, fns and tns, arrays of thresholds
        """
        if self.label_weight is None:
            return self.objective.formula(*counts)
        return self.label_weight[label] * self.objective._for_labels(label).formula(*counts)

    def bound(self, tps, fps, rounding):
        """The sum at counts that are better by ``rounding``, or worse if it is negative.

        Counts are moved and not the sum: near 0 a root makes large errors of small ones.
        """
        n_pos, n_neg = self.n_pos[:, np.newaxis], self.n_neg[:, np.newaxis]
        tps = np.clip(tps + rounding * n_pos, 0, n_pos)
        return self.sums(tps, np.clip(fps - rounding * n_neg, 0, n_neg))

    def sums(self, tps, fps):
        """The sum at some thresholds: (n_thresholds,), from counts (n_labels, n_thresholds)."""
        # Counts are clipped at 0: sums of weights carry rounding errors.
        fns = np.maximum(self.n_pos[:, np.newaxis] - tps, 0)
        tns = np.maximum(self.n_neg[:, np.newaxis] - fps, 0)
        counts = np.array([tps, fps, fns, tns])
        if self.label_weight is None:
            return self.term(None, counts.sum(axis=1))
        return sum(self.term(label, counts[:, label]) for label in range(len(tps)))


def one_threshold(
    objective,
    y_true,
    y_score,
    sample_weight,
    label_weight,
    *,
    n_edges=N_EDGES,
    n_sampled=N_SAMPLED,
    n_left=1,
):
    """The threshold for all labels with the largest sum, the highest among equals.

    label_weight : (n_labels,) weights of the labels' formulas, None for one formula of the counts
    summed over labels; n_left : cells left, in units of n_samples, that are few enough to sort
    """
    goal = WeightedSum(objective, label_weight, *class_weights(y_true, sample_weight))
    low, high = -np.inf, np.inf
    sample = np.sort(y_score[:: -(-y_score.size // n_sampled)], axis=None)
    for _ in range(MAX_PASSES if objective._is_monotone else 0):
        inside = sample[sample.searchsorted(low) : sample.searchsorted(high)]
        if len(inside) * y_score.shape[1] <= n_left * len(sample):
            break
        chosen = inside[:: -(-len(inside) // n_edges)]
        edges = np.unique(np.append(chosen, [low, high, np.inf])).astype(y_score.dtype)
        low, high = _narrowed(y_true, y_score, sample_weight, goal, edges, low, high)
    return _best_within(y_true, y_score, sample_weight, goal, low, high)


def _narrowed(y_true, y_score, sample_weight, goal, edges, low, high):
    """(low, high) without the scores at the ends of the range that counts at ``edges`` exclude."""

    def counts(positive, score, weight):
        """(tp, fp) at each edge. Counts above the range may be those at its upper end."""
        chosen = np.flatnonzero(positive)
        if weight is None:
            n_predicted = _numbers_from(score, edges, low, high)
            tps = _numbers_from(score.take(chosen), edges, low, high)
            return tps, n_predicted - tps
        place = edges.searchsorted(score, side="right")
        total = np.bincount(place, weight, len(edges) + 1)
        pos = np.bincount(place.take(chosen), weight.take(chosen), len(edges) + 1)
        return np.cumsum([pos[::-1], (total - pos)[::-1]], axis=1)[:, -2::-1]

    weights = weights_of_labels(sample_weight, y_score.shape[1])
    both = np.array(each_label(counts, y_true, y_score, weights), float)
    tps, fps = both[:, 0], both[:, 1]
    # No threshold from an edge up to the next has more tp than the edge, or fewer fp than the next.
    upper_bound = goal.bound(tps, np.append(fps[:, 1:], fps[:, -1:], axis=1), ROUNDING)
    is_open = may_reach(upper_bound, goal.bound(tps, fps, -ROUNDING).max())
    is_open &= (edges < high) | np.isposinf(high)
    first, last = np.flatnonzero(is_open)[[0, -1]]
    return edges[first], np.append(edges, np.inf)[last + 1]


def _numbers_from(scores, edges, low, high):
    """Number of scores from each edge on. Scores above the range count as its upper end."""
    below, not_above = scores < low, scores < high
    within = np.sort(scores[below ^ not_above])
    return len(scores) - np.count_nonzero(below) - within.searchsorted(edges)


def _best_within(y_true, y_score, sample_weight, goal, low, high):
    """The best threshold whose lowest predicted score lies from ``low`` to below ``high``.

    The threshold ``high`` is a candidate too; if it is infinite, it predicts nothing.
    """

    def cells(positive, score, weight):
        """(positive, score, weight) of the samples within the range, counts of those outside."""
        outside = [
            confusion_counts(positive[:, None], side[:, None], weight)[:2]
            for side in (score >= high, score < low)
        ]
        inside = np.flatnonzero((score >= low) & (score < high))
        weight = None if weight is None else weight[inside]
        return positive.take(inside), score.take(inside), weight, np.ravel(outside)

    weights = weights_of_labels(sample_weight, y_score.shape[1])
    parts = each_label(cells, y_true, y_score, weights)
    if goal.label_weight is None:
        parts = [_joined(parts)]
    steps = [_steps(goal, label, *cells_of_label) for label, cells_of_label in enumerate(parts)]
    scores, values = _sum_of_steps(steps)
    # Where no score of the range is predicted, those above it are.
    scores[0] = high
    best = np.argmax(values)
    if best + 1 < len(scores):
        below = scores[best + 1]
    else:
        below = max(each_label(partial(_highest_below, scores[best]), y_true, y_score, weights))
    return between(np.array([below], scores.dtype), scores[[best]])[0]


def _highest_below(above, positive, score, weight):
    """The highest score of a label below a given one, among samples with a weight."""
    return highest_below(score if weight is None else score[weight > 0], above)


def _steps(goal, label, positive, score, weight, outside):
    """(scores, values) of a label at its cuts; the first cut predicts none of these samples.

    outside : (4,) counts of the samples above and below
    """
    cuts = cuts_at_all_scores(positive, score, weight)
    # Sums of what is left rather than differences from the total, which have rounding errors.
    counts = np.array([cuts.tps, cuts.fps, cuts.tps[-1] - cuts.tps, cuts.fps[-1] - cuts.fps])
    return cuts.scores, goal.term(label, counts + outside[:, np.newaxis])


def _sum_of_steps(steps):
    """(scores, values) of the sum over labels of step functions of the threshold."""
    if len(steps) == 1:
        return steps[0]
    scores = np.concatenate([scores[1:] for scores, _ in steps])
    changes = np.concatenate([np.diff(values) for _, values in steps])
    start = sum(values[0] for _, values in steps)

    order = np.argsort(-scores)
    scores = scores[order]
    last_of_equals = np.flatnonzero(np.append(scores[1:] != scores[:-1], True)[: len(scores)])
    values = start + np.cumsum(changes[order])[last_of_equals]
    never = scores.dtype.type(np.inf)
    return np.append(never, scores[last_of_equals]), np.append(start, values)


def _joined(parts):
    """Cells of all labels as those of one label."""
    positive = np.concatenate([part[0] for part in parts])
    score = np.concatenate([part[1] for part in parts])
    is_weighted = parts[0][2] is not None
    weight = np.concatenate([part[2] for part in parts]) if is_weighted else None
    outside = np.sum([part[3] for part in parts], axis=0)
    return positive, score, weight, outside
