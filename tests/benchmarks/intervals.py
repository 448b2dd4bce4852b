"""Coverage of the 95 % intervals for scores of new samples, in simulations.

    python tests/benchmarks/intervals.py
    python tests/benchmarks/intervals.py --strategy per_label

Normal scores, whose distribution is known: so is the value of any thresholds on new samples. The
separation of each label is drawn between 1 and 2.5; labels and scores of a sample are correlated.
Thresholds are tuned on 100, 300 and 1,000 samples with five folds. The first table has the fraction
of `cv_score_interval` that hold the value that the thresholds have on new samples, and their mean
width; the second one the same for the intervals of each label in `threshold_report`. The last line
has the fraction of labels flagged "worse" whose thresholds are in truth no worse than 0.
"""

import argparse
import warnings
from collections import defaultdict

import numpy as np
from joblib import Parallel, delayed
from scipy.stats import norm

from threshold_estimators import (
    Accuracy,
    BalancedAccuracy,
    Cost,
    FBeta,
    Jaccard,
    Precision,
    Recall,
    threshold_report,
    tune_thresholds,
)

FREQUENCIES = {
    "ten labels, 2 to 50 %": np.geomspace(0.02, 0.5, 10),
    "ten labels, 2 %": np.full(10, 0.02),
    "one label, 10 %": np.array([0.1]),
}
SIZES = 100, 300, 1000
OBJECTIVES = {
    "macro-F1": FBeta(),
    "micro-F1": FBeta(average="micro"),
    "accuracy": Accuracy(),
    "balanced accuracy": BalancedAccuracy(),
    "Jaccard": Jaccard(),
    "cost, fn=5": Cost(fn=5),
}
OF_LABELS = {"precision": Precision(), "recall": Recall(), "cross_fitted": FBeta()}
SUPPORT = {1: "0 to 1", 5: "2 to 5", 15: "6 to 15", 50: "16 to 50", np.inf: "more"}


def simulate(rng, frequency, separation, n_samples):
    """Labels and scores: one factor makes labels, another one scores of a sample correlated."""
    shape = n_samples, len(frequency)
    latent = 0.6 * rng.normal(size=(n_samples, 1)) + 0.8 * rng.normal(size=shape)
    y_true = latent < norm.ppf(frequency)
    noise = 0.5 * rng.normal(size=(n_samples, 1)) + np.sqrt(0.75) * rng.normal(size=shape)
    return y_true, noise + separation * y_true


def expected_counts(thresholds, frequency, separation):
    """(4, n_labels) shares of tp, fp, fn and tn among new samples."""
    hit, false_alarm = norm.sf(thresholds - separation), norm.sf(thresholds)
    positive, negative = frequency, 1 - frequency
    return np.array(
        [positive * hit, negative * false_alarm, positive * (1 - hit), negative * (1 - false_alarm)]
    )


def value_of(objective, counts):
    if isinstance(objective, Cost):
        return objective.formula(*counts).mean()
    if objective.average == "micro":
        return float(objective.formula(*counts.sum(axis=1)))
    return objective.formula(*counts).mean()


def one_repetition(frequency, n_samples, strategy, seed):
    """{key: list of (is covered, width)} of all intervals of a data set."""
    warnings.simplefilter("ignore")
    rng = np.random.default_rng([seed, n_samples])
    separation = rng.uniform(1, 2.5, len(frequency))
    y_true, y_score = simulate(rng, frequency, separation, n_samples)
    found = defaultdict(list)
    for name, objective in OBJECTIVES.items():
        tuned = tune_thresholds(
            y_true, y_score, scoring=objective, strategy=strategy, cv=5, store_cv_results=True
        )
        counts = expected_counts(tuned.thresholds, frequency, separation)
        add(found[name], tuned.cv_score_interval, value_of(objective, counts))
        if name != "macro-F1":
            continue
        columns = threshold_report(tuned, reference=0.0).columns
        for column, metric in OF_LABELS.items():
            values = metric.formula(*counts)
            for label, n_pos in enumerate(y_true.sum(axis=0)):
                interval = columns[f"{column}_low"][label], columns[f"{column}_high"][label]
                support = next(text for most, text in SUPPORT.items() if n_pos <= most)
                add(found[column, support], interval, values[label])
        untuned = FBeta().formula(*expected_counts(np.zeros(1), frequency, separation))
        is_no_worse = FBeta().formula(*counts) >= untuned
        n_labels = len(frequency)
        loses = columns["cross_fitted"][:n_labels] < columns["untuned"][:n_labels]
        found["flags"] += list(zip(columns["worse"][is_no_worse], loses[is_no_worse], strict=True))
    return found


def add(results, interval, value):
    results.append((interval[0] <= value <= interval[1], interval[1] - interval[0]))


def collect(n_repetitions, strategy):
    """{(set of labels, size): results} and the results of all labels."""
    of_sets, of_labels = {}, defaultdict(list)
    for name, frequency in FREQUENCIES.items():
        for n_samples in SIZES:
            of_sets[name, n_samples] = defaultdict(list)
            repetitions = Parallel(n_jobs=2)(
                delayed(one_repetition)(frequency, n_samples, strategy, seed)
                for seed in range(n_repetitions)
            )
            for found in repetitions:
                for key, values in found.items():
                    results = of_sets[name, n_samples] if key in OBJECTIVES else of_labels
                    results[key] += values
    return of_sets, of_labels


def cell(results):
    covered, width = np.mean(results, axis=0)
    return f"{covered:.2f} ({width:.2f})"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--repetitions", type=int, default=300)
    parser.add_argument("--strategy", default="pooled")
    arguments = parser.parse_args()
    of_sets, of_labels = collect(arguments.repetitions, arguments.strategy)
    print(f"{arguments.strategy}, {arguments.repetitions} repetitions: coverage (width)\n")
    print("| labels | objective | " + " | ".join(f"{size:,} samples" for size in SIZES) + " |")
    for name in FREQUENCIES:
        for objective in OBJECTIVES:
            cells = [cell(of_sets[name, size][objective]) for size in SIZES]
            print(f"| {name} | {objective} | {' | '.join(cells)} |")
    print("\n| positives | " + " | ".join(OF_LABELS) + " |")
    for support in SUPPORT.values():
        if of_labels["recall", support]:
            cells = [cell(of_labels[column, support]) for column in OF_LABELS]
            print(f"| {support} | {' | '.join(cells)} |")
    worse, loses = np.mean(of_labels["flags"], axis=0)
    print(f"\nlabels whose thresholds are no worse: {worse:.3f} flagged, {loses:.3f} score lower")


if __name__ == "__main__":
    main()
