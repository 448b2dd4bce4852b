"""What users give as ``scoring``: parameters by label name, names of scorers, and errors."""

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, fbeta_score, jaccard_score, make_scorer, recall_score
from sklearn.utils._param_validation import InvalidParameterError

from threshold_estimators import (
    BestThresholdsScorer,
    Constrained,
    Cost,
    DecidedScorer,
    FBeta,
    Jaccard,
    MultiLabelRejectClassifier,
    MultiLabelThresholdClassifier,
    Precision,
    Recall,
    tune_thresholds,
)

RNG = np.random.default_rng(0)
Y = RNG.random((120, 3)) < [0.5, 0.3, 0.2]
S = RNG.beta(1 + 2 * Y, 3).round(2)
NAMED = pd.DataFrame(Y, columns=["a", "b", "c"])


@pytest.mark.parametrize("by_name", [dict, pd.Series])
@pytest.mark.parametrize("strategy", ["per_label", "pooled"])
def test_costs_and_floors_by_name(by_name, strategy):
    for named, positional in [
        (Cost(fn=by_name({"c": 1, "a": 5, "b": 2})), Cost(fn=[5, 2, 1])),
        (
            Constrained(
                Recall(), Precision(), by_name({"b": 0.5, "c": 0.4, "a": 0.7}), confidence=None
            ),
            Constrained(Recall(), Precision(), [0.7, 0.5, 0.4], confidence=None),
        ),
    ]:
        found = tune_thresholds(NAMED, S, scoring=named, strategy=strategy)
        expected = tune_thresholds(NAMED, S, scoring=positional, strategy=strategy)
        np.testing.assert_array_equal(found.thresholds, expected.thresholds)
        assert found.score == expected.score
        assert named.evaluate(NAMED, S > 0.5) == positional.evaluate(NAMED, S > 0.5)
        with pytest.raises(ValueError, match="by name"):
            tune_thresholds(Y, S, scoring=named)


def test_classifiers_take_costs_by_name():
    cost = Cost(fn={"c": 1, "a": 5, "b": 2})
    model = MultiLabelThresholdClassifier(LogisticRegression(), scoring=cost, cv=3, random_state=0)
    same = MultiLabelThresholdClassifier(
        LogisticRegression(), scoring=Cost(fn=[5, 2, 1]), cv=3, random_state=0
    )
    np.testing.assert_array_equal(model.fit(S, NAMED).thresholds_, same.fit(S, NAMED).thresholds_)
    assert model.score(S, NAMED) == same.score(S, NAMED)
    rejecting = MultiLabelRejectClassifier(same, cost=cost, abstention_cost=0.2).fit(S, NAMED)
    assert np.isfinite(rejecting.score(S, NAMED))
    decided = cost.decide(pd.DataFrame(S, columns=["a", "b", "c"]))
    np.testing.assert_array_equal(decided, Cost(fn=[5, 2, 1]).decide(S))


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"a": 1, "b": 1}, r"none for \['c'\]"),
        ({"a": 1, "b": 1, "c": 1, "x": 1}, r"\['x'\] are no labels"),
        (pd.Series([1, 2, 3, 4], ["a", "b", "c", "a"]), "'a' more than once"),
    ],
)
def test_names_must_be_those_of_the_labels(values, message):
    with pytest.raises(ValueError, match=f"'fn'.*{message}"):
        tune_thresholds(NAMED, S, scoring=Cost(fn=values))
    with pytest.raises(ValueError, match=f"'at_least'.*{message}"):
        tune_thresholds(NAMED, S, scoring=Constrained(Recall(), Precision(), values))


@pytest.mark.parametrize(
    ("scoring", "error", "message"),
    [
        (FBeta, TypeError, r"Write FBeta\(\.\.\.\)"),
        (len, TypeError, "'scoring' must be"),
        (f1_score, TypeError, "make_scorer"),
        (lambda t, p: 0.0, TypeError, "'scoring' must be"),
        (lambda y_true, y_pred: 0.0, TypeError, "make_scorer"),
        (dict, TypeError, "'scoring' must be"),
        (0, TypeError, "'scoring' must be"),
        ([], TypeError, "'scoring' must be"),
        ("", ValueError, "'scoring' must be the name of a scorer"),
        ("f1_marco", ValueError, "Did you mean 'f1_macro'"),
        ("mcc", ValueError, r"Did you mean MatthewsCorrelation\(\)"),
        ("hamming_loss", ValueError, r"Did you mean Accuracy\(\)"),
        ("Youden J", ValueError, r"Did you mean YoudenJ\(\)"),
        ("roc_auc", ValueError, "judges the scores themselves"),
        (FBeta(beta=-1), InvalidParameterError, "'beta'"),
        (FBeta(beta=np.inf), InvalidParameterError, "'beta'"),
        (make_scorer(fbeta_score, beta=-1, average="macro"), InvalidParameterError, "'beta'"),
        (Constrained("recall", Precision(), 0.8), TypeError, "'objective' of Constrained"),
        (Constrained(Recall(), "precision", 0.8), TypeError, "'constraint' of Constrained"),
        (Constrained(Recall(), Precision(), np.nan), ValueError, "'at_least'"),
        (Constrained(Recall(), Precision(), ["a"] * 3), ValueError, "'at_least'"),
        (Constrained(Recall(), Precision(), np.inf), ValueError, "'at_least'"),
        (
            Constrained(Constrained(Recall(), Precision(), 0.5), Precision(), 0.5),
            ValueError,
            "must not be Constrained",
        ),
        (Cost(fp=1e308, fn=1e308), ValueError, "'fp' of Cost"),
        (Cost(fp=["a", "b", "c"]), ValueError, "'fp' of Cost must be numbers"),
    ],
)
def test_what_is_no_scoring_is_told_before_anything_is_fitted(scoring, error, message):
    with pytest.raises(error, match=message):
        tune_thresholds(Y, S, scoring=scoring)

    class NeverFitted(LogisticRegression):
        def fit(self, X, y, sample_weight=None):
            raise AssertionError("'scoring' must be checked first")

    model = MultiLabelThresholdClassifier(NeverFitted(), scoring=scoring)
    with pytest.raises(error):
        model.fit(S, Y)
    with pytest.raises(NotFittedError):
        model.predict(S)


