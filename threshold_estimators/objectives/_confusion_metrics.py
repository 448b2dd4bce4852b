"""Objectives that are a formula of confusion counts."""

from numbers import Real
from typing import Any

import numpy as np

from ..core import Interval, Options
from ._base import CountObjective, LinearRatio, ratio


class _RatioWithZeroDivision(LinearRatio):
    """Ratios that can be 0/0; their value then is what scikit-learn calls ``zero_division``."""

    _parameter_constraints = LinearRatio._parameter_constraints | {
        "zero_division": [Options(Real, {0.0, 1.0})]
    }

    def __init__(self, *, average: str | None = "macro", zero_division: float = 0) -> None:
        super().__init__(average=average)
        self.zero_division = zero_division

    @property
    def _value_if_undefined(self):
        return self.zero_division


class FBeta(_RatioWithZeroDivision):
    r"""F-beta: the weighted harmonic mean of precision and recall.

    .. math:: F_\beta = \frac{(1 + \beta^2) TP}{(1 + \beta^2) TP + \beta^2 FN + FP}

    Parameters
    ----------
    beta : float, default=1.0
        Recall counts ``beta`` times as much as precision.
    average : {"macro", "micro", "weighted", "samples", "binary"} or None, default="macro"
        As in :func:`sklearn.metrics.fbeta_score`; "binary" is for a single label.
    zero_division : {0, 1}, default=0
        Value for a label that is neither present nor predicted.

    References
    ----------
    C. J. van Rijsbergen, Information Retrieval, 2nd edition, Butterworth-Heinemann, 1979.

    Examples
    --------
    >>> from threshold_estimators import FBeta
    >>> FBeta(beta=2, average="micro").evaluate([[1, 0], [1, 1]], [[1, 1], [1, 0]])
    0.66...
    """

    _parameter_constraints = _RatioWithZeroDivision._parameter_constraints | {
        "beta": [Interval(Real, 0, None, closed="left")]
    }

    def __init__(
        self, beta: float = 1.0, *, average: str | None = "macro", zero_division: float = 0
    ) -> None:
        super().__init__(average=average, zero_division=zero_division)
        self.beta = beta

    def _coefficients(self, n_pos, n_neg):
        beta2 = self.beta**2
        return (1 + beta2, 0, 0, 0), (1 + beta2, 1, beta2, 0)


class Jaccard(_RatioWithZeroDivision):
    r"""Jaccard index: the intersection of true and predicted samples over their union.

    .. math:: J = \frac{TP}{TP + FP + FN}

    Parameters
    ----------
    average : {"macro", "micro", "weighted", "samples", "binary"} or None, default="macro"
        As in :func:`sklearn.metrics.jaccard_score`; "binary" is for a single label.
    zero_division : {0, 1}, default=0
        Value for a label that is neither present nor predicted.

    Examples
    --------
    >>> from threshold_estimators import Jaccard
    >>> Jaccard().evaluate([[1, 0], [1, 1]], [[1, 1], [1, 0]])
    0.5
    """

    def _coefficients(self, n_pos, n_neg):
        return (1, 0, 0, 0), (1, 1, 1, 0)


class Precision(_RatioWithZeroDivision):
    r"""Precision: the fraction of the predicted samples that are positive.

    .. math:: P = \frac{TP}{TP + FP}

    Alone it is maximised by predicting next to nothing. Use it as a constraint.

    Parameters
    ----------
    average : {"macro", "micro", "weighted", "samples", "binary"} or None, default="macro"
        As in :func:`sklearn.metrics.precision_score`; "binary" is for a single label.
    zero_division : {0, 1}, default=0
        Value for a label that is never predicted.

    Examples
    --------
    >>> from threshold_estimators import Precision
    >>> Precision(average="micro").evaluate([[1, 0], [1, 1]], [[1, 1], [1, 0]])
    0.66...
    """

    def _coefficients(self, n_pos, n_neg):
        return (1, 0, 0, 0), (1, 1, 0, 0)


class Recall(_RatioWithZeroDivision):
    r"""Recall, or sensitivity: the fraction of the positive samples that are predicted.

    .. math:: R = \frac{TP}{TP + FN}

    Alone it is maximised by predicting everything. Use it under a constraint.

    Parameters
    ----------
    average : {"macro", "micro", "weighted", "samples", "binary"} or None, default="macro"
        As in :func:`sklearn.metrics.recall_score`; "binary" is for a single label.
    zero_division : {0, 1}, default=0
        Value for a label without positive samples.

    Examples
    --------
    >>> from threshold_estimators import Recall
    >>> Recall(average="micro").evaluate([[1, 0], [1, 1]], [[1, 1], [1, 0]])
    0.66...
    """

    def _coefficients(self, n_pos, n_neg):
        return (1, 0, 0, 0), (1, 0, 1, 0)


