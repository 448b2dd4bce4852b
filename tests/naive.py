"""Slow and obviously right twins of the fast kernels."""

import itertools
from fractions import Fraction
from math import comb

import numpy as np


def candidate_thresholds(scores):
    """Never, and every distinct score."""
    return [np.inf, *np.unique(scores)]


def decisions(y_score, thresholds):
    return np.asarray(y_score) >= np.asarray(thresholds)


def best_per_label(y_true, y_score, value):
    """Largest ``value(y_true, y_pred)`` over every vector of cuts."""
    cuts = [candidate_thresholds(column) for column in y_score.T]
    return max(value(y_true, decisions(y_score, vector)) for vector in itertools.product(*cuts))


def best_global(y_true, y_score, value):
    """Largest ``value(y_true, y_pred)`` over every common cut."""
    return max(value(y_true, decisions(y_score, cut)) for cut in candidate_thresholds(y_score))


def cheapest_decision(proba, costs):
    """Decision of one cell: 1 where its expected cost is not above that of 0."""
    tp, fp, fn, tn = costs
    return int(proba * tp + (1 - proba) * fp <= proba * fn + (1 - proba) * tn)


def nearest_to_frequency(y_true, y_score, sample_weight=None):
    """(smallest |predicted - positive| of one label over every cut, fewest predictions there)."""
    positive = counts_at(y_true, y_score, -np.inf, sample_weight)[0]
    predicted = [
        sum(counts_at(y_true, y_score, cut, sample_weight)) for cut in candidate_thresholds(y_score)
    ]
    distance = min(abs(p - positive) for p in predicted)
    return distance, min(p for p in predicted if abs(p - positive) <= distance + 1e-9)


def counts_at(y_true, y_score, cut, sample_weight=None):
    """(tp, fp) of one label, row by row."""
    weight = np.ones(len(y_true)) if sample_weight is None else sample_weight
    tp = sum(w for y, s, w in zip(y_true, y_score, weight, strict=True) if y and s >= cut)
    fp = sum(w for y, s, w in zip(y_true, y_score, weight, strict=True) if not y and s >= cut)
    return tp, fp


def limited_decisions(y_score, thresholds, min_labels, max_labels):
    """Row by row: labels in the order of their margins; those of at least 0, within the limits."""
    y_pred = np.zeros(np.shape(y_score), bool)
    for row, scores in zip(y_pred, np.asarray(y_score), strict=True):
        margins = [score - cut for score, cut in zip(scores, thresholds, strict=True)]
        keys = [
            (-m, -s if np.isinf(m) else 0, k)
            for k, (m, s) in enumerate(zip(margins, scores, strict=True))
        ]
        wanted = sum(score >= cut for score, cut in zip(scores, thresholds, strict=True))
        for _, _, label in sorted(keys)[: min(max(wanted, min_labels), max_labels)]:
            row[label] = True
    return y_pred


def least_cost_of_a_band(y_score, cost_of_no, cost_of_yes, cost_of_abstaining):
    """Least total cost over every pair of cuts, lower and upper, of one label."""
    cuts = [-np.inf, *np.unique(y_score), np.inf]
    rows = list(zip(y_score, cost_of_no, cost_of_yes, cost_of_abstaining, strict=True))
    return min(
        sum(
            yes if score >= upper else no if score < lower else abstain
            for score, no, yes, abstain in rows
        )
        for lower, upper in itertools.combinations_with_replacement(cuts, 2)
    )


def band_with_floors(
    y_true, y_score, weight, cost_of_no, cost_of_yes, cost_of_abstaining, floors, band
):
    """(cost of a band or inf, least of all pairs of cuts) that are right with one more wrong."""
    rows = list(
        zip(y_true, y_score, weight, cost_of_no, cost_of_yes, cost_of_abstaining, strict=True)
    )

    def cost(lower, upper):
        for side, floor in enumerate(floors):
            decided = [(y, w) for y, s, w, *_ in rows if (s >= upper if side else s < lower)]
            right = sum(w for y, w in decided if y == side)
            total = sum(w for _, w in decided)
            if total and floor and right - 1 < floor * total - 1e-9:
                return np.inf
        return sum(
            yes if s >= upper else no if s < lower else abstain
            for _, s, _, no, yes, abstain in rows
        )

    cuts = [-np.inf, *np.unique(y_score), np.inf]
    return cost(*band), min(
        cost(*pair) for pair in itertools.combinations_with_replacement(cuts, 2)
    )


def design_effect(cells):
    """Variance of the fraction of right ones of (cluster, is_right, weight), over independent."""
    total = sum(weight for *_, weight in cells)
    fraction = sum(weight for _, is_right, weight in cells if is_right) / total
    deviation = together = 0.0
    for cluster in {cluster for cluster, *_ in cells}:
        right = sum(w for c, is_right, w in cells if c == cluster and is_right)
        wrong = sum(w for c, is_right, w in cells if c == cluster and not is_right)
        deviation += (right - fraction * (right + wrong)) ** 2
        together += right**2 + wrong**2
    independent = total * fraction * (1 - fraction)
    return max(deviation / independent if independent > 0 else together / total, 1.0)


def limited_search(start, candidates, worth):
    """Thresholds from ``start``: all candidates of a label after the other, while any is better."""
    thresholds, best = np.array(start), worth(start)
    before = None
    while best != before:
        before = best
        for label, cuts in enumerate(candidates):
            for cut in cuts:
                trial = thresholds.copy()
                trial[label] = cut
                if (found := worth(trial)) > best:
                    best, thresholds = found, trial
    return thresholds


