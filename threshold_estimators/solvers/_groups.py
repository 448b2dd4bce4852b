"""Exact thresholds from counts of groups of scores, where samples are too many or not at hand.

A group holds samples of one label whose scores no threshold divides: a bin of a stream of scores,
or equal scores of a sparse matrix. Samples without a score belong to no group and are never
predicted.

The groups of many labels are one array, label after label, from the highest score of a label down.
Cut k of a label predicts its first k groups. All cuts of a block of labels are evaluated at once.
"""

from itertools import pairwise
from typing import NamedTuple, Self

import numpy as np

from ._cuts import ROUNDING, between
from ._global import WeightedSum
from ._micro import Hulls, SummedFormula, best_vertex, is_vertex

GROUPS_AT_ONCE = 2**18  # few enough that their arrays are small beside the input


class ScoreGroups(NamedTuple):
    """Groups of scores of a block of labels, label after label, from the highest score down.

    label : (n_groups,) int, index in the block
    pos, neg : (n_groups,) weight of the positive and of the negative samples, not both zero
    low, high : (n_groups,) lowest and highest score
    n_pos, n_neg : (n_labels,) weight of all samples, with and without a score
    is_complete : whether all samples have a score, so that a threshold may predict all of them
    """

    label: np.ndarray
    pos: np.ndarray
    neg: np.ndarray
    low: np.ndarray
    high: np.ndarray
    n_pos: np.ndarray
    n_neg: np.ndarray
    is_complete: bool

    @property
    def n_labels(self):
        """Number of labels."""
        return len(self.n_pos)

    def cuts(self) -> "GroupCuts":
        """All cuts. The first one of each label predicts nothing."""
        first = np.searchsorted(self.label, np.arange(self.n_labels))
        label = np.insert(self.label, first, np.arange(self.n_labels))
        is_last = np.append(label[1:] != label[:-1], True)[: len(label)]

        # A threshold lies between the lowest predicted score and the highest of the next group.
        above = np.insert(self.low, first, np.inf)
        below = np.append(np.insert(self.high, first, np.inf)[1:], np.inf).astype(above.dtype)
        # Below the last group lies nothing, or there are samples without a score.
        below[is_last] = -np.inf if self.is_complete else above[is_last]

        tps = _sums_within_labels(label, np.insert(self.pos, first, 0.0), self.n_pos)
        fps = _sums_within_labels(label, np.insert(self.neg, first, 0.0), self.n_neg)
        return GroupCuts(label, tps, fps, below, above)

    @classmethod
    def concatenate(cls, blocks) -> Self:
        """The groups of consecutive blocks of labels as one block."""
        blocks = list(blocks)
        n_before = np.cumsum([0, *(groups.n_labels for groups in blocks[:-1])])
        blocks = [
            groups._replace(label=groups.label + n)
            for groups, n in zip(blocks, n_before, strict=True)
        ]
        *arrays, is_complete = zip(*blocks, strict=True)
        return cls._make([*map(np.concatenate, arrays), is_complete[0]])

    def of_labels(self, labels) -> Self:
        """The groups of some labels, (n,) ascending."""
        place = np.full(self.n_labels, -1)
        place[labels] = np.arange(len(labels))
        label = place[self.label]
        kept = np.flatnonzero(label >= 0)
        return self._replace(
            label=label[kept],
            pos=self.pos[kept],
            neg=self.neg[kept],
            low=self.low[kept],
            high=self.high[kept],
            n_pos=self.n_pos[labels],
            n_neg=self.n_neg[labels],
        )

    def coarser(self, max_groups) -> Self:
        """At most so many groups of each label: the highest half as they are, others joined."""
        n_groups = np.bincount(self.label, minlength=self.n_labels)
        if not len(n_groups) or n_groups.max() <= max_groups:
            return self
        first = np.searchsorted(self.label, np.arange(self.n_labels))
        rank = np.arange(len(self.label)) - first[self.label]
        kept = max_groups // 2
        n_joined = -(-np.maximum(n_groups - kept, 1) // kept)
        joined = np.where(rank < kept, rank, kept + (rank - kept) // n_joined[self.label])
        starts = np.append(True, (np.diff(joined) != 0) | (np.diff(self.label) != 0))
        starts = np.flatnonzero(starts[: len(joined)])
        last = np.append(starts[1:], len(joined)) - 1
        pos, neg = (np.add.reduceat(values, starts) for values in (self.pos, self.neg))
        return self._replace(
            label=self.label[starts], pos=pos, neg=neg, low=self.low[last], high=self.high[starts]
        )

    def undivided(self, thresholds):
        """Thresholds of the labels, moved up to the next gap where they divide a group."""
        threshold = thresholds[self.label]
        divided = np.flatnonzero((self.low < threshold) & (threshold <= self.high))
        label = self.label[divided]
        gap_ends = np.append(self.low, np.inf)[divided - 1]
        is_highest = (divided == 0) | (self.label[divided - 1] != label)
        moved = thresholds.copy()
        moved[label] = between(self.high[divided], np.where(is_highest, np.inf, gap_ends))
        return moved

    def counts_at(self, thresholds):
        """(tp, fp, fn, tn) at thresholds of the labels, or at one of all labels: (4, n_labels)."""
        is_predicted = self.low >= np.broadcast_to(thresholds, self.n_labels)[self.label]
        tp = self._sums_of(is_predicted, self.pos, self.n_pos)
        fp = self._sums_of(is_predicted, self.neg, self.n_neg)
        return np.array(_all_counts(tp, fp, self.n_pos, self.n_neg))

    def _sums_of(self, is_predicted, weight, total):
        """(n_labels,) sums of the weights of predicted groups."""
        sums = np.bincount(self.label[is_predicted], weight[is_predicted], self.n_labels)
        is_left = ~is_predicted & (weight > 0)
        n_left = np.bincount(self.label[is_left], minlength=self.n_labels)
        return _without_rest(sums, total, n_left)


class GroupCuts(NamedTuple):
    """Cuts of a block of labels, label after label, from the highest down.

    label, tps, fps : (n_cuts,)
    below, above : (n_cuts,) neighbouring scores with the cut in between
    """

    label: np.ndarray
    tps: np.ndarray
    fps: np.ndarray
    below: np.ndarray
    above: np.ndarray

    def take(self, index) -> Self:
        """Some of the cuts."""
        return type(self)(*(field[index] for field in self))

    def best(self, values):
        """(n_labels,) index of each label's best cut; the first one predicts the fewest samples."""
        first = np.flatnonzero(np.diff(self.label, prepend=-1))
        best = np.flatnonzero(values == np.maximum.reduceat(values, first)[self.label])
        return best[np.diff(self.label[best], prepend=-1) != 0]


class Solved(NamedTuple):
    """Thresholds of all labels, and what they count.

    thresholds : (n_labels,); counts : (4, n_labels) tp, fp, fn, tn
    """

    thresholds: np.ndarray
    counts: np.ndarray

    @classmethod
    def of_cuts(cls, cuts, n_pos, n_neg) -> Self:
        """One cut of each label."""
        counts = np.array(_all_counts(cuts.tps, cuts.fps, n_pos, n_neg))
        return cls(between(cuts.below, cuts.above), counts)

    @classmethod
    def concatenate(cls, parts) -> Self:
        """Those of consecutive blocks of labels."""
        return cls(*(np.concatenate(fields, axis=-1) for fields in zip(*parts, strict=True)))


def blocks_of_labels(starts):
    """Slices of labels that together have about ``GROUPS_AT_ONCE`` groups, at least one each.

    starts : (n_labels + 1,) position of each label's first group, and the number of groups
    """
    edges = [0]
    while edges[-1] < len(starts) - 1:
        end = np.searchsorted(starts, starts[edges[-1]] + GROUPS_AT_ONCE, side="right") - 1
        edges.append(max(int(end), edges[-1] + 1))
    return [slice(start, end) for start, end in pairwise(edges)]


def _sums_within_labels(label, values, totals):
    """Cumulated sums that start anew with each label, whose first value is 0."""
    first = np.flatnonzero(np.diff(label, prepend=-1))
    size = np.diff(first, append=len(label))
    sums = np.cumsum(values)
    n_done = np.cumsum(values > 0)
    n_left = np.repeat(n_done[first + size - 1], size) - n_done
    return _without_rest(sums - np.repeat(sums[first], size), totals[label], n_left)


def _without_rest(sums, totals, n_left):
    """Sums of weights, which are their totals where nothing is left but a rounding error.

    Of a measure such as tn / (tn + fn), a rest of 1e-16 in place of 0 would make 1.
    """
    is_rest = (n_left == 0) & (totals - sums <= ROUNDING * totals)
    return np.where(is_rest, totals, np.minimum(sums, totals))


def labels_of_groups(objective, blocks):
    """Solved for the formula of each label, hence any average of them. Exact.

    blocks : iterable of ScoreGroups; together they hold all labels, in order
    """
    solved, n_done = [], 0
    for groups in blocks:
        cuts = groups.cuts()
        totals = groups.n_pos[cuts.label], groups.n_neg[cuts.label]
        of_cuts = objective._for_labels(n_done + cuts.label)
        best = cuts.best(of_cuts.formula(*_all_counts(cuts.tps, cuts.fps, *totals)))
        solved.append(Solved.of_cuts(cuts.take(best), groups.n_pos, groups.n_neg))
        n_done += groups.n_labels
    return Solved.concatenate(solved)


def summed_counts_of_groups(objective, blocks):
    """Solved for the best vertex of the sum of the labels' ROC hulls, as in ``summed_counts``."""
    hulls, totals = [], []
    for groups in blocks:
        cuts = groups.cuts()
        # A vertex has a positive sample as its lowest, but for the one that predicts nothing.
        is_first = np.diff(cuts.label, prepend=-1) != 0
        cuts = cuts.take(is_first | (np.diff(cuts.tps, prepend=0.0) > 0))
        cuts = cuts.take(is_vertex(cuts.label, cuts.tps, cuts.fps))
        hulls.append(Hulls._make(cuts))
        totals.append((groups.n_pos, groups.n_neg))
    n_pos, n_neg = np.concatenate(totals, axis=1)
    summed = SummedFormula(objective, n_pos.sum(), n_neg.sum(), None)
    vertex = best_vertex(Hulls.concatenate(hulls), summed.value)
    return Solved.of_cuts(vertex, n_pos, n_neg)


def one_threshold_of_groups(objective, blocks, label_weight):
    """Solved for one threshold of all labels with the largest weighted sum of formulas. Exact.

    label_weight : (n_labels,), or None for one formula of the summed counts
    """
    blocks = list(blocks)
    steps = steps_of_one_threshold(objective, blocks, label_weight)
    best = steps.best()
    above = steps.low.dtype.type(np.inf) if best == 0 else steps.low[best - 1]
    if best < len(steps.low):
        below = steps.highest_left[best]
    else:
        below = above.dtype.type(-np.inf) if blocks[0].is_complete else above
    threshold = between(np.array([below]), np.array([above]))[0]
    counts = np.concatenate([groups.counts_at(threshold) for groups in blocks], axis=1)
    return Solved(np.full(counts.shape[1], threshold), counts)


class Steps(NamedTuple):
    """What one threshold for all labels reaches as it passes the groups, from the highest down.

    low : (n_groups,) lowest score of each group, descending
    highest_left : (n_groups,) highest score of the group and of those after it
    values : (n_groups + 1,) value where so many groups are predicted
    """

    low: np.ndarray
    highest_left: np.ndarray
    values: np.ndarray

    def is_gap(self):
        """(n_groups,) bool, whether a threshold fits below a group without dividing another."""
        return np.append(self.highest_left[1:] < self.low[:-1], True)[: len(self.low)]

    def best(self):
        """Number of groups that the best threshold predicts."""
        candidates = np.append(0, 1 + np.flatnonzero(self.is_gap()))
        return candidates[np.argmax(self.values[candidates])]


def steps_of_one_threshold(objective, blocks, label_weight):
    """Steps of the weighted sum of formulas, as for ``one_threshold_of_groups``.

    blocks : list
    """
    n_pos = np.concatenate([groups.n_pos for groups in blocks])
    n_neg = np.concatenate([groups.n_neg for groups in blocks])
    goal = WeightedSum(objective, label_weight, n_pos, n_neg)
    low = np.concatenate([groups.low for groups in blocks])
    order = np.argsort(-low, kind="stable")
    high = np.concatenate([groups.high for groups in blocks])[order]
    # A threshold divides no group of any label, so groups that overlap are passed together.
    highest_left = np.maximum.accumulate(high[::-1])[::-1]
    if label_weight is None:
        pos = np.concatenate([groups.pos for groups in blocks])[order]
        neg = np.concatenate([groups.neg for groups in blocks])[order]
        label = np.zeros(1 + len(order), int)
        totals = np.array([n_pos.sum()]), np.array([n_neg.sum()])
        tps = _sums_within_labels(label, np.append(0.0, pos), totals[0])
        fps = _sums_within_labels(label, np.append(0.0, neg), totals[1])
        values = goal.term(None, _all_counts(tps, fps, *totals))
    else:
        start, changes = _changes(goal, blocks)
        values = start + np.append(0.0, np.cumsum(changes[order]))
    return Steps(low[order], highest_left, values)


def _all_counts(tps, fps, n_pos, n_neg):
    """(tps, fps, fns, tns)."""
    return tps, fps, n_pos - tps, n_neg - fps


def _changes(goal, blocks):
    """(sum where nothing is predicted, change of the sum by each group)."""
    start, changes, n_done = 0.0, [], 0
    for groups in blocks:
        cuts = groups.cuts()
        totals = groups.n_pos[cuts.label], groups.n_neg[cuts.label]
        values = goal.term(n_done + cuts.label, _all_counts(cuts.tps, cuts.fps, *totals))
        is_first = np.diff(cuts.label, prepend=-1) != 0
        start += values[is_first].sum()
        changes.append(np.diff(values, prepend=0.0)[~is_first])
        n_done += groups.n_labels
    return start, np.concatenate(changes)
