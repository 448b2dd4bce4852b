"""Rows, or groups of rows, dealt to folds so that every label is spread evenly (pure numpy and scipy.sparse)."""

from itertools import pairwise

import numpy as np
from scipy import sparse

# Rows that an exchange is looked for among: all in small data, and in large data more than enough.
N_CANDIDATES = 256
# Exchanges without a gain after which no more are tried.
PATIENCE = 100


def deal_rows(y, sizes, order):
    """Fold of each row, such that fold f has exactly ``sizes[f]`` rows.

    y : (n_samples, n_labels) bool
    sizes : (n_folds,) positive int whose sum is n_samples
    order : (n_samples,) permutation, decides between rows that are alike
    """
    y, parts = _rarer_class(y), _parts(sizes)
    fold = np.empty(len(y), int)
    fold[order] = _deal_alike(y[order], parts)
    contents = _with_size(sparse.csr_array(y))
    single = order[fold[order] == len(sizes)]
    held = _counts(fold, contents, len(sizes)).toarray()
    fold[single] = _deal(
        contents[single], _weights(contents), held, parts, room=sizes - held[:, -1]
    )
    return _repair(fold, y, sizes)


def deal_groups(y, group, n_folds, order):
    """Fold of each group; no fold is empty where there are at least as many groups as folds.

    y : (n_samples, n_labels) bool
    group : (n_samples,) int, from 0 to n_groups - 1
    order : (n_groups,) permutation, decides between groups that are alike
    """
    contents = _counts(group, _with_size(sparse.csr_array(_rarer_class(y))), len(order))
    held, parts = np.zeros((n_folds, contents.shape[1])), np.ones(n_folds, int)
    fold = np.empty(len(order), int)
    fold[order] = _deal(
        contents[order], _weights(contents), held, parts, room=np.full(n_folds, np.inf)
    )
    return fold


def _parts(sizes):
    """What the folds should have, as integers in proportion: the same where their sizes differ by a row at most."""
    return np.ones_like(sizes) if np.ptp(sizes) <= 1 else sizes


def _rarer_class(y):
    """The indicator with its 0 and 1 exchanged for labels that most rows have: the rare ones need the care."""
    frequent = 2 * np.count_nonzero(y, axis=0) > len(y)
    return y ^ frequent if frequent.any() else y


def _with_size(y):
    """Labels, and a last column that counts rows: a fold should have its share of these as of any label."""
    return sparse.csr_array(sparse.hstack([y, np.ones((y.shape[0], 1))], format="csr", dtype=float))


def _counts(part, contents, n_parts):
    """What each part has of each column, sparse; rows of a part that is none of ``n_parts`` are left out."""
    rows = np.flatnonzero(part < n_parts)
    shape = (n_parts, len(part))
    return sparse.csr_array((np.ones(len(rows)), (part[rows], rows)), shape=shape) @ contents


def _weights(contents):
    """What a squared deviation counts in each column: as in the chi-squared statistic of label by fold."""
    total = contents.sum(axis=0)
    n_rows = total[-1]
    weight = n_rows / np.maximum(total * (n_rows - total), 1)
    weight[-1] = 1 / n_rows
    return weight


def _deal_alike(y, parts):
    """Fold of each row as far as rows with the same labels can be dealt in proportion, n_folds for those left over.

    Most rows of data with few labels are done with here.

    y : (n_samples, n_labels) bool
    parts : (n_folds,) what each fold should get, in proportion
    """
    n_samples, n_folds = len(y), len(parts)
    packed = np.ascontiguousarray(np.packbits(y, axis=1))
    _, kind, n_alike = np.unique(
        packed.view(f"V{packed.shape[1]}").ravel(), return_inverse=True, return_counts=True
    )
    # One round of each kind is left to be dealt row by row: it makes up for rows that do not come in rounds.
    rounds = n_alike * parts.min() // parts.sum() - 1
    common = rounds > 0
    portions = rounds[common, np.newaxis] * parts // parts.min()
    portions = np.column_stack([portions, n_alike[common] - portions.sum(axis=1)])
    by_kind = np.argsort(kind, kind="stable")
    fold = np.full(n_samples, n_folds)
    fold[by_kind[common[kind[by_kind]]]] = np.repeat(
        np.tile(np.arange(n_folds + 1), len(portions)), portions.ravel()
    )
    return fold


