import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn import config_context
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
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
from threshold_estimators.core._decisions import UNDECIDED, decide_outside
from threshold_estimators.solvers._band import Floors, best_band
from threshold_estimators.tuning._problem import Samples
from threshold_estimators.tuning._reject import BandProblem

WEIGHT = np.random.default_rng(0).integers(0, 3, 200).astype(float)
STRATEGIES = ["per_label", "global"]


def scored(estimator=None, **params):
    estimator = LogisticRegression() if estimator is None else estimator
    return MultiLabelThresholdClassifier(estimator, **({"cv": 3, "random_state": 0} | params))


@given(problems(max_samples=8, max_labels=1, weighted=False), st.data())
def test_no_band_costs_less(problem, data):
    score = problem.y_score[:, 0]
    of_rows = hnp.arrays(
        float, len(score), elements=st.sampled_from([-1.0, 0.0, 0.25, 0.5, 1.0, 3.0])
    )
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
    lower, upper = best_band(
        proba, 5.0 * y, 1.0 * ~y, np.full(200_000, 0.5)
    )  # a missed label costs five times as much
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
    y_true, y_score = results["y_true"].astype(int), results["y_score"]

    def value(y_pred):
        errors = np.where(y_pred > y_true, 1, np.where(y_pred < y_true, cost.fn, 0))
        return -np.mean(np.where(y_pred == -1, 0.2, errors))

    assert model.best_score_ == pytest.approx(value(decide_outside(y_score, model.bands_)))
    assert model.best_score_ >= max(-0.2, model.classifier_.best_score_)
    if strategy == "per_label":
        for label in range(4):
            no, yes = y_true[:, label] * cost.fn[label], 1 - 1 * y_true[:, label]
            least = naive.least_cost_of_a_band(
                y_score[:40, label], no[:40], yes[:40], np.full(40, 0.2)
            )
            band = best_band(y_score[:40, label], 1.0 * no[:40], 1.0 * yes[:40], np.full(40, 0.2))
            decided = decide_outside(y_score[:40, label], band)
            assert np.select(
                [decided == 1, decided == 0], [yes[:40], no[:40]], 0.2
            ).sum() == pytest.approx(least)
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
    fits = [
        MultiLabelRejectClassifier(scored(), abstention_cost=cost).fit(X, y)
        for cost in (0, 0.1, 0.3, 0.6)
    ]
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
        values = [
            FBeta().evaluate(y[d, k : k + 1], y_pred[d, k : k + 1]) for k, d in enumerate(decided.T)
        ]
        weights = (y * decided).sum(axis=0) if average == "weighted" else None
        found = DecidedScorer(FBeta(average=average), undecided=9)(model, X, y)
        assert found == pytest.approx(np.average(values, weights=weights))
    micro = DecidedScorer(Precision(average="micro"), undecided=9)(
        model, X, y, sample_weight=np.full(200, 2.0)
    )
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
    known = MultiLabelRejectClassifier(
        scored(), cost=Cost(fp=np.full((200, 1), 2.0)), abstention_cost=0.3
    ).fit(X, y)
    same = MultiLabelRejectClassifier(scored(), cost=Cost(fp=2), abstention_cost=0.3).fit(X, y)
    np.testing.assert_array_equal(known.bands_, same.bands_)
    assert known.cv_score_ == same.cv_score_


