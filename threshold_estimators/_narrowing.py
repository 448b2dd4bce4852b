"""The best cut of one label for a formula of its counts, without a sort of all its scores.

    sample ─► a range of scores ─► rows in it, sorted ─► the best cut, and the proof that none outside is better

A formula that rises with tp and falls with fp is bounded between two cuts: by the positives let through at the lower
and the negatives let through at the higher one. A sample tells where the best cut should lie, and counts of all rows
prove that it does. Where they do not, all rows above the lowest positive are sorted.

Shapes: y_true (n_samples,) bool, y_score (n_samples,) float; a formula maps arrays (tp, fp, fn, tn) to values.
"""

from typing import NamedTuple

import numpy as np

from ._cuts import Cuts
from ._window import Window, positions

FEWEST_ROWS_FOR_A_SAMPLE = 10_000  # a sort of fewer costs no more than the sample
MOST_SAMPLED_POSITIVES = 2_000
N_EDGES = 50  # cuts that are looked at in the sample


def best_cut(y_true, y_score, formula):
    """(below, above): two neighbouring scores with the best cut between them, the highest among equals.

    If it is best to let nothing through, the second is infinite and the first any score below.
    The formula is monotone: it never falls with a true positive nor rises with a false one.
    """
    positives = _scores_of_positives(y_true, y_score)
    if not len(positives):
        return -np.inf, np.inf
    value = _value_of(formula, positives, y_score)
    window, score = _window_of_best(y_score, positives, [value])
    return window.highest_below(score), score


def cuts_between_prices(y_true, y_score, low, high):
    """The cuts from the best one where a predicted row costs a price, in true positives, down to that at a lower price.

    Among them are the best cuts at all prices between.
    """
    positives = _scores_of_positives(y_true, y_score)
    n_pos, n_neg = float(len(positives)), float(len(y_score) - len(positives))
    if not len(positives):
        return Cuts(np.array([np.inf], y_score.dtype), np.zeros(1), np.zeros(1), n_pos, n_neg, ())
    gains = [_value_of(_gain(price), positives, y_score) for price in (low, high)]
    window, lowest, highest = _window_of_best(y_score, positives, gains)
    scores = window.positives[(window.positives >= lowest) & (window.positives < highest)]
    scores = np.unique(np.append(scores, y_score.dtype.type(highest)))
    tps, fps = (count.astype(float) for count in window.counts(scores))
    if highest == np.inf:
        tps[-1] = fps[-1] = 0
    next_below = np.array([window.highest_below(scores[0])], y_score.dtype)
    return Cuts(scores, tps, fps, n_pos, n_neg, (next_below, window.rows))


def sampled_counts(y_true, y_score):
    """(tp, fp) at N_EDGES cuts of a label, as a sample has them; zero where there are fewer."""
    positives = _scores_of_positives(y_true, y_score)
    counts = np.zeros((2, N_EDGES))
    if len(positives):
        sample = _Sample.of(y_score, positives)
        counts[:, : len(sample.edges)] = sample.tps, np.maximum(sample.fps, 0)
    return counts


def _gain(price):
    return lambda tp, fp, fn, tn: tp * (1 - price) - fp * price


def _scores_of_positives(y_true, y_score):
    return y_score.take(positions(y_true))  # several times faster than a boolean index


def _value_of(formula, positives, y_score):
    """The formula as a function of (tp, fp)."""
    n_pos, n_neg = float(len(positives)), float(len(y_score) - len(positives))
    return lambda tps, fps: formula(tps, fps, n_pos - tps, n_neg - fps)


def _window_of_best(y_score, positives, values):
    """[window, score, …]: the best cut for each of some values, of which later ones prefer higher cuts."""
    for low, high in _likely_ranges(y_score, positives, values):
        window = Window.of(y_score, positives, low, high).narrowed(values).ordered()
        scores = [window.best_score(value) for value in values]
        if None not in scores:
            break
    return [window, *scores]


def _likely_ranges(y_score, positives, values):
    """Ranges of scores (low, high) in which the best cuts lie, likely in the first, surely in the last."""
    lowest = positives.min()
    if len(y_score) >= FEWEST_ROWS_FOR_A_SAMPLE:
        sample = _Sample.of(y_score, positives)
        ranges = [sample.range(value) for value in values]
        yield max(ranges[0][0], lowest), ranges[-1][1]
    yield lowest, np.inf


class _Sample(NamedTuple):
    """What a sample says of the counts at some scores of positives, ascending.

    n_pos, n_neg : number of all positive and of all negative rows
    edges : (n_edges,) scores; tps, fps : counts at them; tp_spread, fp_spread : their standard deviations
    """

    n_pos: int
    n_neg: int
    edges: np.ndarray
    tps: np.ndarray
    fps: np.ndarray
    tp_spread: np.ndarray
    fp_spread: np.ndarray

    @classmethod
    def of(cls, y_score, positives):
        """Every so many of the rows, and of the positive ones."""
        n, n_pos = len(y_score), len(positives)
        step, pos_step = max(int(np.sqrt(n)) // 8, 1), -(-n_pos // MOST_SAMPLED_POSITIVES)
        sample, pos_sample = np.sort(y_score[::step]), np.sort(positives[::pos_step])
        rank = np.arange(0, len(pos_sample), -(-len(pos_sample) // N_EDGES))
        edges = pos_sample.take(rank)
        n_let, n_pos_let = len(sample) - sample.searchsorted(edges), len(pos_sample) - rank
        tps, tp_spread = n_pos_let * (n_pos / len(pos_sample)), _spread(n_pos_let, pos_step)
        return cls(n_pos, n - n_pos, edges, tps, n_let * (n / len(sample)) - tps, tp_spread, _spread(n_let, step))

    def range(self, value):
        """The scores (low, high) outside of which there should be no better cut, by some standard deviations."""
        # What a cut at each edge reaches at the least, and what is possible at the most below it and from it up.
        everything, nothing = np.full_like(self.tps, self.n_pos), np.zeros_like(self.fps)
        tps = np.array([self.tps - 2 * self.tp_spread, everything, self.tps + 3 * self.tp_spread])
        fps = np.array([self.fps + 2 * self.fp_spread, self.fps - 3 * self.fp_spread, nothing])
        reached, below, above = value(tps.clip(0, self.n_pos), fps.clip(0, self.n_neg))
        too_low, too_high = np.flatnonzero(below < reached.max()), np.flatnonzero(above < reached.max())
        low = self.edges[too_low[-1]] if len(too_low) else -np.inf
        return low, self.edges[too_high[0]] if len(too_high) else np.inf


def _spread(count, step):
    """Standard deviation of a number of rows of which every ``step``-th was counted."""
    return np.sqrt(count * (step * (step - 1.0)))
