import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import f1_score

from tests import naive
from tests.strategies import examples
from threshold_estimators import (
    Accuracy,
    BalancedAccuracy,
    Constrained,
    Cost,
    FBeta,
    Jaccard,
    Precision,
    Recall,
    SubsetAccuracy,
    tune_thresholds,
)
from threshold_estimators.core._validation import as_numbers_of_rows
from threshold_estimators.pooling._bagging import (
    Goal,
    _best_price,
    _drawn,
    _with_share,
    probability_rule,
)
from threshold_estimators.pooling._bins import _argsort, summarise
from threshold_estimators.pooling._shrinkage import Evidence, all_counts, common_scale

OBJECTIVES = [FBeta(), Jaccard(), Accuracy(), BalancedAccuracy()]
AVERAGES = ["macro", "weighted", "micro", None]


def draw_set(n_samples=2000, base_rates=(0.3, 0.1, 0.03, 0.01), signal=1.5, seed=0):
    """Calibrated scores, if the signal is 1.5, of labels that are as frequent as told."""
    rng = np.random.default_rng(seed)
    y_true = rng.random((n_samples, len(base_rates))) < base_rates
    log_odds = rng.normal(size=y_true.shape) + signal * y_true + np.log(base_rates)
    return y_true, 1 / (1 + np.exp(-log_odds))


def label_f1(y_true, y_pred):
    return f1_score(y_true, y_pred, average=None, zero_division=0)


def with_average(objective, average):
    return type(objective)(average=average)


@st.composite
def awkward_problems(draw):
    """Few rows with scores of any size: equal, next to equal, tiny and huge."""
    shape = draw(st.integers(2, 12)), draw(st.integers(1, 4))
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    odd = st.sampled_from([0.0, 5e-324, 1e-308, 1e-300, 1e-30, 0.25, 0.5, 1 - 1e-7, 1 - 1e-16, 1.0])
    largest = 1e30 if dtype is np.float32 else 1e300
    values = draw(
        st.sampled_from(
            [odd, st.floats(-largest, largest), st.floats(-1e6, 1e6, width=32), st.just(0.3)]
        )
    )
    y_score = draw(hnp.arrays(dtype, shape, elements=values.map(lambda value: float(dtype(value)))))
    weight = draw(
        st.none() | hnp.arrays(float, shape[0], elements=st.sampled_from([0.0, 0.5, 1.0, 3.0]))
    )
    return (
        draw(hnp.arrays(bool, shape)),
        y_score,
        weight if weight is not None and weight.any() else None,
    )


@examples(150)
@given(awkward_problems(), st.sampled_from(OBJECTIVES), st.sampled_from([*AVERAGES, "samples"]))
def test_any_input_gives_the_same_thresholds_again(problem, objective, average):
    y_true, y_score, weight = problem
    objective = with_average(FBeta() if average == "samples" else objective, average)
    tuned = [
        tune_thresholds(y_true, y_score, scoring=objective, sample_weight=weight).thresholds
        for _ in range(2)
    ]
    kept = y_true if weight is None else y_true[weight > 0]
    assert tuned[0].dtype == y_score.dtype
    assert not np.isnan(tuned[0]).any()
    assert np.all(tuned[0][~kept.any(0)] == np.inf)
    np.testing.assert_array_equal(*tuned)
    if average != "samples":
        assert np.all(tuned[0][kept.all(0)] == -np.inf)


@examples(50)
@given(awkward_problems(), st.randoms(use_true_random=False))
def test_order_of_rows_does_not_matter(problem, random):
    y_true, y_score, weight = problem
    order = list(range(len(y_true)))
    random.shuffle(order)
    moved = tune_thresholds(
        y_true[order], y_score[order], sample_weight=None if weight is None else weight[order]
    )
    tuned = tune_thresholds(y_true, y_score, sample_weight=weight)
    np.testing.assert_array_equal(tuned.thresholds, moved.thresholds)


@examples(100)
@given(awkward_problems(), st.data())
def test_whole_weights_repeat_rows_and_zero_drops_them(problem, data):
    y_true, y_score, _ = problem
    counts = data.draw(hnp.arrays(int, len(y_true), elements=st.integers(0, 3)))
    counts[0] += counts.sum() == 0
    weighted = tune_thresholds(y_true, y_score, sample_weight=counts)
    repeated = tune_thresholds(
        np.repeat(y_true, counts, axis=0), np.repeat(y_score, counts, axis=0)
    )
    np.testing.assert_array_equal(weighted.thresholds, repeated.thresholds)


