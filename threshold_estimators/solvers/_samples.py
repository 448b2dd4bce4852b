"""Thresholds that maximise the mean, over samples, of a formula of each sample's confusion counts.

The state of a sample is its number of true and of false positives. Predicting a label changes the
state, so the value of a decision is a look-up in a table of states. Thresholds of labels are found
by coordinate ascent; one threshold for all labels is found exactly.

Shapes: y_true (n_samples, n_labels) bool, y_score (n_samples, n_labels) float, sample_weight
(n_samples,) or None, known (n_samples, n_labels) bool, or None where all labels are known. A cut is
the number of candidates at or above a threshold.
"""

from collections.abc import Callable
from functools import partial
from itertools import combinations, cycle
from math import fsum
from typing import NamedTuple

import numpy as np

from ..core import blocks, weight_of_samples
from ._cuts import between

TABLE_SIZE = 2**22  # the values of so many states fit a table
ROUNDING = 1e-11  # means that differ by no more are equal: sums carry rounding errors
GRID = 64  # cuts of a label that are combined with as many cuts of another label
EFFORT = 2**20  # steps up to which pairs of labels move and every start is followed
CHUNK = 2**17  # cells that are sorted at a time
N_BINS = 2**8  # bins of scores; only bins that can hold the best common threshold are sorted


class States(NamedTuple):
    """The states that each sample can take, numbered, and their values.

    empty : (n_samples,) int, state of a sample with nothing predicted; that with tp true and fp
        false positives is ``empty + tp * (1 + n_false) + fp``
    n_false : (n_samples,) int, of the known labels; value : callable of an int array of states
    weight : (n_samples,) float, sums to 1
    """

    empty: np.ndarray
    n_false: np.ndarray
    value: Callable
    weight: np.ndarray

    @classmethod
    def of(cls, y_true, known, sample_weight, formula, table):
        """States of samples, for a formula of (tp, fp, fn, tn)."""
        # Samples with equally many true and false labels share a block of states.
        n_labels = y_true.shape[1]
        n_known = n_labels if known is None else np.count_nonzero(known, axis=1)
        number = np.count_nonzero(y_true, axis=1) * (n_labels + 1) + n_known
        number, block = np.unique(number, return_inverse=True)
        n_true, n_known = np.divmod(number, n_labels + 1)
        n_false = n_known - n_true
        end = np.cumsum((1 + n_true) * (1 + n_false))
        first = np.append(0, end[:-1])

        def value(state):
            block = np.searchsorted(end, state, side="right")
            tp, fp = np.divmod(state - first[block], 1 + n_false[block])
            counts = tp, fp, n_true[block] - tp, n_false[block] - fp
            return formula(*[count.astype(float) for count in counts])

        # A table is faster than the formula, but many labels have too many states for it.
        if end[-1] <= table:
            value = value(np.arange(end[-1])).take
        weight = np.ones(len(y_true)) if sample_weight is None else sample_weight
        return cls(first[block], n_false[block], value, weight / weight.sum())


def thresholds_for_samples(
    y_true, y_score, sample_weight, formula, is_monotone, starts, effort=EFFORT, table=TABLE_SIZE
):
    """Thresholds with a large mean of the formula, found by coordinate ascent.

    The result is no worse than any start, than "always" and than "never", and no other threshold
    of a single label improves it. The best start is followed. Where the problem is small enough
    for ``effort``, every start is followed, and labels move in pairs too.

    starts : list of (n_labels,) thresholds
    """
    n_samples, n_labels = y_true.shape
    sample_weight, known = weight_of_samples(sample_weight)
    y_true = y_true if known is None else y_true & known
    states = States.of(y_true, known, sample_weight, formula, table)
    positive = np.ascontiguousarray(y_true.T)
    is_candidate = positive if is_monotone else _known_cells(known, positive.shape)
    never = np.full(n_labels, np.inf, y_score.dtype)
    rank, cuts = _rank_scores(y_score.T, is_candidate, np.array([*starts, never, -never]))

    # The best start comes first. Further starts are followed as far as the effort allows.
    starts = np.unique(cuts, axis=0)
    ascents = [_Ascent(positive, known, rank, states, start) for start in starts]
    ascents.sort(key=_Ascent.value, reverse=True)
    n_affordable = effort // ((n_samples + GRID**2) * n_labels**2)
    ascents = ascents[: 1 + n_affordable]
    for ascent in ascents:
        ascent.climb(labels_together=2 if n_affordable else 1)
    best = max(ascents, key=_Ascent.value)
    return _thresholds(y_score, (rank < best.cuts[:, np.newaxis]).T, known)


def _known_cells(known, shape):
    """Cells, (n_labels, n_samples), whose scores are candidates."""
    return np.ones(shape, bool) if known is None else known.T


