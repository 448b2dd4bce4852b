import pickle

import numpy as np
import pytest
from hypothesis import given
from sklearn import config_context, metrics
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import make_scorer
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.multiclass import OneVsRestClassifier

from tests.strategies import problems
from threshold_estimators import Accuracy, FBeta, HammingLoss, Jaccard, Precision, Recall
from threshold_estimators.objectives import check_objective

AVERAGES = ["macro", "micro", "weighted"]


def f_beta(y_true, y_pred, average, zero_division, **weight):
    return metrics.fbeta_score(y_true, y_pred, beta=2, average=average, zero_division=zero_division, **weight)


SKLEARN_METRICS = [
    (FBeta, metrics.f1_score, {}),
    (FBeta, f_beta, {"beta": 2}),
    (Jaccard, metrics.jaccard_score, {}),
    (Precision, metrics.precision_score, {}),
    (Recall, metrics.recall_score, {}),
]


@pytest.mark.parametrize("average", AVERAGES)
@pytest.mark.parametrize("zero_division", [0, 1])
@pytest.mark.parametrize(("objective", "metric", "params"), SKLEARN_METRICS)
@given(problem=problems(min_labels=2))
def test_value_is_that_of_the_scikit_learn_metric(objective, metric, params, zero_division, average, problem):
    y_pred = problem.y_score >= 0.25
    expected = metric(
        problem.y_true,
        y_pred,
        average=average,
        zero_division=zero_division,
        sample_weight=problem.sample_weight,
    )
    objective = objective(average=average, zero_division=zero_division, **params)
    assert objective.evaluate(problem.y_true, y_pred, sample_weight=problem.sample_weight) == pytest.approx(expected)


@pytest.mark.parametrize("average", AVERAGES)
@given(problem=problems(min_labels=2))
def test_accuracy_is_that_of_each_label(average, problem):
    y_pred = problem.y_score >= 0.25
    each = [
        metrics.accuracy_score(t, p, sample_weight=problem.sample_weight)
        for t, p in zip(problem.y_true.T, y_pred.T, strict=True)
    ]
    n_pos = problem.y_true.T @ (np.ones(len(y_pred)) if problem.sample_weight is None else problem.sample_weight)
    expected = np.average(each, weights=n_pos if average == "weighted" and n_pos.any() else None)
    actual = Accuracy(average=average).evaluate(problem.y_true, y_pred, sample_weight=problem.sample_weight)
    assert actual == pytest.approx(expected)


@given(problem=problems(min_labels=2))
def test_hamming_loss_is_negated(problem):
    y_pred = problem.y_score >= 0.25
    expected = -metrics.hamming_loss(problem.y_true, y_pred, sample_weight=problem.sample_weight)
    actual = HammingLoss().evaluate(problem.y_true, y_pred, sample_weight=problem.sample_weight)
    assert actual == pytest.approx(expected)


@pytest.mark.parametrize(
    ("scoring", "expected"),
    [
        ("f1_macro", FBeta(average="macro")),
        ("f1_micro", FBeta(average="micro")),
        ("f1_weighted", FBeta(average="weighted")),
        ("jaccard_macro", Jaccard()),
        ("precision_micro", Precision(average="micro")),
        ("recall_weighted", Recall(average="weighted")),
        (make_scorer(metrics.fbeta_score, beta=2, average="macro"), FBeta(2.0)),
        (make_scorer(metrics.f1_score, average="micro", zero_division=1), FBeta(average="micro", zero_division=1)),
        (make_scorer(metrics.hamming_loss, greater_is_better=False), HammingLoss()),
        (Jaccard(average="weighted"), Jaccard(average="weighted")),
    ],
)
def test_scorers_are_recognised(scoring, expected):
    objective = check_objective(scoring, n_labels=3)
    assert type(objective) is type(expected)
    assert objective.get_params() == expected.get_params()


def test_binary_average_is_for_one_label():
    assert check_objective("f1", n_labels=1).average == "binary"
    with pytest.raises(ValueError, match=r"average='binary' is for a single label, but there are 2\. .*'f1_macro'"):
        check_objective("f1", n_labels=2)


@pytest.mark.parametrize("scoring", ["roc_auc", "average_precision", "neg_log_loss"])
def test_metrics_of_rankings_are_refused(scoring):
    with pytest.raises(ValueError, match="which no threshold can change"):
        check_objective(scoring, n_labels=2)


def test_unknown_scoring_is_refused():
    with pytest.raises(ValueError, match="'f1_makro' is not a valid scoring value"):
        check_objective("f1_makro", n_labels=2)
    with pytest.raises(TypeError, match="Turn a metric function into a scorer with make_scorer"):
        check_objective(metrics.f1_score, n_labels=2)


@pytest.mark.parametrize(
    "objective", [FBeta(-1), FBeta(average="none"), FBeta(zero_division=2), Jaccard(average=None), Accuracy(average=1)]
)
def test_invalid_parameters_are_refused(objective):
    with pytest.raises(ValueError, match=f"parameter of {type(objective).__name__} must be"):
        check_objective(objective, n_labels=2)


def test_evaluate_wants_indicators_of_one_shape():
    with pytest.raises(ValueError, match="must have one shape"):
        FBeta().evaluate([[1, 0]], [[1]])
    with pytest.raises(ValueError, match="'y_pred' must hold only 0 and 1"):
        FBeta().evaluate([[1, 0]], [[1, 0.5]])


def test_objective_is_a_scorer_for_model_selection(multilabel):
    X, y = multilabel
    base = OneVsRestClassifier(LogisticRegression())
    ours = cross_validate(base, X, y, scoring={"f2": FBeta(2, average="micro")}, cv=3)["test_f2"]
    theirs = cross_validate(base, X, y, scoring=make_scorer(metrics.fbeta_score, beta=2, average="micro"), cv=3)
    np.testing.assert_allclose(ours, theirs["test_score"])
    search = GridSearchCV(base, {"estimator__C": [0.1, 1]}, scoring=FBeta(), cv=3).fit(X, y)
    assert search.best_score_ > 0


def test_objective_takes_a_routed_sample_weight(multilabel):
    X, y = multilabel
    weight = np.random.default_rng(0).uniform(0.1, 3, len(y))
    metric = make_scorer(metrics.f1_score, average="macro")
    with config_context(enable_metadata_routing=True):
        base = OneVsRestClassifier(LogisticRegression().set_fit_request(sample_weight=False))
        results = [
            cross_validate(
                base, X, y, scoring=scorer.set_score_request(sample_weight=True), cv=3, params={"sample_weight": weight}
            )
            for scorer in (FBeta(), metric)
        ]
    unweighted = cross_validate(base, X, y, scoring=FBeta(), cv=3)["test_score"]
    np.testing.assert_allclose(results[0]["test_score"], results[1]["test_score"])
    assert not np.allclose(results[0]["test_score"], unweighted)


def test_objectives_clone_pickle_and_print():
    objective = FBeta(2, average="micro")
    for copy in (clone(objective), pickle.loads(pickle.dumps(objective))):
        assert copy.get_params() == objective.get_params()
    assert repr(objective) == "FBeta(average='micro', beta=2)"
    assert objective.set_params(beta=0.5).beta == 0.5
