"""Score of tuned thresholds on new samples, compared with that of other methods.

    python tests/benchmarks/quality.py FILE.npz ... [--models lr rf] [--splits 3] [--calibrate]
        [--by-support] [--cache DIR] [--figure FILE] [--points FILE]

A file holds a multi-label data set: Y of shape (n_samples, n_labels), and either X or the arrays of
a CSR matrix (X_data, X_indices, X_indptr, X_shape).

Each data set is split 70/30 into a training and a test set. ``MultiLabelThresholdClassifier`` fits
a model and computes out-of-fold scores of the training set. Each method tunes thresholds on these
scores and is evaluated on the test set.

- Closure is the fraction of the gap between the threshold 0.5 (0 %) and thresholds tuned on the
  test set itself (100 %) that a method closes: a ratio of sums over the pairs of data set and
  model.
- Rank is the mean rank among the methods.
"""

import argparse
import warnings
from itertools import product
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import scipy.sparse as sp
from joblib import Parallel, delayed
from rivals import RIVALS, exact, half
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.metrics import f1_score
from sklearn.model_selection import PredefinedSplit, train_test_split
from sklearn.naive_bayes import GaussianNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, StandardScaler

from threshold_estimators import FBeta, MultiLabelThresholdClassifier, tune_thresholds

METRICS = ("macro", "micro", "samples")
OURS, LIMIT = "threshold_estimators", "tuned on the test set"
HALF, GLOBAL, EXACT = "threshold 0.5", "one global threshold", "exact per label"
BY_METRIC = (OURS, EXACT, GLOBAL)  # the other methods always tune for the F1 of each label
MAX_SAMPLES = 20_000  # a random subset of larger data sets is used

MODELS = {
    "lr": LogisticRegression(max_iter=300),
    "rf": RandomForestClassifier(random_state=0),
    "mlp": MLPClassifier(random_state=0, max_iter=100),
    "nb": GaussianNB(),
    "ridge": RidgeClassifier(),
}
CALIBRATORS = {
    "sigmoid, then pooled": "sigmoid",
    "isotonic, then pooled": "isotonic",
    "network, then pooled": MLPClassifier((64,), max_iter=500, random_state=0),
}


def load(path):
    """Features and bool labels of an npz file. The features are not scaled."""
    with np.load(path, allow_pickle=False) as arrays:
        y = arrays["Y"].astype(bool)
        if "X" in arrays:
            X = arrays["X"]
        else:
            csr_arrays = arrays["X_data"], arrays["X_indices"], arrays["X_indptr"]
            X = sp.csr_matrix(csr_arrays)
            X.resize(tuple(arrays["X_shape"]))
    if len(y) > MAX_SAMPLES:
        subset = np.random.default_rng(0).choice(len(y), MAX_SAMPLES, replace=False)
        X, y = X[subset], y[subset]
    return X, y


def fold_of_samples(n_samples, splits):
    """Index of the split that evaluates each sample, -1 where none does."""
    fold = np.full(n_samples, -1)
    for index, (_, evaluated) in enumerate(splits):
        fold[evaluated] = index
    return fold


