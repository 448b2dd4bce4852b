"""Samples to tune on, and what for: solve, evaluate, cross-fit."""

from typing import NamedTuple

import numpy as np

from ..core import Decisions, Limits, count_true, decide
from ..objectives import Objective
from ._limits import thresholds_within
from ._strategies import solve

# A label with fewer positives, or fewer negatives, has too little to say about a cut of its own.
MIN_SUPPORT = 15


def decisions_of(y_score, thresholds, limits):
    """The same decisions, where possible without an array of them all."""
    return Decisions(y_score, thresholds) if limits is None else decide(y_score, thresholds, limits)


def has_low_support(y_true):
    """(n_labels,) whether a label has too few rows of one class for a cut of its own."""
    n_pos = count_true(y_true)
    return np.minimum(n_pos, len(y_true) - n_pos) < MIN_SUPPORT


class Problem(NamedTuple):
    """Rows to tune on, and what for."""

    y_true: np.ndarray
    y_score: np.ndarray
    sample_weight: np.ndarray | None
    objective: Objective
    strategy: str
    limits: Limits | None

    def take_samples(self, rows):
        """The same of some of the rows."""
        weight = None if self.sample_weight is None else self.sample_weight[rows]
        return self._replace(
            y_true=self.y_true[rows],
            y_score=self.y_score[rows],
            sample_weight=weight,
            objective=self.objective._take_samples(rows),
        )

    def has_rows(self):
        """Whether there are rows with a weight."""
        return (
            bool(len(self.y_true))
            if self.sample_weight is None
            else bool(np.any(self.sample_weight))
        )

    def best_thresholds(self):
        """Thresholds by the strategy; rows without weight are as good as not there."""
        if self.sample_weight is not None and not np.all(self.sample_weight):
            return self.take_samples(np.flatnonzero(self.sample_weight)).best_thresholds()
        data = self.objective, self.y_true, self.y_score, self.sample_weight
        thresholds = solve(self.strategy, *data)
        return (
            thresholds
            if self.limits is None
            else thresholds_within(self.limits, self.strategy, thresholds, *data)
        )

    def value(self, y_pred):
        """The objective of decisions on the rows."""
        return self.objective._value(self.y_true, y_pred, self.sample_weight)


def cross_fit(problem, splits):
    """(score, thresholds of each split) where thresholds tuned on the first rows of a split decide the second.

    NaN where a split has no rows to tune on.
    """
    thresholds = np.full((len(splits), problem.y_true.shape[1]), np.nan, problem.y_score.dtype)
    for tuned, (train, _) in zip(thresholds, splits, strict=True):
        part = problem.take_samples(train)
        if part.has_rows():
            tuned[:] = part.best_thresholds()
    if np.isnan(thresholds).any() or not len(splits):
        return np.nan, thresholds
    tests = [test for _, test in splits]
    y_pred = [
        decide(problem.y_score[test], cut, problem.limits)
        for test, cut in zip(tests, thresholds, strict=True)
    ]
    return problem.take_samples(np.concatenate(tests)).value(np.concatenate(y_pred)), thresholds
