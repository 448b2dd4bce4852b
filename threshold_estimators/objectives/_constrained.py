"""An objective subject to a floor on another measure."""

from numbers import Real
from typing import Any

import numpy as np
from sklearn.base import clone

from ..core import confusion_counts, in_order_of_labels
from ._base import CountObjective

# Infeasible values lie below all feasible ones, and the lower the more is missing.
INFEASIBLE = -1e100


class Constrained(CountObjective):
    """An objective subject to a floor, for example recall at a precision of at least 0.9.

    Parameters
    ----------
    objective : CountObjective
        What is maximised, with average "macro", "weighted", "micro" or None.
    constraint : CountObjective
        What must reach ``at_least``: of each label by itself, or of all labels' summed counts with
        the average "micro", which both measures must have then.
    at_least : float, array-like of shape (n_labels,), or dict
        The floor, the same for all labels or one for each, in their order or by name.

    Notes
    -----
    The value is that of ``objective``. The constraint holds on the samples that thresholds are
    tuned on. Where no threshold reaches the floor, the one that comes nearest is taken, and a
    warning names the label. For each label the optimum is exact. For "micro" it is the best vertex
    of the sum of the labels' ROC convex hulls; the exact optimum is a knapsack problem.

    Examples
    --------
    >>> from threshold_estimators import Constrained, Precision, Recall, tune_thresholds
    >>> y_true = [[1], [1], [0], [1], [0], [0]]
    >>> y_score = [[0.9], [0.8], [0.7], [0.6], [0.5], [0.4]]
    >>> scoring = Constrained(Recall(), Precision(), at_least=0.7)
    >>> tuned = tune_thresholds(y_true, y_score, scoring=scoring)
    >>> tuned.thresholds, tuned.score
    (array([0.55]), 1.0)
    """

    _parameter_constraints = {
        "objective": [CountObjective],
        "constraint": [CountObjective],
        "at_least": [Real, "array-like", dict],
    }

    def __init__(self, objective: Any, constraint: Any, at_least: Any) -> None:
        self.objective = objective
        self.constraint = constraint
        self.at_least = at_least

    @property
    def average(self):
        """How the objective is averaged."""
        return self.objective.average

    @property
    def _is_monotone(self):
        return self.objective._is_monotone and self.constraint._is_monotone

    def _for_labels(self, labels):
        if np.ndim(self.at_least) == 0:
            return self
        return Constrained(self.objective, self.constraint, np.take(self.at_least, labels))

    def _for_names(self, names):
        at_least = in_order_of_labels(self.at_least, names, "at_least")
        if hasattr(at_least, "iloc"):  # a Series in the order of the labels
            at_least = np.asarray(at_least)
        if at_least is self.at_least:
            return self
        return clone(self).set_params(at_least=at_least)

    def _check(self, n_samples, n_labels):
        for name in ("objective", "constraint"):
            if isinstance(getattr(self, name), str):
                raise TypeError(
                    f"{name!r} of Constrained must be an objective such as Recall() or "
                    f"Precision(). Got the name {getattr(self, name)!r} instead."
                )
        self._validate_params()
        for measure in (self.objective, self.constraint):
            if isinstance(measure, Constrained):
                raise ValueError(
                    "'objective' and 'constraint' of Constrained must not be Constrained "
                    "themselves: only one floor can be given."
                )
        self._check_at_least()
        self.objective._check(n_samples, n_labels)
        self.constraint._check(n_samples, n_labels)
        averages = self.average, self.constraint.average
        if "samples" in averages or averages.count("micro") == 1:
            raise ValueError(
                "'objective' and 'constraint' of Constrained must both be averaged over labels, or "
                f"both be 'micro'. Got {averages[0]!r} and {averages[1]!r} instead."
            )
        shapes = ((),) if self.average == "micro" else ((), (n_labels,))
        if np.shape(self.at_least) not in shapes:
            raise ValueError(
                f"'at_least' of Constrained must have a shape of {shapes}. "
                f"Got {np.shape(self.at_least)} instead."
            )

    def _check_at_least(self):
        try:
            is_finite = np.all(np.isfinite(np.asarray(self.at_least, float)))
        except (TypeError, ValueError):
            is_finite = False
        if not is_finite:
            raise ValueError(
                "'at_least' of Constrained must be a finite number, or one for each label, by name "
                f"only where the labels have names. Got {self.at_least!r} instead."
            )

    def formula(self, tp: Any, fp: Any, fn: Any, tn: Any) -> Any:
        missing = self.at_least - self.constraint.formula(tp, fp, fn, tn)
        value = self.objective.formula(tp, fp, fn, tn)
        return np.where(missing <= 0, value, INFEASIBLE * (1 + missing))

    def _averaged(self, average, y_true, y_pred, sample_weight):
        return self.objective._averaged(average, y_true, y_pred, sample_weight)

    def _violated(self, y_true, y_pred, sample_weight):
        counts = np.array(confusion_counts(y_true, y_pred, sample_weight))
        if self.average == "micro":
            counts = counts.sum(axis=1, keepdims=True)
        violated = self.constraint.formula(*counts) < self.at_least
        return np.flatnonzero(np.broadcast_to(violated, y_true.shape[1]))