class Accuracy(LinearRatio):
    r"""Accuracy of each label: the fraction of its samples that are decided rightly.

    .. math:: A = \frac{TP + TN}{TP + FP + FN + TN}

    Averaged over labels it is 1 − Hamming loss. scikit-learn's scorer "accuracy" is another metric
    for several labels: the fraction of samples that are right in every label
    (:class:`SubsetAccuracy`).

    Parameters
    ----------
    average : {"macro", "micro", "weighted", "samples", "binary"} or None, default="macro"
        "macro" and "micro" are equal; "weighted" weighs labels by their positive samples.

    Examples
    --------
    >>> from threshold_estimators import Accuracy
    >>> Accuracy().evaluate([[1, 0], [1, 1]], [[1, 1], [1, 0]])
    0.5
    """

    def _coefficients(self, n_pos, n_neg):
        return (1, 0, 0, 1), (1, 1, 1, 1)


class Specificity(LinearRatio):
    r"""Specificity: the fraction of the negative samples that are not predicted.

    .. math:: \frac{TN}{TN + FP}

    It is 0 for a label without negative samples. Alone it is maximised by predicting nothing. Use
    it as a constraint.

    Parameters
    ----------
    average : {"macro", "micro", "weighted", "samples", "binary"} or None, default="macro"
        How the values of the labels are averaged.

    Examples
    --------
    >>> from threshold_estimators import Specificity
    >>> Specificity().evaluate([[1, 0], [1, 1], [0, 0], [0, 1]], [[1, 1], [1, 0], [0, 0], [0, 1]])
    0.75
    """

    def _coefficients(self, n_pos, n_neg):
        return (0, 0, 0, 1), (0, 1, 0, 1)


class BalancedAccuracy(LinearRatio):
    r"""Balanced accuracy: the mean of sensitivity and specificity.

    .. math:: \frac{1}{2} \left( \frac{TP}{TP + FN} + \frac{TN}{TN + FP} \right)

    For a label with one class only it is the fraction of that class that is decided rightly, as in
    :func:`sklearn.metrics.balanced_accuracy_score`.

    Parameters
    ----------
    average : {"macro", "micro", "weighted", "samples", "binary"} or None, default="macro"
        How the values of the labels are averaged.

    Examples
    --------
    >>> from threshold_estimators import BalancedAccuracy
    >>> y_true = [[1, 0], [1, 1], [0, 0], [0, 1]]
    >>> BalancedAccuracy().evaluate(y_true, [[1, 1], [1, 0], [0, 0], [0, 1]])
    0.75
    """

    def _coefficients(self, n_pos, n_neg):
        n_classes = (n_pos > 0) + 1 * (n_neg > 0)  # numpy's True + True is True
        of_tp, of_tn = ratio(1.0, n_pos * n_classes, 0), ratio(1.0, n_neg * n_classes, 0)
        return (of_tp, 0, 0, of_tn), _constant_denominator(n_pos, n_neg)

    def formula(self, tp: Any, fp: Any, fn: Any, tn: Any) -> Any:
        # Each rate is rounded once, so that values equal scikit-learn's to the last bit.
        n_pos, n_neg = tp + fn, tn + fp
        n_classes = (n_pos > 0).astype(float) + (n_neg > 0)
        return (ratio(tp, n_pos, 0) + ratio(tn, n_neg, 0)) / np.maximum(n_classes, 1)


def _constant_denominator(n_pos, n_neg):
    """Coefficients of the counts that make a denominator of 1."""
    of_each = 1 / (n_pos + n_neg)
    return of_each, of_each, of_each, of_each


class YoudenJ(LinearRatio):
    r"""Youden's J, or informedness: sensitivity + specificity − 1.

    .. math:: \frac{TP}{TP + FN} + \frac{TN}{TN + FP} - 1

    Parameters
    ----------
    average : {"macro", "micro", "weighted", "samples", "binary"} or None, default="macro"
        How the values of the labels are averaged.

    References
    ----------
    W. J. Youden, "Index for rating diagnostic tests", Cancer 3, 1950,
    https://doi.org/10.1002/1097-0142(1950)3:1<32::AID-CNCR2820030106>3.0.CO;2-3

    Examples
    --------
    >>> from threshold_estimators import YoudenJ
    >>> YoudenJ().evaluate([[1, 0], [1, 1], [0, 0], [0, 1]], [[1, 1], [1, 0], [0, 0], [0, 1]])
    0.5
    """

    def _coefficients(self, n_pos, n_neg):
        of_tp, of_tn = ratio(1.0, n_pos, 0), ratio(1.0, n_neg, 0)
        of_each = 1 / (n_pos + n_neg)
        numerator = (of_tp - of_each, -of_each, -of_each, of_tn - of_each)
        return numerator, _constant_denominator(n_pos, n_neg)

    def formula(self, tp: Any, fp: Any, fn: Any, tn: Any) -> Any:
        # Each rate is rounded once, as in BalancedAccuracy.
        return ratio(tp, tp + fn, 0) + ratio(tn, tn + fp, 0) - 1


