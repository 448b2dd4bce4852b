"""Work on one label after the other, or on blocks of labels, in several threads where it pays.

numpy releases Python's lock while it works on long columns. On short columns, one call for several
labels is faster than one call for each.
"""

from concurrent.futures import ThreadPoolExecutor
from itertools import chain, pairwise

import numpy as np
from joblib import effective_n_jobs

MIN_SAMPLES_FOR_THREADS = 50_000  # with fewer samples, threads mostly wait for Python's lock
CELLS_IN_A_BLOCK = 2**20
MIN_LABELS_IN_A_BLOCK = 4  # of an array in C order, whose single columns are slow to read
SAMPLES_COPIED_AT_ONCE = 512  # into columns; they stay in the processor's cache


def each_label(work, y_true, y_score, *more):
    """[work(positive, score, its element of ``more``) for each label], as in ``each_block``."""

    def work_on_block(*block):
        return [work(*label) for label in zip(*block, strict=True)]

    return list(chain.from_iterable(each_block(work_on_block, y_true, y_score, *more)))


def each_block(work, y_true, y_score, *more):
    """[work(positive, score, its slice of ``more``) for each block of labels].

    ``work`` gets contiguous arrays of shape (n_labels_of_block, n_samples). It runs in as many
    threads as joblib's context has jobs, if there are many samples.

    y_true, y_score : (n_samples, n_labels); more : sequences of length n_labels
    """
    # Blocks fill a cache, but leave work for every thread.
    n_samples, n_labels = y_score.shape
    is_by_label = y_true.flags.f_contiguous and y_score.flags.f_contiguous
    min_labels = 1 if is_by_label else MIN_LABELS_IN_A_BLOCK
    labels_per_thread = -(-n_labels // _n_threads(n_samples))
    width = min(max(CELLS_IN_A_BLOCK // n_samples, min_labels), labels_per_thread)

    def work_from(first):
        labels = slice(first, first + width)
        positive = _columns(y_true[:, labels])
        score = _columns(y_score[:, labels])
        return work(positive, score, *[values[labels] for values in more])

    return shared(work_from, range(0, n_labels, width), n_samples)


def shared(work, items, n_samples):
    """[work(item) for each item], in threads as in ``each_block``."""
    n_threads = min(_n_threads(n_samples), len(items))
    if n_threads == 1:
        return [work(item) for item in items]

    def work_on_portion(portion):
        return [work(item) for item in portion]

    ends = [len(items) * i // n_threads for i in range(n_threads + 1)]
    portions = [items[first:end] for first, end in pairwise(ends)]
    # joblib's own threads take a hundredth of a second to notice the end of the work.
    with ThreadPoolExecutor(n_threads) as pool:
        return list(chain.from_iterable(pool.map(work_on_portion, portions)))


def _n_threads(n_samples):
    return effective_n_jobs(None) if n_samples >= MIN_SAMPLES_FOR_THREADS else 1


def _columns(array):
    """The transposed array, contiguous, without a copy if it is contiguous already."""
    if array.T.flags.c_contiguous:
        return array.T
    # Few samples at a time: a copy of all at once would read every column from main memory.
    columns = np.empty(array.shape[::-1], array.dtype)
    for samples in blocks(len(array), SAMPLES_COPIED_AT_ONCE):
        columns[:, samples] = array[samples].T
    return columns


def blocks(length, n_cells, width=1):
    """Slices that divide ``length`` items of ``width`` cells into blocks of about ``n_cells``."""
    size = max(n_cells // width, 1)
    return [slice(first, first + size) for first in range(0, length, size)]


def tiles(shape, n_cells):
    """Slices (labels, samples) that divide an array of (n_labels, n_samples) into tiles."""
    n_labels, n_samples = shape
    samples = blocks(n_samples, n_cells)
    return [(labels, s) for labels in blocks(n_labels, n_cells, n_samples) for s in samples]
