"""What every objective is: a value of predicted labels, and a scorer."""

from abc import ABC, abstractmethod

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.metadata_routing import MetadataRequest

from .._counts import confusion_counts
from .._validation import check_indicator, check_sample_weight


class Objective(BaseEstimator, ABC):
    """Base class of what thresholds can be tuned for: a value of predicted labels, larger is better.

    An objective is a scorer, to be given wherever scikit-learn takes ``scoring``; its metric is :meth:`evaluate`. Its
    parameters are those of an estimator: ``set_params``, ``clone`` and grids over ``scoring__beta`` work, and
    ``set_score_request`` routes the sample weight.
    """

    def evaluate(self, y_true, y_pred, *, sample_weight=None):
        """Value of predicted labels.

        Parameters
        ----------
        y_true : {array-like, sparse matrix} of shape (n_samples, n_labels)
            True labels as an indicator of 0 and 1.

        y_pred : {array-like, sparse matrix} of shape (n_samples, n_labels)
            Predicted labels as an indicator of 0 and 1.

        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows.

        Returns
        -------
        value : float
            The larger the better.
        """
        self.check(np.shape(y_true)[1] if np.ndim(y_true) == 2 else None)
        y_true, y_pred = check_indicator(y_true, "y_true").values, check_indicator(y_pred, "y_pred").values
        if y_true.shape != y_pred.shape:
            raise ValueError(
                f"'y_true' and 'y_pred' must have one shape. Got {y_true.shape} and {y_pred.shape} instead."
            )
        return self.value(y_true, y_pred, check_sample_weight(sample_weight, len(y_true)))

    def __call__(self, estimator, X, y, *, sample_weight=None):
        """Value of what ``estimator`` predicts for ``X``: the signature of a scorer."""
        return self.evaluate(y, estimator.predict(X), sample_weight=sample_weight)

    def set_score_request(self, *, sample_weight):
        """Request metadata for scoring, where metadata routing is enabled.

        Parameters
        ----------
        sample_weight : bool, str or None
            As for the ``set_score_request`` of a scorer from :func:`sklearn.metrics.make_scorer`.

        Returns
        -------
        self : Objective
            The objective itself.
        """
        self._metadata_request = MetadataRequest(owner=self)
        self._metadata_request.score.add_request(param="sample_weight", alias=sample_weight)
        return self

    def check(self, n_labels):
        """Raise an error where a parameter is invalid, or does not fit ``n_labels`` labels."""
        self._validate_params()

    @abstractmethod
    def value(self, y_true, y_pred, sample_weight):
        """Value of boolean arrays of shape (n_samples, n_labels)."""


class CountObjective(Objective):
    """Base class of objectives that average a formula of the confusion counts over labels.

    A subclass is a dataclass with an ``average`` and a method ``formula``. Its attribute ``monotone`` says that no
    value falls when a false negative turns into a true positive or a false positive into a true negative: the search
    then looks at the scores of positive rows only.
    """

    monotone = True

    @abstractmethod
    def formula(self, tp, fp, fn, tn):
        """Values for arrays of counts, all of one shape."""

    def check(self, n_labels):
        """Raise an error where a parameter is invalid, or does not fit ``n_labels`` labels."""
        super().check(n_labels)
        if self.average == "binary" and n_labels != 1:
            raise ValueError(
                f"average='binary' is for a single label, but there are {n_labels}. Choose how labels are "
                "averaged with 'macro', 'micro' or 'weighted', for example scoring='f1_macro'."
            )

    def value(self, y_true, y_pred, sample_weight):
        """Value of boolean arrays of shape (n_samples, n_labels)."""
        counts = confusion_counts(y_true, y_pred, sample_weight)
        if self.average == "micro":
            return float(self.formula(*(np.sum(count, keepdims=True) for count in counts))[0])
        return float(self.label_weight(counts[0] + counts[2]) @ self.formula(*counts))

    def label_weight(self, n_pos):
        """Weight of each label in the average, given the weight of its positive rows."""
        if self.average == "weighted" and np.any(n_pos):
            return n_pos / np.sum(n_pos)
        return np.full(len(n_pos), 1 / len(n_pos))
