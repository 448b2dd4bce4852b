"""Objectives that are a formula of confusion counts."""

from dataclasses import KW_ONLY, dataclass
from numbers import Real

import numpy as np

from ..core import Interval, Options
from ._base import CountObjective


def _ratio(numerator, denominator, zero_division):
    """Quotient of arrays, ``zero_division`` where the denominator is zero."""
    quotient = np.full(np.shape(denominator), float(zero_division))
    return np.divide(numerator, denominator, out=quotient, where=denominator != 0)


@dataclass(eq=False, repr=False, kw_only=True)
class RatioObjective(CountObjective):
    """Base class of ratios that are 0/0 for some decisions, and then are what scikit-learn's ``zero_division`` says."""

    zero_division: float = 0

    is_linear_ratio = True
    _parameter_constraints = CountObjective._parameter_constraints | {
        "zero_division": [Options(Real, {0.0, 1.0})]
    }


@dataclass(eq=False, repr=False)
class FBeta(RatioObjective):
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

    beta: float = 1.0
    _: KW_ONLY

    _parameter_constraints = RatioObjective._parameter_constraints | {
        "beta": [Interval(Real, 0, None, closed="left")]
    }

    def formula(self, tp, fp, fn, tn):
        """F-beta for arrays of counts."""
        beta2 = self.beta**2
        weighted_tp = (1 + beta2) * tp
        return _ratio(weighted_tp, weighted_tp + beta2 * fn + fp, self.zero_division)


@dataclass(eq=False, repr=False)
class Jaccard(RatioObjective):
    r"""Jaccard index: the intersection of the true and the predicted rows over their union.

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

    def formula(self, tp, fp, fn, tn):
        """Jaccard index for arrays of counts."""
        return _ratio(tp, tp + fp + fn, self.zero_division)


@dataclass(eq=False, repr=False)
class Precision(RatioObjective):
    r"""Precision: the share of the predicted rows that are positive.

    .. math:: P = \frac{TP}{TP + FP}

    Alone it is won by predicting next to nothing; it is at its best as a constraint.

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

    def formula(self, tp, fp, fn, tn):
        """Precision for arrays of counts."""
        return _ratio(tp, tp + fp, self.zero_division)


@dataclass(eq=False, repr=False)
class Recall(RatioObjective):
    r"""Recall, or sensitivity: the share of the positive rows that are predicted.

    .. math:: R = \frac{TP}{TP + FN}

    Alone it is won by predicting everything; it is at its best under a constraint.

    Parameters
    ----------
    average : {"macro", "micro", "weighted", "samples", "binary"} or None, default="macro"
        As in :func:`sklearn.metrics.recall_score`; "binary" is for a single label.

    zero_division : {0, 1}, default=0
        Value for a label without positive rows.

    Examples
    --------
    >>> from threshold_estimators import Recall
    >>> Recall(average="micro").evaluate([[1, 0], [1, 1]], [[1, 1], [1, 0]])
    0.66...
    """

    def formula(self, tp, fp, fn, tn):
        """Recall for arrays of counts."""
        return _ratio(tp, tp + fn, self.zero_division)

    _degenerate = "everything down to the last positive"


@dataclass(eq=False, repr=False)
class Accuracy(CountObjective):
    r"""Accuracy of each label: the share of its cells that are right, 1 − Hamming loss when averaged over labels.

    .. math:: A = \frac{TP + TN}{TP + FP + FN + TN}

    It is not what scikit-learn's scorer "accuracy" says of several labels, which is the share of rows that are right in
    every label.

    Parameters
    ----------
    average : {"macro", "micro", "weighted", "samples", "binary"} or None, default="macro"
        "macro" and "micro" are the same number; "weighted" weighs labels by their positive rows.

    Examples
    --------
    >>> from threshold_estimators import Accuracy
    >>> Accuracy().evaluate([[1, 0], [1, 1]], [[1, 1], [1, 0]])
    0.5
    """

    is_linear_ratio = True

    def formula(self, tp, fp, fn, tn):
        """Accuracy for arrays of counts."""
        return (tp + tn) / (tp + fp + fn + tn)