@pytest.mark.parametrize("objective", OBJECTIVES, ids=repr)
@pytest.mark.parametrize("average", AVERAGES)
def test_weights_of_any_unit_are_the_same(objective, average):
    y_true, y_score = draw_set(500)
    weight = np.random.default_rng(1).random(500) + 0.01
    one, other = (
        tune_thresholds(
            y_true, y_score, scoring=with_average(objective, average), sample_weight=unit * weight
        )
        for unit in (1.0, 0.3)
    )
    assert np.mean((y_score >= one.thresholds) == (y_score >= other.thresholds)) > 0.999


@pytest.mark.parametrize("average", AVERAGES)
def test_increasing_transform_of_scores_keeps_decisions(average):
    y_true, y_score = draw_set()
    scoring = FBeta(average=average)
    decided = y_score >= tune_thresholds(y_true, y_score, scoring=scoring).thresholds
    logits = np.log(y_score / (1 - y_score))
    for moved in (logits, logits.astype(np.float32), np.expm1(logits), y_score**4):
        assert (
            np.mean(
                decided == (moved >= tune_thresholds(y_true, moved, scoring=scoring).thresholds)
            )
            > 0.995
        )


def test_order_of_labels_matters_no_more_than_chance():
    y_true, y_score = draw_set()
    decided = y_score >= tune_thresholds(y_true, y_score).thresholds
    turned = y_score >= tune_thresholds(y_true[:, ::-1], y_score[:, ::-1]).thresholds[::-1]
    assert np.mean(decided == turned) > 0.985


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("saturated", [False, True])
def test_frequent_label_is_as_free_as_alone(weighted, saturated):
    y_true, y_score = draw_set(20_000, (0.3, 0.2, 0.1), seed=3)
    y_score[:, 1:] = y_score[:, 1:] ** 3  # the others' scores mean something else altogether
    if saturated:
        y_score[:, 0] = 1 / (1 + np.exp(-np.clip(60 * (y_score[:, 0] - 0.3), -40, 40)))
    weight = (
        np.random.default_rng(1).integers(1, 3, len(y_true)).astype(float) if weighted else None
    )
    found = label_f1(
        y_true, y_score >= tune_thresholds(y_true, y_score, sample_weight=weight).thresholds
    )
    best = label_f1(
        y_true, y_score >= tune_thresholds(y_true, y_score, strategy="per_label").thresholds
    )
    assert np.all(found > best - 0.006)


@pytest.mark.parametrize(
    "scoring", ["f1_macro", "f1_micro", "f1_samples", "accuracy", Cost(fp=1, fn=3)]
)
@pytest.mark.parametrize("weighted", [False, True])
def test_cuts_that_rows_tell_exactly_are_found_exactly(scoring, weighted):
    rng = np.random.default_rng(0)
    hidden = rng.uniform(0.05, 0.95, 8)
    y_score = rng.random((20_000, 8))
    weight = rng.uniform(0.5, 2, 20_000) if weighted else None
    tuned = tune_thresholds(y_score >= hidden, y_score, scoring=scoring, sample_weight=weight)
    np.testing.assert_allclose(tuned.thresholds, hidden, atol=2e-3)
    assert f1_score(y_score >= hidden, tuned.predict(y_score), average="macro") > 0.9999


def test_rare_label_stays_near_the_common_cut():
    y_true, y_score = draw_set(2000, np.full(30, 0.05))
    common = np.median(tune_thresholds(y_true, y_score).thresholds)
    rng = np.random.default_rng(5)
    for _ in range(10):
        rare = y_true.copy()
        rare[:, 0] = False
        rare[rng.choice(np.flatnonzero(y_true[:, 0]), 3, replace=False), 0] = True
        tuned = tune_thresholds(rare, y_score)
        assert common / 3 < tuned.thresholds[0] < np.quantile(y_score[:, 0], 0.9999) * 3


def test_label_without_signal_does_not_flood():
    y_true, y_score = draw_set(2000, np.full(20, 0.1), signal=2.5)
    y_true[:, 0] = np.random.default_rng(7).random(2000) < 0.02
    assert np.mean(y_score[:, 0] >= tune_thresholds(y_true, y_score).thresholds[0]) < 0.3
    assert (
        np.mean(y_score[:, 0] >= tune_thresholds(y_true, y_score, scoring="f1_micro").thresholds[0])
        < 0.15
    )


def test_rare_labels_decide_better_on_new_rows_than_by_themselves():
    base_rates = np.full(40, 0.01)
    values = {strategy: [] for strategy in ("pooled", "per_label", "global")}
    for seed in range(5):
        y_true, y_score = draw_set(20_000, base_rates, signal=2.0, seed=seed)
        y_score *= np.random.default_rng(seed).uniform(0.6, 1, 40)
        for strategy, found in values.items():
            tuned = tune_thresholds(y_true[:800], y_score[:800], strategy=strategy)
            found.append(f1_score(y_true[800:], tuned.predict(y_score[800:]), average="macro"))
    assert np.mean(values["pooled"]) > np.mean(values["per_label"]) + 0.02
    assert np.mean(values["pooled"]) > np.mean(values["global"])


