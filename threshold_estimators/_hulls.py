"""The upper convex hulls of the labels' ROC curves, and the corners of their sum.

Whatever the labels' cuts, the summed (fp, tp) lie under the sum of the labels' hulls, and its corners are found by
taking the edges of all hulls in the order of their slope.
"""

from typing import NamedTuple

import numpy as np
from sklearn.isotonic import isotonic_regression

from ._cuts import cuts_at_all_scores
from ._narrowing import LabelCuts, lowest_of_highest


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
        parts = [part._replace(label=part.label + n) for part, n in zip(parts, n_before, strict=False)]
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
    parts = (empty, cuts.label), (none, cuts.tps), (none, cuts.fps), (none - 1, np.arange(len(cuts.at)))
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
        slope = isotonic_regression(d_tps / weight - 2 * np.cumsum(corner)[end], sample_weight=weight, increasing=False)
        corner[end[np.append(np.diff(slope) != 0, True)]] = True
    return corner
