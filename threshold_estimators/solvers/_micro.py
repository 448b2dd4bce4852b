"""Thresholds that maximise a formula of the counts summed over labels ("micro").

Each label's ROC curve is its (fp, tp) at every threshold. Whatever thresholds the labels have, the
summed (fp, tp) lies below the sum of the labels' upper convex hulls (their Minkowski sum). A ratio
of linear functions such as F-beta has its maximum at a vertex of that sum, so the best vertex is
the exact optimum. For any other formula it is the best vertex, and not always the optimum.

The sum has as many vertices as all hulls together, which takes a sort of all scores. Two bounds
spare most of it. At its value v a ratio has a price p: a predicted sample must bring p true
positives for the ratio to stay at v (Dinkelbach 1967). At a given price each label is best decided
alone, by the threshold with the largest tp - p (tp + fp). A vertex that no label's threshold beats
at the vertex's own price is the optimum. So

1. where labels are rare, the vertex is looked for among each label's highest scores, and proven;
2. else histograms bound the price on both sides, and only samples between the best thresholds at
   these two prices are sorted;
3. where neither gives a proof, all hulls are taken.

Shapes: y_true, y_score (n_samples, n_labels), sample_weight (n_samples,), (n_samples,
n_labels) or None; positive, score
(n_labels, n_samples) of a block of labels.

References
----------
W. Dinkelbach, "On Nonlinear Fractional Programming", Management Science 13, 1967,
https://doi.org/10.1287/mnsc.13.7.492
"""

from functools import partial
from typing import NamedTuple

import numpy as np
from sklearn.isotonic import isotonic_regression

from ..core import class_weights, each_block, each_label, weights_of_labels
from ._cuts import (
    ROUNDING,
    SIZES,
    LabelCuts,
    cuts_at_all_scores,
    fraction_of_highest,
    in_gaps,
    lowest_of_highest,
)
from ._histogram import Histogram

LABELS_PER_TRIAL = 8  # labels for each one that shows whether the highest scores are enough
MAX_STEPS = 20  # of Dinkelbach's iteration on histograms
PRICE_MARGIN = 1e-6  # by which the bounds of the price are widened, against rounding


def summed_counts(objective, y_true, y_score, sample_weight, price=None, sizes=SIZES):
    """Thresholds at the best vertex of the sum of the labels' ROC hulls.

    objective : has ``formula(tp, fp, fn, tn)``
    price : function from the value of a ratio to its price, (value, n_pos, n_neg) -> float; None
    for formulas that are no ratio of linear functions
    """
    n_pos, n_neg = class_weights(y_true, sample_weight)
    summed = SummedFormula(objective, n_pos.sum(), n_neg.sum(), price)
    vertex = None
    if price is not None and sample_weight is None:
        vertex = _best_of_highest(y_true, y_score, n_pos, summed, sizes)
        if vertex is None:
            vertex = _best_near_the_price(y_true, y_score, summed, sizes)
    if vertex is None:
        vertex = best_vertex(_all_hulls(y_true, y_score, sample_weight, sizes), summed.value)
    return in_gaps(y_score, vertex.below, vertex.above)


class SummedFormula(NamedTuple):
    """The formula of summed counts as a function of (tp, fp), and the price where it is a ratio."""

    objective: object
    n_pos: float
    n_neg: float
    ratio_price: object

    def of_labels(self, n_pos, n_samples):
        """The formula of some labels, without weights; n_pos : (n_labels,)"""
        n_pos, n_cells = float(n_pos.sum()), float(n_samples * len(n_pos))
        return self._replace(n_pos=n_pos, n_neg=n_cells - n_pos)

    def value(self, tp, fp):
        """Values at summed counts, arrays (tp, fp)."""
        # The totals are summed in another order, so that a rest may be negative by rounding.
        fn, tn = np.maximum(self.n_pos - tp, 0), np.maximum(self.n_neg - fp, 0)
        return self.objective.formula(tp, fp, fn, tn)

    def price(self, tp, fp):
        """Price at summed counts, two numbers."""
        value = self.value(np.array([float(tp)]), np.array([float(fp)]))[0]
        return self.ratio_price(value, self.n_pos, self.n_neg)

    def beats_nothing(self, tp, fp):
        """Whether counts beat those of no prediction, which may be 0/0 and have no price then."""
        values = self.value(np.array([0.0, tp]), np.array([0.0, fp]))
        return values[0] < values[1]


