"""Frequencies of labels among samples without labels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests import naive
from tests.pooling.problems import awkward_problems, draw_set
from threshold_estimators.pooling import shifted_frequencies
from threshold_estimators.pooling._frequencies import counts_in_bins, most_likely_frequency

SCORES = st.sampled_from([-1.0, 0.0, 0.25, 0.5, np.nextafter(0.5, 1), 2.0])


@given(
    counts=hnp.arrays(float, (2, 4), elements=st.integers(1, 9)),
    ratio=hnp.arrays(float, (2, 4), elements=st.sampled_from([0.02, 0.3, 0.9, 1.5, 4.0, 60.0])),
)
def test_the_most_likely_frequency_is_that_of_em(counts, ratio):
    found = most_likely_frequency(counts, ratio)
    for label in range(2):
        by_em = naive.frequency_by_em(counts[label], ratio[label], n_steps=3000)
        # EM is slow near its end, so that likelihoods are compared too.
        likelihoods = [
            np.sum(counts[label] * np.log1p(f * (ratio[label] - 1))) for f in (found[label], by_em)
        ]
        assert likelihoods[0] >= likelihoods[1] - 1e-9
        assert likelihoods[0] == pytest.approx(likelihoods[1], abs=0.02)


@given(
    low=hnp.arrays(float, (2, 4), elements=SCORES), score=hnp.arrays(float, (6, 2), elements=SCORES)
)
def test_scores_are_counted_in_the_first_bin_that_they_reach(low, score):
    low = -np.sort(-low, axis=1)
    found = counts_in_bins(low, score)
    for label in range(2):
        assert found[label].tolist() == naive.bins_of_scores(low[label], score[:, label])


def draw(n_samples, frequencies, seed):
    rng = np.random.default_rng(seed)
    y_true = rng.random((n_samples, len(frequencies))) < frequencies
    return y_true, rng.normal(size=y_true.shape) + 2.5 * y_true


def test_frequencies_of_a_prior_shift_are_found():
    y_true, y_score = draw(5000, (0.3, 0.1, 0.1), seed=0)
    y_new, new_score = draw(5000, (0.3, 0.3, 0.03), seed=1)
    found, is_explained = shifted_frequencies(y_true, y_score, None, new_score)
    assert is_explained.all()
    np.testing.assert_allclose(found, y_new.mean(axis=0), rtol=0.25)


def test_any_scale_of_the_scores_gives_the_same_frequencies():
    y_true, y_score = draw_set(2000)
    _, new_score = draw_set(1000, base_rates=(0.5, 0.3, 0.1, 0.05), seed=1)
    found, _ = shifted_frequencies(y_true, y_score, None, new_score)
    stretched, _ = shifted_frequencies(y_true, 5 * y_score - 7, None, 5 * new_score - 7)
    np.testing.assert_allclose(stretched, found, rtol=1e-6)


def test_without_a_shift_most_frequencies_stay_exactly():
    stayed = []
    for seed in range(20):
        y_true, y_score = draw_set(1000, seed=2 * seed)
        _, new_score = draw_set(1000, seed=2 * seed + 1)
        found, is_explained = shifted_frequencies(y_true, y_score, None, new_score)
        stayed.append(found == y_true.mean(axis=0))
        np.testing.assert_allclose(found, y_true.mean(axis=0), rtol=0.6)
        assert is_explained.sum() >= 3
    assert np.mean(stayed) > 0.88  # 95 % are expected


def test_scores_that_changed_in_another_way_are_not_explained():
    y_true, y_score = draw_set(5000, signal=3)
    y_new, new_score = draw_set(5000, signal=3, seed=1)
    # Half of the positives get the scores of negatives, and those between lose.
    logit = np.log(new_score / (1 - new_score)) - 1.0 * ~y_new
    found, is_explained = shifted_frequencies(y_true, y_score, None, 1 / (1 + np.exp(-logit)))
    assert not is_explained[0]
    assert found[0] == y_true[:, 0].mean()


@given(awkward_problems(), st.integers(0, 5))
def test_frequencies_of_awkward_problems_are_shares(problem, seed):
    y_true, y_score, weight = problem
    new_score = np.random.default_rng(seed).permuted(y_score, axis=0)[:3]
    found, is_explained = shifted_frequencies(y_true, y_score, weight, new_score)
    assert np.all((found >= 0) & (found <= 1))
    assert found.shape == is_explained.shape == y_true.shape[1:]
