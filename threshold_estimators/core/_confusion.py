"""Confusion counts of decisions, a block of cells at a time, so that a block stays in the cache.

Shapes: y_true (n_samples, n_labels) bool, y_pred the same or Decisions, sample_weight (n_samples,)
or (n_samples, n_labels) float, or None.
"""

import numpy as np

from ._blocks import blocks, shared, tiles

CELLS_AT_A_TIME = 2**18  # they fit a processor's cache
LONG_ROW = 2**12  # bytes that numpy adds up side by side


def confusion_counts(y_true, y_pred, sample_weight=None):
    """(tp, fp, fn, tn), each of shape (n_labels,)."""

    def counts_of(block):
        weight = sample_weight
        if weight is not None:
            weight = weight[block[: weight.ndim]]
        return _block_counts(y_true[block], y_pred[block], weight)

    counts = np.zeros((4, y_true.shape[1]))
    cell_blocks = _cell_blocks(y_true)
    all_counts = shared(counts_of, cell_blocks, len(y_true))
    for (_, labels), block_counts in zip(cell_blocks, all_counts, strict=True):
        counts[:, labels] += block_counts
    return tuple(counts)


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
    # One column at a time is several times faster where columns are contiguous.
    if cells.flags.f_contiguous:
        return np.array([np.count_nonzero(column) for column in cells.T], int)
    # numpy adds up long rows of bytes much faster than short ones, so samples are joined to rows.
    n_samples, n_labels = cells.shape
    n_joined = -(-LONG_ROW // n_labels)
    n_rest = n_samples % n_joined
    joined = np.ascontiguousarray(cells[n_rest:]).view(np.uint8).reshape(-1, n_joined * n_labels)
    counts = np.zeros(n_joined * n_labels, int)
    # A byte holds the sum of 255 rows.
    for rows in blocks(len(joined), 255):
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


def _cell_blocks(cells):
    """Slices (samples, labels) that divide an array along its memory."""
    if cells.flags.f_contiguous:
        return [(samples, labels) for labels, samples in tiles(cells.T.shape, CELLS_AT_A_TIME)]
    return [(samples, slice(None)) for samples in blocks_of_samples(*cells.shape)]


def blocks_of_samples(n_samples, n_labels):
    """Slices that divide samples with so many labels into blocks."""
    return blocks(n_samples, CELLS_AT_A_TIME, n_labels)
