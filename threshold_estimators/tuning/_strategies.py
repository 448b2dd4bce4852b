"""Which solver an objective needs, for each strategy.

Shapes: y_true (n_samples, n_labels) bool, y_score (n_samples, n_labels) float, sample_weight (n_samples,) > 0 or None;
thresholds (n_labels,) in the dtype of y_score.
"""

from functools import partial, singledispatch

import numpy as np

from ..core import Decisions, class_weights, confusion_counts
from ..objectives import Constrained, Cost, CountObjective, FBeta
from ..pooling import pooled_thresholds, probability_rule
from ..solvers import (
    best_of_quantiles,
    coordinate_search,
    label_by_label,
    one_cut,
    one_cut_by_row,
    pooled_counts,
    row_by_row,
    sum_of_gains,
)

# Log odds from which on a label is predicted, and steps around the best of them.
COARSE, FINE = np.linspace(-6, 4, 21), np.linspace(-0.4, 0.4, 9)


@singledispatch
def threshold_per_label(objective, y_true, y_score, sample_weight):
    """A threshold for each label. For an objective of no known kind it is searched."""
    value = partial(_value, objective, y_true, sample_weight)
    starts = [
        *(
            threshold_per_label(FBeta(average=average), y_true, y_score, sample_weight)
            for average in ("macro", "micro")
        ),
        one_threshold(objective, y_true, y_score, sample_weight),
    ]
    return coordinate_search(y_true, y_score, value, starts)


@threshold_per_label.register
def _(objective: CountObjective, y_true, y_score, sample_weight):
    data = y_true, y_score, sample_weight
    if objective.average == "micro":
        return _summed_counts(objective, *data)
    macro = label_by_label(*data, objective.label_formula, objective._is_monotone)
    if objective.average != "samples":
        return macro
    micro = pooled_counts(*data, objective.label_formula(0), is_linear_ratio=False)
    starts = [macro, micro, one_threshold(objective, *data)]
    return row_by_row(*data, objective.formula, objective._is_monotone, starts)


def _summed_counts(objective, y_true, y_score, sample_weight):
    """The best corner of the labels' hulls, or one cut for all where that is better, which it is for no ratio."""
    thresholds = pooled_counts(
        y_true, y_score, sample_weight, objective.formula, objective.is_linear_ratio
    )
    if objective.is_linear_ratio:
        return thresholds

    def value(thresholds):
        counts = confusion_counts(y_true, Decisions(y_score, thresholds), sample_weight)
        return objective.formula(*(np.sum(count, keepdims=True) for count in counts))

    return max(thresholds, one_threshold(objective, y_true, y_score, sample_weight), key=value)


@threshold_per_label.register
def _(objective: Cost, y_true, y_score, sample_weight):
    n_labels = y_true.shape[1]
    if objective._is_decomposable:
        return label_by_label(
            y_true, y_score, sample_weight, objective.label_formula, objective._is_monotone
        )
    gains = [partial(_weighted_gain, objective, label, sample_weight) for label in range(n_labels)]
    return sum_of_gains(y_true, y_score, gains)


@singledispatch
def one_threshold(objective, y_true, y_score, sample_weight):
    """The same threshold for all labels. For an objective of no known kind it is searched."""
    threshold = best_of_quantiles(
        y_true, y_score, partial(_value, objective, y_true, sample_weight)
    )
    return np.full(y_score.shape[1], threshold)


@one_threshold.register
def _(objective: CountObjective, y_true, y_score, sample_weight):
    if objective.average == "samples":
        return one_cut_by_row(y_true, y_score, sample_weight, objective.formula)
    n_labels = y_true.shape[1]
    formulas, weight = [objective.formula], np.ones(1)
    if objective.average != "micro":
        formulas = objective.label_formulas(n_labels)
        weight = objective._label_weight(class_weights(y_true, sample_weight)[0])
    threshold = one_cut(y_true, y_score, sample_weight, formulas, weight, objective._is_monotone)
    return np.full(n_labels, threshold)


@one_threshold.register
def _(objective: Constrained, y_true, y_score, sample_weight):
    if objective.average != "micro":
        raise ValueError(
            "One threshold cannot meet a constraint of each label. Use strategy='per_label', or pool the constraint "
            "with the average 'micro' of both its measures."
        )
    return one_threshold.dispatch(CountObjective)(objective, y_true, y_score, sample_weight)


@one_threshold.register
def _(objective: Cost, y_true, y_score, sample_weight):
    n_labels = y_true.shape[1]
    if objective._is_decomposable:
        formulas = objective.label_formulas(n_labels)
        threshold = one_cut(
            y_true, y_score, sample_weight, formulas, np.ones(n_labels), objective._is_monotone
        )
        return np.full(n_labels, threshold)
    gains = [
        partial(_weighted_gain, objective, label, sample_weight)(y_true[:, label])
        for label in range(n_labels)
    ]
    column = y_true.T.reshape(-1, 1), y_score.T.reshape(-1, 1)
    return np.full(n_labels, sum_of_gains(*column, [lambda _: np.concatenate(gains)])[0])


@singledispatch
def pooled(objective, y_true, y_score, sample_weight):
    """A threshold for each label from evidence that the labels share.

    For an objective that no label can maximise by itself the best of a family of rules with one parameter.
    """
    rule = probability_rule(y_true, y_score, sample_weight)

    def value(thresholds):
        return objective._value(y_true, Decisions(y_score, thresholds), sample_weight)

    best = max(COARSE, key=lambda log_odds: value(rule(log_odds)))
    candidates = [*map(rule, best + FINE), pooled(FBeta(), y_true, y_score, sample_weight)]
    return max(candidates, key=value)


@pooled.register
def _(objective: CountObjective, y_true, y_score, sample_weight):
    if objective.average == "samples":
        return pooled.dispatch(object)(objective, y_true, y_score, sample_weight)
    formulas = objective.label_formulas(y_true.shape[1])
    return pooled_thresholds(y_true, y_score, sample_weight, formulas, objective.average)


@pooled.register
def _(objective: Constrained, y_true, y_score, sample_weight):
    # A constraint is a promise about these rows, which evidence of other labels would break.
    return threshold_per_label(objective, y_true, y_score, sample_weight)


@pooled.register
def _(objective: Cost, y_true, y_score, sample_weight):
    if not objective._is_decomposable:
        return threshold_per_label(objective, y_true, y_score, sample_weight)
    formulas = objective.label_formulas(y_true.shape[1])
    return pooled_thresholds(y_true, y_score, sample_weight, formulas, average=None)


def proportion(objective, y_true, y_score, sample_weight):
    """Thresholds that predict each label as often as it occurs, or as nearly as ties allow, whatever the objective."""
    if isinstance(objective, Constrained):
        raise ValueError(
            "Thresholds that predict each label as often as it occurs cannot meet a constraint too. Use "
            "strategy='per_label'."
        )

    def closeness(tp, fp, fn, tn):
        return -np.abs(fp - fn)

    return label_by_label(y_true, y_score, sample_weight, lambda _: closeness, monotone=False)


def _weighted_gain(objective, label, sample_weight, positive):
    gain = objective.gain(label, positive)
    return gain if sample_weight is None else gain * sample_weight


def _value(objective, y_true, sample_weight, y_pred):
    return objective._value(y_true, y_pred, sample_weight)
