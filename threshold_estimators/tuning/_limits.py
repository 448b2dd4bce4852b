"""Thresholds for decisions that keep to limits of labels in a row: candidates of the strategies, by their real value.

Shapes: y_true (n_samples, n_labels) bool, y_score (n_samples, n_labels) float, sample_weight (n_samples,) > 0 or None;
thresholds (n_labels,) in the dtype of y_score.
"""

from functools import partial, singledispatch

import numpy as np

from ..core import class_weights, confusion_counts, decide_within
from ..objectives import Constrained, Cost, CountObjective
from ..pooling import probability_rule
from ..solvers import (
    MAX_SWEEPS,
    N_QUANTILES,
    candidates,
    cumulated_gains,
    switches_of,
    values_of_labels,
    values_of_summed_counts,
)
from ._strategies import COARSE, FINE


def thresholds_within(limits, strategy, start, objective, y_true, y_score, sample_weight):
    """Thresholds where decisions keep to limits: never worse than ``start``, which a strategy found without them."""
    data = y_true, y_score, sample_weight
    worth = partial(_worth_within, limits, objective, *data)
    if strategy == "global":
        return _best_common(start, worth, *data)
    if strategy == "pooled":
        return _best_of_family(start, worth, *data)
    if strategy == "per_label":
        shared = max(
            _best_common(start, worth, *data), _best_of_family(start, worth, *data), key=worth
        )
        starts = (
            [start] if np.array_equal(start, shared) else [start, shared]
        )  # each may end where the other does not
        return max(
            (_label_by_label(begin, worth, limits, objective, *data) for begin in starts), key=worth
        )
    return start


def _worth_within(limits, objective, y_true, y_score, sample_weight, thresholds):
    return _worth(objective, y_true, decide_within(y_score, thresholds, limits), sample_weight)


def _worth(objective, y_true, y_pred, sample_weight):
    """Constraints that hold come first, then the value."""
    return -len(objective._violated(y_true, y_pred, sample_weight)), objective._value(
        y_true, y_pred, sample_weight
    )


def _best_common(start, worth, y_true, y_score, sample_weight):
    common = candidates(y_true.ravel(), y_score.ravel())
    return max([start, *(np.full_like(start, cut) for cut in common)], key=worth)


def _best_of_family(start, worth, y_true, y_score, sample_weight):
    """A family with one parameter: limits add nothing that few rows could mislead."""
    rule = probability_rule(y_true, y_score, sample_weight)
    best = max(COARSE, key=lambda log_odds: worth(rule(log_odds)))
    return max([start, *map(rule, best + FINE)], key=worth)


def _label_by_label(start, worth, limits, objective, y_true, y_score, sample_weight):
    """One threshold at a time to the best of its cuts given the others, until none moves."""
    thresholds, best = start, worth(start)
    for _ in range(MAX_SWEEPS):
        before = best
        for label in range(len(thresholds)):
            switches = switches_of(label, y_score, thresholds, limits)
            n_rows = _best_switch(objective, switches, y_true, sample_weight)
            if n_rows == np.count_nonzero(switches.cut >= thresholds[label]):
                continue
            trial = thresholds.copy()
            trial[label] = switches.threshold(n_rows)
            # Rounding and equal margins may make the decisions others than those of the switches.
            if (found := worth(trial)) > best:
                best, thresholds = found, trial
        if best == before:
            break
    return thresholds


@singledispatch
def _best_switch(objective, switches, y_true, sample_weight):
    """How many rows should have the label. For an objective of no known kind a few numbers are tried."""
    possible = np.flatnonzero(switches.is_cut())
    if len(possible) > N_QUANTILES:
        possible = possible[np.linspace(0, len(possible) - 1, N_QUANTILES).astype(int)]
    return max(
        possible,
        key=lambda n_rows: _worth(objective, y_true, switches.decisions(n_rows), sample_weight),
    )


@_best_switch.register
def _(objective: CountObjective, switches, y_true, sample_weight):
    if objective.average == "samples":
        without, having = (
            objective.formula(*confusion_counts(y_true.T, switches.decisions(n_rows).T))
            for n_rows in (0, len(y_true))
        )
        return _first_best(switches, cumulated_gains(switches, having - without, sample_weight))
    if objective.average == "micro":
        return _first_best(
            switches, values_of_summed_counts(switches, objective.formula, y_true, sample_weight)
        )
    n_pos = class_weights(y_true, sample_weight)[0]
    formulas, label_weight = (
        [objective._for_labels(label).formula for label in range(y_true.shape[1])],
        objective._label_weight(n_pos),
    )
    return _first_best(
        switches, values_of_labels(switches, formulas, label_weight, y_true, sample_weight)
    )


@_best_switch.register
def _(objective: Constrained, switches, y_true, sample_weight):
    return _best_switch.dispatch(object)(objective, switches, y_true, sample_weight)


@_best_switch.register
def _(objective: Cost, switches, y_true, sample_weight):
    without, having = (
        objective._cells(y_true, switches.decisions(n_rows)).sum(axis=1)
        for n_rows in (0, len(y_true))
    )
    return _first_best(switches, cumulated_gains(switches, without - having, sample_weight))


def _first_best(switches, values):
    """The fewest rows with the largest value among those that a threshold can let have the label."""
    return np.argmax(np.where(switches.is_cut(), values, -np.inf))
