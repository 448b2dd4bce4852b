"""Time to fit a text pipeline, compared with the fits that it cannot avoid.

    python tests/benchmarks/pipelines.py [TEXTS.jsonl.gz FILE.npz] [--samples 4000] [--labels 40]
        [--whole]

TEXTS has a line with a "text" for each row of Y in FILE, see quality.py. Without files, texts are
made: each label has words of its own, among others.

The table compares ``MultiLabelThresholdClassifier(make_pipeline(TfidfVectorizer(), LinearSVC()))``
with the same cross-validated fits by hand, where ``OneVsRestClassifier`` is around ``LinearSVC``;
with ``--whole`` also with ``OneVsRestClassifier`` around the pipeline. The exit code is 1 if the
decisions differ, or if ``fit`` takes 1.5 times as long as by hand.
"""

import argparse
import gzip
import json
import sys
import time
import warnings
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import cross_val_predict
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from threshold_estimators import MultilabelStratifiedKFold, MultiLabelThresholdClassifier

LARGEST_RATIO = 1.5


def made_texts(n_samples, n_labels):
    """Texts of 60 words of which some belong to labels, and the labels."""
    rng = np.random.default_rng(0)
    y = (rng.random((n_samples, n_labels)) < np.geomspace(0.2, 0.01, n_labels)).astype(int)
    common = rng.zipf(1.3, (n_samples, 60)) % 20_000
    texts = []
    for words, labels in zip(common, y, strict=True):
        own = [f"label{label}word{rng.integers(9)}" for label in np.flatnonzero(labels)]
        texts.append(" ".join([f"word{word}" for word in words] + own))
    return texts, y


def read_texts(path, labels_path):
    """Texts of a file with a JSON object in each line, and the labels."""
    with gzip.open(path, "rt") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    return texts, np.load(labels_path)["Y"].astype(int)


def fit_by_hand(texts, y):
    """Out-of-fold scores and a model of all samples."""
    estimator = make_pipeline(TfidfVectorizer(), OneVsRestClassifier(LinearSVC(random_state=0)))
    cv = MultilabelStratifiedKFold(5, shuffle=True, random_state=0)
    cross_val_predict(estimator, texts, y, cv=cv, method="decision_function")
    return estimator.fit(texts, y)


def tuned(estimator, texts, y):
    return MultiLabelThresholdClassifier(estimator, random_state=0).fit(texts, y)


def timed(work, *args):
    """(seconds, result)."""
    start = time.perf_counter()
    result = work(*args)
    return time.perf_counter() - start, result


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("files", nargs="*", type=Path, help="texts and labels")
    parser.add_argument("--samples", type=int, default=4000)
    parser.add_argument("--labels", type=int, default=40)
    parser.add_argument("--whole", action="store_true", help="fit whole pipelines too")
    args = parser.parse_args()
    warnings.simplefilter("ignore")  # labels that are constant in a fold
    texts, y = read_texts(*args.files) if args.files else made_texts(args.samples, args.labels)

    pipeline = make_pipeline(TfidfVectorizer(), LinearSVC(random_state=0))
    by_hand, expected = timed(fit_by_hand, texts, y)
    ours, model = timed(tuned, pipeline, texts, y)
    predict, y_pred = timed(model.predict, texts)
    rows = {
        "by hand": (by_hand, timed(expected.predict, texts)[0]),
        "threshold_estimators": (ours, predict),
    }
    is_same = True
    if args.whole:
        whole, copies = timed(tuned, OneVsRestClassifier(pipeline), texts, y)
        predict, y_whole = timed(copies.predict, texts)
        rows["whole pipelines"] = whole, predict
        is_same = np.array_equal(y_pred, y_whole)
    print(f"{y.shape[0]} texts, {y.shape[1]} labels\n\n| | fit | predict |\n|---|---|---|")
    for name, (fit, predict) in rows.items():
        print(f"| {name} | {fit:.1f} s | {predict:.1f} s |")
    print(f"\nThe decisions of whole pipelines are the same: {is_same}" if args.whole else "")
    sys.exit(not is_same or ours > LARGEST_RATIO * by_hand)


if __name__ == "__main__":
    main()
