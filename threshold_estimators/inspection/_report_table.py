"""The samples and the columns of the report."""

import numpy as np

from ..core import decide
from ..objectives import Constrained, FBeta, Precision, Recall
from ..tuning import Samples, units_of
from ._curves import AVERAGES, span, support, values_of, weight_of_decided
from ._intervals import Folds, Judged, difference_intervals, interval_columns

# Columns of thresholds, which averages do not have.
THRESHOLDS = ("reference", "threshold", "lower", "upper", "spread")


def stored_samples(fitted):
    """(samples of the tuning, splits that ``cv_thresholds`` were tuned on).

    There are no splits where thresholds could not be tuned on some training samples, and for
    bands, which are not kept for each split.
    """
    tuned = fitted.tuned
    results = tuned.cv_results
    if results is None:
        raise ValueError(
            "Without 'X' and 'y' the scores of the tuning are needed. Tune with "
            "'store_cv_results=True', or give 'X' and 'y', as for thresholds that were not tuned."
        )
    samples = Samples(*[results[name] for name in Samples._fields])
    if fitted.bands is not None or np.isnan(tuned.cv_thresholds).any():
        return samples, []
    return samples, results["splits"]


def metric_of(fitted):
    """The objective of the tuning if it has a value for each label, else F1; F1 for bands."""
    is_missing = fitted.tuned.objective is None or fitted.bands is not None
    return FBeta() if is_missing else fitted.tuned.objective


def report_columns(fitted, samples, splits, reference, *, is_stored):
    """The columns by name: numbers of shape (n_labels + n_averages,), flags of (n_labels,).

    splits : of the stored samples that the thresholds were tuned on, empty for others
    reference : threshold to compare with, or one for each label, or None for no comparison
    """
    tuned, metric = fitted.tuned, metric_of(fitted)
    decided, y_pred = _decisions(fitted, samples)
    columns = {"positives": _positives(samples)} | _threshold_columns(fitted, reference)
    if fitted.bands is not None:
        columns["decided"] = _fraction_decided(samples, decided)
    columns["precision"] = _values(Precision(), decided, y_pred)
    if fitted.bands is not None:
        negative = decided._replace(y_true=~decided.y_true)
        columns["negative_precision"] = _values(Precision(), negative, ~y_pred)
    columns["recall"] = _values(Recall(), decided, y_pred)
    if reference is not None:
        columns["untuned"] = _values(metric, samples, decide(samples.y_score, reference))
    columns["tuned"] = _values(metric, decided, y_pred)
    judged, folds = Judged(decided, y_pred, np.arange(len(y_pred))), None
    compared = samples
    if splits:
        # The tests need not have all samples, so both columns are compared on their samples.
        judged, folds = _cross_fitted(tuned, samples, splits), Folds(samples, tuned, splits)
        compared = judged.samples
        columns["cross_fitted"] = _values(metric, compared, judged.y_pred)
    # The samples that chose the thresholds do not tell what they do on new ones.
    if splits or not is_stored:
        columns = interval_columns(metric, columns, judged, folds)
    columns |= _flags(tuned, samples, y_pred)
    if reference is not None:
        untuned = Judged(compared, decide(compared.y_score, reference), judged.units)
        _, upper = difference_intervals(metric, judged, untuned, folds)
        # A floor is bought with some of the objective, which untuned thresholds do not pay.
        columns["worse"] = (upper < 0) & (not isinstance(metric, Constrained))
    return columns


def _decisions(fitted, samples):
    """(samples with weights of the cells that are decided, (n_samples, n_labels) bool)."""
    if fitted.bands is None:
        return samples, decide(samples.y_score, fitted.tuned.thresholds, fitted.tuned.limits)
    weight = weight_of_decided(samples.y_score, fitted.bands, samples.sample_weight)
    return samples._replace(sample_weight=weight), samples.y_score >= fitted.bands[1]


def _positives(samples):
    """Number, or weight, of the positive samples; of all labels for each average."""
    n_pos = support(samples.y_true, samples.sample_weight)
    return np.append(n_pos, [n_pos.sum()] * len(AVERAGES))


def _threshold_columns(fitted, reference):
    """The columns `THRESHOLDS` that exist, NaN for averages."""
    columns = {"reference": reference} if np.ndim(reference) else {}
    if fitted.bands is not None:
        columns |= dict(zip(["lower", "upper"], fitted.bands, strict=True))
    else:
        columns["threshold"] = fitted.tuned.thresholds
        if len(fitted.tuned.cv_thresholds):
            low, high = span(fitted.tuned.cv_thresholds)
            # 0 where all are equal and infinite
            columns["spread"] = np.subtract(high, low, out=np.zeros(len(low)), where=high != low)
    no_values = [np.nan] * len(AVERAGES)
    return {name: np.append(column, no_values) for name, column in columns.items()}


def _fraction_decided(samples, decided):
    """Fraction of the cells that are decided: the recall of "decided" if all cells should be."""
    everything = samples._replace(y_true=np.ones(samples.y_true.shape, bool))
    return _values(Recall(), everything, decided.sample_weight > 0)


def _values(metric, samples, y_pred):
    """The metric of each label, then its averages."""
    return values_of(metric, samples.y_true, y_pred, samples.sample_weight)


def _cross_fitted(tuned, samples, splits):
    """Judged samples of all tests, decided by thresholds tuned on other samples."""
    decisions = [
        decide(samples.y_score[test], thresholds, tuned.limits)
        for (_, test), thresholds in zip(splits, tuned.cv_thresholds, strict=True)
    ]
    tests = np.concatenate([test for _, test in splits])
    units = units_of(tuned.cv_results)[tests]
    return Judged(samples.take_samples(tests), np.concatenate(decisions), units)


def _flags(tuned, samples, y_pred):
    """Flags of each label; missing labels do not count."""
    weight = samples.sample_weight
    counts = np.ones(1, bool) if weight is None or weight.ndim == 1 else weight > 0
    return {
        "never": ~np.any(y_pred & counts, axis=0),
        "always": np.all(y_pred | ~counts, axis=0),
        "low_support": tuned.low_support,
    }
