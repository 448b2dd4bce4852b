"""Data as users have it, at every function that takes labels and scores."""

import threading
import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import GridSearchCV, GroupKFold, PredefinedSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from threshold_estimators import (
    BestThresholdsScorer,
    Cost,
    FBeta,
    FixedThresholdsClassifier,
    MultiLabelRejectClassifier,
    MultilabelStratifiedGroupKFold,
    MultiLabelThresholdClassifier,
    OperatingPointDisplay,
    threshold_report,
    tune_thresholds,
)

rng = np.random.default_rng(0)
Y = (rng.random((120, 3)) < [0.5, 0.3, 0.15]).astype(int)
S = np.clip(rng.beta(2, 5, Y.shape) + 0.3 * Y, 0, 1)
NAMES = ["a", "b", "c"]
OTHER = ["c", "a", "b"]  # order of the columns
Y_FRAME, S_FRAME = pd.DataFrame(Y, columns=NAMES), pd.DataFrame(S, columns=NAMES)
X = pd.DataFrame(S + rng.normal(0, 0.1, S.shape), columns=["x", "y", "z"])
STRATEGIES = ["pooled", "per_label", "global", "proportion"]
strategies = pytest.mark.parametrize("strategy", STRATEGIES)


def assert_same(tuned, expected):
    np.testing.assert_array_equal(tuned.thresholds, expected.thresholds)
    assert tuned.score == expected.score


# Names of columns


@strategies
def test_tuned_by_name(strategy):
    expected = tune_thresholds(Y, S, strategy=strategy)
    tuned = tune_thresholds(Y_FRAME, S_FRAME[OTHER], strategy=strategy)
    assert_same(tuned, expected)
    np.testing.assert_array_equal(tuned.predict(S_FRAME[OTHER]), expected.predict(S))
    assert tuned.to_dict() == dict(zip(NAMES, expected.thresholds, strict=True))
    assert expected.to_dict() == dict(enumerate(expected.thresholds))


def test_other_names_are_refused():
    message = r"'y_score' .* Missing are \['b'\], and unknown are \['x'\]"
    renamed = S_FRAME.rename(columns={"b": "x"})
    tuned = tune_thresholds(Y_FRAME, S_FRAME)
    for call in (lambda: tune_thresholds(Y_FRAME, renamed), lambda: tuned.predict(renamed)):
        with pytest.raises(ValueError, match=message):
            call()


def test_weights_of_cells_by_name():
    weight = pd.DataFrame(rng.integers(1, 4, Y.shape), columns=NAMES)
    expected = tune_thresholds(Y, S, sample_weight=weight.to_numpy())
    assert_same(tune_thresholds(Y_FRAME, S_FRAME, sample_weight=weight[OTHER]), expected)


def test_evaluated_by_name():
    y_pred = (S_FRAME > 0.4).astype(int)
    value = FBeta().evaluate(Y, y_pred.to_numpy())
    assert FBeta().evaluate(Y_FRAME, y_pred[OTHER]) == value
    assert FBeta().evaluate(Y_FRAME[OTHER], y_pred) == value
    with pytest.raises(ValueError, match=r"'y_pred' .* unknown are \['d'\]"):
        FBeta().evaluate(Y_FRAME, y_pred.rename(columns={"a": "d"}))


def test_models_are_judged_by_name():
    model = MultiLabelThresholdClassifier(LogisticRegression(), random_state=0)
    pipeline = make_pipeline(StandardScaler(), model).fit(X, Y_FRAME)
    search = GridSearchCV(pipeline, {}, scoring=FBeta(), cv=2).fit(X, Y_FRAME)
    for fitted in (pipeline, search):
        for scorer in (FBeta(), FBeta(average="micro"), BestThresholdsScorer()):
            assert scorer(fitted, X, Y_FRAME[OTHER]) == scorer(fitted, X, Y_FRAME)
        expected = str(threshold_report(fitted, X, Y_FRAME))
        assert str(threshold_report(fitted, X, Y_FRAME[OTHER])) == expected
    with pytest.raises(ValueError, match=r"Missing are \['c'\]"):
        FBeta()(pipeline, X, Y_FRAME.rename(columns={"c": "d"}))


def test_reported_by_name():
    tuned = tune_thresholds(Y_FRAME, S_FRAME)
    expected = str(threshold_report(tuned, S, Y))
    assert str(threshold_report(tuned, S_FRAME[OTHER], Y_FRAME[OTHER[::-1]])) == expected


