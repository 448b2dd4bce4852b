"""From labels and scores to the bands of all labels, and how they decide the rows that did not choose them."""

from typing import NamedTuple

import numpy as np

from ..core import NO, UNDECIDED, YES, as_numbers_of_rows, decide_outside
from ..objectives import Cost
from ..solvers import Floors, best_band


class Judged(NamedTuple):
    """What decisions are worth; NaN where there is nothing to judge by.

    value : mean cost of a cell, negated; coverage : share of the cells that are decided
    precision, negative_precision : share of right ones among the cells decided as 1, and as 0
    """

    value: float
    coverage: float
    precision: float
    negative_precision: float


class BandProblem(NamedTuple):
    """Rows to find bands on, and what for.

    y_true : (n_samples, n_labels) bool; y_score : (n_samples, n_labels); sample_weight : (n_samples,) or None
    abstention_cost : float or (n_labels,); floors : (2, n_labels), of cells decided as 0 and as 1, or None
    """

    y_true: np.ndarray
    y_score: np.ndarray
    sample_weight: np.ndarray | None
    cost: Cost
    abstention_cost: np.ndarray
    floors: np.ndarray | None
    strategy: str

    def take_samples(self, rows):
        """The same of some of the rows."""
        return self._replace(
            y_true=self.y_true[rows],
            y_score=self.y_score[rows],
            sample_weight=None if self.sample_weight is None else self.sample_weight[rows],
            cost=self.cost._take_samples(rows),
        )

    def has_rows(self):
        """Whether there are rows with a weight."""
        return (
            bool(len(self.y_true))
            if self.sample_weight is None
            else bool(np.any(self.sample_weight))
        )

    def best_bands(self):
        """Bands of shape (2, n_labels); rows without weight are as good as not there."""
        if self.sample_weight is not None and not np.all(self.sample_weight):
            return self.take_samples(np.flatnonzero(self.sample_weight)).best_bands()
        n_labels = self.y_true.shape[1]
        if self.strategy == "global":
            cells = (part.ravel() for part in self._cells())
            return np.tile(self._band(0, *cells)[:, np.newaxis], n_labels)
        columns = zip(*(part.T for part in self._cells()), strict=True)
        return np.column_stack([self._band(label, *column) for label, column in enumerate(columns)])

    def _cells(self):
        """Label, number of rows, score and costs of each cell: arrays of shape (n_samples, n_labels)."""
        shape = self.y_true.shape
        rows = as_numbers_of_rows(self.sample_weight)
        rows = np.ones(shape) if rows is None else np.tile(rows[:, np.newaxis], shape[1])
        weight = 1 if self.sample_weight is None else self.sample_weight[:, np.newaxis]
        costs = (
            self.cost._cells(self.y_true, False),
            self.cost._cells(self.y_true, True),
            self.abstention_cost,
        )
        return (
            self.y_true,
            rows,
            self.y_score,
            *(np.broadcast_to(weight * np.asarray(cost), shape) for cost in costs),
        )

    def _band(self, label, y_true, rows, y_score, *costs):
        floors = None if self.floors is None else Floors(*self.floors[:, label], y_true, rows)
        return best_band(y_score, *costs, floors)

    def judge(self, y_pred):
        """What decisions on these rows are worth."""
        cost = np.where(
            y_pred == UNDECIDED, self.abstention_cost, self.cost._cells(self.y_true, y_pred == YES)
        )
        n_labels = self.y_true.shape[1]
        weight = np.ones(len(y_pred)) if self.sample_weight is None else self.sample_weight
        cells = np.tile(weight[:, np.newaxis], n_labels)

        def share(part, whole):
            total = cells[whole].sum()
            return float(cells[part & whole].sum() / total) if total else np.nan

        return Judged(
            -float(np.average(np.mean(cost, axis=1), weights=weight)),
            share(y_pred != UNDECIDED, np.ones(y_pred.shape, bool)),
            share(self.y_true, y_pred == YES),
            share(~self.y_true, y_pred == NO),
        )

    def cross_fit(self, splits):
        """What decisions are worth where each fold is decided by bands of the other rows."""
        parts = [self.take_samples(train) for train, _ in splits]
        if not all(part.has_rows() for part in parts):
            return Judged(*[np.nan] * len(Judged._fields))
        decided = zip(parts, splits, strict=True)
        y_pred = np.concatenate(
            [decide_outside(self.y_score[test], part.best_bands()) for part, (_, test) in decided]
        )
        return self.take_samples(np.concatenate([test for _, test in splits])).judge(y_pred)
