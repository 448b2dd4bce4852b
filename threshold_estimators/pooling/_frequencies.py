"""Frequencies of labels among new samples without labels, from the distribution of their scores.

    new scores in the bins of each label -> the frequency that makes them most likely
        -> a test against no change, and a test whether a frequency explains the scores

1. Under a prior shift only the frequency of a label changes, not the scores of its positives and of
   its negatives. Then the likelihood of new scores is that of a mixture, whose only unknown is the
   frequency. The EM algorithm of Saerens et al. [1]_ climbs to its maximum. It is concave, so
   bisection of its derivative finds the same maximum faster.
2. The ratio of the densities of positives and negatives comes from the label's curve. So the scores
   themselves need not be calibrated, nor be probabilities: as in [2]_, they are calibrated on
   held-out samples.
3. A change that chance explains is none. The likelihood ratio is divided by the variance that both
   samples bring in, and changes of the log odds are shrunk: a change at the edge of the test
   becomes zero, a clear one stays.
4. A chi-squared test over groups of bins compares the new scores with the mixture. A label that
   changed and fails keeps its frequency: its scores have changed in another way.

Shapes: arrays of bins (n_labels, n_bins).

References
----------
.. [1] M. Saerens, P. Latinne, C. Decaestecker, "Adjusting the Outputs of a Classifier to New a
   Priori Probabilities", Neural Computation 14, 2002, https://doi.org/10.1162/089976602753284446
.. [2] A. Alexandari, A. Kundaje, A. Shrikumar, "Maximum Likelihood with Bias-Corrected Calibration
   is Hard-To-Beat at Label Shift Adaptation", ICML 2020,
   https://proceedings.mlr.press/v119/alexandari20a.html
"""

import numpy as np
from scipy.special import expit, logit
from scipy.stats import chi2

from ._bagging import Pool
from ._shrinkage import TINY

ERROR = 0.05  # of both tests, for each label
N_GROUPS = 8  # of bins, in which new scores are compared with the mixture
N_HALVINGS = 50
SMALLEST = 1e-9  # probability of the curves


def shifted_frequencies(y_true, y_score, sample_weight, new_score):
    """(frequency of each label among new samples, whether its change explains the new scores).

    y_true, y_score, sample_weight : samples with labels; new_score : (n_new, n_labels)
    Both results have shape (n_labels,). A label that is not explained keeps its frequency.
    """
    pool = Pool.fit(y_true, y_score, sample_weight)
    pos, neg = pool.bins.pos, pool.bins.neg
    new = counts_in_bins(pool.bins.low, new_score[:, pool.order])
    n_pos, n_neg = pos.sum(axis=1), neg.sum(axis=1)
    observed = n_pos / np.maximum(n_pos + n_neg, TINY)
    has_both = (n_pos > 0) & (n_neg > 0)
    log_odds = logit(np.where(has_both, observed, 0.5))

    change, statistic = _change_of_log_odds(pos + neg, new, pool.soft.probability)
    critical = chi2.isf(ERROR, 1)
    has_moved = has_both & (statistic > critical)
    fits = _misfit(pos, neg, new, expit(log_odds + change)) >= ERROR
    kept = 1 - (critical / np.maximum(statistic, critical)) ** 2
    frequencies = np.where(has_moved & fits, expit(log_odds + kept * change), observed)
    return pool.in_given_order(frequencies), pool.in_given_order(fits | ~has_moved)


def counts_in_bins(low, score):
    """Number of the scores in each bin, (n_labels, n_bins); those below all bins are in the last.

    low : (n_labels, n_bins) lowest score of each bin, descending; score : (n_samples, n_labels)
    """
    n_labels, n_bins = low.shape
    counts = np.empty((n_labels, n_bins))
    for label in range(n_labels):
        n_reached = np.searchsorted(low[label, ::-1], score[:, label], side="right")
        bin = np.minimum(n_bins - n_reached, n_bins - 1)
        counts[label] = np.bincount(bin, minlength=n_bins)
    return counts


def most_likely_frequency(counts, ratio):
    """Frequency (n_labels,) at which scores are most likely: the fixed point of Saerens' EM.

    counts : (n_labels, n_bins) of scores; ratio : density of positives over that of negatives
    """
    low, high = np.zeros((len(counts), 1)), np.ones((len(counts), 1))
    excess = ratio - 1
    for _ in range(N_HALVINGS):
        middle = (low + high) / 2
        slope = np.sum(counts * excess / (1 + middle * excess), axis=1, keepdims=True)
        low, high = np.where(slope > 0, middle, low), np.where(slope > 0, high, middle)
    return ((low + high) / 2)[:, 0]


def _change_of_log_odds(old, new, probability):
    """(most likely change of the log odds of each frequency, likelihood ratio of no change).

    old, new : counts in bins; probability : of a positive in each bin, where ``old`` came from
    """
    n_old, n_new = old.sum(axis=1), new.sum(axis=1)
    probability = np.clip(probability, SMALLEST, 1 - SMALLEST)
    base = np.sum(old * probability, axis=1) / np.maximum(n_old, TINY)
    base = np.clip(base, SMALLEST, 1 - SMALLEST)
    ratio = np.exp(logit(probability) - logit(base)[:, np.newaxis])
    found = np.clip(most_likely_frequency(new, ratio), 0.5 / n_new, 1 - 0.5 / n_new)

    def log_likelihood(frequency):
        return np.sum(new * np.log1p(frequency[:, np.newaxis] * (ratio - 1)), axis=1)

    gain = np.maximum(log_likelihood(found) - log_likelihood(base), 0)
    # The ratio knows the variance of the new scores only. The old ones vary as well.
    return logit(found) - logit(base), 2 * gain * n_old / (n_old + n_new)


def _misfit(pos, neg, new, frequency):
    """p-value (n_labels,) of the new scores, if they are a mixture of both classes."""
    frequency = frequency[:, np.newaxis]
    n_pos, n_neg, n_new = (
        np.maximum(counts.sum(axis=1, keepdims=True), TINY) for counts in (pos, neg, new)
    )
    # Groups hold equal sums of the fractions of all positives and of all negatives.
    place = np.cumsum(pos / n_pos + neg / n_neg, axis=1) / 2
    group = np.clip(np.ceil(place * N_GROUPS - 1e-9).astype(int) - 1, 0, N_GROUPS - 1)
    in_group = group[:, :, np.newaxis] == np.arange(N_GROUPS)
    of_pos, of_neg, of_new = (
        np.einsum("lb,lbg->lg", counts / n, in_group)
        for counts, n in ((pos, n_pos), (neg, n_neg), (new, n_new))
    )
    expected = frequency * of_pos + (1 - frequency) * of_neg
    variance = expected / n_new + frequency**2 * of_pos / n_pos
    variance += (1 - frequency) ** 2 * of_neg / n_neg
    statistic = np.sum((of_new - expected) ** 2 / np.maximum(variance, TINY), axis=1)
    return chi2.sf(statistic, N_GROUPS - 2)  # all shares add up to 1, and the frequency is fitted
