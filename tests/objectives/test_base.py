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

from tests.registry import LABEL_AVERAGES, OF_ONE_LABEL
from tests.strategies import examples, problems
from threshold_estimators import (
    Accuracy,
    Constrained,
    Cost,
    CountObjective,
    FBeta,
    Jaccard,
    Precision,
    Recall,
    SubsetAccuracy,
)
from threshold_estimators.objectives import (
    HammingLoss,
    LinearRatio,
    OfSmallerClass,
    ScorerObjective,
    ZeroOneLoss,
    check_objective,
)


class CriticalSuccess(LinearRatio):
    """A measure of a user."""

    def _coefficients(self, n_pos, n_neg):
        return (1, 0, 0, 0), (1, 1, 1, 0)


class Balance(CountObjective):
    """A formula of a user."""

    def formula(self, tp, fp, fn, tn):
        return -np.abs(fp - fn)


ALL_AVERAGES = [*LABEL_AVERAGES, "samples"]
WHOLE_REGISTRY = [
    *(
        cls(average=average, **params)
        for average in ALL_AVERAGES
        for cls, params, _ in OF_ONE_LABEL.values()
    ),
    *(Balance(average=average) for average in ("macro", "micro", "weighted", None)),
    SubsetAccuracy(),
    HammingLoss(),
    ZeroOneLoss(),
    Cost(tp=-1, fp=2, fn=5, tn=0.5),
    Constrained(Recall(), Precision(), 0.5, confidence=None),
]
objectives = pytest.mark.parametrize("objective", WHOLE_REGISTRY, ids=repr)


@objectives
@examples(40)
@given(problem=problems(), seed=st.integers(0, 99))
def test_order_of_samples_does_not_change_the_value(objective, problem, seed):
    y_true, y_score, weight = problem
    y_pred = y_score >= 0.25
    order = np.random.default_rng(seed).permutation(len(y_true))
    ordered_weight = None if weight is None else weight[order]
    np.testing.assert_allclose(
        objective.evaluate(y_true[order], y_pred[order], sample_weight=ordered_weight),
        objective.evaluate(y_true, y_pred, sample_weight=weight),
        atol=1e-12,
    )


@objectives
@examples(40)
@given(problem=problems(), seed=st.integers(0, 99))
def test_order_of_labels_does_not_change_the_value(objective, problem, seed):
    y_true, y_score, weight = problem
    y_pred = y_score >= 0.25
    order = np.random.default_rng(seed).permutation(y_true.shape[1])
    expected = objective.evaluate(y_true, y_pred, sample_weight=weight)
    if np.ndim(expected):
        expected = expected[order]
    found = objective.evaluate(y_true[:, order], y_pred[:, order], sample_weight=weight)
    np.testing.assert_allclose(found, expected, atol=1e-12)


@objectives
@examples(40)
@given(problem=problems(weighted=False), seed=st.integers(0, 99))
def test_weight_of_two_is_the_sample_repeated(objective, problem, seed):
    y_true, y_pred = problem.y_true, problem.y_score >= 0.25
    times = np.random.default_rng(seed).integers(1, 3, len(y_true))
    np.testing.assert_allclose(
        objective.evaluate(y_true, y_pred, sample_weight=times),
        objective.evaluate(np.repeat(y_true, times, axis=0), np.repeat(y_pred, times, axis=0)),
        atol=1e-12,
    )


@objectives
@examples(40)
@given(problem=problems(weighted=False), seed=st.integers(0, 99))
def test_weight_of_zero_is_the_sample_dropped(objective, problem, seed):
    y_true, y_pred = problem.y_true, problem.y_score >= 0.25
    kept = np.random.default_rng(seed).random(len(y_true)) < 0.5
    kept[0] = True
    np.testing.assert_allclose(
        objective.evaluate(y_true, y_pred, sample_weight=kept.astype(float)),
        objective.evaluate(y_true[kept], y_pred[kept]),
        atol=1e-12,
    )


