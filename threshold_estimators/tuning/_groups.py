"""Tuning of thresholds on counts of groups of scores: streams, and sparse scores."""

import numpy as np

from ..objectives import Constrained, Cost, LinearRatio, OfLabels
from ..pooling import pooled_thresholds
from ..solvers import (
    ScoreGroups,
    Solved,
    labels_of_groups,
    one_threshold_of_groups,
    open_of_labels,
    open_of_one_threshold,
    open_of_summed_counts,
    optimistic,
    summed_counts_of_groups,
)
from ._problem import MIN_SUPPORT
from ._record import TunedThresholds
from ._strategies import Closeness, promises_floor, refuse_constraint, refuse_constraint_of_labels
from ._warnings import warn_of_objective

MIN_POOLED, MAX_POOLED = 64, 4096  # labels that are pooled together
CELLS_OF_POOL = 2**21  # of labels and groups that are pooled together
MAX_GROUPS = 2**13  # of a label; more are joined
STEP = 1e-6  # fraction of all samples, by which counts are moved for slopes


def tune_groups(strategy, objective, blocks, label_names, *, of_probabilities):
    """Tune thresholds on groups of scores.

    blocks : iterable of ScoreGroups, more than once; together they hold all labels, in order
    """
    check_is_of_counts(objective)
    thresholds, counts = SOLVERS[strategy, objective._form](objective, blocks)
    if strategy != "proportion":  # which does not maximise the objective
        warn_of_objective(objective, objective._violated_by(counts), label_names)
    tp, fp, fn, tn = counts
    total = counts.sum(axis=0)
    return TunedThresholds(
        thresholds,
        _value_of_counts(objective, counts),
        np.minimum(tp + fn, fp + tn) < MIN_SUPPORT,
        np.nan,
        np.full(2, np.nan),
        np.empty((0, len(thresholds))),
        objective,
        label_names,
        of_probabilities=of_probabilities,
        predicted_share=np.minimum((tp + fp) / np.where(total > 0, total, 1), 1),
        n_samples=total,
    )


