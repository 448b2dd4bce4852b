"""The cuts of labels that maximise a formula of their counts summed over labels.

A ratio of linear functions has its maximum at a corner of the sum of the labels' convex hulls, so for F-beta, Jaccard
and their like the best corner is exact; for any other formula it is the best corner.

Such a ratio says at its value what a predicted row costs in true positives, its price (Dinkelbach). A corner that no
cut of any label beats at the corner's own price is the best of all, so that few cuts of each label need be looked at.

Shapes: y_true (n_samples, n_labels) bool, y_score (n_samples, n_labels) float, sample_weight (n_samples,) or None; a
value is a function of summed counts, arrays (tp, fp).
"""

from typing import NamedTuple

import numpy as np
from sklearn.isotonic import isotonic_regression

from ..core import class_weights, each_block, each_label
from ._cuts import (
    LabelCuts,
    are_few,
    cuts_at_all_scores,
    in_gaps,
    lowest_of_highest,
    share_of_highest,
)
from ._histogram import Buckets

MOST_PRICES = 20  # that are tried on counts in buckets
STEP, ROUNDING = 1e-6, 1e-4  # of differences, and of the price that they tell


class Hulls(NamedTuple):
    """Corners of the hulls of labels, those of a label together and from the highest cut down.

    label, tps, fps : (n_corners,)
    below, above : (n_corners,) neighbouring scores with the cut between them; NaN is a lower one that is not known
    """

    label: np.ndarray
    tps: np.ndarray
    fps: np.ndarray
    below: np.ndarray
    above: np.ndarray

    @classmethod
    def joined(cls, parts):
        """Those of all labels, given those of some in each part, which count their labels from 0."""
        n_before = np.cumsum([0, *(len(np.unique(part.label)) for part in parts)])
        parts = [
            part._replace(label=part.label + n) for part, n in zip(parts, n_before, strict=False)
        ]
        return cls(*map(np.concatenate, zip(*parts, strict=True)))

    def with_labels(self, labels, hulls):
        """The same, but with other hulls of some labels, which these count from 0."""
        kept = ~np.isin(self.label, labels)
        hulls = hulls._replace(label=labels[hulls.label])
        joined = [np.append(own[kept], other) for own, other in zip(self, hulls, strict=True)]
        order = np.argsort(joined[0], kind="stable")
        return Hulls(*(part[order] for part in joined))

    def best_corner(self, value):
        """The corners of the labels, one of each, that make the best corner of their sum.

        value : function of summed counts, arrays (tp, fp)
        """
        is_edge = np.diff(self.label) == 0
        label = self.label[1:][is_edge]
        d_tps, d_fps = (np.diff(part)[is_edge] for part in (self.tps, self.fps))
        steepness = d_tps / (d_tps + d_fps)
        order = np.argsort(-steepness, kind="stable")
        start = np.flatnonzero(np.append(True, ~is_edge))
        tps, fps = (
            np.cumsum(np.append(part[start].sum(), steps[order]))
            for part, steps in ((self.tps, d_tps), (self.fps, d_fps))
        )
        # Between edges of one slope is no corner: which of them comes first would depend on the order of labels.
        is_corner = np.append(True, np.diff(steepness[order], append=-1.0) < 0)
        best = np.argmax(np.where(is_corner, value(tps, fps), -np.inf))
        corner = start + np.bincount(label[order[:best]], minlength=len(start))
        return Hulls(*(part[corner] for part in self))


def hulls_within(y_true, y_score, low, high):
    """Hulls of a block of labels, of the cuts at their positives with a score from low, below high.

    y_true, y_score : (n_labels, n_samples); low, high : (n_labels,)
    """
    return _hulls_of(LabelCuts.within(y_true, y_score, low, high))


