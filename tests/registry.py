"""Every objective that is a formula of confusion counts, and its value by scikit-learn."""

import warnings

import numpy as np
from sklearn import metrics

from threshold_estimators import (
    Accuracy,
    BalancedAccuracy,
    ClosestToCorner,
    CohenKappa,
    FBeta,
    GMean,
    Jaccard,
    MatthewsCorrelation,
    NegativePredictiveValue,
    Precision,
    Recall,
    Specificity,
    YoudenJ,
)
from threshold_estimators.objectives import HammingLoss, LinearRatio


def sensitivity(y_true, y_pred, sample_weight):
    return metrics.recall_score(y_true, y_pred, sample_weight=sample_weight, zero_division=0)


def specificity(y_true, y_pred, sample_weight):
    return metrics.recall_score(
        y_true, y_pred, sample_weight=sample_weight, pos_label=0, zero_division=0
    )


def negative_predictive_value(y_true, y_pred, sample_weight):
    return metrics.precision_score(
        y_true, y_pred, sample_weight=sample_weight, pos_label=0, zero_division=0
    )


def f_2(y_true, y_pred, sample_weight):
    return metrics.fbeta_score(y_true, y_pred, beta=2, sample_weight=sample_weight, zero_division=0)


def youden_j(*args):
    return sensitivity(*args) + specificity(*args) - 1


def g_mean(*args):
    return np.sqrt(sensitivity(*args) * specificity(*args))


def closeness(y_true, y_pred, sample_weight):
    has_negatives = np.any((y_true == 0) & (sample_weight > 0))
    false_positive_rate = 1 - specificity(y_true, y_pred, sample_weight) if has_negatives else 0
    return -np.hypot(1 - sensitivity(y_true, y_pred, sample_weight), false_positive_rate)


def balanced_accuracy(y_true, y_pred, sample_weight):
    present = sample_weight > 0
    y_true, y_pred, sample_weight = y_true[present], y_pred[present], sample_weight[present]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of classes that are predicted but not present
        return metrics.balanced_accuracy_score(y_true, y_pred, sample_weight=sample_weight)


def kappa(y_true, y_pred, sample_weight):
    with warnings.catch_warnings(), np.errstate(invalid="ignore"):
        warnings.simplefilter("ignore")  # 0/0 where truth and decision are the same constant
        value = metrics.cohen_kappa_score(
            y_true, y_pred, labels=[0, 1], sample_weight=sample_weight
        )
    return np.nan_to_num(value)


def matthews(y_true, y_pred, sample_weight):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a single class in truth and decision
        return metrics.matthews_corrcoef(y_true, y_pred, sample_weight=sample_weight)


def scorer(metric, **params):
    return lambda y_true, y_pred, sample_weight: metric(
        y_true, y_pred, sample_weight=sample_weight, **params
    )


OF_ONE_LABEL = {
    "f1": (FBeta, {}, scorer(metrics.f1_score, zero_division=0)),
    "f2": (FBeta, {"beta": 2}, f_2),
    "f1 of nothing is 1": (FBeta, {"zero_division": 1}, scorer(metrics.f1_score, zero_division=1)),
    "jaccard": (Jaccard, {}, scorer(metrics.jaccard_score, zero_division=0)),
    "precision": (Precision, {}, scorer(metrics.precision_score, zero_division=0)),
    "precision of nothing is 1": (
        Precision,
        {"zero_division": 1},
        scorer(metrics.precision_score, zero_division=1),
    ),
    "recall": (Recall, {}, sensitivity),
    "accuracy": (Accuracy, {}, scorer(metrics.accuracy_score)),
    "balanced accuracy": (BalancedAccuracy, {}, balanced_accuracy),
    "youden": (YoudenJ, {}, youden_j),
    "g-mean": (GMean, {}, g_mean),
    "specificity": (Specificity, {}, specificity),
    "negative_predictive_value": (NegativePredictiveValue, {}, negative_predictive_value),
    "matthews": (MatthewsCorrelation, {}, matthews),
    "kappa": (CohenKappa, {}, kappa),
    "corner": (ClosestToCorner, {}, closeness),
}
LABEL_AVERAGES = ["macro", "micro", "weighted", None]

OBJECTIVES = {name: cls(**params) for name, (cls, params, _) in OF_ONE_LABEL.items()}
LINEAR_RATIOS = {
    name: objective for name, objective in OBJECTIVES.items() if isinstance(objective, LinearRatio)
}

# Averages over labels: the optimum for a threshold of each label is exact.
EXACT = [
    cls(average=average, **params)
    for average in ("macro", "weighted")
    for cls, params, _ in OF_ONE_LABEL.values()
]
# Ratios of linear functions of the counts: the micro average is exact too.
EXACT += [
    cls(average="micro", **params)
    for cls, params, _ in OF_ONE_LABEL.values()
    if issubclass(cls, LinearRatio)
]
EXACT.append(HammingLoss())
EXACT_NAMES = [repr(objective) for objective in EXACT]
SEARCHED = [
    cls(average="micro") for cls, _, _ in OF_ONE_LABEL.values() if not issubclass(cls, LinearRatio)
]
