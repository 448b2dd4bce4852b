"""From scores and a formula of each row's confusion counts to the thresholds that maximise its mean over the rows.

Shapes: y_true (n_samples, n_labels) bool, y_score (n_samples, n_labels) float, sample_weight (n_samples,) or None.
"""

from collections.abc import Callable
from itertools import combinations, cycle
from math import fsum
from typing import NamedTuple

import numpy as np

from ._cuts import between

STATES = 2**22  # number of states up to which the values of all are computed beforehand
ROUNDING = 1e-11  # means that differ by no more are equal: sums are rounded
GRID = 64  # cuts of a label that are tried with as many of another label
EFFORT = 2**20  # steps up to which pairs of labels move, and every start is followed
CHUNK = 2**12  # rows whose cells are sorted at a time
BINS = 2**8  # bins of scores, of which only those are sorted that can hold the best common cut


class Cells(NamedTuple):
    """What is known of cells and rows.

    rank : (n_labels, n_samples) int; positive : (n_labels, n_samples) bool
    state : (n_samples,) int, with nothing predicted; n_false : (n_samples,) int; value : function of states
    weight : (n_samples,) float that sums to 1
    """

    rank: np.ndarray
    positive: np.ndarray
    state: np.ndarray
    n_false: np.ndarray
    value: Callable
    weight: np.ndarray

    def step(self, label):
        """What predicting a label adds to the state of each row."""
        return 1 + self.n_false * self.positive[label]

    def grid(self, label, size):
        """(place of each row, cuts) of a label: the cuts, size + 1 or fewer, let a row through from its place on."""
        rank = self.rank[label].astype(np.intp)
        n_ranks = rank.max() + 1
        n_places = min(n_ranks, size)
        return 1 + rank * n_places // n_ranks, -(-np.arange(n_places + 1) * n_ranks // n_places)


def rank_cells(y_true, y_score, sample_weight, formula, monotone, starts):
    """(cells, (n_starts, n_labels) cuts at the starts)."""
    positive = np.ascontiguousarray(y_true.T)
    rank, cuts = np.empty(positive.shape, np.int32), np.empty(starts.shape, np.intp)
    for label, score in enumerate(y_score.T):
        descending, place = np.unique(-score, return_inverse=True)
        candidate = (
            np.bincount(place[positive[label] | (not monotone)], minlength=len(descending)) > 0
        )
        rank[label] = (np.cumsum(candidate) - candidate)[place]
        cuts[:, label] = np.searchsorted(descending[candidate], -starts[:, label], side="right")
    return Cells(
        rank, positive, *row_states(y_true, formula), row_shares(y_true, sample_weight)
    ), cuts


def row_states(y_true, formula):
    """(state of each row with nothing predicted, its n_false, values as a function of states).

    Rows with equally many true labels share a block of states: tp * (1 + n_false) + fp, counted from its first.
    """
    n_true, block = np.unique(np.count_nonzero(y_true, axis=1), return_inverse=True)
    n_false = y_true.shape[1] - n_true
    size = (1 + n_true) * (1 + n_false)
    end = np.cumsum(size)
    first = end - size

    def value(state):
        block = np.searchsorted(end, state, side="right")
        tp, fp = np.divmod(state - first[block], 1 + n_false[block])
        fn, tn = n_true[block] - tp, n_false[block] - fp
        return formula(*(count.astype(float) for count in (tp, fp, fn, tn)))

    return (
        first[block],
        n_false[block],
        value(np.arange(end[-1])).take if end[-1] <= STATES else value,
    )


def row_shares(y_true, sample_weight):
    """Weights of the rows, as shares of one."""
    weight = np.ones(len(y_true)) if sample_weight is None else sample_weight
    return weight / weight.sum()


def row_by_row(y_true, y_score, sample_weight, formula, monotone, starts):
    """Thresholds that maximise the weighted mean of the rows' formula, as far as ascent by labels and pairs finds them.

    Never worse than any of ``starts``, "never" or "always", and no other cut of a single label does better. The best
    start is followed; where there is little to do, all are, and labels move in pairs too.

    starts : list of (n_labels,) thresholds
    """
    n_samples, n_labels = y_true.shape
    never = np.full(n_labels, np.inf, y_score.dtype)
    cells, cuts = rank_cells(
        y_true, y_score, sample_weight, formula, monotone, np.array([*starts, never, -never])
    )
    ascents = sorted(
        (_Ascent(cells, start) for start in np.unique(cuts, axis=0)),
        key=_Ascent.value,
        reverse=True,
    )
    affordable = EFFORT // ((n_samples + GRID**2) * n_labels**2)
    ascents = ascents[: 1 + affordable]
    for ascent in ascents:
        ascent.climb(together=2 if affordable else 1)
    best = max(ascents, key=_Ascent.value)
    return _thresholds(y_score, (cells.rank < best.cuts[:, None]).T)


def one_cut_by_row(y_true, y_score, sample_weight, formula):
    """The one threshold for all labels that maximises the weighted mean of the rows' formula. Exact.

    From the highest score down each cell changes the value of its row: the mean is cumulated from these changes.
    """
    scores, changes = _summarise(*_changes(y_true, y_score, sample_weight, formula))
    order = np.argsort(scores)[::-1]
    scores = scores[order]
    last = np.flatnonzero(scores != np.append(scores[1:], -np.inf))  # of equal scores
    best = _first_argmax(np.append(0.0, np.cumsum(changes[order])[last]))
    lowest = scores[last[best - 1]] if best else np.inf
    cells = y_score.reshape(-1, 1)
    return np.repeat(_thresholds(cells, cells >= lowest), y_score.shape[1])


