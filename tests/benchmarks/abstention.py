"""Does the required precision of a classifier that abstains hold on new samples?

    python tests/benchmarks/abstention.py FILE.npz ... [--models lr rf] [--splits 3]
        [--cache DIR] [--sets]

The data sets, models, splits and out-of-fold scores are those of ``quality.py``, and all methods
share them. The columns of the table are percentages:

- decided: predictions that are 0 or 1, among all predictions of all test sets together;
- 1s right, 0s right: correct predictions among the predictions of 1 and of 0;
- mean label: mean precision over the labels of a test set that are predicted at least once, then
  over test sets;
- expected: mean ``cv_precision_`` of the test sets, weighted by their number of predictions of 1;
- positives found: positives that are predicted as 1, among all positives.
"""

import argparse
import warnings
from pathlib import Path
from unittest.mock import patch

import joblib
import numpy as np
import pandas as pd
from quality import MODELS, HeldOutScores, held_out_scores
from sklearn.model_selection import PredefinedSplit

from threshold_estimators import MultiLabelRejectClassifier, MultiLabelThresholdClassifier
from threshold_estimators.solvers import _band

REQUIRED = (0.8, 0.9, 0.95)
IN_SAMPLE = "precision, in-sample constraint"


def holds_in_sample(n_wrong, n_right, floor):
    """Whether the in-sample precision reaches the floor, without a margin for one more error."""
    return (n_right >= floor * (n_wrong + n_right)) | (n_wrong + n_right == 0)


def methods(precision):
    """Calibrator and parameters of MultiLabelRejectClassifier of each method, by name."""
    return {
        "precision": (None, {"precision": precision}),
        'precision, strategy="global"': (None, {"precision": precision, "strategy": "global"}),
        'precision, calibrator="sigmoid"': ("sigmoid", {"precision": precision}),
        IN_SAMPLE: (None, {"precision": precision}),
        "abstention_cost, 1 - precision": (None, {"abstention_cost": 1 - precision}),
    }


def count_predictions(y_true, y_pred):
    """Counts over the predictions on a test set, and the mean precision of its labels."""
    ones = y_pred == 1
    zeros = y_pred == 0
    right_ones = (ones & y_true).sum(axis=0)
    predicted = ones.any(axis=0)
    precision = right_ones[predicted] / ones.sum(axis=0)[predicted]
    return {
        "all": y_true.size,
        "positives": y_true.sum(),
        "ones": ones.sum(),
        "right_ones": right_ones.sum(),
        "zeros": zeros.sum(),
        "right_zeros": (zeros & ~y_true).sum(),
        "mean label": precision.mean() if predicted.any() else np.nan,
    }


def compare(path, model, split, memory):
    """Yield a record for each required precision and method, on one data set, model and split."""
    data = memory.cache(held_out_scores)(path, model, split)
    cv = PredefinedSplit(data["fold"])
    y_train = data["y_true"].astype(int)
    y_test = data["y_test"].astype(bool)
    for precision in REQUIRED:
        for method, (calibrator, params) in methods(precision).items():
            scored = MultiLabelThresholdClassifier(
                HeldOutScores(), calibrator=calibrator, cv=cv, random_state=0
            )
            classifier = MultiLabelRejectClassifier(scored, **params)
            holds = holds_in_sample if method == IN_SAMPLE else _band._holds
            with warnings.catch_warnings(), patch.object(_band, "_holds", holds):
                warnings.simplefilter("ignore")  # labels that are constant in a fold
                classifier.fit(data["y_score"], y_train)
            counts = count_predictions(y_test, classifier.predict(data["test_score"]))
            yield {
                "set": path.stem,
                "required": precision,
                "method": method,
                **counts,
                "expected": classifier.cv_precision_ * counts["ones"],
            }


def summary(records, by):
    """Percentages of each group of records."""
    groups = pd.DataFrame(records).groupby(by, sort=False)
    sums = groups.sum(numeric_only=True)
    fractions = {
        "decided": (sums["ones"] + sums["zeros"]) / sums["all"],
        "1s right": sums["right_ones"] / sums["ones"],
        "mean label": groups["mean label"].mean(),
        "expected": sums["expected"] / sums["ones"],
        "0s right": sums["right_zeros"] / sums["zeros"],
        "positives found": sums["right_ones"] / sums["positives"],
    }
    return (100 * pd.DataFrame(fractions)).round(1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("files", nargs="+", type=Path, help="npz files")
    parser.add_argument("--models", nargs="+", choices=MODELS, default=["lr", "rf"])
    parser.add_argument("--splits", type=int, default=3)
    parser.add_argument("--cache", help="folder that keeps the scores for the next run")
    parser.add_argument("--sets", action="store_true", help="also print each data set by itself")
    args = parser.parse_args()
    memory = joblib.Memory(args.cache, verbose=0)
    records = [
        record
        for path in args.files
        for model in args.models
        for split in range(args.splits)
        for record in compare(path, model, split, memory)
    ]
    print(summary(records, ["required", "method"]).to_string())
    if args.sets:
        print(summary(records, ["set", "required", "method"]).to_string())


if __name__ == "__main__":
    main()
