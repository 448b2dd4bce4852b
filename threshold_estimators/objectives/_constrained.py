"""An objective subject to a floor on another measure."""

from numbers import Real
from typing import Any

import numpy as np
from sklearn.base import clone

from ..core import Interval, confusion_counts, in_order_of_labels
from ._base import CountObjective

# Infeasible values lie below all feasible ones, and the lower the more is missing.
INFEASIBLE = -1e100
ROUNDING = 1e-12


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
    confidence : float in (0, 1) or None, default=0.9
        Probability that the floor of a label holds on new samples, by the choice of the samples to
        tune on. None: the floor holds on the samples to tune on, and on new ones only by luck.

    Notes
    -----
    The value is that of ``objective``. With a confidence c, each label keeps its floor with
    probability c, so that about a fraction c of the labels does. For all L labels at once with
    probability c, set ``confidence`` to 1 - (1 - c) / L (Bonferroni).

    What is promised depends on the strategy. "per_label" assumes nothing but that new samples are
    exchangeable with those to tune on: binomial tolerance limits for recall and specificity, and
    sequences of exact tests for other measures [1]_. "pooled" lets labels help each other, and
    leaves much more of the objective where positives are few. It draws from the posterior of each
    label's curve; its confidence is approximate. A label whose floor no threshold promises is
    never predicted (always, for floors on recall or negative predictive value, which this keeps),
    and a warning names it. See :doc:`/promises`.

    With ``confidence=None``, the threshold that comes nearest is taken where none reaches the
    floor, and a warning names the label. For each label the optimum is exact. For "micro" it is
    the best vertex of the sum of the labels' ROC convex hulls; the exact optimum is a knapsack
    problem.

    References
    ----------
    .. [1] A. N. Angelopoulos et al., "Learn then Test: Calibrating Predictive Algorithms to
       Achieve Risk Control", 2021, https://doi.org/10.48550/arXiv.2110.01052

    Examples
    --------
    >>> import numpy as np
    >>> from threshold_estimators import Constrained, Precision, Recall, tune_thresholds
    >>> rng = np.random.default_rng(0)
    >>> y_true = rng.random((1000, 1)) < 0.2
    >>> y_score = rng.normal(size=(1000, 1)) + 2.5 * y_true
    >>> scoring = Constrained(Recall(), Precision(), at_least=0.8, confidence=0.9)
    >>> tuned = tune_thresholds(y_true[:500], y_score[:500], scoring=scoring)
    >>> y_pred = tuned.predict(y_score[500:])
    >>> round(Precision().evaluate(y_true[500:], y_pred), 3), round(tuned.score, 3)
    (0.864, 0.698)
    """

    _parameter_constraints = {
        "objective": [CountObjective],
        "constraint": [CountObjective],
        "at_least": [Real, "array-like", dict],
        "confidence": [None, Interval(Real, 0, 1, closed="neither")],
    }

    def __init__(
        self, objective: Any, constraint: Any, at_least: Any, confidence: float | None = 0.9
    ) -> None:
        self.objective = objective
        self.constraint = constraint
        self.at_least = at_least
        self.confidence = confidence

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
        at_least = np.take(self.at_least, labels)
        return Constrained(self.objective, self.constraint, at_least, self.confidence)

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
        missing = self._missing(tp, fp, fn, tn)
        value = self.objective.formula(tp, fp, fn, tn)
        return np.where(missing <= 0, value, INFEASIBLE * (1 + missing))

    def _missing(self, tp, fp, fn, tn):
        """How far the constraint is below its floor, negative if it is above."""
        missing = self.at_least - self.constraint.formula(tp, fp, fn, tn)
        # Sums of weights such as 0.1 carry rounding errors: 0.7 may be 0.69999
        return np.where(np.abs(missing) <= ROUNDING, 0.0, missing)

    def _averaged(self, average, y_true, y_pred, sample_weight):
        return self.objective._averaged(average, y_true, y_pred, sample_weight)

    def _of_counts(self, average, counts):
        return self.objective._of_counts(average, counts)

    def _values_of_samples(self, y_true, y_pred, sample_weight):
        return self.objective._values_of_samples(y_true, y_pred, sample_weight)

    def _violated(self, y_true, y_pred, sample_weight):
        return self._violated_by(np.array(confusion_counts(y_true, y_pred, sample_weight)))

    def _violated_by(self, counts):
        n_labels = counts.shape[1]
        if self.average == "micro":
            counts = counts.sum(axis=1, keepdims=True)
        return np.flatnonzero(np.broadcast_to(self._missing(*counts) > 0, n_labels))