def hulls_of_highest(y_true, y_score, n_pos):
    """(hulls, n_neg) of a block of labels, of the cuts among their highest scores, and how many negatives have these.

    y_true, y_score : (n_labels, n_samples); n_pos, n_neg : (n_labels,)
    """
    low = lowest_of_highest(y_score, n_pos)
    cuts = LabelCuts.within(y_true, y_score, low, np.full(len(low), np.inf))
    return _hulls_of(cuts), cuts.n_neg_within


def _hulls_of(cuts):
    # Where no positive row lies above its range, the highest cut of a label lets nothing through.
    empty = np.flatnonzero(cuts.tp_above == 0)
    none = np.zeros(len(empty), int)
    parts = (
        (empty, cuts.label),
        (none, cuts.tps),
        (none, cuts.fps),
        (none - 1, np.arange(len(cuts.at))),
    )
    downwards = [np.append(nothing, part[::-1]) for nothing, part in parts]
    order = np.argsort(downwards[0], kind="stable")
    label, tps, fps, index = (part[order] for part in downwards)
    corner = np.flatnonzero(is_corner(label, tps, fps))
    label, tps, fps, index = (part[corner] for part in (label, tps, fps, index))
    below, above = np.full((2, len(index)), np.inf)
    is_cut = index >= 0
    below[is_cut], above[is_cut] = cuts.neighbours(index[is_cut])
    return Hulls(label, tps, fps, below, above)


def hull_of_rows(y_true, y_score, sample_weight):
    """Hull of the one label with some rows."""
    cuts = cuts_at_all_scores(y_true, y_score, sample_weight).of_positives()
    label = np.zeros(len(cuts.scores), int)
    index = np.flatnonzero(is_corner(label, cuts.tps[::-1], cuts.fps[::-1]))
    index = len(label) - 1 - index
    return Hulls(label[index], cuts.tps[index], cuts.fps[index], *cuts.neighbours(index))


def is_corner(label, tps, fps):
    """Whether cuts are corners of their label's hull; cuts of a label are together, from the highest down.

    Pooling adjacent violators on the slopes of the curves is their convex hull: a pooled block is one edge.
    """
    corner = np.diff(label, prepend=-1) != 0
    end = np.flatnonzero(~corner)
    if len(end):
        d_tps, d_fps = (part[end] - part[end - 1] for part in (tps, fps))
        weight = d_tps + d_fps
        # Slopes lie in [0, 1], so those of labels that are two apart are never pooled.
        slope = isotonic_regression(
            d_tps / weight - 2 * np.cumsum(corner)[end], sample_weight=weight, increasing=False
        )
        corner[end[np.append(np.diff(slope) != 0, True)]] = True
    return corner


def pooled_counts(y_true, y_score, sample_weight, formula, is_linear_ratio):
    """Thresholds at the best corner."""
    n_pos, n_neg = class_weights(y_true, sample_weight)
    all_pos, all_neg = n_pos.sum(), n_neg.sum()

    def value(tps, fps):
        # The totals are sums in another order, so the rest may come out below zero by a rounding error.
        return formula(tps, fps, np.maximum(all_pos - tps, 0), np.maximum(all_neg - fps, 0))

    for search in (
        (_best_of_highest, _best_near_a_price) if is_linear_ratio and sample_weight is None else ()
    ):
        corner = search(y_true, y_score, n_pos, value)
        if corner is not None:
            break
    else:
        corner = _all_hulls(y_true, y_score, sample_weight).best_corner(value)
    return in_gaps(y_score, corner.below, corner.above)


def _all_hulls(y_true, y_score, sample_weight=None):
    """Hulls of all cuts."""
    if sample_weight is not None:
        return Hulls.joined(
            each_label(lambda *label: hull_of_rows(*label, sample_weight), y_true, y_score)
        )
    everywhere = np.full((2, y_score.shape[1]), np.inf) * [[-1], [1]]
    return Hulls.joined(each_block(hulls_within, y_true, y_score, *everywhere))


