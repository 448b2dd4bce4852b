"""Thresholds from soft counts: the best cuts in bootstrap samples, averaged on the common scale.

Shapes: y_true (n_samples, n_labels) bool, y_score (n_samples, n_labels) float, sample_weight
(n_samples,) or (n_samples, n_labels) or None; arrays of bins (n_labels, n_bins), arrays of cuts
(n_labels, n_bins + 1).
``counts`` are four arrays (tp, fp, fn, tn) of cuts.
"""

from typing import NamedTuple

import numpy as np
from scipy.special import expit

from ..core import as_numbers_of_rows, blocks, weight_of_label
from ..objectives import LinearRatio, Objective
from ..solvers import cuts_at_all_scores
from ._bins import Bins, summarise
from ._shrinkage import TINY, CommonScale, SoftCounts, all_counts, fit_common_scale, fit_soft_counts

N_PAIRS = 6  # of bootstrap samples
SEED = 0
CELLS_AT_ONCE = 2**16  # cuts in bootstrap samples, few enough for a processor's cache
MARGIN = 0.5  # between a label's extreme scores and "never" or "always", in log odds
# Weight of the micro average beside the average over labels. It keeps labels without signal from
# being predicted everywhere, and hardly lowers the average: see docs/new_samples.md.
MICRO_SHARE = 0.15
MAX_LINEARISATIONS = 10
MIN_CONTRAST = 0.25  # between the bins around a cut, from which on single samples are searched
MIN_SAMPLES_SEARCHED = 20
# Log odds of prices, and steps around the best of them. The highest of equally good ones wins.
COARSE = np.linspace(-9, 9, 13)[::-1]
FINE = np.linspace(-1.5, 1.5, 16)[::-1]


def pooled_thresholds(objective, y_true, y_score, sample_weight):
    """Thresholds that are expected to maximise an objective on new samples: (n_labels,).

    objective : of form "labels" or "micro"
    """
    pool = Pool.fit(y_true, y_score, sample_weight)
    linearised, best = linearise(objective, pool.counts())
    cuts = [linearised.best(labels, all_counts(tp, fp)) for labels, tp, fp in pool.bootstrap()]
    cuts = np.concatenate(cuts, axis=1)
    thresholds = pool.thresholds(pool.place(cuts).mean(axis=0))

    # Where all bootstrap samples agree, single samples tell more than bins.
    is_certain = np.ptp(cuts, axis=0) <= 1
    for label in np.flatnonzero(is_certain & pool.has_contrast(best)):
        refined = _threshold_within_bins(pool, linearised, label, best[label])
        thresholds[label] = thresholds[label] if refined is None else refined
    return thresholds


def probability_rule(y_true, y_score, sample_weight):
    """Function from the log odds of a probability to the thresholds that predict from there on.

    The family of thresholds for objectives that do not decompose over labels.
    """
    pool = Pool.fit(y_true, y_score, sample_weight)
    draws = [(tp, tp + fp) for _, tp, fp in pool.bootstrap()]

    def thresholds(log_odds):
        price = expit(log_odds)
        cuts = [(tp - price * predicted).argmax(axis=2) for tp, predicted in draws]
        return pool.thresholds(pool.place(np.concatenate(cuts, axis=1)).mean(axis=0))

    return thresholds


