import pickle
from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import sparse
from sklearn import metrics
from sklearn.base import clone
from sklearn.metrics import make_scorer
from sklearn.model_selection import PredefinedSplit

from tests import naive
from tests.registry import EXACT, EXACT_NAMES, SEARCHED
from tests.strategies import Problem, examples, problems
from threshold_estimators import (
    Accuracy,
    Constrained,
    Cost,
    FBeta,
    GMean,
    Jaccard,
    Precision,
    Recall,
    Specificity,
    SubsetAccuracy,
    tune_thresholds,
)
from threshold_estimators.core import LabelSpace
from threshold_estimators.model_selection._folds import check_multilabel_cv, splits_of_folds
from threshold_estimators.tuning import Problem as TuningProblem
from threshold_estimators.tuning import Samples, tune

AVERAGES = ["macro", "micro", "weighted"]
objectives = pytest.mark.parametrize("objective", EXACT, ids=EXACT_NAMES)
_degenerate = pytest.mark.filterwarnings("ignore:.* is won by predicting")
strategies = pytest.mark.parametrize("strategy", ["per_label", "global"])
exact = partial(tune_thresholds, strategy="per_label")
BRUTE_FORCE = {"per_label": naive.best_per_label, "global": naive.best_global}


@_degenerate
@strategies
@objectives
@examples(40)
@given(problem=problems(max_samples=5))
@example(problem=Problem(np.array([[True], [False]]), np.array([[0.5], [0.5]]), None))
def test_no_vector_of_cuts_does_better(objective, strategy, problem):
    y_true, y_score, weight = problem
    tuned = tune_thresholds(
        y_true, y_score, scoring=objective, strategy=strategy, sample_weight=weight
    )

    def value(y_true, y_pred):
        return objective.evaluate(y_true, y_pred, sample_weight=weight)

    assert tuned.score == value(y_true, y_score >= tuned.thresholds)
    assert tuned.score >= BRUTE_FORCE[strategy](y_true, y_score, value) - 1e-12
    assert not np.isnan(tuned.thresholds).any()
    np.testing.assert_array_equal(tuned.predict(y_score), y_score >= tuned.thresholds)


@strategies
@pytest.mark.parametrize("average", AVERAGES)
@given(problem=problems(min_labels=2))
def test_score_is_that_of_scikit_learn(average, strategy, problem):
    y_true, y_score, weight = problem
    tuned = tune_thresholds(
        y_true, y_score, scoring=f"f1_{average}", strategy=strategy, sample_weight=weight
    )
    expected = metrics.f1_score(
        y_true, y_score >= tuned.thresholds, average=average, zero_division=0, sample_weight=weight
    )
    assert tuned.score == pytest.approx(expected, abs=1e-12)


def invariance(test):
    """Mark of a test that holds for all objectives and strategies."""
    whole_registry = [*EXACT, *SEARCHED, Cost(fp=1, fn=3)]
    test = examples(40)(given(problem=problems(weighted=False), seed=st.integers(0, 99))(test))
    test = pytest.mark.parametrize("objective", whole_registry, ids=repr)(test)
    return _degenerate(strategies(test))


def is_label_by_label(objective, strategy):
    """Whether each label has one best threshold, whatever the others are."""
    return strategy == "per_label" and getattr(objective, "average", None) != "micro"


@invariance
def test_order_of_samples_does_not_change_thresholds(objective, strategy, problem, seed):
    y_true, y_score, _ = problem
    order = np.random.default_rng(seed).permutation(len(y_true))
    tune = partial(tune_thresholds, scoring=objective, strategy=strategy)
    np.testing.assert_array_equal(
        tune(y_true[order], y_score[order]).thresholds, tune(y_true, y_score).thresholds
    )


@invariance
def test_order_of_labels_does_not_change_thresholds(objective, strategy, problem, seed):
    y_true, y_score, _ = problem
    order = np.random.default_rng(seed).permutation(y_true.shape[1])
    tune = partial(tune_thresholds, scoring=objective, strategy=strategy)
    tuned = tune(y_true, y_score)
    ordered = tune(y_true[:, order], y_score[:, order])
    assert ordered.score == pytest.approx(tuned.score)
    if is_label_by_label(objective, strategy):
        np.testing.assert_array_equal(ordered.thresholds, tuned.thresholds[order])


