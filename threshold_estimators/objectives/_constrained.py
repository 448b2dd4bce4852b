"""An objective subject to a floor on another measure."""

from functools import partial
from numbers import Real

import numpy as np

from ..core import confusion_counts
from ._base import CountObjective

# Values of infeasible cuts lie below any value of a feasible one, and in the order of how near they come.
INFEASIBLE = -1e100


class Constrained(CountObjective):
    """An objective subject to a floor on another measure: recall at a precision of at least 0.9, for example.

    Parameters
    ----------
    objective : CountObjective
        What is maximised, with average "macro", "weighted", "micro" or None.

    constraint : CountObjective
        What must reach ``at_least``: of each label by itself, or with the average "micro", which both must have then,
        of all labels' counts together.

    at_least : float or array-like of shape (n_labels,)
        The floor, the same for all labels or one for each.

    Notes
    -----
    The value is that of ``objective``; the constraint holds on the rows that thresholds are tuned on, and elsewhere as
    far as they are alike. Where no cut reaches the floor, the one that comes nearest is taken, and a warning names the
    label. Per label the optimum is exact. Pooled over labels it is the best corner of the sum of the labels' ROC hulls:
    the exact one is a knapsack problem.

    Examples
    --------
    >>> from threshold_estimators import Constrained, Precision, Recall, tune_thresholds
    >>> y_true = [[1], [1], [0], [1], [0], [0]]
    >>> y_score = [[0.9], [0.8], [0.7], [0.6], [0.5], [0.4]]
    >>> tuned = tune_thresholds(y_true, y_score, scoring=Constrained(Recall(), Precision(), at_least=0.7))
    >>> tuned.thresholds, tuned.score
    (array([0.55]), 1.0)
    """

    _parameter_constraints = {
        "objective": [CountObjective],
        "constraint": [CountObjective],
        "at_least": [Real, "array-like"],
    }

    def __init__(self, objective, constraint, at_least):
        self.objective = objective
        self.constraint = constraint
        self.at_least = at_least

    @property
    def average(self):
        """How the objective is averaged."""
        return self.objective.average

    @property
    def _is_monotone(self):
        """Whether both measures are monotone."""
        return self.objective._is_monotone and self.constraint._is_monotone

    def _check(self, n_samples, n_labels):
        """Raise an error where a parameter is invalid, or does not fit the shape of the labels."""
        self._validate_params()
        self.objective._check(n_samples, n_labels)
        self.constraint._check(n_samples, n_labels)
        if "samples" in (self.average, self.constraint.average) or (
            (self.average == "micro") != (self.constraint.average == "micro")
        ):
            raise ValueError(
                "'objective' and 'constraint' of Constrained must both be averaged over labels, or both be 'micro'. "
                f"Got {self.average!r} and {self.constraint.average!r} instead."
            )
        shapes = ((),) if self.average == "micro" else ((), (n_labels,))
        if np.shape(self.at_least) not in shapes:
            raise ValueError(
                f"'at_least' of Constrained must have a shape of {shapes}. Got {np.shape(self.at_least)} instead."
            )

    def formula(self, tp, fp, fn, tn, at_least=None):
        """Values for arrays of counts, far below all others where the constraint does not hold."""
        missing = (self.at_least if at_least is None else at_least) - self.constraint.formula(
            tp, fp, fn, tn
        )
        return np.where(
            missing <= 0, self.objective.formula(tp, fp, fn, tn), INFEASIBLE * (1 + missing)
        )

    def label_formula(self, label):
        """The formula of a label, with its floor."""
        floor = self.at_least if np.ndim(self.at_least) == 0 else np.take(self.at_least, label)
        return partial(self.formula, at_least=floor)

    def _averaged(self, average, y_true, y_pred, sample_weight):
        """Value of the objective, averaged in any way, for boolean arrays of shape (n_samples, n_labels)."""
        return self.objective._averaged(average, y_true, y_pred, sample_weight)

    def _violated(self, y_true, y_pred, sample_weight):
        """Labels whose constraint does not hold, all of them where it is pooled."""
        counts = confusion_counts(y_true, y_pred, sample_weight)
        if self.average == "micro":
            counts = [np.sum(count, keepdims=True) for count in counts]
        missed = self.constraint.formula(*counts) < self.at_least
        return np.flatnonzero(np.broadcast_to(missed, y_true.shape[1]))
