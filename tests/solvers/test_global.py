import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from tests import naive
from tests.strategies import problems
from threshold_estimators import (
    Constrained,
    Cost,
    FBeta,
    Jaccard,
    Precision,
    Recall,
    YoudenJ,
    tune_thresholds,
)
from threshold_estimators.solvers import _global
from threshold_estimators.solvers._global import one_cut

OBJECTIVES = [
    FBeta(),
    FBeta(average="weighted"),
    YoudenJ(),
    Jaccard(average="micro"),
    Constrained(Recall(average="micro"), Precision(average="micro"), 0.6),
    Cost(fp=2, fn=3),
    Cost(fp=-1, fn=1),
]


@pytest.fixture
def narrowed(monkeypatch):
    """As if there were many cells."""
    monkeypatch.setattr(_global, "N_EDGES", 3)
    monkeypatch.setattr(_global, "SAMPLED_CELLS", 8)
    monkeypatch.setattr(_global, "CELLS_LEFT", 0)


@pytest.mark.usefixtures("narrowed")
@pytest.mark.parametrize("objective", OBJECTIVES, ids=repr)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(problem=problems(max_samples=7, max_labels=3))
def test_no_common_cut_does_better(objective, problem):
    y_true, y_score, weight = problem
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of constraints that cannot be met
        tuned = tune_thresholds(
            y_true, y_score, scoring=objective, strategy="global", sample_weight=weight
        )

    def value(y_true, y_pred):
        if len(objective._violated(y_true, y_pred, weight)):
            return 0.0
        return objective._value(y_true, y_pred, weight)

    assert len(np.unique(tuned.thresholds)) == 1
    assert tuned.thresholds.dtype == y_score.dtype
    reached = value(y_true, tuned.predict(y_score) == 1)
    assert reached == pytest.approx(naive.best_global(y_true, y_score, value))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("pooled", [False, True])
def test_few_cells_are_sorted_of_many(pooled, dtype, weighted, monkeypatch):
    rng = np.random.default_rng(0)
    y_true = rng.random((20_000, 6)) < [0.01, 0.1, 0.2, 0.5, 0.0, 1.0]
    y_score = rng.beta(1 + 2 * y_true, 4 - 2 * y_true).astype(dtype)
    weight = rng.choice([0.5, 1.0, 3.0], len(y_true)) if weighted else None
    formulas = [FBeta().formula] * (1 if pooled else 6)
    sorted_cells = []

    def counted(positive, *args):
        sorted_cells.append(len(positive))
        return cuts_at_all_scores(positive, *args)

    cuts_at_all_scores = _global.cuts_at_all_scores
    monkeypatch.setattr(_global, "cuts_at_all_scores", counted)
    found, everything = (
        one_cut(y_true, y_score, weight, formulas, np.ones(len(formulas)), monotone)
        for monotone in (True, False)
    )
    assert found == everything
    assert sum(sorted_cells[: len(formulas)]) <= 20_000
    assert sum(sorted_cells[len(formulas) :]) == y_score.size
