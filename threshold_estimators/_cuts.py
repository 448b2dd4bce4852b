"""Confusion counts of one label at every cut worth considering.

A cut is named by the lowest score that it lets through. Cuts are ordered from the lowest up and the last one, +inf,
lets nothing through; equal scores are one cut, since no threshold can separate them.
"""

from typing import NamedTuple

import numpy as np


class Cuts(NamedTuple):
    """Candidate cuts of one label.

    scores : (n_cuts,) the lowest score let through, ascending; the last is +inf
    tps, fps : (n_cuts,) weight of the positive and of the negative rows let through
    n_pos, n_neg : total weight of the positive and of the negative rows
    ordered : distinct scores of all rows, ascending
    """

    scores: np.ndarray
    tps: np.ndarray
    fps: np.ndarray
    n_pos: float
    n_neg: float
    ordered: np.ndarray

    def counts(self):
        """(tp, fp, fn, tn) at every cut."""
        return self.tps, self.fps, self.n_pos - self.tps, self.n_neg - self.fps

    def of_positives(self):
        """Those of the cuts that let more positives through than the next: all that a monotone formula can want."""
        kept = np.append(self.tps[:-1] > self.tps[1:], True)
        return self._replace(scores=self.scores[kept], tps=self.tps[kept], fps=self.fps[kept])

    def thresholds(self, index):
        """Thresholds that realise some of the cuts, given as an array of int."""
        return between(*self.neighbours(index))

    def neighbours(self, index):
        """(next score below, score) of some of the cuts, -inf where there is none below."""
        above = self.scores[index]
        position = np.searchsorted(self.ordered, above)
        return np.where(position > 0, self.ordered[position - 1], above.dtype.type(-np.inf)), above


def between(below, above):
    """The middle of each gap (below, above], moved up to ``above`` where rounding would fall out of the gap."""
    half = above.dtype.type(0.5)  # halving first: the sum of the two might overflow
    with np.errstate(invalid="ignore"):  # -inf + inf
        middle = below * half + above * half
    middle = np.where(np.isposinf(above), above, middle)
    return np.where((middle > below) | np.isneginf(below), middle, above)


def in_gaps(y_score, below, above):
    """Thresholds between neighbouring scores of labels, (n_labels,) in the dtype of ``y_score``.

    Where a score below is not known, NaN, it is looked up.

    y_score : (n_samples, n_labels)
    """
    for label in np.flatnonzero(np.isnan(below)):
        below[label] = highest_below(y_score[:, label], above[label])
    return between(*(np.asarray(side, y_score.dtype) for side in (below, above)))


def positions(cells):
    """Where a boolean array is true.

    numpy looks for the true cells one by one if they are at most a tenth of all, which pays for a few only. If they
    are more, others that are true as well are appended, for it to pass over all cells.
    """
    if not 0.03 < np.count_nonzero(cells) / max(len(cells), 1) <= 0.1:
        return np.flatnonzero(cells)
    n_more = len(cells) // 8 + 1
    padded = np.ones(len(cells) + n_more, bool)
    padded[: len(cells)] = cells
    return np.flatnonzero(padded)[:-n_more]


def highest_below(y_score, score):
    """The next of some scores below another one, -inf where there is none."""
    return y_score.take(np.flatnonzero(y_score < score)).max(initial=-np.inf)


def _with_none(scores):
    """The cuts ``scores`` and the one that lets nothing through, in their dtype."""
    return np.append(scores, scores.dtype.type(np.inf))


def cuts_at_all_scores(y_true, y_score, sample_weight=None):
    """Cuts at every distinct score, for weighted rows and for objectives that may reward a false positive.

    y_true : (n_samples,) bool; y_score : (n_samples,) float; sample_weight : (n_samples,) float, or None
    """
    order = np.argsort(y_score)
    ordered = y_score[order]
    weight = np.ones(len(order), int) if sample_weight is None else sample_weight[order]  # whole ones add up faster
    positive = weight * y_true[order]
    del order  # as long as a column of scores, as is each of the others
    weight -= positive
    first = _first_of_equals(ordered)
    tps, fps = _sums_from(first, positive), _sums_from(first, weight)
    scores = ordered[first]
    return Cuts(_with_none(scores), tps, fps, tps[0], fps[0], scores)


def _first_of_equals(ordered):
    """Positions of the first of each run of equal values."""
    return np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]][: len(ordered)])


def _sums_from(first, values):
    """Sums of all values from each of some positions on, and of none. The values are overwritten."""
    backwards = values[::-1]
    np.cumsum(backwards, out=backwards)
    return np.append(values[first], 0.0)
