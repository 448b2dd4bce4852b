"""Thresholds of streams: chunks and merges in any order give the same bits, near the exact ones."""

import contextlib
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError

from tests.strategies import examples, problems
from threshold_estimators import (
    Constrained,
    Cost,
    FBeta,
    MatthewsCorrelation,
    Precision,
    Recall,
    StreamingThresholdTuner,
    tune_thresholds,
)
from threshold_estimators.tuning._score_bins import (
    WEIGHT_UNIT,
    LabelBins,
    ScoreBins,
    count_samples,
    keys_of_sorted,
)

SCORINGS = [
    FBeta(),
    FBeta(average="micro"),
    FBeta(average="weighted"),
    MatthewsCorrelation(),
    Cost(fn=3),
    Constrained(Recall(), Precision(), 0.5, confidence=None),
]
STRATEGIES = ["per_label", "global", "proportion"]


def data(n_samples=400, n_labels=4, dtype=np.float64, seed=0):
    """Scores of three decimals, so that each bin holds one distinct score."""
    rng = np.random.default_rng(seed)
    y_true = rng.random((n_samples, n_labels)) < np.linspace(0.5, 0.05, n_labels)
    return y_true, rng.beta(1 + 3 * y_true, 6).round(3).astype(dtype)


def tuner_of(y_true, y_score, sample_weight=None, **params):
    return StreamingThresholdTuner(**params).partial_fit(y_true, y_score, sample_weight)


@pytest.mark.parametrize("n_bits", [1, 5, 10, 20])
@given(scores=st.lists(st.floats(-1e30, 1e30) | st.floats(0, 1) | st.floats(-1, 2), max_size=40))
def test_keys_are_in_the_order_of_scores(n_bits, scores):
    scores = np.sort(np.array(scores))
    assert np.all(np.diff(keys_of_sorted(scores, n_bits)) >= 0)


@given(scores=st.lists(st.floats(-1e6, 1e6, width=32), max_size=40))
def test_keys_of_single_and_double_precision_are_the_same(scores):
    single = np.sort(np.array(scores, np.float32))
    np.testing.assert_array_equal(
        keys_of_sorted(single, 10), keys_of_sorted(single.astype(np.float64), 10)
    )


def test_bins_are_as_narrow_as_the_resolution():
    scores = np.sort(np.random.default_rng(0).random(100_000))
    keys = keys_of_sorted(scores, 10)
    is_shared = keys[1:] == keys[:-1]
    distance = np.minimum(scores, 1 - scores)[1:]
    assert np.all(np.diff(scores)[is_shared] <= 2.0**-10 * distance[is_shared] * (1 + 1e-9))
    assert is_shared.any()


@given(problem=problems())
def test_bins_count_the_samples(problem):
    y_true, y_score, weight = problem
    bins = [LabelBins.empty()] * y_true.shape[1]
    bins = ScoreBins.of_labels(count_samples(bins, y_true, y_score, weight, 10))
    weight = np.ones(len(y_true)) if weight is None else weight
    for label in range(y_true.shape[1]):
        chosen = bins.label == label
        for pos, neg, low, high in zip(
            bins.pos[chosen], bins.neg[chosen], bins.low[chosen], bins.high[chosen], strict=True
        ):
            inside = (y_score[:, label] >= low) & (y_score[:, label] <= high)
            assert pos * WEIGHT_UNIT == pytest.approx(weight[inside & y_true[:, label]].sum())
            assert neg * WEIGHT_UNIT == pytest.approx(weight[inside & ~y_true[:, label]].sum())
        total = (bins.pos + bins.neg)[chosen].sum() * WEIGHT_UNIT
        assert total == pytest.approx(weight.sum())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("scoring", SCORINGS)
