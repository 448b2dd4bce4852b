"""Samples to tune on, and the objective: solve, evaluate, cross-fit."""

from dataclasses import dataclass, replace
from typing import NamedTuple, Self

import numpy as np

from ..core import Decisions, Limits, class_weights, confusion_counts, count_true, decide
from ..objectives import Objective
from ._intervals import score_interval, variance_of_splits
from ._limits import thresholds_within
from ._strategies import promises_floor, solve

# With fewer positive or fewer negative samples, a label's own threshold is largely chance.
MIN_SUPPORT = 15


class Samples(NamedTuple):
    """Labels and scores of samples.

    y_true : (n_samples, n_labels) bool; y_score : (n_samples, n_labels) float
    sample_weight : (n_samples,) or (n_samples, n_labels) float, or None
    """

    y_true: np.ndarray
    y_score: np.ndarray
    sample_weight: np.ndarray | None = None

    def take_samples(self, samples):
        """The samples at some positions."""
        weight = None if self.sample_weight is None else self.sample_weight[samples]
        return Samples(self.y_true[samples], self.y_score[samples], weight)

    def divided(self, share):
        """The samples twice: as positives with a share of their weight, then as negatives.

        share : (n_samples, n_labels) share of a positive that each cell is
        """
        weight = np.ones(1) if self.sample_weight is None else self.sample_weight
        weight = weight.reshape(len(weight), -1)
        y_true = np.repeat([True, False], len(share))[:, np.newaxis]
        return Samples(
            np.broadcast_to(y_true, (2 * len(share), share.shape[1])).copy(),
            np.concatenate([self.y_score, self.y_score]),
            np.concatenate([weight * share, weight * (1 - share)]),
        )

    def at_frequencies(self, frequencies):
        """The samples with weights of cells that give each label a frequency.

        A label with samples of one class only stays as it is.

        frequencies : (n_labels,) from 0 to 1
        """
        n_pos, n_neg = class_weights(self.y_true, self.sample_weight)
        total = n_pos + n_neg
        is_free = (n_pos > 0) & (n_neg > 0)
        of_pos = np.where(is_free, frequencies * total / np.where(is_free, n_pos, 1), 1)
        of_neg = np.where(is_free, (1 - frequencies) * total / np.where(is_free, n_neg, 1), 1)
        weight = np.ones(1) if self.sample_weight is None else self.sample_weight
        weight = weight.reshape(len(weight), -1) * np.where(self.y_true, of_pos, of_neg)
        return self._replace(sample_weight=weight)

    def has_weight(self):
        """(n_samples,) whether a label of the sample has a positive weight."""
        weight = self.sample_weight
        if weight is None:
            return np.ones(len(self.y_true), bool)
        return np.any(weight.reshape(len(weight), -1), axis=1)

    def known_labels(self):
        """Labels 0 and 1 as (n_samples, n_labels) int, or float with NaN where they are missing."""
        weight = self.sample_weight
        if weight is None or weight.ndim == 1:
            return self.y_true.astype(np.int8)
        return np.where(weight > 0, self.y_true.astype(float), np.nan)


@dataclass(frozen=True)
class SamplesProblem:
    """Samples and the objective of their decisions; base class of the two kinds of problem."""

    samples: Samples
    objective: Objective

    def take_samples(self, samples) -> Self:
        """The problem of the samples at some positions."""
        return replace(
            self,
            samples=self.samples.take_samples(samples),
            objective=self.objective._take_samples(samples),
        )

    def with_weight(self) -> Self:
        """The problem without samples of weight zero, which are ignored."""
        has_weight = self.samples.has_weight()
        return self if np.all(has_weight) else self.take_samples(np.flatnonzero(has_weight))

    @property
    def n_samples(self):
        """Number of samples."""
        return len(self.samples.y_true)

    @property
    def n_labels(self):
        """Number of labels."""
        return self.samples.y_true.shape[1]


