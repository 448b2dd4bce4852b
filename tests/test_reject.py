import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn import config_context
from sklearn.base import clone
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests import naive
from tests.strategies import problems
from threshold_estimators import (
    Accuracy,
    Cost,
    CoverageScorer,
    DecidedScorer,
    FBeta,
    MultiLabelRejectClassifier,
    MultiLabelThresholdClassifier,
    Precision,
)
from threshold_estimators._bands import best_band, decide_outside

WEIGHT = np.random.default_rng(0).integers(0, 3, 200).astype(float)
STRATEGIES = ["per_label", "global"]


def scored(estimator=None, **params):
    estimator = LogisticRegression() if estimator is None else estimator
    return MultiLabelThresholdClassifier(estimator, **({"cv": 3, "random_state": 0} | params))


@given(problems(max_samples=8, max_labels=1, weighted=False), st.data())
def test_no_band_costs_less(problem, data):
    score = problem.y_score[:, 0]
    of_rows = hnp.arrays(float, len(score), elements=st.sampled_from([-1.0, 0.0, 0.25, 0.5, 1.0, 3.0]))
    no, yes, abstain = (data.draw(of_rows) for _ in range(3))
    lower, upper = best_band(score, no, yes, abstain)
    assert lower <= upper
    decided = decide_outside(score, (lower, upper))
    cost = np.select([decided == 1, decided == 0], [yes, no], abstain).sum()
    assert cost == pytest.approx(naive.least_cost_of_a_band(score, no, yes, abstain))


def test_chow_rule_for_probabilities():
    rng = np.random.default_rng(0)
    proba = rng.random(200_000)
    y = rng.random(200_000) < proba
    lower, upper = best_band(proba, 1.0 * y, 1.0 * ~y, np.full(200_000, 0.2))
    assert lower == pytest.approx(0.2, abs=0.02)
    assert upper == pytest.approx(0.8, abs=0.02)
    lower, upper = best_band(proba, 5.0 * y, 1.0 * ~y, np.full(200_000, 0.5))  # a missed label costs five times as much
    assert lower == pytest.approx(0.1, abs=0.02)
    assert upper == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("estimator", [LogisticRegression(), RidgeClassifier()])
@pytest.mark.parametrize("calibrator", [None, "isotonic"])
def test_scores_are_the_costs_of_the_decisions(strategy, estimator, calibrator, multilabel):
    X, y = multilabel
    cost = Cost(fp=1, fn=[1, 2, 1, 3])
    model = MultiLabelRejectClassifier(
        scored(estimator, calibrator=calibrator), cost=cost, abstention_cost=0.2, strategy=strategy
    ).fit(X, y)
    assert model.bands_.shape == (2, 4)
    results = model.classifier_.cv_results_
    y_true, y_score = results["y_true"], results["y_score"]

    def value(y_pred):
        errors = np.where(y_pred > y_true, 1, np.where(y_pred < y_true, cost.fn, 0))
        return -np.mean(np.where(y_pred == -1, 0.2, errors))

    assert model.best_score_ == pytest.approx(value(decide_outside(y_score, model.bands_)))
    assert model.best_score_ >= max(-0.2, model.classifier_.best_score_)
    if strategy == "per_label":
        for label in range(4):
            no, yes = y_true[:, label] * cost.fn[label], 1 - y_true[:, label]
            least = naive.least_cost_of_a_band(y_score[:40, label], no[:40], yes[:40], np.full(40, 0.2))
            band = best_band(y_score[:40, label], 1.0 * no[:40], 1.0 * yes[:40], np.full(40, 0.2))
            decided = decide_outside(y_score[:40, label], band)
            assert np.select([decided == 1, decided == 0], [yes[:40], no[:40]], 0.2).sum() == pytest.approx(least)
    else:
        assert np.ptp(model.bands_, axis=1).max() == 0
    y_pred = model.predict(X)
    assert set(np.unique(y_pred)) == {-1, 0, 1}
    errors = np.where(y_pred > y, 1, np.where(y_pred < y, cost.fn, 0))
    assert model.score(X, y) == pytest.approx(-np.mean(np.where(y_pred == -1, 0.2, errors)))
    assert 0.1 < model.cv_coverage_ < 1
    assert hasattr(model, "predict_proba") == hasattr(model.classifier_, "predict_proba")


def test_dearer_abstaining_covers_more(multilabel):
    X, y = multilabel
    fits = [MultiLabelRejectClassifier(scored(), abstention_cost=cost).fit(X, y) for cost in (0, 0.1, 0.3, 0.6)]
    coverage = [CoverageScorer()(model, X, y) for model in fits]
    assert coverage == sorted(coverage)
    assert coverage[-1] == 1
    np.testing.assert_array_equal(fits[-1].predict(X), fits[-1].classifier_.predict(X))
    assert fits[-1].cv_score_ == pytest.approx(fits[-1].classifier_.cv_score_)
    assert DecidedScorer(Accuracy())(fits[1], X, y) > DecidedScorer(Accuracy())(fits[-1], X, y)


