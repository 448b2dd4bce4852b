"""Rows of a label whose scores are in a range, and what the counts of the others say of the cuts outside.

Shapes: scores (n_samples,) float; values are functions of arrays (tp, fp), not falling with tp nor rising with fp.
"""

from typing import NamedTuple

import numpy as np

FEWEST_ROWS_TO_NARROW = 30_000  # a sort of fewer costs no more than counts in buckets
N_BUCKETS = 512
FEWEST_CUTS_IN_RUNS = 64
ROUNDING = 1e-9  # by how much a bound may be off, relative to what is compared


class Window(NamedTuple):
    """Rows of a label whose scores are in a range.

    y_score : (n_samples,) all scores
    rows, positives : scores of the rows, and of the positive ones, in the range
    tp_above, fp_above : number of positive and of negative rows above it
    outside : (2, n_bounds), tp and fp that no cut outside of the range can better
    """

    y_score: np.ndarray
    rows: np.ndarray
    positives: np.ndarray
    tp_above: int
    fp_above: int
    outside: np.ndarray

    @classmethod
    def of(cls, y_score, positives, low, high):
        """The rows with scores from low up to high."""
        (rows, n_above), (within, tp_above) = _within(y_score, low, high), _within(positives, low, high)
        fp_above = n_above - tp_above
        outside = [(tp_above, 0)] if tp_above else []
        if tp_above + len(within) < len(positives):
            outside.append((len(positives), fp_above + len(rows) - len(within)))
        return cls(y_score, rows, within, tp_above, fp_above, np.array(outside, float).reshape(-1, 2).T)

    def narrowed(self, values):
        """Without rows at the ends that counts in buckets exclude from being the best for any value or between."""
        if len(self.rows) < FEWEST_ROWS_TO_NARROW or not len(self.positives):
            return self
        place, pos_place = _buckets(self.rows, self.positives)
        n_in, n_pos_in = (np.bincount(part, minlength=N_BUCKETS) for part in (place, pos_place))
        tps = self.tp_above + np.cumsum(n_pos_in[::-1])[::-1]
        fps = self.fp_above + np.cumsum((n_in - n_pos_in)[::-1])[::-1]
        tps_above, fps_above = tps - n_pos_in, fps - n_in + n_pos_in
        # Buckets with positives, and last the cut that lets nothing through.
        filled = np.flatnonzero(n_pos_in)
        tps_in, fewest, most = (np.append(part[filled], 0) for part in (tps, fps_above, fps))
        is_open = np.zeros(len(filled) + 1, bool)
        for value in values:
            possible, reached = value(np.array([tps_in, tps_in]), np.array([fewest, most]))
            is_open |= may_reach(possible, reached.max())
        first, last = filled[np.minimum(np.flatnonzero(is_open)[[0, -1]], len(filled) - 1)]
        rows, positives = (
            scores.take(positions((at >= first) & (at <= last)))
            for scores, at in ((self.rows, place), (self.positives, pos_place))
        )
        return self._replace(rows=rows, positives=positives, tp_above=tps_above[last], fp_above=fps_above[last])

    def ordered(self):
        """The same with rows in the order of their scores."""
        return self._replace(rows=np.sort(self.rows), positives=np.sort(self.positives))

    def counts(self, scores):
        """(tp, fp) of the cuts at some scores in the range, once it is ordered."""
        tps = self.tp_above + len(self.positives) - self.positives.searchsorted(scores)
        return tps, self.tp_above + self.fp_above + len(self.rows) - self.rows.searchsorted(scores) - tps

    def best_score(self, value):
        """The lowest score let through by the best cut, inf to let none through, once the window is ordered.

        None where a cut outside of the window may be as good.
        """
        scores = self._cuts_that_may_be_best(value)
        counts = zip(self.counts(scores), self.outside, strict=True)
        values = value(*(np.concatenate([inside, (0.0,), outside]) for inside, outside in counts))
        reached, possible = values[: len(scores) + 1], values[len(scores) + 1 :]
        best = len(scores) - np.argmax(reached[::-1])
        if may_reach(possible, reached[best]).any():
            return None
        return scores[best] if best < len(scores) else np.inf

    def _cuts_that_may_be_best(self, value):
        """Scores of the positives, but for runs of them that the counts at their ends exclude."""
        if len(self.positives) < FEWEST_CUTS_IN_RUNS:
            return self.positives
        length = int(np.sqrt(len(self.positives)))
        tps, fps = self.counts(self.positives[::length])
        reached, possible = value(np.array([tps, tps]), np.array([fps, np.append(fps, self.fp_above)[1:]]))
        is_open = may_reach(possible, reached.max())
        return self.positives.take(np.flatnonzero(np.repeat(is_open, length)[: len(self.positives)]))

    def highest_below(self, score):
        """The next of all scores below one in the range, -inf where there is none."""
        position = self.rows.searchsorted(score)
        return self.rows[position - 1] if position else highest_below(self.y_score, score)


def _buckets(rows, positives):
    """Bucket of each score, ascending and equally wide from the lowest of the rows to the highest."""
    low, high = rows.min(), rows.max()
    with np.errstate(over="ignore", divide="ignore"):
        scale = (N_BUCKETS - 1) / (high - low)
    if not 0 < scale < np.inf:  # too narrow, or too wide, for a number: a single bucket
        return np.zeros(len(rows), np.intp), np.zeros(len(positives), np.intp)
    distances = rows - low, positives - low
    return [np.multiply(distance, scale, out=distance).astype(np.intp) for distance in distances]


def _within(scores, low, high):
    """(scores from low up to high, number of those from high on)"""
    within, n_above = scores >= low, 0
    if high < np.inf:
        above = scores >= high
        n_above = int(np.count_nonzero(above))  # a plain int: numpy's own are slow one by one
        within ^= above
    return scores.take(positions(within)), n_above


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


def may_reach(possible, best):
    """Whether bounds leave room for the best value, but for rounding."""
    return possible >= best - ROUNDING * (abs(best) + np.abs(possible))
