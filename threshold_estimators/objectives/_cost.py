"""The expected cost of decisions."""

from collections.abc import Mapping
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_array

from ..core import blocks_of_samples, class_weights, in_order_of_labels
from ._base import Objective, label_weight

OUTCOMES = ("tp", "fp", "fn", "tn")


LARGEST = 1e100  # costs whose sums do not overflow


def _as_cost(cost, outcome):
    if isinstance(cost, Mapping):
        raise ValueError(
            f"{outcome!r} of Cost is given by name, but the labels have no names here. Give the "
            "labels as a DataFrame."
        )
    try:
        return np.asarray(cost, float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{outcome!r} of Cost must be numbers. Got {cost!r} instead.") from error


class Cost(Objective):
    r"""Expected cost of a decision, negated: minus the mean cost of the cells.

    .. math:: -\frac{1}{n L} \sum_{i, l} c_{il}

    where :math:`c_{il}` is the cost of the outcome for sample i and label l: TP, FP, FN or TN.

    Parameters
    ----------
    tp, fp, fn, tn : float, array-like or dict, default=0, 1, 1, 0
        Cost of a true positive, false positive, false negative and true negative; a gain is a
        negative cost. A number, one for each label in shape (n_labels,) or by name, or one for
        each cell in shape (n_samples, n_labels) or (n_samples, 1). Costs of samples belong to the
        samples that they were given for, so they cannot judge others.

    Notes
    -----
    Each label is decided by itself. Its best threshold is where the gains of predicting a sample,
    summed from the highest score down, are largest. For calibrated probabilities and costs that
    are the same for all samples, it lies near (fp - tn) / (fp - tn + fn - tp) [1]_.

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

    Where each sample has its own cost, such as the amount that a missed fraud loses, no threshold
    fits all samples. Decide them by their calibrated probabilities:

    >>> amount = [[10], [1000]]
    >>> Cost(fp=20, fn=amount).decide([[0.5], [0.05]])
    array([[0],
           [1]])
    """

    _parameter_constraints = {outcome: [Real, "array-like", dict] for outcome in OUTCOMES}

    def __init__(
        self,
        *,
        tp: float | ArrayLike = 0,
        fp: float | ArrayLike = 1,
        fn: float | ArrayLike = 1,
        tn: float | ArrayLike = 0,
    ) -> None:
        self.tp = tp
        self.fp = fp
        self.fn = fn
        self.tn = tn

    @property
    def _is_decomposable(self):
        return all(cost.ndim < 2 for cost in self._costs())

    @property
    def _form(self):
        return "labels" if self._is_decomposable else "cells"

    @property
    def _is_monotone(self):
        tp, fp, fn, tn = self._costs()
        return bool(np.all(fn >= tp) and np.all(fp >= tn))

    def _for_names(self, names):
        costs = [getattr(self, outcome) for outcome in OUTCOMES]
        return Cost._of(
            [
                in_order_of_labels(cost, names, outcome)
                for cost, outcome in zip(costs, OUTCOMES, strict=True)
            ]
        )

    @classmethod
    def _of(cls, costs):
        return cls(**dict(zip(OUTCOMES, costs, strict=True)))

    def _costs(self):
        return [_as_cost(getattr(self, outcome), outcome) for outcome in OUTCOMES]

    def _check(self, n_samples, n_labels):
        super()._check(n_samples, n_labels)
        for outcome, cost in zip(OUTCOMES, self._costs(), strict=True):
            if not np.all(np.abs(cost) <= LARGEST):
                raise ValueError(
                    f"{outcome!r} of Cost must be finite, and at most {LARGEST:g}. "
                    f"Got {cost} instead."
                )
            if cost.shape not in ((), (n_labels,), (n_samples, 1), (n_samples, n_labels)):
                raise ValueError(
                    f"{outcome!r} of Cost must be a number, or have shape ({n_labels},), "
                    f"({n_samples}, 1) or ({n_samples}, {n_labels}) for these labels. "
                    f"Got shape {cost.shape} instead."
                )

    def formula(self, tp: Any, fp: Any, fn: Any, tn: Any) -> Any:
        counts = tp, fp, fn, tn
        return -sum(cost * count for cost, count in zip(self._costs(), counts, strict=True))

    def _for_labels(self, labels):
        return Cost._of([np.take(cost, labels) if cost.ndim else cost for cost in self._costs()])

    def _label_weight(self, n_pos):
        return np.ones(len(n_pos))

    def _take_samples(self, samples):
        return Cost._of([cost[samples] if cost.ndim == 2 else cost for cost in self._costs()])

    def _gain(self, label, y_true):
        """Gain of predicting each sample of a label: (n_samples,) float for (n_samples,) labels."""
        tp, fp, fn, tn = (
            cost[..., label] if cost.ndim and cost.shape[-1] > 1 else cost.ravel()
            for cost in self._costs()
        )
        return np.where(y_true, fn - tp, tn - fp).astype(float)

    def decide(self, y_proba: ArrayLike) -> np.ndarray:
        r"""Decisions of the least expected cost, cell by cell, from calibrated probabilities.

        A cell is predicted where that is expected to cost no more than not to predict it.

        Parameters
        ----------
        y_proba : array-like of shape (n_samples, n_labels)
            Calibrated probabilities. Of two classes give the column of the larger one,
            ``y_proba[:, [1]]``.

        Returns
        -------
        y_pred : ndarray of shape (n_samples, n_labels)
            1 where the label is predicted, else 0.

        Raises
        ------
        ValueError
            If probabilities lie outside [0, 1], or costs do not fit their shape.

        Notes
        -----
        A cell with probability :math:`p` is predicted where :math:`p\,c_{TP} + (1 - p)\,c_{FP}
        \le p\,c_{FN} + (1 - p)\,c_{TN}`, the optimal decision of Elkan (2001).
        """
        names = getattr(y_proba, "columns", None)
        proba = check_array(y_proba, dtype=[np.float64, np.float32], input_name="y_proba")
        if proba.min() < 0 or proba.max() > 1:
            raise ValueError(
                f"'y_proba' must lie in [0, 1]. Got values from {proba.min()} to "
                f"{proba.max()} instead. Calibrate the scores, for example by "
                "sklearn.calibration.CalibratedClassifierCV."
            )
        objective = self._for_names(names)
        objective._check(*proba.shape)
        tp, fp, fn, tn = objective._costs()
        cost_of_1 = proba * tp + (1 - proba) * fp
        cost_of_0 = proba * fn + (1 - proba) * tn
        return (cost_of_1 <= cost_of_0).astype(np.int64)

    def _cells(self, y_true, y_pred):
        """Cost of each cell: (n_samples, n_labels) float."""
        tp, fp, fn, tn = self._costs()
        return np.where(y_true, np.where(y_pred, tp, fn), np.where(y_pred, fp, tn))

    def _value(self, y_true, y_pred, sample_weight):
        return self._averaged("macro", y_true, y_pred, sample_weight)

    def _averaged(self, average, y_true, y_pred, sample_weight):
        """Value of each label (None), or averaged; all cells weigh the same unless "weighted"."""
        weight = np.ones(1) if sample_weight is None else sample_weight.reshape(len(y_true), -1)
        weight = np.broadcast_to(weight, y_true.shape)
        blocks = self._blocks(y_true, y_pred)
        cost = sum(np.sum(weight[samples] * costs, axis=0) for samples, costs in blocks)
        n_pos = class_weights(y_true, sample_weight)[0] if average == "weighted" else None
        value = _mean(average, cost, weight.sum(axis=0), n_pos)
        return value if average is None else float(value)

    def _of_counts(self, average, counts):
        """Value of confusion counts of shape (4, ..., n_labels): one for each of "..."."""
        return _mean(average, -self.formula(*counts), counts.sum(axis=0), counts[0] + counts[2])

    def _values_of_samples(self, y_true, y_pred, sample_weight):
        """(value of each sample, its weight), whose weighted mean is the value."""
        weight = np.ones(1) if sample_weight is None else sample_weight.reshape(len(y_true), -1)
        weight = np.broadcast_to(weight, y_true.shape)
        blocks = self._blocks(y_true, y_pred)
        cost = [np.sum(weight[samples] * costs, axis=1) for samples, costs in blocks]
        total = weight.sum(axis=1)
        return -np.concatenate(cost) / np.where(total > 0, total, 1), total

    def _blocks(self, y_true, y_pred):
        """Pairs of samples and the costs of their cells, block by block to save memory."""
        for samples in blocks_of_samples(*y_true.shape):
            objective = self._take_samples(samples)
            yield samples, objective._cells(y_true[samples], y_pred[samples])


def _mean(average, cost, total, n_pos):
    """Minus the mean cost of a cell: of each label (None), or averaged over the last axis.

    cost, total, n_pos : (..., n_labels) cost, weight of all samples, weight of positive ones
    """
    if average not in (None, "weighted"):
        return -cost.sum(axis=-1) / total.sum(axis=-1)
    values = -cost / np.where(total > 0, total, 1)
    if average is None:
        return values
    return np.average(values, weights=label_weight(average, n_pos), axis=-1)