def test_bins_of_one_score_give_the_exact_thresholds(scoring, strategy, weighted, dtype):
    y_true, y_score = data(dtype=dtype)
    weight = np.random.default_rng(1).integers(0, 4, len(y_true)) if weighted else None
    params = {"scoring": scoring, "strategy": strategy}
    if isinstance(scoring, Constrained) and strategy != "per_label":
        with pytest.raises(ValueError, match="constraint"):
            tuner_of(y_true, y_score, weight).tune(**params)
        return
    expected = tune_thresholds(y_true, y_score, sample_weight=weight, **params)
    found = tuner_of(y_true, y_score, weight).tune(**params)
    np.testing.assert_array_equal(found.predict(y_score), expected.predict(y_score))
    assert found.score == pytest.approx(expected.score, abs=1e-12)
    np.testing.assert_array_equal(found.low_support, expected.low_support)


@examples(30)
@given(seed=st.integers(0, 2**32 - 1), n_chunks=st.integers(1, 9), is_weighted=st.booleans())
def test_chunks_and_merges_in_any_order_give_the_same_bits(seed, n_chunks, is_weighted):
    rng = np.random.default_rng(seed)
    y_true = rng.random((60, 3)) < 0.3
    y_score = rng.normal(size=(60, 3))
    weight = 0.01 + rng.random(60) if is_weighted else None
    whole = tuner_of(y_true, y_score, weight)

    # Some chunks are empty, and some labels have no positive sample in a chunk.
    chunks = np.split(rng.permutation(60), np.sort(rng.integers(0, 61, n_chunks - 1)))
    tuners = [
        tuner_of(y_true[chunk], y_score[chunk], None if weight is None else weight[chunk])
        for chunk in chunks
        if len(chunk)
    ]
    merged = StreamingThresholdTuner()
    for index in rng.permutation(len(tuners)):
        merged.merge(tuners[index])
    for field, expected in zip(merged.bins_, whole.bins_, strict=True):
        np.testing.assert_array_equal(field, expected)
    assert merged.n_samples_seen_ == whole.n_samples_seen_ == 60


@pytest.mark.filterwarnings("ignore:The thresholds were tuned on scores between 0 and 1")
@given(problem=problems(max_samples=30))
def test_the_score_is_that_of_the_thresholds(problem):
    y_true, y_score, weight = problem
    for strategy in [*STRATEGIES, "pooled"]:
        tuned = tuner_of(y_true, y_score, weight).tune(scoring=FBeta(), strategy=strategy)
        y_pred = tuned.predict(y_score)
        value = FBeta().evaluate(y_true, y_pred, sample_weight=weight)
        assert tuned.score == pytest.approx(value, abs=1e-5)  # weights are rounded


def test_pooled_thresholds_are_near_those_of_the_samples():
    y_true, y_score = data(4000)
    expected = tune_thresholds(y_true, y_score)
    found = tuner_of(y_true, y_score).tune()
    np.testing.assert_allclose(found.thresholds, expected.thresholds, atol=0.02)
    assert found.score == pytest.approx(expected.score, abs=5e-3)


def test_coarse_bins_lose_little():
    rng = np.random.default_rng(0)
    y_true = rng.random((20_000, 3)) < [0.3, 0.1, 0.02]
    y_score = rng.beta(1 + 2 * y_true, 8)
    exact = tune_thresholds(y_true, y_score, strategy="per_label").score
    for resolution, loss in [(1e-3, 2e-4), (0.03, 5e-3)]:
        tuned = tuner_of(y_true, y_score, resolution=resolution).tune(strategy="per_label")
        assert exact - loss <= tuned.score <= exact


def test_save_and_pickle_keep_the_counts(tmp_path):
    y_true, y_score = data()
    tuner = tuner_of(pd.DataFrame(y_true, columns=list("abcd")), y_score)
    tuner.save(tmp_path / "counts.npz")
    for copy in (
        StreamingThresholdTuner.load(tmp_path / "counts.npz"),
        pickle.loads(pickle.dumps(tuner)),
    ):
        np.testing.assert_array_equal(
            copy.tune(strategy="per_label").thresholds, tuner.tune(strategy="per_label").thresholds
        )
        assert copy.label_names_in_.tolist() == list("abcd")
        assert copy.n_samples_seen_ == 400


