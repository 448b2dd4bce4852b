"""The recipes of moving a threshold, written as people write them, against tune_thresholds."""

import pickle
from functools import partial

import numpy as np
import pytest
from sklearn import metrics
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from threshold_estimators import (
    BalancedAccuracy,
    BestThresholdsScorer,
    ClosestToCorner,
    Constrained,
    Cost,
    FBeta,
    FixedThresholdsClassifier,
    GMean,
    MatthewsCorrelation,
    MultiLabelRejectClassifier,
    MultiLabelThresholdClassifier,
    Precision,
    Recall,
    Specificity,
    YoudenJ,
    tune_thresholds,
)

GRID = np.arange(0, 1, 0.001)


@pytest.fixture(scope="module")
def article():
    """(training half, test half) of the rare class that tutorials on moving thresholds use."""
    X, y = make_classification(
        n_samples=10_000,
        n_features=2,
        n_redundant=0,
        n_clusters_per_class=1,
        weights=[0.99],
        flip_y=0,
        random_state=4,
    )
    X_train, X_test, y_train, y_test = train_test_split(
        X, y, test_size=0.5, random_state=2, stratify=y
    )
    return (X_train, y_train), (X_test, y_test)


@pytest.fixture(scope="module")
def scored(article):
    """(labels, probabilities) of the test half."""
    (X_train, y_train), (X_test, y_test) = article
    return y_test, LogisticRegression().fit(X_train, y_train).predict_proba(X_test)[:, 1]


def tune(y, score, scoring):
    return tune_thresholds(
        y[:, np.newaxis], score[:, np.newaxis], scoring=scoring, strategy="per_label"
    )


def from_roc_curve(y, score, value):
    fpr, tpr, thresholds = metrics.roc_curve(y, score)
    values = value(fpr, tpr)
    return thresholds[np.argmax(values)], np.max(values)


def from_precision_recall_curve(y, score, beta):
    precision, recall, thresholds = metrics.precision_recall_curve(y, score)
    with np.errstate(invalid="ignore"):
        values = np.nan_to_num((1 + beta**2) * precision * recall / (beta**2 * precision + recall))
    return thresholds[np.argmax(values)], np.max(values)


def recall_at_precision(y, score, floor):
    precision, recall, thresholds = metrics.precision_recall_curve(y, score)
    feasible = np.flatnonzero(precision[:-1] >= floor)
    best = feasible[np.argmax(recall[feasible])]
    return thresholds[feasible[recall[feasible] == recall[best]].max()], recall[best]


def sensitivity_at_specificity(y, score, floor):
    fpr, tpr, thresholds = metrics.roc_curve(y, score, drop_intermediate=False)
    best = np.argmax(np.where(1 - fpr >= floor, tpr, -1))
    return thresholds[best], tpr[best]


def from_grid(y, score, value):
    # Cuts without a score in between decide the same, and are evaluated once.
    n_predicted = [np.count_nonzero(score >= cut) for cut in GRID]
    _, first, same_as = np.unique(n_predicted, return_index=True, return_inverse=True)
    distinct = np.array([value(y, (score >= cut).astype(int)) for cut in GRID[first]])
    values = distinct[same_as]
    return GRID[np.argmax(values)], np.max(values)


def cost_on_curve(y, score, fp, fn):
    fpr, tpr, thresholds = metrics.roc_curve(y, score, drop_intermediate=False)
    cost = fp * fpr * np.mean(y == 0) + fn * (1 - tpr) * np.mean(y == 1)
    return thresholds[np.argmin(cost)], -np.min(cost)


RECIPES = {
    "g-mean": (GMean(), partial(from_roc_curve, value=lambda fpr, tpr: np.sqrt(tpr * (1 - fpr)))),
    "youden": (YoudenJ(), partial(from_roc_curve, value=lambda fpr, tpr: tpr - fpr)),
    "corner": (
        ClosestToCorner(),
        partial(from_roc_curve, value=lambda fpr, tpr: -np.hypot(fpr, 1 - tpr)),
    ),
    "f1": ("f1", partial(from_precision_recall_curve, beta=1)),
    "f2": (FBeta(2), partial(from_precision_recall_curve, beta=2)),
    "recall at precision 0.8": (
        Constrained(Recall(), Precision(), 0.8, confidence=None),
        partial(recall_at_precision, floor=0.8),
    ),
    "sensitivity at specificity 0.95": (
        Constrained(Recall(), Specificity(), 0.95, confidence=None),
        partial(sensitivity_at_specificity, floor=0.95),
    ),
    "cost": (Cost(fp=1, fn=10), partial(cost_on_curve, fp=1, fn=10)),
}