def held_out_scores(path, model, split):
    """Out-of-fold scores of the training set and scores of the test set, as a dict of arrays."""
    X, y = load(path)
    if model == "nb" and sp.issparse(X):
        X = X.toarray()
    X, X_test, y, y_test = train_test_split(X, y, test_size=0.3, random_state=split)
    scaler = MaxAbsScaler() if sp.issparse(X) else StandardScaler()
    estimator = make_pipeline(scaler, clone(MODELS[model]))
    classifier = MultiLabelThresholdClassifier(
        estimator, strategy="per_label", random_state=split, store_cv_results=True
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # labels that are constant in a fold
        classifier.fit(X, y)
        if hasattr(classifier, "predict_proba"):
            test_score = classifier.predict_proba(X_test)
        else:
            test_score = classifier.decision_function(X_test)
    results = classifier.cv_results_
    return {
        "y_true": results["y_true"].astype(bool),
        "y_score": results["y_score"],
        "fold": fold_of_samples(len(results["y_true"]), results["splits"]),
        "y_test": y_test,
        "test_score": test_score,
    }


def ours(y_true, y_score, fold, scoring):
    """The default strategy, "pooled"."""
    return tune_thresholds(y_true, y_score, scoring=scoring).thresholds


class HeldOutScores(ClassifierMixin, BaseEstimator):
    """Multi-label classifier whose features are out-of-fold scores. There is nothing to fit."""

    def fit(self, X, y):
        self.classes_ = [np.array([0, 1])] * y.shape[1]
        return self

    def predict_proba(self, X):
        return X

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


def calibrated(y_true, y_score, fold, new_score, calibrator):
    """Predictions for `new_score` after calibration, as a dict of {metric tuned for: array}."""
    model = MultiLabelThresholdClassifier(
        HeldOutScores(),
        calibrator=CALIBRATORS[calibrator],
        cv=PredefinedSplit(fold),
        random_state=0,
        store_cv_results=True,
    )
    predictions = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # labels that are constant in a fold
        model.fit(y_score, y_true.astype(int))
        for metric in METRICS:
            predictions[metric] = model.retune(scoring=f"f1_{metric}").predict(new_score)
    return predictions


def score(data, y_pred, metric):
    """F1 on the test set, in points."""
    return 100 * f1_score(data["y_test"], y_pred, average=metric, zero_division=0)


def compare(path, model, split, memory, calibrators=()):
    """All methods on one data set, model and split.

    Returns a list of (set, model, split, method, tuned for, evaluated by, points).
    """
    data = memory.cache(held_out_scores)(path, model, split)
    test_score = data["test_score"]
    tuning = data["y_true"], data["y_score"], data["fold"]
    records = []

    def evaluate(method, tuned_for, y_pred, metrics=METRICS):
        for metric in metrics:
            points = score(data, y_pred, metric)
            records.append((path.stem, model, split, method, tuned_for, metric, points))

    for method, tune in {**RIVALS, OURS: ours}.items():
        if method != OURS:
            tune = memory.cache(tune)
        for tuned_for in METRICS:
            scoring = f"f1_{tuned_for}" if method in BY_METRIC else "f1_macro"
            evaluate(method, tuned_for, test_score >= tune(*tuning, scoring))
    for method in calibrators:
        predictions = memory.cache(calibrated)(*tuning, test_score, method)
        for tuned_for, y_pred in predictions.items():
            evaluate(method, tuned_for, y_pred)
    for metric in METRICS:
        best = memory.cache(exact)(data["y_test"], test_score, None, f"f1_{metric}")
        evaluate(LIMIT, metric, test_score >= best, metrics=[metric])
    return records


def run(paths, models, splits, memory, n_jobs, calibrators):
    """DataFrame of the points of all methods on all data sets, models and splits."""
    results = Parallel(n_jobs, return_as="generator", verbose=5)(
        delayed(compare)(*task, memory, calibrators)
        for task in product(paths, models, range(splits))
    )
    columns = ["set", "model", "split", "method", "tuned for", "evaluated by", "points"]
    return pd.DataFrame([record for records in results for record in records], columns=columns)


def closure_and_rank(points, tuned_for, metric):
    """Closure in percent and mean rank of the methods, tuned for and evaluated by given metrics."""
    groups = points.groupby(["method", "tuned for", "evaluated by", "set", "model"])
    per_pair = groups["points"].mean()
    reached = per_pair.xs((tuned_for, metric), level=("tuned for", "evaluated by"))
    limit = per_pair[LIMIT, metric, metric]
    reached = reached.drop(LIMIT, errors="ignore").unstack("method")
    gain = reached.sub(reached[HALF], axis=0).sum()
    closure = 100 * gain / (limit - reached[HALF]).sum()
    return closure, reached.rank(axis=1, ascending=False).mean()


COLUMNS = [("macro", "macro"), ("macro", "micro"), ("micro", "micro"), ("samples", "samples")]


def summary(points):
    """Table of all methods: closures, with mean ranks where the metric is the one tuned for."""
    columns = {}
    for tuned_for, metric in COLUMNS:
        closure, rank = closure_and_rank(points, tuned_for, metric)
        text = closure.map("{:.1f}".format)
        if tuned_for == metric:
            text += rank.map(" ({:.2f})".format)
        columns[f"{metric}-F1, tuned for {tuned_for}-F1"] = text
    table = pd.DataFrame(columns)
    return table.loc[[method for method in (*RIVALS, OURS, *CALIBRATORS) if method in table.index]]


def smallest_gain(points):
    """Smallest gain over the threshold 0.5 for each metric tuned for, with its set and model."""
    points = points[points["tuned for"] == points["evaluated by"]]
    per_pair = points.groupby(["tuned for", "method", "set", "model"])["points"].mean()
    per_pair = per_pair.unstack("method")
    gain = per_pair[OURS] - per_pair[HALF]
    return gain.groupby(level="tuned for").agg(["min", "idxmin"])


def as_markdown(table):
    """Markdown table of a DataFrame. The index is the first column."""
    header = ["method", *table.columns]
    rule = ["---"] * len(header)
    lines = [header, rule, *table.reset_index().values.tolist()]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


SUPPORT_BINS = [0, 3, 6, 10, 15, 20, 50, 300, np.inf]
LABEL_METHODS = {EXACT: exact, GLOBAL: RIVALS[GLOBAL], OURS: ours, HALF: half}


def f1_by_support(paths, models, splits, memory):
    """Mean F1 of labels on the test set, grouped by support.

    The support of a label is its number of positives in the training set, or of negatives if there
    are fewer.
    """
    f1_of_labels = FBeta(average=None).evaluate
    tables = []
    for path, model, split in product(paths, models, range(splits)):
        data = memory.cache(held_out_scores)(path, model, split)
        y_true, y_test, test_score = data["y_true"], data["y_test"], data["test_score"]
        thresholds = {
            name: tune(y_true, data["y_score"], data["fold"], "f1_macro")
            for name, tune in LABEL_METHODS.items()
        }
        thresholds[LIMIT] = memory.cache(exact)(y_test, test_score, None, "f1_macro")
        f1 = {
            name: 100 * f1_of_labels(y_test, test_score >= threshold)
            for name, threshold in thresholds.items()
        }
        n_pos = y_true.sum(axis=0)
        support = np.minimum(n_pos, len(y_true) - n_pos)
        table = pd.DataFrame(f1).assign(support=pd.cut(support, SUPPORT_BINS))
        tables.append(table[y_test.any(axis=0)])
    groups = pd.concat(tables).groupby("support", observed=True)
    return groups.size().rename("labels").to_frame().join(groups.mean().round(1))


def optimism(paths, models, splits, memory):
    """Mean difference of `score` and `cv_score` from the score on the test set, in points."""
    records = []
    for path, model, split in product(paths, models, range(splits)):
        data = memory.cache(held_out_scores)(path, model, split)
        cv = PredefinedSplit(data["fold"])
        for metric in ("macro", "micro"):
            tuned = tune_thresholds(data["y_true"], data["y_score"], scoring=f"f1_{metric}", cv=cv)
            test_points = score(data, data["test_score"] >= tuned.thresholds, metric)
            in_sample = 100 * tuned.score - test_points
            cross_validated = 100 * tuned.cv_score - test_points
            records.append((metric, in_sample, cross_validated))
    table = pd.DataFrame(records, columns=["tuned for", "score", "cv_score"])
    return table.groupby("tuned for").mean().round(2)


MARKERS = [
    ("macro", "macro", "o", "#0072B2", "macro-F1"),
    ("macro", "micro", "s", "#E69F00", "micro-F1 of the same thresholds"),
    ("micro", "micro", "^", "#009E73", "micro-F1, tuned for micro-F1"),
]


def draw(points, path):
    """Save a figure of the closures of all methods."""
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots(figsize=(8.5, 4), layout="constrained")
    methods = [*RIVALS, OURS]
    for tuned_for, metric, marker, color, name in MARKERS:
        closure, _ = closure_and_rank(points, tuned_for, metric)
        ax.plot(
            closure[methods],
            range(len(methods)),
            marker,
            color=color,
            ms=7,
            alpha=0.9,
            label=name,
            clip_on=False,
        )
    ax.axvline(0, color="0.6", lw=1, zorder=0)
    ax.grid(axis="y", color="0.9")
    ax.set_axisbelow(True)
    ax.set_yticks(range(len(methods)), methods)
    ax.get_yticklabels()[-1].set_fontweight("bold")
    ax.set_xlabel("closed gap (%) between the threshold 0.5 and thresholds tuned on the test set")
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
    figure.legend(loc="outside upper center", ncols=3, frameon=False)
    figure.savefig(path, dpi=90)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("files", nargs="+", type=Path, help="npz files")
    parser.add_argument("--models", nargs="+", choices=MODELS, default=["lr", "rf"])
    parser.add_argument("--splits", type=int, default=3)
    parser.add_argument(
        "--calibrate", action="store_true", help="also calibrate before the default strategy"
    )
    parser.add_argument(
        "--cache", help="folder that keeps scores and the other methods' thresholds"
    )
    parser.add_argument(
        "--by-support", action="store_true", help="only print the F1 of labels by their support"
    )
    parser.add_argument("--figure", help="file for the figure")
    parser.add_argument(
        "--points", help="csv file for the points of every method, set, model and split"
    )
    parser.add_argument("--n-jobs", type=int, default=1)
    return parser.parse_args()


def main():
    args = parse_arguments()
    memory = joblib.Memory(args.cache, verbose=0)
    data = args.files, args.models, args.splits, memory
    if args.by_support:
        print(f1_by_support(*data).to_string())
        return
    points = run(*data, args.n_jobs, CALIBRATORS if args.calibrate else ())
    n_sets, n_pairs = points["set"].nunique(), len(points[["set", "model"]].drop_duplicates())
    print(
        f"{n_sets} sets, {n_pairs} pairs of set and model, {args.splits} splits; "
        "closure in %, mean rank in brackets\n"
    )
    print(as_markdown(summary(points)))
    print("\nsmallest gain over the threshold 0.5, in points:")
    print(smallest_gain(points).to_string())
    print("\nscores minus the score on the test set, in points:")
    print(optimism(*data).to_string())
    if args.points:
        points.to_csv(args.points, index=False)
    if args.figure:
        draw(points, args.figure)


if __name__ == "__main__":
    main()
