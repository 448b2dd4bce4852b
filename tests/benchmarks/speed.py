"""Time and memory of the search, as multiples of one np.sort of the same scores, column by column, in the same run.

    python tests/benchmarks/speed.py [--all] [--figure FILE] [--memory]

Ratios, since machines differ and are noisy: each is the least of several runs over the least of several sorts. Memory
is the peak beyond the input, in columns of scores. ``--all`` adds the slow objectives, ``--memory`` prints nothing but
the peaks of a problem larger than those that are timed.
"""

import argparse
import time
import tracemalloc
from functools import partial

import numpy as np
from sklearn.metrics import precision_recall_curve

from threshold_estimators import Constrained, Cost, Precision, Recall, tune_thresholds

PROBLEMS = [(100_000, 100, 0.02), (100_000, 100, 0.5), (1_000_000, 20, 0.02), (5_000, 1_000, 0.01)]
LARGE = 1_000_000, 100, 0.02
EXACT = {"strategy": "per_label"}
SEARCHES = {
    "macro-F1, exact": {"scoring": "f1_macro", **EXACT},
    "micro-F1, exact": {"scoring": "f1_micro", **EXACT},
    "macro-F1, pooled": {"scoring": "f1_macro"},
    "micro-F1, pooled": {"scoring": "f1_micro"},
}
WITH_TWO_THREADS = {
    f"{name}, two threads": SEARCHES[name] | {"n_jobs": 2} for name in list(SEARCHES)[:2]
}
SLOW_SEARCHES = {
    "samples-F1, pooled": {"scoring": "f1_samples"},
    "samples-F1, searched": {"scoring": "f1_samples", **EXACT},
    "subset accuracy, searched": {"scoring": "accuracy", **EXACT},
    "macro-F1, one cut": {"scoring": "f1_macro", "strategy": "global"},
    "cost": {"scoring": Cost(fp=1, fn=5), **EXACT},
    "recall at precision 0.3": {"scoring": Constrained(Recall(), Precision(), 0.3), **EXACT},
}
GROWTH = [10**k for k in range(3, 8)], [10**k for k in range(5)]


def draw(n_samples, n_labels, share):
    """Labels and scores, in columns."""
    rng = np.random.default_rng(0)
    y_true = np.asfortranarray(rng.random((n_samples, n_labels)) < share)
    return y_true, np.asfortranarray(rng.beta(1 + 2 * y_true, 4 - 2 * y_true))


