"""CPU time and score of tuning with a limited number of labels for each sample.

    python tests/benchmarks/limits.py

10,000 samples, 50 labels; each sample gets 1 to 3 labels. Prints the CPU seconds and the in-sample
score.
"""

import time

import numpy as np

from threshold_estimators import tune_thresholds

N_SAMPLES, N_LABELS = 10_000, 50


def main():
    rng = np.random.default_rng(0)
    y_true = rng.random((N_SAMPLES, N_LABELS)) < rng.beta(0.4, 8, N_LABELS)
    y_score = np.clip(0.25 * y_true + 0.6 * rng.random(y_true.shape), 0, 1)
    for scoring in ("f1_macro", "f1_micro", "f1_samples"):
        for strategy in ("pooled", "per_label"):
            start = time.process_time()
            tuned = tune_thresholds(
                y_true, y_score, scoring=scoring, strategy=strategy, min_labels=1, max_labels=3
            )
            seconds = time.process_time() - start
            print(f"{scoring:<12}{strategy:<12}{seconds:6.1f} s{100 * tuned.score:8.2f}")


if __name__ == "__main__":
    main()