def test_metadata_routing(multilabel):
    X, y = multilabel
    with config_context(enable_metadata_routing=True):
        inner = scored(LogisticRegression().set_fit_request(sample_weight=True)).set_fit_request(
            sample_weight=True
        )
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
        model = MultiLabelRejectClassifier(scored(), abstention_cost=0.25, strategy=strategy).fit(
            X, y
        )
        gains.append(model.cv_score_ + 0.25)
    assert np.mean(gains) < 0.01


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"undecided": 1}, r"'undecided' must be none of the classes \[0, 1\]. Got 1"),
        (
            {"abstention_cost": [1, 2]},
            r"'abstention_cost' must be a number of at most 1e.100, or have shape \(4,\)",
        ),
        ({"abstention_cost": np.nan}, "'abstention_cost' must be a number of at most"),
        ({"strategy": "pooled"}, "'strategy' parameter"),
        ({"undecided": 0.5}, "'undecided' parameter"),
        ({"precision": 1.0}, "'precision' parameter"),
        (
            {"precision": [0.5, 0.9]},
            r"'precision' must be a number from 0 to below 1, or have shape \(4,\)",
        ),
        (
            {"precision": 0.9, "negative_precision": [0.5, 0.5, 0.5, 1]},
            "'negative_precision' must be a number",
        ),
        ({"precision": [0.5] * 4, "strategy": "global"}, "from 0 to below 1 for strategy='global'"),
        ({"cost": FBeta()}, "'cost' parameter"),
        ({"confidence": 1.0}, "'confidence' parameter"),
    ],
)
def test_bad_parameters(params, message, multilabel):
    with pytest.raises(ValueError, match=message):
        MultiLabelRejectClassifier(scored(), **params).fit(*multilabel)


@given(problems(max_samples=9, max_labels=1), st.data())
def test_no_band_that_holds_the_floors_costs_less(problem, data):
    y_true, score = problem.y_true[:, 0], problem.y_score[:, 0]
    weight = np.ones(len(score)) if problem.sample_weight is None else problem.sample_weight
    of_rows = hnp.arrays(float, len(score), elements=st.sampled_from([0.0, 0.25, 1.0, 3.0]))
    costs = [data.draw(of_rows) for _ in range(3)]
    floors = data.draw(st.tuples(*[st.sampled_from([0.0, 0.3, 0.5, 0.6, 0.7])] * 2))
    band = best_band(score, *costs, Floors(*floors, y_true, weight))
    found, least = naive.band_with_floors(y_true, score, weight, *costs, floors, band)
    assert found == pytest.approx(least)


def test_one_more_wrong_is_still_precise_enough():
    """10 of 11 would be right where 10 are decided as 1: not 0.95, but 0.9."""
    y = np.r_[np.zeros(50, bool), np.ones(10, bool)]
    score = np.arange(60.0)
    for floor, n_decided in ((0.95, 0), (0.9, 10)):
        costs = 1.0 * y, 1.0 * ~y, np.ones(60)
        decided = decide_outside(
            score, best_band(score, *costs, Floors(0.5, floor, y, np.ones(60)))
        )
        assert np.sum(decided == 1) == n_decided


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_wanted_precision(strategy, multilabel):
    X, y = multilabel
    fits = [
        MultiLabelRejectClassifier(scored(), precision=precision, strategy=strategy).fit(X, y)
        for precision in (None, 0.6, 0.8, 0.9)
    ]
    coverage = [CoverageScorer()(model, X, y) for model in fits[1:]]
    assert coverage == sorted(coverage, reverse=True)
    for model, floor in zip(fits[1:], (0.6, 0.8, 0.9), strict=True):
        results = model.classifier_.cv_results_
        decided, y_true = decide_outside(results["y_score"], model.bands_), results["y_true"]
        parts = (
            zip(decided.T, y_true.T, strict=True)
            if strategy == "per_label"
            else [(decided, y_true)]
        )
        for said, truth in parts:
            for value in (0, 1):
                n_decided, n_right = (
                    np.sum(said == value),
                    np.sum((said == value) & (truth == value)),
                )
                assert n_decided == 0 or (n_decided - n_right + 1) <= (1 - floor) * n_decided + 1e-9
        assert 0 <= model.cv_coverage_ <= 1
        assert model.cv_negative_precision_ > floor - 0.15
    only_yes = MultiLabelRejectClassifier(
        scored(), precision=0.8, negative_precision=0, strategy=strategy
    ).fit(X, y)
    assert only_yes.cv_coverage_ >= fits[2].cv_coverage_
    only_no = MultiLabelRejectClassifier(scored(), negative_precision=0.8, strategy=strategy).fit(
        X, y
    )
    np.testing.assert_array_equal(
        only_no.bands_,
        MultiLabelRejectClassifier(scored(), precision=0, negative_precision=0.8, strategy=strategy)
        .fit(X, y)
        .bands_,
    )


