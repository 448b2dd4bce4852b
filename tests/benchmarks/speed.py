"""Time of the search as a multiple of one np.sort of the same scores, column by column, measured in the same run.

Run ``python tests/benchmarks/speed.py [n_samples] [n_labels]``; the defaults are 100,000 rows and 100 labels.
"""

import sys
import time

import numpy as np

from threshold_estimators import Constrained, Cost, Precision, Recall, tune_thresholds

EXACT = {"strategy": "per_label"}
SEARCHES = {
    "f1_macro, pooled": {"scoring": "f1_macro"},
    "f1_micro, pooled": {"scoring": "f1_micro"},
    "f1_samples, pooled": {"scoring": "f1_samples"},
    "f1_macro, one cut": {"scoring": "f1_macro", "strategy": "global"},
    "f1_macro": {"scoring": "f1_macro", **EXACT},
    "f1_micro": {"scoring": "f1_micro", **EXACT},
    "f1_samples": {"scoring": "f1_samples", **EXACT},
    "accuracy (subset)": {"scoring": "accuracy", **EXACT},
    "cost": {"scoring": Cost(fp=1, fn=5), **EXACT},
    "recall at precision 0.3": {"scoring": Constrained(Recall(), Precision(), 0.3), **EXACT},
}


def seconds(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def sort_columns(y_score):
    for score in y_score.T:
        np.sort(score)


def main(n_samples=100_000, n_labels=100):
    rng = np.random.default_rng(0)
    print(f"{n_samples:,} rows x {n_labels} labels, float64, numpy {np.__version__}; times as multiples of np.sort\n")
    print("| search | " + " | ".join(f"{share:.0%} positives" for share in (0.02, 0.5)) + " |\n|---|---|---|")
    problems = []
    for share in (0.02, 0.5):
        y_true = np.asfortranarray(rng.random((n_samples, n_labels)) < share)
        y_score = np.asfortranarray(rng.beta(1 + 2 * y_true, 4 - 2 * y_true))
        problems.append((y_true, y_score))
    for name, params in SEARCHES.items():
        ratios = []
        for y_true, y_score in problems:
            sort = min(seconds(lambda y_score=y_score: sort_columns(y_score)) for _ in range(3))
            ratios.append(seconds(lambda y=y_true, s=y_score, p=params: tune_thresholds(y, s, **p)) / sort)
        print(f"| {name} | " + " | ".join(f"{ratio:.1f}" for ratio in ratios) + " |", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