class _MonotoneObjective(CountObjective):
    """Measures that are no ratio of linear functions, and fall with no error that is corrected."""

    _is_monotone = True


class GMean(_MonotoneObjective):
    r"""Geometric mean of sensitivity and specificity.

    .. math:: \sqrt{\frac{TP}{TP + FN} \cdot \frac{TN}{TN + FP}}

    Parameters
    ----------
    average : {"macro", "micro", "weighted", "samples", "binary"} or None, default="macro"
        How the values of the labels are averaged.

    Examples
    --------
    >>> from threshold_estimators import GMean
    >>> GMean().evaluate([[1, 0], [1, 1], [0, 0], [0, 1]], [[1, 1], [1, 0], [0, 0], [0, 1]])
    0.75
    """

    def formula(self, tp: Any, fp: Any, fn: Any, tn: Any) -> Any:
        return np.sqrt(ratio(tp, tp + fn, 0) * ratio(tn, tn + fp, 0))


class ClosestToCorner(_MonotoneObjective):
    r"""Closeness to the corner (0, 1) of the ROC curve: minus the distance.

    .. math:: -\sqrt{\left(\frac{FN}{TP + FN}\right)^2 + \left(\frac{FP}{TN + FP}\right)^2}

    Parameters
    ----------
    average : {"macro", "micro", "weighted", "samples", "binary"} or None, default="macro"
        How the values of the labels are averaged.

    Examples
    --------
    >>> from threshold_estimators import ClosestToCorner
    >>> y_true = [[1, 0], [1, 1], [0, 0], [0, 1]]
    >>> ClosestToCorner().evaluate(y_true, [[1, 1], [1, 0], [0, 0], [0, 1]])
    -0.35...
    """

    def formula(self, tp: Any, fp: Any, fn: Any, tn: Any) -> Any:
        return -np.hypot(1 - ratio(tp, tp + fn, 0), ratio(fp, tn + fp, 0))


class MatthewsCorrelation(_MonotoneObjective):
    r"""Matthews correlation coefficient: the correlation of truth and decision.

    .. math:: \frac{TP \cdot TN - FP \cdot FN}{\sqrt{(TP+FP)(TP+FN)(TN+FP)(TN+FN)}}

    It is 0 where truth or decision is constant.

    Parameters
    ----------
    average : {"macro", "micro", "weighted", "samples", "binary"} or None, default="macro"
        How the values of the labels are averaged.

    Examples
    --------
    >>> from threshold_estimators import MatthewsCorrelation
    >>> y_true = [[1, 0], [1, 1], [0, 0], [0, 1]]
    >>> print(f"{MatthewsCorrelation().evaluate(y_true, [[1, 1], [1, 0], [0, 0], [0, 1]]):.2f}")
    0.50
    """

    def formula(self, tp: Any, fp: Any, fn: Any, tn: Any) -> Any:
        # Roots before products, which would overflow or underflow with extreme weights.
        spread = np.sqrt(tp + fp) * np.sqrt(tp + fn) * np.sqrt(tn + fp) * np.sqrt(tn + fn)
        return ratio(tp * tn - fp * fn, spread, 0)


class CohenKappa(_MonotoneObjective):
    r"""Cohen's kappa: the agreement of truth and decision beyond chance.

    .. math:: \frac{2 (TP \cdot TN - FP \cdot FN)}{(TP+FP)(FP+TN) + (TP+FN)(FN+TN)}

    It is 0 where chance explains all agreement.

    Parameters
    ----------
    average : {"macro", "micro", "weighted", "samples", "binary"} or None, default="macro"
        How the values of the labels are averaged.

    Examples
    --------
    >>> from threshold_estimators import CohenKappa
    >>> CohenKappa().evaluate([[1, 0], [1, 1], [0, 0], [0, 1]], [[1, 1], [1, 0], [0, 0], [0, 1]])
    0.5
    """

    def formula(self, tp: Any, fp: Any, fn: Any, tn: Any) -> Any:
        chance = (tp + fp) * (fp + tn) + (tp + fn) * (fn + tn)
        return ratio(2 * (tp * tn - fp * fn), chance, 0)


class SubsetAccuracy(_MonotoneObjective):
    """Subset accuracy, or exact match: the fraction of samples that are right in every label.

    This is scikit-learn's scorer "accuracy" for several labels.

    Examples
    --------
    >>> from threshold_estimators import SubsetAccuracy
    >>> SubsetAccuracy().evaluate([[1, 0], [1, 1]], [[1, 0], [1, 0]])
    0.5
    """

    def __init__(self) -> None:
        super().__init__(average="samples")

    def formula(self, tp: Any, fp: Any, fn: Any, tn: Any) -> Any:
        return (fp + fn == 0).astype(float)

    def _for_labels(self, labels):
        # No label makes a sample right by itself, but each can make it wrong.
        return Accuracy()