@dataclass(frozen=True)
class Problem(SamplesProblem):
    """Samples to tune thresholds on."""

    strategy: str
    limits: Limits | None = None

    def best_thresholds(self):
        """Thresholds of shape (n_labels,) by the strategy; all samples have a weight."""
        y_true, y_score, sample_weight = self.samples
        thresholds = solve(self.strategy, self.objective, y_true, y_score, sample_weight)
        if self.limits is None:
            return thresholds
        if promises_floor(self.objective):
            raise ValueError(
                "Limits on the number of labels change decisions, so that a floor cannot be "
                "promised for new samples. Set 'confidence' of Constrained to None, or "
                "'min_labels' and 'max_labels' to None."
            )
        return thresholds_within(
            self.limits, self.strategy, thresholds, self.objective, y_true, y_score, sample_weight
        )

    def value(self, y_pred):
        """The objective of decisions on the samples."""
        return self.objective._value(self.samples.y_true, y_pred, self.samples.sample_weight)

    def decisions(self, thresholds):
        """Decisions on the samples, without an array of them where there are no limits."""
        if self.limits is None:
            return Decisions(self.samples.y_score, thresholds)
        return decide(self.samples.y_score, thresholds, self.limits)


def expected_decisions(samples, y_pred):
    """(share of the samples that get each label, number of samples behind it), (n_labels,) each.

    With weights the number is effective: that of equal weights with the same variance (Kish).
    """
    y_true, _, weight = samples
    tp, fp, fn, tn = confusion_counts(y_true, y_pred, weight)
    total = tp + fp + fn + tn
    n_samples = np.full(len(total), float(len(y_true)))
    if weight is not None:
        square = np.broadcast_to(np.sum(weight**2, axis=0), total.shape)
        n_samples = total**2 / np.where(square > 0, square, 1)
    return (tp + fp) / np.where(total > 0, total, 1), n_samples


def has_low_support(y_true, sample_weight=None):
    """(n_labels,) whether a label has too few samples of one class for its own threshold."""
    n_pos, n_samples = count_true(y_true), len(y_true)
    if sample_weight is not None and sample_weight.ndim == 2:
        known = sample_weight > 0
        n_pos, n_samples = count_true(y_true & known), count_true(known)
    return np.minimum(n_pos, n_samples - n_pos) < MIN_SUPPORT


def units_of(cv_results):
    """(n_samples,) what is drawn as a whole for intervals: groups, or else rows of the input."""
    groups = cv_results["groups"]
    return cv_results["row"] if groups is None else groups


class CrossFit(NamedTuple):
    """Thresholds tuned on the training samples of each split, judged on its test samples.

    score : float, or (n_labels,) with average None; interval : (2, ...) for new samples
    thresholds : (n_splits, n_labels)
    """

    score: float
    interval: np.ndarray
    thresholds: np.ndarray


def cross_fit(problem, splits, units):
    """CrossFit over splits of positions.

    Score and interval are NaN without splits, and where a split has no training sample with a
    weight.

    units : (n_samples,) the samples or groups that are drawn as a whole for the interval
    """
    y_score = problem.samples.y_score
    thresholds = np.full((len(splits), problem.n_labels), np.nan, y_score.dtype)
    for split, (train, _) in enumerate(splits):
        training = problem.take_samples(train).with_weight()
        if training.n_samples:
            thresholds[split] = training.best_thresholds()
    if np.isnan(thresholds).any() or not len(splits):
        return CrossFit(np.nan, np.full(2, np.nan), thresholds)
    y_pred = [
        decide(y_score[test], tuned, problem.limits)
        for (_, test), tuned in zip(splits, thresholds, strict=True)
    ]
    tests, y_pred = np.concatenate([test for _, test in splits]), np.concatenate(y_pred)
    score = problem.take_samples(tests).value(y_pred)
    values = [problem.value(problem.decisions(tuned)) for tuned in thresholds]
    variance = variance_of_splits(values, splits)
    # Samples without weight do not count, so they are not drawn either.
    counts = problem.samples.has_weight()[tests]
    tested, y_pred = problem.take_samples(tests[counts]), y_pred[counts]
    interval = score_interval(
        tested.objective, tested.samples, y_pred, score, units[tests[counts]], variance
    )
    return CrossFit(score, interval, thresholds)
