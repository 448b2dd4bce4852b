"""Other methods to tune thresholds, as their sources describe them.

Every method maps (y_true, y_score, fold, scoring) to thresholds of shape (n_labels,):

- y_true : bool array of shape (n_samples, n_labels);
- y_score : out-of-fold probabilities of shape (n_samples, n_labels), the same for all methods;
- fold : int array of shape (n_samples,), the fold of each sample;
- scoring : name of the scorer. Only `exact` and `one_global` use it; the others tune each label for
  its F1.
"""

import warnings
from contextlib import suppress

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import PredefinedSplit, TunedThresholdClassifierCV

from threshold_estimators import FBeta, tune_thresholds

N_BOOTSTRAPS = 64


def half(y_true, y_score, fold, scoring):
    """The usual threshold, 0.5."""
    return np.full(y_score.shape[1], 0.5)


def exact(y_true, y_score, fold, scoring):
    """The optimum on the out-of-fold scores."""
    return tune_thresholds(y_true, y_score, scoring=scoring, strategy="per_label").thresholds


def one_global(y_true, y_score, fold, scoring):
    """The best threshold common to all labels."""
    return tune_thresholds(y_true, y_score, scoring=scoring, strategy="global").thresholds


class _ScoreAsFeature(ClassifierMixin, BaseEstimator):
    """Classifier whose only feature is an out-of-fold score. There is nothing to fit."""

    def fit(self, X, y):
        self.classes_ = np.array([False, True])
        return self

    def predict_proba(self, X):
        return np.column_stack([1 - X[:, 0], X[:, 0]])


def scikit_learn(y_true, y_score, fold, scoring):
    """TunedThresholdClassifierCV for each label, on the same folds and scores as the other methods.

    MultiOutputClassifier(TunedThresholdClassifierCV(...)) is the same loop, but it fits other
    forests, and it fails for labels with fewer positives than folds. If TunedThresholdClassifierCV
    raises an error, because the scores of a fold are constant, the threshold of the label stays
    0.5.
    """
    thresholds = np.full(y_score.shape[1], 0.5)
    tuner = TunedThresholdClassifierCV(_ScoreAsFeature(), scoring="f1", cv=PredefinedSplit(fold))
    for label in np.flatnonzero(y_true.any(axis=0)):
        with warnings.catch_warnings(), suppress(ValueError):
            warnings.simplefilter("ignore")  # F1 is undefined in a fold without positives
            tuner.fit(y_score[:, [label]], y_true[:, label])
            thresholds[label] = tuner.best_threshold_
    return thresholds


def _finite_optimum(y_true, y_score):
    """Best threshold of each label for F1, clipped so that means of thresholds are finite.

    +inf ("never") becomes the number just above the highest score, -inf ("always") the lowest
    score.
    """
    thresholds = tune_thresholds(y_true, y_score, strategy="per_label").thresholds
    just_above = np.nextafter(y_score.max(axis=0), np.inf)
    return np.clip(thresholds, y_score.min(axis=0), just_above)


def _fold_optima(y_true, y_score, fold):
    """Best threshold of each label for F1 in each fold, and its F1: (n_folds, n_labels) both."""
    thresholds, values = [], []
    for index in np.unique(fold):
        fold_true, fold_score = y_true[fold == index], y_score[fold == index]
        best = _finite_optimum(fold_true, fold_score)
        thresholds.append(best)
        values.append(FBeta(average=None).evaluate(fold_true, fold_score >= best))
    return np.array(thresholds), np.array(values)


def mean_of_folds(y_true, y_score, fold, scoring):
    """Mean over folds of each fold's best threshold (SCut)."""
    thresholds, _ = _fold_optima(y_true, y_score, fold)
    return thresholds.mean(axis=0)


def scut_fbr(y_true, y_score, fold, scoring, fbr=0.1):
    """SCutFBR.1: a fold whose best F1 is below `fbr` has its highest score as its threshold.

    Lewis, Yang, Rose, Li, RCV1: A New Benchmark Collection for Text Categorization Research, JMLR
    5, 2004; Fan, Lin, A Study on Threshold Selection for Multi-label Classification, 2007.
    """
    thresholds, values = _fold_optima(y_true, y_score, fold)
    highest = np.array([y_score[fold == index].max(axis=0) for index in np.unique(fold)])
    return np.where(values < fbr, highest, thresholds).mean(axis=0)


def micromacro_freq(y_true, y_score, fold, scoring):
    """Method "micromacro-freq" of LIBMultiLabel 0.10.

    Labels are tuned one after the other, from the most frequent on. The label of rank r maximises
    its F1 / r plus the micro-F1 of the labels tuned up to now, itself included.

    Lin, Lin, On the Thresholding Strategy for Infrequent Labels in Multi-label Classification, CIKM
    2023. https://www.csie.ntu.edu.tw/~cjlin/papers/thresholding/smooth_acm.pdf
    """
    thresholds = np.empty(y_score.shape[1])
    tuned_counts = np.zeros(3)  # tp, fp, fn of the labels that are tuned
    by_frequency = np.argsort(-y_true.sum(axis=0), kind="stable")
    for rank, label in enumerate(by_frequency, start=1):
        fold_thresholds, label_counts = [], np.zeros(3)
        for index in np.unique(fold):
            in_fold = fold == index
            order = np.argsort(y_score[in_fold, label], kind="stable")
            score = y_score[in_fold, label][order]
            positive = y_true[in_fold, label][order]

            # Counts if the samples with the k lowest scores are not predicted, for each k.
            fn = np.append(0, positive.cumsum())
            tn = np.append(0, (~positive).cumsum())
            counts = np.stack([fn[-1] - fn, tn[-1] - tn, fn])

            # The highest of several best thresholds is taken.
            value = _f1(counts) / rank + _f1(counts + tuned_counts[:, np.newaxis])
            best = len(value) - 1 - np.argmax(value[::-1])
            lowest = np.nextafter(score[0], -np.inf)
            highest = np.nextafter(score[-1], np.inf)
            candidates = np.r_[lowest, (score[1:] + score[:-1]) / 2, highest]
            fold_thresholds.append(candidates[best])
            label_counts += counts[:, best]
        thresholds[label] = np.mean(fold_thresholds)
        tuned_counts += label_counts
    return thresholds


def _f1(counts):
    tp, fp, fn = counts
    return 2 * tp / np.maximum(2 * tp + fp + fn, 1e-12)


def bootstrap_means(y_true, y_score, fold, scoring):
    """Mean of the exact thresholds of bootstrap samples.

    A label without positives in a bootstrap sample gets the best global threshold there.
    """
    rng = np.random.default_rng(0)
    fallback = one_global(y_true, y_score, fold, "f1_macro")
    thresholds = []
    for _ in range(N_BOOTSTRAPS):
        drawn = rng.integers(len(y_true), size=len(y_true))
        best = _finite_optimum(y_true[drawn], y_score[drawn])
        thresholds.append(np.where(y_true[drawn].any(axis=0), best, fallback))
    return np.mean(thresholds, axis=0)


RIVALS = {
    "threshold 0.5": half,
    "one global threshold": one_global,
    "TunedThresholdClassifierCV per label": scikit_learn,
    "exact per label": exact,
    "mean of fold optima (SCut)": mean_of_folds,
    "SCutFBR 0.1": scut_fbr,
    "LIBMultiLabel micromacro-freq": micromacro_freq,
    "mean of bootstrap optima": bootstrap_means,
}