def test_drawn_by_name():
    pytest.importorskip("matplotlib")
    thresholds = pd.Series([0.3, 0.4, 0.5], NAMES)
    draw = OperatingPointDisplay.from_predictions
    expected = draw(Y_FRAME, S_FRAME, thresholds.to_numpy())
    for given in (thresholds[OTHER], thresholds.to_dict()):
        folds = pd.DataFrame([[0.5, 0.3, 0.4]], columns=OTHER)
        display = draw(Y_FRAME, S_FRAME[OTHER], given, cv_thresholds=folds)
        np.testing.assert_array_equal(display.cv_points[0], expected.points)
        np.testing.assert_array_equal(display.points, expected.points)
    model = FixedThresholdsClassifier(LogisticRegression(), thresholds).fit(X, Y_FRAME)
    drawn = OperatingPointDisplay.from_estimator(model, X, Y_FRAME[OTHER])
    expected = OperatingPointDisplay.from_estimator(model, X, Y_FRAME)
    np.testing.assert_array_equal(drawn.points, expected.points)


def test_fixed_by_name():
    thresholds = pd.Series([0.3, 0.4, 0.5], NAMES)
    for given in (thresholds, thresholds[OTHER], thresholds.to_dict()):
        model = FixedThresholdsClassifier(LogisticRegression(), given).fit(X, Y_FRAME)
        np.testing.assert_array_equal(model.thresholds_, [0.3, 0.4, 0.5])
    with pytest.raises(ValueError, match="only where the labels have names"):
        FixedThresholdsClassifier(LogisticRegression(), thresholds).fit(X, Y)


# Indexes


def test_rows_in_another_order_are_refused_everywhere():
    shuffled = np.random.default_rng(0).permutation(len(Y))
    y, s, x = Y_FRAME.iloc[shuffled], S_FRAME, X
    weight = pd.Series(1.0, y.index)
    model = MultiLabelThresholdClassifier(LogisticRegression(), cv=2).fit(X, Y_FRAME)
    fixed = FixedThresholdsClassifier(LogisticRegression())
    tuned = tune_thresholds(Y_FRAME, S_FRAME)
    calls = [
        lambda: tune_thresholds(y, s),
        lambda: tune_thresholds(y.to_numpy(), s, sample_weight=weight),
        lambda: tune_thresholds(Y, s, cv=GroupKFold(2), groups=weight),
        lambda: FBeta().evaluate(y, (s > 0.5).astype(int)),
        lambda: FBeta()(model, x, y),
        lambda: BestThresholdsScorer()(model, x, y),
        lambda: model.fit(x, y),
        lambda: model.fit(x, Y, sample_weight=weight),
        lambda: fixed.fit(x, y),
        lambda: threshold_report(tuned, s, y),
        lambda: threshold_report(model, x, y),
    ]
    for call in calls:
        with pytest.raises(ValueError, match=r"in another order.*reset_index\(drop=True\)"):
            call()


def test_rows_with_other_keys_are_matched_by_position():
    y = Y_FRAME.set_axis(1000 + np.random.default_rng(0).permutation(len(Y)))
    assert_same(tune_thresholds(y, S_FRAME), tune_thresholds(Y, S))


# Layouts


@strategies
@pytest.mark.parametrize("classes", [[0, 1], ["no", "yes"], [False, True]])
def test_a_column(classes, strategy):
    classes = np.array(classes)
    column, score = classes[Y[:, 0]], S[:, 0]
    scoring = FBeta(average="binary")
    expected = tune_thresholds(Y[:, [0]], S[:, [0]], scoring=scoring, strategy=strategy, cv=3)
    both = np.column_stack([1 - score, score])
    for y_score in (score, score.tolist(), both, pd.DataFrame(both, columns=classes), [both]):
        tuned = tune_thresholds(column, y_score, scoring=scoring, strategy=strategy, cv=3)
        assert_same(tuned, expected)
        assert tuned.cv_score == expected.cv_score
        y_pred = tuned.predict(y_score)
        np.testing.assert_array_equal(y_pred, classes[expected.predict(S[:, [0]])[:, 0]])
        assert y_pred.shape == (len(Y),)


def test_report_of_a_column():
    column = np.array(["no", "yes"])[Y[:, 0]]
    scoring = make_scorer(f1_score, pos_label="yes")
    tuned = tune_thresholds(column, S[:, 0], scoring=scoring, cv=3, store_cv_results=True)
    assert "yes" in str(threshold_report(tuned))
    assert str(threshold_report(tuned, S[:, 0], column)).startswith("F1 of each label")


