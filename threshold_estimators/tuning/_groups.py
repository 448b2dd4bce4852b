"""Tuning of thresholds on counts of groups of scores: streams, and sparse scores."""

import numpy as np

from ..objectives import Constrained, LinearRatio, OfLabels
from ..pooling import pooled_thresholds
from ..solvers import (
    ScoreGroups,
    Solved,
    labels_of_groups,
    one_threshold_of_groups,
    summed_counts_of_groups,
)
from ._problem import MIN_SUPPORT
from ._record import TunedThresholds
from ._strategies import Closeness, promises_floor, refuse_constraint, refuse_constraint_of_labels
from ._warnings import warn_of_objective


def tune_groups(strategy, objective, blocks, label_names, *, of_probabilities):
    """Tune thresholds on groups of scores.

    blocks : iterable of ScoreGroups, more than once; together they hold all labels, in order
    """
    check_is_of_counts(objective)
    thresholds, counts = SOLVERS[strategy, objective._form](objective, blocks)
    average = getattr(objective, "average", "macro")  # costs have none
    if strategy != "proportion":  # which does not maximise the objective
        warn_of_objective(objective, objective._violated_by(counts), label_names)
    tp, fp, fn, tn = counts
    return TunedThresholds(
        thresholds,
        objective._of_counts(average, counts),
        np.minimum(tp + fn, fp + tn) < MIN_SUPPORT,
        np.nan,
        np.full(2, np.nan),
        np.empty((0, len(thresholds))),
        objective,
        label_names,
        of_probabilities=of_probabilities,
    )


def check_is_of_counts(objective):
    """Raise a ValueError for an objective that is no function of the counts of each label."""
    is_of_counts = objective._form in ("labels", "micro") and not isinstance(objective, OfLabels)
    if not is_of_counts or objective._surrogate is not objective:
        raise ValueError(
            "'scoring' must be an average over all labels ('macro', 'weighted') or of their summed "
            "counts ('micro') where scores are counted in groups: single samples are not kept. "
            f"Got {objective!r} instead."
        )
    if promises_floor(objective):
        raise ValueError(
            "'confidence' of Constrained must be None where scores are counted in groups. Got "
            f"{objective.confidence!r} instead. Tune on some of the samples for a promise."
        )


def micro(objective, blocks):
    """The best vertex of the labels' ROC hulls: exact for monotone ratios of linear functions.

    For other formulas one threshold for all labels can be better, and then it is taken.
    """
    if isinstance(objective, LinearRatio) and objective._is_monotone:
        return summed_counts_of_groups(objective, blocks)
    candidates = [summed_counts_of_groups(objective, blocks), one_for_all(objective, blocks)]
    return max(candidates, key=lambda solved: objective.formula(*solved.counts.sum(axis=1)))


def one_for_all(objective, blocks):
    """One threshold for all labels."""
    label_weight = None
    if objective._form == "labels":
        refuse_constraint_of_labels(objective)
        label_weight = objective._label_weight(np.concatenate([g.n_pos for g in blocks]))
    return one_threshold_of_groups(objective, blocks, label_weight)


def proportion(objective, blocks):
    """Thresholds that predict each label as often as it occurs, or as nearly as groups allow."""
    refuse_constraint(objective)
    return labels_of_groups(Closeness(), blocks)


def pooled(objective, blocks):
    """Thresholds from soft counts that the labels share, moved out of the groups they divide."""
    if isinstance(objective, Constrained):
        # A constraint holds on these samples. Soft counts of other labels would break it.
        return SOLVERS["per_label", objective._form](objective, blocks)
    groups = ScoreGroups.concatenate(blocks)
    thresholds = pooled_thresholds(objective, *_weighted_samples(groups))
    thresholds = groups.undivided(thresholds)
    return Solved(thresholds, groups.counts_at(thresholds))


def _weighted_samples(groups):
    """Two samples of each group, at its lowest score, with weights: (y_true, y_score, weight).

    Labels with fewer groups than others are filled up with cells of weight zero.
    """
    first = np.searchsorted(groups.label, np.arange(groups.n_labels))
    row = np.arange(len(groups.label)) - first[groups.label]
    shape = 2, row.max(initial=0) + 1, groups.n_labels
    score, weight = np.zeros(shape, groups.low.dtype), np.zeros(shape)
    score[:, row, groups.label] = groups.low
    weight[0, row, groups.label] = groups.pos
    weight[1, row, groups.label] = groups.neg
    y_true = np.zeros(shape, bool)
    y_true[0] = True
    return [cells.reshape(-1, groups.n_labels) for cells in (y_true, score, weight)]


SOLVERS = {
    ("pooled", "labels"): pooled,
    ("pooled", "micro"): pooled,
    ("per_label", "labels"): labels_of_groups,
    ("per_label", "micro"): micro,
    ("global", "labels"): one_for_all,
    ("global", "micro"): one_for_all,
    ("proportion", "labels"): proportion,
    ("proportion", "micro"): proportion,
}
