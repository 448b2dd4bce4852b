"""Thresholds for decisions that keep to limits of labels in a row: candidates of the strategies, by their real value.

Shapes: y_true (n_samples, n_labels) bool, y_score (n_samples, n_labels) float, sample_weight (n_samples,) > 0 or None;
thresholds (n_labels,) in the dtype of y_score.
"""

from functools import partial

import numpy as np

from ._limits import decide_within
from ._pooling import probability_rule
from ._solvers import MAX_SWEEPS, candidates
from ._strategies import COARSE, FINE


def thresholds_within(limits, strategy, start, objective, y_true, y_score, sample_weight):
    """Thresholds where decisions keep to limits: never worse than ``start``, which a strategy found without them."""
    improve = IMPROVEMENTS.get(strategy)
    if improve is None:
        return start
    data = y_true, y_score, sample_weight
    return improve(start, partial(_worth, objective, limits, *data), objective, *data)


def _worth(objective, limits, y_true, y_score, sample_weight, thresholds):
    """Constraints that hold come first, then the value."""
    y_pred = decide_within(y_score, thresholds, limits)
    return -len(objective.unmet(y_true, y_pred, sample_weight)), objective.value(y_true, y_pred, sample_weight)


def _best_common(start, worth, objective, y_true, y_score, sample_weight):
    common = candidates(y_true.ravel(), y_score.ravel())
    return max([start, *(np.full_like(start, cut) for cut in common)], key=worth)


def _best_of_family(start, worth, objective, y_true, y_score, sample_weight):
    """A family with one parameter: limits add nothing that few rows could mislead."""
    rule = probability_rule(y_true, y_score, sample_weight)
    best = max(COARSE, key=lambda log_odds: worth(rule(log_odds)))
    return max([start, *map(rule, best + FINE)], key=worth)


def _coordinate_search(start, worth, objective, y_true, y_score, sample_weight):
    """One threshold at a time to the best of a few quantiles of its scores, until none moves."""
    data = y_true, y_score, sample_weight
    starts = _best_common(start, worth, objective, *data), _best_of_family(start, worth, objective, *data)
    thresholds = max(starts, key=worth)
    best = worth(thresholds)
    columns = enumerate(zip(y_true.T, y_score.T, strict=True))
    moves = [(label, cut) for label, column in columns for cut in candidates(*column)]
    for _ in range(MAX_SWEEPS):
        before = best
        for label, cut in moves:
            trial = thresholds.copy()
            trial[label] = cut
            if (found := worth(trial)) > best:
                best, thresholds = found, trial
        if best == before:
            break
    return thresholds


IMPROVEMENTS = {"global": _best_common, "pooled": _best_of_family, "per_label": _coordinate_search}
