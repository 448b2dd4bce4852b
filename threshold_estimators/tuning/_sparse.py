"""Tuning on sparse scores: the stored ones make groups of equal scores, label by label."""

import numpy as np

from ..core import check_sample_weight, read_sparse_labels, read_sparse_scores
from ..objectives import check_objective
from ..solvers import ScoreGroups, blocks_of_labels, integers_of, scores_of
from ._groups import check_is_of_counts, tune_groups
from ._strategies import check_strategy

BITS_OF_SCORE = 33  # of the difference of two integers of float32


def tune_sparse(y_true, y_score, sample_weight, scoring, strategy):
    """TunedThresholds of sparse scores; ``y_true`` is sparse or dense."""
    check_strategy(strategy)
    scores = read_sparse_scores(y_score)
    positive, names = read_sparse_labels(y_true)
    if positive.shape != scores.shape:
        raise ValueError(
            "'y_true' and 'y_score' must have the same shape. "
            f"Got {positive.shape} and {scores.shape} instead."
        )
    weight = _check_weight(sample_weight, scores.shape[0])
    objective = check_objective(scoring, *scores.shape, names=names)
    check_is_of_counts(objective)
    lowest, highest = scores.data.min(initial=0), scores.data.max(initial=1)
    return tune_groups(
        strategy,
        objective,
        SparseBlocks(positive, scores, weight),
        names,
        of_probabilities=bool(lowest >= 0 and highest <= 1),
    )


def _check_weight(sample_weight, n_samples):
    if sample_weight is None:
        return None
    if np.ndim(sample_weight) > 1:
        raise ValueError(
            "'sample_weight' must have shape (n_samples,) where 'y_score' is sparse. "
            f"Got {np.ndim(sample_weight)} dimensions instead."
        )
    return check_sample_weight(sample_weight, n_samples)


class SparseBlocks:
    """The stored scores as ScoreGroups of blocks of labels, in order, made anew in each pass.

    y_true : (n_samples, n_labels) CSC array of ones; y_score : the same of floats; both with sorted
    rows and each entry once
    sample_weight : (n_samples,) or None
    """

    def __init__(self, y_true, y_score, sample_weight):
        self.y_true = y_true
        self.y_score = y_score
        self.sample_weight = sample_weight

    def __iter__(self):
        for labels in blocks_of_labels(self.y_score.indptr.astype(np.int64)):
            yield self._block(labels)

    def _block(self, labels):
        n_samples, size = self.y_score.shape[0], labels.stop - labels.start
        scored, score = _entries(self.y_score, labels)
        true, _ = _entries(self.y_true, labels)
        # Both lists of cells are ascending.
        place = np.searchsorted(true, scored)
        is_positive = np.append(true, -1)[place] == scored
        n_pos = np.bincount(true // n_samples, self._weight(true), size)
        weight = self.sample_weight
        total = n_samples if weight is None else weight.sum()
        groups = _groups(scored // n_samples, score, is_positive, self._weight(scored))
        return ScoreGroups(*groups, n_pos, np.maximum(total - n_pos, 0), is_complete=False)

    def _weight(self, cells):
        if self.sample_weight is None:
            return None
        return self.sample_weight[cells % self.y_score.shape[0]]


def _entries(matrix, labels):
    """(cells, values) of the stored entries of some columns; a cell is label * n_samples + sample.

    The labels count from the first of the columns.
    """
    stored = slice(matrix.indptr[labels.start], matrix.indptr[labels.stop])
    n_stored = np.diff(matrix.indptr[labels.start : labels.stop + 1])
    label = np.repeat(np.arange(len(n_stored)), n_stored)
    return label * matrix.shape[0] + matrix.indices[stored], matrix.data[stored]


def _groups(label, score, is_positive, weight):
    """(label, pos, neg, low, high) of groups of equal scores, from each label's highest down."""
    if weight is None:
        label, score, is_positive = _sorted(label, score, is_positive)
        weight = np.ones(len(label))
    else:
        used = np.flatnonzero(weight > 0)
        used = used[np.lexsort((-score[used], label[used]))]
        label, score, is_positive, weight = (
            values[used] for values in (label, score, is_positive, weight)
        )
    is_first = np.append(True, (label[1:] != label[:-1]) | (score[1:] != score[:-1]))
    first = np.flatnonzero(is_first[: len(label)])
    pos = _sums_from(weight * is_positive, first)
    neg = _sums_from(weight * ~is_positive, first)
    return label[first], pos, neg, score[first], score[first]


def _sums_from(values, first):
    """Sums of the values from each position up to the next."""
    return np.add.reduceat(values, first) if len(first) else np.zeros(0)


def _sorted(label, score, is_positive):
    """All three by label and falling score."""
    if score.dtype != np.float32:
        order = np.lexsort((-score, label))
        return label[order], score[order], is_positive[order]
    # One sort of integers that hold all three.
    numbers = integers_of(score)
    highest = numbers.max(initial=0)
    keys = ((label << BITS_OF_SCORE) + (highest - numbers)) * 2 + is_positive
    keys.sort()
    numbers = highest - ((keys >> 1) & (2**BITS_OF_SCORE - 1))
    return keys >> BITS_OF_SCORE + 1, scores_of(numbers, score.dtype), (keys & 1).astype(bool)
