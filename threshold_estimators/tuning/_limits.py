"""Thresholds for decisions within limits on the number of labels of a sample.

Candidates come from the same families as without limits. Each is judged by the value of the
decisions that the limits leave.

Shapes: y_true (n_samples, n_labels) bool, y_score (n_samples, n_labels) float, sample_weight
(n_samples,) > 0 or None; thresholds (n_labels,) in the dtype of y_score.
"""

from typing import NamedTuple

import numpy as np

from ..core import Limits, class_weights, confusion_counts, decide_within
from ..objectives import Constrained, Cost, Objective
from ..pooling import probability_rule
from ..solvers import (
    MAX_SWEEPS,
    N_QUANTILES,
    candidate_thresholds,
    cumulated_gains,
    label_values,
    micro_values,
    sweep_label,
)
from ._strategies import COARSE, FINE


def thresholds_within(limits, strategy, start, objective, y_true, y_score, sample_weight):
    """Thresholds for limited decisions, never worse than ``start``, which ignores the limits."""
    problem = _LimitedProblem(limits, objective, y_true, y_score, sample_weight)
    if strategy == "global":
        return _best_common(problem, start)
    if strategy == "pooled":
        return _best_of_family(problem, start)
    if strategy == "per_label":
        shared = _best_common(problem, start), _best_of_family(problem, start)
        best_shared = max(shared, key=problem.value)
        # The search from either start may end in a worse optimum than that from the other.
        starts = [start] if np.array_equal(start, best_shared) else [start, best_shared]
        return max([_label_by_label(problem, begin) for begin in starts], key=problem.value)
    return start


class _LimitedProblem(NamedTuple):
    limits: Limits
    objective: Objective
    y_true: np.ndarray
    y_score: np.ndarray
    sample_weight: np.ndarray | None

    def value(self, thresholds):
        """Value of the limited decisions, which compares as that of ``value_of``."""
        return self.value_of(decide_within(self.y_score, thresholds, self.limits))

    def value_of(self, y_pred):
        """(minus the number of violated constraints, value) of decisions."""
        data = self.y_true, y_pred, self.sample_weight
        return -len(self.objective._violated(*data)), self.objective._value(*data)


def _best_common(problem, start):
    thresholds = candidate_thresholds(problem.y_true.ravel(), problem.y_score.ravel())
    common = [np.full_like(start, threshold) for threshold in thresholds]
    return max([start, *common], key=problem.value)


def _best_of_family(problem, start):
    """The best rule of the pooled family, whose one parameter hardly overfits."""
    rule = probability_rule(problem.y_true, problem.y_score, problem.sample_weight)
    best = max(COARSE, key=lambda log_odds: problem.value(rule(log_odds)))
    return max([start, *map(rule, best + FINE)], key=problem.value)


def _label_by_label(problem, start):
    """Move one threshold at a time to its best value, given the others, until none moves."""
    thresholds, best = start, problem.value(start)
    for _ in range(MAX_SWEEPS):
        before = best
        for label in range(len(thresholds)):
            sweep = sweep_label(label, problem.y_score, thresholds, problem.limits)
            n_samples = _best_count(problem, sweep)
            if n_samples == np.count_nonzero(sweep.entry >= thresholds[label]):
                continue
            moved = thresholds.copy()
            moved[label] = sweep.threshold(n_samples)
            # With rounding or equal margins, decisions may differ from those of the sweep.
            if (found := problem.value(moved)) > best:
                best, thresholds = found, moved
        if best == before:
            break
    return thresholds


def _best_count(problem, sweep):
    """The fewest samples that should have the label of the sweep."""
    objective = problem.objective
    # A constraint comes before the value, which values along a sweep cannot express.
    if isinstance(objective, Constrained):
        return _best_of_few_counts(problem, sweep)
    # Any cost is a sum over cells, even if its form is that of labels.
    form = "cells" if isinstance(objective, Cost) else objective._form
    if form not in VALUES:
        return _best_of_few_counts(problem, sweep)
    values = VALUES[form](objective, sweep, problem.y_true, problem.sample_weight)
    return np.argmax(np.where(sweep.is_candidate(), values, -np.inf))


def _best_of_few_counts(problem, sweep):
    counts = np.flatnonzero(sweep.is_candidate())
    if len(counts) > N_QUANTILES:
        counts = counts[np.linspace(0, len(counts) - 1, N_QUANTILES).astype(int)]
    return max(counts, key=lambda n_samples: problem.value_of(sweep.decisions(n_samples)))


def _values_by_labels(objective, sweep, y_true, sample_weight):
    label_weight = objective._label_weight(class_weights(y_true, sample_weight)[0])

    def formula_of(label):
        return objective._for_labels(label).formula

    return label_values(sweep, formula_of, label_weight, y_true, sample_weight)


def _values_of_summed_counts(objective, sweep, y_true, sample_weight):
    return micro_values(sweep, objective.formula, y_true, sample_weight)


def _values_by_samples(objective, sweep, y_true, sample_weight):
    everything = sweep.decisions(len(y_true))
    without = objective.formula(*confusion_counts(y_true.T, sweep.y_pred.T))
    having = objective.formula(*confusion_counts(y_true.T, everything.T))
    return cumulated_gains(sweep, having - without, sample_weight)


def _values_by_cells(objective, sweep, y_true, sample_weight):
    without = objective._cells(y_true, sweep.y_pred).sum(axis=1)
    having = objective._cells(y_true, sweep.decisions(len(y_true))).sum(axis=1)
    return cumulated_gains(sweep, without - having, sample_weight)


# Values along the sweep of a label, by the form of the objective.
VALUES = {
    "labels": _values_by_labels,
    "micro": _values_of_summed_counts,
    "samples": _values_by_samples,
    "cells": _values_by_cells,
}