def draw_normal_scores(rng, n_samples, shared):
    """Labels of 30 % of the samples; a part of the noise of their scores is that of the sample."""
    y_true = rng.random((n_samples, 6)) < 0.3
    own, common = rng.normal(size=y_true.shape), rng.normal(size=(n_samples, 1))
    return y_true, 2.5 * y_true + np.sqrt(1 - shared) * own + np.sqrt(shared) * common


@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize("shared", [0.0, 0.5])
def test_wanted_precision_holds_for_new_samples_as_often_as_promised(strategy, shared):
    rng = np.random.default_rng(0)
    y_new, new_score = draw_normal_scores(rng, 20_000, shared)
    holds, decided = {None: [], 0.8: []}, []
    for _ in range(40):
        y_true, y_score = draw_normal_scores(rng, 300, shared)
        for confidence, held in holds.items():
            problem = BandProblem(
                Samples(y_true, y_score, None),
                Cost(),
                np.asarray(1.0),
                np.full((2, 6), 0.9),
                strategy,
                confidence,
            )
            said = decide_outside(new_score, problem.best_bands())
            for value in (0, 1):
                is_said, is_right = said == value, (said == value) & (y_new == value)
                if strategy == "global":
                    is_said, is_right = is_said.ravel(), is_right.ravel()
                n_said = is_said.sum(axis=0)
                held.append(is_right.sum(axis=0) >= 0.9 * n_said - 1e-9)
            if confidence is not None:
                decided.append(np.mean(said != UNDECIDED))
    assert np.mean(np.stack(holds[0.8])) > 0.78
    assert np.mean(np.stack(holds[0.8])) > np.mean(np.stack(holds[None])) + 0.05
    assert np.mean(decided) > 0.5


def test_confidence_of_a_precision_costs_decisions(multilabel):
    X, y = multilabel
    coverage = []
    for confidence in (None, 0.5, 0.9):
        model = MultiLabelRejectClassifier(scored(), precision=0.8, confidence=confidence)
        coverage.append(model.fit(X, y).cv_coverage_)
    assert coverage[0] > coverage[2]
    assert coverage[1] > coverage[2] > 0


def test_precision_of_each_label(multilabel):
    X, y = multilabel
    each = MultiLabelRejectClassifier(scored(), precision=[0.5, 0.7, 0.8, 0.9]).fit(X, y)
    for label, floor in enumerate([0.5, 0.7, 0.8, 0.9]):
        alone = MultiLabelRejectClassifier(scored(), precision=floor).fit(X, y)
        np.testing.assert_array_equal(each.bands_[:, label], alone.bands_[:, label])


def test_cross_fitted_shares(multilabel):
    """The bands of the other folds decide the cells of each fold."""
    X, y = multilabel
    model = MultiLabelRejectClassifier(scored(), precision=0.8).fit(X, y)
    results = model.classifier_.cv_results_
    y_true, y_score = results["y_true"], results["y_score"]
    decided = np.full(y_true.shape, 7)
    assert len(results["splits"]) == 3
    for rest, test in results["splits"]:
        for label in range(4):
            truth = y_true[rest, label]
            floors = Floors(0.8, 0.8, truth, np.ones(len(truth)))
            band = best_band(
                y_score[rest, label], 1.0 * truth, 1.0 * ~truth, np.ones(len(truth)), floors
            )
            decided[test, label] = decide_outside(y_score[test, label], band)
    assert model.cv_coverage_ == pytest.approx(np.mean(decided != -1))
    assert model.cv_precision_ == pytest.approx(np.mean(y_true[decided == 1]))
    assert model.cv_negative_precision_ == pytest.approx(np.mean(~y_true[decided == 0]))


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_noise_is_not_precise(strategy):
    """With 30 % positives no cell can be decided with a precision of 0.9."""
    coverage, precise = [], []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        X, y = rng.normal(size=(300, 5)), (rng.random((300, 3)) < 0.3).astype(int)
        model = MultiLabelRejectClassifier(scored(), precision=0.9, strategy=strategy).fit(X, y)
        coverage.append(model.cv_coverage_)
        precise.append(
            MultiLabelRejectClassifier(scored(), precision=0.6, strategy=strategy).fit(X, y)
        )
    assert np.mean(coverage) < 0.06
    assert np.mean([model.cv_negative_precision_ for model in precise]) == pytest.approx(
        0.7, abs=0.03
    )
    assert np.nanmean([model.cv_precision_ for model in precise] + [0.3]) < 0.5


