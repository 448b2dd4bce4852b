"""95 % intervals of the report and the displays, and of the difference to untuned thresholds.

All come from the same draws of samples, as ``cv_score_interval``: ``tuning/_intervals.py`` says how
and why. Columns of the report have the shape (n_labels + n_averages,).
"""

from typing import Any, NamedTuple

import numpy as np

from ..core import decide, weighs_labels_alike
from ..objectives import Constrained, Precision, Recall
from ..tuning import (
    Redraw,
    Samples,
    TunedThresholds,
    interval_of_draws,
    quiet,
    sample_extremes,
    variance_of_splits,
)
from ._curves import values_of


class Judged(NamedTuple):
    """Decisions to judge on the samples that they were made for.

    samples : Samples with the weights of the cells that count; y_pred : (n_tests, n_labels) bool
    units : (n_tests,) samples or groups that are drawn as a whole
    """

    samples: Samples
    y_pred: np.ndarray
    units: np.ndarray

    def with_weight(self):
        """Without samples of weight zero, which are not drawn."""
        kept = self.samples.has_weight()
        if np.all(kept):
            return self
        return Judged(self.samples.take_samples(kept), self.y_pred[kept], self.units[kept])


class Folds(NamedTuple):
    """What is known of the choice of thresholds: those of each split, on all samples.

    samples : Samples that were tuned on; tuned : TunedThresholds
    splits : pairs of positions (tuned on, evaluated)
    """

    samples: Samples
    tuned: TunedThresholds
    splits: list[Any]

    def variance(self, metric):
        """What the choice adds to the variance of a metric: (n_labels + n_averages,)."""
        y_true, y_score, weight = self.samples
        values = [
            values_of(metric, y_true, decide(y_score, thresholds, self.tuned.limits), weight)
            for thresholds in self.tuned.cv_thresholds
        ]
        return variance_of_splits(values, self.splits)


def interval_columns(metric, columns, judged, folds):
    """The columns, each that has an interval followed by its ends.

    folds : Folds, or None where other samples chose the thresholds
    """
    name_of_best = "cross_fitted" if "cross_fitted" in columns else "tuned"
    metrics = {"precision": Precision(), "recall": Recall(), name_of_best: metric}
    found = {}
    for name, column in columns.items():
        found[name] = column
        if name in metrics:
            low, high = _intervals(_plain(metrics[name]), judged.with_weight(), folds)
            found |= {f"{name}_low": low, f"{name}_high": high}
    return found


def _intervals(metric, judged, folds):
    """(2, n_labels + n_averages) intervals of a metric; NaN where it is NaN."""
    y_true, _, weight = judged.samples
    redraw = Redraw.of(judged.units)
    values = values_of(metric, y_true, judged.y_pred, weight)
    with quiet():
        counts = redraw.counts(y_true, judged.y_pred, weight)
        sizes = redraw.sample_sizes(y_true, weight)
        measures = [(metric, average) for average in (None, "micro", "macro", "weighted")]
        of_labels, *averages = redraw.draws_of_counts(counts, sizes, measures)
        averages.append(_draws_over_samples(metric, judged, redraw))
        draws = np.concatenate([of_labels, np.stack(averages, axis=-1)], axis=2)
        variance = np.zeros(len(values)) if folds is None else folds.variance(metric)
        return interval_of_draws(draws, values, np.nan_to_num(variance))


def _draws_over_samples(metric, judged, redraw):
    y_true, _, weight = judged.samples
    if not weighs_labels_alike(weight):
        return np.full((2, len(redraw.n_drawn)), np.nan)
    values, weight = metric._values_of_samples(y_true, judged.y_pred, weight)
    return redraw.draws_of_means(values, weight, sample_extremes(metric, values))


def label_intervals(metrics, y_true, y_pred, sample_weight):
    """(n_metrics, 2, n_labels) intervals of metrics of each label."""
    judged = Judged(Samples(y_true, y_true, sample_weight), y_pred, np.arange(len(y_true)))
    y_true, _, weight = judged.with_weight().samples
    y_pred = judged.with_weight().y_pred
    redraw = Redraw.of(np.arange(len(y_true)))
    with quiet():
        counts, sizes = redraw.counts(y_true, y_pred, weight), redraw.sample_sizes(y_true, weight)
        draws = redraw.draws_of_counts(counts, sizes, [(metric, None) for metric in metrics])
        values = [metric._averaged(None, y_true, y_pred, weight) for metric in metrics]
        no_variance = np.zeros(y_true.shape[1])
        return np.stack(
            [interval_of_draws(*pair, no_variance) for pair in zip(draws, values, strict=True)]
        )


def difference_intervals(metric, judged, untuned, folds):
    """(2, n_labels) intervals of the difference of two decisions on the same samples.

    judged, untuned : Judged; folds : Folds that judged the first, or None
    """
    metric, redraw, draws, values = _plain(metric), Redraw.of(judged.units), [], []
    with quiet():
        for seed, (samples, y_pred, _) in enumerate((judged, untuned), start=1):
            y_true, _, weight = samples
            counts = redraw.counts(y_true, y_pred, weight)
            sizes = redraw.sample_sizes(y_true, weight)
            # Half samples of their own: few decisions that differ prove nothing.
            draws += redraw.draws_of_counts(counts, sizes, [(metric, None)], seed)
            values.append(metric._averaged(None, y_true, y_pred, weight))
        difference = values[0] - values[1]
        variance = np.zeros(len(difference))
        if folds is not None:
            variance = np.nan_to_num(folds.variance(metric)[: len(difference)])
        return interval_of_draws(draws[0] - draws[1], difference, variance)


def _plain(metric):
    """The metric without its floor: values of the report are those of the objective."""
    return metric.objective if isinstance(metric, Constrained) else metric
