from unittest.mock import Mock

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import naive
from tests.registry import OF_ONE_LABEL
from tests.strategies import problems
from threshold_estimators import Constrained, Cost, FBeta, Precision, Recall, tune_thresholds
from threshold_estimators.core import _blocks
from threshold_estimators.objectives._base import CountObjective
from threshold_estimators.solvers import _cuts, _histogram, _micro
from threshold_estimators.solvers._cuts import LabelCuts, cuts_at_all_scores, in_gaps, positions
from threshold_estimators.solvers._histogram import Buckets
from threshold_estimators.solvers._micro import Hulls, hull_of_rows, hulls_within, pooled_counts
from threshold_estimators.solvers._per_label import best_cuts, label_by_label


class NetGain(CountObjective):
    """A value of any scale, and of any sign."""

    def formula(self, tp, fp, fn, tn):
        return 1e9 * (3 * tp - 2 * fp) - 1e12


MONOTONE = [cls(**params) for cls, params, _ in OF_ONE_LABEL.values()]
MONOTONE += [FBeta(3), NetGain(), Constrained(Recall(), Precision(), 0.6)]


def best_of_all_cuts(y_true, y_score, formula):
    """(threshold, value) of the highest of the best cuts of a label."""
    cuts = cuts_at_all_scores(y_true, y_score).of_positives()
    values = formula(*cuts.counts())
    return cuts.thresholds(np.flatnonzero(values == values.max())[-1:])[0], values.max()


def assert_best(y_true, y_score, formula_of):
    """Best thresholds of labels in columns."""
    found = in_gaps(
        y_score, *best_cuts(y_true.T, y_score.T, np.arange(y_true.shape[1]), formula_of)
    )
    for label, threshold in enumerate(found):
        assert (
            threshold == best_of_all_cuts(y_true[:, label], y_score[:, label], formula_of(label))[0]
        )
    return found


@pytest.fixture(params=["all rows", "highest"])
def small(request, monkeypatch):
    """Blocks, tiles and buckets so small that a few rows fill several, with the highest rows looked at first or not."""
    monkeypatch.setattr(_cuts, "MOST_HIGHEST", {"all rows": 0, "highest": 0.9}[request.param])
    monkeypatch.setattr(_cuts, "ROWS_FOR_A_POSITIVE", 2)
    monkeypatch.setattr(_cuts, "SAMPLED_ROWS", 1)
    monkeypatch.setattr(_blocks, "CELLS_IN_A_BLOCK", 24)
    monkeypatch.setattr(_cuts, "CELLS_AT_A_TIME", 7)
    monkeypatch.setattr(_histogram, "CELLS_AT_A_TIME", 5)
    monkeypatch.setattr(_histogram, "FEWEST_BUCKETS", 3)
    monkeypatch.setattr(_histogram, "SAMPLED_ROWS", 3)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("objective", MONOTONE, ids=repr)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(problem=problems(max_samples=12, max_labels=3, weighted=False))
def test_best_cuts_are_the_best_of_all(objective, problem):
    y_true, y_score = problem.y_true, problem.y_score
    found = assert_best(y_true, y_score, objective.label_formula)
    for positive, score, threshold in zip(y_true.T, y_score.T, found, strict=True):
        reached = [
            objective.formula(
                *(
                    np.array([float(count)])
                    for count in (tp, fp, positive.sum() - tp, (~positive).sum() - fp)
                )
            )[0]
            for cut in [threshold, *naive.candidate_thresholds(score)]
            for tp, fp in [naive.counts_at(positive, score, cut)]
        ]
        if np.any(positive):
            assert reached[0] == max(reached)


@pytest.mark.parametrize("objective", MONOTONE, ids=repr)
@pytest.mark.parametrize("share", [0.001, 0.02, 0.5])
def test_best_cut_of_many_rows(objective, share):
    rng = np.random.default_rng(0)
    y_true = rng.random((50_000, 1)) < share
    y_score = rng.beta(1 + 2 * y_true, 4 - 2 * y_true)
    for score in (
        y_score,
        y_score.round(2),
        -1 / y_score,
        1.7e308 * (2 * y_score - 1),
        1e300 * y_score,
        1e-300 * y_score,
        1000 + 1e-9 * y_score,
        (1000 + y_score).astype(np.float32),
        y_score.astype(np.float32),
        np.where(y_score > 0.9, 1e300, y_score),
        np.where(y_score > 0.9, y_score, 0),
        np.where(rng.random(y_score.shape) < 0.5, 0.0, -0.0) * y_score,
        y_true * 1.0,
        y_score * 0,
    ):
        assert_best(y_true, score, objective.label_formula)