def test_a_file_of_something_else_is_refused(tmp_path):
    np.savez(tmp_path / "other.npz", a=1)
    with pytest.raises(ValueError, match="is no file of a StreamingThresholdTuner"):
        StreamingThresholdTuner.load(tmp_path / "other.npz")
    with pytest.raises(FileNotFoundError):
        StreamingThresholdTuner.load(tmp_path / "none.npz")


@given(seed=st.integers(0, 2**32 - 1))
def test_damaged_files_are_refused_or_read_as_they_were(tmp_path_factory, seed):
    path = tmp_path_factory.mktemp("damaged") / "counts.npz"
    tuner = tuner_of(*data(50))
    tuner.save(path)
    content, rng = bytearray(path.read_bytes()), np.random.default_rng(seed)
    if rng.random() < 0.3:
        content = content[: rng.integers(len(content))]
    else:
        content[rng.integers(len(content))] ^= 1 << rng.integers(8)
    path.write_bytes(content)
    with contextlib.suppress(ValueError):
        found = StreamingThresholdTuner.load(path)
        for field, value in zip(found.bins_, tuner.bins_, strict=True):
            np.testing.assert_array_equal(field, value)


@pytest.mark.parametrize(
    "change",
    [
        lambda fields: fields | {"label": fields["label"] + 4},
        lambda fields: fields | {"pos": -fields["pos"]},
        lambda fields: fields | {"pos": fields["pos"][:3]},
        lambda fields: fields | {"low": fields["low"] * np.nan},
        lambda fields: fields | {"low": fields["high"], "high": fields["low"] - 1},
        lambda fields: fields | {"low": fields["low"].astype(int)},
        lambda fields: fields | {"n_labels": np.array(1)},
        lambda fields: fields | {"resolution": np.array(9.0)},
        lambda fields: fields | {"format": np.array(2)},
        lambda fields: fields | {"label_names": np.array(["a"])},
        lambda fields: fields | {"neg": np.full(len(fields["neg"]), "1", object)},
        lambda fields: {name: fields[name] for name in fields if name != "high"},
    ],
)
def test_files_with_wrong_fields_are_refused(tmp_path, change):
    path = tmp_path / "counts.npz"
    tuner_of(*data()).save(path)
    np.savez(path, **change(dict(np.load(path))))
    with pytest.raises(ValueError, match="damaged"):
        StreamingThresholdTuner.load(path)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (([-1], [0.5], [0.6], [1], [1]), "'label' must hold positions of the 1 labels"),
        (([0.5], [0.5], [0.6], [1], [1]), "'label' must hold positions of labels, integers"),
        (([0], [0.7], [0.6], [1], [1]), "'low' must not exceed 'high'"),
        (([0], [0.5], [np.inf], [1], [1]), "'high' must be a column of finite numbers"),
        (([0], [0.5], [0.6], [-1], [1]), "'n_pos' must not be negative"),
        (([0], [0.5], [0.6], [1], [1, 2]), "must have the same number of samples"),
        (([0], [0.5], ["a"], [1], [1]), "'high' must be a column of finite numbers"),
    ],
)
def test_invalid_counts_are_refused(columns, message):
    with pytest.raises(ValueError, match=message):
        StreamingThresholdTuner.from_counts(*columns)


def test_groups_without_samples_and_labels_without_groups_are_nothing():
    columns = [0, 0], [0.1, 0.3], [0.2, 0.4], [0, 1], [0, 2]
    tuner = StreamingThresholdTuner.from_counts(*columns, n_labels=2)
    assert len(tuner.bins_.label) == 1
    assert tuner.n_samples_seen_ == 3