@invariance
def test_weight_of_two_is_the_sample_repeated(objective, strategy, problem, seed):
    y_true, y_score, _ = problem
    times = np.random.default_rng(seed).integers(1, 3, len(y_true))
    tune = partial(tune_thresholds, scoring=objective, strategy=strategy)
    weighted = tune(y_true, y_score, sample_weight=times)
    repeated = tune(np.repeat(y_true, times, axis=0), np.repeat(y_score, times, axis=0))
    assert weighted.score == pytest.approx(repeated.score)
    if is_label_by_label(objective, strategy):
        np.testing.assert_array_equal(weighted.thresholds, repeated.thresholds)


@invariance
def test_weight_of_zero_is_the_sample_dropped(objective, strategy, problem, seed):
    y_true, y_score, _ = problem
    kept = np.random.default_rng(seed).random(len(y_true)) < 0.5
    kept[0] = True
    tune = partial(tune_thresholds, scoring=objective, strategy=strategy)
    weighted = tune(y_true, y_score, sample_weight=kept.astype(float))
    dropped = tune(y_true[kept], y_score[kept])
    assert weighted.score == pytest.approx(dropped.score)
    if is_label_by_label(objective, strategy):
        np.testing.assert_array_equal(weighted.thresholds, dropped.thresholds)


@invariance
def test_monotone_transform_of_scores_leaves_the_predictions(objective, strategy, problem, seed):
    y_true, y_score, _ = problem
    distinct, rank = np.unique(y_score, return_inverse=True)
    steps = np.random.default_rng(seed).integers(1, 9, len(distinct))
    transformed = np.cumsum(steps)[rank].reshape(y_score.shape) * 3.0
    tune = partial(tune_thresholds, scoring=objective, strategy=strategy)
    np.testing.assert_array_equal(
        tune(y_true, transformed).predict(transformed), tune(y_true, y_score).predict(y_score)
    )


@pytest.mark.parametrize("weight", [None, np.array([0.3, 1, 2])])
def test_label_that_never_occurs_is_never_predicted(weight):
    y_true, y_score = (
        np.array([[0, 1], [0, 0], [0, 1]]),
        np.array([[0.9, 0.8], [0.1, 0.2], [0.5, 0.7]]),
    )
    tuned = tune_thresholds(y_true, y_score, strategy="per_label", sample_weight=weight)
    np.testing.assert_allclose(tuned.thresholds, [np.inf, 0.45])
    np.testing.assert_array_equal(tuned.predict([[1.0, 0.5]]), [[0, 1]])


def test_label_that_always_occurs_is_always_predicted():
    tuned = tune_thresholds([[1], [1]], [[0.3], [0.2]])
    np.testing.assert_array_equal(tuned.thresholds, [-np.inf])


@pytest.mark.parametrize("strategy", ["per_label", "global"])
@pytest.mark.parametrize("scoring", ["f1_macro", "f1_micro"])
def test_constant_scores_are_one_cut(scoring, strategy):
    tuned = tune_thresholds(
        [[1], [0], [0]], np.full((3, 1), 0.2), scoring=scoring, strategy=strategy
    )
    assert tuned.score == pytest.approx(0.5)
    np.testing.assert_array_equal(tuned.thresholds, [-np.inf])


def test_recovers_hidden_thresholds():
    rng = np.random.default_rng(0)
    hidden = rng.uniform(0.05, 0.95, 20)
    y_score = rng.random((20_000, 20))
    tuned = tune_thresholds(y_score >= hidden, y_score, scoring="f1_micro")
    np.testing.assert_allclose(tuned.thresholds, hidden, atol=1e-3)
    assert tuned.score == 1


Y_TRUE = np.array([[1, 0], [0, 0], [1, 1], [0, 1], [0, 0]])
Y_SCORE = np.array([[0.4, 0.2], [0.1, 0.1], [0.3, 0.8], [0.2, 0.5], [0.5, 0.6]])


@pytest.mark.parametrize(
    "y_true",
    [
        Y_TRUE.tolist(),
        Y_TRUE.astype(bool),
        Y_TRUE.astype(np.uint8),
        Y_TRUE.astype(float),
        sparse.csr_matrix(Y_TRUE),
        sparse.csc_array(Y_TRUE),
        pd.DataFrame(Y_TRUE, columns=["a", "b"]),
        Y_TRUE.astype(object),
    ],
    ids=["list", "bool", "uint8", "float", "csr", "csc", "DataFrame", "object"],
)
def test_any_form_of_labels(y_true):
    expected = tune_thresholds(Y_TRUE, Y_SCORE).thresholds
    np.testing.assert_array_equal(tune_thresholds(y_true, Y_SCORE).thresholds, expected)