def test_scorers_count_decided_cells_only(multilabel):
    X, y = multilabel
    model = MultiLabelRejectClassifier(scored(), abstention_cost=0.2, undecided=9).fit(X, y)
    y_pred = model.predict(X)
    assert set(np.unique(y_pred)) == {0, 1, 9}
    decided = y_pred != 9
    assert CoverageScorer(undecided=9)(model, X) == pytest.approx(decided.mean())
    for average in ("macro", "weighted"):
        values = [FBeta().evaluate(y[d, k : k + 1], y_pred[d, k : k + 1]) for k, d in enumerate(decided.T)]
        weights = (y * decided).sum(axis=0) if average == "weighted" else None
        found = DecidedScorer(FBeta(average=average), undecided=9)(model, X, y)
        assert found == pytest.approx(np.average(values, weights=weights))
    micro = DecidedScorer(Precision(average="micro"), undecided=9)(model, X, y, sample_weight=np.full(200, 2.0))
    assert micro == pytest.approx(np.mean(y[y_pred == 1]))
    nothing = MultiLabelRejectClassifier(scored(), abstention_cost=-1, undecided=9).fit(X, y)
    assert CoverageScorer(undecided=9)(nothing, X) == 0
    assert np.isnan(DecidedScorer(FBeta(), undecided=9)(nothing, X, y))
    for wrong in (FBeta(average="samples"), FBeta(average=None), Cost(), "f1_macro"):
        with pytest.raises(ValueError, match="'objective' of DecidedScorer"):
            DecidedScorer(wrong)(model, X, y)


def test_weights_are_repeated_rows(multilabel):
    X, y = multilabel
    frozen = FrozenEstimator(OneVsRestClassifier(LogisticRegression()).fit(X, y))
    rows = np.repeat(np.arange(200), WEIGHT.astype(int))
    model = MultiLabelRejectClassifier(scored(frozen), abstention_cost=0.2)
    weighted = clone(model).fit(X, y, sample_weight=WEIGHT)
    repeated = clone(model).fit(X[rows], y[rows])
    np.testing.assert_allclose(weighted.bands_, repeated.bands_)
    assert weighted.best_score_ == pytest.approx(repeated.best_score_)
    assert weighted.score(X, y, WEIGHT) == pytest.approx(repeated.score(X[rows], y[rows]))


def test_pipeline_search_clone_and_pickle(multilabel):
    X, y = multilabel
    model = MultiLabelRejectClassifier(scored(), abstention_cost=[0.1, 0.2, 0.2, 0.3])
    pipeline = make_pipeline(StandardScaler(), model).fit(X, y)
    again = pickle.loads(pickle.dumps(clone(pipeline).fit(X, y)))
    np.testing.assert_array_equal(again.predict(X), pipeline.predict(X))
    grid = {"strategy": STRATEGIES, "estimator__calibrator": [None, "sigmoid"]}
    search = GridSearchCV(MultiLabelRejectClassifier(scored()), grid, cv=2).fit(X, y)
    assert -0.25 <= search.best_score_ <= 0
    assert search.best_estimator_.classifier_.strategy == search.best_params_["strategy"]


def test_any_estimator_is_wrapped(multilabel):
    X, y = multilabel
    model = MultiLabelRejectClassifier(RidgeClassifier())
    assert hasattr(model, "decision_function")
    assert not hasattr(model, "predict_proba")
    frame = pd.DataFrame(X).add_prefix("x")
    model.fit(frame, y)
    assert model.decision_function(frame).shape == y.shape
    assert list(model.feature_names_in_) == list(frame.columns)
    assert isinstance(model.classifier_, MultiLabelThresholdClassifier)


def test_costs_of_rows_follow_the_rows(multilabel):
    X, y = multilabel
    known = MultiLabelRejectClassifier(scored(), cost=Cost(fp=np.full((200, 1), 2.0)), abstention_cost=0.3).fit(X, y)
    same = MultiLabelRejectClassifier(scored(), cost=Cost(fp=2), abstention_cost=0.3).fit(X, y)
    np.testing.assert_array_equal(known.bands_, same.bands_)
    assert known.cv_score_ == same.cv_score_


def test_metadata_routing(multilabel):
    X, y = multilabel
    with config_context(enable_metadata_routing=True):
        inner = scored(LogisticRegression().set_fit_request(sample_weight=True)).set_fit_request(sample_weight=True)
        routed = MultiLabelRejectClassifier(inner).fit(X, y, sample_weight=WEIGHT)
    plain = MultiLabelRejectClassifier(scored()).fit(X, y, sample_weight=WEIGHT)
    np.testing.assert_array_equal(routed.bands_, plain.bands_)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_noise_gains_nothing(strategy):
    """Nothing can be cheaper than the cheaper of abstaining and of never predicting."""
    gains = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        X, y = rng.normal(size=(300, 5)), (rng.random((300, 3)) < 0.3).astype(int)
        model = MultiLabelRejectClassifier(scored(), abstention_cost=0.25, strategy=strategy).fit(X, y)
        gains.append(model.cv_score_ + 0.25)
    assert np.mean(gains) < 0.01


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"undecided": 1}, "'undecided' must be neither 0 nor 1. Got 1"),
        ({"abstention_cost": [1, 2]}, r"'abstention_cost' must be a finite number, or have shape \(4,\)"),
        ({"abstention_cost": np.nan}, "'abstention_cost' must be a finite number"),
        ({"strategy": "pooled"}, "'strategy' parameter"),
        ({"cost": FBeta()}, "'cost' parameter"),
    ],
)
def test_bad_parameters(params, message, multilabel):
    with pytest.raises(ValueError, match=message):
        MultiLabelRejectClassifier(scored(), **params).fit(*multilabel)


def test_a_column_is_refused(multilabel):
    X, y = multilabel
    with pytest.raises(ValueError, match="label indicator of shape"):
        MultiLabelRejectClassifier(LogisticRegression()).fit(X, y[:, 0])