def test_noise_shows_no_gain():
    rng = np.random.default_rng(0)
    y_true, y_score = rng.random((1000, 20)) < 0.2, rng.random((1000, 20))
    always = FBeta().evaluate(y_true, np.ones_like(y_true))
    assert tune_thresholds(y_true, y_score, cv=5).cv_score < always + 0.01


def test_micro_beats_macro_at_micro():
    y_true, y_score = draw_set(5000, (0.3, 0.1, 0.02, 0.01), signal=1.0)
    macro, micro = (
        f1_score(
            y_true,
            tune_thresholds(y_true, y_score, scoring=f"f1_{average}").predict(y_score),
            average="micro",
        )
        for average in ("macro", "micro")
    )
    assert micro > macro


@pytest.mark.parametrize("n_labels", [1, 1500])
def test_one_label_and_many(n_labels):
    y_true, y_score = draw_set(200, np.full(n_labels, 0.1))
    assert np.isfinite(tune_thresholds(y_true, y_score).thresholds[y_true.any(0)]).all()


@pytest.mark.parametrize("scoring", [FBeta(average="samples"), SubsetAccuracy()], ids=repr)
def test_objectives_of_rows_take_the_best_rule_of_a_probability(scoring):
    y_true, y_score = draw_set(800)
    tuned = tune_thresholds(y_true, y_score, scoring=scoring)
    rule = probability_rule(y_true, y_score, None)
    assert tuned.score >= max(
        scoring.evaluate(y_true, y_score >= rule(z)) for z in (-3, -2, -1, 0, 1)
    )


def test_rule_of_a_probability_is_monotone_and_ends_in_never():
    y_true, y_score = draw_set(800)
    rule = probability_rule(y_true, y_score, None)
    predicted = [(y_score >= rule(z)).sum() for z in np.linspace(-9, 9, 10)]
    assert predicted == sorted(predicted, reverse=True)
    assert predicted[-1] == 0


@pytest.mark.parametrize(
    "scoring", [Constrained(Recall(), Precision(), 0.6), Cost(fp=np.arange(400.0)[:, None])]
)
def test_promises_about_these_rows_are_met_per_label(scoring):
    y_true, y_score = draw_set(400, (0.3, 0.2))
    pooled, exact = (
        tune_thresholds(y_true, y_score, scoring=scoring, strategy=strategy).thresholds
        for strategy in ("pooled", "per_label")
    )
    np.testing.assert_array_equal(pooled, exact)


def test_costs_of_labels_meet_decision_theory():
    y_true, y_score = draw_set(50_000, (0.3, 0.2))
    log_odds = np.log(y_score / (1 - y_score))
    cost = Cost(fp=[1, 1], fn=[1, 9])
    thresholds = tune_thresholds(y_true, log_odds, scoring=cost).thresholds
    exact = tune_thresholds(y_true, log_odds, scoring=cost, strategy="per_label")
    assert cost.evaluate(y_true, log_odds >= thresholds) == pytest.approx(exact.score, rel=0.02)
    assert thresholds[1] < thresholds[0]


# Kernels against slow twins -------------------------------------------------------------------------------------------


@examples(100)
@given(awkward_problems())
def test_bins_hold_all_rows(problem):
    y_true, y_score, weight = problem
    if weight is not None:
        rows = np.flatnonzero(weight)
        y_true, y_score, weight = y_true[rows], y_score[rows], as_numbers_of_rows(weight[rows])
    bins = summarise(y_true, y_score, weight)
    for label in range(y_true.shape[1]):
        tps, fps = bins.pos[label].cumsum(), bins.neg[label].cumsum()
        for low, tp, fp in zip(bins.low[label], tps, fps, strict=True):
            assert (tp, fp) == pytest.approx(
                naive.counts_at(y_true[:, label], y_score[:, label], low, weight)
            )
        assert bins.low[label, -1] == y_score[:, label].min()


def test_bins_are_fine_among_the_lowest_scores_where_negatives_are_scarce():
    rng = np.random.default_rng(0)
    y_true, y_score = rng.random((1000, 2)) < [0.1, 0.9], rng.random((1000, 2))
    one_end, both_ends = (summarise(labels, y_score) for labels in (y_true[:, [0, 0]], y_true))
    n_low, n_low_of_both = (
        np.sum(bins.low[0] < np.median(y_score[:, 0])) for bins in (one_end, both_ends)
    )
    assert n_low < n_low_of_both
    assert n_low_of_both == pytest.approx(
        np.sum(both_ends.low[0] > np.median(y_score[:, 0])), abs=2
    )