class _Ascent:
    """Cuts on their way up, and the state that each row is in with them."""

    def __init__(self, cells, cuts):
        self.cells, self.cuts, self.state = cells, cuts, cells.state.copy()
        for label in range(len(cuts)):
            self.state += self._added(label)

    def value(self):
        """Weighted mean of the rows' values, the same whatever their order."""
        return fsum(self.cells.weight * self.cells.value(self.state))

    def climb(self, together):
        """Move labels in turn, up to so many of them together, until no move raises the value any more."""
        labels = range(len(self.cuts))
        moves = [move for size in range(1, together + 1) for move in combinations(labels, size)]
        in_vain = 0
        for move in cycle(moves):
            risen = self._move(*move) if len(move) == 1 else self._move_pair(*move)
            in_vain = 0 if risen else in_vain + 1
            if in_vain == len(moves):
                return

    def _added(self, label):
        """What a label adds to the state of each row as it is cut now."""
        return self.cells.step(label) * (self.cells.rank[label] < self.cuts[label])

    def _move(self, label):
        """Move a label's cut to the best of all, the highest of equals. True where the value rises."""
        rank, step, value = self.cells.rank[label], self.cells.step(label), self.cells.value
        without = self.state - step * (rank < self.cuts[label])
        gain = self.cells.weight * (value(without + step) - value(without))
        values = np.append(0.0, np.cumsum(np.bincount(rank, gain)))
        best = _first_argmax(values)
        if values[best] <= values[self.cuts[label]] + ROUNDING:
            return False
        self.cuts[label] = best
        self.state = without + step * (rank < best)
        return True

    def _move_pair(self, a, b):
        """Move the cuts of two labels to the best of a grid of both. True where the value rises.

        A row brings one gain to all cuts that let label a through, another to those that let b through, and the rest
        to those that let both through. Summed along both axes of the grid, these are the values of all pairs of cuts.
        """
        value, step_a, step_b = self.cells.value, self.cells.step(a), self.cells.step(b)
        (place_a, cuts_a), (place_b, cuts_b) = self.cells.grid(a, GRID), self.cells.grid(b, GRID)
        without = self.state - self._added(a) - self._added(b)
        none, only_a, only_b, both = (
            value(without + step) for step in (0, step_a, step_b, step_a + step_b)
        )
        gains = self.cells.weight * [only_a - none, only_b - none, both - only_a - only_b + none]
        shape = len(cuts_a), len(cuts_b)
        places = np.concatenate([place_a * shape[1], place_b, place_a * shape[1] + place_b])
        values = (
            np.bincount(places, gains.ravel(), shape[0] * shape[1])
            .reshape(shape)
            .cumsum(0)
            .cumsum(1)
        )
        best = np.unravel_index(_first_argmax(values.ravel()), shape)
        if values[best] <= self.cells.weight @ (value(self.state) - none) + ROUNDING:
            return False
        self.cuts[[a, b]] = cuts_a[best[0]], cuts_b[best[1]]
        self.state = without + self._added(a) + self._added(b)
        return True


def _changes(y_true, y_score, sample_weight, formula):
    """(scores, changes of the mean as a common cut falls below them), both 1-d, of the cells that change it."""
    state, n_false, value = row_states(y_true, formula)
    weight = row_shares(y_true, sample_weight)
    parts = []
    for start in range(0, len(y_true), CHUNK):
        rows = slice(start, start + CHUNK)
        order = np.argsort(-y_score[rows], axis=1)
        steps = 1 + n_false[rows, None] * np.take_along_axis(y_true[rows], order, 1)
        states = np.cumsum(np.column_stack([state[rows], steps]), axis=1)
        changes = weight[rows, None] * np.diff(value(states), axis=1)
        changing = changes != 0
        parts.append((np.take_along_axis(y_score[rows], order, 1)[changing], changes[changing]))
    return tuple(np.concatenate(part) for part in zip(*parts, strict=True))


def _summarise(scores, changes):
    """The same with one entry, at its lowest score, for each bin of scores within which the mean cannot be largest.

    Within a bin the mean is at most what it was above it and all rises in the bin. Few bins are left to be sorted.
    """
    edges = np.unique(np.append(scores[:: 1 + len(scores) // BINS], -np.inf))
    place = np.searchsorted(edges, scores, side="right") - 1
    change, rise = (
        np.bincount(place, part, len(edges)) for part in (changes, np.maximum(changes, 0))
    )
    mean = np.cumsum(change[::-1])[::-1]
    hopeful = mean - change + rise >= max(mean.max(), 0) - 2 * ROUNDING
    kept = hopeful[place]
    return np.append(scores[kept], edges[~hopeful]), np.append(changes[kept], change[~hopeful])


def _first_argmax(values):
    """Index of the first value that is largest but for rounding."""
    return np.argmax(values >= values.max() - ROUNDING)


def _thresholds(y_score, y_pred):
    """Thresholds in the middle of the gap between the predicted scores of each label and the others."""
    above = np.min(y_score, axis=0, where=y_pred, initial=np.inf)
    below = np.max(y_score, axis=0, where=~y_pred, initial=-np.inf)
    return between(below, above)
