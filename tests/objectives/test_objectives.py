import itertools
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import config_context, metrics
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import make_scorer
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.multiclass import OneVsRestClassifier

from tests import naive
from tests.registry import OF_ONE_LABEL
from tests.strategies import examples, problems
from threshold_estimators import (
    Accuracy,
    BalancedAccuracy,
    Constrained,
    Cost,
    FBeta,
    HammingLoss,
    Jaccard,
    MatthewsCorrelation,
    Precision,
    Recall,
    SubsetAccuracy,
    ZeroOneLoss,
)
from threshold_estimators.objectives._from_scorer import ScorerObjective, check_objective

SKLEARN_METRICS = [
    (FBeta, metrics.f1_score),
    (Jaccard, metrics.jaccard_score),
    (Precision, metrics.precision_score),
    (Recall, metrics.recall_score),
]


@pytest.mark.parametrize("average", ["macro", "micro", "weighted", "samples"])
@pytest.mark.parametrize("zero_division", [0, 1])
@pytest.mark.parametrize(("objective", "metric"), SKLEARN_METRICS)
@examples(50)
@given(problem=problems(min_labels=2))
def test_value_is_that_of_the_scikit_learn_metric(
    objective, metric, zero_division, average, problem
):
    y_true, y_score, weight = problem
    y_pred = y_score >= 0.25
    expected = metric(
        y_true, y_pred, average=average, zero_division=zero_division, sample_weight=weight
    )
    objective = objective(average=average, zero_division=zero_division)
    assert objective.evaluate(y_true, y_pred, sample_weight=weight) == pytest.approx(expected)


@pytest.mark.parametrize(("cls", "params", "metric"), OF_ONE_LABEL.values(), ids=OF_ONE_LABEL)
@examples(80)
@given(problem=problems())
def test_value_of_each_label_and_its_averages(cls, params, metric, problem):
    y_true, y_score, weight = problem
    y_pred = y_score >= 0.25
    rows = np.ones(len(y_true)) if weight is None else weight
    labels = list(zip(y_true.T.astype(int), y_pred.T.astype(int), strict=True))
    values = [metric(true, pred, rows) for true, pred in labels]
    n_pos = rows @ y_true

    def actual(average):
        return cls(average=average, **params).evaluate(y_true, y_pred, sample_weight=weight)

    np.testing.assert_allclose(actual(None), values, atol=1e-7)
    assert actual("macro") == pytest.approx(np.mean(values), abs=1e-7)
    assert actual("weighted") == pytest.approx(
        np.average(values, weights=n_pos if n_pos.any() else None), abs=1e-7
    )
    cells = y_true.ravel().astype(int), y_pred.ravel().astype(int), np.repeat(rows, y_true.shape[1])
    assert actual("micro") == pytest.approx(metric(*cells), abs=1e-7)


@pytest.mark.parametrize(
    ("cls", "params"), [entry[:2] for entry in OF_ONE_LABEL.values()], ids=OF_ONE_LABEL
)
@examples(300)
@given(counts=st.lists(st.integers(0, 9), min_size=4, max_size=4).filter(any))
def test_monotone_is_true_where_it_is_claimed(cls, params, counts):
    tp, fp, fn, tn = np.array(counts, float)[:, np.newaxis]
    formula = cls(**params).formula
    assert cls._is_monotone
    value = formula(tp, fp, fn, tn)
    if fn > 0:
        assert formula(tp + 1, fp, fn - 1, tn) >= value - 1e-12
    if fp > 0:
        assert formula(tp, fp - 1, fn, tn + 1) >= value - 1e-12


@given(problem=problems(min_labels=2))
def test_subset_accuracy_and_its_loss(problem):
    y_true, y_score, weight = problem
    y_pred = y_score >= 0.25
    exact = metrics.accuracy_score(y_true, y_pred, sample_weight=weight)
    assert SubsetAccuracy().evaluate(y_true, y_pred, sample_weight=weight) == pytest.approx(exact)
    assert ZeroOneLoss().evaluate(y_true, y_pred, sample_weight=weight) == pytest.approx(exact - 1)


@given(problem=problems(), seed=st.integers(0, 99))
def test_cost_adds_up_the_outcomes(problem, seed):
    y_true, y_score, weight = problem
    y_pred = y_score >= 0.25
    rng = np.random.default_rng(seed)
    n_samples, n_labels = y_true.shape
    # no two outcomes, labels or rows cost the same, so that none can stand in for another
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
        make_scorer(metrics.f1_score, average="macro", zero_division=np.nan),
        make_scorer(metrics.f1_score, average="macro", labels=[0]),
        make_scorer(metrics.accuracy_score, normalize=False),
        make_scorer(lambda y_true, y_pred: float(np.mean(y_true == y_pred))),
        lambda estimator, X, y: 1.0,
    ],
)
def test_other_scorers_are_searched(scoring):
    assert isinstance(check_objective(scoring, 10, 3), ScorerObjective)