def test_any_layout_of_scores():
    expected = tune_thresholds(Y_TRUE, Y_SCORE).thresholds
    read_only = Y_SCORE.copy()
    read_only.flags.writeable = False
    strided = np.repeat(Y_SCORE, 2, axis=0)[::2]
    for y_score in (
        np.asfortranarray(Y_SCORE),
        read_only,
        strided,
        Y_SCORE.tolist(),
        pd.DataFrame(Y_SCORE),
    ):
        np.testing.assert_array_equal(tune_thresholds(Y_TRUE, y_score).thresholds, expected)


def test_float32_stays_float32():
    assert tune_thresholds(Y_TRUE, Y_SCORE.astype(np.float32)).thresholds.dtype == np.float32


def test_input_is_left_alone():
    y_true, y_score = Y_TRUE.copy(), Y_SCORE.copy()
    tune_thresholds(y_true, y_score, scoring="f1_micro")
    np.testing.assert_array_equal(y_true, Y_TRUE)
    np.testing.assert_array_equal(y_score, Y_SCORE)


def test_result_pickles():
    tuned = tune_thresholds(Y_TRUE, Y_SCORE)
    loaded = pickle.loads(pickle.dumps(tuned))
    np.testing.assert_array_equal(loaded.predict(Y_SCORE), tuned.predict(Y_SCORE))
    assert loaded.score == tuned.score


@pytest.mark.parametrize(
    ("y_true", "y_score", "message"),
    [
        (
            Y_TRUE,
            np.where(Y_SCORE == 0.8, np.nan, Y_SCORE),
            "must not be NaN or masked. Got nan in row 2 of label 1",
        ),
        (
            pd.DataFrame(Y_TRUE, columns=["a", "b"]),
            Y_SCORE * [1, np.nan],
            "Got nan in row 0 of label 'b'",
        ),
        (Y_TRUE, Y_SCORE[:, :1], r"must have shape \(n_samples, 2\).* Got \(5, 1\)"),
        (Y_TRUE, Y_SCORE[:, 0], r"must have shape \(n_samples, 2\)"),
        (
            Y_TRUE,
            np.stack([Y_SCORE, Y_SCORE]),
            "two columns for label 0, which are no probabilities",
        ),
        (Y_TRUE, Y_SCORE[:4], "'y_true' and 'y_score' must have the same .* Got 5 and 4 instead"),
        (Y_TRUE[:, :, np.newaxis], Y_SCORE, r"Reshape a single label with y.reshape\(-1, 1\)"),
        (Y_TRUE * 2, Y_SCORE, "must hold only 0 and 1, .* Got 2 in row 0 of label 0"),
        (Y_TRUE - 1, Y_SCORE, "must hold only 0 and 1"),
        (np.where(Y_TRUE, "yes", "no"), Y_SCORE, "must hold only 0 and 1"),
        (np.full((5, 2), np.nan), Y_SCORE, "Got missing labels only"),
        (Y_TRUE[:0], Y_SCORE[:0], r"at least one sample and one label. Got shape \(0, 2\)"),
        (Y_TRUE[:, :0], Y_SCORE[:, :0], r"at least one sample .* Got shape \(5, 0\)"),
        ([[0, 2], [1]], Y_SCORE[:2], "MultiLabelBinarizer"),
    ],
)
def test_bad_input_is_refused(y_true, y_score, message):
    with pytest.raises(ValueError, match=message):
        tune_thresholds(y_true, y_score)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (
            {"strategy": "best"},
            "'strategy' must be one of 'pooled', 'per_label', 'global', 'proportion'. Got 'best'",
        ),
        ({"sample_weight": [0] * 5}, "zero"),
        ({"sample_weight": [1, 1, 1, 1, -1]}, "[Nn]egative"),
        ({"sample_weight": [1, 1]}, "shape"),
        ({"cv": 1}, "'cv' must be at least 2 as a number of folds. Got 1"),
        ({"cv": 1.5}, "'cv' must be between 0 and 1 as a fraction. Got 1.5"),
    ],
)
def test_bad_parameters_are_refused(params, message):
    with pytest.raises(ValueError, match=message):
        tune_thresholds(Y_TRUE, Y_SCORE, **params)