CLASSES = {
    "numbers": ([0, 1], -1),
    "signs": ([-1, 1], 0),
    "floats": ([1.0, 2.0], -1),
    "strings": (["cancer", "healthy"], "don't know"),
    "strings, by default": (["cancer", "healthy"], -1),
}


@pytest.mark.parametrize(("classes", "undecided"), CLASSES.values(), ids=CLASSES)
def test_one_column_of_two_classes(classes, undecided, multilabel):
    X, y = multilabel
    column = np.array(classes)[y[:, 0]]
    model = MultiLabelRejectClassifier(scored(), precision=0.9, undecided=undecided).fit(X, column)
    indicator = MultiLabelRejectClassifier(scored(), precision=0.9).fit(X, y[:, [0]])
    np.testing.assert_array_equal(model.bands_, indicator.bands_)
    np.testing.assert_array_equal(model.classes_, classes)
    y_pred, expected = model.predict(X), indicator.predict(X)[:, 0]
    assert set(expected) == {-1, 0, 1}
    assert y_pred.tolist() == [undecided if code == -1 else classes[code] for code in expected]
    assert model.predict_proba(X).shape == (200, 2)
    assert model.decision_function(X).shape == (200,)
    assert model.score(X, column) == indicator.score(X, y[:, [0]])
    assert CoverageScorer(undecided=undecided)(model, X) == np.mean(expected != -1)
    right = DecidedScorer(Accuracy(), undecided=undecided)(model, X, column)
    assert right == pytest.approx(DecidedScorer(Accuracy())(indicator, X, y[:, [0]]))
    search = GridSearchCV(model, {"precision": [0.7, 0.9]}, cv=2, error_score="raise").fit(
        X, column
    )
    assert search.best_params_["precision"] == 0.7


def test_names_of_labels(multilabel):
    X, y = multilabel
    model = MultiLabelRejectClassifier(scored()).fit(X, pd.DataFrame(y, columns=list("abcd")))
    assert list(model.label_names_in_) == list("abcd")
    assert model.score(X, pd.DataFrame(y, columns=list("abcd"))) == model.score(X, y)
    reversed_columns = pd.DataFrame(y, columns=list("abcd"))[list("dcba")]
    assert model.score(X, reversed_columns) == model.score(X, y)
    with pytest.raises(ValueError, match="'y'"):
        model.score(X, pd.DataFrame(y, columns=list("abcx")))
    assert not hasattr(model.fit(X, y), "label_names_in_")


def test_a_fit_that_fails_leaves_the_classifier_as_it_was(multilabel):
    X, y = multilabel
    model = MultiLabelRejectClassifier(scored())
    with pytest.raises(ValueError, match="'undecided' must be none of the classes"):
        model.set_params(undecided=1).fit(X, y)
    with pytest.raises(NotFittedError):
        model.predict(X)
    bands = model.set_params(undecided=-1).fit(X, y).bands_
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        model.fit(X[1:], y)
    assert model.bands_ is bands
    assert model.predict_log_proba(X).shape == y.shape
