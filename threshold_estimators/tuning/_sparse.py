"""Sparse scores: an entry that is not stored is no candidate, and never predicted."""

import numpy as np
from scipy import sparse

from ..core import check_indicator, check_sample_weight
from ..objectives import check_objective
from ..solvers import ScoreGroups, blocks_of_labels, integers_of, scores_of
from ._groups import tune_groups

FLOATS = np.dtype(np.float64), np.dtype(np.float32)


def blocks_of_sparse(y_true, y_score, sample_weight):
    """The stored scores as ScoreGroups of blocks of labels, in order.

    y_true : (n_samples, n_labels) CSC array of ones; y_score : the same of floats; both with sorted
    indices and without duplicates
    sample_weight : (n_samples,) or None
    """
    n_samples = y_score.shape[0]
    for labels in blocks_of_labels(y_score.indptr.astype(np.int64)):
        size = labels.stop - labels.start
        scored, score = _entries(y_score, labels, n_samples)
        true, _ = _entries(y_true, labels, n_samples)
        # Both lists of cells are ascending.
        place = np.searchsorted(true, scored)
        is_positive = np.append(true, -1)[place] == scored
        weight = None if sample_weight is None else sample_weight[scored % n_samples]
        n_pos = np.bincount(true // n_samples, _weights(sample_weight, true % n_samples), size)
        total = n_samples if sample_weight is None else sample_weight.sum()
        groups = _groups(scored // n_samples, score, is_positive, weight)
        yield ScoreGroups(*groups, n_pos, np.maximum(total - n_pos, 0), is_complete=False)


def _entries(matrix, labels, n_samples):
    """(cells, values) of the stored entries of some columns; a cell is label * n_samples + sample.

    The labels count from the first of the columns.
    """
    stored = slice(matrix.indptr[labels.start], matrix.indptr[labels.stop])
    n_stored = np.diff(matrix.indptr[labels.start : labels.stop + 1])
    label = np.repeat(np.arange(len(n_stored)), n_stored)
    return label * n_samples + matrix.indices[stored], matrix.data[stored]


def _weights(sample_weight, samples):
    return None if sample_weight is None else sample_weight[samples]


def _groups(label, score, is_positive, weight):
    """(label, pos, neg, low, high) of groups of equal scores, from each label's highest down."""
    if weight is None and score.dtype == np.float32:
        label, score, is_positive = _sorted_by_keys(label, score, is_positive)
    else:
        order = np.lexsort((-score, label))
        label, score, is_positive = label[order], score[order], is_positive[order]
        weight = None if weight is None else weight[order]
        if weight is not None:
            kept = weight > 0
            label, score, is_positive = label[kept], score[kept], is_positive[kept]
            weight = weight[kept]
    starts_group = np.append(True, (label[1:] != label[:-1]) | (score[1:] != score[:-1]))
    first = np.flatnonzero(starts_group[: len(label)])
    if weight is None:
        total = np.diff(first, append=len(label)).astype(float)
        pos = np.diff(np.append(np.append(0, np.cumsum(is_positive))[first], is_positive.sum()))
    else:
        total = np.add.reduceat(weight, first) if len(first) else np.zeros(0)
        pos = np.add.reduceat(weight * is_positive, first) if len(first) else np.zeros(0)
    score = score[first]
    return label[first], pos.astype(float), np.maximum(total - pos, 0), score, score


def _sorted_by_keys(label, score, is_positive):
    """As sorting by label and falling score, by one sort of integers that hold all three."""
    numbers = integers_of(score)
    highest = numbers.max(initial=0)
    keys = ((label << 33) + (highest - numbers)) * 2 + is_positive
    keys.sort()
    numbers = highest - ((keys >> 1) & (2**33 - 1))
    return keys >> 34, scores_of(numbers, score.dtype), (keys & 1).astype(bool)


def tune_sparse(y_true, y_score, sample_weight, scoring, strategy):
    """Tune thresholds of sparse scores; ``y_true`` sparse or dense."""
    y_score = _canonical(y_score)
    y_true = _indicator(y_true)
    if y_true.shape != y_score.shape:
        raise ValueError(
            "'y_true' and 'y_score' must have the same shape. "
            f"Got {y_true.shape} and {y_score.shape} instead."
        )
    weight = check_sample_weight(sample_weight, y_score.shape[0])
    objective = check_objective(scoring, *y_score.shape)
    return tune_groups(strategy, objective, SparseBlocks(y_true, y_score, weight))


class SparseBlocks:
    """The blocks of ``blocks_of_sparse``, made anew each time they are gone through."""

    def __init__(self, y_true, y_score, sample_weight):
        self._data = y_true, y_score, sample_weight

    def __iter__(self):
        return blocks_of_sparse(*self._data)


def _canonical(y_score):
    """Scores as a CSC array of floats with sorted indices, without duplicates and NaN."""
    scores = sparse.csc_array(y_score)
    if scores.dtype not in FLOATS:
        scores = scores.astype(np.float64)
    scores.sum_duplicates()
    if not np.all(np.isfinite(scores.data)):
        place = np.flatnonzero(~np.isfinite(scores.data))[0]
        label = np.searchsorted(scores.indptr, place, side="right") - 1
        raise ValueError(
            f"'y_score' must be finite. Got {scores.data[place]} in row {scores.indices[place]} "
            f"of label {label} instead."
        )
    return scores


def _indicator(y_true):
    """Positive labels as a CSC array with sorted indices that stores nothing else."""
    positive = (
        sparse.csc_array(y_true)
        if sparse.issparse(y_true)
        else sparse.csc_array(check_indicator(y_true, "y_true"))
    )
    positive.sum_duplicates()
    if not np.all((positive.data == 1) | (positive.data == 0)):
        raise ValueError("'y_true' must hold only 0 and 1.")
    positive.eliminate_zeros()
    return positive