class Hulls(NamedTuple):
    """Vertices of the ROC hulls of labels, label after label, from the highest cut down.

    label, tps, fps : (n_vertices,)
    below, above : (n_vertices,) neighbouring scores with the cut in between; NaN is a lower score
    that is not known
    """

    label: np.ndarray
    tps: np.ndarray
    fps: np.ndarray
    below: np.ndarray
    above: np.ndarray

    def take(self, index):
        """Some of the vertices."""
        return Hulls._make(field[index] for field in self)

    @classmethod
    def concatenate(cls, blocks):
        """Concatenate the hulls of blocks of labels, renumbering the labels of each block."""
        n_labels = [len(np.unique(hulls.label)) for hulls in blocks]
        first_label = np.cumsum([0, *n_labels[:-1]])
        label = [hulls.label + first for hulls, first in zip(blocks, first_label, strict=True)]
        fields = [np.concatenate(field) for field in zip(*blocks, strict=True)]
        return cls(np.concatenate(label), *fields[1:])

    def replace_labels(self, labels, hulls):
        """Replace the hulls of ``labels``. In ``hulls``, label i means ``labels[i]``."""
        kept = self.take(~np.isin(self.label, labels))
        hulls = hulls._replace(label=labels[hulls.label])
        joined = Hulls._make(np.concatenate(field) for field in zip(kept, hulls, strict=True))
        return joined.take(np.argsort(joined.label, kind="stable"))


def best_vertex(hulls, value):
    """The vertices of the labels, one of each, that make the best vertex of the sum of the hulls.

    value : function of arrays (tp, fp) of summed counts
    """
    starts_label = np.diff(hulls.label, prepend=-1) != 0
    first = np.flatnonzero(starts_label)

    # The edges of all hulls, sorted by their slope, are the boundary of the sum of the hulls.
    edge = np.flatnonzero(~starts_label)
    d_tp = hulls.tps[edge] - hulls.tps[edge - 1]
    d_fp = hulls.fps[edge] - hulls.fps[edge - 1]
    slope = d_tp / (d_tp + d_fp)
    order = np.argsort(-slope, kind="stable")
    tp = np.cumsum(np.append(hulls.tps[first].sum(), d_tp[order]))
    fp = np.cumsum(np.append(hulls.fps[first].sum(), d_fp[order]))

    # Edges of equal slope are one edge of the sum: there is no vertex between them, and the result
    # does not depend on the order of the labels.
    is_vertex = np.append(True, np.diff(slope[order], append=-1.0) < 0)
    best = np.argmax(np.where(is_vertex, value(tp, fp), -np.inf))

    n_steps = np.bincount(hulls.label[edge[order[:best]]], minlength=len(first))
    return hulls.take(first + n_steps)


