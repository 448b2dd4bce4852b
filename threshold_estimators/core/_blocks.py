"""Labels one after the other or in blocks, or several at once in threads.

numpy works on long columns without Python's lock, and on short ones of several labels together faster than one by one.
"""

from concurrent.futures import ThreadPoolExecutor
from itertools import chain, pairwise

import numpy as np
from joblib import effective_n_jobs

FEWEST_ROWS_FOR_THREADS = 50_000  # with fewer, threads wait for Python more than they work
CELLS_IN_A_BLOCK = 2**20
FEWEST_LABELS_OF_ROWS = (
    4  # in a block of an array in rows, from which single columns are slow to get
)
ROWS_TURNED_AT_A_TIME = 512  # into columns: so few stay in a cache


def each_label(work, y_true, y_score, *more):
    """[work(positive, score, *its own of ``more``) of each label], in as many threads as joblib's context has jobs.

    y_true, y_score : (n_samples, n_labels), of which ``work`` gets contiguous columns; more : arrays of (n_labels, ...)
    """

    def of_block(*block):
        return [work(*label) for label in zip(*block, strict=True)]

    return list(chain.from_iterable(each_block(of_block, y_true, y_score, *more)))


def each_block(work, y_true, y_score, *more):
    """[work(positive, score, *their own of ``more``) of each block of labels], in threads as for ``each_label``.

    ``work`` gets contiguous arrays of (n_labels_of_block, n_samples), and parts of ``more``.
    """
    n_samples, n_labels = y_score.shape
    fewest = 1 if y_score.flags.f_contiguous else FEWEST_LABELS_OF_ROWS
    width = min(max(CELLS_IN_A_BLOCK // n_samples, fewest), -(-n_labels // _n_threads(n_samples)))

    def of_block(first):
        block = slice(first, first + width)
        return work(
            _columns(y_true[:, block]), _columns(y_score[:, block]), *(part[block] for part in more)
        )

    return shared(of_block, range(0, n_labels, width), n_samples)


def shared(work, items, n_samples):
    """[work(item) of each item], in as many threads as joblib's context has jobs if rows are many."""
    n_threads = min(_n_threads(n_samples), len(items))
    if n_threads == 1:
        return [work(item) for item in items]
    ends = [len(items) * i // n_threads for i in range(n_threads + 1)]
    portions = [items[first:end] for first, end in pairwise(ends)]
    with ThreadPoolExecutor(
        n_threads
    ) as pool:  # joblib's own takes a hundredth of a second to notice the end
        return list(
            chain.from_iterable(
                pool.map(lambda portion: [work(item) for item in portion], portions)
            )
        )


def _n_threads(n_samples):
    return effective_n_jobs(None) if n_samples >= FEWEST_ROWS_FOR_THREADS else 1


def _columns(some):
    """Columns as contiguous rows, without a copy where they are contiguous."""
    if some.T.flags.c_contiguous:
        return some.T
    columns = np.empty(some.shape[::-1], some.dtype)
    for first in range(0, len(some), ROWS_TURNED_AT_A_TIME):
        rows = slice(first, first + ROWS_TURNED_AT_A_TIME)
        columns[:, rows] = some[rows].T
    return columns


def blocks(length, n_cells, width=1):
    """Slices of so many items, each of some ``n_cells`` cells. width : cells of one item"""
    size = max(n_cells // width, 1)
    return [slice(first, first + size) for first in range(0, length, size)]


def tiles(shape, n_cells):
    """Pairs (labels, rows) of slices that divide an array of (n_labels, n_samples) into parts that fit a cache."""
    n_labels, n_samples = shape
    rows = blocks(n_samples, n_cells)
    return [(labels, some) for labels in blocks(n_labels, n_cells, n_samples) for some in rows]