def test_probabilities_of_both_classes():
    proba = [np.column_stack([1 - column, column]) for column in S.T]
    expected = tune_thresholds(Y, S)
    for y_score in (proba, tuple(proba), np.stack(proba, 1), np.stack(proba)):
        tuned = tune_thresholds(Y, y_score)
        assert_same(tuned, expected)
        np.testing.assert_array_equal(tuned.predict(y_score), expected.predict(S))
        np.testing.assert_array_equal(
            threshold_report(tuned, y_score, Y).columns["tuned"],
            threshold_report(tuned, S, Y).columns["tuned"],
        )


# Infinite scores


@strategies
@pytest.mark.parametrize("limits", [{}, {"min_labels": 1, "max_labels": 2}])
def test_infinite_scores(strategy, limits):
    scores = np.log(S / (1.01 - S))
    scores = np.where(S < 0.1, -np.inf, np.where(S > 0.9, np.inf, scores))
    scores[:3] = -np.inf, np.inf, -np.inf
    tuned = tune_thresholds(Y, scores, strategy=strategy, cv=3, **limits)
    assert not np.isnan(tuned.thresholds).any()
    y_pred = tuned.predict(scores)
    assert f1_score(Y, y_pred, average="macro", zero_division=0) == pytest.approx(tuned.score)
    # Ranks are all that matters without pooling and limits.
    if strategy == "per_label" and not limits:
        finite = np.clip(scores, -100, 100)
        np.testing.assert_array_equal(
            y_pred, tune_thresholds(Y, finite, strategy=strategy).predict(finite)
        )


def test_infinite_thresholds_and_scores():
    y = np.array([[0, 1], [0, 1], [0, 1]])
    s = np.array([[np.inf, -np.inf], [0.5, 0.5], [-np.inf, np.inf]])
    tuned = tune_thresholds(y, s, strategy="per_label")
    np.testing.assert_array_equal(tuned.predict(s), y)


def test_classifiers_decide_infinite_scores():
    class Sure(DummyClassifier):
        def decision_function(self, X):
            return np.asarray(X)[:, 0]

    scores = np.where(S[:, [0]] < 0.2, -np.inf, S[:, [0]])
    for calibrator in (None, "sigmoid", "isotonic"):
        model = MultiLabelThresholdClassifier(
            Sure(),
            scoring=FBeta(),
            calibrator=calibrator,
            response_method="decision_function",
            cv=3,
        ).fit(scores, Y[:, 0])
        assert not np.isnan(model.thresholds_).any()
        # A single sample is decided as it is among others.
        alone = [model.predict(scores[[row]])[0] for row in range(20)]
        np.testing.assert_array_equal(model.predict(scores)[:20], alone)
    reject = MultiLabelRejectClassifier(Sure(), abstention_cost=1).fit(scores, Y[:, 0])
    reject.bands_ = np.full((2, 1), np.inf)  # always 0
    assert not reject.predict(np.full((2, 1), np.inf)).any()


# Folds


def test_groups_and_fold_numbers():
    groups = np.arange(len(Y)) // 4
    for cv in (GroupKFold(3), MultilabelStratifiedGroupKFold(3)):
        tuned = tune_thresholds(Y, S, cv=cv, groups=groups, store_cv_results=True)
        assert tuned.cv_thresholds.shape == (3, 3)
        for train, test in tuned.cv_results["splits"]:
            assert not set(groups[train]) & set(groups[test])
    fold = np.arange(len(Y)) % 3 - 1
    expected = tune_thresholds(Y, S, cv=PredefinedSplit(fold))
    for given in (fold, fold.tolist(), pd.Series(fold), fold.astype(float)):
        tuned = tune_thresholds(Y, S, cv=given)
        np.testing.assert_array_equal(tuned.cv_thresholds, expected.cv_thresholds)
        assert tuned.cv_score == expected.cv_score
    with pytest.raises(ValueError, match="'cv' must have the fold of each of the 120 samples"):
        tune_thresholds(Y, S, cv=fold[1:])
    for wrong in (fold / 2, fold > 0, fold.astype(str)):
        with pytest.raises(ValueError, match="'cv'"):
            tune_thresholds(Y, S, cv=wrong)
    with pytest.raises(ValueError, match="'groups' are for 'cv'"):
        tune_thresholds(Y, S, groups=groups)
    with pytest.raises(ValueError, match="'y_true' and 'groups' must have the same number"):
        tune_thresholds(Y, S, cv=GroupKFold(2), groups=groups[1:])
    with pytest.raises(ValueError, match=r"'groups' must have shape \(n_samples,\)"):
        tune_thresholds(Y, S, cv=GroupKFold(2), groups=np.c_[groups, groups])


