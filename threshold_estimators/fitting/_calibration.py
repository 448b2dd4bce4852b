"""Held-out scores made better before they are cut, by a model from the scores of all labels to their probabilities."""

import numpy as np
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.utils.parallel import Parallel, delayed

from ..core import check_method_params
from ..model_selection import splits_of_folds
from ._adapters import constant_labels, fit_labels, one_vs_rest_if_needed, takes_fit_param
from ._response import label_scores

METHODS = ("isotonic", "sigmoid")


def as_calibrator(calibrator, n_labels):
    """An estimator from (n_samples, n_labels) scores to as many labels."""
    if isinstance(calibrator, str):
        return LabelwiseCalibrator(calibrator)
    return one_vs_rest_if_needed(calibrator, n_labels)


def calibrator_params(calibrator, sample_weight):
    """What ``fit`` of a calibrator is given while metadata routing is off."""
    if sample_weight is None or not takes_fit_param(calibrator, "sample_weight"):
        return {}
    return {"sample_weight": sample_weight}


def fit_calibrator(
    calibrator, *, y_score, y_true, row, fold, sample_weight, fit_params, names, n_jobs
):
    """(calibrated scores, calibrator fitted to all rows), each row calibrated as if its fold had never been seen.

    y_score, y_true : (n_scored, n_labels); row, fold : (n_scored,) as in ``cv_results_``; sample_weight : (n_scored,)
    or None; fit_params of n_scored rows
    """
    # Rows that no fold held out, fold -1, are a fold of their own here.
    splits = splits_of_folds(row, fold - fold.min())

    def fit(rows):
        rows = rows if sample_weight is None else rows[sample_weight[rows] > 0]
        if not len(rows):
            raise ValueError(
                "'calibrator' needs rows of at least two folds: each fold is calibrated by what the others say. Choose "
                "another 'cv'."
            )
        params = check_method_params(y_score, fit_params, indices=rows)
        return fit_labels(clone(calibrator), y_score[rows], y_true[rows], params)

    def fit_and_calibrate(train, test):
        return label_scores(
            fit(train), y_score[test], "predict_proba", y_score.shape[1], names, " by 'calibrator'"
        )

    calibrated = np.empty(y_score.shape)
    parts = Parallel(n_jobs=n_jobs)(delayed(fit_and_calibrate)(*split) for split in splits)
    for (_, test), part in zip(splits, parts, strict=True):
        calibrated[test] = part
    return calibrated, fit(np.arange(len(y_score)))


class LabelwiseCalibrator(ClassifierMixin, BaseEstimator):
    """Calibrates each label by its own scores, with scikit-learn's code for classifiers.

    Parameters
    ----------
    method : {"sigmoid", "isotonic"}
        As in :class:`~sklearn.calibration.CalibratedClassifierCV`.
    """

    def __init__(self, method):
        self.method = method

    def fit(self, X, y, sample_weight=None):
        """Fit to scores X and labels y, both of shape (n_samples, n_labels)."""
        self.classes_ = [np.array([0, 1])] * y.shape[1]
        self.constants_ = np.where(constant_labels(y), y[0].astype(float), np.nan)
        self.calibrators_ = [
            self._fit_label(score, label, sample_weight) if np.isnan(constant) else None
            for score, label, constant in zip(X.T, y.T, self.constants_, strict=True)
        ]
        return self

    def _fit_label(self, score, y, sample_weight):
        rows = np.arange(len(y))
        calibrated = CalibratedClassifierCV(ScoreColumn(), method=self.method, cv=[(rows, rows)])
        with config_context(enable_metadata_routing=False):  # weights need not be requested in here
            return calibrated.fit(score[:, np.newaxis], y, sample_weight)

    def predict_proba(self, X):
        """Probabilities of shape (n_samples, n_labels)."""
        y_proba = np.tile(self.constants_, (len(X), 1))
        for label, calibrator in enumerate(self.calibrators_):
            if calibrator is not None:
                y_proba[:, label] = calibrator.predict_proba(X[:, [label]])[:, 1]
        return y_proba

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        tags.target_tags.multi_output = True
        tags.target_tags.single_output = False
        return tags


class ScoreColumn(ClassifierMixin, BaseEstimator):
    """Classifier whose only feature is the score already."""

    def fit(self, X, y, sample_weight=None):
        """There is nothing to learn but the classes."""
        self.classes_ = np.unique(y)
        return self

    def decision_function(self, X):
        """The score."""
        return X[:, 0]
