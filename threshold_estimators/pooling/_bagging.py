"""Thresholds of several labels from evidence that is shrunk towards what all labels say together.

    bins ─► evidence ─► bootstrap of the counts: best cuts ─► mean cut on the common scale ─► thresholds

A formula maps arrays (tp, fp, fn, tn) to values, larger is better.

Shapes: y_true (n_samples, n_labels) bool, y_score (n_samples, n_labels) float, sample_weight (n_samples,) > 0 or None;
arrays of bins (n_labels, n_bins) from the highest score down, arrays of cuts (n_labels, n_bins + 1).
"""

from typing import NamedTuple

import numpy as np
from scipy.special import expit

from ..core import as_numbers_of_rows, blocks
from ..objectives import LinearRatio
from ..solvers import cuts_at_all_scores
from ._bins import Bins, summarise
from ._shrinkage import TINY, Evidence, all_counts, common_scale, shrunk_evidence

PAIRS_OF_DRAWS = 6  # of bootstrap samples
SEED = 0
CELLS_AT_ONCE = 2**16  # cuts of labels in bootstrap samples, few enough for a cache
BEYOND = 0.5  # how far outside its extreme scores "never" and "always" lie, in log odds
# Weight of the formula of all labels' counts beside the mean of the labels' formulas: so much keeps most labels without
# signal from flooding and costs next to nothing of the mean. docs/new_rows.md has what more or less of it does.
MICRO_SHARE = 0.15
MAX_LINEARISATIONS = 10
SHARES_THAT_PART = 0.25
ROWS_NOT_SEARCHED = 20  # so few in the bins on both sides of a cut that these are fine enough
COARSE, FINE = (
    np.linspace(-9, 9, 13),
    np.linspace(-1.5, 1.5, 16),
)  # log odds of prices, and steps around the best


def pooled_thresholds(objective, y_true, y_score, sample_weight):
    """Thresholds for new samples: the labels share what each of them says too little about.

    objective : of the form "labels" or "micro"
    """
    pool = Pool.of(y_true, y_score, as_numbers_of_rows(sample_weight))
    goal, best = linearise(objective, pool.counts())
    labels = np.arange(y_score.shape[1])
    cuts = [
        goal.for_labels(labels[block]).best(*all_counts(*drawn)) for block, drawn in pool.draws()
    ]
    cuts = np.concatenate(cuts, axis=1)
    thresholds = pool.thresholds(pool.z_of(cuts).mean(0))
    for label in np.flatnonzero((np.ptp(cuts, axis=0) <= 1) & pool.parts_classes(best)):
        thresholds[label] = pool.cut_within_bins(label, best[label], goal, thresholds[label])
    return thresholds


def probability_rule(y_true, y_score, sample_weight):
    """Rule with one parameter: the thresholds that predict labels from a log odds on.

    For objectives that no label can maximise by itself: they choose the log odds that suit them.
    """
    pool = Pool.of(y_true, y_score, as_numbers_of_rows(sample_weight))
    draws = [(tp, tp + fp) for _, (tp, fp) in pool.draws()]

    def thresholds(log_odds):
        price = expit(log_odds)
        cuts = np.concatenate(
            [(tp - price * predicted).argmax(2) for tp, predicted in draws], axis=1
        )
        return pool.thresholds(pool.z_of(cuts).mean(0))

    return thresholds


