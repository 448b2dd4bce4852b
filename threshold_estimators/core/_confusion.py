"""Confusion counts of decisions, a block of cells at a time, so that a block stays in the cache.

Shapes: y_true (n_samples, n_labels) bool, y_pred the same or Decisions, sample_weight (n_samples,)
or (n_samples, n_labels) float, or None.
"""

import numpy as np

from ._blocks import blocks, shared
from ._decisions import Decisions

CELLS_AT_A_TIME = 2**18  # they fit a processor's cache
SAMPLES_IN_A_PART = 2**14  # the counts of each label are kept for so many samples
LONG_ROW = 2**12  # bytes that numpy adds up side by side
MAX_BYTE = 255  # the sum of so many true cells fits a byte


def confusion_counts(y_true, y_pred, sample_weight=None):
    """(tp, fp, fn, tn), each of shape (n_labels,)."""
    order = _order(y_pred)

    def counts_of(part):
        counts = np.zeros((4, y_true.shape[1]))
        for samples, labels in _cell_blocks(part, y_true.shape[1], order):
            weight = sample_weight
            if weight is not None:
                weight = weight[(samples, labels)[: weight.ndim]]
            # An operation on arrays in different orders would be slow.
            positive = np.asarray(y_true[samples, labels], order=order)
            counts[:, labels] += _block_counts(positive, y_pred[samples, labels], weight)
        return counts

    parts = _cell_parts(len(y_true))
    return tuple(sum(shared(counts_of, parts, len(y_true))))


def _order(y_pred):
    """The order in memory of decisions, or of the scores that are decided."""
    cells = y_pred.y_score if isinstance(y_pred, Decisions) else y_pred
    return "F" if cells.flags.f_contiguous else "C"


def _block_counts(y_true, y_pred, sample_weight):
    # Weights do not add up exactly, so every count has a sum of its own.
    if sample_weight is not None:
        outcomes = y_true & y_pred, y_pred & ~y_true, y_true & ~y_pred, ~(y_true | y_pred)
        if sample_weight.ndim == 2:
            return [np.einsum("sl,sl->l", sample_weight, cells) for cells in outcomes]
        return [sample_weight @ cells for cells in outcomes]
    tp = count_true(y_true & y_pred)
    n_pos = count_true(y_true)
    n_pred = count_true(y_pred)
    return tp, n_pred - tp, n_pos - tp, len(y_true) - n_pos - n_pred + tp


def count_true(cells):
    """Number of true cells in each column: (n_labels,) int."""
    if cells.flags.f_contiguous and len(cells) <= MAX_BYTE:
        rows = np.ascontiguousarray(cells).view(np.uint8)
        return np.add.reduce(rows, axis=0, dtype=np.uint8).astype(int)
    # One column at a time is several times faster where long columns are contiguous.
    if cells.flags.f_contiguous:
        return np.array([np.count_nonzero(column) for column in cells.T], int)
    # numpy adds up long rows of bytes much faster than short ones, so samples are joined to rows.
    n_samples, n_labels = cells.shape
    n_joined = -(-LONG_ROW // n_labels)
    n_rest = n_samples % n_joined
    joined = np.ascontiguousarray(cells[n_rest:]).view(np.uint8).reshape(-1, n_joined * n_labels)
    counts = np.zeros(n_joined * n_labels, int)
    for rows in blocks(len(joined), MAX_BYTE):
        counts += np.add.reduce(joined[rows], axis=0, dtype=np.uint8)
    return counts.reshape(n_joined, n_labels).sum(axis=0) + cells[:n_rest].sum(axis=0)


def class_weights(y_true, sample_weight=None):
    """(n_pos, n_neg), the weight of the positive and of the negative samples, (n_labels,) each."""
    if sample_weight is None:
        n_pos = count_true(y_true).astype(float)
        return n_pos, len(y_true) - n_pos
    tp, _, _, tn = confusion_counts(y_true, y_true, sample_weight)
    return tp, tn


def weight_of_label(sample_weight, label):
    """Weights of the samples for one label, (n_samples,) or None.

    sample_weight : None, (n_samples,), or (n_samples, n_labels) with a weight for each cell
    """
    if sample_weight is None or sample_weight.ndim == 1:
        return sample_weight
    return sample_weight[:, label]


def weights_of_labels(sample_weight, n_labels):
    """List of ``weight_of_label`` of each label."""
    return [weight_of_label(sample_weight, label) for label in range(n_labels)]


def weight_of_samples(sample_weight):
    """(weight, known): weights (n_samples,) or None, and (n_samples, n_labels) bool or None.

    A known cell has the weight of its sample, all others have weight 0. Raises a ValueError if the
    cells of a sample have weights that differ.
    """
    if sample_weight is None or sample_weight.ndim == 1:
        return sample_weight, None
    if not weighs_labels_alike(sample_weight):
        raise ValueError(
            "'sample_weight' must weigh all labels of a sample alike, or by 0, for a metric that "
            "is computed sample by sample. Got labels of one sample with different weights."
        )
    return sample_weight.max(axis=1), sample_weight > 0


def weighs_labels_alike(sample_weight):
    """Whether all cells of a sample have the same weight, or weight 0."""
    if sample_weight is None or sample_weight.ndim == 1:
        return True
    largest = sample_weight.max(axis=1, keepdims=True)
    return bool(np.all((sample_weight == largest) | (sample_weight == 0)))


def _cell_parts(n_samples):
    """(first, end) of parts of the samples."""
    firsts = range(0, n_samples, SAMPLES_IN_A_PART)
    return [(first, min(first + SAMPLES_IN_A_PART, n_samples)) for first in firsts]


def _cell_blocks(part, n_labels, order):
    """Slices (samples, labels) that divide a part of the samples along the memory."""
    first, end = part
    samples_at_a_time, labels_at_a_time = end - first, max(CELLS_AT_A_TIME // (end - first), 1)
    if order == "C":
        labels_at_a_time = min(n_labels, LONG_ROW)
        samples_at_a_time = CELLS_AT_A_TIME // labels_at_a_time
    return [
        (slice(start, min(start + samples_at_a_time, end)), labels)
        for labels in blocks(n_labels, labels_at_a_time)
        for start in range(first, end, samples_at_a_time)
    ]


def blocks_of_samples(n_samples, n_labels):
    """Slices that divide samples with so many labels into blocks."""
    return blocks(n_samples, CELLS_AT_A_TIME, n_labels)
