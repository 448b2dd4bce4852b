"""Time and memory of tuning on sparse scores, beside a sort of the stored scores.

    python tests/benchmarks/sparse.py [--labels 100000] [--stored 5000000] [--repeats 3]

As many samples as labels; half of the positive labels have a stored score. Times are multiples of
``np.sort`` of the stored float32 scores in the same run, the best of several; memory is the peak of
the arrays that tuning allocates, as a multiple of the arrays given.
"""

import argparse
import time
import tracemalloc

import numpy as np
from scipy import sparse

from threshold_estimators import tune_thresholds


def draw(n_labels, n_stored, seed=0):
    """(labels, scores) as CSR arrays; labels are as frequent as in a language, 1 / rank."""
    rng = np.random.default_rng(seed)
    frequency = 1 / np.arange(1, n_labels + 1)
    label = rng.choice(n_labels, n_stored, p=frequency / frequency.sum()).astype(np.int32)
    sample = rng.integers(0, n_labels, n_stored, dtype=np.int32)
    cells = np.unique(sample.astype(np.int64) * n_labels + label)
    sample, label = (cells // n_labels).astype(np.int32), (cells % n_labels).astype(np.int32)
    is_positive = rng.random(len(cells)) < 0.1
    score = rng.beta(1 + 2 * is_positive, 4).astype(np.float32)
    shape = n_labels, n_labels
    y_score = sparse.csr_array((score, (sample, label)), shape)
    missed = rng.integers(0, n_labels, (2, is_positive.sum()))
    rows = np.append(sample[is_positive], missed[0])
    columns = np.append(label[is_positive], missed[1])
    y_true = sparse.csr_array((np.ones(len(rows), np.int8), (rows, columns)), shape)
    y_true.data[:] = 1
    return y_true, y_score


def best_time(run, repeats):
    """Seconds of the fastest run."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def bytes_of(matrix):
    return matrix.data.nbytes + matrix.indices.nbytes + matrix.indptr.nbytes


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--labels", type=int, default=100_000)
    parser.add_argument("--stored", type=int, default=5_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    args = parser.parse_args()
    y_true, y_score = draw(args.labels, args.stored)
    sort = best_time(lambda: np.sort(y_score.data), args.repeats)
    size = bytes_of(y_true) + bytes_of(y_score)
    print(f"{y_score.nnz:,} stored scores; np.sort {sort:.2f} s; input {size / 2**20:.0f} MiB")
    for name, scoring, strategy in (
        ("macro", "f1_macro", "per_label"),
        ("micro", "f1_micro", "per_label"),
        ("one threshold", "f1_macro", "global"),
        ("pooled", "f1_macro", "pooled"),
    ):

        def run(scoring=scoring, strategy=strategy):
            return tune_thresholds(y_true, y_score, scoring=scoring, strategy=strategy)

        seconds = best_time(run, args.repeats)
        tracemalloc.start()
        tuned = run()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        print(f"{name}: {seconds / sort:.1f} sorts, peak {peak / size:.1f} inputs", flush=True)
    print(f"predict: {best_time(lambda: tuned.predict(y_score), args.repeats) / sort:.1f} sorts")


if __name__ == "__main__":
    main()
