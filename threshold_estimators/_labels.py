"""One label after the other, or several at once in threads: numpy works on long columns without Python's lock."""

from concurrent.futures import ThreadPoolExecutor
from itertools import chain

import numpy as np
from joblib import effective_n_jobs

FEWEST_ROWS_FOR_THREADS = 200_000  # with fewer, threads wait for Python more than they work


def each_label(work, y_true, y_score, *more):
    """[work(positive, score, *its own of ``more``) of each label], in as many threads as joblib's context has jobs.

    y_true, y_score : (n_samples, n_labels), of which ``work`` gets contiguous columns; more : arrays of (n_labels, ...)
    """
    n_samples, n_labels = y_score.shape

    def of_some(labels):
        columns = ((np.ascontiguousarray(part[:, label]) for part in (y_true, y_score)) for label in labels)
        return [work(*column, *(part[label] for part in more)) for label, column in zip(labels, columns, strict=True)]

    n_threads = min(effective_n_jobs(None), n_labels) if n_samples >= FEWEST_ROWS_FOR_THREADS else 1
    if n_threads == 1:
        return of_some(range(n_labels))
    portions = [range(n_labels * i // n_threads, n_labels * (i + 1) // n_threads) for i in range(n_threads)]
    with ThreadPoolExecutor(n_threads) as pool:  # joblib's own takes a hundredth of a second to notice the end
        return list(chain.from_iterable(pool.map(of_some, portions)))
