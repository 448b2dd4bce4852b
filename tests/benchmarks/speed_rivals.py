"""Time of other exact searches for the best F1 of each label, as multiples of a sort.

    python tests/benchmarks/speed_rivals.py

Each search runs in a process of its own, with its fastest settings. Times are multiples of one
np.sort of each column of the same scores, in the same process. The table says which searches are
not installed; ``pip install optimal-classification-cutoffs numba`` installs one.
"""

import subprocess
import sys
from functools import partial

from speed import EXACT, PROBLEMS, curve_of_each_label, draw, seconds, sort_columns

MAX_LABELS = 100  # enough to time the searches that loop over labels


def ours(y_true, y_score):
    from threshold_estimators import tune_thresholds

    tune_thresholds(y_true, y_score, scoring="f1_macro", **EXACT)


def optimal_classification_cutoffs(y_true, y_score):
    from optimal_cutoffs import get_optimal_threshold

    for label_true, label_score in zip(y_true.astype(int).T, y_score.T, strict=True):
        get_optimal_threshold(
            label_true, label_score, metric="f1", method="sort_scan", comparison=">="
        )


SEARCHES = {
    "threshold_estimators": ours,
    "optimal-classification-cutoffs, sort_scan": optimal_classification_cutoffs,
    "precision_recall_curve of scikit-learn": curve_of_each_label,
}


def ratios(search):
    """Yield the time of a search over that of a sort, for each problem, as text."""
    for n_samples, n_labels, prevalence in PROBLEMS:
        if search is not ours:
            n_labels = min(n_labels, MAX_LABELS)
        y_true, y_score = draw(n_samples, n_labels, prevalence)
        sort_time = seconds(partial(sort_columns, y_score), 7)
        search_time = seconds(partial(search, y_true, y_score), 3)
        yield f"{search_time / sort_time:.2f}"


def main():
    if len(sys.argv) > 1:
        print(" | ".join(ratios(SEARCHES[sys.argv[1]])))
        return
    problems = [
        f"{n_samples:,} x {n_labels:,}, {prevalence:.0%}"
        for n_samples, n_labels, prevalence in PROBLEMS
    ]
    print("| exact F1 of each label | " + " | ".join(problems) + " |")
    print("|---|" + "---|" * len(PROBLEMS))
    for name in SEARCHES:
        command = [sys.executable, __file__, name]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        result = run.stdout.strip() or f"not run: {run.stderr.strip().splitlines()[-1]}"
        print(f"| {name} | {result} |", flush=True)


if __name__ == "__main__":
    main()
