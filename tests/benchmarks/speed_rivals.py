"""Time of other exact searches for the best F1 of each label, each in a process of its own with its best settings.

    python tests/benchmarks/speed_rivals.py

As multiples of one np.sort of the same scores, column by column, in the same process. A rival that is not installed is
left out; ``pip install optimal-classification-cutoffs numba`` brings one.
"""

import subprocess
import sys
from functools import partial

from speed import EXACT, PROBLEMS, curve_of_each_label, draw, seconds, sort_columns

MOST_LABELS = 100  # which are enough to time those that take labels one by one


def ours(y_true, y_score):
    from threshold_estimators import tune_thresholds

    tune_thresholds(y_true, y_score, scoring="f1_macro", **EXACT)


def optimal_classification_cutoffs(y_true, y_score):
    from optimal_cutoffs import get_optimal_threshold

    for positive, score in zip(y_true.astype(int).T, y_score.T, strict=True):
        get_optimal_threshold(positive, score, metric="f1", method="sort_scan", comparison=">=")


SEARCHES = {
    "threshold_estimators": ours,
    "optimal-classification-cutoffs, sort_scan": optimal_classification_cutoffs,
    "precision_recall_curve of scikit-learn": curve_of_each_label,
}


def ratios(search):
    """Of each problem, as text."""
    for n_samples, n_labels, share in PROBLEMS:
        problem = draw(n_samples, n_labels if search is ours else min(n_labels, MOST_LABELS), share)
        sort = seconds(partial(sort_columns, problem[1]), 7)
        yield f"{seconds(partial(search, *problem), 3) / sort:.2f}"


def main():
    if len(sys.argv) > 1:
        print(" | ".join(ratios(SEARCHES[sys.argv[1]])))
        return
    print(
        "| exact F1 of each label | "
        + " | ".join(f"{n:,} x {m:,}, {share:.0%}" for n, m, share in PROBLEMS)
        + " |"
    )
    print("|---|" + "---|" * len(PROBLEMS))
    for name in SEARCHES:
        run = subprocess.run(
            [sys.executable, __file__, name], capture_output=True, text=True, check=False
        )
        found = run.stdout.strip() or f"not run: {run.stderr.strip().splitlines()[-1]}"
        print(f"| {name} | {found} |", flush=True)


if __name__ == "__main__":
    main()