def _rank_scores(score, candidates, starts):
    """(rank, cuts): number of candidates above each score; cuts of starts, (n_starts, n_labels).

    candidates : (n_labels, n_samples) bool, cells whose scores are candidates. If the formula is
    monotone, these are the positive ones: the best threshold lies right below one of them.
    """
    rank = np.empty(score.shape, np.int32)
    cuts = np.empty(starts.shape, np.intp)
    for label in range(len(score)):
        # Equal scores are one candidate.
        descending, place = np.unique(-score[label], return_inverse=True)
        counted = place[candidates[label]]
        is_candidate = np.bincount(counted, minlength=len(descending)) > 0
        rank[label] = (np.cumsum(is_candidate) - is_candidate)[place]
        cuts[:, label] = np.searchsorted(descending[is_candidate], -starts[:, label], side="right")
    return rank, cuts


class _Ascent:
    """Coordinate ascent of the cuts of all labels, and the state of each sample.

    A cut c of a label predicts the samples of rank < c.

    positive, rank : (n_labels, n_samples); known : (n_samples, n_labels) or None
    """

    def __init__(self, positive, known, rank, states, cuts):
        self.positive, self.known, self.rank = positive, known, rank
        self.states, self.cuts = states, cuts
        self.state = states.empty.copy()
        for label in range(len(cuts)):
            self.state += self._added(label)

    def value(self):
        """Weighted mean of the samples' values, whatever the order of the samples."""
        return fsum(self.states.weight * self.states.value(self.state))

    def climb(self, labels_together):
        """Move labels in turn, at most so many together, until no move raises the value."""
        labels = range(len(self.cuts))
        sizes = range(1, labels_together + 1)
        moves = [move for size in sizes for move in combinations(labels, size)]
        # Every move is the best one, so a round of moves in vain is the end.
        n_in_vain = 0
        for move in cycle(moves):
            has_risen = self._move(*move) if len(move) == 1 else self._move_pair(*move)
            n_in_vain = 0 if has_risen else n_in_vain + 1
            if n_in_vain == len(moves):
                return

    def _step(self, label):
        """Change of each sample's state when the label is predicted: (n_samples,) int."""
        step = 1 + self.states.n_false * self.positive[label]
        return step if self.known is None else step * self.known[:, label]

    def _added(self, label):
        """Contribution of a label, at its present cut, to the state of each sample."""
        return self._step(label) * (self.rank[label] < self.cuts[label])

    def _move(self, label):
        """Move a label to its best cut, the highest threshold among equals. True if it helps."""
        rank, step = self.rank[label], self._step(label)
        without = self.state - step * (rank < self.cuts[label])
        # Every sample has one gain from the label. Gains summed by rank are the values of cuts.
        gain = self.states.value(without + step) - self.states.value(without)
        values = np.append(0.0, np.cumsum(np.bincount(rank, self.states.weight * gain)))
        best = _first_argmax(values)
        if values[best] <= values[self.cuts[label]] + ROUNDING:
            return False
        self.cuts[label] = best
        self.state = without + step * (rank < best)
        return True

    def _grid(self, label):
        """(place, cuts): at most GRID + 1 cuts; those from its place on predict a sample."""
        rank = self.rank[label].astype(np.intp)
        n_ranks = rank.max() + 1
        n_places = min(n_ranks, GRID)
        # Division rounds up: a cut predicts all ranks of the places before it.
        cuts = -(-np.arange(n_places + 1) * n_ranks // n_places)
        return 1 + rank * n_places // n_ranks, cuts

    def _move_pair(self, a, b):
        """Move two labels to the best pair of a grid of their cuts. True if it helps."""
        value, weight = self.states.value, self.states.weight
        step_a, step_b = self._step(a), self._step(b)
        without = self.state - self._added(a) - self._added(b)
        neither = value(without)
        only_a = value(without + step_a)
        only_b = value(without + step_b)
        both = value(without + (step_a + step_b))

        # A sample adds one gain to all cuts that predict a, one to those that predict b, and the
        # rest to those that predict both. Sums along both axes of the grid are the values.
        place_a, cuts_a = self._grid(a)
        place_b, cuts_b = self._grid(b)
        n_a, n_b = len(cuts_a), len(cuts_b)
        places = np.concatenate([place_a * n_b, place_b, place_a * n_b + place_b])
        gains = weight * [only_a - neither, only_b - neither, both - only_a - only_b + neither]
        values = np.bincount(places, gains.ravel(), n_a * n_b).reshape(n_a, n_b)
        values = values.cumsum(axis=0).cumsum(axis=1)

        best_a, best_b = divmod(_first_argmax(values.ravel()), n_b)
        if values[best_a, best_b] <= weight @ (value(self.state) - neither) + ROUNDING:
            return False
        self.cuts[a] = cuts_a[best_a]
        self.cuts[b] = cuts_b[best_b]
        self.state = without + self._added(a) + self._added(b)
        return True


def one_threshold_for_samples(
    y_true, y_score, sample_weight, formula, chunk=CHUNK, n_bins=N_BINS, table=TABLE_SIZE
):
    """The common threshold with the largest mean of the formula, (n_labels,). Exact.

    As the threshold falls, each cell changes the mean once. Cumulated changes are the means.
    """
    sample_weight, known = weight_of_samples(sample_weight)
    y_true = y_true if known is None else y_true & known
    states = States.of(y_true, known, sample_weight, formula, table)
    changes_of = partial(_changes, y_true, known, y_score, states)
    parts = list(map(changes_of, blocks(*y_score.shape[:1], chunk, y_score.shape[1])))
    # Few scores are left to be sorted after bins that cannot hold the best threshold are merged.
    scores, changes = _merge_hopeless_bins(parts, n_bins)
    order = np.argsort(scores)[::-1]
    scores = scores[order]
    # No threshold separates equal scores, so only the last of them is a candidate.
    last = np.flatnonzero(scores != np.append(scores[1:], -np.inf))
    best = _first_argmax(np.append(0.0, np.cumsum(changes[order])[last]))
    lowest = scores[last[best - 1]] if best else np.inf
    column = y_score.reshape(-1, 1)
    known = None if known is None else known.reshape(-1, 1)
    return np.repeat(_thresholds(column, column >= lowest, known), y_score.shape[1])


def _changes(y_true, known, y_score, states, samples):
    """(scores, changes), 1-d: the change of the mean as a common threshold falls below a score.

    samples : slice of the samples that the changes are those of
    """
    order = np.argsort(-y_score[samples], axis=1)
    scores = np.take_along_axis(y_score[samples], order, axis=1)
    # The states that each sample passes through, from nothing predicted to everything.
    steps = 1 + states.n_false[samples, np.newaxis] * y_true[samples]
    if known is not None:
        steps = steps * known[samples]
    steps = np.take_along_axis(steps, order, axis=1)
    passed = np.cumsum(np.column_stack([states.empty[samples], steps]), axis=1)
    changes = states.weight[samples, np.newaxis] * np.diff(states.value(passed), axis=1)
    is_change = changes != 0
    return scores[is_change], changes[is_change]


def _merge_hopeless_bins(parts, n_bins):
    """(scores, changes), where bins that cannot hold the largest mean become one entry each.

    parts : list of (scores, changes) of some samples
    """
    edges = _edges_of([scores for scores, _ in parts], n_bins)
    change, rise = np.zeros((2, len(edges)))
    for scores, changes in parts:
        place = _bins_of(scores, edges)
        change += np.bincount(place, changes, len(edges))
        rise += np.bincount(place, np.maximum(changes, 0), len(edges))
    # Within a bin the mean is at most the mean above the bin plus all rises in the bin.
    mean = np.cumsum(change[::-1])[::-1]
    is_hopeful = mean - change + rise >= max(mean.max(), 0) - 2 * ROUNDING
    kept = [is_hopeful[_bins_of(scores, edges)] for scores, _ in parts]
    left = [
        (scores[is_kept], changes[is_kept])
        for (scores, changes), is_kept in zip(parts, kept, strict=True)
    ]
    merged = edges[~is_hopeful], change[~is_hopeful]
    return tuple(map(np.concatenate, zip(*left, merged, strict=True)))


def _edges_of(parts, n_bins):
    """Lower edges of bins that hold about equally many scores, from -inf on."""
    # Every so many-th score of all parts together is an edge.
    lengths = [len(scores) for scores in parts]
    step = 1 + sum(lengths) // n_bins
    starts = -np.cumsum([0, *lengths[:-1]]) % step
    chosen = [scores[start::step] for scores, start in zip(parts, starts, strict=True)]
    return np.unique(np.concatenate([[-np.inf], *chosen]))


def _bins_of(scores, edges):
    return np.searchsorted(edges, scores, side="right") - 1


def _first_argmax(values):
    """Index of the first value that is largest up to rounding."""
    return np.argmax(values >= values.max() - ROUNDING)


def _thresholds(y_score, y_pred, known):
    """Middle of the gap between the predicted scores of each label and its other scores."""
    known = np.True_ if known is None else known
    above = np.min(y_score, axis=0, where=y_pred & known, initial=np.inf)
    below = np.max(y_score, axis=0, where=~y_pred & known, initial=-np.inf)
    return between(below, above)
