"""Thresholds of several labels from evidence that is shrunk towards what all labels say together.

    bins ─► evidence ─► bootstrap of the counts: best cuts ─► mean cut on the common scale ─► thresholds

A formula maps arrays (tp, fp, fn, tn) to values, larger is better.

Shapes: y_true (n_samples, n_labels) bool, y_score (n_samples, n_labels) float, sample_weight (n_samples,) > 0 or None;
arrays of bins (n_labels, n_bins) from the highest score down, arrays of cuts (n_labels, n_bins + 1).
"""

from typing import NamedTuple

import numpy as np
from scipy.special import expit

from ._bins import Bins, as_numbers_of_rows, summarise
from ._cuts import cuts_at_all_scores
from ._evidence import TINY, Evidence, common_scale, shrunk_evidence

PAIRS_OF_DRAWS = 6  # of bootstrap samples
SEED = 0
BEYOND = 0.5  # how far outside its extreme scores "never" and "always" lie, in log odds
# Weight of the formula of all labels' counts beside the mean of the labels' formulas: so much keeps most labels without
# signal from flooding and costs next to nothing of the mean. docs/new_rows.md has what more or less of it does.
MICRO_SHARE = 0.15
SHARES_THAT_PART = 0.25


def pooled_thresholds(y_true, y_score, sample_weight, formulas, average):
    """Thresholds that maximise, as far as the rows can tell, an average of a formula of confusion counts on new rows.

    formulas : list of n_labels; average : "macro", "weighted", "micro" or None (each label by itself)
    """
    pool = Pool.of(y_true, y_score, as_numbers_of_rows(sample_weight))
    choose = _chooser(formulas, average, pool.counts())
    cuts = np.stack([choose(counts)[0] for counts in pool.draws()])
    thresholds = pool.thresholds(pool.z_of(cuts).mean(0))
    best, goal = choose(pool.counts())
    for label in np.flatnonzero((np.ptp(cuts, axis=0) <= 1) & pool.parts_classes(best)):
        thresholds[label] = pool.cut_within_bins(label, best[label], goal, thresholds[label])
    return thresholds


def probability_rule(y_true, y_score, sample_weight):
    """Rule with one parameter: the thresholds that predict labels from a log odds on.

    For objectives that no label can maximise by itself: they choose the log odds that suit them.
    """
    pool = Pool.of(y_true, y_score, as_numbers_of_rows(sample_weight))
    draws = [(tp, tp + fp) for tp, fp, _, _ in pool.draws()]

    def thresholds(log_odds):
        price = expit(log_odds)
        return pool.thresholds(np.mean([pool.z_of((tp - price * predicted).argmax(1)) for tp, predicted in draws], 0))

    return thresholds


class Pool(NamedTuple):
    """Labels made comparable: their bins, what these say, and where each cut lies on the common scale.

    at : (n_labels, n_bins + 1); to_score : from the common scale to scores
    """

    y_true: np.ndarray
    y_score: np.ndarray
    weight: np.ndarray | None
    bins: Bins
    evidence: Evidence
    at: np.ndarray
    to_score: object

    @classmethod
    def of(cls, y_true, y_score, weight):
        """Pool of rows, weights being numbers of rows."""
        bins = summarise(y_true, y_score, weight)
        to_z, to_score = common_scale(bins)
        evidence = shrunk_evidence(bins, to_z(bins.mid))
        # Cuts lie halfway down to the next score, and beyond the extremes.
        never, always = to_z(bins.mid[:, :1]) + BEYOND, to_z(bins.low[:, -1:]) - BEYOND
        at = np.hstack([never, (to_z(bins.low) + to_z(bins.below))[:, :-1] / 2, always])
        return cls(y_true, y_score, weight, bins, evidence, at, to_score)

    def counts(self):
        """(tp, fp, fn, tn) of the evidence at every cut."""
        return self.evidence.counts(self.bins.pos, self.bins.neg)

    def draws(self):
        """Counts of bootstrap samples, in pairs of which one has more where the other has less.

        The sum of k rows that are each drawn Poisson(1) times is Poisson(k), so the counts of the bins are enough. Its
        root is nearly normal with a standard deviation of 1/2.
        """
        rng = np.random.default_rng(SEED)
        roots = [np.sqrt(part) for part in (self.bins.pos, self.bins.neg)]
        for _ in range(PAIRS_OF_DRAWS):
            noise = [rng.standard_normal(root.shape) / 2 * np.minimum(root, 1) for root in roots]
            for signed in (noise, [-part for part in noise]):
                yield self.evidence.counts(*((root + part) ** 2 for root, part in zip(roots, signed, strict=True)))

    def z_of(self, cuts):
        """Where cuts of shape (..., n_labels) lie on the common scale."""
        return self.at[np.arange(len(self.at)), cuts]

    def thresholds(self, z):
        """Thresholds at points of the common scale, in the dtype of the scores.

        "Never" stays above, and "always" not above, all scores of a label.
        """
        dtype = self.y_score.dtype.type
        top, lowest = self.y_score.max(0), self.y_score.min(0)
        above = np.where(z >= self.at[:, 0] - BEYOND / 2, np.nextafter(top, dtype(np.inf)), dtype(-np.inf))
        below = np.where(z <= self.at[:, -1] + BEYOND / 2, lowest, dtype(np.inf))
        thresholds = np.minimum(np.maximum(self.to_score(z).astype(dtype), above), below)
        seen, missing = self.bins.pos.any(1), self.bins.neg.any(1)
        return np.where(seen, np.where(missing, thresholds, dtype(-np.inf)), dtype(np.inf))

    def parts_classes(self, cuts):
        """(n_labels,) whether the shares of positives differ much between the bins above and below a cut.

        Elsewhere a value hardly changes within bins, and looking for the best place there would be looking at noise.
        """
        above, below = np.maximum(cuts - 1, 0), np.minimum(cuts, self.bins.pos.shape[1] - 1)
        with np.errstate(invalid="ignore"):  # bins without rows, of equal scores, whose share is unknown
            share = self.bins.pos / (self.bins.pos + self.bins.neg)
        return ~(np.abs(_taken(share, above) - _taken(share, below)) < SHARES_THAT_PART)

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
        best = len(tp) - 1 - np.argmax(goal.of_label(label, (tp, fp, fn, tn))[::-1])
        return inner.thresholds([best])[0] if 0 < best < len(tp) - 1 else threshold


