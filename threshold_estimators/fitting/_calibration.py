"""Calibration: from out-of-fold scores of all labels to probabilities, by folds as well."""

import numpy as np
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.utils.parallel import Parallel, delayed

from ..core import check_method_params
from ..model_selection import splits_of_folds
from ._adapters import constant_labels, fit_labels, takes_fit_param
from ._one_vs_rest import one_vs_rest_if_needed
from ._response import label_scores

METHODS = ("isotonic", "sigmoid")


def as_calibrator(calibrator, y_score, y_true):
    """An estimator from (n_samples, n_labels) scores to as many labels."""
    if isinstance(calibrator, str):
        return LabelwiseCalibrator(calibrator)
    return one_vs_rest_if_needed(calibrator, y_score, y_true)


def calibrator_params(calibrator, sample_weight):
    """Parameters for ``fit`` of a calibrator while metadata routing is off."""
    if sample_weight is None or not takes_fit_param(calibrator, "sample_weight"):
        return {}
    return {"sample_weight": sample_weight}


def fit_calibrator(
    calibrator, *, y_score, y_true, row, fold, has_weight, fit_params, names, n_jobs
):
    """(calibrated scores, calibrator fitted to all samples).

    The scores of a fold are calibrated by a calibrator that was fitted to the other folds.

    y_score, y_true : (n_scored, n_labels)
    row, fold : (n_scored,) as in ``cv_results_``
    y_true : NaN where a label is missing
    has_weight : (n_scored,) bool; fit_params : dict of parameters for n_scored samples
    """
    # Samples that no fold held out (fold -1) are a fold of their own here.
    splits = splits_of_folds(row, fold - fold.min())
    data = y_score, y_true, has_weight, fit_params
    blocks = Parallel(n_jobs=n_jobs)(
        delayed(_fit_and_calibrate)(calibrator, *data, *split, names) for split in splits
    )
    calibrated = np.empty(y_score.shape)
    for (_, test), block in zip(splits, blocks, strict=True):
        calibrated[test] = block
    return calibrated, _fit(calibrator, *data, np.arange(len(y_score)))


def _fit_and_calibrate(calibrator, y_score, y_true, has_weight, fit_params, train, test, names):
    """Probabilities of the test samples by a calibrator that was fitted to the training samples."""
    fitted = _fit(calibrator, y_score, y_true, has_weight, fit_params, train)
    n_labels, where = y_score.shape[1], " by 'calibrator'"
    return label_scores(fitted, y_score[test], "predict_proba", n_labels, names, where)


def _fit(calibrator, y_score, y_true, has_weight, fit_params, train):
    """Calibrator fitted to the training samples with a weight."""
    train = train[has_weight[train]]
    if not len(train):
        raise ValueError(
            "'calibrator' needs samples of at least two folds, because each fold is calibrated "
            "by the others. Choose another 'cv'."
        )
    params = check_method_params(y_score, fit_params, indices=train)
    return fit_labels(clone(calibrator), y_score[train], y_true[train], params)


class LabelwiseCalibrator(ClassifierMixin, BaseEstimator):
    """Calibrates each label by its own scores with a `method` of CalibratedClassifierCV."""

    _takes_missing_labels = True

    def __init__(self, method):
        self.method = method

    def fit(self, X, y, sample_weight=None):
        """Fit to scores X and labels y, NaN if missing, both of shape (n_samples, n_labels)."""
        self.classes_ = [np.array([0, 1])] * y.shape[1]
        self.constants_ = np.where(constant_labels(y), 1.0 * np.any(y == 1, axis=0), np.nan)
        self.calibrators_ = [
            self._fit_label(score, label, sample_weight) if np.isnan(constant) else None
            for score, label, constant in zip(X.T, y.T, self.constants_, strict=True)
        ]
        return self

    def _fit_label(self, score, y, sample_weight):
        known = ~np.isnan(y)
        score, y = score[known], y[known].astype(int)
        sample_weight = None if sample_weight is None else np.asarray(sample_weight)[known]
        # ScoreColumn has nothing to learn, so one split with all samples on both sides is fair.
        samples = np.arange(len(y))
        splits = [(samples, samples)]
        calibrated = CalibratedClassifierCV(ScoreColumn(), method=self.method, cv=splits, n_jobs=1)
        # With routing, the weights would have to be requested from ScoreColumn.
        with config_context(enable_metadata_routing=False):
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
    """Classifier whose only feature is its score."""

    def fit(self, X, y, sample_weight=None):
        """Learn the classes, as there is nothing else to learn."""
        self.classes_ = np.unique(y)
        return self

    def decision_function(self, X):
        """The score."""
        return X[:, 0]
