"""Samples, or groups of samples, assigned to folds so that every label is spread evenly.

Functions of arrays, in three steps: `_deal_alike` for samples with the same labels, `_deal` for
the remaining ones (iterative stratification), `_repair` for folds that lack a class of a label.

Common arguments: y is (n_samples, n_labels) bool; sizes is (n_folds,) int, how many samples each
fold has; target is (n_folds,) int, in proportion to which each fold should get everything.
"""

from itertools import pairwise

import numpy as np
from scipy import sparse

# An exchange is searched for among so many samples: all of small data, enough of large data.
N_CANDIDATES = 256
# `_repair` stops after so many exchanges without improvement.
PATIENCE = 100


def deal_samples(y, sizes, order):
    """Fold of each sample, such that fold f has exactly ``sizes[f]`` samples.

    sizes : positive, their sum is n_samples
    order : (n_samples,) permutation, which decides between samples that suit a fold equally well
    """
    y, target = _rarer_class(y), _target(sizes)
    fold = np.empty(len(y), int)
    fold[order] = _deal_alike(y[order], target)
    contents = _with_size(sparse.csr_array(y))
    remaining = order[fold[order] == len(sizes)]
    held = _counts(fold, contents, len(sizes)).toarray()
    room = sizes - held[:, -1]
    fold[remaining] = _deal(contents[remaining], _weights(contents), held, target, room)
    return _repair(fold, y, sizes)


def deal_groups(y, group, n_folds, order):
    """Fold of each group. No fold is empty if there are at least as many groups as folds.

    group : (n_samples,) int, from 0 to n_groups - 1
    order : (n_groups,) permutation, which decides between groups that suit a fold equally well
    """
    contents = _counts(group, _with_size(sparse.csr_array(_rarer_class(y))), len(order))
    held = np.zeros((n_folds, contents.shape[1]))
    target, room = np.ones(n_folds, int), np.full(n_folds, np.inf)
    fold = np.empty(len(order), int)
    fold[order] = _deal(contents[order], _weights(contents), held, target, room)
    return fold


def _target(sizes):
    """Sizes of the folds, or ones if they differ by a sample at most: these are alike."""
    return np.ones_like(sizes) if np.ptp(sizes) <= 1 else sizes


def _rarer_class(y):
    """`y` with 0 and 1 exchanged for labels that most samples have: the rare class needs care."""
    is_frequent = 2 * np.count_nonzero(y, axis=0) > len(y)
    return y ^ is_frequent if is_frequent.any() else y


def _with_size(y):
    """`y` with a last column of ones, so that samples are spread over folds like a label."""
    return sparse.csr_array(sparse.hstack([y, np.ones((y.shape[0], 1))], format="csr", dtype=float))


def _counts(group, contents, n_groups):
    """(n_groups, n_columns) sums of contents over groups. Groups from n_groups on are left out."""
    rows = np.flatnonzero(group < n_groups)
    shape = (n_groups, len(group))
    return sparse.csr_array((np.ones(len(rows)), (group[rows], rows)), shape=shape) @ contents


def _weights(contents):
    """(n_columns,) weight of a squared deviation in the chi-squared statistic of label by fold."""
    total = contents.sum(axis=0)
    n_samples = total[-1]
    weight = n_samples / np.maximum(total * (n_samples - total), 1)
    weight[-1] = 1 / n_samples
    return weight


def _deal_alike(y, target):
    """Fold of each sample that can be dealt in rounds with others of the same labels.

    The remaining samples get n_folds. In data with few labels most samples are dealt here.
    """
    n_samples, n_folds = len(y), len(target)
    packed = np.ascontiguousarray(np.packbits(y, axis=1))
    _, labelset, n_alike = np.unique(
        packed.view(f"V{packed.shape[1]}").ravel(), return_inverse=True, return_counts=True
    )

    # One round of each label set is left to `_deal`, which makes up for incomplete rounds.
    n_rounds = n_alike * target.min() // target.sum() - 1
    is_common = n_rounds > 0
    n_dealt = n_rounds[is_common, np.newaxis] * target // target.min()
    n_left = n_alike[is_common] - n_dealt.sum(axis=1)

    # Of the samples of a label set, in their order, the first go to fold 0, the next to fold 1.
    by_labelset = np.argsort(labelset, kind="stable")
    dealt = by_labelset[is_common[labelset[by_labelset]]]
    folds = np.tile(np.arange(n_folds + 1), len(n_dealt))
    fold = np.full(n_samples, n_folds)
    fold[dealt] = np.repeat(folds, np.column_stack([n_dealt, n_left]).ravel())
    return fold


