"""Values of all thresholds of one label, where limits bound the number of labels of a sample.

The threshold of the label falls from above all scores to below them, and the other thresholds
stay. Each sample gets the label once, at its entry. Where a limit fixes the number of labels, the
label then displaces another one. So one change for each sample gives all values along the sweep.

Shapes: y_true (n_samples, n_labels) bool, y_score (n_samples, n_labels) float, thresholds
(n_labels,), sample_weight (n_samples,), (n_samples, n_labels) or None. Values along a sweep have
shape (n_samples + 1,): number n is the value where n samples have the label.
"""

from typing import NamedTuple

import numpy as np

from ..core import (
    class_weights,
    confusion_counts,
    decide_within,
    weight_of_label,
    weight_of_samples,
)
from ._cuts import between


class LabelSweep(NamedTuple):
    """What happens to each sample as the threshold of a label falls.

    label : int
    entry : (n_samples,) largest threshold at which the sample has the label
    displaced : (n_samples,) int, the label that the sample loses in exchange, -1 for none
    y_pred : (n_samples, n_labels) bool, decisions while no sample has the label
    order : (n_samples,) samples by descending entry
    """

    label: int
    entry: np.ndarray
    displaced: np.ndarray
    y_pred: np.ndarray
    order: np.ndarray

    def is_candidate(self):
        """(n_samples + 1,) whether a threshold gives the label to exactly so many samples."""
        # Samples of equal entry get the label together. Those of an infinite entry always have it.
        entry = self.entry[self.order]
        next_entry = np.append(entry, -np.inf)
        return (next_entry < np.inf) & (next_entry != np.append(np.nan, entry))

    def threshold(self, n_samples):
        """The threshold at which so many samples have the label."""
        dtype = self.entry.dtype
        edges = np.concatenate([[np.inf], self.entry[self.order], [-np.inf]]).astype(dtype)
        return between(edges[[n_samples + 1]], edges[[n_samples]])[0]

    def decisions(self, n_samples):
        """Decisions where so many samples have the label."""
        y_pred = self.y_pred.copy()
        samples = self.order[:n_samples]
        y_pred[samples, self.label] = True
        # Samples at a limit lose a label in exchange.
        limited = samples[self.displaced[samples] >= 0]
        y_pred[limited, self.displaced[limited]] = False
        return y_pred


def sweep_label(label, y_score, thresholds, limits):
    """Sweep of a label. Among equal margins, that of the label counts as the higher one."""
    # Decisions while no sample has the label because of its score.
    others = thresholds.copy()
    others[label] = np.inf
    y_pred = decide_within(y_score, others, limits)
    # Samples with too few other labels have it at any threshold.
    has_anyway = y_pred[:, label].copy()
    y_pred[:, label] = False

    # The label enters a sample where its margin reaches 0.
    with np.errstate(over="ignore"):
        margin = y_score - others
    needed = np.where(has_anyway, -np.inf, 0).astype(margin.dtype)
    displaced = np.full(len(margin), -1)

    # Where a limit fixes the number of labels, it enters where its margin reaches the smallest one
    # of the predicted labels, and displaces that label.
    n_above = np.count_nonzero(margin >= 0, axis=1)
    is_limited = (n_above >= limits.max_labels) | (n_above < limits.min_labels)
    limited = np.flatnonzero(is_limited & ~has_anyway)
    if len(limited):
        kept = np.where(y_pred[limited], margin[limited], np.inf)
        displaced[limited] = kept.argmin(axis=1)
        needed[limited] = kept[np.arange(len(limited)), displaced[limited]]
    with np.errstate(over="ignore"):
        entry = y_score[:, label] - needed
    return LabelSweep(label, entry, displaced, y_pred, np.argsort(-entry))


def label_values(objective, sweep, y_true, sample_weight):
    """Values along a sweep of an objective that averages over labels."""
    n_samples = len(y_true)
    counts = np.array(confusion_counts(y_true, sweep.y_pred, sample_weight))
    # Counts of each label that moves, before and after each of its moves.
    labels, positions, moved = [], [], []
    for label, sign, position in _moves(sweep):
        samples = sweep.order[position]
        weight = weight_of_label(sample_weight, label)
        tp = _cumulated(y_true[:, label], samples, weight)
        fp = _cumulated(~y_true[:, label], samples, weight)
        labels.append(np.full(len(tp), label))
        positions.append(np.append(position, n_samples))
        moved.append(counts[:, [label]] + sign * np.array([tp, fp, -tp, -fp]))

    # One call of the formula for all of them. Sums in another order may fall below zero.
    label = np.concatenate(labels)
    values = objective._for_labels(label).formula(*np.maximum(np.hstack(moved), 0))
    label_weight = objective._label_weight(class_weights(y_true, sample_weight)[0])
    change = np.diff(label_weight[label] * values)
    # The differences from one label to the next are put behind the last sample, and dropped.
    change = np.bincount(np.concatenate(positions)[:-1], change, n_samples)[:n_samples]
    return np.append(0.0, np.cumsum(change))


def _moves(sweep):
    """[(label, sign, positions in the order of the sweep)] of labels that samples get or lose."""
    displaced = sweep.displaced[sweep.order]
    by_label = np.argsort(displaced, kind="stable")
    labels, first = np.unique(displaced[by_label], return_index=True)
    losses = zip(labels, np.split(by_label, first[1:]), strict=True)
    gain = sweep.label, 1, np.arange(len(displaced))
    return [gain, *[(label, -1, position) for label, position in losses if label >= 0]]


def micro_values(objective, sweep, y_true, sample_weight):
    """Values along a sweep of a formula of the counts summed over labels."""
    tp, fp, fn, tn = np.sum(confusion_counts(y_true, sweep.y_pred, sample_weight), axis=1)
    weight = 1.0 if sample_weight is None else sample_weight.reshape(len(y_true), -1)
    tps = tp + _cumulated(_change(sweep, y_true * weight), sweep.order)
    fps = fp + _cumulated(_change(sweep, ~y_true * weight), sweep.order)
    return objective.formula(*np.maximum([tps, fps, tp + fn - tps, fp + tn - fps], 0))


def _change(sweep, values):
    """(n_samples,) change of the sum of the values of predicted cells at the entry.

    values : (n_samples, n_labels) float
    """
    lost = values[np.arange(len(values)), sweep.displaced] * (sweep.displaced >= 0)
    return values[:, sweep.label] - lost


def sample_values(objective, sweep, y_true, sample_weight):
    """Values along a sweep, up to a constant, of an objective that averages over samples."""
    weight, known = weight_of_samples(sample_weight)
    cell_weight = None if known is None else known.T.astype(float)
    # The value of a sample changes once, so that gains of samples add up.
    without, having = (
        objective.formula(*confusion_counts(y_true.T, y_pred.T, cell_weight))
        for y_pred in (sweep.y_pred, sweep.decisions(len(y_true)))
    )
    return _cumulated(having - without, sweep.order, weight)


def cell_values(objective, sweep, y_true, sample_weight):
    """Values along a sweep, up to a constant, of minus the costs summed over cells."""
    without = objective._cells(y_true, sweep.y_pred)
    having = objective._cells(y_true, sweep.decisions(len(y_true)))
    gain = without - having
    if sample_weight is not None:
        gain = gain * sample_weight.reshape(len(gain), -1)
    return _cumulated(gain.sum(axis=1), sweep.order)


def _cumulated(values, samples, weight=None):
    values = values[samples]
    if weight is not None:
        values = values * weight[samples]
    return np.append(0.0, np.cumsum(values))