def _best_of_highest(y_true, y_score, n_pos, summed, sizes):
    """The best vertex, from the highest scores of most labels and all scores of the others.

    Returns None if too many labels need all their scores, or if the proof fails. It is tried with
    few labels first, since it fails where the classes of most labels overlap.
    """
    few = slice(len(n_pos) // 2, len(n_pos) // 2 + len(n_pos) // LABELS_PER_TRIAL)
    if few.start < few.stop:
        data = y_true[:, few], y_score[:, few], n_pos[few]
        if _best_of_highest(*data, summed.of_labels(n_pos[few], len(y_score)), sizes) is None:
            return None
    fraction = fraction_of_highest(n_pos, len(y_score), sizes)
    is_whole = np.zeros(len(n_pos), bool)
    if fraction.mean() >= sizes.max_fraction:
        return None
    blocks = each_block(partial(hulls_of_highest, sizes=sizes), y_true, y_score, n_pos)
    hulls = Hulls.concatenate([hulls for hulls, _ in blocks])
    n_neg_within = np.concatenate([n_neg for _, n_neg in blocks])

    while True:
        vertex = best_vertex(hulls, summed.value)
        price = summed.price(vertex.tps.sum(), vertex.fps.sum())
        # A lower threshold predicts all negatives that were looked at, and at most all positives.
        gain = (n_pos - vertex.tps) * (1 - price * (1 - ROUNDING))
        loss = (n_neg_within - vertex.fps) * price * (1 - ROUNDING)
        labels = np.flatnonzero((gain >= loss) & ~is_whole)
        if not len(labels):
            is_best = summed.beats_nothing(vertex.tps.sum(), vertex.fps.sum())
            return vertex if is_best else None
        is_whole[labels] = True
        if np.maximum(fraction, is_whole).mean() >= sizes.max_fraction:
            return None
        whole = [
            _all_hulls(y_true[:, [label]], y_score[:, [label]], None, sizes) for label in labels
        ]
        hulls = hulls.replace_labels(labels, Hulls.concatenate(whole))


def _best_near_the_price(y_true, y_score, summed, sizes):
    """The best vertex between two bounds of the price, None where its own price lies outside."""
    blocks = each_block(partial(Histogram.of, sizes=sizes), y_true, y_score)
    histogram = Histogram._make(np.concatenate(field) for field in zip(*blocks, strict=True))

    # All thresholds at bin edges are attained; no threshold has fewer false positives than its bin.
    price_of_edges = _best_price(histogram.tps, histogram.fps, summed)
    price_of_bound = _best_price(histogram.tps, histogram.least_fps(), summed)
    low = min(price_of_edges, price_of_bound) * (1 - PRICE_MARGIN)
    high = max(price_of_edges, price_of_bound) * (1 + PRICE_MARGIN)

    gains = [partial(_gain_at_price, low), partial(_gain_at_price, high)]
    ranges = histogram.range_of_best(gains)
    hulls = each_block(partial(hulls_within, sizes=sizes), y_true, y_score, *ranges)
    vertex = best_vertex(Hulls.concatenate(hulls), summed.value)
    tp, fp = vertex.tps.sum(), vertex.fps.sum()
    is_inside = low < summed.price(tp, fp) < high
    return vertex if is_inside and summed.beats_nothing(tp, fp) else None


def _gain_at_price(price, tp, fp):
    return tp * (1 - price) - fp * price


def _best_price(tps, fps, summed):
    """Price at the best of some cuts, (n_labels, n_cuts), by Dinkelbach's iteration."""
    price = 0.3
    for _ in range(MAX_STEPS):
        best = np.argmax(_gain_at_price(price, tps, fps), axis=1)[:, np.newaxis]
        tp = np.take_along_axis(tps, best, axis=1).sum()
        fp = np.take_along_axis(fps, best, axis=1).sum()
        previous, price = price, summed.price(tp, fp)
        if price == previous:
            break
    return price


def _all_hulls(y_true, y_score, sample_weight, sizes):
    """Hulls of all cuts."""
    if sample_weight is not None:
        weights = weights_of_labels(sample_weight, y_score.shape[1])
        return Hulls.concatenate(each_label(hull_of_weighted, y_true, y_score, weights))
    low = np.full(y_score.shape[1], -np.inf)
    hulls = each_block(partial(hulls_within, sizes=sizes), y_true, y_score, low, -low)
    return Hulls.concatenate(hulls)


def hulls_within(positive, score, low, high, sizes=SIZES):
    """Hulls of the cuts at positives with a score from ``low`` to below ``high``, (n_labels,)."""
    return _hulls_of(LabelCuts.within(positive, score, low, high, sizes))


def hulls_of_highest(positive, score, n_pos, sizes=SIZES):
    """(hulls, n_neg) of each label's highest scores, and how many negatives have these scores."""
    low = lowest_of_highest(score, n_pos, sizes)
    cuts = LabelCuts.within(positive, score, low, np.full(len(low), np.inf), sizes)
    return _hulls_of(cuts), cuts.n_neg_within


def _hulls_of(cuts):
    # Where no positive lies above the range, a label's first cut predicts nothing.
    empty = np.flatnonzero(cuts.tp_above == 0)
    nothing = np.zeros(len(empty), int)
    label = np.append(empty, cuts.label)
    order = np.argsort(label, kind="stable")
    label = label[order]
    tps = np.append(nothing, cuts.tps)[order]
    fps = np.append(nothing, cuts.fps)[order]
    cut = np.append(nothing - 1, np.arange(len(cuts.at)))[order]

    vertex = np.flatnonzero(is_vertex(label, tps, fps))
    below, above = np.full((2, len(vertex)), np.inf)
    is_cut = cut[vertex] >= 0
    below[is_cut], above[is_cut] = cuts.neighbours(cut[vertex[is_cut]])
    return Hulls(label[vertex], tps[vertex], fps[vertex], below, above)


def hull_of_weighted(y_true, y_score, sample_weight):
    """Hull of one label with weights."""
    cuts = cuts_at_all_scores(y_true, y_score, sample_weight).of_positives()
    label = np.zeros(len(cuts.scores), int)
    vertex = np.flatnonzero(is_vertex(label, cuts.tps, cuts.fps))
    below, above = cuts.neighbours(vertex)
    return Hulls(label[vertex], cuts.tps[vertex], cuts.fps[vertex], below, above)


def is_vertex(label, tps, fps):
    """Whether cuts are vertices of their label's hull. Cuts lie label after label.

    Pooling adjacent violators on the slopes of a curve makes its convex hull: a pooled block is one
    edge (Barlow et al. 1972).
    """
    vertex = np.diff(label, prepend=-1) != 0
    edge = np.flatnonzero(~vertex)
    if len(edge):
        d_tp = tps[edge] - tps[edge - 1]
        d_fp = fps[edge] - fps[edge - 1]
        # Slopes lie in [0, 1]. Moved by 2 for each label, those of two labels are never pooled.
        slope = d_tp / (d_tp + d_fp) - 2 * np.cumsum(vertex)[edge]
        pooled = isotonic_regression(slope, sample_weight=d_tp + d_fp, increasing=False)
        ends_block = np.append(np.diff(pooled) != 0, True)
        vertex[edge[ends_block]] = True
    return vertex
