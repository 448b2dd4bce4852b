"""What every objective is: a value of predicted labels, and a scorer."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.metadata_routing import MetadataRequest

from ..core import (
    StrOptions,
    blocks_of_rows,
    check_indicator,
    check_sample_weight,
    confusion_counts,
)


class Scorer(BaseEstimator, ABC):
    """Base class of scorers: callables of ``(estimator, X, y)`` whose parameters are those of an estimator."""

    @abstractmethod
    def __call__(self, estimator, X, y, *, sample_weight=None):
        """Value of an estimator on rows, larger is better."""

    def set_score_request(self, *, sample_weight):
        """Request metadata for scoring, where metadata routing is enabled.

        Parameters
        ----------
        sample_weight : bool, str or None
            As for the ``set_score_request`` of a scorer from :func:`sklearn.metrics.make_scorer`.

        Returns
        -------
        self : Scorer
            The scorer itself.
        """
        self._metadata_request = MetadataRequest(owner=self)
        self._metadata_request.score.add_request(param="sample_weight", alias=sample_weight)
        return self


class Objective(Scorer):
    """Base class of what thresholds can be tuned for: a value of predicted labels, larger is better.

    An objective is a scorer, to be given wherever scikit-learn takes ``scoring``; its metric is :meth:`evaluate`. Its
    parameters are those of an estimator: ``set_params``, ``clone`` and grids over ``scoring__beta`` work.
    """

    # What tuning for this objective alone ends in, where one kind of error costs nothing; None where both cost.
    _degenerate = None

    # Whether the objective has a value of each label by itself, which ``averaged`` gives.
    _is_decomposable = False

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
        value : float, or ndarray of shape (n_labels,) with ``average=None``
            The larger the better.
        """
        y_true, y_pred = _as_indicator(y_true, "y_true"), _as_indicator(y_pred, "y_pred")
        if y_true.shape != y_pred.shape:
            raise ValueError(
                f"'y_true' and 'y_pred' must have one shape. Got {y_true.shape} and {y_pred.shape} instead."
            )
        self._check(*y_true.shape)
        return self._value(y_true, y_pred, check_sample_weight(sample_weight, len(y_true)))

    def __call__(self, estimator, X, y, *, sample_weight=None):
        """Value of what ``estimator`` predicts for ``X``: the signature of a scorer."""
        y_true, y_pred = (_as_label(part, estimator) for part in (y, estimator.predict(X)))
        return self.evaluate(y_true, y_pred, sample_weight=sample_weight)

    def _check(self, n_samples, n_labels):
        """Raise an error where a parameter is invalid, or does not fit the shape of the labels."""
        self._validate_params()

    def label_formulas(self, n_labels):
        """The formula of each label, where the objective judges labels."""
        return [self.label_formula(label) for label in range(n_labels)]

    @abstractmethod
    def _value(self, y_true, y_pred, sample_weight):
        """Value of a boolean array of shape (n_samples, n_labels) and of another, or of Decisions."""

    def _take_samples(self, rows):
        """The objective of some of the rows, an array that indexes them: itself, unless it knows rows one by one."""
        return self

    def _violated(self, y_true, y_pred, sample_weight):
        """Labels whose constraint does not hold: an array of indices, empty where there is no constraint."""
        return np.zeros(0, int)


def _as_label(y, estimator):
    """A column of two classes as the label that the larger one is, anything else as it is."""
    classes = getattr(estimator, "classes_", ())
    if np.ndim(y) == 1 and len(classes) == 2 and np.all(np.isin(y, classes)):
        return np.asarray(y) == classes[1]
    return y


def _as_indicator(y, name):
    """Boolean indicator, also of a column of 0 and 1 as binary classifiers take and give it."""
    return check_indicator(np.reshape(y, (-1, 1)) if np.ndim(y) == 1 else y, name)


@dataclass(eq=False, repr=False, kw_only=True)
class CountObjective(Objective):
    """Base class of objectives that average a formula of confusion counts.

    A subclass is a dataclass with a method ``formula``. Its attribute ``_is_monotone`` says that no value falls when a
    false negative turns into a true positive or a false positive into a true negative: the search then looks at the
    scores of positive rows only. ``is_linear_ratio`` says that the formula is a ratio of linear functions of the
    counts when their totals are given, which makes its micro average exactly solvable.
    """

    average: str | None = "macro"

    _is_monotone = True
    is_linear_ratio = False
    _parameter_constraints = {
        "average": [StrOptions({"macro", "micro", "weighted", "samples", "binary"}), None]
    }

    @abstractmethod
    def formula(self, tp, fp, fn, tn):
        """Values for arrays of counts, all of one shape."""

    def label_formula(self, label):
        """The formula of a label, or of an array of labels that goes with arrays of counts: the same for all."""
        return self.formula

    def _check(self, n_samples, n_labels):
        """Raise an error where a parameter is invalid, or does not fit the shape of the labels."""
        super()._check(n_samples, n_labels)
        if self.average == "binary" and n_labels != 1:
            raise ValueError(
                f"average='binary' is for a single label, but there are {n_labels}. Choose how labels are averaged: "
                "'macro', 'micro', 'weighted' or 'samples', for example scoring='f1_macro' or "
                f"{type(self).__name__}(average='macro')."
            )

    @property
    def _is_decomposable(self):
        """Whether the formula is one of the counts of labels, not of rows."""
        return self.average != "samples"

    def _value(self, y_true, y_pred, sample_weight):
        """Value of boolean arrays of shape (n_samples, n_labels)."""
        return self._averaged(self.average, y_true, y_pred, sample_weight)

    def _averaged(self, average, y_true, y_pred, sample_weight):
        """The same with any average, whatever the objective's own."""
        if average == "samples":
            blocks = [
                confusion_counts(y_true[rows].T, y_pred[rows].T)
                for rows in blocks_of_rows(*y_true.shape)
            ]
            values = [self.formula(*counts) for counts in blocks]
            return float(np.average(np.concatenate(values), weights=sample_weight))
        counts = confusion_counts(y_true, y_pred, sample_weight)
        if average == "micro":
            return float(self.formula(*(np.sum(count, keepdims=True) for count in counts))[0])
        values = self.formula(*counts)
        if average is None:
            return values
        return float(np.average(values, weights=label_weight(average, counts[0] + counts[2])))

    def _label_weight(self, n_pos):
        """What each label counts in the average, given the weight of its positive rows."""
        return label_weight(self.average, n_pos)


def label_weight(average, n_pos):
    """What each label counts in an average, given the weight of its positive rows."""
    return n_pos if average == "weighted" and np.any(n_pos) else np.ones(len(n_pos))
