import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import f1_score

from tests.pooling.problems import awkward_problems, draw_set
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
from threshold_estimators.pooling import probability_rule

OBJECTIVES = [FBeta(), Jaccard(), Accuracy(), BalancedAccuracy()]
AVERAGES = ["macro", "weighted", "micro", None]


def label_f1(y_true, y_pred):
    return f1_score(y_true, y_pred, average=None, zero_division=0)


def with_average(objective, average):
    return type(objective)(average=average)


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
def test_order_of_samples_does_not_matter(problem, random):
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
def test_whole_weights_repeat_samples_and_zero_drops_them(problem, data):
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
def test_frequent_label_is_tuned_as_if_alone(weighted, saturated):
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
def test_separable_labels_get_their_exact_thresholds(scoring, weighted):
    rng = np.random.default_rng(0)
    hidden = rng.uniform(0.05, 0.95, 8)
    y_score = rng.random((20_000, 8))
    weight = rng.uniform(0.5, 2, 20_000) if weighted else None
    tuned = tune_thresholds(y_score >= hidden, y_score, scoring=scoring, sample_weight=weight)
    np.testing.assert_allclose(tuned.thresholds, hidden, atol=2e-3)
    assert f1_score(y_score >= hidden, tuned.predict(y_score), average="macro") > 0.9999


def test_rare_label_stays_near_the_common_threshold():
    y_true, y_score = draw_set(2000, np.full(30, 0.05))
    common = np.median(tune_thresholds(y_true, y_score).thresholds)
    rng = np.random.default_rng(5)
    for _ in range(10):
        rare = y_true.copy()
        rare[:, 0] = False
        rare[rng.choice(np.flatnonzero(y_true[:, 0]), 3, replace=False), 0] = True
        tuned = tune_thresholds(rare, y_score)
        assert common / 3 < tuned.thresholds[0] < np.quantile(y_score[:, 0], 0.9999) * 3


def test_label_without_signal_is_not_predicted_everywhere():
    y_true, y_score = draw_set(2000, np.full(20, 0.1), signal=2.5)
    y_true[:, 0] = np.random.default_rng(7).random(2000) < 0.02
    assert np.mean(y_score[:, 0] >= tune_thresholds(y_true, y_score).thresholds[0]) < 0.3
    assert (
        np.mean(y_score[:, 0] >= tune_thresholds(y_true, y_score, scoring="f1_micro").thresholds[0])
        < 0.15
    )


def test_rare_labels_score_higher_on_new_samples_than_by_themselves():
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
def test_averages_over_samples_take_the_best_probability(scoring):
    y_true, y_score = draw_set(800)
    tuned = tune_thresholds(y_true, y_score, scoring=scoring)
    rule = probability_rule(y_true, y_score, None)
    assert tuned.score >= max(
        scoring.evaluate(y_true, y_score >= rule(z)) for z in (-3, -2, -1, 0, 1)
    )


def test_probability_rule_is_monotone_and_ends_in_never():
    y_true, y_score = draw_set(800)
    rule = probability_rule(y_true, y_score, None)
    predicted = [(y_score >= rule(z)).sum() for z in np.linspace(-9, 9, 10)]
    assert predicted == sorted(predicted, reverse=True)
    assert predicted[-1] == 0


@pytest.mark.parametrize(
    "scoring",
    [Constrained(Recall(), Precision(), 0.6, confidence=None), Cost(fp=np.arange(400.0)[:, None])],
)
def test_constraints_and_costs_of_samples_are_solved_per_label(scoring):
    y_true, y_score = draw_set(400, (0.3, 0.2))
    pooled, exact = (
        tune_thresholds(y_true, y_score, scoring=scoring, strategy=strategy).thresholds
        for strategy in ("pooled", "per_label")
    )
    np.testing.assert_array_equal(pooled, exact)


def test_costs_of_labels_agree_with_decision_theory():
    y_true, y_score = draw_set(50_000, (0.3, 0.2))
    log_odds = np.log(y_score / (1 - y_score))
    cost = Cost(fp=[1, 1], fn=[1, 9])
    thresholds = tune_thresholds(y_true, log_odds, scoring=cost).thresholds
    exact = tune_thresholds(y_true, log_odds, scoring=cost, strategy="per_label")
    assert cost.evaluate(y_true, log_odds >= thresholds) == pytest.approx(exact.score, rel=0.02)
    assert thresholds[1] < thresholds[0]
