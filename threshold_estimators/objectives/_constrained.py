"""An objective subject to a floor on another measure."""

from numbers import Real
from typing import Any

import numpy as np

from ..core import confusion_counts
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
    at_least : float or array-like of shape (n_labels,)
        The floor, the same for all labels or one for each.

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
        "at_least": [Real, "array-like"],
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

    def _check(self, n_samples, n_labels):
        self._validate_params()
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

    def formula(self, tp: Any, fp: Any, fn: Any, tn: Any) -> Any:
        missing = self.at_least - self.constraint.formula(tp, fp, fn, tn)
        value = self.objective.formula(tp, fp, fn, tn)
        return np.where(missing <= 0, value, INFEASIBLE * (1 + missing))

    def _average_of_counts(self, average, counts):
        return self.objective._average_of_counts(average, counts)

    def _violated(self, y_true, y_pred, sample_weight):
        return self._violated_by(np.array(confusion_counts(y_true, y_pred, sample_weight)))

    def _violated_by(self, counts):
        """Indices of the labels whose constraint does not hold, given counts (4, n_labels)."""
        n_labels = counts.shape[1]
        if self.average == "micro":
            counts = counts.sum(axis=1, keepdims=True)
        violated = self.constraint.formula(*counts) < self.at_least
        return np.flatnonzero(np.broadcast_to(violated, n_labels))