@dataclass(eq=False, repr=False)
class Specificity(CountObjective):
    r"""Specificity: the share of the negative rows that are not predicted, 0 for a label without negatives.

    .. math:: \frac{TN}{TN + FP}

    Alone it is won by predicting nothing; it is at its best as a constraint.

    Parameters
    ----------
    average : {"macro", "micro", "weighted", "samples", "binary"} or None, default="macro"
        How the values of labels are averaged.

    Examples
    --------
    >>> from threshold_estimators import Specificity
    >>> Specificity().evaluate([[1, 0], [1, 1], [0, 0], [0, 1]], [[1, 1], [1, 0], [0, 0], [0, 1]])
    0.75
    """

    is_linear_ratio = True

    def formula(self, tp, fp, fn, tn):
        """Specificity for arrays of counts."""
        return _ratio(tn, tn + fp, 0)

    _degenerate = "nothing"


@dataclass(eq=False, repr=False)
class BalancedAccuracy(CountObjective):
    r"""Balanced accuracy: the mean of sensitivity and specificity.

    .. math:: \frac{1}{2} \left( \frac{TP}{TP + FN} + \frac{TN}{TN + FP} \right)

    Of a label with one class only it is the share of that class that is right, as in
    :func:`sklearn.metrics.balanced_accuracy_score`.

    Parameters
    ----------
    average : {"macro", "micro", "weighted", "samples", "binary"} or None, default="macro"
        How the values of labels are averaged.

    Examples
    --------
    >>> from threshold_estimators import BalancedAccuracy
    >>> BalancedAccuracy().evaluate([[1, 0], [1, 1], [0, 0], [0, 1]], [[1, 1], [1, 0], [0, 0], [0, 1]])
    0.75
    """

    def formula(self, tp, fp, fn, tn):
        """Balanced accuracy for arrays of counts."""
        n_pos, n_neg = tp + fn, tn + fp
        n_classes = (n_pos > 0).astype(float) + (n_neg > 0)
        return (_ratio(tp, n_pos, 0) + _ratio(tn, n_neg, 0)) / n_classes


@dataclass(eq=False, repr=False)
class YoudenJ(CountObjective):
    r"""Youden's J, or informedness: sensitivity + specificity − 1.

    .. math:: \frac{TP}{TP + FN} + \frac{TN}{TN + FP} - 1

    Parameters
    ----------
    average : {"macro", "micro", "weighted", "samples", "binary"} or None, default="macro"
        How the values of labels are averaged.

    Examples
    --------
    >>> from threshold_estimators import YoudenJ
    >>> YoudenJ().evaluate([[1, 0], [1, 1], [0, 0], [0, 1]], [[1, 1], [1, 0], [0, 0], [0, 1]])
    0.5
    """

    is_linear_ratio = True

    def formula(self, tp, fp, fn, tn):
        """Youden's J for arrays of counts."""
        return _ratio(tp, tp + fn, 0) + _ratio(tn, tn + fp, 0) - 1


@dataclass(eq=False, repr=False)
class GMean(CountObjective):
    r"""Geometric mean of sensitivity and specificity.

    .. math:: \sqrt{\frac{TP}{TP + FN} \cdot \frac{TN}{TN + FP}}

    Parameters
    ----------
    average : {"macro", "micro", "weighted", "samples", "binary"} or None, default="macro"
        How the values of labels are averaged.

    Examples
    --------
    >>> from threshold_estimators import GMean
    >>> GMean().evaluate([[1, 0], [1, 1], [0, 0], [0, 1]], [[1, 1], [1, 0], [0, 0], [0, 1]])
    0.75
    """

    def formula(self, tp, fp, fn, tn):
        """Geometric mean of sensitivity and specificity for arrays of counts."""
        return np.sqrt(_ratio(tp, tp + fn, 0) * _ratio(tn, tn + fp, 0))


@dataclass(eq=False, repr=False)
class ClosestToCorner(CountObjective):
    r"""Closeness to the corner (0, 1) of the ROC curve: minus the distance.

    .. math:: -\sqrt{\left(\frac{FN}{TP + FN}\right)^2 + \left(\frac{FP}{TN + FP}\right)^2}

    Parameters
    ----------
    average : {"macro", "micro", "weighted", "samples", "binary"} or None, default="macro"
        How the values of labels are averaged.

    Examples
    --------
    >>> from threshold_estimators import ClosestToCorner
    >>> ClosestToCorner().evaluate([[1, 0], [1, 1], [0, 0], [0, 1]], [[1, 1], [1, 0], [0, 0], [0, 1]])
    -0.35...
    """

    def formula(self, tp, fp, fn, tn):
        """Closeness to the corner (0, 1) for arrays of counts."""
        return -np.hypot(1 - _ratio(tp, tp + fn, 0), _ratio(fp, tn + fp, 0))


