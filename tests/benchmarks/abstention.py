"""Whether a precision that is wanted of decided cells holds on new rows: each way on the same out-of-fold scores.

    python tests/benchmarks/abstention.py FILE.npz ... [--models lr rf] [--splits 3] [--cache DIR] [--sets]

Sets, models, splits and scores are those of ``quality.py``. Shares are of all cells of all test parts together; "mean
label" is the mean over the labels of a test part that are decided as 1 somewhere, then over the parts; "expected" is
the ``cv_precision_`` of the parts, weighted by their cells decided as 1.
"""

import argparse
import warnings
from pathlib import Path
from unittest.mock import patch

import joblib
import numpy as np
import pandas as pd
from quality import MODELS, _HeldOut, held_out_scores
from sklearn.model_selection import PredefinedSplit

from threshold_estimators import MultiLabelRejectClassifier, MultiLabelThresholdClassifier
from threshold_estimators.solvers import _band as _bands

WANTED = (0.8, 0.9, 0.95)


def as_found(wrong, right, floor):
    """A floor that takes the best of many cuts at its word."""
    return (right >= floor * (wrong + right)) | (wrong + right == 0)


WAYS = {
    "precision": (None, lambda wanted: {"precision": wanted}),
    'precision, strategy="global"': (
        None,
        lambda wanted: {"precision": wanted, "strategy": "global"},
    ),
    'precision, calibrator="sigmoid"': ("sigmoid", lambda wanted: {"precision": wanted}),
    "precision, not one more wrong": (None, lambda wanted: {"precision": wanted}),
    "abstention_cost, 1 less precision": (None, lambda wanted: {"abstention_cost": 1 - wanted}),
}


def judge(y_true, y_pred):
    """Sums over the cells of a test part, and the mean precision of its labels."""
    yes, no = y_pred == 1, y_pred == 0
    labels = yes.any(axis=0)
    right = (yes & y_true).sum(axis=0)
    return {
        "cells": y_true.size,
        "positives": y_true.sum(),
        "yes": yes.sum(),
        "yes_right": right.sum(),
        "no": no.sum(),
        "no_right": (no & ~y_true).sum(),
        "mean label": np.mean(right[labels] / yes.sum(axis=0)[labels]) if labels.any() else np.nan,
    }


def compare(path, model, split, memory):
    """Rows of (set, wanted, way, sums) of one set, model and split."""
    data = memory.cache(held_out_scores)(path, model, split)
    for wanted in WANTED:
        for way, (calibrator, params) in WAYS.items():
            scored = MultiLabelThresholdClassifier(
                _HeldOut(), calibrator=calibrator, cv=PredefinedSplit(data["fold"]), random_state=0
            )
            rule = as_found if way.endswith("one more wrong") else _bands._holds
            with warnings.catch_warnings(), patch.object(_bands, "_holds", rule):
                warnings.simplefilter("ignore")  # labels that do not vary in a fold
                fitted = MultiLabelRejectClassifier(scored, **params(wanted))
                fitted.fit(data["y_score"], data["y_true"].astype(int))
            sums = judge(data["y_test"].astype(bool), fitted.predict(data["test_score"]))
            yield {
                "set": path.stem,
                "wanted": wanted,
                "way": way,
                **sums,
                "expected": fitted.cv_precision_ * sums["yes"],
            }


def summary(rows, by):
    """Shares in percent."""
    groups = pd.DataFrame(rows).groupby(by, sort=False)
    sums = groups.sum(numeric_only=True)
    shares = {
        "decided": (sums["yes"] + sums["no"]) / sums["cells"],
        "1s right": sums["yes_right"] / sums["yes"],
        "mean label": groups["mean label"].mean(),
        "expected": sums["expected"] / sums["yes"],
        "0s right": sums["no_right"] / sums["no"],
        "positives found": sums["yes_right"] / sums["positives"],
    }
    return (100 * pd.DataFrame(shares)).round(1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("files", nargs="+", type=Path, help="npz files")
    parser.add_argument("--models", nargs="+", choices=MODELS, default=["lr", "rf"])
    parser.add_argument("--splits", type=int, default=3)
    parser.add_argument("--cache", help="folder that keeps scores for the next run")
    parser.add_argument("--sets", action="store_true", help="each set by itself, too")
    args = parser.parse_args()
    memory = joblib.Memory(args.cache, verbose=0)
    rows = [
        row
        for path in args.files
        for model in args.models
        for split in range(args.splits)
        for row in compare(path, model, split, memory)
    ]
    print(summary(rows, ["wanted", "way"]).to_string())
    if args.sets:
        print(summary(rows, ["set", "wanted", "way"]).to_string())


if __name__ == "__main__":
    main()
