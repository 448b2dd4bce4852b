"""Time of ``fit`` and ``predict`` compared with the fits and scores that they cannot avoid.

    python tests/benchmarks/fit.py FILE.npz ... [--models lr rf] [--n-jobs 1] [--repeats 5]

The columns of the table are ratios of times measured in the same run:

- fit: ``fit`` over the same cross-validated fits and refit without thresholds, with the same
  ``n_jobs``;
- predict: ``predict`` over ``predict_proba`` of the fitted estimator;
- searched: a GridSearchCV over four candidates with two workers over the same search with one
  worker. 0.5 is the ideal; above 1 the workers slow each other down.
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

STRATEGIES = {"strategy": ["pooled", "per_label", "global", "proportion"]}


def fit_by_hand(estimator, X, y, n_jobs):
    """Compute out-of-fold scores and fit a model to all samples, without tuning thresholds."""
    cv = MultilabelStratifiedKFold(5, shuffle=True, random_state=0)
    cross_val_predict(estimator, X, y, cv=cv, n_jobs=n_jobs, method="predict_proba")
    return clone(estimator).fit(X, y)


def ratio_of_times(work, reference, repeats):
    """Shortest time of `work` over the shortest time of `reference`. The two take turns."""
    times = [(seconds(work, 1), seconds(reference, 1)) for _ in range(repeats)]
    shortest = np.min(times, axis=0)
    return shortest[0] / shortest[1]


def measure(path, name, n_jobs, repeats):
    """The ratios (fit, predict, searched) of one data set and model."""
    X, y = load(path)
    X = (MaxAbsScaler() if hasattr(X, "tocsr") else StandardScaler()).fit_transform(X)
    y = y.astype(int)
    estimator = clone(MODELS[name])
    by_hand = estimator
    if isinstance(estimator, LogisticRegression):
        by_hand = OneVsRestClassifier(estimator, n_jobs=n_jobs)
    model = MultiLabelThresholdClassifier(estimator, n_jobs=n_jobs, random_state=0)

    fit = ratio_of_times(
        partial(model.fit, X, y), partial(fit_by_hand, by_hand, X, y, n_jobs), repeats
    )
    predict = ratio_of_times(
        partial(model.predict, X), partial(model.estimator_.predict_proba, X), 5 * repeats
    )
    search = GridSearchCV(model, STRATEGIES, scoring="f1_macro", cv=3, refit=False, n_jobs=1)
    two_workers = clone(search).set_params(n_jobs=2)
    searched = ratio_of_times(partial(two_workers.fit, X, y), partial(search.fit, X, y), 1)
    return fit, predict, searched


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("files", nargs="+", type=Path, help="npz files, as for quality.py")
    parser.add_argument("--models", nargs="+", choices=MODELS, default=["lr", "rf"])
    parser.add_argument("--n-jobs", type=int, default=1)
    parser.add_argument("--repeats", type=int, default=5)
    args = parser.parse_args()
    warnings.simplefilter("ignore")  # labels that are constant in a fold
    print("| set | model | fit | predict | searched |\n|---|---|---|---|---|")
    for path in args.files:
        for name in args.models:
            ratios = measure(path, name, args.n_jobs, args.repeats)
            text = " | ".join(f"{ratio:.2f}" for ratio in ratios)
            print(f"| {path.stem} | {name} | {text} |", flush=True)


if __name__ == "__main__":
    main()
