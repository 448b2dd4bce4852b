"""Confusion counts of one label at every cut worth considering.

A cut is named by the lowest score that it lets through. Cuts are ordered from the lowest up and the last one, +inf,
lets nothing through; equal scores are one cut, since no threshold can separate them.
"""

from typing import NamedTuple

import numpy as np

N_BUCKETS = 512
FEWEST_ROWS_FOR_BUCKETS = 20_000  # with fewer, a sort costs no more than the buckets
ROUNDING = 1e-9  # by how much a bound may be off


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

    def thresholds(self, index):
        """Thresholds that realise some of the cuts: halfway down to the next score, -inf where there is none.

        index : (n_chosen,) int
        """
        above = self.scores[index]
        below = np.full_like(above, -np.inf)
        for scores in self.ordered:
            if len(scores):
                position = np.searchsorted(scores, above)
                below = np.maximum(below, np.where(position > 0, scores[position - 1], -np.inf))
        return between(below, above)


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


def cuts_that_may_be_best(y_true, y_score, formula):
    """As :func:`cuts_at_positives`, most of those left out that are not the best by a formula.

    A formula that rises with tp and falls with fp is bounded between two scores by the positives above the lower and
    the negatives above the higher. So counts in buckets of the scores tell where the best cut cannot be, and only the
    rows of the other buckets are sorted.
    """
    bucket_of = _bucket_function(y_score)
    if bucket_of is None or not np.any(y_true):
        return cuts_at_positives(y_true, y_score)
    bucket, positives = bucket_of(y_score), _scores_of_positives(y_true, y_score)
    bucket_of_positive = bucket_of(positives)
    n_pos, n_neg = float(len(positives)), float(len(y_score) - len(positives))
    n_all_in, n_pos_in = (np.bincount(part, minlength=N_BUCKETS) for part in (bucket, bucket_of_positive))
    tps, fps = _sum_from(n_pos_in), _sum_from(n_all_in - n_pos_in)
    fps_above = fps - (n_all_in - n_pos_in)
    reached = formula(tps, fps, n_pos - tps, n_neg - fps)
    possible = formula(tps, fps_above, n_pos - tps, n_neg - fps_above)
    kept = (n_pos_in > 0) & (possible >= reached.max() - ROUNDING)

    ordered = np.sort(y_score.take(np.flatnonzero(kept.take(bucket))))
    positives = np.sort(positives.take(np.flatnonzero(kept.take(bucket_of_positive))))
    scores, tps, fps = _counts_at_positives(positives, ordered)
    left_out = (_sum_from(np.where(kept, 0, part)).take(bucket_of(scores)) for part in (n_pos_in, n_all_in - n_pos_in))
    tps, fps = (np.append(part + above, 0.0) for part, above in zip((tps, fps), left_out, strict=True))
    return _SomeCuts(_with_none(scores), tps, fps, n_pos, n_neg, (ordered, y_score, bucket_of))


class _SomeCuts(Cuts):
    """Cuts of a label of which only the scores in some buckets were sorted."""

    def thresholds(self, index):
        """As those of :class:`Cuts`, by looking through all scores where the next one below is in another bucket."""
        ordered, y_score, bucket_of = self.ordered
        above = self.scores[index]
        position = np.searchsorted(ordered, above)
        below = np.append(y_score.dtype.type(-np.inf), ordered)[position]
        is_next = position > 0
        is_next[is_next] = bucket_of(below[is_next]) == bucket_of(above[is_next])
        for chosen in np.flatnonzero(~is_next & np.isfinite(above)):
            below[chosen] = _highest_below(y_score, above[chosen])
        return between(below, above)


def _bucket_function(y_score):
    """Function from scores to one of equally wide buckets, ascending; None where it is not worth the while."""
    if len(y_score) < FEWEST_ROWS_FOR_BUCKETS:
        return None
    low, high = y_score.min(), y_score.max()
    with np.errstate(over="ignore", divide="ignore"):
        scale = (N_BUCKETS - 1) / (high - low)
    if not (0 < scale < np.inf):
        return None
    return lambda scores: (np.minimum(scores - low, high - low) * scale).astype(np.intp)  # +inf is among cuts


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
    ordered, positive = y_score[order], y_true[order]
    weight = np.ones(len(order), int) if sample_weight is None else sample_weight[order]  # ints are summed faster
    first = _first_of_equals(ordered)
    tps, fps = (np.append(_sum_from(part)[first], 0.0) for part in (weight * positive, weight * ~positive))
    scores = ordered[first]
    return Cuts(_with_none(scores), tps, fps, tps[0], fps[0], (scores,))


def _first_of_equals(ordered):
    """Positions of the first of each run of equal values."""
    return np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]][: len(ordered)])


def _sum_from(values):
    """Sum of each entry and all after it."""
    return np.cumsum(values[::-1])[::-1]
