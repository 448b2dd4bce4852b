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
    ordered : sorted scores, one array or several, among which the next score below a cut is found
    """

    scores: np.ndarray
    tps: np.ndarray
    fps: np.ndarray
    n_pos: float
    n_neg: float
    ordered: tuple

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
        below = np.full_like(above, -np.inf)
        for scores in self.ordered:
            if len(scores):
                position = np.searchsorted(scores, above)
                below = np.maximum(below, np.where(position > 0, scores[position - 1], -np.inf))
        return below, above


def between(below, above):
    """The middle of each gap (below, above], moved up to ``above`` where rounding would fall out of the gap."""
    half = above.dtype.type(0.5)  # halving first: the sum of the two might overflow
    with np.errstate(invalid="ignore"):  # -inf + inf
        middle = below * half + above * half
    middle = np.where(np.isposinf(above), above, middle)
    return np.where((middle > below) | np.isneginf(below), middle, above)


def cuts_at_positives(y_true, y_score):
    """Cuts at the scores of positives: all that an objective can want that rises with tp and falls with fp.

    Between two neighbouring scores of positives the highest cut lets the fewest negatives through. So only rows above
    the lowest positive are sorted.

    y_true : (n_samples,) bool; y_score : (n_samples,) float
    """
    positives = np.sort(_scores_of_positives(y_true, y_score))
    n_pos, n_neg = float(len(positives)), float(len(y_score) - len(positives))
    if not n_pos:
        return Cuts(_with_none(positives), np.zeros(1), np.zeros(1), n_pos, n_neg, ())
    reachable = y_score >= positives[0]
    ordered = np.sort(y_score.take(np.flatnonzero(reachable)))
    ceiling = _highest_below(y_score, positives[0])
    scores, tps, fps = _counts_at_positives(positives, ordered)
    ordered = ordered, np.array([ceiling])
    return Cuts(_with_none(scores), np.append(tps, 0.0), np.append(fps, 0.0), n_pos, n_neg, ordered)


def _scores_of_positives(y_true, y_score):
    # several times faster than a boolean index
    return y_score.take(np.flatnonzero(y_true))


def _highest_below(y_score, score):
    """The next score below one, -inf where there is none."""
    return np.where(y_score < score, y_score, y_score.dtype.type(-np.inf)).max()


def _counts_at_positives(positives, ordered):
    """(scores, tps, fps) at each distinct score of positives; both sorted, the second with the first among them."""
    first = _first_of_equals(positives)
    scores = positives[first]
    tps = len(positives) - first
    return scores, tps, len(ordered) - np.searchsorted(ordered, scores) - tps


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
    return Cuts(_with_none(scores), tps, fps, tps[0], fps[0], (scores,))


def _first_of_equals(ordered):
    """Positions of the first of each run of equal values."""
    return np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]][: len(ordered)])


def _sums_from(first, values):
    """Sums of all values from each of some positions on, and of none. The values are overwritten."""
    backwards = values[::-1]
    np.cumsum(backwards, out=backwards)
    return np.append(values[first], 0.0)
