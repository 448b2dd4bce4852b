"""Thresholds at which a measure reaches a floor on new samples, with a given confidence.

No assumption is made but that the samples are exchangeable. The test of one threshold is exact: of
the samples that a measure such as precision counts, the number of good ones is binomial, and its
upper tail at the floor is a p-value (Clopper and Pearson 1934). What remains is to choose among
thresholds without testing each at a smaller error. Two facts help:

- For recall and specificity, thresholds have an order: a lower one never loses a positive sample.
  The best threshold that passes is an order statistic, and it holds with the confidence of a
  binomial tolerance limit (Wilks 1941).
- For other measures, thresholds are tested one after the other until one fails, each at the full
  error (fixed-sequence testing; "learn then test", Angelopoulos et al. 2021). A sequence that
  starts where few samples are predicted has no power. So the error is split between a few
  sequences, which start at ever more predicted samples. One that reaches the next adds its error
  to it (the fallback procedure, Wiens 2003).

A rank is fixed before the labels are seen, and given the score at that rank, the labels above it
are independent. If the measure falls below the floor once along a sequence, the first threshold
that fails the floor is tested at its error, so that the promise is exact. If it falls and rises
again, samples that happen to miss a gap between two thresholds add an error of order 1 / n_samples.

Weights count as parts of samples: those of a label are divided by their largest, so that no sample
counts as more than one. For weights 0 and 1 (missing labels) the test is exact, for others it is
conservative as long as weights are independent of the errors.

Shapes: counts are (tp, fp, fn, tn), arrays of cuts; a cut is an index into candidates from the
highest threshold down.

References
----------
.. [1] C. J. Clopper and E. S. Pearson, "The Use of Confidence or Fiducial Limits", Biometrika 26,
   1934, https://doi.org/10.1093/biomet/26.4.404
.. [2] S. S. Wilks, "Determination of Sample Sizes for Setting Tolerance Limits", Annals of
   Mathematical Statistics 12, 1941, https://doi.org/10.1214/aoms/1177731788
.. [3] B. L. Wiens, "A Fixed Sequence Bonferroni Procedure for Testing Multiple Endpoints",
   Pharmaceutical Statistics 2, 2003, https://doi.org/10.1002/pst.64
.. [4] A. N. Angelopoulos et al., "Learn then Test: Calibrating Predictive Algorithms to Achieve
   Risk Control", 2021, https://doi.org/10.48550/arXiv.2110.01052
"""

from itertools import product
from typing import NamedTuple

import numpy as np
from scipy.special import betainc, betaincinv

from ..core import each_label, weights_of_labels
from ._cuts import between, cuts_at_all_scores

START_GROWTH = 4.0  # of the number of predicted samples from one sequence to the next
ANY_START = 32  # of measures that are not binomial
GROWTH = 1.02  # of the number of predicted samples from one tested threshold to the next
N_TAILS = 6  # of the three rates that decide any measure: recall, specificity, prevalence
FACTORS = np.geomspace(1.05, 1e4, 60)  # of the number of samples, tried for an estimate