def test_labels_differ_in_their_formulas():
    rng = np.random.default_rng(0)
    y_true = rng.random((3_000, 40)) < np.linspace(0, 1, 40)
    y_score = rng.beta(1 + 2 * y_true, 4 - 2 * y_true)
    cost = Cost(fp=np.linspace(0, 3, 40), fn=2)
    assert_best(y_true, y_score, cost.label_formula)
    constrained = Constrained(Recall(), Precision(), np.linspace(0, 1, 40))
    assert_best(y_true, y_score, constrained.label_formula)


def test_blocks_of_labels_are_put_together():
    rng = np.random.default_rng(0)
    y_true = rng.random((200_000, 12)) < np.linspace(0, 0.1, 12)
    y_score = rng.beta(1 + 2 * y_true, 4 - 2 * y_true)
    found = label_by_label(y_true, y_score, None, FBeta().label_formula, monotone=True)
    alone = [
        label_by_label(
            y_true[:, [label]], y_score[:, [label]], None, FBeta().label_formula, monotone=True
        )
        for label in range(12)
    ]
    np.testing.assert_array_equal(found, np.concatenate(alone))


@pytest.mark.parametrize("share", [0.02, 0.5])
@pytest.mark.parametrize("scale", [1.0, 1e-300, 1e300])
def test_few_rows_are_sorted(share, scale):
    rng = np.random.default_rng(0)
    y_true = rng.random((1, 100_000)) < share
    y_score = scale * rng.beta(1 + 2 * y_true, 4 - 2 * y_true)
    buckets = Buckets.of(y_true, y_score)
    (low,), (high,) = buckets.range_of_best(
        [lambda tps, fps: 2 * tps / (tps + fps + buckets.tps[:, :1])]
    )
    threshold, _ = best_of_all_cuts(y_true[0], y_score[0], FBeta().formula)
    assert low <= threshold < high
    assert np.mean((y_score >= low) & (y_score < high)) < 0.06


@pytest.mark.parametrize("scoring", ["f1_macro", "f1_micro"])
@pytest.mark.parametrize("highest", [1, -1])
def test_a_sample_that_misleads_is_found_out(scoring, highest):
    # The rows that are sampled have the highest scores, so that the highest seem to be few; or the lowest.
    y_true = np.tile(np.arange(50) < 1, 400)[:, np.newaxis]
    y_score = np.where(y_true, 1.0, np.linspace(0, 1, len(y_true))[:, np.newaxis] ** 4)
    y_score[:: int(np.sqrt(len(y_true)) / _cuts.SAMPLED_ROWS)] += 2 * highest
    found = tune_thresholds(y_true, y_score, scoring=scoring, strategy="per_label")
    assert (found.thresholds[0], found.score) == best_of_all_cuts(
        y_true[:, 0], y_score[:, 0], FBeta().formula
    )


@pytest.mark.usefixtures("small")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(problem=problems(max_samples=20, max_labels=3, weighted=False))
def test_counts_of_buckets_are_those_at_some_scores(problem):
    y_true, y_score = problem.y_true.T, problem.y_score.T
    buckets = Buckets.of(y_true, y_score)
    for label, (positive, score) in enumerate(zip(y_true, y_score, strict=True)):
        found = set(zip(buckets.tps[label].tolist(), buckets.fps[label].tolist(), strict=True))
        cuts = [-np.inf, *score, np.inf]
        assert found <= {tuple(map(int, naive.counts_at(positive, score, cut))) for cut in cuts}
        assert (positive.sum(), (~positive).sum()) in found


@given(st.integers(0, 400), st.integers(1, 40))
def test_positions_are_those_of_true_cells(n, every):
    cells = np.zeros(n, bool)
    cells[::every] = True
    np.testing.assert_array_equal(positions(cells), np.arange(0, n, every))


PRICES = st.lists(
    st.sampled_from([0.01, 0.2, 0.5, 0.7, 0.99]), min_size=2, max_size=2, unique=True
).map(sorted)


@pytest.mark.usefixtures("small")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(problem=problems(max_samples=12, max_labels=3, weighted=False), prices=PRICES)
def test_between_two_prices_are_the_best_cuts_at_all(problem, prices):
    y_true, y_score = problem.y_true.T, problem.y_score.T
    gains = [lambda tps, fps, price=price: tps * (1 - price) - fps * price for price in prices]
    low, high = Buckets.of(y_true, y_score).range_of_best(gains)
    some = LabelCuts.within(y_true, y_score, low, high)
    hulls = hulls_within(y_true, y_score, low, high)
    for label, (positive, score) in enumerate(zip(y_true, y_score, strict=True)):
        everything = cuts_at_all_scores(positive, score).of_positives()
        own = some.label == label
        below, above = some.neighbours(np.flatnonzero(own))
        kept = np.flatnonzero(np.isin(everything.scores[:-1], above))
        np.testing.assert_array_equal(some.tps[own], everything.tps[kept])
        np.testing.assert_array_equal(some.fps[own], everything.fps[kept])
        thresholds = in_gaps(np.tile(score[:, np.newaxis], len(kept)), below, above)
        np.testing.assert_array_equal(thresholds, everything.thresholds(kept))
        for price in np.linspace(*prices, 5):
            best = max(everything.tps * (1 - price) - everything.fps * price)
            corner = hulls.label == label
            assert max(hulls.tps[corner] * (1 - price) - hulls.fps[corner] * price) == best