def test_predict_refuses_scores_of_another_shape():
    with pytest.raises(ValueError, match=r"must have shape \(n_samples, 2\)"):
        tune_thresholds(Y_TRUE, Y_SCORE).predict([[0.1, 0.2, 0.3]])


def naive_cross_fitted_score(y_true, y_score, weight, objective, rows, fold):
    y_pred = np.empty(y_true.shape, bool)
    for i in range(len(rows)):
        mine = set(rows[fold == fold[i]])
        others = np.array([row not in mine for row in rows])
        thresholds = exact(y_true[others], y_score[others], sample_weight=weight[others]).thresholds
        y_pred[i] = y_score[i] >= thresholds
    return objective.evaluate(y_true, y_pred, sample_weight=weight)


def test_cross_fitted_score_tunes_on_the_other_folds_only():
    rng = np.random.default_rng(0)
    rows = np.r_[np.arange(30), np.arange(10)]  # the first ten rows were held out twice
    fold = np.r_[np.arange(30) % 3, np.full(10, 3)]
    y_true = rng.random((30, 2))[rows] < 0.4
    y_score = rng.random((40, 2)) + 0.5 * y_true
    weight = rng.uniform(0.5, 2, 30)[rows]
    problem = TuningProblem(Samples(y_true, y_score, weight), FBeta(), "per_label")
    tuned = tune(problem, splits_of_folds(rows, fold), LabelSpace(2))
    assert tuned.cv_score == pytest.approx(
        naive_cross_fitted_score(y_true, y_score, weight, FBeta(), rows, fold)
    )


def test_cross_fitted_score_of_noise_shows_no_gain():
    rng = np.random.default_rng(0)
    y_true, y_score = rng.random((400, 30)) < 0.1, rng.random((400, 30))
    tuned = exact(y_true, y_score, scoring=Accuracy(), cv=5)
    never = Accuracy().evaluate(y_true, np.zeros_like(y_true))
    assert tuned.score > never
    assert tuned.cv_score <= never


@pytest.mark.parametrize(
    "cv", [PredefinedSplit(np.arange(60) % 3), [(np.arange(20), np.arange(20, 60))], 4, 0.25]
)
def test_folds_judge_thresholds(cv):
    rng = np.random.default_rng(0)
    y_true = rng.random((60, 2)) < 0.4
    y_score = (rng.random((60, 2)) + 0.5 * y_true).astype(np.float32)
    tuned = tune_thresholds(y_true, y_score, cv=cv)
    splits = list(check_multilabel_cv(cv, 0).split(y_score, y_true))
    expected = [tune_thresholds(y_true[train], y_score[train]).thresholds for train, _ in splits]
    np.testing.assert_array_equal(tuned.cv_thresholds, expected)
    y_pred = np.concatenate(
        [y_score[test] >= cut for (_, test), cut in zip(splits, expected, strict=True)]
    )
    assert tuned.cv_score == FBeta().evaluate(
        np.concatenate([y_true[test] for _, test in splits]), y_pred
    )


def test_no_folds_no_verdict():
    tuned = tune_thresholds([[1, 0], [0, 1]], [[0.4, 0.2], [0.3, 0.6]])
    assert np.isnan(tuned.cv_score)
    assert tuned.cv_thresholds.shape == (0, 2)


def test_folds_that_cannot_judge_are_refused():
    with pytest.raises(
        ValueError, match="'cv' puts samples into both the training and the test set of fold 0"
    ):
        tune_thresholds([[1], [0]], [[0.4], [0.2]], cv=[([0, 1], [1])])


def test_folds_without_weight_to_tune_on():
    splits = [(np.array([0, 1]), np.array([2, 3])), (np.array([2, 3]), np.array([0, 1]))]
    y = np.array([[1], [0], [1], [0]])
    tuned = tune_thresholds(y, y + 0.5, sample_weight=[0, 0, 1, 1], cv=splits)
    assert np.isnan(tuned.cv_score)
    np.testing.assert_array_equal(np.isnan(tuned.cv_thresholds), [[True], [False]])


def test_low_support_is_a_matter_of_the_scarcer_class():
    y_true = np.arange(40)[:, np.newaxis] < [14, 15, 25, 26]
    tuned = tune_thresholds(y_true, np.random.default_rng(0).random((40, 4)))
    np.testing.assert_array_equal(tuned.low_support, [True, False, False, True])


