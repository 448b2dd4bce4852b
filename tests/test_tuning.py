import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn import metrics

from tests import naive
from tests.strategies import Problem, problems
from threshold_estimators import Accuracy, FBeta, HammingLoss, Jaccard, Precision, Recall, tune_thresholds
from threshold_estimators.tuning import cross_fitted_score

AVERAGES = ["macro", "micro", "weighted"]
OBJECTIVES = [
    cls(average=average, **params)
    for average in AVERAGES
    for cls, params in [
        (FBeta, {}),
        (FBeta, {"beta": 2}),
        (FBeta, {"zero_division": 1}),
        (Jaccard, {}),
        (Precision, {}),
        (Precision, {"zero_division": 1}),
        (Recall, {}),
        (Accuracy, {}),
    ]
] + [HammingLoss()]
objectives = pytest.mark.parametrize("objective", OBJECTIVES, ids=repr)
strategies = pytest.mark.parametrize("strategy", ["per_label", "global"])
BRUTE_FORCE = {"per_label": naive.best_per_label, "global": naive.best_global}


@strategies
@objectives
@settings(max_examples=50)
@given(problem=problems(max_samples=5))
@example(problem=Problem(np.array([[True], [False]]), np.array([[0.5], [0.5]]), None))
def test_no_vector_of_cuts_does_better(objective, strategy, problem):
    y_true, y_score, weight = problem
    tuned = tune_thresholds(y_true, y_score, scoring=objective, strategy=strategy, sample_weight=weight)

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
    tuned = tune_thresholds(y_true, y_score, scoring=f"f1_{average}", strategy=strategy, sample_weight=weight)
    expected = metrics.f1_score(
        y_true, y_score >= tuned.thresholds, average=average, zero_division=0, sample_weight=weight
    )
    assert tuned.score == pytest.approx(expected, abs=1e-12)


@strategies
@objectives
@settings(max_examples=50)
@given(problem=problems(weighted=False), seed=st.integers(0, 99))
def test_invariances(objective, strategy, problem, seed):
    y_true, y_score, _ = problem
    rng = np.random.default_rng(seed)
    rows, labels = rng.permutation(len(y_true)), rng.permutation(y_true.shape[1])
    times = rng.integers(0, 3, len(y_true))
    times[0] = 1

    def tune(y_true, y_score, weight=None):
        return tune_thresholds(y_true, y_score, scoring=objective, strategy=strategy, sample_weight=weight)

    tuned = tune(y_true, y_score)
    np.testing.assert_array_equal(tune(y_true[rows], y_score[rows]).thresholds, tuned.thresholds)
    assert tune(y_true[:, labels], y_score[:, labels]).score == pytest.approx(tuned.score)
    # a weight of 2 is the row repeated, a weight of 0 the row dropped
    weighted = tune(y_true, y_score, times)
    repeated = tune(np.repeat(y_true, times, axis=0), np.repeat(y_score, times, axis=0))
    assert weighted.score == pytest.approx(repeated.score)
    if strategy == "per_label" and objective.average != "micro":
        np.testing.assert_array_equal(tune(y_true[:, labels], y_score[:, labels]).thresholds, tuned.thresholds[labels])
        np.testing.assert_array_equal(weighted.thresholds, repeated.thresholds)
    # a monotone transform of the scores leaves the predictions
    ranks = np.unique(y_score, return_inverse=True)[1].reshape(y_score.shape) * 3.0
    np.testing.assert_array_equal(tune(y_true, ranks).predict(ranks), tuned.predict(y_score))


@pytest.mark.parametrize("weight", [None, np.array([0.3, 1, 2])])
def test_label_that_never_occurs_is_never_predicted(weight):
    y_true, y_score = np.array([[0, 1], [0, 0], [0, 1]]), np.array([[0.9, 0.8], [0.1, 0.2], [0.5, 0.7]])
    tuned = tune_thresholds(y_true, y_score, sample_weight=weight)
    np.testing.assert_allclose(tuned.thresholds, [np.inf, 0.45])
    np.testing.assert_array_equal(tuned.predict([[1e300, 0.5]]), [[0, 1]])


def test_label_that_always_occurs_is_always_predicted():
    tuned = tune_thresholds([[1], [1]], [[0.3], [0.2]])
    np.testing.assert_array_equal(tuned.thresholds, [-np.inf])