def vertices_of_sum(y_true, y_score, sample_weight=None):
    """(tp, fp) of each vertex of the hull of all summed counts, the fewest predictions first.

    Weights must be whole numbers. At a price between two prices that make two sums equally good, no
    two sums are equally good, and the best is a vertex.
    """
    counts_of_labels = [
        {
            tuple(map(int, counts_at(positive, score, cut, sample_weight)))
            for cut in candidate_thresholds(score)
        }
        for positive, score in zip(y_true.T, y_score.T, strict=True)
    ]
    sums = {
        (sum(tp for tp, _ in vector), sum(fp for _, fp in vector))
        for vector in itertools.product(*counts_of_labels)
    }
    prices = {Fraction(0), Fraction(1)}
    for (tp, fp), (other_tp, other_fp) in itertools.combinations(sorted(sums), 2):
        if other_tp > tp and other_fp >= fp:
            prices.add(Fraction(other_tp - tp, other_tp - tp + other_fp - fp))
    vertices = {(0, 0)}
    for low, high in itertools.pairwise(sorted(prices)):
        price = (low + high) / 2
        vertices.add(max(sums, key=lambda c, price=price: c[0] * (1 - price) - c[1] * price))
    return sorted(vertices)


def best_vertex(y_true, y_score, value, sample_weight=None):
    """(tp, fp) of the best vertex of the sum; of equally good ones, that with fewer predictions."""
    return max(
        vertices_of_sum(y_true, y_score, sample_weight),
        key=lambda counts: value(*(np.array([float(count)]) for count in counts))[0],
    )


def price_by_differences(formula, tp, fp, fn, tn, step=1e-4):
    """True positives that a predicted sample must bring, by the slopes of a formula at counts.

    A predicted sample with a fraction p of a true positive changes (tp, fp) by (p, 1 - p).
    """
    by_tp = formula(tp + step, fp, fn - step, tn) - formula(tp - step, fp, fn + step, tn)
    by_fp = formula(tp, fp + step, fn, tn - step) - formula(tp, fp - step, fn, tn + step)
    return by_fp / (by_fp - by_tp)


def promised_at_every_cut(constraint, at_least, counts, error, growth=4):
    """Whether a floor on precision-like counts is promised: one test after the other, in words.

    counts : list of (tp, fp, fn, tn), from nothing predicted to everything. For measures whose
    good and bad outcomes weigh the same and that are safe where nothing is predicted.
    """
    net = constraint._net_gains(at_least)
    gain, loss = max(*net, 0.0), max(*(-net), 0.0)
    fraction = loss / (gain + loss)
    first = np.log(error / growth) / np.log(fraction)
    predicted = [tp + fp for tp, fp, _, _ in counts]
    n_starts = 1
    while first * growth**n_starts <= predicted[-1]:
        n_starts += 1
    starts = [
        next((i for i, n in enumerate(predicted) if n >= first * growth**start), len(counts))
        for start in range(n_starts)
    ]
    promised, allowed, goes_on = [], 0.0, False
    for cut, outcome in enumerate(counts):
        for start in starts:
            if cut == start:
                allowed = (allowed if goes_on else 0.0) + error / n_starts
                goes_on = True
        good = sum(n for n, of in zip(outcome, net, strict=True) if of > 0)
        bad = sum(n for n, of in zip(outcome, net, strict=True) if of < 0)
        # Probability of at least so many good ones, by summing the binomial distribution.
        n_counted = int(good + bad)
        tail = sum(
            comb(n_counted, k) * fraction**k * (1 - fraction) ** (n_counted - k)
            for k in range(int(good), n_counted + 1)
        )
        goes_on = goes_on and tail <= allowed
        promised.append(goes_on)
    return promised


def frequency_by_em(counts, ratio, n_steps=20_000):
    """Frequency of one label by the EM algorithm of Saerens et al., step by step.

    counts : number of scores in each bin; ratio : density of positives over that of negatives
    """
    frequency = 0.5
    for _ in range(n_steps):
        posterior = [frequency * r / (frequency * r + 1 - frequency) for r in ratio]
        frequency = sum(n * p for n, p in zip(counts, posterior, strict=True)) / sum(counts)
    return frequency


def bins_of_scores(low, score):
    """Number of the scores of one label in each bin: the first whose lowest score is reached."""
    counts = [0] * len(low)
    for value in score:
        bin = next((i for i, lowest in enumerate(low) if value >= lowest), len(low) - 1)
        counts[bin] += 1
    return counts


def fisher(n_before, before, n_after, after):
    """Twice the smaller tail of Fisher's exact test: (predicted, all samples) before and after."""
    total, drawn = before + after, comb(n_before + n_after, n_after)
    chance = {
        k: Fraction(comb(total, k) * comb(n_before + n_after - total, n_after - k), drawn)
        for k in range(max(0, total - n_before), min(total, n_after) + 1)
    }
    tails = [
        sum(p for k, p in chance.items() if k <= after),
        sum(p for k, p in chance.items() if k >= after),
    ]
    return min(1, 2 * min(tails))


def rejected_by_holm(p, error):
    """Indices of the tests that Holm's steps reject."""
    rejected = set()
    for n_left, index in zip(range(len(p), 0, -1), np.argsort(p, kind="stable"), strict=True):
        if p[index] > error / n_left:
            break
        rejected.add(int(index))
    return rejected