def _best_of_highest(y_true, y_score, n_pos, value):
    """The best corner, found among the highest cuts of most labels; None where too many labels need all of theirs.

    Where labels are rare, sorting their highest rows costs less than counting all.
    """
    share, is_whole = share_of_highest(n_pos, len(y_score)), np.zeros(len(n_pos), bool)
    if not are_few(share.mean()):
        return None
    parts, n_neg = zip(*each_block(hulls_of_highest, y_true, y_score, n_pos), strict=True)
    hulls, n_neg = Hulls.joined(parts), np.concatenate(n_neg)
    while True:
        corner = hulls.best_corner(value)
        # A lower cut lets all of the negatives through that were looked at, and at most all positives.
        more_tp, more_fp = n_pos - corner.tps, n_neg - corner.fps
        may_be_better = np.any(
            [more_tp * (1 - p) >= more_fp * p for p in _nearly(_price_at(corner, value))], axis=0
        )
        labels = np.flatnonzero(may_be_better & ~is_whole)
        if not len(labels):
            return corner if _beats_nothing(corner, value) else None
        is_whole[labels] = True
        if not are_few(np.maximum(share, is_whole).mean()):
            return None
        whole = [_all_hulls(y_true[:, [label]], y_score[:, [label]]) for label in labels]
        hulls = hulls.with_labels(labels, Hulls.joined(whole))


def _best_near_a_price(y_true, y_score, n_pos, value):
    """The best corner between two prices, None where its own price does not lie between them."""
    buckets = Buckets(
        *map(np.concatenate, zip(*each_block(Buckets.of, y_true, y_score), strict=True))
    )
    prices = [
        _price_among(buckets.tps, fps, value) for fps in (buckets.fps, buckets.possible_fps())
    ]
    low, high = min(prices) * (1 - 3 * ROUNDING), max(prices) * (1 + 3 * ROUNDING)
    gains = [lambda tps, fps, price=price: tps * (1 - price) - fps * price for price in (low, high)]
    hulls = each_block(hulls_within, y_true, y_score, *buckets.range_of_best(gains))
    corner = Hulls.joined(hulls).best_corner(value)
    lowest, highest = _nearly(_price_at(corner, value))
    return corner if low < lowest and highest < high and _beats_nothing(corner, value) else None


def _beats_nothing(corner, value):
    """Whether a corner beats letting nothing through, which may be 0/0, and no price tells the value of that."""
    return value(*np.zeros((2, 1))) < value(
        *(part.sum(keepdims=True) for part in (corner.tps, corner.fps))
    )


def _price_at(corner, value):
    return _price(value, corner.tps.sum(), corner.fps.sum())


def _nearly(price):
    """The ends of where a price may lie that was found by differences."""
    return price * (1 - ROUNDING), price * (1 + ROUNDING)


def _price_among(tps, fps, value):
    """Price at the best of some cuts: at each price every label decides alone, which makes a better one.

    tps, fps : (n_labels, n_cuts)
    """
    price = 0.3
    for _ in range(MOST_PRICES):
        best = np.argmax(tps - (tps + fps) * price, axis=1)[:, np.newaxis]
        before, price = (
            price,
            _price(value, *(np.take_along_axis(part, best, axis=1).sum() for part in (tps, fps))),
        )
        if price == before:
            break
    return price


def _price(value, tp, fp):
    """What a predicted row costs in true positives where the value stays the same, by the slopes of the value.

    Taken towards smaller counts, which there are at all cuts but at those that let none through.
    """
    d_tp, d_fp = (-STEP * count if count else STEP for count in (tp, fp))
    at, other_tp, other_fp = value(tp + np.array([0, d_tp, 0]), fp + np.array([0, 0, d_fp]))
    by_tp, by_fp = (other_tp - at) / d_tp, (other_fp - at) / d_fp
    price = by_fp / (by_fp - by_tp) if by_tp > by_fp else 0.0
    return np.clip(price, 1e-9, 1 - 1e-9)