@pytest.mark.parametrize("objective", SEARCHED, ids=repr)
@examples(40)
@given(problem=problems(max_samples=5))
def test_pooled_objectives_that_are_searched_beat_one_cut(objective, problem):
    y_true, y_score, weight = problem
    params = {"scoring": objective, "sample_weight": weight}
    one = tune_thresholds(y_true, y_score, strategy="global", **params)
    assert (
        one.score
        >= naive.best_global(y_true, y_score, partial(objective.evaluate, sample_weight=weight))
        - 1e-12
    )
    assert exact(y_true, y_score, **params).score >= one.score - 1e-12


@strategies
@examples(100)
@given(problem=problems(max_samples=4, max_labels=2), seed=st.integers(0, 99))
def test_cost_has_its_optimum(strategy, problem, seed):
    """Also where an outcome is worth what nobody would expect, and rows and labels differ."""
    y_true, y_score, weight = problem
    rng = np.random.default_rng(seed)
    shapes = [(), (y_true.shape[1],), (len(y_true), 1), y_true.shape]
    cost = Cost(
        **{
            outcome: rng.normal(size=shapes[rng.integers(4)])
            for outcome in ("tp", "fp", "fn", "tn")
        }
    )
    tuned = tune_thresholds(y_true, y_score, scoring=cost, strategy=strategy, sample_weight=weight)

    def value(y_true, y_pred):
        return cost.evaluate(y_true, y_pred, sample_weight=weight)

    assert tuned.score == pytest.approx(value(y_true, y_score >= tuned.thresholds))
    assert tuned.score >= BRUTE_FORCE[strategy](y_true, y_score, value) - 1e-12


def test_cost_of_calibrated_scores_cuts_where_decision_theory_does():
    rng = np.random.default_rng(0)
    y_score = rng.random((200_000, 1))
    y_true = rng.random((200_000, 1)) < y_score
    assert tune_thresholds(y_true, y_score, scoring=Cost(fp=1, fn=4)).thresholds[
        0
    ] == pytest.approx(0.2, abs=0.02)


CONSTRAINTS = [
    (Recall(), Precision(), 0.6),
    (Precision(), Recall(), 0.6),
    (Recall(), Specificity(), 0.7),
    (FBeta(average="weighted"), Precision(), 0.5),
    (GMean(average=None), Specificity(), [0.5, 0.9]),
]


@pytest.mark.filterwarnings("ignore:No threshold meets the constraint")
@pytest.mark.parametrize(("objective", "constraint", "at_least"), CONSTRAINTS)
@examples(60)
@given(problem=problems(max_samples=7, max_labels=2, min_labels=2))
def test_constraints_of_each_label(objective, constraint, at_least, problem):
    y_true, y_score, weight = problem
    scoring = Constrained(objective, constraint, at_least, confidence=None)
    tuned = tune_thresholds(y_true, y_score, scoring=scoring, sample_weight=weight)
    for label, floor in enumerate(np.broadcast_to(at_least, 2)):
        true, score = y_true[:, [label]], y_score[:, [label]]

        def at(cut, measure, true=true, score=score):
            measure = clone(measure).set_params(average="macro")
            return measure.evaluate(true, score >= cut, sample_weight=weight)

        cuts = naive.candidate_thresholds(score)
        feasible = [at(cut, objective) for cut in cuts if at(cut, constraint) >= floor]
        chosen = tuned.thresholds[label]
        if feasible:
            assert at(chosen, constraint) >= floor
            assert at(chosen, objective) >= max(feasible) - 1e-12
        else:
            assert at(chosen, constraint) == pytest.approx(max(at(cut, constraint) for cut in cuts))


@pytest.mark.filterwarnings("ignore:No threshold meets the constraint")
@examples(60)
@given(problem=problems(max_samples=5, max_labels=2))
def test_pooled_constraints_hold_and_beat_one_cut(problem):
    y_true, y_score, weight = problem
    precision = Precision(average="micro")
    scoring = Constrained(Recall(average="micro"), precision, 0.6, confidence=None)
    tuned, one = (
        tune_thresholds(y_true, y_score, scoring=scoring, strategy=strategy, sample_weight=weight)
        for strategy in ("per_label", "global")
    )
    reached, by_one = (
        precision.evaluate(y_true, y_score >= t.thresholds, sample_weight=weight)
        for t in (tuned, one)
    )
    best = naive.best_per_label(y_true, y_score, partial(precision.evaluate, sample_weight=weight))
    assert (reached >= 0.6) == (best >= 0.6)
    if by_one >= 0.6:
        assert reached >= 0.6


