"""Base classes of the classifiers: fitted attributes, scores, and decisions by thresholds."""

from dataclasses import replace
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin
from sklearn.utils import get_tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from ..core import BaseSearchCV, LabelSpace, MatrixLike, decide, finite_scores
from ..fitting import label_scores

# The threshold of a model's own predictions, by the method that gives the scores.
DEFAULT_THRESHOLD = {"predict_proba": 0.5, "decision_function": 0.0}


class LabelsClassifier(ClassifierMixin, MetaEstimatorMixin, BaseEstimator):
    """Base class of meta-estimators that decide labels by the scores of ``estimator``.

    A subclass calls ``_set_fitted`` at the end of its ``fit``, and has ``_has`` and ``_scores``.
    """

    label_space_: LabelSpace
    classes_: Any
    label_names_in_: np.ndarray
    n_features_in_: int
    feature_names_in_: np.ndarray

    def _set_fitted(self, fitted, label_space, **attributes):
        """Set all attributes of a fit together, after everything that can fail.

        fitted : the fitted estimator, which knows the features
        """
        for name in [name for name in vars(self) if name.endswith("_")]:
            delattr(self, name)  # of an earlier fit
        attributes |= {"label_space_": label_space, "classes_": label_space.classes_}
        if label_space.names is not None:
            attributes["label_names_in_"] = label_space.names
        for name in ("n_features_in_", "feature_names_in_"):
            if hasattr(fitted, name):
                attributes[name] = getattr(fitted, name)
        for name, value in attributes.items():
            setattr(self, name, value)

    @available_if(lambda self: self._has("predict_proba"))
    def predict_proba(self, X: MatrixLike) -> np.ndarray:
        """Predict the probability of each label.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples, in any form that ``estimator`` takes.

        Returns
        -------
        y_proba : ndarray of shape (n_samples, n_labels) or (n_samples, 2)
            Probability that the sample has the label, in one format for all estimators. Of both
            classes if the fitted ``y`` was a column.
        """
        check_is_fitted(self)
        return self.label_space_.proba(self._scores(X, "predict_proba"))

    @available_if(lambda self: hasattr(self, "predict_proba"))
    def predict_log_proba(self, X: MatrixLike) -> np.ndarray:
        """Predict the logarithm of the probability of each label.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples, in any form that ``estimator`` takes.

        Returns
        -------
        y_log_proba : ndarray of shape (n_samples, n_labels) or (n_samples, 2)
            Logarithm of the result of :meth:`predict_proba`.
        """
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    @available_if(lambda self: self._has("decision_function"))
    def decision_function(self, X: MatrixLike) -> np.ndarray:
        """Compute the decision score of each label.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples, in any form that ``estimator`` takes.

        Returns
        -------
        y_score : ndarray of shape (n_samples, n_labels) or (n_samples,)
            Decision scores of ``estimator``; of the larger class if the fitted ``y`` was a column.
        """
        check_is_fitted(self)
        return self.label_space_.squeeze(self._scores(X, "decision_function"))

    def _has(self, method):
        """Whether the estimator, if possible the fitted one, has a method that gives scores."""
        return hasattr(getattr(self, "estimator_", self.estimator), method)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        # Every prediction asks for the tags, and a deep copy of these is slow.
        tags.input_tags = replace(get_tags(self.estimator).input_tags)
        tags.classifier_tags.multi_class = False
        tags.classifier_tags.multi_label = True
        tags.target_tags.multi_output = True
        return tags


class ThresholdedClassifier(LabelsClassifier):
    """Base class of classifiers that decide by a threshold for each label.

    Their ``fit`` sets ``estimator_`` and ``tuned_``, the record of the thresholds.
    """

    def predict(self, X: MatrixLike) -> np.ndarray:
        """Predict the labels of samples.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Samples, in any form that ``estimator`` takes.

        Returns
        -------
        y_pred : ndarray of shape (n_samples, n_labels) or (n_samples,)
            1 if the score is at least the threshold of the label, else 0; classes if the fitted
            ``y`` was a column.
        """
        check_is_fitted(self)
        y_score = finite_scores(self._scores(X, tuned_response(self)), self.thresholds_)
        y_pred = decide(y_score, self.thresholds_, self.tuned_.limits, np.int64)
        return self.label_space_.decode(y_pred)

    def _scores(self, X, response_method):
        """Scores of shape (n_samples, n_labels) by a method of the fitted estimator."""
        space = self.label_space_
        return label_scores(self.estimator_, X, response_method, space.n_labels, space.label_names)


def tuned_response(classifier):
    """Name of the method of a fitted classifier whose scores its thresholds are for."""
    if getattr(classifier, "calibrator_", None) is not None:
        return "predict_proba"
    return classifier._response_method


def scores_of(estimator, classifier, X):
    """Scores of new samples, of shape (n_samples, n_labels), that the thresholds are for.

    estimator : the classifier, or the pipeline or search that ends in it and takes ``X``
    """
    space = classifier.label_space_
    method = tuned_response(classifier)
    return label_scores(estimator, X, method, space.n_labels, space.label_names)


def fitted_classifier(estimator: Any, name: str) -> LabelsClassifier:
    """The fitted classifier itself, or the one in which a pipeline or a search ends.

    name : parameter that error messages mention
    """
    classifier = estimator
    while not isinstance(classifier, LabelsClassifier):
        if hasattr(classifier, "steps"):
            classifier = classifier.steps[-1][1]
        elif isinstance(classifier, BaseSearchCV):
            check_is_fitted(classifier, "best_estimator_")
            classifier = classifier.best_estimator_
        else:
            raise TypeError(
                f"{name!r} must be a fitted MultiLabelThresholdClassifier, "
                "FixedThresholdsClassifier or MultiLabelRejectClassifier, or a pipeline or a "
                f"search that ends in one. Got {estimator!r} instead."
            )
    check_is_fitted(classifier)
    return classifier
