"""Values of rows, whose labels do not tune apart: what a label adds to a row depends on what the others said of it.

A row's value is known from three small numbers, its true labels and the true and the false ones among those predicted.
So its *state* is one integer: predicting a false label adds 1 to it, a true one 1 + n_false, more than all false labels
together. Values are looked up by state.

A label's *cut* is how many of its candidate scores it lets through, a cell's *rank* how many candidates are higher: the
cell is predicted where rank < cut. Candidates are all distinct scores, or those of positives for a monotone formula:
between two of these the highest cut lets the fewest negatives through.

Shapes: y_true (n_samples, n_labels) bool, y_score (n_samples, n_labels) float, sample_weight (n_samples,) or None.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

STATES = 2**22  # number of states up to which the values of all are computed beforehand


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
        candidate = np.bincount(place[positive[label] | (not monotone)], minlength=len(descending)) > 0
        rank[label] = (np.cumsum(candidate) - candidate)[place]
        cuts[:, label] = np.searchsorted(descending[candidate], -starts[:, label], side="right")
    return Cells(rank, positive, *row_states(y_true, formula), row_shares(y_true, sample_weight)), cuts


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

    return first[block], n_false[block], value(np.arange(end[-1])).take if end[-1] <= STATES else value


def row_shares(y_true, sample_weight):
    """Weights of the rows, as shares of one."""
    weight = np.ones(len(y_true)) if sample_weight is None else sample_weight
    return weight / weight.sum()