def test_a_summed_constraint_is_met_where_one_threshold_for_all_labels_cannot():
    y_true = np.array([[1, 1], [1, 0], [1, 0], [0, 0]])
    y_score = np.zeros((4, 2))
    scoring = Constrained(Recall(average="micro"), Precision(average="micro"), 0.6, confidence=None)
    tuned = tune_thresholds(y_true, y_score, scoring=scoring, strategy="per_label")
    np.testing.assert_array_equal(tuned.thresholds, [-np.inf, np.inf])


def test_constraint_that_cannot_be_met_is_told_of():
    y_true = pd.DataFrame({"fine": [1, 0, 1, 0], "hopeless": [0, 1, 0, 1]})
    y_score = np.array([[0.9, 0.9], [0.1, 0.2], [0.8, 0.8], [0.2, 0.3]])
    with pytest.warns(
        UserWarning, match=r"No threshold meets the constraint .* for label 'hopeless'; the nearest"
    ):
        tuned = tune_thresholds(
            y_true, y_score, scoring=Constrained(Recall(), Precision(), 0.9, confidence=None)
        )
    np.testing.assert_array_equal(tuned.predict(y_score)[:, 0], y_true["fine"])
    assert (
        tuned.thresholds[1] == -np.inf
    )  # half of all rows are positive, and no higher cut has a larger share


def test_one_cut_cannot_meet_a_constraint_of_each_label():
    with pytest.raises(ValueError, match="One threshold cannot meet a constraint of each label"):
        tune_thresholds(
            Y_TRUE,
            Y_SCORE,
            scoring=Constrained(Recall(), Precision(), 0.5, confidence=None),
            strategy="global",
        )


@examples(300)
@given(problem=problems())
def test_proportion_predicts_labels_as_often_as_they_occur(problem):
    y_true, y_score, weight = problem
    tuned = tune_thresholds(y_true, y_score, strategy="proportion", sample_weight=weight)
    rows = np.ones(len(y_true)) if weight is None else weight
    predicted = rows @ tuned.predict(y_score)
    for label, (true, score) in enumerate(zip(y_true.T, y_score.T, strict=True)):
        distance, fewest = naive.nearest_to_frequency(true, score, weight)
        assert abs(predicted[label] - rows @ true) == pytest.approx(distance)
        if weight is None:
            assert predicted[label] == fewest
    assert tuned.score == FBeta().evaluate(y_true, tuned.predict(y_score), sample_weight=weight)


def test_proportion_asks_nothing_of_the_objective():
    rng = np.random.default_rng(0)
    y_true, y_score = rng.random((500, 3)) < [0.02, 0.3, 0], rng.random((500, 3))
    expected = tune_thresholds(y_true, y_score, strategy="proportion").thresholds
    for scoring in ("f1_micro", "accuracy", Recall(), Cost(fn=3), make_scorer(inverse_loss)):
        tuned = tune_thresholds(y_true, y_score, scoring=scoring, strategy="proportion")
        np.testing.assert_array_equal(tuned.thresholds, expected)
    np.testing.assert_array_equal(tuned.predict(y_score).sum(axis=0), y_true.sum(axis=0))
    assert expected[2] == np.inf
    with pytest.raises(ValueError, match="as often as it occurs cannot meet a constraint"):
        tune_thresholds(
            y_true,
            y_score,
            scoring=Constrained(Recall(), Precision(), 0.5, confidence=None),
            strategy="proportion",
        )


def test_proportion_of_noise_shows_no_gain():
    rng = np.random.default_rng(0)
    y_true, y_score = rng.random((600, 30)) < 0.1, rng.random((600, 30))
    tuned = tune_thresholds(y_true, y_score, strategy="proportion", cv=5)
    assert tuned.cv_score == pytest.approx(
        0.1, abs=0.02
    )  # as by predicting one row of ten at random


@pytest.mark.parametrize("objective", [Recall(), Recall(average="micro"), Specificity()])
def test_one_sided_objectives_warn(objective):
    with pytest.warns(UserWarning, match="is won by predicting"):
        tune_thresholds(Y_TRUE, Y_SCORE, scoring=objective)