def test_counts_of_a_database_make_a_tuner():
    y_true, y_score = data()
    expected = tuner_of(y_true, y_score).tune(strategy="per_label")
    rows = [
        (label, value, value, *np.bincount(~y_true[y_score[:, label] == value, label], minlength=2))
        for label in range(4)
        for value in np.unique(y_score[:, label])
    ]
    tuner = StreamingThresholdTuner.from_counts(*np.array(rows[::-1]).T)
    found = tuner.tune(strategy="per_label")
    np.testing.assert_array_equal(found.thresholds, expected.thresholds)
    assert tuner.n_samples_seen_ == 400


def test_groups_that_overlap_are_refused():
    with pytest.raises(ValueError, match=r"Groups of scores of label 0 overlap at 0\.2"):
        StreamingThresholdTuner.from_counts([0, 0], [0.2, 0.1], [0.4, 0.3], [1, 1], [1, 1])


def test_a_tuner_that_has_counted_nothing_says_so():
    with pytest.raises(NotFittedError, match="Call 'partial_fit' first"):
        StreamingThresholdTuner().tune()


def test_labels_must_stay_the_same():
    y_true, y_score = data()
    tuner = tuner_of(pd.DataFrame(y_true, columns=list("abcd")), y_score)
    with pytest.raises(ValueError, match="Got 3 labels after chunks of 4"):
        tuner.partial_fit(y_true[:, :3], y_score[:, :3])
    with pytest.raises(ValueError, match=r"Missing are \['b'\], and unknown are \['x'\]"):
        tuner.partial_fit(pd.DataFrame(y_true, columns=list("axcd")), y_score)


def test_objectives_that_need_samples_are_refused():
    y_true, y_score = data()
    with pytest.raises(ValueError, match="single samples are not kept"):
        tuner_of(y_true, y_score).tune(scoring=FBeta(average="samples"))


def test_another_resolution_is_refused():
    y_true, y_score = data()
    with pytest.raises(ValueError, match="'other' must have the same 'resolution'"):
        tuner_of(y_true, y_score).merge(tuner_of(y_true, y_score, resolution=0.01))


def test_missing_labels_and_cell_weights_count_as_they_do_in_memory():
    y_true, y_score = data()
    rng = np.random.default_rng(2)
    missing = np.where(rng.random(y_true.shape) < 0.2, np.nan, y_true)
    cells = rng.integers(0, 3, y_true.shape) / 4
    for labels, weight in ((missing, None), (y_true, cells), (missing, cells)):
        expected = tune_thresholds(labels, y_score, strategy="per_label", sample_weight=weight)
        found = tuner_of(labels, y_score, weight).tune(strategy="per_label")
        np.testing.assert_array_equal(found.predict(y_score), expected.predict(y_score))
        assert found.score == pytest.approx(expected.score)


def test_columns_of_later_chunks_are_matched_by_name():
    y_true, y_score = data()
    labels, scores = (pd.DataFrame(values, columns=list("abcd")) for values in (y_true, y_score))
    expected = tuner_of(labels, scores)
    turned = tuner_of(labels[:200], scores[:200])
    turned.partial_fit(labels[200:][list("dbca")], scores[200:][list("cabd")])
    for field, value in zip(turned.bins_, expected.bins_, strict=True):
        np.testing.assert_array_equal(field, value)


def test_infinite_scores_lie_beyond_all_others():
    y_true, y_score = data()
    y_score[:5], y_score[5:10] = np.inf, -np.inf
    expected = tune_thresholds(y_true, y_score, strategy="per_label")
    found = tuner_of(y_true, y_score).tune(strategy="per_label")
    np.testing.assert_array_equal(found.predict(y_score), expected.predict(y_score))


@pytest.mark.parametrize("weight", [1e-6, 1e12])
def test_weights_that_units_cannot_count_are_refused(weight):
    y_true, y_score = data()
    with pytest.raises(ValueError, match=r"'sample_weight' must .* all weights by one number"):
        tuner_of(y_true, y_score, np.full(len(y_true), weight))


def test_promises_need_samples():
    scoring = Constrained(Recall(), Precision(), 0.5)
    with pytest.raises(ValueError, match="'confidence' of Constrained must be None"):
        tuner_of(*data()).tune(scoring=scoring)