class FloorTest(NamedTuple):
    """Test of the hypothesis that a measure of one label is below its floor.

    formula : function (tp, fp, fn, tn) -> value
    at_least : float
    net : (4,) what a sample of each outcome adds to the measure above its floor, or None if the
        measure is no ratio of linear functions with constant coefficients
    """

    formula: object
    at_least: float
    net: np.ndarray | None

    @classmethod
    def of(cls, objective):
        """The test of a ``Constrained`` of one label."""
        constraint, at_least = objective.constraint, objective.at_least
        return cls(constraint.formula, at_least, constraint._net_gains(at_least))

    @property
    def is_binomial(self):
        """Whether outcomes are good, bad or not counted, with one weight for each kind."""
        if self.net is None:
            return False
        return len(set(self.net[self.net > 0])) <= 1 >= len(set(self.net[self.net < 0]))

    @property
    def is_of_one_class(self):
        """Whether the measure counts only positive or only negative samples, as recall does."""
        if not self.is_binomial:
            return False
        counts_tp, counts_fp, counts_fn, counts_tn = self.net != 0
        return not (counts_fp or counts_tn) or not (counts_tp or counts_fn)

    @property
    def safe_end(self):
        """Threshold that keeps any floor, as nothing is counted: +inf, -inf, or NaN for neither."""
        if self.net is not None:
            of_tp, of_fp, of_fn, of_tn = self.net
            if of_fn >= 0 and of_tn >= 0:
                return np.inf
            if of_tp >= 0 and of_fp >= 0:
                return -np.inf
        return np.nan

    def good_and_bad(self, counts):
        """(number of good samples, number of bad samples), of a binomial measure."""
        counts = np.stack(np.broadcast_arrays(*counts))
        return counts[self.net > 0].sum(axis=0), counts[self.net < 0].sum(axis=0)

    @property
    def fraction(self):
        """Fraction of good samples among good and bad ones at the floor, of a binomial measure."""
        gain, loss = max(self.net.max(), 0.0), max(-self.net.min(), 0.0)
        return loss / (gain + loss) if gain + loss else 0.0

    def passes(self, counts, error):
        """Whether the measure is above its floor, at a probability ``error`` to say so wrongly."""
        if self.is_binomial:
            return binomial_tail(*self.good_and_bad(counts), self.fraction) <= error
        return self._worst_of_box(counts, error) >= self.at_least

    def first_start(self, error):
        """Number of samples that pass if all are good, whatever the samples at hand."""
        if not (self.is_binomial and 0 < self.fraction < 1):
            return ANY_START
        return np.log(error / START_GROWTH) / np.log(self.fraction)

    def is_decidable(self, n_pos, n_neg, error, n_bad):
        """Whether so many samples, of one class, could pass if all but ``n_bad`` are good."""
        is_good = self.net > 0
        n_counted = n_pos if is_good[0] or is_good[2] else n_neg
        return binomial_tail(n_counted - n_bad, n_bad, self.fraction) <= error

    def is_plausible(self, counts, error):
        """As ``passes``, for decisions that another argument supports: not conservative."""
        if self.is_binomial:
            good, bad = self.good_and_bad(counts)
            # Half a sample on either side, as with Jeffreys' prior, makes about a mid-p-value.
            return binomial_tail(good + 0.5, bad - 0.5, self.fraction) <= error
        return self.formula(*counts) >= self.at_least

    def _worst_of_box(self, counts, error):
        """Lowest value at the corners of a box that holds the three rates, but for ``error``.

        A measure that rises and falls with each rate only once has its minimum at a corner.
        """
        tp, fp, fn, tn = np.broadcast_arrays(*np.asarray(counts, float))
        recall = _interval(tp, fn, error / N_TAILS)
        specificity = _interval(tn, fp, error / N_TAILS)
        prevalence = _interval(tp + fn, fp + tn, error / N_TAILS)
        values = [
            self.formula(p * r, (1 - p) * (1 - s), p * (1 - r), (1 - p) * s)
            for p, r, s in product(prevalence, recall, specificity)
        ]
        return np.min(values, axis=0)


def binomial_tail(good, bad, fraction):
    """Probability of at least ``good`` good samples, where ``fraction`` of all are good.

    good, bad : numbers of samples, which need not be whole
    """
    tail = betainc(np.maximum(good, 1e-300), bad + 1, fraction)
    return np.where(good > 0, tail, 1.0)


def _interval(good, bad, error):
    """(lower, upper) Clopper-Pearson limits of a fraction, each with ``error``."""
    with np.errstate(invalid="ignore"):
        lower = np.where(good > 0, betaincinv(np.maximum(good, 1e-300), bad + 1, error), 0.0)
        upper = np.where(bad > 0, betaincinv(good + 1, np.maximum(bad, 1e-300), 1 - error), 1.0)
    return lower, upper


def in_parts_of_samples(sample_weight):
    """Weights as parts of samples, at most 1 each, label by label; or None."""
    if sample_weight is None:
        return None
    largest = sample_weight.max(axis=0)
    return sample_weight / np.where(largest > 0, largest, 1)


def promised_label_by_label(objective, y_true, y_score, sample_weight):
    """Thresholds (n_labels,) that maximise a ``Constrained`` where its floor is promised.

    A label whose floor no threshold promises is predicted never, or always where that keeps it.
    """
    weights = weights_of_labels(sample_weight, y_score.shape[1])

    def best_gap(positive, score, label, weight):
        cuts = cuts_at_all_scores(positive, score, in_parts_of_samples(weight))
        return promised_gap(objective._for_labels(label), cuts)

    labels = np.arange(y_score.shape[1])
    gaps = np.array(each_label(best_gap, y_true, y_score, labels, weights), y_score.dtype)
    return between(gaps[:, 0], gaps[:, 1])