@given(problem=problems(max_samples=20, max_labels=4, weighted=False))
def test_hulls_of_a_block_are_those_of_its_labels(problem):
    y_true, y_score = problem.y_true.T, problem.y_score.T
    everywhere = np.full((2, len(y_true)), np.inf) * [[-1], [1]]
    found = hulls_within(y_true, y_score, *everywhere)
    expected = Hulls.joined(
        [hull_of_rows(*label, None) for label in zip(y_true, y_score, strict=True)]
    )
    for name in ("label", "tps", "fps", "above"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
    thresholds = (
        in_gaps(problem.y_score[:, found.label], hulls.below, hulls.above)
        for hulls in (found, expected)
    )
    np.testing.assert_array_equal(*thresholds)


LINEAR_RATIOS = [cls(**params) for cls, params, _ in OF_ONE_LABEL.values() if cls.is_linear_ratio]


@pytest.mark.parametrize("objective", LINEAR_RATIOS, ids=repr)
@pytest.mark.parametrize(
    ("n_samples", "share"), [(300, 0.1), (3_000, 0.02), (3_000, 0.5), (12_000, 0.01)]
)
@pytest.mark.parametrize("decimals", [2, 12])
def test_corners_near_a_price_are_as_good_as_all(objective, n_samples, share, decimals):
    rng = np.random.default_rng(0)
    y_true = rng.random((n_samples, 12)) < share * np.linspace(0, 2, 12)
    y_score = rng.beta(1 + 2 * y_true, 4 - 2 * y_true).round(decimals)
    found, all_corners = (
        pooled_counts(y_true, y_score, None, objective.formula, is_ratio)
        for is_ratio in (True, False)
    )
    np.testing.assert_array_equal(found, all_corners)


def test_a_price_is_found_where_nearly_all_rows_are_let_through(monkeypatch):
    # No count can be larger there.
    rng = np.random.default_rng(0)
    y_true, y_score, formula = (
        rng.random((20_000, 3)) < 0.3,
        rng.random((20_000, 3)),
        FBeta().formula,
    )
    all_corners = pooled_counts(y_true, y_score, None, formula, is_linear_ratio=False)
    monkeypatch.setattr(_micro, "_all_hulls", Mock(side_effect=AssertionError))
    np.testing.assert_array_equal(
        pooled_counts(y_true, y_score, None, formula, is_linear_ratio=True), all_corners
    )


@pytest.mark.parametrize("n_without_signal", [0, 2, 40])
def test_labels_whose_highest_cuts_do_not_suffice_are_looked_at_whole(
    n_without_signal, monkeypatch
):
    rng = np.random.default_rng(0)
    y_true = rng.random((2_000, 40)) < 0.02
    y_score = rng.beta(1 + 6 * y_true, 6)
    # The positive rows of these labels are the lowest.
    y_score[:, :n_without_signal] = np.where(y_true, -1, y_score)[:, :n_without_signal]
    price = Mock(wraps=_micro._best_near_a_price)
    monkeypatch.setattr(_micro, "_best_near_a_price", price)
    cheap = CheapFalsePositives(average="micro")
    found, all_corners = (
        pooled_counts(y_true, y_score, None, cheap.formula, is_ratio) for is_ratio in (True, False)
    )
    np.testing.assert_array_equal(found, all_corners)
    assert price.called == (n_without_signal == 40)


class CheapFalsePositives(CountObjective):
    """A ratio at whose price many rows are let through for a positive one."""

    def formula(self, tp, fp, fn, tn):
        return tp / (tp + fn + 0.15 * fp)


def test_nothing_at_all_may_be_best_at_no_price():
    y_true, y_score = (
        np.array([[True, False, True, True, False] * 20]).T,
        np.linspace(1, 0, 100).reshape(-1, 1),
    )
    y_true[0] = False
    assert (
        pooled_counts(
            y_true, y_score, None, Precision(zero_division=0).formula, is_linear_ratio=True
        )
        < 1
    )
    assert (
        pooled_counts(
            y_true, y_score, None, Precision(zero_division=1).formula, is_linear_ratio=True
        )
        == np.inf
    )