class Pool(NamedTuple):
    """Labels made comparable: their bins, what these say, and the common scale.

    to_z, to_score : from scores to the common scale, and back; never, always : (n_labels,) where these cuts lie on it
    """

    y_true: np.ndarray
    y_score: np.ndarray
    weight: np.ndarray | None
    bins: Bins
    evidence: Evidence
    to_z: object
    to_score: object
    never: np.ndarray
    always: np.ndarray

    @classmethod
    def of(cls, y_true, y_score, weight):
        """Pool of rows, weights being numbers of rows."""
        bins = summarise(y_true, y_score, weight)
        z, to_z, to_score = common_scale(bins)
        never, always = to_z(bins.mid[:, 0]) + BEYOND, to_z(bins.low[:, -1]) - BEYOND
        return cls(
            y_true, y_score, weight, bins, shrunk_evidence(bins, z), to_z, to_score, never, always
        )

    def counts(self):
        """(tp, fp, fn, tn) of the evidence at every cut."""
        return all_counts(*self.evidence.predicted(self.bins.pos, self.bins.neg))

    def draws(self):
        """Pairs of a block of labels and (tp, fp) of their evidence at every cut in bootstrap samples.

        tp, fp : (n_draws, n_labels_of_block, n_bins + 1)

        The sum of k rows that are each drawn Poisson(1) times is Poisson(k), so the counts of the bins are enough. Its
        root has a standard deviation of 1/2, which is added in one sample and taken away in another: k + 1/4 more or
        less the root of k.
        """
        rng = np.random.default_rng(SEED)
        n_labels, n_bins = self.bins.pos.shape
        for block in blocks(n_labels, CELLS_AT_ONCE, 2 * PAIRS_OF_DRAWS * n_bins):
            yield (
                block,
                _drawn(
                    self.evidence.of_labels(block), self.bins.pos[block], self.bins.neg[block], rng
                ),
            )

    def z_of(self, cuts):
        """Where cuts of shape (..., n_labels) lie on the common scale.

        Halfway down to the next score, and beyond the extremes.
        """
        bins = self.bins
        above = np.arange(cuts.shape[-1]), np.maximum(cuts - 1, 0)
        z = (self.to_z(bins.low[above]) + self.to_z(bins.below[above])) / 2
        return np.where(cuts == 0, self.never, np.where(cuts == bins.low.shape[1], self.always, z))

    def thresholds(self, z):
        """Thresholds at points of the common scale, in the dtype of the scores.

        "Never" stays above, and "always" not above, all scores of a label.
        """
        dtype = self.y_score.dtype.type
        top, lowest = self.bins.top[:, 0].astype(dtype), self.bins.low[:, -1].astype(dtype)
        above = np.where(
            z >= self.never - BEYOND / 2, np.nextafter(top, dtype(np.inf)), dtype(-np.inf)
        )
        below = np.where(z <= self.always + BEYOND / 2, lowest, dtype(np.inf))
        thresholds = np.minimum(np.maximum(self.to_score(z).astype(dtype), above), below)
        seen, missing = self.bins.pos.any(1), self.bins.neg.any(1)
        return np.where(seen, np.where(missing, thresholds, dtype(-np.inf)), dtype(np.inf))

    def parts_classes(self, cuts):
        """(n_labels,) whether the shares of positives differ much between the bins above and below a cut, and these
        have enough rows to be searched.

        Elsewhere a value hardly changes within bins, and looking for the best place there would be looking at noise.
        """
        around = np.maximum(cuts - 1, 0), np.minimum(cuts, self.bins.pos.shape[1] - 1)
        pos, neg = (
            np.array([_taken(part, bin) for bin in around])
            for part in (self.bins.pos, self.bins.neg)
        )
        with np.errstate(
            invalid="ignore"
        ):  # bins without rows, of equal scores, whose share is unknown
            above, below = pos / (pos + neg)
        return ~(np.abs(above - below) < SHARES_THAT_PART) & (
            (pos + neg).sum(0) > ROWS_NOT_SEARCHED
        )

    def cut_within_bins(self, label, cut, goal, threshold):
        """Best threshold by the label's own rows in the bins on both sides of a cut.

        threshold : the one to keep where these bins are single scores
        """
        first, last = max(cut - 1, 0), min(cut + 1, self.bins.pos.shape[1])
        pos, neg = self.bins.pos[label], self.bins.neg[label]
        score, edges = self.y_score[:, label], self.bins.low[label]
        within = score >= edges[last - 1]
        if first:
            within &= score < edges[first - 1]
        rows = np.flatnonzero(within)
        weight = None if self.weight is None else self.weight[rows]
        inner = cuts_at_all_scores(self.y_true[:, label][rows], score[rows], weight)
        if len(inner.scores) - 1 <= last - first:
            return threshold
        tp, fp = inner.tps + pos[:first].sum(), inner.fps + neg[:first].sum()
        fn, tn = np.maximum(pos.sum() - tp, 0), np.maximum(neg.sum() - fp, 0)
        values = goal.for_labels(np.array([label])).values(
            *np.stack([tp, fp, fn, tn])[:, np.newaxis]
        )[0]
        best = np.argmax(values)
        return inner.thresholds([best])[0] if 0 < best < len(tp) - 1 else threshold


class LinearisedObjective(NamedTuple):
    """What each label maximises by itself: the formulas' mean, and a linear part of the sum.

    What the labels have in common is made linear in their counts on all samples. It stays the same
    for bootstrap samples, which each label then answers alone.

    weight : (n_labels, 1) of the formulas; slope : of tp and of fp
    """

    objective: object
    weight: np.ndarray
    slope: tuple

    def for_labels(self, labels):
        """The objective of some of the labels, an int array."""
        objective = self.objective._for_labels(labels[:, np.newaxis])
        return self._replace(objective=objective, weight=self.weight[labels])

    def values(self, tp, fp, fn, tn):
        """Values at cuts, for counts of shape (..., n_labels, n_cuts)."""
        values = self.slope[0] * tp + self.slope[1] * fp
        if self.weight.any():
            values += self.weight * self.objective.formula(tp, fp, fn, tn)
        return values

    def best(self, tp, fp, fn, tn):
        """The best cuts, (..., n_labels)."""
        return self.values(tp, fp, fn, tn).argmax(-1)