@pytest.mark.parametrize(("scoring", "recipe"), RECIPES.values(), ids=RECIPES)
def test_same_cut_and_value_as_the_recipe_on_curves(scoring, recipe, scored):
    y, score = scored
    cut, value = recipe(y, score)
    tuned = tune(y, score, scoring)
    assert tuned.score == pytest.approx(value)
    # the recipes give the lowest score that is let through, and no score lies between it and ours
    np.testing.assert_array_equal(tuned.predict(score[:, np.newaxis])[:, 0], score >= cut)


ON_A_GRID = {
    "f1": ("f1", metrics.f1_score),
    "balanced accuracy": (BalancedAccuracy(), metrics.balanced_accuracy_score),
    "matthews": (MatthewsCorrelation(), metrics.matthews_corrcoef),
}


@pytest.mark.filterwarnings("ignore:A single label was found")
@pytest.mark.parametrize(("scoring", "metric"), ON_A_GRID.values(), ids=ON_A_GRID)
def test_grid_of_step_one_thousandth_is_never_better(scoring, metric, scored):
    cut, value = from_grid(*scored, metric)
    tuned = tune(*scored, scoring)
    assert value - 1e-12 <= tuned.score <= value + 0.01
    if value == pytest.approx(tuned.score):
        assert abs(cut - tuned.thresholds[0]) < 0.01


def test_numbers_of_the_article(scored):
    """Cut and judged on the same rows, as tutorials do."""
    g_mean, f1 = tune(*scored, GMean()), tune(*scored, "f1")
    assert from_roc_curve(*scored, lambda fpr, tpr: np.sqrt(tpr * (1 - fpr)))[0] == pytest.approx(
        0.0158, abs=1e-4
    )
    assert g_mean.thresholds[0] == pytest.approx(0.0158, abs=2e-4)
    assert f1.thresholds[0] == pytest.approx(0.257, abs=0.006)
    assert f1.score == pytest.approx(0.7556, abs=1e-4)
    assert from_grid(*scored, metrics.f1_score)[0] == pytest.approx(0.252)


def test_what_the_article_reports_does_not_hold_on_new_samples(article):
    """The honest version: thresholds from the training half, judged on the test half."""
    (X_train, y_train), (X_test, y_test) = article
    model = MultiLabelThresholdClassifier(
        LogisticRegression(), scoring="f1", strategy="per_label", random_state=0
    )
    model.fit(X_train, y_train)
    on_test = metrics.f1_score(y_test, model.predict(X_test))
    half = metrics.f1_score(y_test, model.estimator_.predict(X_test))
    assert half == pytest.approx(0.701, abs=0.001)
    assert half < on_test < 0.7556
    assert abs(model.cv_score_ - on_test) < abs(model.best_score_ - on_test)


SHARE = 0.1
WORTH_NOTHING = {
    "g-mean": (GMean(), 0.5),
    "youden": (YoudenJ(), 0),
    "f1": ("f1_macro", 2 * SHARE / (1 + SHARE)),
    "balanced accuracy": (BalancedAccuracy(), 0.5),
    "cost": (Cost(fp=1, fn=20), SHARE - 1),
    "sensitivity at specificity": (Constrained(Recall(), Specificity(), 0.5, confidence=None), 0.5),
}


@pytest.mark.parametrize(("scoring", "worth"), WORTH_NOTHING.values(), ids=WORTH_NOTHING)
def test_noise_shows_no_gain(scoring, worth):
    """Scores that know nothing are worth the best decision that does not look at the sample."""
    rng = np.random.default_rng(0)
    y_true, y_score = rng.random((1500, 30)) < SHARE, rng.random((1500, 30))
    tuned = tune_thresholds(y_true, y_score, scoring=scoring, strategy="per_label", cv=5)
    assert tuned.cv_score <= worth + 0.02
    assert tuned.score > tuned.cv_score


