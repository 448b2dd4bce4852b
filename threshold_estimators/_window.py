"""Rows of a label whose scores are in a range, and what the counts of the others say of the cuts outside.

Shapes: scores (n_samples,) float; values are functions of arrays (tp, fp), not falling with tp nor rising with fp.
"""

from typing import NamedTuple

import numpy as np

FEWEST_ROWS_TO_NARROW = 30_000  # a sort of fewer costs no more than counts at the edges
N_INNER_EDGES = 8
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
        """Without rows at the ends that counts at a few edges exclude from being best for any value or between."""
        window, n_before = self, np.inf
        while FEWEST_ROWS_TO_NARROW < len(window.rows) < n_before / 2 and len(window.positives):
            n_before, window = len(window.rows), window._without_ends(values)
        return window

    def _without_ends(self, values):
        edges = np.unique(np.sort(self.positives[:: len(self.positives) // (16 * N_INNER_EDGES) + 1])[::16])
        let, tps = (
            np.array([np.count_nonzero(part >= edge) for edge in edges]) for part in (self.rows, self.positives)
        )
        tps, fps = self.tp_above + tps, self.fp_above + let - tps
        is_open = np.zeros(len(edges) + 1, bool)
        for value in values:
            possible = value(np.append(self.tp_above + len(self.positives), tps), np.append(fps, self.fp_above))
            is_open |= may_reach(possible, value(tps, fps).max())
        first, last = np.flatnonzero(is_open)[[0, -1]]
        low, high = np.append(-np.inf, edges)[first], np.append(edges, np.inf)[last]
        (rows, n_above), (positives, tp_above) = _within(self.rows, low, high), _within(self.positives, low, high)
        tp_above, fp_above = self.tp_above + tp_above, self.fp_above + n_above - tp_above
        return self._replace(rows=rows, positives=positives, tp_above=tp_above, fp_above=fp_above)

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
