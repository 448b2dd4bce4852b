"""What moving the threshold of one label does to rows whose number of labels is limited.

With the other thresholds given, a row has the label from one cut of it on. Where the row's limit binds, another label
then makes room. So along all cuts of the label each row switches once, and values are cumulated from these switches.

Shapes: y_true (n_samples, n_labels) bool, y_score (n_samples, n_labels) float, thresholds (n_labels,), sample_weight
(n_samples,) or None.
"""

from typing import NamedTuple

import numpy as np

from ..core import confusion_counts, decide_within
from ._cuts import between


class Switches(NamedTuple):
    """What each row does as the threshold of a label falls.

    label : int
    cut : (n_samples,) from which on the row has the label
    leaves : (n_samples,) the label that then makes room, -1 for none
    y_pred : (n_samples, n_labels) bool, decisions while no row has the label
    order : (n_samples,) rows by descending cut
    """

    label: int
    cut: np.ndarray
    leaves: np.ndarray
    y_pred: np.ndarray
    order: np.ndarray

    def is_cut(self):
        """(n_samples + 1,) whether a threshold can give the label to so many rows: equal cuts go together."""
        cut = self.cut[self.order]
        edges = np.r_[np.nan, cut, -np.inf]
        return (edges[1:] < np.inf) & (edges[1:] != edges[:-1])

    def threshold(self, n_rows):
        """The threshold at which so many rows have the label."""
        edges = np.r_[np.inf, self.cut[self.order], -np.inf].astype(self.cut.dtype)
        return between(edges[[n_rows + 1]], edges[[n_rows]])[0]

    def decisions(self, n_rows):
        """Decisions where so many rows have the label."""
        y_pred, rows = self.y_pred.copy(), self.order[:n_rows]
        y_pred[rows, self.label] = True
        rows = rows[self.leaves[rows] >= 0]
        y_pred[rows, self.leaves[rows]] = False
        return y_pred


def switches_of(label, y_score, thresholds, limits):
    """Switches of a label. Of equal margins that of the label counts as the higher one."""
    others = thresholds.copy()
    others[label] = np.inf
    y_pred = decide_within(y_score, others, limits)
    with np.errstate(over="ignore"):
        margin = y_score - others
    n_above = np.count_nonzero(margin >= 0, axis=1)
    has_anyway = y_pred[:, label].copy()  # to reach the least number
    y_pred[:, label] = False

    # The margin that the label must reach: 0, or where its row is full that of the label that makes room for it.
    bar, leaves = np.where(has_anyway, -np.inf, 0).astype(margin.dtype), np.full(len(margin), -1)
    full = np.flatnonzero(
        ((n_above >= limits.max_labels) | (n_above < limits.min_labels)) & ~has_anyway
    )
    if len(full):
        kept = np.where(y_pred[full], margin[full], np.inf)
        leaves[full] = kept.argmin(axis=1)
        bar[full] = kept[np.arange(len(full)), leaves[full]]
    with np.errstate(over="ignore"):
        cut = y_score[:, label] - bar
    return Switches(label, cut, leaves, y_pred, np.argsort(-cut))


def cumulated_gains(switches, gain, sample_weight):
    """(n_samples + 1,) sum over the rows that have the label of what each gains by it.

    gain : (n_samples,)
    """
    return _cumulated(gain, switches.order, sample_weight)


def _cumulated(values, rows, sample_weight):
    values = values[rows] if sample_weight is None else values[rows] * sample_weight[rows]
    return np.append(0.0, np.cumsum(values))


def values_of_summed_counts(switches, formula, y_true, sample_weight):
    """(n_samples + 1,) value of a formula of all labels' counts together."""
    tp, fp, fn, tn = (
        part.sum() for part in confusion_counts(y_true, switches.y_pred, sample_weight)
    )
    tps, fps = (
        start + cumulated_gains(switches, _change(switches, hits), sample_weight)
        for start, hits in ((tp, y_true), (fp, ~y_true))
    )
    # Sums in another order may come out below zero by a rounding error.
    return formula(*(np.maximum(part, 0) for part in (tps, fps, tp + fn - tps, fp + tn - fps)))


def _change(switches, hits):
    """(n_samples,) what a row's switch adds to a count of its predicted cells."""
    leaving = switches.leaves >= 0
    lost = leaving & hits[np.arange(len(hits)), switches.leaves]
    return hits[:, switches.label].astype(float) - lost


def values_of_labels(switches, formulas, label_weight, y_true, sample_weight):
    """(n_samples + 1,) weighted sum of the formulas of labels."""
    counts = np.array(confusion_counts(y_true, switches.y_pred, sample_weight))
    leaves, total = switches.leaves[switches.order], np.zeros(len(y_true) + 1)
    moves = [(switches.label, 1, np.arange(len(y_true)))]
    by_label = np.argsort(leaves, kind="stable")
    starts = np.searchsorted(leaves[by_label], np.arange(len(formulas) + 1))
    moves += [(k, -1, by_label[starts[k] : starts[k + 1]]) for k in np.unique(leaves[leaves >= 0])]
    for label, sign, at in moves:
        rows, hits = switches.order[at], y_true[:, label]
        tp, fp = (_cumulated(part, rows, sample_weight) for part in (hits, ~hits))
        moved = counts[:, [label]] + sign * np.array([tp, fp, -tp, -fp])
        values = label_weight[label] * formulas[label](*np.maximum(moved, 0))
        total[at + 1] += np.diff(values)
    return np.cumsum(total)
