import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests import naive
from tests.registry import OF_ONE_LABEL
from tests.strategies import Problem, problems
from threshold_estimators import Constrained, FBeta, Precision, Recall, _narrowing, _window
from threshold_estimators._cuts import cuts_at_positives
from threshold_estimators._narrowing import best_cut, cuts_between_prices
from threshold_estimators._solvers import pooled_counts
from threshold_estimators._window import positions
from threshold_estimators.objectives import CountObjective


class NetGain(CountObjective):
    """A value of any scale, and of any sign."""

    def formula(self, tp, fp, fn, tn):
        return 1e9 * (3 * tp - 2 * fp) - 1e12


MONOTONE = [cls(**params) for cls, params, _ in OF_ONE_LABEL.values()]
MONOTONE += [FBeta(3), NetGain(), Constrained(Recall(), Precision(), 0.6)]


def best_of_all_cuts(y_true, y_score, formula):
    """The highest of the best cuts, with the next score below it."""
    cuts = cuts_at_positives(y_true, y_score)
    values = formula(*cuts.counts())
    return tuple(side.item() for side in cuts.neighbours(np.flatnonzero(values == values.max())[-1:]))


def assert_best(y_true, y_score, formula):
    found, expected = best_cut(y_true, y_score, formula), best_of_all_cuts(y_true, y_score, formula)
    assert found[1] == expected[1]
    assert found[0] == expected[0] or found[1] == np.inf
    return found


@pytest.fixture(params=["sampled", "all rows"])
def size(request, monkeypatch):
    monkeypatch.setattr(_narrowing, "FEWEST_ROWS_FOR_A_SAMPLE", 0 if request.param == "sampled" else np.inf)
    monkeypatch.setattr(_narrowing, "MOST_SAMPLED_POSITIVES", 4)
    monkeypatch.setattr(_narrowing, "N_EDGES", 3)
    monkeypatch.setattr(_window, "FEWEST_ROWS_TO_NARROW", 4 if request.param == "sampled" else 1)
    monkeypatch.setattr(_window, "N_BUCKETS", 3)
    monkeypatch.setattr(_window, "FEWEST_CUTS_IN_RUNS", 3)


@pytest.mark.usefixtures("size")
@pytest.mark.parametrize("objective", MONOTONE, ids=repr)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(problem=problems(max_samples=12, max_labels=1, weighted=False))
def test_best_cut_is_the_best_of_all(objective, problem):
    y_true, y_score = problem.y_true[:, 0], problem.y_score[:, 0]
    _, above = assert_best(y_true, y_score, objective.formula)
    reached = [
        objective.formula(*(np.array([float(count)]) for count in (tp, fp, y_true.sum() - tp, (~y_true).sum() - fp)))[0]
        for tp, fp in (naive.counts_at(y_true, y_score, cut) for cut in [above, *naive.candidate_thresholds(y_score)])
    ]
    if np.any(y_true):
        assert reached[0] == max(reached)


@pytest.mark.parametrize("objective", MONOTONE, ids=repr)
@pytest.mark.parametrize("share", [0.001, 0.02, 0.5])
def test_best_cut_of_many_rows(objective, share):
    rng = np.random.default_rng(0)
    y_true = rng.random(50_000) < share
    y_score = rng.beta(1 + 2 * y_true, 4 - 2 * y_true)
    for score in (
        y_score,
        y_score.round(2),
        -1 / y_score,
        1.7e308 * (2 * y_score - 1),
        y_score.astype(np.float32),
        y_true * 1.0,
        y_score * 0,
    ):
        assert_best(y_true, score, objective.formula)


@pytest.mark.parametrize("share", [0.02, 0.5])
@pytest.mark.parametrize("scale", [1.0, 1e-300, 1e300])
def test_few_rows_are_sorted(share, scale):
    rng = np.random.default_rng(0)
    y_true = rng.random(30_000) < share
    y_score = scale * rng.beta(1 + 2 * y_true, 4 - 2 * y_true)
    value = _narrowing._value_of(FBeta().formula, y_score[y_true], y_score)
    low, high = _narrowing._Sample.of(y_score, y_score[y_true]).range(value)
    _, above = best_of_all_cuts(y_true, y_score, FBeta().formula)
    assert low <= above < high
    assert np.mean((y_score >= low) & (y_score < high)) < (0.2 if share == 0.02 else 0.65)