def promised_gap(objective, cuts):
    """(below, above): scores with the best threshold of one label that its floor allows."""
    test = FloorTest.of(objective)
    error = 1 - objective.confidence
    tested = cuts_to_test(test, cuts.tps + cuts.fps)
    counts = [count[tested] for count in cuts.counts()]
    promised = promised_cuts(test, counts, error)
    if not promised.any():
        return (-np.inf, -np.inf) if test.safe_end == -np.inf else (np.inf, np.inf)
    values = np.where(promised, objective.objective.formula(*counts), -np.inf)
    return cuts.neighbours(tested[np.nanargmax(values)])


def promised_fraction(floor, right, wrong, effect, error):
    """Whether a fraction of right decisions is promised at each cut, (n_cuts,).

    right, wrong : (n_cuts,) number of right and wrong decisions, from few to many
    effect : (n_cuts,) design effect, by which both are divided
    """
    test = FloorTest(None, floor, np.array([1 - floor, -floor, 0.0, 0.0]))
    tested = cuts_to_test(test, right + wrong)
    tp, fp = right / effect, wrong / effect
    counts = [count[tested] for count in (tp, fp, tp[-1] - tp, fp[-1] - fp)]
    promised = np.zeros(len(right), bool)
    promised[tested] = promised_cuts(test, counts, error)
    return promised


def cuts_to_test(test, predicted):
    """Indices of the cuts that are tested: all for recall and specificity, else fixed ranks.

    predicted : (n_cuts,) number of predicted samples
    """
    if test.is_of_one_class:
        return np.arange(len(predicted))
    # Other sequences become no better by more tests.
    total = predicted[-1]
    n_ranks = 2 + int(np.log(max(total, 1)) / np.log(GROWTH))
    ranks = np.geomspace(1, max(total, 1), n_ranks)
    ranks = np.concatenate([[0], ranks, total - ranks])
    return np.unique(np.searchsorted(predicted, ranks).clip(0, len(predicted) - 1))


def promised_cuts(test, counts, error):
    """Whether the floor is promised at each of several cuts, all with one probability of error."""
    reverse = [count[::-1] for count in counts]
    # Sequences lead away from the end where the floor is safe, or both ways.
    if test.safe_end == np.inf:
        return _promised_from(test, counts, error)
    if test.safe_end == -np.inf:
        return _promised_from(test, reverse, error)[::-1]
    down = _promised_from(test, counts, error / 2)
    return down | _promised_from(test, reverse, error / 2)[::-1]


def _promised_from(test, counts, error):
    """As ``promised_cuts``, by sequences from the first cut on."""
    if test.is_of_one_class:
        return np.logical_and.accumulate(test.passes(counts, error))
    predicted = counts[0] + counts[1]
    # Effective numbers of samples may fall where samples depend on each other.
    distance = np.maximum.accumulate(np.abs(predicted - predicted[0]))
    first = test.first_start(error)
    n_starts = 1 + int(np.log(max(distance[-1] / first, 1)) / np.log(START_GROWTH))
    starts = np.searchsorted(distance, first * START_GROWTH ** np.arange(n_starts))

    # A sequence that reaches the start of the next one adds its error to it (Wiens 2003).
    promised = np.zeros(len(distance), bool)
    allowed = 0.0
    for start, end in zip(starts, [*starts[1:], len(distance)], strict=True):
        allowed += error / n_starts
        passes = test.passes([count[start:end] for count in counts], allowed)
        promised[start:end] = np.logical_and.accumulate(passes)
        allowed = allowed if passes.all() else 0.0
    return promised


def promised_on_path(objective, path, y_true, y_score, sample_weight):
    """The thresholds of a path that maximise a ``Constrained`` where its floor is promised.

    The floor is one of the counts summed over labels. Labels of a sample depend on each other, so
    the counts are divided by how much more they vary between samples than independent ones would.

    path : (n_steps, n_labels), from few to many predicted labels
    """
    test = FloorTest.of(objective)
    if not test.is_binomial:
        raise ValueError(
            "A floor of a micro average is promised for measures that count right decisions among "
            "some decisions, such as Precision, Recall or Accuracy. "
            f"Got {objective.constraint!r} instead. Set 'confidence' to None."
        )
    weight = in_parts_of_samples(sample_weight)
    steps = [_effective_counts(test, y_true, y_score >= step, weight) for step in path]
    counts = np.stack(steps, axis=1)
    promised = promised_cuts(test, counts, 1 - objective.confidence)
    if not promised.any():
        end = -np.inf if test.safe_end == -np.inf else np.inf
        return np.full(y_score.shape[1], end, y_score.dtype)
    values = np.where(promised, objective.objective.formula(*counts), -np.inf)
    return path[np.nanargmax(values)]


