import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import problems
from threshold_estimators import Constrained, FBeta, GMean, Precision, Recall
from threshold_estimators.objectives import CountObjective, check_objective


class Balance(CountObjective):
    def formula(self, tp, fp, fn, tn):
        return -np.abs(fp - fn)


@pytest.mark.parametrize(
    ("objective", "message"),
    [
        (
            Constrained(Recall(average="micro"), Precision(), 0.5, confidence=None),
            "Got 'micro' and 'macro'",
        ),
        (
            Constrained(
                Recall(average="samples"), Precision(average="samples"), 0.5, confidence=None
            ),
            "both be averaged over labels",
        ),
        (
            Constrained(Recall(), Precision(), [0.5, 0.5], confidence=None),
            "'at_least' of Constrained must have a shape",
        ),
        (Constrained(Recall(), 0.9, 0.5), "'constraint' parameter of Constrained"),
        (
            Constrained(Recall(zero_division=3), Precision(), 0.5, confidence=None),
            "'zero_division' parameter of Recall",
        ),
    ],
)
def test_constraints_that_do_not_fit(objective, message):
    with pytest.raises(ValueError, match=message):
        check_objective(objective, 10, 3)


@pytest.mark.parametrize("average", ["macro", "micro", "weighted", None])
@given(problem=problems())
def test_value_is_that_of_the_objective(average, problem):
    y_true, y_score, weight = problem
    y_pred = y_score >= 0.25
    floor_average = "micro" if average == "micro" else "macro"
    objective = Constrained(
        FBeta(average=average), Precision(average=floor_average), 0.5, confidence=None
    )
    assert objective.average == average
    np.testing.assert_array_equal(
        objective.evaluate(y_true, y_pred, sample_weight=weight),
        FBeta(average=average).evaluate(y_true, y_pred, sample_weight=weight),
    )


@pytest.mark.parametrize("at_least", [0.5, [0.0, 0.5, 1.0]], ids=["same", "of each label"])
@given(problem=problems(min_labels=3))
def test_labels_below_their_floor_are_violated(at_least, problem):
    y_true, y_score, weight = problem
    y_pred = y_score >= 0.25
    precision = Precision(average=None).evaluate(y_true, y_pred, sample_weight=weight)
    found = Constrained(Recall(), Precision(), at_least, confidence=None)._violated(
        y_true, y_pred, weight
    )
    np.testing.assert_array_equal(found, np.flatnonzero(precision < np.array(at_least)))


@given(problem=problems())
def test_summed_counts_below_the_floor_are_violated_in_all_labels(problem):
    y_true, y_score, weight = problem
    y_pred = y_score >= 0.25
    precision = Precision(average="micro")
    violated = precision.evaluate(y_true, y_pred, sample_weight=weight) < 0.5
    objective = Constrained(Recall(average="micro"), precision, 0.5, confidence=None)
    found = objective._violated(y_true, y_pred, weight)
    np.testing.assert_array_equal(found, np.arange(y_true.shape[1]) if violated else [])


@given(counts=st.lists(st.tuples(*[st.integers(0, 9)] * 4).filter(any), min_size=2, max_size=9))
def test_formula_ranks_by_the_value_and_then_by_what_is_missing(counts):
    """Feasible counts are above all others; the less an infeasible one misses, the higher."""
    tp, fp, fn, tn = np.array(counts, float).T
    found = Constrained(Recall(), Precision(), 0.6, confidence=None).formula(tp, fp, fn, tn)
    recall, precision = Recall().formula(tp, fp, fn, tn), Precision().formula(tp, fp, fn, tn)
    is_feasible = precision >= 0.6
    np.testing.assert_array_equal(found[is_feasible], recall[is_feasible])
    infeasible = found[~is_feasible]
    np.testing.assert_array_equal(
        np.argsort(infeasible, kind="stable"), np.argsort(precision[~is_feasible], kind="stable")
    )
    assert np.all(infeasible < -1e99)


def test_labels_have_their_own_floors():
    objective = Constrained(Recall(), Precision(), [0.2, 0.5, 0.9], confidence=None)
    assert objective._for_labels(1).at_least == 0.5
    np.testing.assert_array_equal(
        objective._for_labels(np.array([[2], [0]])).at_least, [[0.9], [0.2]]
    )
    same = Constrained(Recall(), Precision(), 0.5, confidence=None)
    assert same._for_labels(2).formula(*np.ones((4, 1))) == same.formula(*np.ones((4, 1)))


@pytest.mark.parametrize(
    ("objective", "constraint", "is_monotone"),
    [
        (Recall(), Precision(), True),
        (Recall(), GMean(), True),
        (Balance(), Precision(), False),
        (Recall(), Balance(), False),
    ],
)
def test_monotone_if_both_measures_are(objective, constraint, is_monotone):
    assert Constrained(objective, constraint, 0.5, confidence=None)._is_monotone == is_monotone
