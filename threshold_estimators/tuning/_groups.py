"""Tuning of thresholds on counts of groups of scores: streams, and sparse scores."""

import numpy as np

from ..solvers import labels_of_groups, one_threshold_of_groups, summed_counts_of_groups
from ._problem import MIN_SUPPORT
from ._strategies import Closeness, refuse_constraint, refuse_constraint_of_labels
from ._tune import TunedThresholds, warn_of_objective


def tune_groups(strategy, objective, blocks, label_names=None):
    """Tune thresholds on groups of scores.

    blocks : list of ScoreGroups; together they hold all labels, in order
    """
    if objective._form not in ("labels", "micro"):
        raise ValueError(
            "'scoring' must be an average over labels ('macro', 'weighted') or of their summed "
            "counts ('micro') where scores are counted in groups: single samples are not kept. "
            f"Got {objective!r} instead."
        )
    thresholds = SOLVERS[strategy, objective._form](objective, blocks)
    counts = counts_at(blocks, thresholds)
    average = getattr(objective, "average", "macro")  # costs have none
    if strategy != "proportion":  # which does not maximise the objective
        warn_of_objective(objective, objective._violated_by(counts), label_names)
    tp, fp, fn, tn = counts
    return TunedThresholds(
        thresholds,
        objective._average_of_counts(average, counts),
        np.minimum(tp + fn, fp + tn) < MIN_SUPPORT,
        np.nan,
        np.empty((0, len(thresholds))),
        objective,
        label_names,
    )


def counts_at(blocks, thresholds):
    """(tp, fp, fn, tn) of the labels at thresholds, (4, n_labels)."""
    ends = np.cumsum([groups.n_labels for groups in blocks])
    parts = np.split(thresholds, ends[:-1])
    counts = [groups.counts_at(part) for groups, part in zip(blocks, parts, strict=True)]
    return np.concatenate(counts, axis=1)


def micro(objective, blocks):
    """The best vertex of the labels' ROC hulls, or one threshold for all labels if it is better."""
    candidates = [summed_counts_of_groups(objective, blocks), one_for_all(objective, blocks)]

    def value(thresholds):
        return objective.formula(*counts_at(blocks, thresholds).sum(axis=1, keepdims=True)).item()

    return max(candidates, key=value)


def one_for_all(objective, blocks):
    """One threshold for all labels."""
    label_weight = None
    if objective._form == "labels":
        refuse_constraint_of_labels(objective)
        label_weight = objective._label_weight(np.concatenate([g.n_pos for g in blocks]))
    n_labels = sum(groups.n_labels for groups in blocks)
    return np.full(n_labels, one_threshold_of_groups(objective, blocks, label_weight))


def proportion(objective, blocks):
    """Thresholds that predict each label as often as it occurs, or as nearly as groups allow."""
    refuse_constraint(objective)
    return labels_of_groups(Closeness(), blocks)


SOLVERS = {
    ("per_label", "labels"): labels_of_groups,
    ("per_label", "micro"): micro,
    ("global", "labels"): one_for_all,
    ("global", "micro"): one_for_all,
    ("proportion", "labels"): proportion,
    ("proportion", "micro"): proportion,
}
