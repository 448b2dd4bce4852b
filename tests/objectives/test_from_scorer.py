import numpy as np
import pytest
from hypothesis import given
from sklearn import metrics
from sklearn.metrics import make_scorer

from tests.registry import OBJECTIVES
from tests.strategies import examples, problems
from threshold_estimators import (
    BalancedAccuracy,
    FBeta,
    Jaccard,
    MatthewsCorrelation,
    Precision,
    Recall,
    SubsetAccuracy,
)
from threshold_estimators.objectives import (
    HammingLoss,
    OfSmallerClass,
    ScorerObjective,
    ZeroOneLoss,
    check_objective,
)


@given(problem=problems(min_labels=2))
def test_zero_one_loss_is_negated(problem):
    y_true, y_score, weight = problem
    y_pred = y_score >= 0.25
    expected = -metrics.zero_one_loss(y_true, y_pred, sample_weight=weight)
    assert ZeroOneLoss().evaluate(y_true, y_pred, sample_weight=weight) == pytest.approx(expected)


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
        (
            make_scorer(metrics.f1_score, average="micro", zero_division=1),
            FBeta(average="micro", zero_division=1),
        ),
        (make_scorer(metrics.hamming_loss, greater_is_better=False), HammingLoss()),
        (Jaccard(average="weighted"), Jaccard(average="weighted")),
        ("f1_samples", FBeta(average="samples")),
        ("accuracy", SubsetAccuracy()),
        (make_scorer(metrics.zero_one_loss, greater_is_better=False), ZeroOneLoss()),
    ],
)
def test_scorers_are_recognised(scoring, expected):
    objective = check_objective(scoring, 10, 3)
    assert type(objective) is type(expected)
    assert objective.get_params() == expected.get_params()


@pytest.mark.parametrize(
    ("scoring", "expected"),
    [
        ("balanced_accuracy", BalancedAccuracy),
        ("matthews_corrcoef", MatthewsCorrelation),
        ("jaccard", Jaccard),
    ],
)
def test_scorers_of_one_label_are_recognised(scoring, expected):
    objective = check_objective(scoring, 10, 1)
    assert type(objective) is expected
    assert objective.average == "binary"


@pytest.mark.parametrize(
    "scoring",
    [
        make_scorer(metrics.f1_score, greater_is_better=False, average="macro"),
        make_scorer(metrics.f1_score, average="samples", zero_division=np.nan),
        make_scorer(metrics.precision_score, average="macro", zero_division=np.nan),
        make_scorer(metrics.accuracy_score, normalize=False),
        make_scorer(lambda y_true, y_pred: float(np.mean(y_true == y_pred))),
        lambda estimator, X, y: 1.0,
    ],
)
def test_other_scorers_are_searched(scoring):
    assert isinstance(check_objective(scoring, 10, 3), ScorerObjective)


@pytest.mark.parametrize("scoring", ["roc_auc", "average_precision", "neg_log_loss"])
def test_metrics_of_rankings_are_refused(scoring):
    with pytest.raises(ValueError, match="which no threshold can change"):
        check_objective(scoring, 10, 2)


def test_unknown_scoring_is_refused():
    with pytest.raises(ValueError, match=r"Got 'f1_makro' instead\. Did you mean 'f1_macro'"):
        check_objective("f1_makro", 10, 2)
    message = r"Turn a metric function into a scorer with sklearn\.metrics\.make_scorer"
    with pytest.raises(TypeError, match=message):
        check_objective(metrics.f1_score, 10, 2)


@pytest.mark.parametrize("objective", OBJECTIVES.values(), ids=list(OBJECTIVES))
@examples(40)
@given(problem=problems(max_labels=1))
def test_objective_of_the_smaller_class_swaps_the_classes(objective, problem):
    y_true, y_score, weight = problem
    y_pred = y_score >= 0.25
    found = OfSmallerClass(objective)
    assert found.average == objective.average
    assert found._is_monotone == objective._is_monotone
    expected = objective.evaluate(~y_true, ~y_pred, sample_weight=weight)
    assert found.evaluate(y_true, y_pred, sample_weight=weight) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("objective", "trivial"),
    [(Recall(), "nothing of the larger class"), (FBeta(), None), (Precision(), None)],
)
def test_trivial_decisions_of_the_smaller_class(objective, trivial):
    assert OfSmallerClass(objective)._degenerate == trivial