@pytest.mark.parametrize(("cls", "params", "_metric"), OF_ONE_LABEL.values(), ids=OF_ONE_LABEL)
@examples(40)
@given(problem=problems())
def test_averaged_has_any_average_whatever_the_own(cls, params, _metric, problem):
    y_true, y_score, weight = problem
    y_pred = y_score >= 0.25
    for own in ALL_AVERAGES:
        for average in ALL_AVERAGES:
            found = cls(average=own, **params)._averaged(average, y_true, y_pred, weight)
            expected = cls(average=average, **params)._value(y_true, y_pred, weight)
            np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("objective", WHOLE_REGISTRY, ids=repr)
def test_values_of_labels_exist_where_the_value_is_decomposable(objective):
    y_true = np.array([[True, False], [True, True], [False, False]])
    y_pred = np.array([[True, True], [False, True], [False, False]])
    if objective._is_decomposable:
        assert np.shape(objective._averaged(None, y_true, y_pred, None)) == (2,)
        assert objective._form in ("labels", "micro")
    else:
        assert objective._form == "samples"


@pytest.mark.parametrize(
    ("objective", "form"),
    [
        (FBeta(), "labels"),
        (FBeta(average="weighted"), "labels"),
        (FBeta(average=None), "labels"),
        (FBeta(average="binary"), "labels"),
        (FBeta(average="micro"), "micro"),
        (FBeta(average="samples"), "samples"),
        (SubsetAccuracy(), "samples"),
        (Constrained(Recall(), Precision(), 0.5, confidence=None), "labels"),
        (
            Constrained(Recall(average="micro"), Precision(average="micro"), 0.5, confidence=None),
            "micro",
        ),
        (OfSmallerClass(FBeta(average="binary")), "labels"),
        (Cost(), "labels"),
        (Cost(fp=[1, 2]), "labels"),
        (Cost(fp=[[1], [2]]), "cells"),
        (ScorerObjective(make_scorer(metrics.f1_score)), "unknown"),
    ],
    ids=repr,
)
def test_form_of_an_objective(objective, form):
    assert objective._form == form


def test_binary_average_is_for_one_label():
    assert check_objective("f1", 10, 1).average == "binary"
    with pytest.raises(
        ValueError, match=r"average='binary' is for a single label, but there are 2\. .*'f1_macro'"
    ):
        check_objective("f1", 10, 2)


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


def test_evaluate_needs_indicators_of_one_shape():
    with pytest.raises(ValueError, match="must have the same shape"):
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


ONE_OF_EACH_CLASS = [
    *(cls(**params) for cls, params, _ in OF_ONE_LABEL.values()),
    SubsetAccuracy(),
    Cost(),
    Constrained(Recall(), Precision(), 0.5, confidence=None),
    HammingLoss(),
    ZeroOneLoss(),
    OfSmallerClass(FBeta(average="binary")),
    ScorerObjective(make_scorer(metrics.f1_score)),
    Balance(),
    CriticalSuccess(),
]
OF_SCORERS = {"evaluate", "get_metadata_routing", "get_params", "set_params", "set_score_request"}


@pytest.mark.parametrize("objective", ONE_OF_EACH_CLASS, ids=lambda each: type(each).__name__)
def test_public_members_are_few(objective):
    public = {name for name in dir(objective) if not name.startswith("_")}
    expected = OF_SCORERS | set(objective.get_params(deep=False))
    if isinstance(objective, CountObjective):
        expected |= {"formula", "average"}
    if isinstance(objective, Cost):
        expected |= {"formula", "decide"}
    assert public == expected


def test_every_objective_class_is_tested_for_its_public_members():
    def subclasses(cls):
        for subclass in cls.__subclasses__():
            yield subclass
            yield from subclasses(subclass)

    of_package = {
        cls.__name__
        for cls in subclasses(CountObjective)
        if cls.__module__.startswith("threshold_estimators.objectives")
        and cls is not LinearRatio
        and not cls.__name__.startswith("_")
    }
    assert of_package <= {type(objective).__name__ for objective in ONE_OF_EACH_CLASS}
