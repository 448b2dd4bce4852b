"""Refined thresholds of streams: as good as those of all samples at once."""

import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import examples
from threshold_estimators import (
    Constrained,
    Cost,
    CountObjective,
    FBeta,
    GMean,
    MatthewsCorrelation,
    Precision,
    Recall,
    StreamingThresholdTuner,
    tune_thresholds,
)

EXACT = {
    "f1_macro": FBeta(),
    "f1_weighted": FBeta(average="weighted"),
    "f1_micro": FBeta(average="micro"),
    "precision_micro": Precision(average="micro"),
    "mcc": MatthewsCorrelation(),
    "gmean": GMean(),
    "cost": Cost(fn=[3, 1, 1], fp=[1, 1, 2]),
    "constrained": Constrained(Recall(), Precision(), 0.5, confidence=None),
}


def data(seed, n_samples=120, is_weighted=False, dtype=np.float64):
    """Labels of which one may be empty, scores with some ties, weights of quarters."""
    rng = np.random.default_rng(seed)
    y_true = rng.random((n_samples, 3)) < rng.choice([0, 0.02, 0.2, 0.6, 1], 3)
    y_score = rng.beta(1 + rng.integers(0, 3, 3) * y_true, 3)
    is_tied = rng.random(y_score.shape) < 0.3
    y_score = np.where(is_tied, y_score.round(1), y_score).astype(dtype)
    weight = np.append(rng.integers(0, 9, n_samples - 1) / 4, 1.0) if is_weighted else None
    return y_true, y_score, weight


def many_samples():
    rng = np.random.default_rng(0)
    y_true = rng.random((20_000, 3)) < [0.3, 0.1, 0.02]
    return y_true, rng.beta(1 + 2 * y_true, 8), None


def chunks_of(samples, n_chunks, order=None):
    order = np.arange(len(samples[0])) if order is None else order
    for chosen in np.array_split(order, n_chunks):
        yield tuple(None if values is None else values[chosen] for values in samples)


def streamed(samples, **params):
    tuner = StreamingThresholdTuner(**params)
    for chunk in chunks_of(samples, 4):
        tuner.partial_fit(*chunk)
    return tuner