@dataclass(eq=False, repr=False)
class MatthewsCorrelation(CountObjective):
    r"""Matthews correlation coefficient: the correlation of truth and decision, 0 where one of them is constant.

    .. math:: \frac{TP \cdot TN - FP \cdot FN}{\sqrt{(TP+FP)(TP+FN)(TN+FP)(TN+FN)}}

    Parameters
    ----------
    average : {"macro", "micro", "weighted", "samples", "binary"} or None, default="macro"
        How the values of labels are averaged.

    Examples
    --------
    >>> from threshold_estimators import MatthewsCorrelation
    >>> round(MatthewsCorrelation().evaluate([[1, 0], [1, 1], [0, 0], [0, 1]], [[1, 1], [1, 0], [0, 0], [0, 1]]), 3)
    0.5
    """

    def formula(self, tp, fp, fn, tn):
        """Matthews correlation coefficient for arrays of counts."""
        # Roots before products, which would overflow or underflow with extreme weights.
        spread = np.sqrt(tp + fp) * np.sqrt(tp + fn) * np.sqrt(tn + fp) * np.sqrt(tn + fn)
        return _ratio(tp * tn - fp * fn, spread, 0)


@dataclass(eq=False, repr=False)
class CohenKappa(CountObjective):
    r"""Cohen's kappa: the agreement of truth and decision beyond chance, 0 where chance explains all of it.

    .. math:: \frac{2 (TP \cdot TN - FP \cdot FN)}{(TP+FP)(FP+TN) + (TP+FN)(FN+TN)}

    Parameters
    ----------
    average : {"macro", "micro", "weighted", "samples", "binary"} or None, default="macro"
        How the values of labels are averaged.

    Examples
    --------
    >>> from threshold_estimators import CohenKappa
    >>> CohenKappa().evaluate([[1, 0], [1, 1], [0, 0], [0, 1]], [[1, 1], [1, 0], [0, 0], [0, 1]])
    0.5
    """

    def formula(self, tp, fp, fn, tn):
        """Cohen's kappa for arrays of counts."""
        chance = (tp + fp) * (fp + tn) + (tp + fn) * (fn + tn)
        return _ratio(2 * (tp * tn - fp * fn), chance, 0)


class HammingLoss(CountObjective):
    r"""Hamming loss, negated as scikit-learn's scorers negate losses: minus the share of cells that are wrong.

    .. math:: -\frac{FP + FN}{TP + FP + FN + TN}

    Examples
    --------
    >>> from threshold_estimators import HammingLoss
    >>> HammingLoss().evaluate([[1, 0], [1, 1]], [[1, 1], [1, 0]])
    -0.5
    """

    is_linear_ratio = True

    def __init__(self):
        super().__init__(average="macro")

    def formula(self, tp, fp, fn, tn):
        """Minus the Hamming loss for arrays of counts."""
        return -(fp + fn) / (tp + fp + fn + tn)


class SubsetAccuracy(CountObjective):
    """Subset accuracy, or exact match: the share of rows that are right in every label.

    This is what scikit-learn's scorer "accuracy" is for several labels.

    Examples
    --------
    >>> from threshold_estimators import SubsetAccuracy
    >>> SubsetAccuracy().evaluate([[1, 0], [1, 1]], [[1, 0], [1, 0]])
    0.5
    """

    def __init__(self):
        super().__init__(average="samples")

    def formula(self, tp, fp, fn, tn):
        """1 where nothing is wrong, for arrays of the counts of rows."""
        return (fp + fn == 0).astype(float)

    def label_formula(self, label):
        """Accuracy: no label can make a row right by itself, but each can make it wrong."""
        return Accuracy().formula


class ZeroOneLoss(SubsetAccuracy):
    """Zero-one loss, negated as scikit-learn's scorers negate losses: minus the share of rows with a wrong label.

    Examples
    --------
    >>> from threshold_estimators import ZeroOneLoss
    >>> ZeroOneLoss().evaluate([[1, 0], [1, 1]], [[1, 0], [1, 0]])
    -0.5
    """

    def formula(self, tp, fp, fn, tn):
        """-1 where anything is wrong, for arrays of the counts of rows."""
        return super().formula(tp, fp, fn, tn) - 1
