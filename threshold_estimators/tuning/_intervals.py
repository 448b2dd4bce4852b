"""Intervals for scores of new samples, from decisions that were cross-fitted.

The interval covers, in 95 % of all data sets, the score that thresholds tuned on all samples have
on new ones. Two things vary.

1. The samples that evaluate. They are redrawn with replacement (bootstrap), together with their
   decisions. Counts of few positives are uncertain beyond what redrawing shows: with two of two
   positives missed, recall is 0 in every draw. So each draw also has a twin with half a sample more
   of each outcome, a gamma variable of shape 1/2, as in Jeffreys' prior. The interval holds the
   quantiles of both.
2. The thresholds. The scores of the folds' thresholds on all samples are a jackknife; its variance
   is added to that of the draws, by taking quantiles further out.

Samples are put into at most 500 random blocks, which are drawn as a whole. Blocks of independent
samples are independent, so the draws spread as those of samples do, and cost a product of two small
matrices.

Shapes: y_true (n_tests, n_labels) bool, y_pred the same, sample_weight (n_tests,), (n_tests,
n_labels) or None; draws (2, N_DRAWS, ...), of which the first row is plain, the second has the
half samples.
"""

import warnings
from typing import NamedTuple

import numpy as np
from scipy import sparse
from scipy.special import ndtr

from ..core import blocks
from ..objectives import Cost, OfLabels