def test_recipes_are_an_axis_of_a_search(article):
    X, y = (part[:1500] for part in article[0])
    model = make_pipeline(
        StandardScaler(), MultiLabelThresholdClassifier(LogisticRegression(), cv=3, random_state=0)
    )
    grid = {
        "multilabelthresholdclassifier__scoring": ["f1", GMean(), Cost(fp=1, fn=10)],
        "multilabelthresholdclassifier__strategy": ["per_label", "proportion"],
    }
    search = GridSearchCV(model, grid, scoring="balanced_accuracy", cv=3, error_score="raise").fit(
        X, y
    )
    assert len(search.cv_results_["params"]) == 6
    assert search.best_score_ > 0.8
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(search)).predict(X), search.predict(X))
    again = clone(search.best_estimator_).fit(X, y)
    np.testing.assert_array_equal(again.predict(X), search.predict(X))


def test_sweep_of_one_cut(multilabel):
    """The curve of one cut for all labels is that of one label which has all cells."""
    pytest.importorskip("matplotlib").use("agg")
    from threshold_estimators import ThresholdCurveDisplay

    X, y = multilabel
    y_score = MultiLabelThresholdClassifier(LogisticRegression()).fit(X, y).predict_proba(X)
    tuned = tune_thresholds(y, y_score, scoring="f1_micro", strategy="global")
    display = ThresholdCurveDisplay.from_predictions(
        y.ravel(), y_score.ravel(), tuned.thresholds[:1]
    )
    values = display.values[0][display.metric_names.index("F1")]
    assert values.max() == pytest.approx(tuned.score)
    assert values.max() == pytest.approx(
        metrics.f1_score(y, y_score >= tuned.thresholds[0], average="micro")
    )
    plain = FixedThresholdsClassifier(LogisticRegression()).fit(X, y)
    assert BestThresholdsScorer("f1_micro", strategy="global")(plain, X, y) == pytest.approx(
        tuned.score
    )


def test_sweep_of_one_cut_in_cross_validation(multilabel):
    X, y = multilabel
    cuts = [0.1, 0.3, 0.5, 0.7]
    sweep = GridSearchCV(
        FixedThresholdsClassifier(LogisticRegression()),
        {"thresholds": cuts},
        scoring=["f1_macro", "precision_micro", "recall_micro"],
        refit="f1_macro",
        cv=3,
    ).fit(X, y)
    recall = sweep.cv_results_["mean_test_recall_micro"]
    assert np.all(np.diff(recall) < 0)
    assert (
        sweep.best_params_["thresholds"]
        == cuts[np.argmax(sweep.cv_results_["mean_test_f1_macro"])]
        < 0.5
    )


def classifier(**params):
    return MultiLabelThresholdClassifier(GaussianNB(), cv=2, random_state=0, **params)


RULES = {
    "strategies": (classifier(), {"strategy": ["pooled", "per_label", "global", "proportion"]}),
    "objectives": (
        classifier(strategy="per_label"),
        {
            "scoring": [
                "f1_micro",
                GMean(),
                YoudenJ(),
                Cost(fn=5),
                Constrained(Recall(), Specificity(), 0.3, confidence=None),
            ]
        },
    ),
    "calibrators": (classifier(), {"calibrator": [None, "sigmoid", "isotonic", GaussianNB()]}),
    "limits": (classifier(), {"min_labels": [None, 1], "max_labels": [None, 2]}),
    "fixed": (FixedThresholdsClassifier(GaussianNB()), {"thresholds": [0.3, 0.5]}),
    "bands by cost": (MultiLabelRejectClassifier(classifier()), {"abstention_cost": [0.1, 0.3]}),
    "bands by precision": (
        MultiLabelRejectClassifier(classifier(calibrator="sigmoid")),
        {"precision": [0.6, 0.8], "strategy": ["per_label", "global"]},
    ),
}


@pytest.mark.parametrize(("model", "grid"), RULES.values(), ids=RULES)
def test_every_rule_in_a_pipeline_a_search_a_clone_and_a_pickle(model, grid, multilabel):
    X, y = multilabel
    pipeline = Pipeline([("scale", StandardScaler()), ("model", model)])
    search = GridSearchCV(
        pipeline,
        {f"model__{name}": values for name, values in grid.items()},
        scoring=_share_right,
        cv=2,
        error_score="raise",
    ).fit(X, y)
    assert len(np.unique(search.cv_results_["mean_test_score"])) > 1
    again = clone(search.best_estimator_).fit(X, y)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(search)).predict(X), again.predict(X))


def _share_right(estimator, X, y):
    return np.mean(estimator.predict(X) == y)
