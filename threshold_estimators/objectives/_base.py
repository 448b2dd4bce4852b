"""What every objective is: a value of predicted labels, larger is better, and a scorer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils.metadata_routing import MetadataRequest

from ..core import (
    Labels,
    LabelSpace,
    MatrixLike,
    StrOptions,
    blocks_of_samples,
    check_same_index,
    confusion_counts,
    label_names_of,
    read_labels,
    weight_of_samples,
)

AVERAGES = {"macro", "micro", "weighted", "samples", "binary"}


class Scorer(BaseEstimator, ABC):
    """Base class of scorers: callables of ``(estimator, X, y)`` with parameters of an estimator."""

    @abstractmethod
    def __call__(
        self, estimator: Any, X: Any, y: Any, *, sample_weight: ArrayLike | None = None
    ) -> float:
        """Value of an estimator on samples, larger is better."""

    def set_score_request(self, *, sample_weight: bool | str | None) -> Self:
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
    """Base class of what thresholds are tuned for: a value of predicted labels, larger is better.

    An objective is a scorer: it goes wherever scikit-learn takes ``scoring``. Its metric is
    :meth:`evaluate`. Its parameters are those of an estimator, so that ``set_params``, ``clone``
    and grids over ``scoring__beta`` work.
    """

    # How the decisions on labels make up the value: "labels" (an average over labels of a formula
    # of each label's counts), "micro" (one formula of all labels' summed counts), "samples" (an
    # average over samples), "cells" (a sum over cells) or "unknown". It selects the solver.
    _form = "unknown"

    # The trivial decisions that maximise the objective where one kind of error costs nothing.
    _degenerate = None

    # Whether every label has a value of its own, which ``_averaged`` returns.
    _is_decomposable = False

    def evaluate(
        self, y_true: MatrixLike, y_pred: MatrixLike, *, sample_weight: ArrayLike | None = None
    ) -> Any:
        """Value of predicted labels.

        Parameters
        ----------
        y_true : {array-like, sparse matrix} of shape (n_samples, n_labels)
            True labels as an indicator of 0 and 1. Missing labels (NaN, None, NA or masked) are
            left out.
        y_pred : {array-like, sparse matrix} of shape (n_samples, n_labels)
            Predicted labels as an indicator of 0 and 1. Columns with names are matched to those
            of ``y_true`` by name.
        sample_weight : array-like of shape (n_samples,) or (n_samples, n_labels), default=None
            Weights of the samples, or of each label of a sample.

        Returns
        -------
        value : float, or ndarray of shape (n_labels,) with ``average=None``
            The larger the better.
        """
        check_same_index(y_true=y_true, y_pred=y_pred, sample_weight=sample_weight)
        labels = read_labels(y_true, "y_true", takes_column=True)
        predicted = read_labels(y_pred, "y_pred", labels.names, takes_column=True)
        return self._value_of_labels(labels, predicted, sample_weight)

    def _value_of_labels(self, labels: Labels, predicted: Labels, sample_weight: Any) -> Any:
        y_true, y_pred = labels.y_true, predicted.y_true
        if y_true.shape != y_pred.shape:
            raise ValueError(
                "'y_true' and 'y_pred' must have the same shape. "
                f"Got {y_true.shape} and {y_pred.shape} instead."
            )
        if predicted.known is not None:
            raise ValueError("'y_pred' must be known for every cell. Got missing values instead.")
        objective = self._for_names(labels.names)
        objective._check(*y_true.shape)
        return objective._value(y_true, y_pred, labels.weights(sample_weight))

    def __call__(
        self, estimator: Any, X: Any, y: Any, *, sample_weight: ArrayLike | None = None
    ) -> float:
        """Value of what ``estimator`` predicts for ``X``: the signature of a scorer."""
        check_same_index(X=X, y=y, sample_weight=sample_weight)
        labels = _labels_of(y, estimator, label_names_of(estimator))
        predicted = _labels_of(estimator.predict(X), estimator, labels.names)
        return self._value_of_labels(labels, predicted, sample_weight)

    def _check(self, n_samples, n_labels):
        """Raise an error if a parameter is invalid or does not fit the shape of the labels."""
        self._validate_params()

    @abstractmethod
    def _value(self, y_true, y_pred, sample_weight):
        """Value of decisions: y_true (n_samples, n_labels) bool; y_pred the same, or Decisions."""

    def _for_names(self, names):
        """The objective with parameters in the order of labels, if they are given by name."""
        return self

    @property
    def _surrogate(self):
        """What the solvers maximise: itself, if its value is always a number."""
        return self

    def _take_samples(self, samples):
        """The objective of some samples: itself, unless it has a parameter for each sample."""
        return self

    def _violated(self, y_true, y_pred, sample_weight):
        """Indices of the labels whose constraint does not hold; empty without a constraint."""
        return np.zeros(0, int)

    def _violated_by(self, counts):
        """The same given the counts of the labels, (4, n_labels)."""
        return np.zeros(0, int)


def _labels_of(y, estimator, names):
    """Labels of a target or of predictions; a column has two classes, the larger is positive."""
    classes = getattr(estimator, "classes_", ())
    if np.ndim(y) == 1 and len(classes) == 2 and np.ndim(classes[0]) == 0:
        return LabelSpace(1, None, np.asarray(classes)).encode(y)
    return read_labels(y, "y", names, takes_column=True)


class CountObjective(Objective):
    """Base class of objectives that average a formula of confusion counts.

    Subclass it for a measure of your own and implement :meth:`formula`. Subclass
    :class:`LinearRatio` instead where the measure is a ratio of linear functions of the counts.

    Parameters
    ----------
    average : {"macro", "micro", "weighted", "samples", "binary"} or None, default="macro"
        How the values of the labels are averaged, as in :func:`sklearn.metrics.f1_score`.

    Notes
    -----
    Set the class attribute ``_is_monotone = True`` if no value falls when a false negative becomes
    a true positive, or a false positive a true negative. The search then looks at the scores of
    positive samples only.

    Examples
    --------
    >>> from threshold_estimators import CountObjective, tune_thresholds
    >>> class Balance(CountObjective):
    ...     def formula(self, tp, fp, fn, tn):
    ...         return -abs(fp - fn)
    >>> tune_thresholds([[0], [1], [0]], [[0.1], [0.6], [0.3]], scoring=Balance()).score
    0.0
    """

    _is_monotone = False
    _ignores_tn = False
    _parameter_constraints = {"average": [StrOptions(AVERAGES), None]}

    def __init__(self, *, average: str | None = "macro") -> None:
        self.average = average

    @abstractmethod
    def formula(self, tp: Any, fp: Any, fn: Any, tn: Any) -> Any:
        """Value of confusion counts, or values of arrays of them.

        Parameters
        ----------
        tp, fp, fn, tn : array-like
            Numbers of true positives, false positives, false negatives and true negatives, or
            sums of their weights. The shapes broadcast against each other.

        Returns
        -------
        value : ndarray
            The larger the better.
        """

    @property
    def _form(self):
        return self.average if self.average in ("micro", "samples") else "labels"

    @property
    def _is_decomposable(self):
        return self.average != "samples"

    def _net_gains(self, at_least):
        """What a sample of each outcome (tp, fp, fn, tn) adds to the measure above a floor.

        The measure reaches ``at_least`` where the sum over the samples is not negative. None if it
        is no ratio of linear functions with constant coefficients.
        """

    def _for_labels(self, labels):
        """The objective of single labels.

        labels : int, or int array that broadcasts against the counts given to ``formula``
        """
        return self

    def _check(self, n_samples, n_labels):
        super()._check(n_samples, n_labels)
        if self.average == "binary" and n_labels != 1:
            raise ValueError(
                f"average='binary' is for a single label, but there are {n_labels}. Choose how "
                "labels are averaged: 'macro', 'micro', 'weighted' or 'samples', for example "
                f"scoring='f1_macro' or {type(self).__name__}(average='macro')."
            )

    def _value(self, y_true, y_pred, sample_weight):
        return self._averaged(self.average, y_true, y_pred, sample_weight)

    def _averaged(self, average, y_true, y_pred, sample_weight):
        """Value with any average, whatever the objective's own."""
        if average == "samples":
            values, weight = self._values_of_samples(y_true, y_pred, sample_weight)
            return float(np.average(values, weights=weight))
        value = self._of_counts(average, np.array(confusion_counts(y_true, y_pred, sample_weight)))
        return value if average is None else float(value)

    def _of_counts(self, average, counts):
        """Value of confusion counts of shape (4, ..., n_labels): one for each of "..."."""
        if average == "micro":
            return self.formula(*counts.sum(axis=-1, keepdims=True))[..., 0]
        values = self.formula(*counts)
        if average is None:
            return values
        is_defined = ~np.isnan(values)
        weight = label_weight(average, counts[0] + counts[2]) * is_defined
        total = np.sum(np.where(is_defined, values, 0) * weight, axis=-1)
        return ratio(total, weight.sum(axis=-1), np.nan)

    def _values_of_samples(self, y_true, y_pred, sample_weight):
        """(value of each sample, weights or None), whose weighted mean is the samples average."""
        weight, known = weight_of_samples(sample_weight)
        values = []
        for samples in blocks_of_samples(*y_true.shape):
            cell_weight = None if known is None else known[samples].T.astype(float)
            counts = confusion_counts(y_true[samples].T, y_pred[samples].T, cell_weight)
            values.append(self.formula(*counts))
        return np.concatenate(values), weight

    def _label_weight(self, n_pos):
        """Weight of each label in the average, given the weight of its positive samples."""
        return label_weight(self.average, n_pos)