def inverse_loss(y_true, y_pred, sample_weight=None):
    """No metric that anybody knows: few errors, and those best in one label."""
    errors = np.average(y_true != y_pred, axis=0, weights=sample_weight)
    return 1 / (1 + np.sum(np.sqrt(errors)))


@strategies
@examples(60)
@given(problem=problems(max_samples=4, min_labels=2))
def test_unknown_metrics_are_searched(strategy, problem):
    y_true, y_score, weight = problem
    tuned = tune_thresholds(
        y_true, y_score, scoring=make_scorer(inverse_loss), strategy=strategy, sample_weight=weight
    )
    assert tuned.score == pytest.approx(inverse_loss(y_true, y_score >= tuned.thresholds, weight))

    def value(y_true, y_pred):
        return inverse_loss(y_true, y_pred, weight)

    assert tuned.score >= naive.best_global(y_true, y_score, value) - 1e-12


def test_unknown_metric_that_is_known_to_us_is_nearly_solved():
    rng = np.random.default_rng(0)
    y_true = rng.random((500, 4)) < 0.2
    y_score = rng.random((500, 4)) + 0.6 * y_true
    searched = make_scorer(lambda y_true, y_pred: metrics.f1_score(y_true, y_pred, average="macro"))
    found, best = (
        exact(y_true, y_score, scoring=scoring).score for scoring in (searched, "f1_macro")
    )
    assert best - 0.01 <= found <= best


@pytest.mark.parametrize(
    ("scoring", "message"),
    [
        (
            lambda estimator, X, y: estimator.predict_proba(X).mean(),
            "asks an estimator for more than its predictions",
        ),
        (make_scorer(metrics.f1_score, average=None), "must return a number"),
    ],
)
def test_scorers_that_cannot_be_tuned_for(scoring, message):
    with pytest.raises((ValueError, TypeError), match=message):
        tune_thresholds(Y_TRUE, Y_SCORE, scoring=scoring)


def test_unknown_metric_without_sample_weight():
    scoring = make_scorer(lambda y_true, y_pred: np.mean(y_true == y_pred))
    with pytest.raises(
        ValueError, match=r"'sample_weight' was given, but scoring=.* does not take it"
    ):
        tune_thresholds(Y_TRUE, Y_SCORE, scoring=scoring, sample_weight=np.ones(5))


ROW_OBJECTIVES = [cls(average="samples") for cls in (FBeta, Jaccard, Precision, Accuracy)] + [
    SubsetAccuracy()
]


@pytest.mark.parametrize("objective", ROW_OBJECTIVES, ids=repr)
@examples(25)
@given(problem=problems(min_labels=2))
def test_row_objectives_are_never_worse_than_their_starts(objective, problem):
    y_true, y_score, weight = problem
    tuned = exact(y_true, y_score, scoring=objective, sample_weight=weight)

    def value(y_true, y_pred):
        return objective.evaluate(y_true, y_pred, sample_weight=weight)

    assert tuned.score == pytest.approx(value(y_true, y_score >= tuned.thresholds))
    one = tune_thresholds(
        y_true, y_score, scoring=objective, strategy="global", sample_weight=weight
    )
    assert one.score >= naive.best_global(y_true, y_score, value) - 1e-12
    starts = [one.thresholds]
    if not isinstance(objective, SubsetAccuracy):
        for average in ("macro", "micro"):
            scoring = clone(objective).set_params(average=average)
            starts.append(exact(y_true, y_score, scoring=scoring, sample_weight=weight).thresholds)
    for thresholds in starts:
        assert tuned.score >= value(y_true, y_score >= thresholds) - 1e-12


def test_scores_on_another_scale_are_told_of():
    rng = np.random.default_rng(0)
    y_true = rng.random((100, 2)) < 0.4
    proba = rng.beta(1 + 2 * y_true, 3)
    logits = np.log(proba / (1 - proba))
    tuned = tune_thresholds(y_true, proba)
    tuned.predict(proba[:1])
    with pytest.warns(UserWarning, match="tuned on scores between 0 and 1"):
        tuned.predict(logits)
    # Thresholds of logits decide any scores.
    np.testing.assert_array_equal(
        tune_thresholds(y_true, logits).predict(proba[:5] * 0).shape, (5, 2)
    )