@pytest.mark.parametrize(
    ("objective", "message"),
    [
        (Constrained(Recall(average="micro"), Precision(), 0.5), "Got 'micro' and 'macro'"),
        (
            Constrained(Recall(average="samples"), Precision(average="samples"), 0.5),
            "both be averaged over labels",
        ),
        (
            Constrained(Recall(), Precision(), [0.5, 0.5]),
            "'at_least' of Constrained must have a shape",
        ),
        (Constrained(Recall(), "precision", 0.5), "'constraint' parameter of Constrained"),
        (
            Constrained(Recall(zero_division=3), Precision(), 0.5),
            "'zero_division' parameter of Recall",
        ),
    ],
)
def test_constraints_that_do_not_fit(objective, message):
    with pytest.raises(ValueError, match=message):
        check_objective(objective, 10, 3)


def test_binary_average_is_for_one_label():
    assert check_objective("f1", 10, 1).average == "binary"
    with pytest.raises(
        ValueError, match=r"average='binary' is for a single label, but there are 2\. .*'f1_macro'"
    ):
        check_objective("f1", 10, 2)


@pytest.mark.parametrize("scoring", ["roc_auc", "average_precision", "neg_log_loss"])
def test_metrics_of_rankings_are_refused(scoring):
    with pytest.raises(ValueError, match="which no threshold can change"):
        check_objective(scoring, 10, 2)


def test_unknown_scoring_is_refused():
    with pytest.raises(ValueError, match="'f1_makro' is not a valid scoring value"):
        check_objective("f1_makro", 10, 2)
    with pytest.raises(TypeError, match="Turn a metric function into a scorer with make_scorer"):
        check_objective(metrics.f1_score, 10, 2)


@pytest.mark.parametrize(
    "objective",
    [
        FBeta(-1),
        FBeta(average="none"),
        FBeta(zero_division=2),
        Jaccard(average="mean"),
        Accuracy(average=1),
    ],
)
def test_invalid_parameters_are_refused(objective):
    with pytest.raises(ValueError, match=f"parameter of {type(objective).__name__} must be"):
        check_objective(objective, 10, 2)


def test_evaluate_wants_indicators_of_one_shape():
    with pytest.raises(ValueError, match="must have one shape"):
        FBeta().evaluate([[1, 0]], [[1]])
    with pytest.raises(ValueError, match="'y_pred' must hold only 0 and 1"):
        FBeta().evaluate([[1, 0]], [[1, 0.5]])


def test_objective_is_a_scorer_for_model_selection(multilabel):
    X, y = multilabel
    base = OneVsRestClassifier(LogisticRegression())
    ours = cross_validate(base, X, y, scoring={"f2": FBeta(2, average="micro")}, cv=3)["test_f2"]
    theirs = cross_validate(
        base, X, y, scoring=make_scorer(metrics.fbeta_score, beta=2, average="micro"), cv=3
    )
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
                base,
                X,
                y,
                scoring=scorer.set_score_request(sample_weight=True),
                cv=3,
                params={"sample_weight": weight},
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


@examples(60)
@given(seed=st.integers(0, 999))
def test_decisions_of_cells_cost_least(seed):
    """Over all indicators the expected cost is least, with costs of labels and of cells, gains among them."""
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


def test_costs_of_rows_are_cheaper_decided_than_cut():
    """On rows whose labels follow the probabilities."""
    rng = np.random.default_rng(0)
    proba, amount = rng.random((5000, 1)) ** 3, rng.lognormal(3, 2, (5000, 1))
    y = rng.random((5000, 1)) < proba
    cost = Cost(fp=20, fn=amount)
    best_cut = max(cost.evaluate(y, proba >= cut) for cut in np.linspace(0, 1, 1001))
    assert cost.evaluate(y, cost.decide(proba)) > best_cut


@pytest.mark.parametrize(
    ("cost", "proba", "message"),
    [
        (Cost(), [[0.5, 1.5]], r"'y_proba' must lie in \[0, 1\]\. Got values from 0\.5 to 1\.5"),
        (Cost(), [[0.5, -0.1]], "calibrated probabilities"),
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