def _effective_counts(test, y_true, y_pred, sample_weight):
    """Summed counts (4,), divided by the design effect of the clusters, which samples are."""
    cells = [y_true & y_pred, y_pred & ~y_true, y_true & ~y_pred, ~(y_true | y_pred)]
    weight = np.ones(1) if sample_weight is None else sample_weight
    weight = weight[:, np.newaxis] if weight.ndim == 1 else weight
    by_sample = np.array([(weight * outcome).sum(axis=1) for outcome in cells])
    good, bad = test.good_and_bad(by_sample)
    size = (good + bad).sum()
    fraction = good.sum() / max(size, 1)
    deviation = good - fraction * (good + bad)
    independent = size * fraction * (1 - fraction)
    effect = (deviation**2).sum() / independent if independent > 0 else 1.0
    return by_sample.sum(axis=1) / max(effect, 1.0)


def design_effects(right, wrong, cluster):
    """How much more the first decisions vary than independent ones would, at least 1.

    Of right decisions only, nothing is known of that: then those of a cluster count as one.

    right, wrong : (n_cells,) weights, one of them 0; cluster : (n_cells,) int
    """
    of_right, of_wrong = _earlier_of_cluster(right, cluster), _earlier_of_cluster(wrong, cluster)
    # Sums over clusters of squares and of products, with every further decision.
    squares_right = np.cumsum(right * (2 * of_right + right))
    squares_wrong = np.cumsum(wrong * (2 * of_wrong + wrong))
    products = np.cumsum(right * of_wrong + wrong * of_right)
    n_right, n_wrong = np.cumsum(right), np.cumsum(wrong)

    size = np.maximum(n_right + n_wrong, np.finfo(float).tiny)
    fraction = n_right / size
    deviation = (
        (1 - fraction) ** 2 * squares_right
        - 2 * fraction * (1 - fraction) * products
        + fraction**2 * squares_wrong
    )
    independent = size * fraction * (1 - fraction)
    together = (squares_right + squares_wrong) / size
    is_known = independent > 0
    return np.maximum(
        np.where(is_known, deviation / np.where(is_known, independent, 1), together), 1
    )


def _earlier_of_cluster(values, cluster):
    """Sum of the earlier values of the same cluster, (n_cells,)."""
    order = np.argsort(cluster, kind="stable")
    ordered, of_cluster = values[order], cluster[order]
    before = np.cumsum(ordered) - ordered
    first = np.flatnonzero(np.append(True, of_cluster[1:] != of_cluster[:-1]))
    before -= np.repeat(before[first], np.diff(np.append(first, len(values))))
    earlier = np.empty(len(values))
    earlier[order] = before
    return earlier


def unpromised(objective, y_true, y_score, sample_weight, thresholds):
    """Labels whose floor no threshold promises, (n_unpromised,) int."""
    is_at_end = np.isinf(thresholds)
    weights = weights_of_labels(in_parts_of_samples(sample_weight), len(thresholds))
    found = []
    for label in np.flatnonzero(is_at_end):
        test = FloorTest.of(objective._for_labels(label))
        if np.isnan(test.safe_end):
            # The end is no refuge, but it may be the best threshold that keeps the floor.
            weight = np.ones(len(y_true)) if weights[label] is None else weights[label]
            n_pos, n_neg = weight @ y_true[:, label], weight @ ~y_true[:, label]
            counts = (0.0, 0.0, n_pos, n_neg) if thresholds[label] > 0 else (n_pos, n_neg, 0.0, 0.0)
            is_kept = test.passes(counts, 1 - objective.confidence)
        else:
            is_kept = thresholds[label] != test.safe_end
        if not is_kept:
            found.append(label)
    return np.array(found, int)


def missing_positives(objective, y_true, y_score, sample_weight):
    """Estimate of how many more positive samples of one label would promise its floor.

    Infinite where no number of samples does, if the fractions found here stay the same.

    objective : a ``Constrained`` of the label; y_true, y_score, sample_weight : (n_samples,)
    """
    test = FloorTest.of(objective)
    cuts = cuts_at_all_scores(y_true, y_score, in_parts_of_samples(sample_weight))
    tested = cuts_to_test(test, cuts.tps + cuts.fps)
    counts = np.array(cuts.counts())[:, tested, np.newaxis]
    passes = test.passes(counts * FACTORS, 1 - objective.confidence).any(axis=0)
    if not passes.any():
        return np.inf
    return int(np.ceil((FACTORS[np.argmax(passes)] - 1) * max(cuts.n_pos, 1)))
