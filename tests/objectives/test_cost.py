import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import naive
from tests.strategies import examples, problems
from threshold_estimators import Cost

OUTCOMES = ("tp", "fp", "fn", "tn")


@given(problem=problems(), seed=st.integers(0, 99))
def test_cost_adds_up_the_outcomes(problem, seed):
    y_true, y_score, weight = problem
    y_pred = y_score >= 0.25
    rng = np.random.default_rng(seed)
    n_samples, n_labels = y_true.shape
    # No two outcomes, labels or samples cost the same, so that none can stand in for another.
    cost = {
        "tp": -rng.random(),
        "fp": rng.random(n_labels),
        "fn": rng.random((n_samples, n_labels)),
        "tn": 0.1,
    }
    cost["tn"] = rng.random((n_samples, 1))
    total = 0.0
    for i in range(n_samples):
        for j in range(n_labels):
            outcome = ("t" if y_true[i, j] == y_pred[i, j] else "f") + (
                "p" if y_pred[i, j] else "n"
            )
            each = np.broadcast_to(cost[outcome], (n_samples, n_labels))[i, j]
            total += each * (1 if weight is None else weight[i])
    expected = -total / n_labels / (n_samples if weight is None else weight.sum())
    assert Cost(**cost).evaluate(y_true, y_pred, sample_weight=weight) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("cost", "message"),
    [
        (
            {"fp": np.ones(3)},
            r"'fp' of Cost must be a number, or have shape \(2,\).* Got shape \(3,\)",
        ),
        ({"fn": np.inf}, "'fn' of Cost must be finite"),
        ({"tp": "high"}, "'tp' parameter of Cost"),
    ],
)
def test_costs_that_do_not_fit(cost, message):
    with pytest.raises(ValueError, match=message):
        Cost(**cost).evaluate([[1, 0]], [[1, 1]])


@examples(60)
@given(seed=st.integers(0, 999))
def test_decisions_of_cells_cost_least(seed):
    """The expected cost is least of all indicators, with costs and gains of labels and of cells."""
    rng = np.random.default_rng(seed)
    shape = rng.integers(1, 4), rng.integers(1, 3)
    proba = rng.choice([0, 0.1, 0.5, 0.9, 1], shape)
    shapes = [(), shape[1:], (shape[0], 1), shape]
    costs = {
        outcome: rng.normal(size=shapes[rng.integers(4)]) for outcome in ("tp", "fp", "fn", "tn")
    }
    decided = Cost(**costs).decide(proba)
    tp, fp, fn, tn = (np.broadcast_to(cost, shape) for cost in costs.values())

    def expected_cost(y_pred):
        return np.sum(
            np.where(y_pred, proba * tp + (1 - proba) * fp, proba * fn + (1 - proba) * tn)
        )

    every = (np.reshape(bits, shape) for bits in itertools.product([0, 1], repeat=proba.size))
    assert expected_cost(decided) == pytest.approx(min(map(expected_cost, every)))
    for cell in np.ndindex(*shape):
        assert decided[cell] == naive.cheapest_decision(
            proba[cell], (tp[cell], fp[cell], fn[cell], tn[cell])
        )


def test_equal_costs_decide_as_the_threshold_of_decision_theory():
    proba = np.random.default_rng(0).random((500, 2)).astype(np.float32)
    np.testing.assert_array_equal(Cost(fp=1, fn=[4, 1]).decide(proba), proba >= [0.2, 0.5])
    assert Cost().decide([[0.5]]) == 1


def test_costs_of_samples_are_cheaper_by_probability_than_by_threshold():
    """On samples whose labels follow the probabilities."""
    rng = np.random.default_rng(0)
    proba, amount = rng.random((5000, 1)) ** 3, rng.lognormal(3, 2, (5000, 1))
    y = rng.random((5000, 1)) < proba
    cost = Cost(fp=20, fn=amount)
    best = max(cost.evaluate(y, proba >= t) for t in np.linspace(0, 1, 1001))
    assert cost.evaluate(y, cost.decide(proba)) > best