class Pool(NamedTuple):
    """Samples of all labels, made comparable.

    weight : (n_samples,) or (n_samples, n_labels) in units of samples, or None
    never, always : (n_labels,) places on the common scale of the first and of the last cut
    """

    y_true: np.ndarray
    y_score: np.ndarray
    weight: np.ndarray | None
    bins: Bins
    soft: SoftCounts
    scale: CommonScale
    never: np.ndarray
    always: np.ndarray

    @classmethod
    def fit(cls, y_true, y_score, sample_weight):
        """Bins, common scale and soft counts of samples."""
        weight = as_numbers_of_rows(sample_weight)
        bins = summarise(y_true, y_score, weight)
        scale = fit_common_scale(bins)
        z = scale.from_score(bins.mid)
        soft = fit_soft_counts(bins, z)._replace(unit=_units(sample_weight, weight))
        always = scale.from_score(bins.low[:, -1]) - MARGIN
        return cls(y_true, y_score, weight, bins, soft, scale, z[:, 0] + MARGIN, always)

    def counts(self):
        """Soft (tp, fp, fn, tn) at every cut."""
        return all_counts(*self.soft.at_cuts(self.bins.pos, self.bins.neg))

    def bootstrap(self):
        """Blocks of labels, and (tp, fp) of bootstrap samples at their cuts: (labels, tp, fp)."""
        rng = np.random.default_rng(SEED)
        n_labels, n_bins = self.bins.pos.shape
        for labels in blocks(n_labels, CELLS_AT_ONCE, 2 * N_PAIRS * n_bins):
            soft, pos, neg = self.soft.take(labels), self.bins.pos[labels], self.bins.neg[labels]
            yield labels, *bootstrap_counts(soft, pos, neg, rng)

    def place(self, cuts):
        """Places of cuts on the common scale, shaped as ``cuts``: (..., n_labels)."""
        n_labels = len(self.bins.low)
        # Halfway from the lowest score that is predicted to the next one.
        bin = np.arange(n_labels), np.maximum(cuts - 1, 0)
        above = self.scale.from_score(self.bins.low[bin])
        below = self.scale.from_score(self.bins.below[bin])
        # Bins behind the lowest score are empty.
        is_always = self.bins.low[bin] == self.bins.low[:, -1]
        z = np.where(is_always, self.always, (above + below) / 2)
        return np.where(cuts == 0, self.never, z)

    def thresholds(self, z):
        """Thresholds at places on the common scale, (n_labels,) in the dtype of the scores."""
        dtype = self.y_score.dtype.type
        inf = dtype(np.inf)
        thresholds = self.scale.to_score(z).astype(dtype)

        # Rounding must not undo "never", above all scores, nor "always", above none.
        above_all = np.nextafter(self._highest(), inf)
        lowest = self.bins.low[:, -1].astype(dtype)
        is_never, is_always = z >= self.never - MARGIN / 2, z <= self.always + MARGIN / 2
        thresholds = np.where(is_never, np.maximum(thresholds, above_all), thresholds)
        thresholds = np.where(is_always, np.minimum(thresholds, lowest), thresholds)

        # A label with samples of one class only is predicted always, or never.
        thresholds[~self.bins.neg.any(axis=1)] = -inf
        thresholds[~self.bins.pos.any(axis=1)] = inf
        return thresholds

    def _highest(self):
        """The highest score of each label that has a weight: (n_labels,)."""
        if self.weight is None or self.weight.ndim == 1:
            return self.y_score.max(axis=0)
        return self.y_score.max(axis=0, where=self.weight > 0, initial=-np.inf)

    def has_contrast(self, cuts):
        """Whether the fraction of positives changes much at each label's cut: (n_labels,) bool.

        Elsewhere the value hardly depends on where a cut lies within its bins, so that a search for
        the best place would fit noise.
        """
        last = self.bins.pos.shape[1] - 1
        above, below = np.maximum(cuts - 1, 0), np.minimum(cuts, last)
        pos_above, pos_below = _at(self.bins.pos, above), _at(self.bins.pos, below)
        n_above = pos_above + _at(self.bins.neg, above)
        n_below = pos_below + _at(self.bins.neg, below)
        # Bins are empty where scores are equal. An unknown fraction counts as a contrast.
        with np.errstate(invalid="ignore"):
            contrast = np.abs(pos_above / n_above - pos_below / n_below)
        return ~(contrast < MIN_CONTRAST) & (n_above + n_below > MIN_SAMPLES_SEARCHED)


def _units(sample_weight, weight):
    """Weight of one sample of each label, relative to the largest: 1.0, or (n_labels, 1).

    weight : ``sample_weight`` in units of samples
    """
    if sample_weight is None or sample_weight.ndim == 1:
        return 1.0
    largest = sample_weight.argmax(axis=0), np.arange(sample_weight.shape[1])
    unit = sample_weight[largest] / np.maximum(weight[largest], TINY)
    return (unit / unit.max())[:, np.newaxis]