@pytest.mark.parametrize("answer", [None, "high", {"f1": 1.0}, [0.5, 0.5]])
def test_a_scorer_must_return_a_number(answer):
    def scorer(estimator, X, y):
        return answer

    with pytest.raises(TypeError, match="must return a number"):
        tune_thresholds(Y, S, scoring=scorer)


@pytest.mark.parametrize("strategy", ["global", "per_label", "pooled"])
def test_what_is_no_number_is_no_better_than_a_number(strategy):
    def precision_or_nan(y_true, y_pred):
        return (y_true & y_pred).sum() / y_pred.sum() if y_pred.any() else np.nan

    scoring = make_scorer(precision_or_nan)
    tuned = tune_thresholds(Y, S, scoring=scoring, strategy=strategy)
    assert tuned.score > 0.6
    never = make_scorer(lambda y_true, y_pred: np.nan)
    with pytest.raises(ValueError, match="'scoring' gives no finite number"):
        tune_thresholds(Y, S, scoring=never, strategy=strategy)


def test_errors_of_a_scorer_are_its_own():
    def broken(estimator, X, y):
        return np.zeros(3).no_such_attribute

    with pytest.raises(AttributeError, match="no_such_attribute"):
        tune_thresholds(Y, S, scoring=broken)
    with pytest.raises(ValueError, match="asks an estimator for more than its predictions"):
        tune_thresholds(Y, S, scoring=lambda estimator, X, y: estimator.predict_proba(X).mean())


@pytest.mark.parametrize("strategy", ["per_label", "pooled", "global"])
@pytest.mark.parametrize("average", ["macro", "micro", "weighted"])
@pytest.mark.parametrize("labels", [[0, 2], [1], np.array([2, 0])])
def test_scorers_of_some_labels(labels, average, strategy):
    kwargs = {"labels": labels, "average": average, "zero_division": 0}
    scoring = make_scorer(f1_score, **kwargs)
    tuned = tune_thresholds(Y, S, scoring=scoring, strategy=strategy)
    assert tuned.score == pytest.approx(f1_score(Y, tuned.thresholds <= S, **kwargs))
    some = list(labels)
    alone = tune_thresholds(
        Y[:, some], S[:, some], scoring=FBeta(average=average), strategy=strategy
    )
    np.testing.assert_array_equal(tuned.thresholds[some], alone.thresholds)


def test_labels_of_a_scorer_must_exist():
    scoring = make_scorer(f1_score, labels=[0, 7], average="macro")
    with pytest.raises(ValueError, match="'labels' of 'scoring' must be different positions"):
        tune_thresholds(Y, S, scoring=scoring)


@pytest.mark.parametrize("strategy", ["per_label", "pooled", "global"])
@pytest.mark.parametrize("average", ["macro", "micro", "weighted"])
@pytest.mark.parametrize(
    ("metric", "objective"), [(f1_score, FBeta), (jaccard_score, Jaccard), (recall_score, Recall)]
)
@pytest.mark.filterwarnings("ignore:.* is won by predicting")
def test_undefined_labels_leave_the_average(metric, objective, average, strategy):
    y_true = Y.copy()
    y_true[:, 1] = False
    scoring = objective(average=average, zero_division=np.nan)
    tuned = tune_thresholds(y_true, S, scoring=scoring, strategy=strategy)
    y_pred = tuned.thresholds <= S
    if metric is jaccard_score:  # whose zero_division cannot be NaN
        kept = [0, 2] if not y_pred[:, 1].any() else [0, 1, 2]
        expected = jaccard_score(y_true[:, kept], y_pred[:, kept], average=average)
    else:
        expected = metric(y_true, y_pred, average=average, zero_division=np.nan)
    assert tuned.score == pytest.approx(expected)
    if strategy != "global":
        assert np.isposinf(tuned.thresholds[1])


def test_scorers_of_undecided_cells_take_objectives_without_floors():
    model = MultiLabelRejectClassifier(LogisticRegression(), abstention_cost=0.2).fit(S, Y)
    with pytest.raises(ValueError, match="and not Constrained"):
        DecidedScorer(Constrained(Recall(), Precision(), 0.5))(model, S, Y)


def test_scorer_of_best_thresholds_checks_its_scoring():
    model = LogisticRegression().fit(S, Y[:, 0])
    with pytest.raises(ValueError, match="'scoring' must be the name of a scorer"):
        BestThresholdsScorer("f1_marco")(model, S, Y[:, 0])