def _deal(contents, weight, held, parts, room):
    """Fold of each item: those with the rarest contents first, each to the fold that has least of what the item has.

    contents : (n_items, n_columns) csr, the last column being the rows of the item
    weight : (n_columns,)
    held : (n_folds, n_columns) what the folds have already
    parts : (n_folds,) what each fold should get, in proportion
    room : (n_folds,) rows that each fold can take
    """
    ranked = np.argsort(-(contents.power(2) @ weight), kind="stable")
    contents = contents[ranked]
    # In the types that cost least in the loop: numpy indexes fastest by its own integers, and Python counts in lists.
    amounts, columns, parts, room = (
        contents.data,
        contents.indices.astype(np.intp),
        parts.tolist(),
        room.tolist(),
    )
    worth = (amounts * weight[columns])[:, np.newaxis]
    # One more in a fold changes the squared deviation (count - expected)² / part by 2 (count + 1/2) / part, and
    # by something that is the same for all folds.
    held = (held.T + 0.5) / parts
    held[-1, np.equal(room, 0)] = np.inf
    held_by_fold = list(held.T)
    fold = np.empty(len(ranked), int)
    for item, (start, stop) in enumerate(pairwise(contents.indptr.tolist())):
        content, amount = columns[start:stop], amounts[start:stop]
        # Not by ``dot``, whose rounding differs among processors: it would decide ties, and folds with them.
        best = np.add.reduce(worth[start:stop] * held.take(content, axis=0), axis=0).argmin()
        fold[ranked[item]] = best
        held_by_fold[best][content] += amount / parts[best]
        room[best] -= amount[-1]
        if room[best] == 0:
            held[-1, best] = np.inf
    return fold


def _repair(fold, y, sizes):
    """Fold of each row, after exchanges of rows between folds that bring counts of labels within their bounds.

    Whether all of them can be is a question like colouring a graph, hard in general. So this is a walk: a count that is
    out of bounds is mended by the best exchange, be it at the cost of another, until nothing was gained for a while.
    """
    counts = np.array([np.count_nonzero(y[fold == f], axis=0) for f in range(len(sizes))])
    bounds = _bounds(counts.sum(axis=0), sizes)
    # Chance that is part of the algorithm, not of the folds: what is given alike is dealt alike.
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
        if (excess := _excess(counts, bounds).sum()) < best_excess:
            best, best_excess, patience = fold.copy(), excess, PATIENCE
    return best


def _bounds(positives, sizes):
    """Lowest and highest count of each label in each fold, (n_folds, n_labels), so that nothing is without a class.

    A class of which a fold should have a row or more is in it; a class that two rows have is in the rest of the folds.
    """
    n_samples, sizes, parts = sizes.sum(), sizes[:, np.newaxis], _parts(sizes)[:, np.newaxis]
    negatives = n_samples - positives

    def in_fold(n_rows):
        return n_rows * parts >= parts.sum()

    def outside(n_rows):
        # A part with most of the rows, as the training rows of a single split, may have all that is rare.
        return (n_rows >= 2) & (2 * sizes <= n_samples + 1)

    lowest = np.maximum(in_fold(positives), sizes - negatives + outside(negatives))
    highest = np.minimum(sizes - in_fold(negatives), positives - outside(positives))
    return lowest, highest


def _excess(counts, bounds):
    """How far each count is out of its bounds."""
    lowest, highest = bounds
    return np.maximum(lowest - counts, 0) + np.maximum(counts - highest, 0)


def _best_exchange(f, label, fold, y, counts, bounds, rng):
    """(row in fold f, row elsewhere) whose exchange mends the count of a label and leaves least out of bounds."""
    too_many = counts[f, label] > bounds[1][f, label]
    differs = y[:, label] == too_many
    here = _candidates((fold == f) & differs, rng)
    there = _candidates((fold != f) & ~differs, rng)
    excess = _excess(counts, bounds)
    rise, fall = _excess(counts + 1, bounds) - excess, _excess(counts - 1, bounds) - excess
    out, back = (fall[f] + rise)[fold[there]], (rise[f] + fall)[fold[there]]
    # Labels of the row here only, and of the row there only; what both have does not change.
    cost = y[here].astype(float) @ np.where(y[there], -back, out).T + np.sum(
        y[there] * back, axis=1
    )
    # Now and then any pair at all, lest the walk runs in a circle.
    cost = cost * (rng.random() > 0.1) + rng.random(cost.shape)
    best = np.unravel_index(np.argmin(cost), cost.shape)
    return here[best[0]], there[best[1]]


def _candidates(mask, rng):
    return rng.permutation(np.flatnonzero(mask))[:N_CANDIDATES]
