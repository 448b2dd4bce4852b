"""What thresholds do to each label, on the rows they were tuned on or on others."""

from typing import NamedTuple

import numpy as np

from ..core import Limits, check_labels, check_same_rows, check_sample_weight, check_scores, decide
from ..estimators import USUAL_CUT, labels_of, names_of, scores_of, tuned_response
from ..model_selection import splits_of_folds
from ..objectives import FBeta, Objective, Precision, Recall
from ..tuning import TunedThresholds
from ._model import classifier_in, tuning_of

AVERAGES = ("micro", "macro", "weighted", "samples")


class Rows(NamedTuple):
    """Rows that thresholds are judged on.

    y_true : (n_rows, n_labels) bool; y_score : (n_rows, n_labels); sample_weight : (n_rows,) or None
    tests : positions of the rows that each of ``cv_thresholds`` decides; empty where thresholds are not cross-fitted
    """

    y_true: np.ndarray
    y_score: np.ndarray
    sample_weight: np.ndarray | None
    tests: list

    def at(self, positions):
        """Some of the rows."""
        weight = None if self.sample_weight is None else self.sample_weight[positions]
        return Rows(self.y_true[positions], self.y_score[positions], weight, [])


class Fitted(NamedTuple):
    """What is reported of a fitted classifier and of tuned thresholds alike; ``rows`` are those of the tuning."""

    thresholds: np.ndarray
    cv_thresholds: np.ndarray
    low_support: np.ndarray
    objective: Objective | None
    label_names: np.ndarray | None
    rows: Rows | None
    limits: Limits | None


def fitted_thresholds(model):
    """What the report needs of either kind of model."""
    if isinstance(model, TunedThresholds):
        rows = _rows_of_tuning(model.cv_results, model.cv_thresholds)
        return Fitted(
            model.thresholds,
            model.cv_thresholds,
            model.low_support,
            model.objective,
            model.label_names,
            rows,
            model.limits,
        )
    classifier = classifier_in(model, "model")
    tuning = tuning_of(classifier)
    rows = _rows_of_tuning(tuning.results, tuning.cv_thresholds)
    return Fitted(
        classifier.thresholds_,
        tuning.cv_thresholds,
        tuning.low_support,
        tuning.objective,
        names_of(classifier),
        rows,
        tuning.limits,
    )


def _rows_of_tuning(results, cv_thresholds):
    """The rows that were kept, with the tests of cross-fitting unless it lacked rows to tune on somewhere."""
    if results is None:
        return None
    splits = (
        results["splits"]
        if "splits" in results
        else splits_of_folds(results["row"], results["fold"])
    )
    tests = [] if np.isnan(cv_thresholds).any() else [test for _, test in splits]
    return Rows(results["y_true"].astype(bool), results["y_score"], results["sample_weight"], tests)


def judged_rows(model, fitted, X, y, sample_weight):
    """The rows to judge on: those given, else those of the tuning."""
    if X is not None and y is not None:
        return _new_rows(model, fitted, X, y, sample_weight)
    if X is not None or y is not None or sample_weight is not None:
        raise ValueError(
            "'X' and 'y' go together, and 'sample_weight' with them. Give both, or neither."
        )
    if fitted.rows is None:
        raise ValueError(
            "Without 'X' and 'y' the scores of the tuning are needed. Tune with 'store_cv_results=True', or give 'X' "
            "and 'y', as for thresholds that were not tuned."
        )
    return fitted.rows


def _new_rows(model, fitted, X, y, sample_weight):
    n_labels, names = len(fitted.thresholds), fitted.label_names
    if isinstance(model, TunedThresholds):
        y_score, y_true = check_scores(X, n_labels, names), check_labels(y, n_labels, names).values
    else:
        classifier = classifier_in(model, "model")
        y_score, y_true = scores_of(model, classifier, X), labels_of(classifier, y).values
    check_same_rows(y_true, y_score)
    return Rows(y_true, y_score, check_sample_weight(sample_weight, len(y_true)), [])


def untuned_cut(model, y_score):
    """Where scores would be cut without tuning: half-way for probabilities, at 0 for decision scores."""
    if isinstance(model, TunedThresholds):
        return 0.5 if np.all((y_score >= 0) & (y_score <= 1)) else 0.0
    return USUAL_CUT[tuned_response(classifier_in(model, "model"))]


def measure_of_labels(objective):
    """The objective, or F1 where it has no value of single labels."""
    return FBeta() if objective is None else objective


def judge(fitted, rows, cut):
    """The columns of the report by name: values of shape (n_labels + n_averages,), flags of shape (n_labels,)."""
    measure = measure_of_labels(fitted.objective)
    y_pred = decide(rows.y_score, fitted.thresholds, fitted.limits)
    n_pos = (
        rows.y_true.sum(axis=0) if rows.sample_weight is None else rows.sample_weight @ rows.y_true
    )
    columns = {
        "positives": np.r_[n_pos, [n_pos.sum()] * len(AVERAGES)],
        "threshold": _of_labels(fitted.thresholds),
        "spread": _of_labels(_spread(fitted.cv_thresholds)),
        "precision": _values(Precision(), rows, y_pred),
        "recall": _values(Recall(), rows, y_pred),
        "untuned": _values(measure, rows, decide(rows.y_score, cut)),
        "tuned": _values(measure, rows, y_pred),
    }
    untuned, best = columns["untuned"], columns["tuned"]
    if rows.tests:
        tested = rows.at(np.concatenate(rows.tests))
        columns["cross_fitted"] = best = _values(measure, tested, _cross_fitted(rows, fitted))
        untuned = _values(measure, tested, decide(tested.y_score, cut))
    if not len(fitted.cv_thresholds):
        del columns["spread"]
    return columns | {
        "never": ~y_pred.any(axis=0),
        "always": y_pred.all(axis=0),
        "thin": fitted.low_support,
        "worse": (best < untuned)[: len(n_pos)],
    }


def _of_labels(values):
    """A column that averages have no value in."""
    return np.r_[values, np.full(len(AVERAGES), np.nan)]


def _values(measure, rows, y_pred):
    """A measure of each label, then its averages."""
    data = rows.y_true, y_pred, rows.sample_weight
    return np.r_[
        measure._averaged(None, *data), [measure._averaged(average, *data) for average in AVERAGES]
    ]


def _cross_fitted(rows, fitted):
    """Decisions on the rows of all tests, each by the thresholds tuned on other rows."""
    tested = zip(rows.tests, fitted.cv_thresholds, strict=True)
    return np.concatenate(
        [decide(rows.y_score[test], thresholds, fitted.limits) for test, thresholds in tested]
    )


def _spread(cv_thresholds):
    """Range of each label's thresholds, 0 where they are equal, be they infinite; NaN without any."""
    if not len(cv_thresholds):
        return np.full(cv_thresholds.shape[1], np.nan)
    low, high = cv_thresholds.min(axis=0), cv_thresholds.max(axis=0)
    return np.subtract(high, low, out=np.zeros_like(high), where=high != low)