def refuse_with(others, data, advice):
    """Raise a ValueError for parameters that need dense scores of all samples in one place.

    others : values of parameters by name, None where they are not given
    data : what the scores are; advice : what else can be done
    """
    given = [name for name, value in others.items() if value is not None]
    if given:
        raise ValueError(
            f"{given[0]!r} cannot be given with {data}, of which single samples are not kept. "
            f"Leave it out, or {advice}."
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


def bound_of_groups(objective, blocks):
    """A value that no thresholds exceed, whether they divide groups or not."""
    check_is_of_counts(objective)
    _check_has_bound(objective)
    solved = SOLVERS["per_label", objective._form](objective, map(optimistic, blocks))
    return _value_of_counts(objective, solved.counts)


def _value_of_counts(objective, counts):
    average = getattr(objective, "average", "macro")  # costs have none
    value = objective._of_counts(average, counts)
    return value if average is None else float(value)


def open_groups(strategy, objective, blocks):
    """(n_groups,) bool, whether a better threshold may divide a group.

    blocks : iterable of ScoreGroups, more than once, as in ``tune_groups``
    """
    check_is_of_counts(objective)
    if strategy not in ("per_label", "global"):
        raise ValueError(
            "'strategy' must be 'per_label' or 'global' to refine thresholds, which are not chosen "
            f"for the best value with other strategies. Got {strategy!r} instead."
        )
    if strategy == "global":
        _check_is_monotone(objective)
        return open_of_one_threshold(objective, blocks, _label_weight(objective, blocks))
    _check_has_bound(objective)
    find = open_of_labels if objective._form == "labels" else open_of_summed_counts
    return find(objective, blocks)


def _check_is_monotone(objective):
    if not objective._is_monotone:
        raise ValueError(
            "'scoring' must not fall where an error is corrected (_is_monotone = True): nothing "
            f"bounds the value of other objectives within bins. Got {objective!r} instead."
        )


def _check_has_bound(objective):
    _check_is_monotone(objective)
    if objective._form == "micro" and not isinstance(objective, LinearRatio):
        raise ValueError(
            "'scoring' with the average 'micro' must be a ratio of linear functions of the counts, "
            f"such as FBeta: only these are maximised exactly. Got {objective!r} instead."
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
    return one_threshold_of_groups(objective, blocks, _label_weight(objective, blocks))


def _label_weight(objective, blocks):
    """Weights of the labels' formulas in what one threshold maximises, None for "micro"."""
    if objective._form == "micro":
        return None
    refuse_constraint_of_labels(objective)
    return objective._label_weight(np.concatenate([groups.n_pos for groups in blocks]))


def proportion(objective, blocks):
    """Thresholds that predict each label as often as it occurs, or as nearly as groups allow."""
    refuse_constraint(objective)
    return labels_of_groups(Closeness(), blocks)


def pooled(objective, blocks):
    """Thresholds from soft counts that the labels share, moved out of the groups they divide.

    Labels with about as many groups are pooled together, as many as memory allows.
    """
    exact = SOLVERS["per_label", objective._form]
    if isinstance(objective, Constrained):
        # A constraint holds on these samples. Soft counts of other labels would break it.
        return exact(objective, blocks)
    groups = ScoreGroups.concatenate(blocks)
    pools = _pools(np.bincount(groups.label, minlength=groups.n_labels))
    if objective._form == "micro" and len(pools) > 1:
        # The best threshold of a label depends on the labels of all pools, by one price.
        objective = _at_best_price(objective, exact(objective, [groups]).counts)
    thresholds = np.empty(groups.n_labels, groups.low.dtype)
    for labels in pools:
        samples = _weighted_samples(groups.of_labels(labels))
        thresholds[labels] = pooled_thresholds(objective._for_labels(labels), *samples)
    if not groups.is_complete:
        # Samples without a score cannot be predicted, even where that would be best.
        lowest = np.full(groups.n_labels, np.inf)
        np.minimum.at(lowest, groups.label, groups.low)
        always = thresholds < lowest
        thresholds[always] = exact(objective, [groups]).thresholds[always]
    thresholds = groups.undivided(thresholds)
    return Solved(thresholds, groups.counts_at(thresholds))


def _at_best_price(objective, counts):
    """Cost of decisions whose optimum is that of a formula of summed counts.

    counts : (4, n_labels) of the exact optimum
    """
    totals = counts.sum(axis=1)
    value, step = objective.formula(*totals), totals.sum() * STEP
    # A little more of the positives is found, or of the negatives predicted.
    gain = objective.formula(*(totals + step * np.array([1, 0, -1, 0]))) - value
    loss = value - objective.formula(*(totals + step * np.array([0, 1, 0, -1])))
    return Cost(fp=max(loss, 0), fn=max(gain, 0))


def _pools(n_groups):
    """Arrays of labels that are pooled together, those with the most groups first."""
    order = np.argsort(-n_groups, kind="stable")
    pools, start = [], 0
    while start < len(order):
        # The first label of a pool has the most groups.
        largest = min(n_groups[order[start]], MAX_GROUPS) + 1
        end = start + int(np.clip(CELLS_OF_POOL // largest, MIN_POOLED, MAX_POOLED))
        end = end if len(order) - end >= MIN_POOLED else len(order)
        pools.append(np.sort(order[start:end]))
        start = end
    return pools


def _weighted_samples(groups):
    """Two samples of each group, at its lowest score, with weights: (y_true, y_score, weight).

    Samples without a score are two more, below all others of their label. Labels with fewer groups
    than others are filled up with cells of weight zero.
    """
    groups = groups.coarser(MAX_GROUPS)
    first = np.searchsorted(groups.label, np.arange(groups.n_labels + 1))
    row = np.arange(len(groups.label)) - first[groups.label]
    size = np.diff(first)
    shape = 2, size.max(initial=0) + 1, groups.n_labels
    score, weight = np.zeros(shape, groups.low.dtype), np.zeros(shape)
    score[:, row, groups.label] = groups.low
    weight[:, row, groups.label] = groups.pos, groups.neg
    if not groups.is_complete:
        label, lowest = np.arange(groups.n_labels), groups.low.min(initial=0)
        score[:, size, label] = lowest - (1 + np.abs(lowest))
        scored = np.array([np.bincount(groups.label, w, len(size)) for w in groups[1:3]])
        weight[:, size, label] = np.maximum([groups.n_pos, groups.n_neg] - scored, 0)
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
