"""Which solver finds the thresholds, for each strategy and each form of objective.

Every entry of the table SOLVERS is a function ``(objective, y_true, y_score, sample_weight)`` that
returns thresholds of shape (n_labels,) in the dtype of the scores.

Shapes: y_true (n_samples, n_labels) bool, y_score (n_samples, n_labels) float, sample_weight
(n_samples,) > 0 or None.
"""

from functools import partial

import numpy as np
from sklearn.base import clone

from ..core import Decisions, class_weights, confusion_counts, weight_of_label
from ..objectives import Constrained, CountObjective, FBeta, LinearRatio, OfLabels
from ..pooling import pooled_thresholds, probability_rule, promised_thresholds
from ..solvers import (
    best_common_threshold,
    coordinate_search,
    label_by_label,
    one_threshold,
    one_threshold_for_samples,
    promised_label_by_label,
    promised_on_path,
    sum_of_gains,
    summed_counts,
    thresholds_for_samples,
)

STRATEGIES = ("pooled", "per_label", "global", "proportion")

# Log odds from which on labels are predicted, and steps around the best of them.
COARSE, FINE = np.linspace(-6, 4, 21), np.linspace(-0.4, 0.4, 9)
PATH = np.linspace(7, -7, 85)  # the same along which floors of summed counts are tested
N_COMMON = 85  # common thresholds that are tested


def check_strategy(strategy):
    """Raise a ValueError for a strategy that does not exist."""
    if strategy not in STRATEGIES:
        known = ", ".join(map(repr, STRATEGIES))
        raise ValueError(f"'strategy' must be one of {known}. Got {strategy!r} instead.")


def solve(strategy, objective, y_true, y_score, sample_weight):
    """Thresholds (n_labels,) by a strategy, without regard to limits on the number of labels."""
    if isinstance(objective, OfLabels):
        return some_labels(strategy, objective, y_true, y_score, sample_weight)
    if strategy == "global" and objective._surrogate is not objective:
        return global_searched(objective, y_true, y_score, sample_weight)
    objective = objective._surrogate
    if strategy == "proportion":
        return proportion(objective, y_true, y_score, sample_weight)
    solvers = PROMISES if promises_floor(objective) else SOLVERS
    return solvers[strategy, objective._form](objective, y_true, y_score, sample_weight)


def promises_floor(objective):
    """Whether a floor shall hold on new samples, not just on the given ones."""
    if isinstance(objective, OfLabels):
        objective = objective.objective
    return isinstance(objective, Constrained) and objective.confidence is not None


def some_labels(strategy, objective, y_true, y_score, sample_weight):
    """Thresholds for an objective of some labels; the others are tuned for the same formula."""
    labels, n_labels = list(objective.labels), y_true.shape[1]
    weight = sample_weight
    if weight is not None and weight.ndim == 2:
        weight = weight[:, labels]
    of_labels = solve(strategy, objective.objective, y_true[:, labels], y_score[:, labels], weight)
    if strategy == "global":
        return np.full(n_labels, of_labels[0])
    each = clone(objective.objective).set_params(average="macro")
    thresholds = solve(strategy, each, y_true, y_score, sample_weight)
    thresholds[labels] = of_labels
    return thresholds


def micro(objective, *data):
    """The best vertex of the labels' ROC hulls: exact for monotone ratios of linear functions.

    For other formulas one threshold for all labels can be better, and then it is taken.
    """
    if isinstance(objective, LinearRatio) and objective._is_monotone:
        return summed_counts(objective, *data, price=objective._price)
    candidates = [summed_counts(objective, *data), global_threshold(objective, *data)]
    return max(candidates, key=partial(_summed_value, objective, *data))


def _summed_value(objective, y_true, y_score, sample_weight, thresholds):
    """Formula of the summed counts. Unlike the value of an objective, it knows constraints."""
    counts = confusion_counts(y_true, Decisions(y_score, thresholds), sample_weight)
    return objective.formula(*np.sum(counts, axis=1, keepdims=True)).item()


def samples(objective, *data):
    """Coordinate ascent from the optima of related objectives."""
    of_label = objective._for_labels(0)
    starts = [
        label_by_label(of_label, *data),
        summed_counts(of_label, *data),
        global_for_samples(objective, *data),
    ]
    return thresholds_for_samples(*data, objective.formula, objective._is_monotone, starts)


def cells(objective, y_true, y_score, sample_weight):
    """The largest summed gain of each label, where every sample has its own costs."""
    labels = range(y_true.shape[1])
    gains = [partial(weighted_gain, objective, label, sample_weight) for label in labels]
    return sum_of_gains(y_true, y_score, gains)


def searched(objective, y_true, y_score, sample_weight):
    """Coordinate search from the optima of F1, for a metric whose formula is not known."""
    data = y_true, y_score, sample_weight
    starts = [
        label_by_label(FBeta(), *data),
        micro(FBeta(average="micro"), *data),
        global_searched(objective, *data),
    ]
    return coordinate_search(y_true, y_score, value_of(objective, y_true, sample_weight), starts)


def global_threshold(objective, y_true, y_score, sample_weight):
    """One threshold for all labels."""
    data = y_true, y_score, sample_weight
    if objective._form == "micro":
        label_weight = None
    else:
        refuse_constraint_of_labels(objective)
        label_weight = objective._label_weight(class_weights(y_true, sample_weight)[0])
    return np.full(y_true.shape[1], one_threshold(objective, *data, label_weight))