N_DRAWS = 500
N_BLOCKS = 500
N_LEFT_OUT = 50  # blocks left out one at a time for a metric that is a black box
CELLS_AT_A_TIME = 2**20
Z = 1.959964  # 97.5 % quantile of the normal distribution
# Counts (tp, fp, fn, tn) of a label where all decisions are wrong, and where all are right.
EXTREMES = np.array([[0.0, 1.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])


def quiet():
    """No warnings of numpy: draws may have no sample of a class, and formulas no value there."""
    return np.errstate(all="ignore")


class Redraw(NamedTuple):
    """Blocks of samples, and how often each is drawn.

    indicator : (n_blocks, n_tests) sparse, 1 where a block has the test
    n_drawn : (N_DRAWS, n_blocks) float32
    tests_per_unit : how often a sample (or group) was tested, on average
    """

    indicator: sparse.csr_matrix
    n_drawn: np.ndarray
    tests_per_unit: float

    @classmethod
    def of(cls, units, most_blocks=N_BLOCKS):
        """Redraw of tests, whose samples or groups are ``units``, of shape (n_tests,)."""
        _, unit = np.unique(units, return_inverse=True)
        n_tests, n_units = len(unit), int(unit.max()) + 1
        n_blocks = min(n_units, most_blocks)
        rng = np.random.default_rng(0)
        block = (rng.permutation(n_units) % n_blocks)[unit]
        ones = np.ones(n_tests, np.float32)
        shape = n_blocks, n_tests
        indicator = sparse.csr_matrix((ones, (block, np.arange(n_tests))), shape=shape)
        chosen = rng.integers(n_blocks, size=(N_DRAWS, n_blocks))
        chosen += n_blocks * np.arange(N_DRAWS)[:, np.newaxis]
        n_drawn = np.bincount(chosen.ravel(), minlength=chosen.size).reshape(chosen.shape)
        return cls(indicator, n_drawn.astype(np.float32), n_tests / n_units)

    def counts(self, y_true, y_pred, sample_weight):
        """Confusion counts of each block: (n_blocks, 4, n_labels) float."""
        n_tests, n_labels = y_true.shape
        # Weights may be too large for single precision; numbers of samples are not.
        dtype = np.float32 if sample_weight is None else np.float64
        counts = np.empty((self.indicator.shape[0], 4, n_labels), dtype)
        for labels in blocks(n_labels, CELLS_AT_A_TIME, n_tests):
            positive, predicted = y_true[:, labels], y_pred[:, labels]
            weight = 1 if sample_weight is None else sample_weight.reshape(n_tests, -1)
            if np.ndim(weight) and weight.shape[1] > 1:
                weight = weight[:, labels]
            outcomes = (
                positive & predicted,
                predicted & ~positive,
                positive & ~predicted,
                ~(positive | predicted),
            )
            for row, cells in enumerate(outcomes):
                counts[:, row, labels] = self.indicator @ np.multiply(cells, weight, dtype=dtype)
        return counts

    def sample_sizes(self, y_true, sample_weight):
        """(n_labels,) weight that one known sample of a label has on average."""
        if sample_weight is None:
            return np.full(y_true.shape[1], self.tests_per_unit)
        weight = sample_weight.reshape(len(y_true), -1)
        n_known = np.maximum(np.count_nonzero(weight, axis=0), 1)
        size = self.tests_per_unit * weight.sum(axis=0) / n_known
        return np.broadcast_to(size, y_true.shape[1])

    def draws_of_counts(self, counts, sizes, measures, seed=1):
        """Draws (2, N_DRAWS, ...) of each of some measures.

        counts : (n_blocks, 4, n_labels); sizes : (n_labels,) weight of one sample
        measures : pairs (objective, average); seed : of the half samples
        """
        n_blocks, _, n_labels = counts.shape
        rng = np.random.default_rng(seed)
        draws = [[] for _ in measures]
        for chunk in blocks(N_DRAWS, CELLS_AT_A_TIME, 4 * n_labels):
            plain = self.n_drawn[chunk] @ counts.reshape(n_blocks, -1)
            plain = np.ascontiguousarray(plain.reshape(-1, 4, n_labels).swapaxes(0, 1))
            half = rng.standard_normal(plain.shape, np.float32) ** 2 / 2  # gamma of shape 1/2
            more = plain + half * sizes.astype(plain.dtype)
            # Where counts are summed over labels, half a sample of one of them is enough.
            summed = plain + half[..., :1] * (sizes.mean() / n_labels)
            for values, (objective, average) in zip(draws, measures, strict=True):
                twin = summed if _sums_labels(objective, average) else more
                values.append([objective._of_counts(average, c) for c in (plain, twin)])
        return [np.concatenate(values, axis=1) for values in draws]

    def draws_of_means(self, values, weight, extremes):
        """Draws (2, N_DRAWS) of the weighted mean of values of tests.

        values : (n_tests,); weight : (n_tests,) or None; extremes : least and largest value
        """
        weight = np.ones(len(values)) if weight is None else weight
        sums = self.n_drawn @ (self.indicator @ np.column_stack([weight * values, weight]))
        size = self.tests_per_unit * weight.sum() / max(np.count_nonzero(weight), 1)
        half = size * np.random.default_rng(1).standard_normal((len(sums), 2)) ** 2 / 2
        more = sums + np.column_stack([half @ np.asarray(extremes, float), half.sum(axis=1)])
        return np.stack([sums[:, 0] / sums[:, 1], more[:, 0] / more[:, 1]])


def _sums_labels(objective, average):
    """Whether a measure has one formula of all labels' counts."""
    return average == "micro" or (isinstance(objective, Cost) and average is not None)


def variance_of_splits(values, splits):
    """Variance that the choice of thresholds adds to a score, by a jackknife: (...).

    values : (n_splits, ...) score of the thresholds of each split on the same samples
    splits : pairs of positions (tuned on, evaluated)
    """
    left_out = np.mean([len(test) / (len(train) + len(test)) for train, test in splits])
    return (1 - left_out) / left_out * np.var(values, axis=0)


def interval_of_draws(draws, value, variance):
    """95 % interval of shape (2, ...), NaN where the value is.

    draws : (2, N_DRAWS, ...); value : (...); variance : (...) that is added to that of the draws
    """
    lower, upper = value, value
    for ordered in np.sort(draws, axis=1):  # NaN comes last
        is_known = ~np.isnan(ordered)
        n_known = np.count_nonzero(is_known, axis=0)
        # Not np.nanvar, which warns where nothing is known.
        mean = np.sum(ordered, axis=0, where=is_known) / n_known
        spread = np.sum((ordered - mean) ** 2, axis=0, where=is_known) / n_known
        size = np.where(spread > 0, spread, 1)
        outside = ndtr(-Z * np.sqrt(1 + variance / size)) * (n_known - 1)
        first = np.maximum(np.floor(outside), 0).astype(int)
        last = np.maximum(np.ceil(n_known - 1 - outside), 0).astype(int)
        lower = np.fmin(lower, np.take_along_axis(ordered, first[np.newaxis], axis=0)[0])
        upper = np.fmax(upper, np.take_along_axis(ordered, last[np.newaxis], axis=0)[0])
    return np.where(np.isnan(value), np.nan, [lower, upper])


def score_interval(objective, samples, y_pred, value, units, variance):
    """95 % interval of the score of new samples: (2,), or (2, n_labels) with average None.

    samples : Samples that were tested; y_pred : their decisions; value : the objective of these
    units : (n_tests,) samples or groups that are drawn as a whole
    variance : what ``variance_of_splits`` gives
    """
    y_true, _, weight = samples
    if isinstance(objective, OfLabels):
        labels = list(objective.labels)
        y_true, y_pred, objective = y_true[:, labels], y_pred[:, labels], objective.objective
        weight = weight[:, labels] if np.ndim(weight) == 2 else weight
    if objective._form == "unknown":
        return _interval_of_unknown(objective, y_true, y_pred, weight, value, units, variance)
    redraw = Redraw.of(units)
    with quiet():
        if objective._form in ("labels", "micro"):
            counts = redraw.counts(y_true, y_pred, weight)
            average = "macro" if isinstance(objective, Cost) else objective.average
            sizes = redraw.sample_sizes(y_true, weight)
            (draws,) = redraw.draws_of_counts(counts, sizes, [(objective, average)])
        else:
            values, weight = objective._values_of_samples(y_true, y_pred, weight)
            draws = redraw.draws_of_means(values, weight, sample_extremes(objective, values))
        return interval_of_draws(draws, np.asarray(value), variance)


def interval_of_mean(values, weight, value, units, variance):
    """95 % interval of a weighted mean of values of tests, ``value``; others as above."""
    extremes = values.min(), values.max()
    with quiet():
        draws = Redraw.of(units).draws_of_means(values, weight, extremes)
        return interval_of_draws(draws, np.asarray(value), variance)


def sample_extremes(objective, values):
    """Least and largest value of a sample."""
    if isinstance(objective, Cost):
        return values.min(), values.max()
    return objective.formula(*EXTREMES)


def _interval_of_unknown(objective, y_true, y_pred, weight, value, units, variance):
    """Interval by a jackknife, which calls a slow metric few times: blocks are left out."""

    def value_of(kept, y_pred):
        kept_weight = None if weight is None else weight[kept]
        return objective._take_samples(kept)._value(y_true[kept], y_pred[kept], kept_weight)

    redraw = Redraw.of(units, N_LEFT_OUT)
    block = redraw.indicator.tocsc().indices
    n_blocks, everything = redraw.indicator.shape[0], np.arange(len(block))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of labels that a block leaves without positives
        values = [value_of(np.flatnonzero(block != left), y_pred) for left in range(n_blocks)]
        ends = [value, value_of(everything, y_true), value_of(everything, ~y_true)]
    margin = Z * np.sqrt((n_blocks - 1) * np.nanvar(values) + variance)
    return np.clip([value - margin, value + margin], np.nanmin(ends), np.nanmax(ends))
