"""Other ways to tune thresholds, as their sources describe them, on the out-of-fold scores that all methods share.

Each maps (y_true, y_score, fold, scoring) to thresholds of shape (n_labels,). y_true : (n_samples, n_labels) bool;
y_score : (n_samples, n_labels) probabilities; fold : (n_samples,) int. All but the first two tune each label for its
F1, whatever ``scoring`` is.
"""

import warnings
from contextlib import suppress

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import PredefinedSplit, TunedThresholdClassifierCV

from threshold_estimators import FBeta, tune_thresholds

BOOTSTRAPS = 64


def half(y_true, y_score, fold, scoring):
    """The cut of everybody: 0.5."""
    return np.full(y_score.shape[1], 0.5)


def exact(y_true, y_score, fold, scoring):
    """The optimum on the out-of-fold scores."""
    return tune_thresholds(y_true, y_score, scoring=scoring, strategy="per_label").thresholds


def one_global(y_true, y_score, fold, scoring):
    """The best single cut for all labels."""
    return tune_thresholds(y_true, y_score, scoring=scoring, strategy="global").thresholds


class _HeldOutScores(ClassifierMixin, BaseEstimator):
    """A model whose scores are its only feature: held out already, so there is nothing to fit."""

    def fit(self, X, y):
        self.classes_ = np.array([False, True])
        return self

    def predict_proba(self, X):
        return np.column_stack([1 - X[:, 0], X[:, 0]])


def scikit_learn(y_true, y_score, fold, scoring):
    """TunedThresholdClassifierCV for each label, on the same folds and the same models' scores as all others.

    MultiOutputClassifier around it is this loop; it would fit other forests, and stop at labels with fewer positives
    than folds. Where the class refuses, since scores of a fold are constant, the cut stays at 0.5.
    """
    thresholds = np.full(y_score.shape[1], 0.5)
    tuner = TunedThresholdClassifierCV(_HeldOutScores(), scoring="f1", cv=PredefinedSplit(fold))
    for label in np.flatnonzero(y_true.any(0)):
        with warnings.catch_warnings(), suppress(ValueError):
            warnings.simplefilter("ignore")  # a fold without positives has no F1
            thresholds[label] = tuner.fit(y_score[:, [label]], y_true[:, label]).best_threshold_
    return thresholds


def _fold_optima(y_true, y_score, fold):
    """Each label's best cut for F1 on each fold, with its value: (n_folds, n_labels) both.

    "Never" lies just above, and "always" at the edge of, the scores of the fold, so that means are finite.
    """
    cuts, values = [], []
    for index in np.unique(fold):
        y, s = y_true[fold == index], y_score[fold == index]
        cut = tune_thresholds(y, s, strategy="per_label").thresholds
        cuts.append(np.clip(cut, s.min(0), np.nextafter(s.max(0), np.inf)))
        values.append(FBeta(average=None).evaluate(y, s >= cut))
    return np.array(cuts), np.array(values)


def mean_of_folds(y_true, y_score, fold, scoring):
    """Mean over folds of each fold's best cut (SCut)."""
    return _fold_optima(y_true, y_score, fold)[0].mean(0)


def scut_fbr(y_true, y_score, fold, scoring, fbr=0.1):
    """SCutFBR.1: where a fold's best F1 is below ``fbr``, its cut is its highest score.

    Lewis, Yang, Rose, Li, RCV1: A New Benchmark Collection for Text Categorization Research, JMLR 5, 2004; Fan, Lin,
    A Study on Threshold Selection for Multi-label Classification, 2007.
    """
    cuts, values = _fold_optima(y_true, y_score, fold)
    highest = np.array([y_score[fold == index].max(0) for index in np.unique(fold)])
    return np.where(values < fbr, highest, cuts).mean(0)


def micromacro_freq(y_true, y_score, fold, scoring):
    """LIBMultiLabel 0.10: labels from the most frequent on, each by its F1 / rank + the micro-F1 of those so far.

    Lin, Lin, On the Thresholding Strategy for Infrequent Labels in Multi-label Classification, CIKM 2023.
    https://www.csie.ntu.edu.tw/~cjlin/papers/thresholding/smooth_acm.pdf
    """
    thresholds, so_far = np.empty(y_score.shape[1]), np.zeros(3)
    for rank, label in enumerate(np.argsort(-y_true.sum(0), kind="stable"), start=1):
        cuts, found = [], np.zeros(3)
        for index in np.unique(fold):
            rows = fold == index
            order = np.argsort(y_score[rows, label], kind="stable")
            score, positive = y_score[rows, label][order], y_true[rows, label][order]
            fn = np.append(0, positive.cumsum())
            fp = np.append(0, (~positive).cumsum())
            counts = np.stack([fn[-1] - fn, fp[-1] - fp, fn])
            value = _f1(counts) / rank + _f1(counts + so_far[:, np.newaxis])
            cut = len(value) - 1 - np.argmax(value[::-1])
            edges = np.r_[
                np.nextafter(score[0], -np.inf),
                (score[1:] + score[:-1]) / 2,
                np.nextafter(score[-1], np.inf),
            ]
            cuts.append(edges[cut])
            found += counts[:, cut]
        thresholds[label] = np.mean(cuts)
        so_far += found
    return thresholds


def _f1(counts):
    tp, fp, fn = counts
    return 2 * tp / np.maximum(2 * tp + fp + fn, 1e-12)


def bootstrap_means(y_true, y_score, fold, scoring):
    """Mean of the exact cuts of bootstrap samples, the best single cut standing in where a label was not drawn."""
    rng = np.random.default_rng(0)
    fallback = one_global(y_true, y_score, fold, "f1_macro")
    cuts = []
    for _ in range(BOOTSTRAPS):
        rows = rng.integers(len(y_true), size=len(y_true))
        y, s = y_true[rows], y_score[rows]
        cut = tune_thresholds(y, s, strategy="per_label").thresholds
        cut = np.clip(cut, s.min(0), np.nextafter(s.max(0), np.inf))
        cuts.append(np.where(y.any(0), cut, fallback))
    return np.mean(cuts, axis=0)


RIVALS = {
    "cut at 0.5": half,
    "one global cut": one_global,
    "TunedThresholdClassifierCV per label": scikit_learn,
    "exact per label": exact,
    "mean of fold optima (SCut)": mean_of_folds,
    "SCutFBR 0.1": scut_fbr,
    "LIBMultiLabel micromacro-freq": micromacro_freq,
    "mean of bootstrap optima": bootstrap_means,
}