@pytest.mark.filterwarnings("ignore:No threshold meets")
@pytest.mark.parametrize("scoring", EXACT.values(), ids=EXACT)
@pytest.mark.parametrize("strategy", ["per_label", "global"])
@examples(60)
@given(
    seed=st.integers(0, 2**32 - 1),
    resolution=st.sampled_from([1e-3, 0.03, 0.5]),
    is_weighted=st.booleans(),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_equal_to_all_samples_at_once(scoring, strategy, seed, resolution, is_weighted, dtype):
    if isinstance(scoring, Constrained) and strategy == "global":
        return
    samples = data(seed, is_weighted=is_weighted, dtype=dtype)
    y_true, y_score, weight = samples
    expected = tune_thresholds(
        y_true, y_score, scoring=scoring, strategy=strategy, sample_weight=weight
    )
    tuner = streamed(samples, resolution=resolution)
    refiner = tuner.refine(scoring=scoring, strategy=strategy)
    order = np.random.default_rng(seed).permutation(len(y_true))
    for chunk in chunks_of(samples, 7, order):
        refiner.partial_fit(*chunk)
    found = refiner.tune()
    assert found.score == pytest.approx(expected.score, abs=1e-12)
    assert scoring.evaluate(y_true, found.predict(y_score), sample_weight=weight) == pytest.approx(
        found.score, abs=1e-12
    )
    if strategy == "per_label" and not is_weighted and scoring._form == "labels":
        np.testing.assert_array_equal(found.predict(y_score), expected.predict(y_score))


@pytest.mark.filterwarnings("ignore:No threshold meets")
@pytest.mark.parametrize("name", EXACT)
@examples(60)
@given(seed=st.integers(0, 2**32 - 1), resolution=st.sampled_from([1e-3, 0.03, 0.5]))
def test_no_thresholds_exceed_the_bound(name, seed, resolution):
    scoring = EXACT[name]
    y_true, y_score, _ = samples = data(seed)
    tuner = streamed(samples, resolution=resolution)
    bound = tuner.upper_bound(scoring=scoring)
    best = tune_thresholds(y_true, y_score, scoring=scoring, strategy="per_label")
    y_pred = best.predict(y_score)
    if not len(scoring._violated(y_true, y_pred, None)):
        assert bound >= best.score - 1e-12
        finest = streamed(samples, resolution=2.0**-20).upper_bound(scoring=scoring)
        assert finest <= bound + 1e-12


def test_the_bound_is_near_what_fine_bins_reach():
    samples = many_samples()
    tuner = streamed(samples)
    reached = tuner.tune(strategy="per_label").score
    assert reached <= tuner.upper_bound() <= reached + 2e-3


def test_few_scores_are_kept():
    refiner = streamed(many_samples()).refine()
    assert 0 < refiner.n_open_scores < 0.01 * 60_000


def test_merges_give_the_same_bits_also_after_a_pickle():
    samples = data(1, 2000, is_weighted=True)
    tuner = streamed(samples, resolution=0.1)
    expected = tuner.refine().partial_fit(*samples).tune().thresholds
    parts = [tuner.refine().partial_fit(*chunk) for chunk in chunks_of(samples, 5)]
    merged = tuner.refine()
    for part in parts[::-1]:
        merged.merge(pickle.loads(pickle.dumps(part)))
    np.testing.assert_array_equal(merged.tune().thresholds, expected)


def test_counts_of_single_scores_equal_the_samples():
    y_true, y_score, _ = samples = data(2, 1000)
    tuner = streamed(samples, resolution=0.1)
    expected = tuner.refine().partial_fit(*samples).tune()
    rows = []
    for label in range(3):
        values, place = np.unique(y_score[:, label], return_inverse=True)
        n_pos = np.bincount(place, y_true[:, label])
        rows.append((np.full(len(values), label), values, n_pos, np.bincount(place) - n_pos))
    label, score, n_pos, n_neg = np.concatenate(rows, axis=1)
    turned = np.random.default_rng(0).permutation(len(label))
    columns = [column[turned] for column in (label, score, n_pos, n_neg)]
    found = tuner.refine().add_counts(*columns).tune()
    np.testing.assert_array_equal(found.thresholds, expected.thresholds)
    assert found.score == expected.score


def test_names_are_kept_and_matched():
    y_true, y_score, _ = data(3, 500)
    labels, scores = (pd.DataFrame(values, columns=list("abc")) for values in (y_true, y_score))
    tuner = StreamingThresholdTuner(resolution=0.1).partial_fit(labels, scores)
    expected = tuner.refine().partial_fit(labels, scores).tune()
    found = tuner.refine().partial_fit(labels[list("cab")], scores[list("bca")]).tune()
    np.testing.assert_array_equal(found.thresholds, expected.thresholds)
    assert found.label_names.tolist() == list("abc")


def test_missing_labels_and_weights_of_cells():
    y_true, y_score, _ = data(7, 500)
    rng = np.random.default_rng(0)
    missing = np.where(rng.random(y_true.shape) < 0.2, np.nan, y_true)
    cells = rng.integers(0, 3, y_true.shape) / 2
    for samples in ((missing, y_score, None), (y_true, y_score, cells), (missing, y_score, cells)):
        expected = tune_thresholds(*samples[:2], strategy="per_label", sample_weight=samples[2])
        tuner = streamed(samples, resolution=0.1)
        assert tuner.refine().n_open_scores > 0
        found = tuner.refine().partial_fit(*samples).tune()
        assert found.score == pytest.approx(expected.score, abs=1e-12)


def test_a_second_pass_over_other_samples_is_refused():
    y_true, y_score, _ = samples = data(4, 500)
    refiner = streamed(samples, resolution=0.1).refine()
    with pytest.raises(ValueError, match="must count the samples of the first one, each once"):
        refiner.tune()
    refiner.partial_fit(y_true, y_score).partial_fit(y_true[:100], y_score[:100])
    with pytest.raises(ValueError, match="must count the samples of the first one, each once"):
        refiner.tune()
    with pytest.raises(ValueError, match="the 3 labels of the first pass"):
        refiner.partial_fit(y_true[:, :2], y_score[:, :2])


def test_refiners_of_other_bins_are_refused():
    samples = data(5, 500)
    refiner = streamed(samples, resolution=0.1).refine()
    with pytest.raises(TypeError, match="'other' must be a ThresholdRefiner"):
        refiner.merge(streamed(samples))
    with pytest.raises(ValueError, match="'other' must have the same open bins"):
        refiner.merge(streamed(samples, resolution=0.1).refine(scoring=Cost(fn=9)))


class Balance(CountObjective):
    def formula(self, tp, fp, fn, tn):
        return -abs(fp - fn)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"strategy": "pooled"}, "'strategy' must be 'per_label' or 'global' to refine"),
        ({"scoring": Balance()}, "'scoring' must not fall where an error is corrected"),
        ({"scoring": GMean(average="micro")}, "a ratio of linear functions of the counts"),
        ({"scoring": FBeta(average="samples")}, "single samples are not kept"),
    ],
)
def test_what_has_no_bound_is_refused(params, message):
    with pytest.raises(ValueError, match=message):
        streamed(data(6)).refine(**params)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (([3], [0.5], [1], [1]), "'label' must hold positions of the 3 labels"),
        (([0], [np.nan], [1], [1]), "'score' must be a column of finite numbers"),
        (([0], [0.5], [-1], [1]), "'n_pos' must not be negative"),
        (([0], [0.5], [1], [1, 2]), "must have the same number of samples"),
        (([0], ["high"], [1], [1]), "'score' must be a column of finite numbers"),
    ],
)
def test_invalid_counts_are_refused(columns, message):
    with pytest.raises(ValueError, match=message):
        streamed(data(6)).refine().add_counts(*columns)
