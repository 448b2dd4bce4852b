"""Labels one after the other or in blocks, or several at once in threads.

numpy works on long columns without Python's lock, and on short ones of several labels together faster than one by one.
"""

from concurrent.futures import ThreadPoolExecutor
from itertools import chain

import numpy as np
from joblib import effective_n_jobs

FEWEST_ROWS_FOR_THREADS = 200_000  # with fewer, threads wait for Python more than they work
CELLS_IN_A_BLOCK = 2**20
FEWEST_LABELS_OF_ROWS = 4  # in a block of an array in rows, from which single columns are slow to get


def each_label(work, y_true, y_score, *more):
    """[work(positive, score, *its own of ``more``) of each label], in as many threads as joblib's context has jobs.

    y_true, y_score : (n_samples, n_labels), of which ``work`` gets contiguous columns; more : arrays of (n_labels, ...)
    """

    def of_some(labels):
        columns = ((np.ascontiguousarray(part[:, label]) for part in (y_true, y_score)) for label in labels)
        return [work(*column, *(part[label] for part in more)) for label, column in zip(labels, columns, strict=True)]

    return _in_threads(of_some, *y_score.shape)


def each_block(work, y_true, y_score, *more):
    """[work(positive, score, *their own of ``more``) of each block of labels], in threads as for ``each_label``.

    ``work`` gets contiguous arrays of (n_labels_of_block, n_samples), and parts of ``more``.
    """
    n_samples, n_labels = y_score.shape
    fewest = 1 if y_score.flags.f_contiguous else FEWEST_LABELS_OF_ROWS
    width = max(CELLS_IN_A_BLOCK // n_samples, fewest)

    def of_some(labels):
        blocks = (slice(first, min(first + width, labels.stop)) for first in range(labels.start, labels.stop, width))
        return [
            work(
                *(np.ascontiguousarray(part[:, block].T) for part in (y_true, y_score)), *(part[block] for part in more)
            )
            for block in blocks
        ]

    return _in_threads(of_some, n_samples, n_labels)


def _in_threads(of_some, n_samples, n_labels):
    """Results of ``of_some(range of labels)`` as one list."""
    n_threads = min(effective_n_jobs(None), n_labels) if n_samples >= FEWEST_ROWS_FOR_THREADS else 1
    if n_threads == 1:
        return of_some(range(n_labels))
    portions = [range(n_labels * i // n_threads, n_labels * (i + 1) // n_threads) for i in range(n_threads)]
    with ThreadPoolExecutor(n_threads) as pool:  # joblib's own takes a hundredth of a second to notice the end
        return list(chain.from_iterable(pool.map(of_some, portions)))


def tiles(shape, n_cells):
    """Pairs (labels, rows) of slices that divide an array of (n_labels, n_samples) into parts that fit a cache."""
    n_labels, n_samples = shape
    height = max(n_cells // n_samples, 1)
    for first in range(0, n_labels, height):
        for row in range(0, n_samples, n_cells):
            yield slice(first, min(first + height, n_labels)), slice(row, row + n_cells)