def test_a_sample_that_misleads_is_found_out():
    # Every row that is sampled says that scores are worthless, all others that they are perfect, and the reverse.
    y_true = np.tile([True, False], 10_000)
    sampled = np.zeros(20_000, bool)
    sampled[:: max(int(np.sqrt(20_000)) // 8, 1)] = True
    for misleading in (sampled, ~sampled):
        y_score = np.where(misleading, np.arange(20_000) % 7 / 7, y_true) + np.linspace(0, 1e-3, 20_000)
        assert_best(y_true, y_score, FBeta().formula)


@given(st.integers(0, 400), st.integers(1, 40))
def test_positions_are_those_of_true_cells(n, every):
    cells = np.zeros(n, bool)
    cells[::every] = True
    np.testing.assert_array_equal(positions(cells), np.arange(0, n, every))


@pytest.mark.usefixtures("size")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    problem=problems(max_samples=12, max_labels=1, weighted=False),
    prices=st.lists(st.sampled_from([0.01, 0.2, 0.5, 0.7, 0.99]), min_size=2, max_size=2, unique=True).map(sorted),
)
@example(
    # The best cut at the higher price lets nothing through, which no bucket with positives comes near.
    problem=Problem(np.array([[0, 1, 1, 1]], bool).T, np.array([[0.25, 0.0, -1.5, -1.5]]).T, None),
    prices=[0.01, 0.99],
)
def test_between_two_prices_are_the_best_cuts_at_all(problem, prices):
    y_true, y_score = problem.y_true[:, 0], problem.y_score[:, 0]
    some, everything = cuts_between_prices(y_true, y_score, *prices), cuts_at_positives(y_true, y_score)
    kept = np.isin(everything.scores, some.scores)
    assert np.all(np.diff(np.flatnonzero(kept)) == 1)
    np.testing.assert_array_equal(some.tps, everything.tps[kept])
    np.testing.assert_array_equal(some.fps, everything.fps[kept])
    every = np.arange(len(some.scores))
    np.testing.assert_array_equal(some.thresholds(every), everything.thresholds(np.flatnonzero(kept)))
    for price in np.linspace(*prices, 5):
        gains = everything.tps * (1 - price) - everything.fps * price
        assert gains[kept].max() == gains.max()


LINEAR_RATIOS = [cls(**params) for cls, params, _ in OF_ONE_LABEL.values() if cls.is_linear_ratio]


@pytest.mark.parametrize("objective", LINEAR_RATIOS, ids=repr)
@pytest.mark.parametrize(("n_samples", "share"), [(300, 0.1), (3_000, 0.02), (3_000, 0.5), (12_000, 0.01)])
@pytest.mark.parametrize("decimals", [2, 12])
def test_corners_near_a_price_are_as_good_as_all(objective, n_samples, share, decimals):
    rng = np.random.default_rng(0)
    y_true = rng.random((n_samples, 12)) < share * np.linspace(0, 2, 12)
    y_score = rng.beta(1 + 2 * y_true, 4 - 2 * y_true).round(decimals)
    found, all_corners = (
        pooled_counts(y_true, y_score, None, objective.formula, is_ratio) for is_ratio in (True, False)
    )
    np.testing.assert_array_equal(found, all_corners)


def test_nothing_at_all_may_be_best_at_no_price():
    y_true, y_score = np.array([[True, False, True, True, False] * 20]).T, np.linspace(1, 0, 100).reshape(-1, 1)
    y_true[0] = False
    assert pooled_counts(y_true, y_score, None, Precision(zero_division=0).formula, is_linear_ratio=True) < 1
    assert pooled_counts(y_true, y_score, None, Precision(zero_division=1).formula, is_linear_ratio=True) == np.inf
