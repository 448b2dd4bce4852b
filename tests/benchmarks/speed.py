"""Time and memory of tuning thresholds, as multiples of a sort of the same scores.

    python tests/benchmarks/speed.py [--all] [--figure FILE] [--memory]

Times are the shortest of several runs over the shortest of several sorts with np.sort, column by
column, in the same run: machines differ, and ratios differ less. Memory is the peak in addition to
the input, in columns of scores. ``--all`` adds the slow objectives. ``--memory`` prints only the
peaks, for a larger problem than those that are timed.
"""

import argparse
import time
import tracemalloc
from functools import partial

import numpy as np
from sklearn.metrics import precision_recall_curve

from threshold_estimators import Constrained, Cost, Precision, Recall, tune_thresholds

# (n_samples, n_labels, prevalence)
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
    "macro-F1, one threshold": {"scoring": "f1_macro", "strategy": "global"},
    "cost": {"scoring": Cost(fp=1, fn=5), **EXACT},
    "recall at precision 0.3": {
        "scoring": Constrained(Recall(), Precision(), 0.3, confidence=None),
        **EXACT,
    },
}
# numbers of samples and of labels in the figure
GROWTH = [10**k for k in range(3, 8)], [10**k for k in range(5)]


def draw(n_samples, n_labels, prevalence, separation=2):
    """Random labels and scores, in Fortran order."""
    rng = np.random.default_rng(0)
    y_true = np.asfortranarray(rng.random((n_samples, n_labels)) < prevalence)
    change = separation * y_true
    return y_true, np.asfortranarray(rng.beta(1 + change, 4 - change))


def in_rows(*problem):
    return tuple(np.ascontiguousarray(array) for array in draw(*problem))


def float32_in_rows(*problem):
    y_true, y_score = in_rows(*problem)
    return y_true, y_score.astype(np.float32)


def int64_labels(*problem):
    y_true, y_score = draw(*problem)
    return y_true.astype(np.int64), y_score


def int64_labels_beside_rows(*problem):
    """Labels as those of a data frame, in columns, and scores as those of a model, in rows."""
    y_true, y_score = int64_labels(*problem)
    return y_true, np.ascontiguousarray(y_score)


def overlapping(*problem):
    return draw(*problem, separation=0.5)


# Other problems for the exact searches: as many samples and labels, in other forms.
OTHER_FORMS = {
    "in rows": in_rows,
    "float32 in rows": float32_in_rows,
    "int64 labels": int64_labels,
    "int64 labels in columns, scores in rows": int64_labels_beside_rows,
    "overlapping classes": overlapping,
}