def linearise(objective, counts):
    """(LinearisedObjective, its best cuts) of all samples."""
    n_labels = len(counts[0])
    labels = np.arange(n_labels)
    if objective._form == "micro":
        price = best_price(objective, counts)
        goal = LinearisedObjective(objective, np.zeros((n_labels, 1)), (1 - price, -price))
        return goal, goal.best(*counts)
    average = getattr(objective, "average", None)  # a cost has none: each label by itself
    n_pos = counts[2][:, :1]
    weight = n_pos if average == "weighted" else (n_pos > 0).astype(float)
    weight = weight / max(weight.sum(), TINY)
    goal = LinearisedObjective(objective, weight, (0.0, 0.0))
    may_flood = isinstance(objective, LinearRatio) and objective._ignores_tn
    if average is None or not may_flood:
        return goal, goal.for_labels(labels).best(*counts)
    return with_share(goal, counts, MICRO_SHARE)


def with_share(goal, counts, share):
    """(goal, best cuts) with a share of the formula of the summed counts added to the mean.

    A formula that ignores true negatives makes false positives of a rare label as cheap as it is
    rare, so that a label without signal would be predicted for all samples. The summed formula is
    made linear at the current cuts, after which each label decides alone again.
    """
    labels = np.arange(len(counts[0]))
    values = goal.for_labels(labels).values(*counts)
    cuts = values.argmax(1)
    for _ in range(MAX_LINEARISATIONS if share else 0):
        slope = share * slopes_of_sum(goal.objective, sums_at(counts, cuts))
        goal = goal._replace(slope=tuple(slope))
        new = (values + slope[0] * counts[0] + slope[1] * counts[1]).argmax(1)
        if np.array_equal(new, cuts):
            break
        cuts = new
    return goal, cuts


def slopes_of_sum(objective, summed):
    """Derivatives of a ratio of summed counts with respect to tp and to fp, the totals given."""
    tp, fp, fn, tn = summed
    value = objective.formula(*np.array(summed)[:, np.newaxis])[0]
    gain, loss = objective._slopes(value, tp + fn, fp + tn)
    _, denominator = objective._coefficients(tp + fn, fp + tn)
    total = np.dot(denominator, summed)
    return np.array([gain, -loss]) / max(total, TINY)


def best_price(objective, counts):
    """Price of a predicted sample, in true positives, that is best for the formula of the sums.

    At a price every label decides alone, and each vertex of the sum of the labels' ROC hulls is the
    best at some price.
    """
    tp, predicted = counts[0], counts[0] + counts[1]

    def sums(price):
        return sums_at(counts, (tp - price * predicted).argmax(1))

    def value(price):
        return objective.formula(*sums(price)[:, np.newaxis])[0]

    def best(log_odds):
        return max(log_odds[::-1], key=lambda one: value(expit(one)))  # the highest among equals

    price = expit(best(best(COARSE) + FINE))
    if not isinstance(objective, LinearRatio):
        return price
    # A ratio has a price at its value, and a better one as long as there is any (Dinkelbach).
    n_pos, n_neg = sums(0.5)[[0, 2]].sum(), sums(0.5)[[1, 3]].sum()
    while value(better := objective._price(value(price), n_pos, n_neg)) > value(price):
        price = better
    return price


def sums_at(counts, cuts):
    """The four counts of all labels together at cuts of (n_labels,)."""
    return np.array([_taken(part, cuts).sum() for part in counts])


def _drawn(evidence, pos, neg, rng):
    """(tp, fp) at every cut in bootstrap samples: means, to which changes are added in one half and not in the other.

    Both are sums over bins, so that two samples cost no more sums than one.
    """
    means = evidence.predicted(*(part + np.minimum(part, 1) / 4 for part in (pos, neg)))
    changes = evidence.predicted(
        *(_with_random_signs(np.minimum(np.sqrt(part), part), rng) for part in (pos, neg))
    )
    drawn = np.empty((2, 2, *changes[0].shape))
    for out, mean, change in zip(drawn, means, changes, strict=True):
        np.add(mean, change, out=out[0])
        np.subtract(mean, change, out=out[1])
    return drawn.reshape(2, -1, *means[0].shape)


def _with_random_signs(values, rng):
    """(PAIRS_OF_DRAWS, ...) copies of values, each of them positive or negative."""
    shape = PAIRS_OF_DRAWS, *values.shape
    n_bits = PAIRS_OF_DRAWS * values.size
    bits = np.unpackbits(np.frombuffer(rng.bytes(n_bits // 8 + 1), np.uint8), count=n_bits)
    return np.where(bits.view(bool).reshape(shape), values, -values)


def _taken(values, cuts):
    """Values at the chosen cuts, one of each label."""
    return values[np.arange(len(cuts)), cuts]