def bootstrap_counts(soft, pos, neg, rng, n_pairs=N_PAIRS):
    """(tp, fp) of bootstrap samples at every cut: (2 * n_pairs, n_labels, n_bins + 1).

    In a Poisson bootstrap, a bin of k samples is drawn Poisson(k) times. The square root of that
    has a standard deviation of about 1/2 (Anscombe 1948). It is shifted by 1/2 up or down, at
    random, which makes k + 1/4 + sqrt(k) or k + 1/4 - sqrt(k) of k. Each sample has an antithetic
    twin with the opposite signs.
    """
    tp, fp = soft.at_cuts(pos + np.minimum(pos, 1) / 4, neg + np.minimum(neg, 1) / 4)
    # Soft counts are linear in the weight of the samples, so twins share one cumulated sum.
    pos_change = _with_random_signs(np.minimum(np.sqrt(pos), pos), n_pairs, rng)
    neg_change = _with_random_signs(np.minimum(np.sqrt(neg), neg), n_pairs, rng)
    tp_change, fp_change = soft.at_cuts(pos_change, neg_change)
    return _twins(tp, tp_change), _twins(fp, fp_change)


def _with_random_signs(values, n_copies, rng):
    """(n_copies, ...) copies of values, each with a random sign."""
    shape = n_copies, *values.shape
    n_bits = n_copies * values.size
    random_bytes = np.frombuffer(rng.bytes(n_bits // 8 + 1), np.uint8)
    is_positive = np.unpackbits(random_bytes, count=n_bits).view(bool).reshape(shape)
    return np.where(is_positive, values, -values)


def _twins(mean, change):
    """``mean + change`` and ``mean - change``, along the first axis."""
    twins = np.empty((2, *change.shape))
    np.add(mean, change, out=twins[0])
    np.subtract(mean, change, out=twins[1])
    return twins.reshape(-1, *mean.shape)


def _threshold_within_bins(pool, linearised, label, cut):
    """Best threshold of a label among single samples of the bins on both sides of a cut.

    None if the bins hold single scores, or if the best place is at their border.
    """
    # The samples in the bins first, ..., last - 1.
    pos, neg, low = pool.bins.pos[label], pool.bins.neg[label], pool.bins.low[label]
    first, last = max(cut - 1, 0), min(cut + 1, len(pos))
    score = pool.y_score[:, label]
    is_within = score >= low[last - 1]
    if first > 0:
        is_within &= score < low[first - 1]
    weight = weight_of_label(pool.weight, label)
    if weight is not None:
        is_within &= weight > 0
    within = np.flatnonzero(is_within)
    weight = None if weight is None else weight[within]
    inner = cuts_at_all_scores(pool.y_true[within, label], score[within], weight)
    if len(inner.scores) - 1 <= last - first:
        return None

    # Observed counts, since bins far apart in their fraction of positives need no shrinkage.
    tp = inner.tps + pos[:first].sum()
    fp = inner.fps + neg[:first].sum()
    fn, tn = np.maximum(pos.sum() - tp, 0), np.maximum(neg.sum() - fp, 0)
    counts = np.array([tp, fp, fn, tn])[:, np.newaxis] * pool.soft.take([label]).unit
    best = linearised.best(slice(label, label + 1), counts)[0]
    return inner.thresholds([best])[0] if 0 < best < len(tp) - 1 else None


class LinearisedObjective(NamedTuple):
    """What each label maximises by itself: weight * value of the label + gain * tp - loss * fp.

    The linear terms stand for the micro average, at fixed counts of the other labels. They are
    found once and hold in all bootstrap samples.

    weight : (n_labels, 1)
    """

    objective: Objective
    weight: np.ndarray
    gain: float
    loss: float

    def values(self, labels, counts):
        """Values at cuts of a slice of the labels; counts and values (..., n_labels, n_cuts)."""
        tp, fp, _, _ = counts
        values = self.gain * tp - self.loss * fp
        weight = self.weight[labels]
        if weight.any():
            index = np.arange(len(self.weight))[labels, np.newaxis]
            values += weight * self.objective._for_labels(index).formula(*counts)
        return values

    def best(self, labels, counts):
        """Best cut of each of the labels: (..., n_labels)."""
        return self.values(labels, counts).argmax(axis=-1)


def linearise(objective, counts):
    """(LinearisedObjective, best cuts) of the soft counts of all labels."""
    _, _, n_pos, _ = [count[:, :1] for count in counts]
    if objective._form == "micro":
        price = best_price(objective, counts)
        linearised = LinearisedObjective(objective, np.zeros_like(n_pos), 1 - price, price)
        return linearised, linearised.best(slice(None), counts)

    # Costs have no average: the costs of all labels are summed.
    average = getattr(objective, "average", None)
    weight = n_pos if average == "weighted" else (n_pos > 0).astype(float)
    linearised = LinearisedObjective(objective, weight / max(weight.sum(), TINY), 0.0, 0.0)

    # A ratio that ignores true negatives makes false positives of a rare label cheap. Then a rare
    # label without signal would be predicted everywhere.
    is_at_risk = isinstance(objective, LinearRatio) and objective._ignores_tn
    share = MICRO_SHARE if is_at_risk and average is not None else 0.0
    return add_micro_share(linearised, counts, share)


def add_micro_share(linearised, counts, share):
    """(LinearisedObjective, best cuts) after ``share`` times the micro average is added.

    The micro average is replaced by its tangent at the best cuts, until these stay (as in the
    method of Frank and Wolfe, with full steps).
    """
    tp, fp, _, _ = counts
    values_of_labels = linearised.values(slice(None), counts)
    cuts = values_of_labels.argmax(axis=1)
    for _ in range(MAX_LINEARISATIONS if share else 0):
        gain, loss = _micro_slopes(linearised.objective, *summed(counts, cuts))
        linearised = linearised._replace(gain=share * gain, loss=share * loss)
        values = values_of_labels + linearised.gain * tp - linearised.loss * fp
        previous, cuts = cuts, values.argmax(axis=1)
        if np.array_equal(cuts, previous):
            break
    return linearised, cuts


def _micro_slopes(objective, tp, fp, fn, tn):
    """How a ratio of summed counts grows with tp, and falls with fp."""
    n_pos, n_neg = tp + fn, fp + tn
    _, denominator = objective._coefficients(n_pos, n_neg)
    size = np.dot(denominator, [tp, fp, fn, tn])
    # An undefined ratio, such as precision without predictions, has no tangent.
    if size <= 0:
        return 0.0, 0.0
    gain, loss = objective._slopes(objective.formula(tp, fp, fn, tn), n_pos, n_neg)
    return gain / size, loss / size


def best_price(objective, counts):
    """Price of a predicted sample, in true positives, that is best for the summed counts.

    At a given price each label is optimised by itself. Every vertex of the sum of the labels' ROC
    convex hulls is the optimum at some price.
    """
    tp, fp, _, _ = counts
    predicted = tp + fp

    def counts_at(price):
        return summed(counts, (tp - price * predicted).argmax(axis=1))

    def value(price):
        return objective.formula(*counts_at(price)[:, np.newaxis])[0]

    log_odds = max(COARSE, key=lambda log_odds: value(expit(log_odds)))
    log_odds = max(log_odds + FINE, key=lambda log_odds: value(expit(log_odds)))
    price = expit(log_odds)

    # A ratio gives the price at which it would not change, which is a better one as long as there
    # is any (Dinkelbach 1967).
    while isinstance(objective, LinearRatio):
        tp_sum, fp_sum, fn_sum, tn_sum = counts_at(price)
        found = objective._price(value(price), tp_sum + fn_sum, fp_sum + tn_sum)
        if not value(found) > value(price):
            break
        price = found
    return price


def summed(counts, cuts):
    """The four counts of all labels together, given the cut of each label: (4,)."""
    return np.array([_at(count, cuts).sum() for count in counts])


def _at(values, index):
    """One value of each label, given its index."""
    return values[np.arange(len(index)), index]
