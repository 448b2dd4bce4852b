"""Sparse scores and labels. An entry that is not stored is no candidate, below every threshold.

Nothing of shape (n_samples, n_labels) is made dense.
"""

import numpy as np
from scipy import sparse

from ._labels import read_labels
from ._scores import finite_scores
from ._tables import FLOATS
from ._validation import label_name

MAX_CELLS = 2**28  # that a report makes dense


def read_sparse_scores(y_score, thresholds=()):
    """Stored scores as a CSC array of floats, with sorted rows and each entry once.

    thresholds : those that the scores are for, as in ``finite_scores``
    """
    scores = sparse.csc_array(y_score)
    if 0 in scores.shape:
        raise ValueError(
            "'y_score' must have at least one sample and one label. "
            f"Got shape {scores.shape} instead."
        )
    if scores.dtype.kind not in "biuf":
        raise ValueError(f"'y_score' must hold numbers. Got type {scores.dtype} instead.")
    if scores.dtype not in FLOATS:
        scores = scores.astype(np.float64)
    if not scores.has_canonical_format:
        scores = scores.copy()  # it may share its arrays with what was given
        scores.sum_duplicates()
    is_nan = np.isnan(scores.data)
    if is_nan.any():
        place = np.flatnonzero(is_nan)[0]
        label = np.searchsorted(scores.indptr, place, side="right") - 1
        raise ValueError(
            f"'y_score' must not be NaN. Got nan in row {scores.indices[place]} of label "
            f"{label_name(label, None)} instead."
        )
    finite = finite_scores(scores.data, thresholds) if scores.nnz else scores.data
    return sparse.csc_array((finite, scores.indices, scores.indptr), scores.shape)


def read_sparse_labels(y_true):
    """(positive labels as a CSC array with sorted rows that stores nothing else, names or None).

    y_true : sparse or dense indicator without missing labels
    """
    if not sparse.issparse(y_true):
        labels = read_labels(y_true, "y_true")
        if labels.known is not None:
            raise ValueError(
                "'y_true' must have no missing labels where 'y_score' is sparse. Drop their scores "
                "from 'y_score' and weight the samples, or give dense scores."
            )
        return sparse.csc_array(labels.y_true), labels.names
    positive = sparse.csc_array(y_true)
    if not positive.has_canonical_format:
        positive = positive.copy()  # it may share its arrays with what was given
        positive.sum_duplicates()
    is_one = positive.data == 1
    is_valid = is_one | (positive.data == 0)
    if not is_valid.all():
        place = np.flatnonzero(~is_valid)[0]
        label = np.searchsorted(positive.indptr, place, side="right") - 1
        raise ValueError(
            f"'y_true' must hold only 0 and 1. Got {positive.data[place]!r} in row "
            f"{positive.indices[place]} of label {label_name(label, None)} instead."
        )
    if not is_one.all():
        positive = positive.copy()
        positive.eliminate_zeros()
    return positive, None


def filled_below(y_score, thresholds):
    """Sparse scores as a dense array, where what is not stored lies below all of ``thresholds``."""
    if y_score.shape[0] * y_score.shape[1] > MAX_CELLS:
        raise ValueError(
            f"'X' must have at most {MAX_CELLS:,} cells as sparse scores, because they are made "
            f"dense here. Got shape {y_score.shape} instead. Give fewer samples."
        )
    scores = read_sparse_scores(y_score, thresholds).tocoo()
    finite = np.concatenate([scores.data, np.ravel(thresholds)])
    lowest = np.min(finite, where=np.isfinite(finite), initial=0)
    dense = np.full(scores.shape, lowest - (1 + abs(lowest)), scores.dtype)
    dense[scores.row, scores.col] = scores.data
    return dense


def decide_sparse(y_score, thresholds):
    """Decisions of stored scores: a CSR array of ones where a score reaches its threshold.

    y_score : sparse (n_samples, n_labels); thresholds : (n_labels,)
    """
    scores = read_sparse_scores(y_score, thresholds)
    reached = scores.data >= np.repeat(thresholds, np.diff(scores.indptr))
    n_before = np.append(0, np.cumsum(reached))
    ones = np.ones(n_before[-1], np.int64)
    decided = sparse.csc_array(
        (ones, scores.indices[reached], n_before[scores.indptr]), scores.shape
    )
    return decided.tocsr()
