"""Bands of undecided scores, one for each label, and their evaluation."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..core import NO, UNDECIDED, YES, as_numbers_of_rows, decide_outside
from ..solvers import Floors, best_band, in_parts_of_samples
from ._intervals import interval_of_mean, variance_of_splits
from ._problem import SamplesProblem


class Evaluation(NamedTuple):
    """Evaluation of decisions that leave cells undecided; NaN where it has no cells.

    value : mean cost of a cell, negated; coverage : fraction of the cells that are decided
    precision, negative_precision : fraction of correct ones among cells decided as 1, and as 0
    """

    value: float
    coverage: float
    precision: float
    negative_precision: float


@dataclass(frozen=True)
class BandProblem(SamplesProblem):
    """Samples to find bands on; the objective is a ``Cost``.

    abstention_cost : float or (n_labels,)
    floors : (2, n_labels), least precision of cells decided as 0 and as 1, or None
    strategy : "per_label" or "global"
    confidence : float, that the floors hold on new samples, or None
    """

    abstention_cost: np.ndarray
    floors: np.ndarray | None
    strategy: str
    confidence: float | None = None

    def best_bands(self):
        """Bands of shape (2, n_labels); samples of weight zero are ignored."""
        cells = self.with_weight()._cells()
        if self.strategy == "global":
            sample = np.repeat(np.arange(len(cells[0])), self.n_labels)
            band = self._best_band([array.ravel() for array in cells], 0, sample)
            return np.tile(band[:, np.newaxis], self.n_labels)
        bands = [
            self._best_band([array[:, label] for array in cells], label)
            for label in range(self.n_labels)
        ]
        return np.column_stack(bands)

    def _best_band(self, cells, label, sample=None):
        """Cheapest band of some cells, of shape (2,), with the floors of a label.

        Cells of size zero are left out.

        sample : (n_cells,) int, the sample of each cell if there are several of one
        """
        is_used = cells[2] > 0
        y_true, y_score, size, *costs = [array[is_used] for array in cells]
        if self.floors is None:
            return best_band(y_score, *costs)
        if self.confidence is not None:
            size = in_parts_of_samples(size)
        sample = None if sample is None else sample[is_used]
        floors = Floors(*self.floors[:, label], y_true, size, self.confidence, sample)
        return best_band(y_score, *costs, floors)

    def _cells(self):
        """Label, score, number of samples and costs of each cell, all (n_samples, n_labels)."""
        y_true, y_score, weight = self.samples
        size = as_numbers_of_rows(weight)
        weight = 1 if weight is None else weight.reshape(len(weight), -1)
        size = 1 if size is None else size.reshape(len(size), -1)
        arrays = (
            y_true,
            y_score,
            size,
            weight * self.objective._cells(y_true, False),
            weight * self.objective._cells(y_true, True),
            weight * self.abstention_cost,
        )
        return [np.broadcast_to(array, y_true.shape) for array in arrays]

    def _cost_of_samples(self, y_pred):
        """(mean cost of the cells of each sample, negated; its weight), both (n_samples,)."""
        costs = self.objective._cells(self.samples.y_true, y_pred == YES)
        costs = np.where(y_pred == UNDECIDED, self.abstention_cost, costs)
        weight = self._cell_weights()
        total = weight.sum(axis=1)
        return -np.sum(weight * costs, axis=1) / np.where(total > 0, total, 1), total

    def _cell_weights(self):
        weight = self.samples.sample_weight
        weight = np.ones(1) if weight is None else weight.reshape(self.n_samples, -1)
        return np.broadcast_to(weight, self.samples.y_true.shape)

    def evaluate(self, y_pred):
        """Evaluation of decisions on these samples."""
        y_true, weight = self.samples.y_true, self._cell_weights()
        values, weight_of_sample = self._cost_of_samples(y_pred)
        return Evaluation(
            value=float(np.average(values, weights=weight_of_sample)),
            coverage=_fraction(y_pred != UNDECIDED, np.ones(y_pred.shape, bool), weight),
            precision=_fraction(y_true, y_pred == YES, weight),
            negative_precision=_fraction(~y_true, y_pred == NO, weight),
        )

    def cross_fit(self, splits, units):
        """(Evaluation, interval) where each fold is decided by bands of the other samples.

        units : (n_samples,) the samples or groups that are drawn as a whole for the interval
        """
        training = [self.take_samples(train).with_weight() for train, _ in splits]
        if not all(problem.n_samples for problem in training):
            return Evaluation(np.nan, np.nan, np.nan, np.nan), np.full(2, np.nan)
        bands = [problem.best_bands() for problem in training]
        tests, y_score = [test for _, test in splits], self.samples.y_score
        y_pred = np.concatenate(
            [decide_outside(y_score[test], band) for test, band in zip(tests, bands, strict=True)]
        )
        tests = np.concatenate(tests)
        tested = self.take_samples(tests)
        evaluation = tested.evaluate(y_pred)
        of_bands = [self.evaluate(decide_outside(y_score, band)).value for band in bands]
        values, weight = tested._cost_of_samples(y_pred)
        interval = interval_of_mean(
            values[weight > 0],
            weight[weight > 0],
            evaluation.value,
            units[tests[weight > 0]],
            variance_of_splits(of_bands, splits),
        )
        return evaluation, interval


def _fraction(is_counted, among, weight):
    """Weighted fraction of some cells that are counted; all arrays (n_samples, n_labels)."""
    total = np.sum(weight, where=among)
    return float(np.sum(weight, where=is_counted & among) / total) if total else np.nan
