"""What fit and predict cost beyond the fits and the scores that they must do, as ratios taken in one run.

    python tests/benchmarks/fit.py FILE.npz ... [--models lr rf] [--n-jobs 1] [--repeats 5]

``fit`` is compared with the same cross-validated fits and refit done by hand with the same ``n_jobs``, ``predict``
with the fitted estimator's own ``predict_proba``. "searched" is a GridSearchCV over four candidates with two workers
around the classifier, against one worker: 0.5 would be a worker's share, more than 1 workers in each other's way.
"""

import argparse
import warnings
from functools import partial
from pathlib import Path

import numpy as np
from quality import MODELS, load
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.multiclass import OneVsRestClassifier
from sklearn.preprocessing import MaxAbsScaler, StandardScaler
from speed import seconds

from threshold_estimators import MultilabelStratifiedKFold, MultiLabelThresholdClassifier


def fit_by_hand(estimator, X, y, n_jobs):
    """Cross-validated scores and a model of all rows, without any thresholds."""
    folds = MultilabelStratifiedKFold(5, shuffle=True, random_state=0)
    cross_val_predict(estimator, X, y, cv=folds, n_jobs=n_jobs, method="predict_proba")
    return clone(estimator).fit(X, y)


def least_ratio(work, other, repeats):
    """Ratio of the least times of two works that take turns."""
    times = [(seconds(work, 1), seconds(other, 1)) for _ in range(repeats)]
    return np.divide(*np.min(times, axis=0))


def costs(path, name, n_jobs, repeats):
    """(fit, predict, searched), each as a ratio."""
    X, y = load(path)
    X = (MaxAbsScaler() if hasattr(X, "tocsr") else StandardScaler()).fit_transform(X)
    y = y.astype(int)
    estimator = clone(MODELS[name])
    by_hand = (
        OneVsRestClassifier(estimator, n_jobs=n_jobs)
        if isinstance(estimator, LogisticRegression)
        else estimator
    )
    model = MultiLabelThresholdClassifier(estimator, n_jobs=n_jobs, random_state=0)
    fit = least_ratio(
        partial(model.fit, X, y), partial(fit_by_hand, by_hand, X, y, n_jobs), repeats
    )
    predict = least_ratio(
        partial(model.predict, X), partial(model.estimator_.predict_proba, X), 5 * repeats
    )
    strategies = {"strategy": ["pooled", "per_label", "global", "proportion"]}
    searches = [
        GridSearchCV(model, strategies, scoring="f1_macro", cv=3, refit=False, n_jobs=n)
        for n in (2, 1)
    ]
    searched = least_ratio(*(partial(search.fit, X, y) for search in searches), 1)
    return fit, predict, searched


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("files", nargs="+", type=Path, help="npz files, as for quality.py")
    parser.add_argument("--models", nargs="+", choices=MODELS, default=["lr", "rf"])
    parser.add_argument("--n-jobs", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=5)
    args = parser.parse_args()
    warnings.simplefilter("ignore")  # labels that do not vary in a fold
    print("| set | model | fit | predict | searched |\n|---|---|---|---|---|")
    for path in args.files:
        for name in args.models:
            ratios = " | ".join(
                f"{ratio:.2f}" for ratio in costs(path, name, args.n_jobs, args.repeats)
            )
            print(f"| {path.stem} | {name} | {ratios} |", flush=True)


if __name__ == "__main__":
    main()
