"""The one cut for all labels that maximises a weighted sum of formulas, of the counts of each label or of all together.

Counts at a few scores bound the sum between them, if no formula falls with tp nor rises with fp. So the range of the
best cut is narrowed until few cells are left in it. From the highest of these down each changes the counts of few
labels, and the sum is cumulated from these changes.

Shapes: y_true (n_samples, n_labels) bool, y_score (n_samples, n_labels) float, sample_weight (n_samples,) or None.
"""

from typing import NamedTuple

import numpy as np

from ..core import class_weights, confusion_counts, each_label
from ._cuts import between, cuts_at_all_scores, highest_below, may_reach, positions

N_EDGES = 128  # scores at which counts are taken at a time
SAMPLED_CELLS = 2**16  # among which these are chosen
CELLS_LEFT = 1  # times n_samples, that are few enough to be sorted
MOST_PASSES = 4


class Goal(NamedTuple):
    """What one cut is to maximise: the weighted sum of some formulas.

    formulas, weight : one for each label, or a single one of the counts of all labels together
    n_pos, n_neg : (n_labels,) total counts
    """

    formulas: list
    weight: np.ndarray
    n_pos: np.ndarray
    n_neg: np.ndarray

    @property
    def is_pooled(self):
        """Whether the formula is one of the counts of all labels together."""
        return len(self.formulas) == 1

    def pooled(self):
        """The same for all labels as a single one."""
        return self._replace(
            n_pos=self.n_pos.sum(keepdims=True), n_neg=self.n_neg.sum(keepdims=True)
        )

    def term(self, one, tps, fps):
        """What a formula adds to the sum at some cuts; weights do not add up to the last digit."""
        fns, tns = np.maximum(self.n_pos[one] - tps, 0), np.maximum(self.n_neg[one] - fps, 0)
        return self.weight[one] * self.formulas[one](tps, fps, fns, tns)

    def sums(self, tps, fps):
        """The sum at some cuts; both (n_labels, n_cuts)."""
        if self.is_pooled:
            return self.pooled().term(0, tps.sum(axis=0), fps.sum(axis=0))
        return sum(
            self.term(label, *counts) for label, counts in enumerate(zip(tps, fps, strict=True))
        )


def one_cut(y_true, y_score, sample_weight, formulas, label_weight, monotone):
    """The threshold for all labels that maximises a weighted sum of formulas, the highest among equals. Exact.

    formulas, label_weight : one for each label, or a single one of the counts of all labels together
    """
    goal = Goal(formulas, label_weight, *class_weights(y_true, sample_weight))
    low, high = -np.inf, np.inf
    sample = np.sort(y_score[:: -(-y_score.size // SAMPLED_CELLS)], axis=None)
    for _ in range(MOST_PASSES if monotone else 0):
        inside = sample[sample.searchsorted(low) : sample.searchsorted(high)]
        if len(inside) * y_score.shape[1] <= CELLS_LEFT * len(sample):
            break
        edges = np.unique(
            np.append(inside[:: -(-len(inside) // N_EDGES)], [low, high, np.inf])
        ).astype(y_score.dtype)
        low, high = _narrowed(y_true, y_score, sample_weight, goal, edges, low, high)
    return _best_within(y_true, y_score, sample_weight, goal, low, high)


def _narrowed(y_true, y_score, sample_weight, goal, edges, low, high):
    """The range from low up to high without the scores, at its ends, that counts at some edges exclude."""

    def counts(positive, score):
        """(tp, fp) at each edge; those above the range may be taken for its upper end"""
        chosen = positions(positive)
        if sample_weight is None:
            n_let, tps = (
                _numbers_let_through(part, edges, low, high) for part in (score, score.take(chosen))
            )
            return tps, n_let - tps
        place = edges.searchsorted(score, side="right")
        total = np.bincount(place, sample_weight, len(edges) + 1)
        pos = np.bincount(place.take(chosen), sample_weight.take(chosen), len(edges) + 1)
        return np.cumsum([pos[::-1], (total - pos)[::-1]], axis=1)[:, -2::-1]

    tps, fps = np.array(each_label(counts, y_true, y_score), float).swapaxes(0, 1)
    # From each edge up to the next, and from the last, which is infinite, there is no better cut than:
    possible = goal.sums(tps, np.append(fps[:, 1:], fps[:, -1:], axis=1))
    is_open = may_reach(possible, goal.sums(tps, fps).max()) & ((edges < high) | np.isposinf(high))
    first, last = np.flatnonzero(is_open)[[0, -1]]
    return edges[first], np.append(edges, np.inf)[last + 1]


def _numbers_let_through(scores, edges, low, high):
    """Number of scores from each edge on; those above the range may be taken for its upper end."""
    below, not_above = scores < low, scores < high
    within = np.sort(scores.take(positions(below ^ not_above)))
    return len(scores) - np.count_nonzero(below) - within.searchsorted(edges)


def _best_within(y_true, y_score, sample_weight, goal, low, high):
    """The best threshold, given that its cut is from low up to high, or lets nothing through if that is infinite."""

    def cells(positive, score):
        """(positive, score, weight) of the rows within, (tp, fp) of those above"""
        inside, above = positions((score >= low) & (score < high)), score >= high
        weight = None if sample_weight is None else sample_weight[inside]
        (tp,), (fp,), *_ = confusion_counts(
            positive[:, np.newaxis], above[:, np.newaxis], sample_weight
        )
        return positive.take(inside), score.take(inside), weight, (tp, fp)

    parts = each_label(cells, y_true, y_score)
    if goal.is_pooled:
        parts, goal = [_joined(parts)], goal.pooled()
    cuts, values = _sum_of_steps([_steps(goal, label, *part) for label, part in enumerate(parts)])
    best = np.argmax(values)
    if best + 1 < len(cuts):
        return between(cuts[[best + 1]], cuts[[best]])[0]
    below = max(each_label(lambda _, score: highest_below(score, cuts[best]), y_true, y_score))
    return between(np.array([below], cuts.dtype), cuts[[best]])[0]


def _steps(goal, label, positive, score, weight, above):
    """(scores, values) of the cuts of a label, from the highest down; the first, inf, lets nothing through."""
    cuts = cuts_at_all_scores(positive, score, weight)
    return cuts.scores[::-1], goal.term(label, cuts.tps + above[0], cuts.fps + above[1])[::-1]


def _sum_of_steps(steps):
    """The same of the sum of the labels' values."""
    if len(steps) == 1:
        return steps[0]
    scores, changes = (
        np.concatenate(part) for part in zip(*((s[1:], np.diff(v)) for s, v in steps), strict=True)
    )
    order = np.argsort(-scores)
    scores, start = scores[order], sum(values[0] for _, values in steps)
    last = np.flatnonzero(np.append(scores[1:] != scores[:-1], True)[: len(scores)])
    values = start + np.cumsum(changes[order])[last]
    return np.append(scores.dtype.type(np.inf), scores[last]), np.append(start, values)


def _joined(parts):
    """Cells of all labels as those of one."""
    positive, score, weight, above = zip(*parts, strict=True)
    weight = None if weight[0] is None else np.concatenate(weight)
    return np.concatenate(positive), np.concatenate(score), weight, np.sum(above, axis=0)