class Goal(NamedTuple):
    """What each label maximises by itself, once what all labels have in common is made linear in its counts.

    weight : (n_labels, 1) of the formulas; formulas : list of n_labels; slope : of (tp, fp, fn, tn)
    """

    weight: np.ndarray
    formulas: list
    slope: np.ndarray

    def linear(self, counts):
        """The linear part at cuts of one or of all labels."""
        return sum(s * part for s, part in zip(self.slope, counts, strict=True) if s)

    def of_label(self, label, counts):
        """Values at cuts of one label."""
        return self.linear(counts) + self.weight[label] * self.formulas[label](*counts)


def _chooser(formulas, average, counts):
    """Function from counts at every cut to (best cuts, their goal); ``counts`` are those of all rows."""
    if average == "micro":
        price = _best_price(formulas, counts, np.linspace(-9, 9, 73))[0]
        return lambda counts: _best_price(formulas, counts, price + np.linspace(-1, 1, 21))[1:]
    n_pos = counts[2][:, :1]
    weight = n_pos if average == "weighted" else (n_pos > 0).astype(float)
    weight = weight / max(weight.sum(), TINY)
    share = MICRO_SHARE if average is not None and _may_flood(formulas, counts) else 0
    return lambda counts: _best_mean(formulas, counts, weight, share)


def _may_flood(formulas, counts):
    """Whether false positives of a rare label are as cheap as it is rare, so that one without signal may be predicted
    everywhere: where all labels have one formula, and it ignores true negatives.
    """
    if not _is_shared(formulas):
        return False
    tp, fp, fn, tn = (part.mean(keepdims=True) for part in counts)
    return np.array_equal(formulas[0](tp, fp, fn, tn), formulas[0](tp, fp, fn, 2 * tn + 1))


def _best_mean(formulas, counts, weight, share):
    """(cuts, goal) of the largest weighted mean of the labels' formulas plus a share of the formula of summed counts.

    The second is made linear at the current cuts, after which every label decides alone.
    """
    values = weight * _label_values(formulas, counts)
    goal = Goal(weight, formulas, np.zeros(4))
    cuts = values.argmax(1)
    for _ in range(10 if share else 0):
        sums = np.array([_taken(part, cuts).sum() for part in counts])
        goal = goal._replace(slope=share * _gradient(formulas[0], sums))
        new = (values + goal.linear(counts)).argmax(1)
        if np.array_equal(new, cuts):
            break
        cuts = new
    return cuts, goal


def _gradient(formula, counts):
    """Slope of a formula in each of its four counts."""
    h = 1e-5 * counts.sum()
    values = formula(*(counts[:, np.newaxis] + h * np.eye(4, 5)))
    return (values[:4] - values[4]) / h


def _best_price(formulas, counts, log_odds):
    """(log odds, cuts, goal) of the price of a predicted row, in true positives, that is best for the formula of sums.

    At a price every label decides alone, and all corners of the sum of the labels' ROC hulls have one.
    """
    tp, predicted = counts[0], counts[0] + counts[1]
    prices = expit(log_odds)
    cuts = np.stack([(tp - price * predicted).argmax(1) for price in prices])
    sums = [np.take_along_axis(part, cuts.T, 1).sum(0) for part in counts]
    best = len(cuts) - 1 - np.argmax(formulas[0](*sums)[::-1])  # the highest price among equals
    slope = np.array([1 - prices[best], -prices[best], 0, 0])
    return log_odds[best], cuts[best], Goal(np.zeros((len(formulas), 1)), formulas, slope)


def _label_values(formulas, counts):
    """Formula of each label at its cuts."""
    if _is_shared(formulas):
        return formulas[0](*counts)
    return np.stack([one(*label) for one, label in zip(formulas, zip(*counts, strict=True), strict=True)])


def _is_shared(formulas):
    return all(formula == formulas[0] for formula in formulas)


def _taken(values, cuts):
    """Values at the chosen cuts, one of each label."""
    return values[np.arange(len(cuts)), cuts]
