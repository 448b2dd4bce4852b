"""What classifiers that decide by thresholds share: predictions, and what is known of the input."""

from dataclasses import replace

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin
from sklearn.utils import get_tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted, column_or_1d

from ..core import Indicator, check_labels, decide, in_classes
from ..fitting import label_scores, response_method_name

# The cut that a model decides by unless told otherwise.
USUAL_CUT = {"predict_proba": 0.5, "decision_function": 0.0}


class ThresholdedClassifier(ClassifierMixin, MetaEstimatorMixin, BaseEstimator):
    """Base class of classifiers that fit ``estimator`` and decide by a threshold for each label.

    Their ``fit`` sets ``estimator_`` and ``thresholds_``, and what else is known of the input by
    ``_set_input_attributes``.
    """

    def _set_input_attributes(self, target):
        for name in ("label_names_in_", "n_features_in_", "feature_names_in_"):
            self.__dict__.pop(name, None)  # of an earlier fit
        self.classes_ = target.classes
        if target.names is not None:
            self.label_names_in_ = target.names
        for name in ("n_features_in_", "feature_names_in_"):
            if hasattr(self.estimator_, name):
                setattr(self, name, getattr(self.estimator_, name))

    def predict(self, X):
        """Predict the labels of rows.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows, in any form that ``estimator`` takes.

        Returns
        -------
        y_pred : ndarray of shape (n_samples, n_labels) or (n_samples,)
            1 where the score is at least the threshold of the label, else 0; classes where ``y`` was one column.
        """
        check_is_fitted(self)
        limits = getattr(self, "limits_", None)
        return in_classes(
            decide(self._tuned_scores(X), self.thresholds_, limits, np.int64), self.classes_
        )

    @available_if(lambda self: self._has("predict_proba"))
    def predict_proba(self, X):
        """Predict the probability of each label.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows, in any form that ``estimator`` takes.

        Returns
        -------
        y_proba : ndarray of shape (n_samples, n_labels) or (n_samples, 2)
            Probability that the row has the label, whatever the format in which ``estimator`` gives it; of both classes
            where ``y`` was one column.
        """
        check_is_fitted(self)
        y_proba = self._probabilities(X)
        return y_proba if isinstance(self.classes_, list) else np.hstack([1 - y_proba, y_proba])

    @available_if(lambda self: hasattr(self, "predict_proba"))
    def predict_log_proba(self, X):
        """Predict the logarithm of the probability of each label.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows, in any form that ``estimator`` takes.

        Returns
        -------
        y_log_proba : ndarray of shape (n_samples, n_labels) or (n_samples, 2)
            Logarithm of what :meth:`predict_proba` gives.
        """
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    @available_if(lambda self: self._has("decision_function"))
    def decision_function(self, X):
        """Decision score of each label.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Rows, in any form that ``estimator`` takes.

        Returns
        -------
        y_score : ndarray of shape (n_samples, n_labels) or (n_samples,)
            Decision scores of ``estimator``; of the positive class where ``y`` was one column.
        """
        check_is_fitted(self)
        y_score = self._scores(X, "decision_function")
        return y_score if isinstance(self.classes_, list) else y_score[:, 0]

    def _has(self, method):
        """Whether there are scores of this kind: the fitted estimator, or before fit the given one, has the method."""
        return hasattr(getattr(self, "estimator_", self.estimator), method)

    def _probabilities(self, X):
        return self._scores(X, "predict_proba")

    def _scores(self, X, response_method):
        names = getattr(self, "label_names_in_", None)
        return label_scores(self.estimator_, X, response_method, len(self.thresholds_), names)

    def _tuned_scores(self, X):
        """Scores that the thresholds are for."""
        return self._scores(X, response_method_name(self.estimator_, self.response_method))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        # Every prediction asks for the tags, to know whether the model is fitted: this copy is quick.
        tags.input_tags = replace(get_tags(self.estimator).input_tags)
        tags.classifier_tags.multi_class = False
        tags.classifier_tags.multi_label = True
        tags.target_tags.multi_output = True
        return tags


def tuned_response(classifier):
    """The method of a fitted classifier whose scores its thresholds cut."""
    if getattr(classifier, "calibrator_", None) is not None:
        return "predict_proba"
    return response_method_name(classifier.estimator_, classifier.response_method)


def names_of(classifier):
    """Names of the labels, None where they have none; of the positive class where ``y`` was one column."""
    if not isinstance(classifier.classes_, list):
        return classifier.classes_[1:]
    return getattr(classifier, "label_names_in_", None)


def scores_of(estimator, classifier, X):
    """Scores of new rows, of shape (n_samples, n_labels), that the thresholds of ``classifier`` belong to."""
    return label_scores(
        estimator, X, tuned_response(classifier), len(classifier.thresholds_), names_of(classifier)
    )


def labels_of(classifier, y):
    """Labels of new rows, in the form of the ``y`` that the classifier was fitted to."""
    if isinstance(classifier.classes_, list):
        return check_labels(y, len(classifier.thresholds_), names_of(classifier))
    y, classes = column_or_1d(y), classifier.classes_
    if strange := set(np.unique(y).tolist()) - set(classes.tolist()):
        raise ValueError(
            f"'y' must hold the classes {classes.tolist()} only. Got {sorted(strange)} too."
        )
    return Indicator((y == classes[1])[:, np.newaxis], None)
