"""Bounds of thresholds that divide groups of scores, and groups that may hold a better one.

Counts of a group do not tell what a threshold within it predicts. At best it predicts all positive
samples of the group and no negative one. If the formula is monotone, this bounds its value. A group
is open if its bound exceeds what thresholds between groups reach: only there can a threshold be
better, so only the scores of open groups are needed to find the best of all thresholds.

The formula must be monotone, and for "micro" a ratio of linear functions.
"""

import numpy as np

from ._groups import steps_of_one_threshold, summed_counts_of_groups
from ._micro import PRICE_MARGIN
from ._per_label import LabelFormulas


def optimistic(groups):
    """Groups of single scores, at which the formula is at least as large as at any threshold.

    The positives of a group are moved to its highest score, the negatives to its lowest.
    """
    group = np.repeat(np.arange(len(groups.label)), 1 + _is_divisible(groups))
    is_second = np.diff(group, prepend=-1) == 0
    is_first = np.append(is_second, False)[1:]
    pos = np.where(is_second, 0.0, groups.pos[group])
    neg = np.where(is_first, 0.0, groups.neg[group])
    score = np.where(pos > 0, groups.high[group], groups.low[group])
    return groups._replace(label=groups.label[group], pos=pos, neg=neg, low=score, high=score)


def open_of_labels(objective, blocks):
    """(n_groups,) bool, whether groups are open for the formula of their label.

    A group above the best threshold is open if its bound equals the best value too: among equally
    good thresholds the highest is wanted.
    """
    is_open, n_done = [], 0
    for groups in blocks:
        cuts = groups.cuts()
        labels = n_done + np.arange(groups.n_labels)
        formulas = LabelFormulas(objective, labels, groups.n_pos, groups.n_neg)
        values = formulas.at(cuts.label)(cuts.tps, cuts.fps)
        best = cuts.best(values)[groups.label]
        after = _cuts_after(groups)
        bound = formulas.at(groups.label)(cuts.tps[after], cuts.fps[after - 1])
        is_better = (bound > values[best]) | ((bound == values[best]) & (after <= best))
        is_open.append(_is_divisible(groups) & is_better)
        n_done += groups.n_labels
    return np.concatenate(is_open)


def open_of_summed_counts(objective, blocks):
    """(n_groups,) bool, whether groups are open for a ratio of the summed counts.

    The best ratio lies between those of two solutions, and so does its price. A group is closed if
    one threshold between groups has no less gain at both prices, and hence at all between them.
    """
    n_pos = sum(groups.n_pos.sum() for groups in blocks)
    n_neg = sum(groups.n_neg.sum() for groups in blocks)
    solutions = (
        summed_counts_of_groups(objective, blocks),
        summed_counts_of_groups(objective, map(optimistic, blocks)),
    )
    values = [objective.formula(*solved.counts.sum(axis=1)) for solved in solutions]
    prices = np.sort([objective._price(value, n_pos, n_neg) for value in values])
    prices *= 1 - PRICE_MARGIN, 1 + PRICE_MARGIN
    return np.concatenate([_open_at_prices(groups, prices) for groups in blocks])


def _open_at_prices(groups, prices):
    """(n_groups,) bool of a block of labels."""
    cuts = groups.cuts()
    after = _cuts_after(groups)
    gains = np.array([_gain(price, cuts.tps, cuts.fps) for price in prices])
    bound = np.array([_gain(price, cuts.tps[after], cuts.fps[after - 1]) for price in prices])
    is_open = _is_divisible(groups)
    for gain in gains:
        is_open &= np.any(bound > gains[:, cuts.best(gain)[groups.label]], axis=0)
    return is_open


def _gain(price, tps, fps):
    return tps * (1 - price) - fps * price


def open_of_one_threshold(objective, blocks, label_weight):
    """(n_groups,) bool, whether groups are open for one threshold of all labels.

    label_weight : (n_labels,), or None for one formula of the summed counts
    """
    blocks = list(blocks)
    steps = steps_of_one_threshold(objective, blocks, label_weight)
    bounds = steps_of_one_threshold(objective, list(map(optimistic, blocks)), label_weight)
    # From each score down to the next lower one, all thresholds predict the same.
    is_better = (bounds.values[1:] > steps.values[steps.best()]) & bounds.is_gap()
    score, n_better = bounds.low[::-1], np.append(0, np.cumsum(is_better[::-1]))
    low = np.concatenate([groups.low for groups in blocks])
    high = np.concatenate([groups.high for groups in blocks])
    # Thresholds within a group reach from above its lowest score to the first score not below it.
    start = np.searchsorted(score, low, side="right")
    stop = np.minimum(np.searchsorted(score, high) + 1, len(score))
    return n_better[stop] > n_better[start]


def _cuts_after(groups):
    """(n_groups,) index among the cuts of the one that predicts the group as its last."""
    return np.arange(1, len(groups.label) + 1) + groups.label


def _is_divisible(groups):
    """Whether a threshold within the group can be better than those at its ends."""
    return (groups.low < groups.high) & (groups.pos > 0) & (groups.neg > 0)