def _deal(contents, weight, held, target, room):
    """Fold of each item: rare contents first, each to the fold that lacks its contents most.

    contents : (n_items, n_columns) csr, the last column is the number of samples of the item
    weight : (n_columns,) as from `_weights`
    held : (n_folds, n_columns) what the folds have already
    room : (n_folds,) samples that each fold can take
    """
    ranked = np.argsort(-(contents.power(2) @ weight), kind="stable")
    contents = contents[ranked]

    # The loop is fastest with numpy's own integers as indices, and with Python's for counting.
    columns = contents.indices.astype(np.intp)
    amounts = contents.data
    starts = contents.indptr.tolist()
    target, room = target.tolist(), room.tolist()

    # One more in a fold changes the squared deviation (count - expected)² / target by
    # 2 (count + 1/2) / target, and by a term that is the same for all folds.
    weighted = (amounts * weight[columns])[:, np.newaxis]
    held = (held.T + 0.5) / target
    held[-1, np.equal(room, 0)] = np.inf
    held_by_fold = list(held.T)
    fold = np.empty(len(ranked), int)
    for item, (start, stop) in enumerate(pairwise(starts)):
        content, amount = columns[start:stop], amounts[start:stop]
        # The rounding of ``dot`` differs among processors, and would decide ties between folds.
        cost = np.add.reduce(weighted[start:stop] * held.take(content, axis=0), axis=0)
        best = cost.argmin()
        fold[ranked[item]] = best
        held_by_fold[best][content] += amount / target[best]
        room[best] -= amount[-1]
        if room[best] == 0:
            held[-1, best] = np.inf
    return fold


def _repair(fold, y, sizes):
    """Fold of each sample after exchanges that bring the counts of labels within their bounds.

    Whether all counts can be is as hard as graph colouring, so this is a random walk: the best
    exchange mends one count, even at the cost of another, until nothing improves for a while.
    """
    counts = np.array([np.count_nonzero(y[fold == f], axis=0) for f in range(len(sizes))])
    bounds = _bounds(counts.sum(axis=0), sizes)
    # A fixed seed: equal input gives equal folds. `random_state` only shuffles the samples before.
    rng = np.random.default_rng(0)
    best, best_excess, patience = fold, _excess(counts, bounds).sum(), PATIENCE
    fold = fold.copy()
    while best_excess and patience:
        patience -= 1
        f, label = rng.choice(np.argwhere(_excess(counts, bounds)))
        here, there = _best_exchange(f, label, fold, y, counts, bounds, rng)
        change = y[there].astype(int) - y[here]
        counts[f] += change
        counts[fold[there]] -= change
        fold[here], fold[there] = fold[there], f
        excess = _excess(counts, bounds).sum()
        if excess < best_excess:
            best, best_excess, patience = fold.copy(), excess, PATIENCE
    return best


def _bounds(positives, sizes):
    """(lowest, highest) count of each label in each fold, (n_folds, n_labels).

    A class that in proportion has a sample or more in a fold must be in it. A class with two
    samples must also be outside of it.
    """
    n_samples = sizes.sum()
    negatives = n_samples - positives
    target = _target(sizes)[:, np.newaxis]
    sizes = sizes[:, np.newaxis]

    def inside(n_of_class):
        return n_of_class * target >= target.sum()

    def outside(n_of_class):
        # A fold with most of the samples, such as a training set, may have all of a rare class.
        return (n_of_class >= 2) & (2 * sizes <= n_samples + 1)

    lowest = np.maximum(inside(positives), sizes - negatives + outside(negatives))
    highest = np.minimum(sizes - inside(negatives), positives - outside(positives))
    return lowest, highest


def _excess(counts, bounds):
    """How far each count is out of its bounds."""
    lowest, highest = bounds
    return np.maximum(lowest - counts, 0) + np.maximum(counts - highest, 0)


def _best_exchange(f, label, fold, y, counts, bounds, rng):
    """(sample in fold f, sample elsewhere) whose exchange mends the count of a label in fold f.

    Of the pairs that do, it is the one that leaves least out of bounds.
    """
    has_too_many = counts[f, label] > bounds[1][f, label]
    differs = y[:, label] == has_too_many
    here = _candidates((fold == f) & differs, rng)
    there = _candidates((fold != f) & ~differs, rng)

    # Change of the excess if a label moves out of fold f (to another), or into it (back).
    excess = _excess(counts, bounds)
    rise = _excess(counts + 1, bounds) - excess
    fall = _excess(counts - 1, bounds) - excess
    out = (fall[f] + rise)[fold[there]]
    back = (rise[f] + fall)[fold[there]]

    # Labels of one sample of the pair change the counts. Labels of both do not.
    of_there = np.sum(y[there] * back, axis=1)
    cost = y[here].astype(float) @ np.where(y[there], -back, out).T + of_there
    # Sometimes take any pair, so that the walk does not run in a circle.
    cost = cost * (rng.random() > 0.1) + rng.random(cost.shape)
    best = np.unravel_index(np.argmin(cost), cost.shape)
    return here[best[0]], there[best[1]]


def _candidates(mask, rng):
    return rng.permutation(np.flatnonzero(mask))[:N_CANDIDATES]