@pytest.mark.parametrize(
    ("cost", "proba", "message"),
    [
        (Cost(), [[0.5, 1.5]], r"'y_proba' must lie in \[0, 1\]\. Got values from 0\.5 to 1\.5"),
        (Cost(), [[0.5, -0.1]], "Calibrate the scores"),
        (Cost(), [0.5, 0.1], "Expected 2D array"),
        (Cost(), [[np.nan]], "y_proba contains NaN"),
        (Cost(fn=[1, 2, 3]), [[0.5, 0.1]], r"'fn' of Cost must be a number, or have shape \(2,\)"),
        (Cost(fp=[[1], [2]]), [[0.5, 0.1]], "'fp' of Cost must be a number"),
        (Cost(fp=np.inf), [[0.5]], "'fp' of Cost must be finite"),
    ],
)
def test_decisions_that_cannot_be_taken(cost, proba, message):
    with pytest.raises(ValueError, match=message):
        cost.decide(proba)


@given(problem=problems(), seed=st.integers(0, 99))
def test_formula_of_labels_is_the_cost_of_their_counts(problem, seed):
    """The value is the mean of the labels' formulas, per unit of weight."""
    y_true, y_score, weight = problem
    y_pred = y_score >= 0.25
    n_labels = y_true.shape[1]
    costs = dict(zip(OUTCOMES, np.random.default_rng(seed).normal(size=(4, n_labels)), strict=True))
    costs["fp"] = 2.0
    objective = Cost(**costs)
    weight_or_ones = np.ones(len(y_true)) if weight is None else weight
    cells = y_true & y_pred, ~y_true & y_pred, y_true & ~y_pred, ~y_true & ~y_pred
    counts = [weight_or_ones @ cell for cell in cells]
    together = objective._for_labels(np.arange(n_labels)).formula(*counts)
    for label in range(n_labels):
        alone = objective._for_labels(label).formula(*(count[label] for count in counts))
        assert alone == pytest.approx(together[label])
    value = objective.evaluate(y_true, y_pred, sample_weight=weight)
    assert np.mean(together) / weight_or_ones.sum() == pytest.approx(value)


@given(problem=problems(weighted=False), seed=st.integers(0, 99))
def test_gain_of_a_sample_is_what_its_prediction_saves(problem, seed):
    y_true = problem.y_true
    n_samples, n_labels = y_true.shape
    rng = np.random.default_rng(seed)
    shapes = [(), (n_labels,), (n_samples, 1), (n_samples, n_labels)]
    objective = Cost(**{name: rng.normal(size=shapes[rng.integers(4)]) for name in OUTCOMES})
    for sample, label in np.ndindex(*y_true.shape):
        y_pred = np.zeros_like(y_true)
        without = objective.evaluate(y_true, y_pred)
        y_pred[sample, label] = True
        saved = (objective.evaluate(y_true, y_pred) - without) * y_true.size
        gain = objective._gain(label, y_true[:, label])
        assert np.broadcast_to(gain, n_samples)[sample] == pytest.approx(saved, abs=1e-9)


@given(problem=problems(), seed=st.integers(0, 99))
def test_costs_of_samples_go_with_their_samples(problem, seed):
    y_true, y_score, weight = problem
    y_pred = y_score >= 0.25
    rng = np.random.default_rng(seed)
    objective = Cost(fp=rng.random(y_true.shape), fn=rng.random((len(y_true), 1)), tn=0.5)
    order = rng.permutation(len(y_true))
    ordered_weight = None if weight is None else weight[order]
    found = objective._take_samples(order).evaluate(
        y_true[order], y_pred[order], sample_weight=ordered_weight
    )
    assert found == pytest.approx(objective.evaluate(y_true, y_pred, sample_weight=weight))


@pytest.mark.parametrize(
    ("cost", "is_monotone"),
    [
        (Cost(), True),
        (Cost(fp=[1, 0], fn=[0, 1]), True),
        (Cost(fp=-1), False),
        (Cost(fn=[1, -1]), False),
        (Cost(tp=2, fn=1), False),
    ],
)
def test_monotone_if_no_correct_decision_costs_more(cost, is_monotone):
    assert cost._is_monotone == is_monotone
