"""The samples and the columns of the report."""

import numpy as np

from ..core import (
    check_same_index,
    check_same_length,
    decide,
    finite_scores,
    read_scores,
    weighs_labels_alike,
)
from ..estimators import DEFAULT_THRESHOLD, fitted_classifier, scores_of, tuned_response
from ..objectives import FBeta, Precision, Recall
from ..tuning import Samples, TunedThresholds
from ._curves import support

AVERAGES = ("micro", "macro", "weighted", "samples")


def tuned_of(model):
    """The record of tuned thresholds, or that of a fitted classifier."""
    if isinstance(model, TunedThresholds):
        return model
    return fitted_classifier(model, "model").tuned_


def stored_samples(tuned):
    """(samples of the tuning, positions of the samples that each of ``cv_thresholds`` decides).

    There are no positions where thresholds could not be tuned on some training samples.
    """
    results = tuned.cv_results
    if results is None:
        raise ValueError(
            "Without 'X' and 'y' the scores of the tuning are needed. Tune with "
            "'store_cv_results=True', or give 'X' and 'y', as for thresholds that were not tuned."
        )
    samples = Samples(*[results[name] for name in Samples._fields])
    if np.isnan(tuned.cv_thresholds).any():
        return samples, []
    return samples, [test for _, test in results["splits"]]


def new_samples(model, X, y, sample_weight):
    """Checked samples that were given to the report."""
    if X is None or y is None:
        raise ValueError(
            "'X' and 'y' go together, and 'sample_weight' with them. Give both, or neither."
        )
    check_same_index(X=X, y=y, sample_weight=sample_weight)
    if isinstance(model, TunedThresholds):
        space = model._label_space
        labels = space.encode(y)
        y_score = read_scores(
            X,
            space.n_labels,
            space.names,
            n_samples=len(labels.y_true),
            classes=space.classes,
            known=labels.known,
        )
    else:
        classifier = fitted_classifier(model, "model")
        labels = classifier.label_space_.encode(y)
        y_score = scores_of(model, classifier, X)
    check_same_length(y=labels.y_true, X=y_score)
    y_score = finite_scores(y_score, tuned_of(model).thresholds)
    return Samples(labels.y_true, y_score, labels.weights(sample_weight))


def default_threshold(model, y_score):
    """Threshold of untuned scores: 0.5 for probabilities, 0 for decision scores."""
    if isinstance(model, TunedThresholds):
        return 0.5 if np.all((y_score >= 0) & (y_score <= 1)) else 0.0
    return DEFAULT_THRESHOLD[tuned_response(fitted_classifier(model, "model"))]


def metric_of(objective):
    """The objective that has a value for each label: that of the tuning, or F1."""
    return FBeta() if objective is None else objective


def report_columns(tuned, samples, tests, untuned_threshold):
    """The columns by name: numbers of shape (n_labels + n_averages,), flags of (n_labels,)."""
    metric = metric_of(tuned.objective)
    y_pred = decide(samples.y_score, tuned.thresholds, tuned.limits)
    known = known_cells(samples)
    untuned = _values(metric, samples, decide(samples.y_score, untuned_threshold))
    best = _values(metric, samples, y_pred)
    columns = {
        "positives": _positives(samples),
        "threshold": _without_averages(tuned.thresholds),
        "spread": _without_averages(_spread(tuned.cv_thresholds)),
        "precision": _values(Precision(), samples, y_pred),
        "recall": _values(Recall(), samples, y_pred),
        "untuned": untuned,
        "tuned": best,
    }
    if not len(tuned.cv_thresholds):
        del columns["spread"]
    if tests:
        # The tests need not have all samples, so both columns are compared on their samples.
        tested = samples.take_samples(np.concatenate(tests))
        columns["cross_fitted"] = best = _values(
            metric, tested, _cross_fitted(tuned, samples, tests)
        )
        untuned = _values(metric, tested, decide(tested.y_score, untuned_threshold))
    return columns | {
        "never": ~(y_pred & known).any(axis=0),
        "always": (y_pred | ~known).all(axis=0),
        "low_support": tuned.low_support,
        "worse": (best < untuned)[: len(tuned.thresholds)],
    }


def known_cells(samples):
    """(n_samples, n_labels) whether a label is known, which a missing one of weight 0 is not."""
    weight = samples.sample_weight
    if weight is None or weight.ndim == 1:
        return np.ones(samples.y_true.shape, bool)
    return weight > 0


def _positives(samples):
    """Number, or weight, of the positive samples; of all labels for each average."""
    n_pos = support(samples.y_true, samples.sample_weight)
    return np.append(n_pos, [n_pos.sum()] * len(AVERAGES))


def _without_averages(values):
    """A column that has no value for the averages."""
    return np.append(values, [np.nan] * len(AVERAGES))


def _values(metric, samples, y_pred):
    """The metric of each label, then its averages."""
    y_true, _, sample_weight = samples
    of_labels = metric._averaged(None, y_true, y_pred, sample_weight)
    averages = [
        metric._averaged(average, y_true, y_pred, sample_weight)
        if average != "samples" or weighs_labels_alike(sample_weight)
        else np.nan
        for average in AVERAGES
    ]
    return np.append(of_labels, averages)


def _cross_fitted(tuned, samples, tests):
    """Decisions on the samples of all tests, each by thresholds tuned on other samples."""
    decisions = [
        decide(samples.y_score[test], thresholds, tuned.limits)
        for test, thresholds in zip(tests, tuned.cv_thresholds, strict=True)
    ]
    return np.concatenate(decisions)


def _spread(cv_thresholds):
    """Range of each label's thresholds, 0 where all are equal and infinite; NaN without any."""
    if not len(cv_thresholds):
        return np.full(cv_thresholds.shape[1], np.nan)
    low, high = cv_thresholds.min(axis=0), cv_thresholds.max(axis=0)
    return np.subtract(high, low, out=np.zeros_like(high), where=high != low)
