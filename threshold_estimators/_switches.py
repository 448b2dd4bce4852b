"""What moving the threshold of one label does to rows whose number of labels is limited.

With the other thresholds given, a row has the label from one cut of it on. Where the row's limit binds, another label
then makes room. So along all cuts of the label each row switches once, and values are cumulated from these switches.

Shapes: y_true (n_samples, n_labels) bool, y_score (n_samples, n_labels) float, thresholds (n_labels,), weight
(n_samples,) float.
"""

from typing import NamedTuple

import numpy as np

from ._counts import confusion_counts
from ._cuts import between
from ._limits import Limits, decide_within


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
        """(n_samples + 1,) whether a threshold can let so many rows have the label: those with equal cuts go together."""
        cut = self.cut[self.order]
        return np.append(True, (cut > -np.inf) & np.append(cut[1:] != cut[:-1], True))

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
    n_labels = len(thresholds)
    rest = np.delete(np.arange(n_labels), label)
    score = y_score[:, rest]
    with np.errstate(over="ignore"):
        margin = score - thresholds[rest]
    without = decide_within(score, thresholds[rest], Limits(min(limits.min_labels, n_labels - 1), limits.max_labels))
    n_above, n_without = np.count_nonzero(margin >= 0, axis=1), np.count_nonzero(without, axis=1)
    is_short = n_above < limits.min_labels

    # The margin that the label must reach: 0, or that of the label that makes room, or any where there is room to fill.
    bar, leaves = np.zeros(len(score), score.dtype), np.full(len(score), -1)
    bar[is_short] = -np.inf
    full = np.flatnonzero((n_above >= limits.max_labels) | (is_short & (n_without >= limits.min_labels)))
    if len(full):
        kept = np.where(without[full], margin[full], np.inf)
        lowest = kept.argmin(axis=1)
        bar[full], leaves[full] = kept[np.arange(len(full)), lowest], rest[lowest]
    y_pred = np.zeros(y_score.shape, bool)
    y_pred[:, rest] = without
    with np.errstate(over="ignore"):
        cut = y_score[:, label] - bar
    return Switches(label, cut, leaves, y_pred, np.argsort(-cut))


def cumulated_gains(switches, gain):
    """(n_samples + 1,) sum over the rows that have the label of what each gains by it.

    gain : (n_samples,)
    """
    return np.append(0.0, np.cumsum(gain[switches.order]))


def values_of_summed_counts(switches, formula, y_true, weight):
    """(n_samples + 1,) value of a formula of all labels' counts together."""
    tp, fp, fn, tn = (part.sum() for part in confusion_counts(y_true, switches.y_pred, weight))
    changes = [_change(switches, hits, weight) for hits in (y_true, ~y_true)]
    tps, fps = (start + cumulated_gains(switches, change) for start, change in zip((tp, fp), changes, strict=True))
    # Sums in another order may come out below zero by a rounding error.
    return formula(*(np.maximum(part, 0) for part in (tps, fps, tp + fn - tps, fp + tn - fps)))


def _change(switches, hits, weight):
    """(n_samples,) what a row's switch adds to a count of its predicted cells."""
    leaving = switches.leaves >= 0
    lost = leaving & hits[np.arange(len(hits)), switches.leaves]
    return weight * (hits[:, switches.label].astype(float) - lost)


def values_of_labels(switches, formulas, label_weight, y_true, weight):
    """(n_samples + 1,) weighted sum of the formulas of labels."""
    counts = np.array(confusion_counts(y_true, switches.y_pred, weight))
    leaves, total = switches.leaves[switches.order], np.zeros(len(weight) + 1)
    moves = [(switches.label, 1, np.arange(len(weight)))]
    by_label = np.argsort(leaves, kind="stable")
    starts = np.searchsorted(leaves[by_label], np.arange(len(formulas) + 1))
    moves += [(k, -1, by_label[starts[k] : starts[k + 1]]) for k in np.unique(leaves[leaves >= 0])]
    for label, sign, at in moves:
        rows = switches.order[at]
        hit = y_true[rows, label]
        tp, fp = (np.append(0.0, np.cumsum(weight[rows] * part)) for part in (hit, ~hit))
        moved = counts[:, [label]] + sign * np.array([tp, fp, -tp, -fp])
        values = label_weight[label] * formulas[label](*np.maximum(moved, 0))
        total[at + 1] += np.diff(values)
    return np.cumsum(total)
