"""How well tuned thresholds decide on new rows: every method on the same out-of-fold scores, judged on a test part.

    python tests/benchmarks/quality.py FILE.npz ... [--models lr rf] [--splits 3] [--calibrate]
        [--by-support] [--cache DIR] [--figure FILE] [--points FILE]

A file holds a multi-label set: Y (n_samples, n_labels) and either X or the parts of a CSR matrix
(X_data, X_indices, X_indptr, X_shape). Each set is split 70/30; a model is fitted and scored out of fold by
``MultiLabelThresholdClassifier``; each method tunes thresholds on the out-of-fold scores. Closure is the share of the
way from the 0.5 cuts (0 %) to cuts tuned on the test part itself (100 %), as a ratio of sums over the pairs of set and
model; rank is the mean place among the methods.
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
OURS, LIMIT = "threshold_estimators", "tuned on the test part"
BY_METRIC = (OURS, "exact per label", "one global cut")  # the others know one metric
MAX_ROWS = 20_000  # of larger sets a random part is taken

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
    "stretched by a network, then pooled": MLPClassifier((64,), max_iter=500, random_state=0),
}


def load(path):
    """(X, y) of an npz file, features scaled to comparable size."""
    with np.load(path, allow_pickle=False) as parts:
        y = parts["Y"].astype(bool)
        sparse = "X" not in parts
        X = (
            sp.csr_matrix(tuple(parts[f"X_{name}"] for name in ("data", "indices", "indptr")))
            if sparse
            else parts["X"]
        )
        if sparse:
            X.resize(tuple(parts["X_shape"]))
    if len(y) > MAX_ROWS:
        rows = np.random.default_rng(0).choice(len(y), MAX_ROWS, replace=False)
        X, y = X[rows], y[rows]
    return X, y


def held_out_scores(path, model, split):
    """Out-of-fold scores of the training part and scores of the test part, as a dict of arrays."""
    X, y = load(path)
    if model == "nb" and sp.issparse(X):
        X = X.toarray()
    X, X_test, y, y_test = train_test_split(X, y, test_size=0.3, random_state=split)
    scaler = MaxAbsScaler() if sp.issparse(X) else StandardScaler()
    estimator = make_pipeline(scaler, clone(MODELS[model]))
    tuned = MultiLabelThresholdClassifier(
        estimator, strategy="per_label", random_state=split, store_cv_results=True
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # labels that do not vary in a fold
        tuned.fit(X, y)
        method = "predict_proba" if hasattr(tuned, "predict_proba") else "decision_function"
        y_score = getattr(tuned, method)(X_test)
    held_out = tuned.cv_results_
    fold = np.full(len(held_out["row"]), -1)
    for index, (_, evaluated) in enumerate(held_out["splits"]):
        fold[evaluated] = index
    return {
        "y_true": held_out["y_true"],
        "y_score": held_out["y_score"],
        "fold": fold,
        "y_test": y_test,
        "test_score": y_score,
    }


def ours(y_true, y_score, fold, scoring):
    """The default strategy."""
    return tune_thresholds(y_true, y_score, scoring=scoring).thresholds


class _HeldOut(ClassifierMixin, BaseEstimator):
    """A model whose features are its scores, held out already, so that there is nothing to fit."""

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
    """Decisions on new rows after the scores were calibrated, by the metric that thresholds were tuned for."""
    model = MultiLabelThresholdClassifier(
        _HeldOut(),
        calibrator=CALIBRATORS[calibrator],
        cv=PredefinedSplit(fold),
        random_state=0,
        store_cv_results=True,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # labels that do not vary in a fold
        model.fit(y_score, y_true.astype(int))
        return {goal: model.retune(scoring=f"f1_{goal}").predict(new_score) for goal in METRICS}


def score(data, y_pred, metric):
    """F1 on the test part, in points."""
    return 100 * f1_score(data["y_test"], y_pred, average=metric, zero_division=0)


def compare(path, model, split, memory, calibrators=()):
    """All methods on one set, model and split: rows of (set, model, split, method, tuned for, judged by, points)."""
    data = memory.cache(held_out_scores)(path, model, split)
    tuning = data["y_true"], data["y_score"], data["fold"]
    rows = []
    for method, tune in {**RIVALS, OURS: ours}.items():
        tune = tune if method == OURS else memory.cache(tune)
        for goal in METRICS:
            thresholds = tune(*tuning, f"f1_{goal}" if method in BY_METRIC else "f1_macro")
            y_pred = data["test_score"] >= thresholds
            rows += [
                (path.stem, model, split, method, goal, by, score(data, y_pred, by))
                for by in METRICS
            ]
    for method in calibrators:
        for goal, y_pred in memory.cache(calibrated)(*tuning, data["test_score"], method).items():
            rows += [
                (path.stem, model, split, method, goal, by, score(data, y_pred, by))
                for by in METRICS
            ]
    for goal in METRICS:
        best = memory.cache(exact)(data["y_test"], data["test_score"], None, f"f1_{goal}")
        rows.append(
            (
                path.stem,
                model,
                split,
                LIMIT,
                goal,
                goal,
                score(data, data["test_score"] >= best, goal),
            )
        )
    return rows


def run(paths, models, splits, memory, n_jobs, calibrators):
    """Table of all points."""
    tasks = [(path, model, split) for path in paths for model in models for split in range(splits)]
    parts = Parallel(n_jobs, return_as="generator", verbose=5)(
        delayed(compare)(*task, memory, calibrators) for task in tasks
    )
    columns = ["set", "model", "split", "method", "tuned for", "judged by", "points"]
    return pd.DataFrame([row for part in parts for row in part], columns=columns)


def standing(points, goal, by):
    """Closure in percent and mean rank of each method that was tuned for one metric and is judged by another."""
    per_pair = points.groupby(["method", "tuned for", "judged by", "set", "model"])["points"].mean()
    reached = per_pair.xs((goal, by), level=("tuned for", "judged by"))
    limit = per_pair[LIMIT, by, by]
    reached = reached.drop(LIMIT, errors="ignore").unstack("method")
    at_half = reached[next(iter(RIVALS))]
    closure = 100 * reached.sub(at_half, axis=0).sum() / (limit - at_half).sum()
    return closure, reached.rank(axis=1, ascending=False).mean()


def summary(points):
    """Table of all methods: closures, with mean ranks where the metric is the one tuned for."""
    columns = {}
    for goal, by in [
        ("macro", "macro"),
        ("macro", "micro"),
        ("micro", "micro"),
        ("samples", "samples"),
    ]:
        closure, rank = standing(points, goal, by)
        text = closure.map("{:.1f}".format)
        columns[f"{by}-F1, tuned for {goal}-F1"] = (
            text + rank.map(" ({:.2f})".format) if goal == by else text
        )
    table = pd.DataFrame(columns)
    return table.loc[[method for method in (*RIVALS, OURS, *CALIBRATORS) if method in table.index]]


def worst(points):
    """Points over the 0.5 cuts on the set and model where the least is gained, for each metric tuned for."""
    per_pair = points[points["tuned for"] == points["judged by"]]
    per_pair = (
        per_pair.groupby(["tuned for", "method", "set", "model"])["points"].mean().unstack("method")
    )
    gain = per_pair[OURS] - per_pair[next(iter(RIVALS))]
    return gain.groupby(level="tuned for").agg(["min", "idxmin"])


def as_markdown(table):
    """Markdown table of a DataFrame, whose index comes first."""
    rows = [
        ["method", *table.columns],
        ["---"] * (1 + table.shape[1]),
        *table.reset_index().values.tolist(),
    ]
    return "\n".join("| " + " | ".join(map(str, row)) + " |" for row in rows)


SUPPORT = [0, 3, 6, 10, 15, 20, 50, 300, np.inf]
LABEL_METHODS = {
    "exact per label": exact,
    "one global cut": RIVALS["one global cut"],
    OURS: ours,
    "cut at 0.5": half,
}


def f1_by_support(paths, models, splits, memory):
    """Mean F1 of labels on the test part, by their rows of the scarcer class among those tuned on."""
    parts = []
    for path, model, split in product(paths, models, range(splits)):
        data = memory.cache(held_out_scores)(path, model, split)
        y_true, y_test = data["y_true"], data["y_test"]
        tuning = y_true, data["y_score"], data["fold"], "f1_macro"
        cuts = {name: tune(*tuning) for name, tune in LABEL_METHODS.items()}
        cuts[LIMIT] = memory.cache(exact)(y_test, data["test_score"], None, "f1_macro")
        of_labels = FBeta(average=None).evaluate
        part = pd.DataFrame(
            {name: 100 * of_labels(y_test, data["test_score"] >= cut) for name, cut in cuts.items()}
        )
        n_pos = y_true.sum(axis=0)
        part["rows"] = pd.cut(np.minimum(n_pos, len(y_true) - n_pos), SUPPORT)
        parts.append(part[y_test.any(axis=0)])
    groups = pd.concat(parts).groupby("rows", observed=True)
    return groups.size().rename("labels").to_frame().join(groups.mean().round(1))


def flattery(paths, models, splits, memory):
    """Mean points by which the scores on the rows tuned on, and cross-fitted, lie above those of the test part."""
    rows = []
    for path, model, split in product(paths, models, range(splits)):
        data = memory.cache(held_out_scores)(path, model, split)
        for goal in ("macro", "micro"):
            folds = PredefinedSplit(data["fold"])
            tuned = tune_thresholds(data["y_true"], data["y_score"], scoring=f"f1_{goal}", cv=folds)
            on_test = score(data, data["test_score"] >= tuned.thresholds, goal)
            rows.append((goal, 100 * tuned.score - on_test, 100 * tuned.cv_score - on_test))
    return (
        pd.DataFrame(rows, columns=["tuned for", "score", "cv_score"])
        .groupby("tuned for")
        .mean()
        .round(2)
    )


MARKS = [
    ("macro", "macro", "o", "#0072B2", "macro-F1"),
    ("macro", "micro", "s", "#E69F00", "micro-F1 of the same thresholds"),
    ("micro", "micro", "^", "#009E73", "micro-F1, tuned for micro-F1"),
]


def draw(points, path):
    """Figure of the closures of all methods."""
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots(figsize=(8.5, 4), layout="constrained")
    methods = [*RIVALS, OURS]
    for goal, by, marker, color, name in MARKS:
        closure = standing(points, goal, by)[0]
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
    ax.set_xlabel("% of the way from the 0.5 cuts to cuts tuned on the test rows")
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
    figure.legend(loc="outside upper center", ncols=3, frameon=False)
    figure.savefig(path, dpi=90)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("files", nargs="+", type=Path, help="npz files")
    parser.add_argument("--models", nargs="+", choices=MODELS, default=["lr", "rf"])
    parser.add_argument("--splits", type=int, default=3)
    parser.add_argument(
        "--calibrate", action="store_true", help="calibrators before the default strategy, too"
    )
    parser.add_argument(
        "--cache", help="folder that keeps scores and the rivals' thresholds for the next run"
    )
    parser.add_argument(
        "--by-support", action="store_true", help="only the F1 of labels by their positives"
    )
    parser.add_argument("--figure", help="file for the figure")
    parser.add_argument(
        "--points", help="csv file for the points of every method, set, model and split"
    )
    parser.add_argument("--n-jobs", type=int, default=1)
    args = parser.parse_args()
    memory = joblib.Memory(args.cache, verbose=0)
    if args.by_support:
        print(f1_by_support(args.files, args.models, args.splits, memory).to_string())
        return
    points = run(
        args.files,
        args.models,
        args.splits,
        memory,
        args.n_jobs,
        CALIBRATORS if args.calibrate else (),
    )
    n_sets, n_pairs = points["set"].nunique(), len(points[["set", "model"]].drop_duplicates())
    print(
        f"{n_sets} sets, {n_pairs} pairs of set and model, {args.splits} splits; closure in %, mean rank in brackets\n"
    )
    print(as_markdown(summary(points)))
    print("\nleast gain over the 0.5 cuts, in points:\n", worst(points).to_string(), sep="")
    flatters = flattery(args.files, args.models, args.splits, memory)
    print("\nscores less those of the test part, in points:\n", flatters.to_string(), sep="")
    if args.points:
        points.to_csv(args.points, index=False)
    if args.figure:
        draw(points, args.figure)


if __name__ == "__main__":
    main()