@examples(100)
@given(awkward_problems())
def test_common_scale_rises_with_the_score(problem):
    y_true, y_score, _ = problem
    bins = summarise(y_true, y_score)
    z, to_z, to_score = common_scale(bins)
    np.testing.assert_array_equal(z, to_z(bins.mid))
    scores = np.unique(y_score.astype(float))
    assert np.all(np.diff(to_z(scores)) >= 0)
    np.testing.assert_allclose(to_score(to_z(scores)), scores, atol=1e-6 * np.ptp(scores) + 1e-300)


@given(st.data())
def test_evidence_is_own_rows_mixed_with_the_curve(data):
    numbers = hnp.arrays(float, (2, 5), elements=st.integers(0, 9))
    pos, neg = data.draw(numbers), data.draw(numbers)
    probability = data.draw(hnp.arrays(float, (2, 5), elements=st.floats(0, 1)))
    own = np.array([[0.3], [1.0]])
    counts = all_counts(*Evidence(probability, own).predicted(pos, neg))
    for label, cut in itertools.product(range(2), range(6)):
        share = [
            own[label, 0] * p + (1 - own[label, 0]) * q * (p + n)
            for p, n, q in zip(pos[label], neg[label], probability[label], strict=True)
        ]
        size = pos[label] + neg[label]
        tp, fp = sum(share[:cut]), sum(size[:cut]) - sum(share[:cut])
        expected = tp, fp, sum(share) - tp, sum(size) - sum(share) - fp
        assert [part[label, cut] for part in counts] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("size", [0.3, 1.0, 4.0, 100.0])
def test_bootstrap_samples_have_the_spread_of_poisson_counts(size):
    pos, neg = np.full((2, 2000, 1), size)
    tp, fp = _drawn(
        Evidence(np.zeros((2000, 1)), np.ones((2000, 1))), pos, neg, np.random.default_rng(0)
    )
    for drawn in (tp[:, :, 1], fp[:, :, 1]):
        one, other = np.split(drawn, 2)
        np.testing.assert_allclose((one + other) / 2, size + min(size, 1) / 4)
        assert drawn.min() >= 0
        assert drawn.std() == pytest.approx(min(size, size**0.5), rel=0.02)
    assert abs(np.corrcoef(tp[0, :, 1], fp[0, :, 1])[0, 1]) < 0.1


@examples(60)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.1, 0.3]))
def test_mean_with_a_share_of_the_summed_counts_is_near_its_best(seed, share):
    counts, value = small_counts(seed)
    weight = np.array([[0.5], [0.5]])
    cuts = _with_share(Goal(weight, [FBeta().formula] * 2, (0, 0)), counts, share)[1]

    def total(cuts):
        return sum(weight[:, 0] * value(cuts)) + share * value(cuts, summed=True)

    best = max(total(np.array(cuts)) for cuts in itertools.product(range(7), repeat=2))
    assert total(cuts) >= best - 0.02 * (share > 0) - 1e-12


@examples(60)
@given(st.integers(0, 10_000))
def test_prices_reach_the_best_summed_counts(seed):
    counts, value = small_counts(seed)
    price = _best_price(FBeta().formula, counts)
    cuts = (counts[0] - price * (counts[0] + counts[1])).argmax(1)
    best = max(value(np.array(cuts), summed=True) for cuts in itertools.product(range(7), repeat=2))
    assert value(cuts, summed=True) == pytest.approx(best, abs=1e-3)


def small_counts(seed):
    """Counts of two labels at seven cuts, and the F1 of each label, or of their summed counts, at chosen cuts."""
    rng = np.random.default_rng(seed)
    pos, neg = rng.integers(0, 5, (2, 6)).astype(float), rng.integers(0, 5, (2, 6)).astype(float)
    counts = all_counts(*Evidence(np.zeros((2, 6)), np.ones((2, 1))).predicted(pos, neg))

    def value(cuts, summed=False):
        chosen = [part[[0, 1], cuts] for part in counts]
        return (
            FBeta().formula(*(part.sum(keepdims=True) for part in chosen))[0]
            if summed
            else FBeta().formula(*chosen)
        )

    return counts, value


@examples(200)
@given(
    hnp.arrays(
        np.float64, st.integers(1, 30), elements=st.floats(allow_nan=False, allow_infinity=False)
    )
)
def test_argsort_sorts(score):
    order, ordered = _argsort(score)
    assert sorted(order) == list(range(len(score)))
    np.testing.assert_array_equal(ordered, np.sort(score))
    np.testing.assert_array_equal(score[order], ordered)
