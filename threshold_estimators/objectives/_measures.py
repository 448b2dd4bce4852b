"""Objectives that are a formula of each label's confusion counts."""

from dataclasses import KW_ONLY, dataclass
from numbers import Real

import numpy as np

from .._compat import Interval, Options, StrOptions
from ._base import CountObjective

AVERAGES = StrOptions({"macro", "micro", "weighted", "binary"})
ZERO_OR_ONE = Options(Real, {0.0, 1.0})


def _ratio(numerator, denominator, zero_division):
    """Quotient of arrays, ``zero_division`` where the denominator is zero."""
    quotient = np.full(np.shape(denominator), float(zero_division))
    return np.divide(numerator, denominator, out=quotient, where=denominator != 0)


@dataclass(eq=False, repr=False)
class FBeta(CountObjective):
    r"""F-beta: the weighted harmonic mean of precision and recall.

    .. math:: F_\beta = \frac{(1 + \beta^2) TP}{(1 + \beta^2) TP + \beta^2 FN + FP}

    Parameters
    ----------
    beta : float, default=1.0
        Recall counts ``beta`` times as much as precision.

    average : {"macro", "micro", "weighted", "binary"}, default="macro"
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
    average: str = "macro"
    zero_division: float = 0

    _parameter_constraints = {
        "beta": [Interval(Real, 0, None, closed="left")],
        "average": [AVERAGES],
        "zero_division": [ZERO_OR_ONE],
    }

    def formula(self, tp, fp, fn, tn):
        """F-beta for arrays of counts."""
        beta2 = self.beta**2
        weighted_tp = (1 + beta2) * tp
        return _ratio(weighted_tp, weighted_tp + beta2 * fn + fp, self.zero_division)


@dataclass(eq=False, repr=False)
class Jaccard(CountObjective):
    r"""Jaccard index: the intersection of the true and the predicted rows over their union.

    .. math:: J = \frac{TP}{TP + FP + FN}

    Parameters
    ----------
    average : {"macro", "micro", "weighted", "binary"}, default="macro"
        As in :func:`sklearn.metrics.jaccard_score`; "binary" is for a single label.

    zero_division : {0, 1}, default=0
        Value for a label that is neither present nor predicted.

    Examples
    --------
    >>> from threshold_estimators import Jaccard
    >>> Jaccard().evaluate([[1, 0], [1, 1]], [[1, 1], [1, 0]])
    0.5
    """

    _: KW_ONLY
    average: str = "macro"
    zero_division: float = 0

    _parameter_constraints = {"average": [AVERAGES], "zero_division": [ZERO_OR_ONE]}

    def formula(self, tp, fp, fn, tn):
        """Jaccard index for arrays of counts."""
        return _ratio(tp, tp + fp + fn, self.zero_division)


@dataclass(eq=False, repr=False)
class Precision(CountObjective):
    r"""Precision: the share of the predicted rows that are positive.

    .. math:: P = \frac{TP}{TP + FP}

    Alone it is won by predicting next to nothing; it is at its best as a constraint.

    Parameters
    ----------
    average : {"macro", "micro", "weighted", "binary"}, default="macro"
        As in :func:`sklearn.metrics.precision_score`; "binary" is for a single label.

    zero_division : {0, 1}, default=0
        Value for a label that is never predicted.

    Examples
    --------
    >>> from threshold_estimators import Precision
    >>> Precision(average="micro").evaluate([[1, 0], [1, 1]], [[1, 1], [1, 0]])
    0.66...
    """

    _: KW_ONLY
    average: str = "macro"
    zero_division: float = 0

    _parameter_constraints = {"average": [AVERAGES], "zero_division": [ZERO_OR_ONE]}

    def formula(self, tp, fp, fn, tn):
        """Precision for arrays of counts."""
        return _ratio(tp, tp + fp, self.zero_division)


@dataclass(eq=False, repr=False)
class Recall(CountObjective):
    r"""Recall, or sensitivity: the share of the positive rows that are predicted.

    .. math:: R = \frac{TP}{TP + FN}

    Alone it is won by predicting everything; it is at its best under a constraint.

    Parameters
    ----------
    average : {"macro", "micro", "weighted", "binary"}, default="macro"
        As in :func:`sklearn.metrics.recall_score`; "binary" is for a single label.

    zero_division : {0, 1}, default=0
        Value for a label without positive rows.

    Examples
    --------
    >>> from threshold_estimators import Recall
    >>> Recall(average="micro").evaluate([[1, 0], [1, 1]], [[1, 1], [1, 0]])
    0.66...
    """

    _: KW_ONLY
    average: str = "macro"
    zero_division: float = 0

    _parameter_constraints = {"average": [AVERAGES], "zero_division": [ZERO_OR_ONE]}

    def formula(self, tp, fp, fn, tn):
        """Recall for arrays of counts."""
        return _ratio(tp, tp + fn, self.zero_division)


@dataclass(eq=False, repr=False)
class Accuracy(CountObjective):
    r"""Accuracy of each label: the share of its cells that are right, 1 − Hamming loss when averaged over labels.

    .. math:: A = \frac{TP + TN}{TP + FP + FN + TN}

    It is not what scikit-learn's scorer "accuracy" says of several labels, which is the share of rows that are right in
    every label.

    Parameters
    ----------
    average : {"macro", "micro", "weighted", "binary"}, default="macro"
        "macro" and "micro" are the same number; "weighted" weighs labels by their positive rows.

    Examples
    --------
    >>> from threshold_estimators import Accuracy
    >>> Accuracy().evaluate([[1, 0], [1, 1]], [[1, 1], [1, 0]])
    0.5
    """

    _: KW_ONLY
    average: str = "macro"

    _parameter_constraints = {"average": [AVERAGES]}

    def formula(self, tp, fp, fn, tn):
        """Accuracy for arrays of counts."""
        return (tp + tn) / (tp + fp + fn + tn)


@dataclass(eq=False, repr=False)
class HammingLoss(CountObjective):
    r"""Hamming loss, negated as scikit-learn's scorers negate losses: minus the share of cells that are wrong.

    .. math:: -H = -\frac{FP + FN}{TP + FP + FN + TN}

    Examples
    --------
    >>> from threshold_estimators import HammingLoss
    >>> HammingLoss().evaluate([[1, 0], [1, 1]], [[1, 1], [1, 0]])
    -0.5
    """

    average = "macro"

    _parameter_constraints = {}

    def formula(self, tp, fp, fn, tn):
        """Minus the Hamming loss for arrays of counts."""
        return -(fp + fn) / (tp + fp + fn + tn)