def seconds(work, repeats=5):
    """Shortest time of several runs."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def sort_columns(y_score):
    for label_score in y_score.T:
        np.sort(label_score)


def curve_of_each_label(y_true, y_score):
    """Best F1 of each label from its precision-recall curve, the usual recipe."""
    for label_true, label_score in zip(y_true.T, y_score.T, strict=True):
        precision, recall, thresholds = precision_recall_curve(label_true, label_score)
        f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
        thresholds[np.argmax(f1[:-1])]


def sorted_classes(y_true, y_score):
    """Best F1 of each label, with positives and negatives sorted separately.

    Only negatives above the lowest positive are sorted, and positives are looked up in both.
    """
    for label_true, label_score in zip(y_true.T, y_score.T, strict=True):
        positives = np.sort(label_score.take(np.flatnonzero(label_true)))
        is_candidate = ~label_true & (label_score >= positives[0])
        negatives = np.sort(label_score.take(np.flatnonzero(is_candidate)))
        tp = len(positives) - positives.searchsorted(positives)
        fp = len(negatives) - negatives.searchsorted(positives)
        positives[np.argmax(2 * tp / (tp + fp + len(positives)))]


def peak_columns(work, y_score):
    """Peak of memory in addition to the input, in columns of scores."""
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / y_score[:, 0].nbytes


def table(searches):
    """Yield lists of text: the name of a search, then its time and memory for each problem."""
    heads = [
        f"{n_samples:,} x {n_labels:,}, {prevalence:.0%} positive"
        for n_samples, n_labels, prevalence in PROBLEMS
    ]
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

    for form, draw_in_form in OTHER_FORMS.items():
        for name in ("macro-F1, exact", "micro-F1, exact"):
            drawn = (draw_in_form(*problem) for problem in PROBLEMS)
            yield [f"{name}, {form}", *(cell(works[name], *problem) for problem in drawn)]


def cell(work, y_true, y_score):
    """Time and memory of a search, as text."""
    search = partial(work, y_true, y_score)
    ratio = seconds(search) / seconds(partial(sort_columns, y_score))
    return f"{ratio:.2f} ({peak_columns(search, y_score):.0f})"


def peaks(searches):
    """Yield lists of text: the name of a search and its memory for LARGE."""
    y_true, y_score = draw(*LARGE)
    for name, params in searches.items():
        search = partial(tune_thresholds, y_true, y_score, **params)
        yield [name, f"{peak_columns(search, y_score):.1f}"]
    y_true, y_score = in_rows(*LARGE)
    search = partial(tune_thresholds, y_true, y_score, **SEARCHES["macro-F1, exact"])
    yield ["macro-F1, exact, in rows", f"{peak_columns(search, y_score):.1f}"]


GROWING = {
    "macro-F1, exact": "#0072B2",
    "macro-F1, pooled": "#D55E00",
    "np.sort of each label": "0.5",
}


def growth_times(name, shapes):
    """Seconds of one search for problems of the given shapes."""
    times = []
    for n_samples, n_labels in shapes:
        y_true, y_score = draw(n_samples, n_labels, 0.05)
        if name in SEARCHES:
            work = partial(tune_thresholds, y_true, y_score, **SEARCHES[name])
        else:
            work = partial(sort_columns, y_score)
        times.append(seconds(work, 3))
    return times


def draw_growth(path):
    """Save a figure of the time against the numbers of samples and labels, beside a sort.

    The slopes in the legends are those of the last two decades.
    """
    import matplotlib.pyplot as plt

    n_samples, n_labels = GROWTH
    panels = [
        ("samples, 10 labels", n_samples, [(size, 10) for size in n_samples]),
        ("labels, 10,000 samples", n_labels, [(10_000, size) for size in n_labels]),
    ]
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.8), layout="constrained", sharey=True)
    for ax, (xlabel, sizes, shapes) in zip(axes, panels, strict=True):
        for name, color in GROWING.items():
            times = growth_times(name, shapes)
            slope = np.polyfit(np.log(sizes[-3:]), np.log(times[-3:]), 1)[0]
            ax.plot(sizes, times, "o-", color=color, ms=4, label=f"{name} (slope {slope:.2f})")
        ax.set(xscale="log", yscale="log", xlabel=xlabel)
        ax.spines[["top", "right"]].set_visible(False)
        ax.legend(frameon=False, fontsize="small")
    axes[0].set_ylabel("seconds")
    figure.savefig(path, dpi=90)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--all", action="store_true", help="also time the slow objectives")
    parser.add_argument(
        "--memory", action="store_true", help="only print the memory of a large problem"
    )
    parser.add_argument("--figure", help="file for the figure of the growth of the time")
    args = parser.parse_args()
    print(f"numpy {np.__version__}; multiples of np.sort (peak memory in columns)\n")
    if args.memory:
        others = {name: SLOW_SEARCHES[name] for name in ("macro-F1, one threshold", "cost")}
        lines = peaks(SEARCHES | others)
    else:
        lines = table(SEARCHES | WITH_TWO_THREADS | (SLOW_SEARCHES if args.all else {}))
    for line in lines:
        print("| " + " | ".join(line) + " |", flush=True)
    if args.figure:
        draw_growth(args.figure)


if __name__ == "__main__":
    main()