# Soft labels


@strategies
@pytest.mark.parametrize("average", ["macro", "micro", "weighted"])
def test_soft_labels_are_weighted_copies(average, strategy):
    share = rng.integers(0, 5, Y.shape) / 4
    scoring = FBeta(average=average)
    tuned = tune_thresholds(share, S, scoring=scoring, strategy=strategy, soft_labels=True)
    twice = np.concatenate([np.ones_like(Y), np.zeros_like(Y)])
    expected = tune_thresholds(
        twice,
        np.concatenate([S, S]),
        scoring=scoring,
        strategy=strategy,
        sample_weight=np.concatenate([share, 1 - share]),
    )
    assert_same(tuned, expected)


def test_soft_labels_are_repeated_samples():
    share = rng.integers(0, 5, (len(Y), 1)) / 4
    weight = np.full(len(Y), 4)
    tuned = tune_thresholds(
        share, S[:, [0]], strategy="per_label", sample_weight=weight, soft_labels=True
    )
    n_pos = (4 * share[:, 0]).astype(int)
    rows = np.repeat(np.arange(len(Y)), 4)
    y = np.concatenate([np.arange(4) < n for n in n_pos])
    assert_same(tuned, tune_thresholds(y[:, None], S[rows, :1], strategy="per_label"))


def test_soft_labels_that_are_hard():
    y = Y.astype(float)
    y[rng.random(Y.shape) < 0.1] = np.nan
    for scoring in (FBeta(), Cost(fn=rng.random(Y.shape))):
        hard = tune_thresholds(y, S, scoring=scoring, strategy="per_label", cv=3)
        soft = tune_thresholds(y, S, scoring=scoring, strategy="per_label", cv=3, soft_labels=True)
        np.testing.assert_array_equal(soft.thresholds, hard.thresholds)
        assert soft.score == pytest.approx(hard.score)
        assert soft.cv_score == pytest.approx(hard.cv_score)


def test_halves_of_a_soft_label_stay_in_a_fold():
    share = rng.random(Y.shape)
    tuned = tune_thresholds(share, S, cv=3, soft_labels=True, store_cv_results=True)
    row = tuned.cv_results["row"]
    for train, test in tuned.cv_results["splits"]:
        assert len(train) + len(test) == 2 * len(Y)
        assert not set(row[train]) & set(row[test])
    assert "F1" in str(threshold_report(tuned))


def test_a_soft_column():
    tuned = tune_thresholds(S[:, 0], S[:, 0], soft_labels=True)
    assert set(tuned.predict(S[:, 0])) <= {0, 1}


@pytest.mark.parametrize(
    ("share", "scoring", "message"),
    [
        (Y * 2, "f1_macro", "shares from 0 to 1.* Got 2.0 in row . of label"),
        (-S, "f1_macro", "shares from 0 to 1"),
        (S, "f1_samples", "'soft_labels' need an objective of confusion counts"),
        (S, "accuracy", "'soft_labels' need an objective"),
    ],
)
def test_wrong_soft_labels(share, scoring, message):
    with pytest.raises(ValueError, match=message):
        tune_thresholds(share, S, scoring=scoring, soft_labels=True)


def test_shares_need_to_be_asked_for():
    with pytest.raises(ValueError, match=r"'soft_labels' must be True .* Got 'yes' instead"):
        tune_thresholds(S, S, soft_labels="yes")
    with pytest.raises(ValueError, match="'y_true' must hold only 0 and 1"):
        tune_thresholds(S, S)


# What is kept


def test_results_do_not_share_memory_with_what_was_given():
    y, s, weight = Y.astype(bool), S.copy(), rng.random(len(Y))
    tuned = tune_thresholds(y, s, sample_weight=weight, cv=3, store_cv_results=True)
    before = str(threshold_report(tuned))
    y[:], s[:], weight[:] = False, 0.5, 7
    assert str(threshold_report(tuned)) == before
    thresholds = np.array([0.2, 0.3, 0.4])
    model = FixedThresholdsClassifier(LogisticRegression(), thresholds).fit(X, Y)
    thresholds[:] = 9
    np.testing.assert_array_equal(model.thresholds_, [0.2, 0.3, 0.4])


def test_threads_may_tune():
    def work():
        for _ in range(5):
            tune_thresholds(Y.tolist(), S)

    before = warnings.filters.copy()
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert warnings.filters == before