@pytest.mark.parametrize("strategy", ["per_label", "global"])
@pytest.mark.parametrize("scoring", ["f1_macro", "f1_micro"])
def test_constant_scores_are_one_cut(scoring, strategy):
    tuned = tune_thresholds([[1], [0], [0]], np.full((3, 1), 0.2), scoring=scoring, strategy=strategy)
    assert tuned.score == pytest.approx(0.5)
    np.testing.assert_array_equal(tuned.thresholds, [-np.inf])


def test_recovers_hidden_cuts():
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
    for y_score in (np.asfortranarray(Y_SCORE), read_only, strided, Y_SCORE.tolist(), pd.DataFrame(Y_SCORE)):
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
        (Y_TRUE, np.where(Y_SCORE == 0.8, np.nan, Y_SCORE), "must be finite. Got nan in row 2 of label 1"),
        (Y_TRUE, np.where(Y_SCORE == 0.5, np.inf, Y_SCORE), "must be finite. Got inf in row 3 of label 1"),
        (pd.DataFrame(Y_TRUE, columns=["a", "b"]), Y_SCORE * [1, -np.inf], "Got -inf in row 0 of label 'b'"),
        (Y_TRUE, Y_SCORE[:, :1], r"must have shape \(n_samples, 2\).* Got \(5, 1\)"),
        (Y_TRUE, Y_SCORE[:, 0], r"must have shape \(n_samples, 2\)"),
        (Y_TRUE, Y_SCORE[:4], "inconsistent numbers of samples"),
        (Y_TRUE[:, 0], Y_SCORE[:, :1], r"Reshape a single label with y.reshape\(-1, 1\)"),
        (Y_TRUE * 2, Y_SCORE, "must hold only 0 and 1. Got .*2.* in row 0 of label 0"),
        (Y_TRUE - 1, Y_SCORE, "must hold only 0 and 1"),
        (np.where(Y_TRUE, "yes", "no"), Y_SCORE, "must hold only 0 and 1"),
        (np.where(Y_TRUE, np.nan, 0.0), Y_SCORE, "'?y_true'? contains NaN|NaN"),
        (Y_TRUE[:0], Y_SCORE[:0], "minimum of 1 is required"),
        (Y_TRUE[:, :0], Y_SCORE[:, :0], "minimum of 1 is required"),
        ([[0, 2], [1]], Y_SCORE[:2], "MultiLabelBinarizer"),
    ],
)
def test_bad_input_is_refused(y_true, y_score, message):
    with pytest.raises(ValueError, match=message):
        tune_thresholds(y_true, y_score)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"strategy": "best"}, "'strategy' must be one of 'per_label', 'global'. Got 'best'"),
        ({"sample_weight": [0] * 5}, "zero"),
        ({"sample_weight": [1, 1, 1, 1, -1]}, "[Nn]egative"),
        ({"sample_weight": [1, 1]}, "shape"),
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
        thresholds = tune_thresholds(y_true[others], y_score[others], sample_weight=weight[others]).thresholds
        y_pred[i] = y_score[i] >= thresholds
    return objective.evaluate(y_true, y_pred, sample_weight=weight)


def test_cross_fitted_score_tunes_on_the_other_folds_only():
    rng = np.random.default_rng(0)
    rows = np.r_[np.arange(30), np.arange(10)]  # the first ten rows were held out twice
    fold = np.r_[np.arange(30) % 3, np.full(10, 3)]
    y_true = rng.random((30, 2))[rows] < 0.4
    y_score = rng.random((40, 2)) + 0.5 * y_true
    weight = rng.uniform(0.5, 2, 30)[rows]
    actual = cross_fitted_score(y_true, y_score, weight, FBeta(), "per_label", rows=rows, fold=fold)
    assert actual == pytest.approx(naive_cross_fitted_score(y_true, y_score, weight, FBeta(), rows, fold))


def test_cross_fitted_score_of_noise_shows_no_gain():
    rng = np.random.default_rng(0)
    y_true, y_score = rng.random((400, 30)) < 0.1, rng.random((400, 30))
    tuned = tune_thresholds(y_true, y_score, scoring=Accuracy())
    rows, fold = np.arange(400), np.arange(400) % 5
    never = Accuracy().evaluate(y_true, np.zeros_like(y_true))
    assert tuned.score > never
    assert cross_fitted_score(y_true, y_score, None, Accuracy(), "per_label", rows=rows, fold=fold) <= never