def label_weight(average, n_pos):
    """Weight of each label in an average, given the weight of its positive samples.

    n_pos : (..., n_labels)
    """
    if average != "weighted":
        return np.ones(np.shape(n_pos))
    return np.where(np.any(n_pos, axis=-1, keepdims=True), n_pos, 1.0)


class LinearRatio(CountObjective):
    """Base class of measures that are a ratio of linear functions of the confusion counts.

    A subclass implements ``_coefficients``. :meth:`formula` follows from it, and so does the exact
    solution of the micro average.

    Parameters
    ----------
    average : {"macro", "micro", "weighted", "samples", "binary"} or None, default="macro"
        How the values of the labels are averaged, as in :func:`sklearn.metrics.f1_score`.

    References
    ----------
    W. Dinkelbach, "On Nonlinear Fractional Programming", Management Science 13, 1967,
    https://doi.org/10.1287/mnsc.13.7.492

    Examples
    --------
    >>> from threshold_estimators import LinearRatio
    >>> class CriticalSuccess(LinearRatio):
    ...     def _coefficients(self, n_pos, n_neg):
    ...         return (1, 0, 0, 0), (1, 1, 1, 0)
    >>> CriticalSuccess(average="micro").evaluate([[1, 0], [1, 1]], [[1, 1], [1, 0]])
    0.5
    """

    _value_if_undefined = 0.0

    @abstractmethod
    def _coefficients(self, n_pos: Any, n_neg: Any) -> Any:
        """Coefficients of (tp, fp, fn, tn) in the numerator, and in the denominator.

        n_pos, n_neg : total weight of the positive and of the negative samples
        """

    def formula(self, tp: Any, fp: Any, fn: Any, tn: Any) -> Any:
        numerator, denominator = self._coefficients(tp + fn, fp + tn)
        return ratio(
            _linear(numerator, tp, fp, fn, tn),
            _linear(denominator, tp, fp, fn, tn),
            self._value_if_undefined,
        )

    def _slopes(self, value, n_pos, n_neg, scale=1.0):
        """How ``scale`` numerators less ``value`` denominators grow with tp, and fall with fp.

        With the totals given, fn falls as tp grows, and tn as fp grows.
        """
        numerator, denominator = self._coefficients(n_pos, n_neg)
        num_tp, num_fp, num_fn, num_tn = numerator
        den_tp, den_fp, den_fn, den_tn = denominator
        gain = scale * (num_tp - num_fn) - value * (den_tp - den_fn)
        loss = value * (den_fp - den_tn) - scale * (num_fp - num_tn)
        return gain, loss

    def _net_gains(self, at_least):
        numerator, denominator = np.array(self._coefficients(1.0, 1.0), float)
        if np.any(self._coefficients(2.0, 3.0) != np.stack([numerator, denominator])):
            return None
        return numerator - at_least * denominator

    def _price(self, value, n_pos, n_neg):
        """True positives that a predicted sample must bring for the ratio to stay at ``value``."""
        gain, loss = self._slopes(value, n_pos, n_neg)
        price = loss / (gain + loss) if gain + loss > 0 else 0.0
        return np.clip(price, 1e-9, 1 - 1e-9)

    def _slopes_at_values(self):
        """(gain, loss) at the ratio of each term, for one sample of each class.

        A ratio lies between the ratios of its terms, and the slopes are linear in the value. The
        ratio of a term is infinite if it is missing in the denominator.
        """
        terms = zip(*self._coefficients(1.0, 1.0), strict=True)
        return np.array([self._slopes(num, 1.0, 1.0, scale=den) for num, den in terms]).T

    @property
    def _is_monotone(self):
        return bool(np.all(self._slopes_at_values() >= 0))

    @property
    def _ignores_tn(self):
        numerator, denominator = self._coefficients(1.0, 1.0)
        return numerator[3] == 0 == denominator[3]

    @property
    def _degenerate(self):
        gain, loss = self._slopes_at_values()
        if not np.any(loss):
            return "everything down to the last positive"
        return None if np.any(gain) else "nothing"


def ratio(numerator, denominator, value_if_undefined):
    """Quotient of arrays, ``value_if_undefined`` where the denominator is zero."""
    is_defined = denominator != 0
    if np.all(is_defined):
        return numerator / denominator
    quotient = np.full(np.shape(denominator), float(value_if_undefined))
    return np.divide(numerator, denominator, out=quotient, where=is_defined)


def _linear(coefficients, tp, fp, fn, tn):
    """Linear function of counts. The coefficients 0 and 1 cost no multiplication."""
    at_tp, at_fp, at_fn, at_tn = coefficients
    total = None
    for at, count in ((at_tp, tp), (at_fn, fn), (at_fp, fp), (at_tn, tn)):
        is_number = isinstance(at, int | float)
        if is_number and at == 0:
            continue
        term = count if is_number and at == 1 else at * count
        total = term if total is None else total + term
    return total