def refuse_constraint_of_labels(objective):
    """Raise a ValueError for a constraint that one threshold would have to meet for each label."""
    if isinstance(objective, Constrained):
        raise ValueError(
            "One threshold cannot meet a constraint of each label. Use strategy='per_label', or "
            "give both measures of the constraint the average 'micro'."
        )


def global_for_samples(objective, *data):
    """One threshold for all labels, for an average over samples."""
    return one_threshold_for_samples(*data, objective.formula)


def global_for_cells(objective, y_true, y_score, sample_weight):
    """One threshold for all labels, where every sample has its own costs."""
    n_labels = y_true.shape[1]
    gains = [
        weighted_gain(objective, label, sample_weight, y_true[:, label])
        for label in range(n_labels)
    ]
    # All cells count as the samples of a single label.
    positive, score = y_true.T.reshape(-1, 1), y_score.T.reshape(-1, 1)
    threshold = sum_of_gains(positive, score, [lambda _: np.concatenate(gains)])
    return np.full(n_labels, threshold[0])


def global_searched(objective, y_true, y_score, sample_weight):
    """One threshold for all labels, for a metric whose formula is not known."""
    value = value_of(objective, y_true, sample_weight)
    return np.full(y_true.shape[1], best_common_threshold(y_true, y_score, value))


def pooled(objective, *data):
    """Thresholds from soft counts that the labels share."""
    if isinstance(objective, Constrained):
        # A constraint holds on these samples. Soft counts of other labels would break it.
        return SOLVERS["per_label", objective._form](objective, *data)
    return pooled_thresholds(objective, *data)


def promised_global(objective, y_true, y_score, sample_weight):
    """One threshold for all labels that keeps a floor of the summed counts on new samples."""
    scores = np.sort(y_score, axis=None)[::-1]
    ranks = np.geomspace(1, len(scores), N_COMMON).astype(int) - 1
    path = np.repeat(scores[np.unique(ranks), np.newaxis], y_score.shape[1], axis=1)
    return promised_on_path(objective, path, y_true, y_score, sample_weight)


def promised_by_halves(objective, y_true, y_score, sample_weight):
    """Thresholds of one probability that keep a floor of the summed counts on new samples.

    Half of the samples show which thresholds belong together. The others promise the floor: many
    labels' thresholds would be optimistic on the samples that chose them.
    """
    order = np.random.default_rng(0).permutation(len(y_true))
    first, second = np.array_split(order, 2)

    def half(samples):
        weight = None if sample_weight is None else sample_weight[samples]
        return y_true[samples], y_score[samples], weight

    rule = probability_rule(*half(first))
    path = np.stack([rule(log_odds) for log_odds in PATH])
    return promised_on_path(objective, path, *half(second))


def one_probability(objective, *data):
    """The best probability from which on labels are predicted, or the thresholds pooled for F1."""
    rule = probability_rule(*data)
    coarse = best_of(objective, *data, candidates=COARSE, as_thresholds=rule)
    candidates = [*map(rule, coarse + FINE), pooled(FBeta(), *data)]
    if objective._form == "unknown":
        candidates.append(global_searched(objective, *data))
    return best_of(objective, *data, candidates=candidates)


def proportion(objective, *data):
    """Thresholds that predict each label as often as it occurs, or as nearly as ties allow."""
    refuse_constraint(objective)
    return label_by_label(Closeness(), *data)


def refuse_constraint(objective):
    """Raise a ValueError for a constraint, which the strategy "proportion" cannot meet."""
    if isinstance(objective, Constrained):
        raise ValueError(
            "Thresholds that predict each label as often as it occurs cannot meet a constraint "
            "too. Use strategy='per_label'."
        )


class Closeness(CountObjective):
    """How near the number of predicted samples comes to that of the positive ones."""

    def formula(self, tp, fp, fn, tn):
        return -np.abs(fp - fn)


SOLVERS = {
    ("per_label", "labels"): label_by_label,
    ("per_label", "micro"): micro,
    ("per_label", "samples"): samples,
    ("per_label", "cells"): cells,
    ("per_label", "unknown"): searched,
    ("global", "labels"): global_threshold,
    ("global", "micro"): global_threshold,
    ("global", "samples"): global_for_samples,
    ("global", "cells"): global_for_cells,
    ("global", "unknown"): global_searched,
    ("pooled", "labels"): pooled,
    ("pooled", "micro"): pooled,
    ("pooled", "samples"): one_probability,
    ("pooled", "cells"): cells,
    ("pooled", "unknown"): one_probability,
}

# The same where a floor shall hold on new samples.
PROMISES = {
    ("per_label", "labels"): promised_label_by_label,
    ("global", "labels"): global_threshold,
    ("pooled", "labels"): promised_thresholds,
    ("per_label", "micro"): promised_by_halves,
    ("global", "micro"): promised_global,
    ("pooled", "micro"): promised_by_halves,
}


def value_of(objective, y_true, sample_weight):
    """The objective as a function of decisions."""

    def value(y_pred):
        value = objective._value(y_true, y_pred, sample_weight)
        # What is no number is no better than any number.
        return value if np.isfinite(value) else -np.inf

    return value


def best_of(objective, y_true, y_score, sample_weight, *, candidates, as_thresholds=lambda t: t):
    """The best of some candidates, the first among equals."""
    value = value_of(objective, y_true, sample_weight)
    return max(candidates, key=lambda c: value(Decisions(y_score, as_thresholds(c))))


def weighted_gain(objective, label, sample_weight, positive):
    """Gain of predicting each sample of a label, times its weight."""
    gain, weight = objective._gain(label, positive), weight_of_label(sample_weight, label)
    return gain if weight is None else gain * weight
