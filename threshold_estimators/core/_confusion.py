"""Decisions, and confusion counts of them, a block of cells at a time."""

import numpy as np

from ._blocks import blocks, shared, tiles

CELLS_AT_A_TIME = 2**18  # that fit a processor's cache
LONG_ROW = 2**12  # cells that are added up side by side


def confusion_counts(y_true, y_pred, sample_weight=None):
    """(tp, fp, fn, tn), each of shape (n_labels,).

    y_true : (n_samples, n_labels) bool; y_pred : the same, or Decisions; sample_weight : (n_samples,) float or None
    """

    def of_block(block):
        weight = None if sample_weight is None else sample_weight[block[0]]
        return _block_counts(y_true[block], y_pred[block], weight)

    counts = np.zeros((4, y_true.shape[1]))
    parts = _blocks(y_true)
    for (_, labels), of_labels in zip(parts, shared(of_block, parts, len(y_true)), strict=True):
        counts[:, labels] += of_labels
    return tuple(counts)


def _block_counts(y_true, y_pred, sample_weight):
    if sample_weight is not None:
        cells = (y_true & y_pred, y_pred & ~y_true, y_true & ~y_pred, ~(y_true | y_pred))
        return [sample_weight @ cell for cell in cells]
    tp, n_pos, n_pred = (count_true(cells) for cells in (y_true & y_pred, y_true, y_pred))
    return tp, n_pred - tp, n_pos - tp, len(y_true) - n_pos - n_pred + tp


def count_true(cells):
    """Number of true cells in each column, as int of shape (n_labels,)."""
    if cells.flags.f_contiguous:  # a column at a time is several times faster
        return np.array([np.count_nonzero(column) for column in cells.T], int)
    # Bytes are added up many at once where rows are long, as long as no sum exceeds one.
    n_samples, n_labels = cells.shape
    n_joined = -(-LONG_ROW // n_labels)
    n_rest = n_samples % n_joined
    joined = np.ascontiguousarray(cells[n_rest:]).view(np.uint8).reshape(-1, n_joined * n_labels)
    sums = (
        np.add.reduce(joined[first : first + 255], axis=0, dtype=np.uint8)
        for first in range(0, len(joined), 255)
    )
    counts = sum(sums, np.zeros(n_joined * n_labels, int))
    return counts.reshape(n_joined, n_labels).sum(axis=0) + cells[:n_rest].sum(axis=0)


def class_weights(y_true, sample_weight=None):
    """(n_pos, n_neg), the weights of positive and of negative rows, each of shape (n_labels,)."""
    if sample_weight is None:
        n_pos = count_true(y_true).astype(float)
        return n_pos, len(y_true) - n_pos
    tp, _, _, tn = confusion_counts(y_true, y_true, sample_weight)
    return tp, tn


def _blocks(cells):
    """Pairs (rows, labels) of slices that divide an array, along its memory."""
    if cells.flags.f_contiguous:
        return [(rows, labels) for labels, rows in tiles(cells.T.shape, CELLS_AT_A_TIME)]
    return [(rows, slice(None)) for rows in blocks_of_samples(*cells.shape)]


def blocks_of_samples(n_samples, n_labels):
    """Slices that divide rows with so many labels."""
    return blocks(n_samples, CELLS_AT_A_TIME, n_labels)
