"""Time and memory of StreamingThresholdTuner, as multiples of a sort of the same chunks.

    python tests/benchmarks/streaming.py [--samples N ...] [--labels N ...] [--resolution X]

Each problem runs in a process of its own. Scores are drawn chunk by chunk, as float32, and each
chunk is sorted by np.sort, label by label, and counted. A second pass over the same chunks refines
the thresholds for macro-F1. Times are of the processor. Memory is the peak of the whole process,
with Python and its libraries.
"""

import argparse
import multiprocessing
import resource
import time
from typing import NamedTuple

import numpy as np

from threshold_estimators import StreamingThresholdTuner

SAMPLES, LABELS, CHUNK = [10**5, 10**6, 10**7], [1, 10, 100], 10**5
CELLS = 10**7  # of a chunk, at most
HEADER = (
    "| samples | labels | scores | count / sort | ns a score | second pass / sort | scores kept |"
    " bins a label | peak, MB | with second pass | macro-F1, bound, exact |"
)


class Figures(NamedTuple):
    """What is measured for a problem: processor times in seconds, memory in MB."""

    n_samples: int
    n_labels: int
    sort: float
    count: float
    tune: float
    refine: float
    share_kept: float
    n_bins: float
    peak: float
    peak_refined: float
    scores: tuple

    @property
    def n_scores(self):
        """Number of scores."""
        return self.n_samples * self.n_labels

    def row(self):
        """A line of the table."""
        cells = [
            f"{self.n_samples:,}",
            f"{self.n_labels:,}",
            f"{self.n_scores:.0e}",
            f"{self.count / self.sort:.2f}",
            f"{self.count / self.n_scores * 1e9:.0f}",
            f"{self.refine / self.sort:.2f}",
            f"{self.share_kept:.3%}",
            f"{self.n_bins:,.0f}",
            f"{self.peak:,.0f}",
            f"{self.peak_refined:,.0f}",
            ", ".join(f"{score:.6f}" for score in self.scores),
        ]
        return f"| {' | '.join(cells)} |"


def chunks(n_samples, n_labels, size):
    """Labels and scores, the same in each pass."""
    prevalence = np.geomspace(0.3, 0.003, n_labels)
    for seed, first in enumerate(range(0, n_samples, size)):
        rng = np.random.default_rng(seed)
        shape = min(size, n_samples - first), n_labels
        y_true = rng.random(shape, np.float32) < prevalence.astype(np.float32)
        one, other = rng.random(shape, np.float32), rng.random(shape, np.float32)
        yield y_true, np.where(y_true, np.maximum(one, other), one * other)


def timed(work, *args):
    """(processor time, result)."""
    start = time.process_time()
    result = work(*args)
    return time.process_time() - start, result


def peak_of_memory():
    """Of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(n_samples, n_labels, size, resolution):
    """Figures of one problem."""
    size = min(size, CELLS // n_labels)
    tuner, sort, count, refine = StreamingThresholdTuner(resolution=resolution), 0.0, 0.0, 0.0
    for y_true, y_score in chunks(n_samples, n_labels, size):
        sort += timed(np.sort, y_score, 0)[0]
        count += timed(tuner.partial_fit, y_true, y_score)[0]
    tune, tuned = timed(lambda: tuner.tune(strategy="per_label"))
    bound, peak = tuner.upper_bound(), peak_of_memory()
    start, refiner = timed(tuner.refine)
    refine += start
    for y_true, y_score in chunks(n_samples, n_labels, size):
        refine += timed(refiner.partial_fit, y_true, y_score)[0]
    end, exact = timed(refiner.tune)
    return Figures(
        n_samples,
        n_labels,
        sort,
        count,
        tune,
        refine + end,
        refiner.n_open_scores / (n_samples * n_labels),
        len(tuner.bins_.label) / n_labels,
        peak,
        peak_of_memory(),
        (tuned.score, bound, exact.score),
    )


def draw(figures, path):
    """Time and memory against the number of scores, a line for each number of labels."""
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
    for n_labels in sorted({figure.n_labels for figure in figures}):
        lines = [figure for figure in figures if figure.n_labels == n_labels]
        x = [line.n_samples for line in lines]
        name = f"{n_labels:,} label{'s' if n_labels > 1 else ''}"
        left.plot(x, [line.count / line.sort for line in lines], "o-", label=name)
        right.plot(x, [line.peak for line in lines], "o-", label=name)
    left.set(xscale="log", xlabel="samples", ylabel="time, in sorts of the chunks", ylim=(0, None))
    right.set(xscale="log", yscale="log", xlabel="samples", ylabel="peak of memory, MB")
    left.legend()
    figure.savefig(path, dpi=150)


def main():
    """Print a line for each problem."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--samples", nargs="+", type=int, default=SAMPLES)
    parser.add_argument("--labels", nargs="+", type=int, default=LABELS)
    parser.add_argument("--chunk", type=int, default=CHUNK, help="samples of a chunk")
    parser.add_argument("--resolution", type=float, default=1e-3)
    parser.add_argument("--figure", help="file of the picture")
    args = parser.parse_args()
    print(HEADER, "|" + "---|" * HEADER.count(" | ") + "---|", sep="\n")
    figures = []
    for n_labels in args.labels:
        for n_samples in args.samples:
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                problem = n_samples, n_labels, args.chunk, args.resolution
                figures.append(pool.apply(measure, problem))
            print(figures[-1].row(), flush=True)
    if args.figure:
        draw(figures, args.figure)


if __name__ == "__main__":
    main()
