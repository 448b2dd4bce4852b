"""Objectives that add up a gain of each cell."""

from dataclasses import dataclass
from numbers import Real

import numpy as np
from sklearn.utils import check_array

from ..core import blocks_of_rows
from ._base import Objective, label_weight


@dataclass(eq=False, repr=False, kw_only=True)
class Cost(Objective):
    r"""Expected cost of a decision, negated: minus the mean over rows and labels of what their outcomes cost.

    .. math:: -\frac{1}{n L} \sum_{i, l} c_{il}

    where :math:`c_{il}` is the cost of what came out for row i and label l: TP, FP, FN or TN.

    Parameters
    ----------
    tp, fp, fn, tn : float or array-like, default=0, 1, 1, 0
        Cost of a true positive, false positive, false negative and true negative; a gain is a negative cost. A number,
        one for each label in shape (n_labels,), or one for each cell in shape (n_samples, n_labels) or
        (n_samples, 1). Costs of rows fit the rows that they were given for, so they cannot judge others.

    Notes
    -----
    Each label is decided by itself: its best cut is where the gains of predicting a row, summed from the highest score
    down, are largest. For calibrated probabilities and costs that are the same for all rows that is near the cut
    (fp - tn) / (fp - tn + fn - tp) of decision theory [1]_.

    References
    ----------
    .. [1] C. Elkan, "The Foundations of Cost-Sensitive Learning", IJCAI 2001,
       https://dl.acm.org/doi/10.5555/1642194.1642224

    Examples
    --------
    A missed label costs five times as much as a false alarm:

    >>> from threshold_estimators import Cost
    >>> Cost(fp=1, fn=5).evaluate([[1, 0], [1, 1]], [[1, 1], [1, 0]])
    -1.5

    Where each row has costs of its own, such as the amount that a missed fraud loses, no threshold fits all rows; they
    are decided by their calibrated probabilities:

    >>> amount = [[10], [1000]]
    >>> Cost(fp=20, fn=amount).decide([[0.5], [0.05]])
    array([[0],
           [1]])
    """

    tp: float = 0
    fp: float = 1
    fn: float = 1
    tn: float = 0

    _parameter_constraints = {outcome: [Real, "array-like"] for outcome in ("tp", "fp", "fn", "tn")}

    def _check(self, n_samples, n_labels):
        """Raise an error where a cost is not a finite number, or does not fit the shape of the labels."""
        super()._check(n_samples, n_labels)
        for outcome in self._parameter_constraints:
            cost = np.asarray(getattr(self, outcome), float)
            if not np.all(np.isfinite(cost)):
                raise ValueError(f"{outcome!r} of Cost must be finite. Got {cost} instead.")
            if cost.shape not in ((), (n_labels,), (n_samples, 1), (n_samples, n_labels)):
                raise ValueError(
                    f"{outcome!r} of Cost must be a number, or have shape ({n_labels},), ({n_samples}, 1) or "
                    f"({n_samples}, {n_labels}) for these labels. Got shape {cost.shape} instead."
                )

    def label_formula(self, label):
        """Value of a label's confusion counts, for costs that are the same for all rows."""
        costs = [cost[label] if cost.ndim else cost for cost in self._costs()]
        return lambda *counts: -sum(cost * count for cost, count in zip(costs, counts, strict=True))

    def gain(self, label, y_true):
        """What predicting each row of a label gains over not predicting it: (n_samples,) float, as ``y_true`` is."""
        tp, fp, fn, tn = (
            cost[..., label] if cost.ndim and cost.shape[-1] > 1 else cost.ravel()
            for cost in self._costs()
        )
        return np.where(y_true, fn - tp, tn - fp).astype(float)

    @property
    def _is_monotone(self):
        """Whether no error costs less than being right."""
        tp, fp, fn, tn = self._costs()
        return bool(np.all(fn >= tp) and np.all(fp >= tn))

    def decide(self, y_proba):
        r"""Decisions of the least expected cost, cell by cell: no threshold is needed where scores are probabilities.

        A cell is predicted where that is expected to cost no more than not to predict it.

        Parameters
        ----------
        y_proba : array-like of shape (n_samples, n_labels)
            Calibrated probabilities that rows have labels. Of two classes, give the column of the larger one,
            ``y_proba[:, [1]]``.

        Returns
        -------
        y_pred : ndarray of shape (n_samples, n_labels)
            1 where the label is predicted, else 0.

        Raises
        ------
        ValueError
            Where probabilities lie outside [0, 1], or costs do not fit their shape.

        Notes
        -----
        With :math:`p` the probability of a cell it is predicted where :math:`p\,c_{TP} + (1 - p)\,c_{FP} \le
        p\,c_{FN} + (1 - p)\,c_{TN}`, the optimal decision of Elkan (2001).
        """
        y_proba = check_array(y_proba, dtype=[np.float64, np.float32], input_name="y_proba")
        if y_proba.min() < 0 or y_proba.max() > 1:
            raise ValueError(
                f"'y_proba' must lie in [0, 1]. Got values from {y_proba.min()} to {y_proba.max()} instead. Costs of "
                "rows need calibrated probabilities, such as those of sklearn.calibration.CalibratedClassifierCV."
            )
        self._check(*y_proba.shape)
        tp, fp, fn, tn = self._costs()
        predicted = y_proba * tp + (1 - y_proba) * fp <= y_proba * fn + (1 - y_proba) * tn
        return predicted.astype(np.int64)

    @property
    def _is_decomposable(self):
        """Whether costs depend on the label only, so that they can be told of any rows."""
        return all(cost.ndim < 2 for cost in self._costs())

    def cells(self, y_true, y_pred):
        """What each cell costs: (n_samples, n_labels) float."""
        tp, fp, fn, tn = self._costs()
        return np.where(y_true, np.where(y_pred, tp, fn), np.where(y_pred, fp, tn))

    def _value(self, y_true, y_pred, sample_weight):
        """Value of boolean arrays of shape (n_samples, n_labels)."""
        return self._averaged("macro", y_true, y_pred, sample_weight)

    def _averaged(self, average, y_true, y_pred, sample_weight):
        """Value of each label (None) or averaged; all cells count alike, by label as by row, unless "weighted"."""
        parts = blocks_of_rows(*y_true.shape)
        blocks = (
            (rows, self._take_samples(rows).cells(y_true[rows], y_pred[rows])) for rows in parts
        )
        if average not in (None, "weighted"):
            of_rows = np.concatenate([np.mean(cost, axis=1) for _, cost in blocks])
            return -float(np.average(of_rows, weights=sample_weight))
        weight = np.ones(len(y_true)) if sample_weight is None else sample_weight
        values = -sum(weight[rows] @ cost for rows, cost in blocks) / weight.sum()
        if average is None:
            return values
        n_pos = sum(weight[rows] @ y_true[rows] for rows in parts)
        return float(np.average(values, weights=label_weight(average, n_pos)))

    def _take_samples(self, rows):
        """The objective of some of the rows, with their costs where these differ by row."""
        costs = zip(self._parameter_constraints, self._costs(), strict=True)
        return Cost(**{outcome: cost[rows] if cost.ndim == 2 else cost for outcome, cost in costs})

    def _costs(self):
        return [
            np.asarray(getattr(self, outcome), float) for outcome in self._parameter_constraints
        ]