def seconds(work, repeats=5):
    """Least time of several runs."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def sort_columns(y_score):
    for score in y_score.T:
        np.sort(score)


def curve_of_each_label(y_true, y_score):
    """The best F1 from the precision-recall curve of each label: what people write."""
    for positive, score in zip(y_true.T, y_score.T, strict=True):
        precision, recall, thresholds = precision_recall_curve(positive, score)
        f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
        thresholds[np.argmax(f1[:-1])]


def sorted_classes(y_true, y_score):
    """The best F1 of each label from its positives, sorted, and the negatives above the lowest of them, sorted."""
    for positive, score in zip(y_true.T, y_score.T, strict=True):
        positives = np.sort(score.take(np.flatnonzero(positive)))
        negatives = np.sort(score.take(np.flatnonzero(~positive & (score >= positives[0]))))
        tps, fps = (len(part) - part.searchsorted(positives) for part in (positives, negatives))
        positives[np.argmax(2 * tps / (tps + fps + len(positives)))]


BY_HAND = {
    "both classes sorted, per label": sorted_classes,
    "precision_recall_curve per label": curve_of_each_label,
}


def peak_columns(work, y_score):
    """Peak of memory beyond the input, in columns of scores."""
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / y_score[:, 0].nbytes


def table(searches):
    """Rows of text: a search, and its ratio and its memory for each problem."""
    heads = [f"{n:,} x {n_labels:,}, {share:.0%} positive" for n, n_labels, share in PROBLEMS]
    yield ["float64 in columns, one thread", *heads]
    yield ["---"] * (1 + len(heads))
    problems = [draw(*problem) for problem in PROBLEMS]
    works = {name: partial(tune_thresholds, **params) for name, params in searches.items()}
    by_hand = {
        "both classes sorted, per label": sorted_classes,
        "precision_recall_curve per label": curve_of_each_label,
    }
    for name, work in (works | by_hand).items():
        yield [name, *(cell(work, *problem) for problem in problems)]
    problems = [
        (np.ascontiguousarray(y_true), np.ascontiguousarray(y_score, "f"))
        for y_true, y_score in problems
    ]
    name = "macro-F1, exact"
    yield [f"{name}, float32 in rows", *(cell(works[name], *problem) for problem in problems)]


def cell(work, y_true, y_score):
    """Time and memory of a search, as text."""
    search = partial(work, y_true, y_score)
    return f"{seconds(search) / seconds(partial(sort_columns, y_score)):.2f} ({peak_columns(search, y_score):.0f})"


def peaks(searches):
    """Rows of text: a search, and its memory for LARGE."""
    y_true, y_score = draw(*LARGE)
    for name, params in searches.items():
        yield [
            name,
            f"{peak_columns(partial(tune_thresholds, y_true, y_score, **params), y_score):.1f}",
        ]
    y_true, y_score = np.ascontiguousarray(y_true), np.ascontiguousarray(y_score)
    search = partial(tune_thresholds, y_true, y_score, **SEARCHES["macro-F1, exact"])
    yield ["macro-F1, exact, in rows", f"{peak_columns(search, y_score):.1f}"]


GROWING = {
    "macro-F1, exact": "#0072B2",
    "macro-F1, pooled": "#D55E00",
    "np.sort of each label": "0.5",
}


def draw_growth(path):
    """Figure of the time against rows, and against labels, beside a sort; slopes are of the last two decades."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(9, 3.8), layout="constrained", sharey=True)
    panels = [("rows, 10 labels", GROWTH[0], 10), ("labels, 10,000 rows", GROWTH[1], 10_000)]
    for ax, (name, sizes, other) in zip(axes, panels, strict=True):
        times = {search: [] for search in GROWING}
        for size in sizes:
            y_true, y_score = draw(*((size, other) if ax is axes[0] else (other, size)), 0.05)
            for search, measured in times.items():
                tune = partial(tune_thresholds, y_true, y_score, **SEARCHES.get(search, {}))
                measured.append(
                    seconds(tune if search in SEARCHES else partial(sort_columns, y_score), 3)
                )
        for search, color in GROWING.items():
            slope = np.polyfit(np.log(sizes[-3:]), np.log(times[search][-3:]), 1)[0]
            ax.plot(
                sizes, times[search], "o-", color=color, ms=4, label=f"{search} (slope {slope:.2f})"
            )
        ax.set(xscale="log", yscale="log", xlabel=name)
        ax.spines[["top", "right"]].set_visible(False)
        ax.legend(frameon=False, fontsize="small")
    axes[0].set_ylabel("seconds")
    figure.savefig(path, dpi=90)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--all", action="store_true", help="the slow objectives too")
    parser.add_argument("--memory", action="store_true", help="only the memory of a large problem")
    parser.add_argument("--figure", help="file for a figure of how the time grows")
    args = parser.parse_args()
    print(f"numpy {np.__version__}; multiples of np.sort (peak memory in columns)\n")
    one_cut_and_cost = {name: SLOW_SEARCHES[name] for name in ("macro-F1, one cut", "cost")}
    searches = SEARCHES | WITH_TWO_THREADS | (SLOW_SEARCHES if args.all else {})
    for row in peaks(SEARCHES | one_cut_and_cost) if args.memory else table(searches):
        print("| " + " | ".join(row) + " |", flush=True)
    if args.figure:
        draw_growth(args.figure)


if __name__ == "__main__":
    main()
