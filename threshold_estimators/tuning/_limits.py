"""Thresholds for decisions within limits on the number of labels of a sample.

Candidates come from the same families as without limits. Each is judged by the value of the
decisions that the limits leave.

Shapes: y_true (n_samples, n_labels) bool, y_score (n_samples, n_labels) float, sample_weight
(n_samples,) > 0 or None; thresholds (n_labels,) in the dtype of y_score.
"""

from typing import NamedTuple

import numpy as np

from ..core import Limits, decide_within
from ..objectives import Constrained, Cost, Objective
from ..pooling import probability_rule
from ..solvers import (
    MAX_SWEEPS,
    N_QUANTILES,
    candidate_thresholds,
    cell_values,
    label_values,
    micro_values,
    sample_values,
    sweep_label,
)
from ._strategies import COARSE, FINE

# Values of all thresholds of one label, by the form of the objective.
VALUES = {
    "labels": label_values,
    "micro": micro_values,
    "samples": sample_values,
    "cells": cell_values,
}


def thresholds_within(limits, strategy, start, objective, y_true, y_score, sample_weight):
    """Thresholds for limited decisions, never worse than ``start``, which ignores the limits."""
    # "global" and "pooled" keep to their families of few parameters, which hardly overfit.
    problem = LimitedProblem(limits, objective, y_true, y_score, sample_weight)
    if strategy == "global":
        return _best_common(problem, start)
    if strategy == "pooled":
        return _best_of_family(problem, start)
    if strategy == "per_label":
        both = _best_common(problem, start), _best_of_family(problem, start)
        other = max(both, key=problem.value)
        # Ascent from either start may end in a worse optimum than ascent from the other.
        starts = [start] if np.array_equal(start, other) else [start, other]
        return max([_ascend(problem, thresholds) for thresholds in starts], key=problem.value)
    return start


class LimitedProblem(NamedTuple):
    """What is maximised, on which samples, within which limits."""

    limits: Limits
    objective: Objective
    y_true: np.ndarray
    y_score: np.ndarray
    sample_weight: np.ndarray | None

    def value(self, thresholds):
        """Value of thresholds, as ``value_of_decisions``."""
        return self.value_of_decisions(decide_within(self.y_score, thresholds, self.limits))

    def value_of_decisions(self, y_pred):
        """(minus the number of violated constraints, value): constraints come first."""
        data = self.y_true, y_pred, self.sample_weight
        return -len(self.objective._violated(*data)), self.objective._value(*data)


def _best_common(problem, start):
    thresholds = candidate_thresholds(problem.y_true.ravel(), problem.y_score.ravel())
    common = [np.full_like(start, threshold) for threshold in thresholds]
    return max([start, *common], key=problem.value)


def _best_of_family(problem, start):
    """The best rule of the pooled family, whose single parameter hardly overfits."""
    rule = probability_rule(problem.y_true, problem.y_score, problem.sample_weight)
    best = max(COARSE, key=lambda log_odds: problem.value(rule(log_odds)))
    return max([start, *map(rule, best + FINE)], key=problem.value)


def _ascend(problem, start):
    """Move one threshold at a time to its best value, given the others, until none moves."""
    thresholds, best = start, problem.value(start)
    for _ in range(MAX_SWEEPS):
        before = best
        for label in range(len(thresholds)):
            sweep = sweep_label(label, problem.y_score, thresholds, problem.limits)
            n_samples = _best_count(problem, sweep)
            # The threshold stays if it gives the label to as many samples already.
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
    """The number of samples that should have the label of a sweep, the fewest among equals."""
    # Costs of labels are a sum over cells too, which is the simpler form here.
    objective = problem.objective._surrogate
    form = "cells" if isinstance(objective, Cost) else objective._form
    # A constraint comes before the value, which values along a sweep cannot express.
    if isinstance(objective, Constrained) or form not in VALUES:
        counts = np.flatnonzero(sweep.is_candidate())
        if len(counts) > N_QUANTILES:
            counts = counts[np.linspace(0, len(counts) - 1, N_QUANTILES).astype(int)]
        return max(counts, key=lambda n: problem.value_of_decisions(sweep.decisions(n)))
    values = VALUES[form](objective, sweep, problem.y_true, problem.sample_weight)
    return np.argmax(np.where(sweep.is_candidate(), values, -np.inf))
