import pickle

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_backend
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, GroupKFold, KFold, RepeatedKFold
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from threshold_estimators import (
    FBeta,
    MultiLabelThresholdClassifier,
    ThresholdMapDisplay,
    threshold_report,
    tune_thresholds,
)

CALIBRATORS = {
    "sigmoid": "sigmoid",
    "isotonic": "isotonic",
    "network": MLPClassifier((8,), solver="lbfgs", max_iter=30, random_state=0),
    "logistic": LogisticRegression(),
    "tree": DecisionTreeClassifier(random_state=0),
    "pipeline": make_pipeline(StandardScaler(), OneVsRestClassifier(LogisticRegression())),
}
every_calibrator = pytest.mark.parametrize("calibrator", CALIBRATORS.values(), ids=CALIBRATORS)
quiet = pytest.mark.filterwarnings("ignore:lbfgs failed to converge")
WEIGHT = np.random.default_rng(0).integers(0, 3, 200).astype(float)


def fitted(calibrator, X, y, estimator=None, **params):
    params = {"cv": 3, "random_state": 0, "store_cv_results": True} | params
    estimator = LogisticRegression() if estimator is None else estimator
    return MultiLabelThresholdClassifier(estimator, calibrator=calibrator, **params).fit(X, y)


@quiet
@every_calibrator
@pytest.mark.parametrize("estimator", [LogisticRegression(), RidgeClassifier()])
def test_every_calibrator_learns(calibrator, estimator, multilabel):
    X, y = multilabel
    model = fitted(calibrator, X, y, estimator)
    y_proba = model.predict_proba(X)
    assert y_proba.shape == y.shape
    assert y_proba.min() >= 0
    assert y_proba.max() <= 1
    np.testing.assert_array_equal(model.predict(X), y_proba >= model.thresholds_)
    assert FBeta().evaluate(y, model.predict(X)) > 0.4
    assert model.cv_score_ > 0.3
    assert not hasattr(model, "decision_function")
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    np.testing.assert_array_equal(clone(model).fit(X, y).predict(X), model.predict(X))


def test_methods_are_there_before_fit_as_after():
    ridge = MultiLabelThresholdClassifier(RidgeClassifier())
    assert hasattr(ridge, "decision_function")
    assert not hasattr(ridge, "predict_proba")
    ridge.set_params(calibrator="sigmoid")
    assert hasattr(ridge, "predict_proba")
    assert not hasattr(ridge, "decision_function")


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_named_calibrators_are_those_of_scikit_learn(method, multilabel):
    X, y = multilabel
    raw = fitted(None, X, y).cv_results_
    model = fitted(method, X, y)
    base = OneVsRestClassifier(LogisticRegression()).fit(X, y)
    scores = model.estimator_.predict_proba(X)
    np.testing.assert_array_equal(scores, base.predict_proba(X))
    rows = np.arange(200)
    for label in range(4):

        class Score(ClassifierMixin, BaseEstimator):
            def fit(self, X, y):
                self.classes_ = np.unique(y)
                return self

            def decision_function(self, X):
                return X[:, 0]

        calibrated = CalibratedClassifierCV(Score(), method=method, cv=[(rows, rows)])
        calibrated.fit(raw["y_score"][:, [label]], y[raw["row"], label])
        expected = calibrated.predict_proba(scores[:, [label]])[:, 1]
        np.testing.assert_allclose(model.predict_proba(X)[:, label], expected)


@pytest.mark.parametrize("cv", [3, RepeatedKFold(n_splits=3, n_repeats=2, random_state=0), 0.3])
def test_each_fold_is_calibrated_by_the_others(cv, multilabel):
    X, y = multilabel
    raw, model = fitted(None, X, y, cv=cv).cv_results_, fitted("isotonic", X, y, cv=cv)
    results = model.cv_results_
    for others, judged in raw["splits"]:
        calibrator = clone(model.calibrator_).fit(raw["y_score"][others], raw["y_true"][others])
        np.testing.assert_allclose(
            results["y_score"][judged], calibrator.predict_proba(raw["y_score"][judged])
        )
    tuned = tune_thresholds(results["y_true"], results["y_score"])
    np.testing.assert_array_equal(model.thresholds_, tuned.thresholds)
    assert model.best_score_ == pytest.approx(tuned.score)


class Spy(ClassifierMixin, BaseEstimator):
    """Knows which scores it was fitted on. Only the last fit may be asked about these."""

    def fit(self, X, y):
        self.seen_ = {tuple(row) for row in X}
        return self

    def predict_proba(self, X):
        assert not self.seen_ & {tuple(row) for row in X}
        return np.full(X.shape, 0.5)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


@pytest.mark.parametrize(
    "cv",
    [
        None,
        0.5,
        RepeatedKFold(n_splits=3, n_repeats=2, random_state=0),
        [(np.arange(150), np.arange(150, 200))],
    ],
)
def test_no_row_is_calibrated_by_what_it_was_fitted_on(cv, multilabel):
    fitted(Spy(), *multilabel, cv=cv)


def test_rows_in_no_fold_are_calibrated_by_the_others(multilabel):
    X, y = multilabel
    frozen = FrozenEstimator(OneVsRestClassifier(LogisticRegression()).fit(X[:100], y[:100]))
    splits = [(np.arange(50, 100), np.arange(25)), (np.arange(50, 100), np.arange(25, 50))]
    model = fitted(Spy(), X[100:], y[100:], frozen, cv=splits)
    evaluated = [test for _, test in model.cv_results_["splits"]]
    np.testing.assert_array_equal(np.concatenate(evaluated), np.arange(50))
    assert len(model.cv_results_["row"]) == 100


def test_too_few_rows_to_leave_some_out(multilabel):
    X, y = multilabel
    with pytest.raises(ValueError, match="'calibrator' needs samples of at least two folds"):
        fitted("sigmoid", X, y, cv=[(np.arange(4, 200), np.arange(4))])


@pytest.mark.filterwarnings("ignore:Some labels are all 0 or all 1")
@quiet
@every_calibrator
@pytest.mark.parametrize("estimator", [LogisticRegression(), RidgeClassifier()])
def test_constant_labels_crash_nothing(calibrator, estimator, multilabel):
    X, y = multilabel
    y = np.column_stack(
        [y, np.zeros(200, int), np.ones(200, int), np.arange(200) == 7, np.arange(200) != 7]
    )
    model = fitted(calibrator, X, y, estimator)
    np.testing.assert_array_equal(model.predict(X)[:, 4:6], y[:, 4:6])
    assert np.isfinite(model.predict_proba(X)).all()


@every_calibrator
@quiet
def test_one_label_as_a_column(calibrator, multilabel):
    X, y = multilabel
    model = fitted(calibrator, X, np.where(y[:, 0], "yes", "no"))
    assert set(model.predict(X)) == {"yes", "no"}
    assert model.predict_proba(X).shape == (200, 2)
    assert np.mean((model.predict(X) == "yes") == y[:, 0]) > 0.6


def test_stretching_uses_other_labels():
    """A label that the features tell nothing about, but that another label implies."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(600, 3))
    y = np.column_stack([X[:, 0] > 0, X[:, 0] > 0])

    class FirstLabelOnly(ClassifierMixin, BaseEstimator):
        def fit(self, X, y):
            return self

        def predict_proba(self, X):
            return np.column_stack([X[:, 0] > 0, np.sin(99 * X[:, 1]) ** 2])

        def __sklearn_tags__(self):
            tags = super().__sklearn_tags__()
            tags.classifier_tags.multi_label = True
            return tags

    by_itself, stretched = (
        fitted(c, X, y, FirstLabelOnly()).cv_score_ for c in ("isotonic", LogisticRegression())
    )
    assert by_itself < 0.9
    assert stretched > 0.99


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_probabilities_get_better(method):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(1000, 20))
    y = (X[:, :3] + rng.normal(size=(1000, 3)) > 1).astype(int)
    forest = RandomForestClassifier(20, max_depth=3, random_state=0)
    raw, calibrated = (
        fitted(c, X[:500], y[:500], forest).predict_proba(X[500:]) for c in (None, method)
    )

    def loss(y_proba):
        return np.mean(
            [log_loss(y[500:, k], y_proba[:, k].clip(0.01, 0.99), labels=[0, 1]) for k in range(3)]
        )

    assert loss(calibrated) < loss(raw)


class Memoriser(KNeighborsClassifier):
    """Knows its training samples by heart."""

    def __init__(self):
        super().__init__(1)


@quiet
@pytest.mark.parametrize("strategy", ["pooled", "per_label", "global"])
@pytest.mark.parametrize(
    "calibrator", [*CALIBRATORS.values(), Memoriser()], ids=[*CALIBRATORS, "memoriser"]
)
def test_noise_gains_nothing(calibrator, strategy):
    """A label predicted everywhere has F1 2 p / (1 + p). Accuracy stays at the base rate."""
    gains = []
    for seed in range(3):
        rng = np.random.default_rng(seed)
        y = (rng.random((300, 3)) < 0.4).astype(int)
        model = fitted(
            calibrator, rng.normal(size=(300, 5)), y, scoring="f1_macro", strategy=strategy
        )
        rates = y.mean(axis=0)
        gains.append(model.cv_score_ - np.mean(2 * rates / (1 + rates)))
    assert np.mean(gains) < 0.01


@pytest.mark.parametrize("calibrator", ["isotonic", LogisticRegression()])
def test_weights_reach_the_calibrator(calibrator, multilabel):
    X, y = multilabel
    frozen = FrozenEstimator(OneVsRestClassifier(LogisticRegression()).fit(X, y))
    model = MultiLabelThresholdClassifier(frozen, calibrator=calibrator, random_state=0).fit(
        X, y, WEIGHT
    )
    rows = np.repeat(np.arange(200), WEIGHT.astype(int))
    repeated = MultiLabelThresholdClassifier(frozen, calibrator=calibrator, random_state=0).fit(
        X[rows], y[rows]
    )
    np.testing.assert_allclose(model.predict_proba(X), repeated.predict_proba(X), atol=1e-3)


def test_weights_that_a_calibrator_does_not_take(multilabel):
    X, y = multilabel
    model = MultiLabelThresholdClassifier(
        LogisticRegression(), calibrator=KNeighborsClassifier(), random_state=0
    )
    model.fit(X, y, WEIGHT)
    assert model.calibrator_.n_samples_fit_ == np.count_nonzero(WEIGHT)


@pytest.mark.parametrize("calibrator", ["isotonic", LogisticRegression()])
def test_metadata_routing(calibrator, multilabel):
    X, y = multilabel
    with config_context(enable_metadata_routing=True):
        if calibrator != "isotonic":
            calibrator = clone(calibrator).set_fit_request(sample_weight=True)
        base = LogisticRegression().set_fit_request(sample_weight=True)
        model = MultiLabelThresholdClassifier(base, calibrator=calibrator, cv=GroupKFold(3))
        model.set_fit_request(sample_weight=True).fit(
            X, y, sample_weight=WEIGHT, groups=np.arange(200) % 7
        )
        routed = model.predict_proba(X)
    plain = (
        clone(model)
        .set_params(cv=list(GroupKFold(3).split(X, y, np.arange(200) % 7)))
        .fit(X, y, WEIGHT)
    )
    np.testing.assert_allclose(routed, plain.predict_proba(X))


def test_unrequested_weights_are_refused(multilabel):
    with config_context(enable_metadata_routing=True):
        base = LogisticRegression().set_fit_request(sample_weight=True)
        model = MultiLabelThresholdClassifier(
            base, calibrator=LogisticRegression()
        ).set_fit_request(sample_weight=True)
        with pytest.raises(ValueError, match="sample_weight"):
            model.fit(*multilabel, sample_weight=WEIGHT)


def test_pipeline_and_search(multilabel):
    X, y = multilabel
    model = make_pipeline(
        StandardScaler(), MultiLabelThresholdClassifier(LogisticRegression(), cv=3, random_state=0)
    )
    grid = {"multilabelthresholdclassifier__calibrator": [None, "isotonic", LogisticRegression()]}
    search = GridSearchCV(model, grid, scoring="f1_macro", cv=2).fit(X, y)
    assert len(set(search.cv_results_["mean_test_score"])) == 3
    assert search.predict(X).shape == y.shape
    nested = MultiLabelThresholdClassifier(
        LogisticRegression(), calibrator=LogisticRegression(), cv=3, random_state=0
    )
    search = GridSearchCV(nested, {"calibrator__C": [0.01, 1]}, scoring="f1_macro", cv=2).fit(X, y)
    assert search.best_estimator_.calibrator_.estimator.C in (0.01, 1)


class Counting(LogisticRegression):
    """Counts its fits in a file."""

    def __init__(self, fits=None):
        super().__init__()
        self.fits = fits

    def fit(self, X, y):
        with self.fits.open("a") as file:
            file.write("x")
        return super().fit(X, y)


def test_memory_fits_each_calibrator_once(multilabel, tmp_path):
    X, y = multilabel
    calibrator = OneVsRestClassifier(Counting(tmp_path / "fits"))
    known = {"memory": str(tmp_path / "cache"), "scoring": "f1_micro"}
    models = [fitted(calibrator, X, y, strategy=s, **known) for s in ("global", "per_label")]
    assert len((tmp_path / "fits").read_text()) == (3 + 1) * 4
    np.testing.assert_array_equal(*(model.predict_proba(X) for model in models))


def test_retune_keeps_the_calibrator(multilabel):
    X, y = multilabel
    model = fitted("isotonic", X, y)
    y_proba = model.predict_proba(X)
    model.retune(scoring="f1_micro", strategy="per_label")
    expected = fitted("isotonic", X, y, scoring="f1_micro", strategy="per_label")
    np.testing.assert_array_equal(model.thresholds_, expected.thresholds_)
    np.testing.assert_array_equal(model.predict_proba(X), y_proba)


def test_nothing_is_left_of_an_earlier_calibrator(multilabel):
    X, y = multilabel
    model = fitted("isotonic", X, y)
    model.set_params(calibrator=None).fit(X, y)
    assert model.calibrator_ is None
    np.testing.assert_array_equal(model.thresholds_, fitted(None, X, y).thresholds_)
    assert hasattr(model, "decision_function")


def test_parallel_fits_change_nothing(multilabel):
    X, y = multilabel
    np.testing.assert_array_equal(
        fitted("sigmoid", X, y, n_jobs=2).thresholds_, fitted("sigmoid", X, y, n_jobs=1).thresholds_
    )


def test_report_reads_calibrated_scores(multilabel):
    X, y = multilabel
    model = fitted("isotonic", X, pd.DataFrame(y, columns=list("abcd")), RidgeClassifier())
    assert threshold_report(model).to_dict()["macro avg"]["tuned"] == pytest.approx(
        model.best_score_
    )
    report = threshold_report(model, X, y).to_dict()
    assert report["macro avg"]["tuned"] == pytest.approx(FBeta().evaluate(y, model.predict(X)))


def test_display_shows_calibrated_scores(multilabel):
    plt = pytest.importorskip("matplotlib.pyplot")
    X, y = multilabel
    model = fitted("isotonic", X, y, RidgeClassifier())
    display = ThresholdMapDisplay.from_estimator(model, X, y)
    plt.close("all")
    np.testing.assert_array_equal(display.thresholds, model.thresholds_)
    assert display.reference == 0.5
    with pytest.raises(
        ValueError, match="'predict_proba', whose scores the thresholds were tuned on"
    ):
        ThresholdMapDisplay.from_estimator(model, X, y, response_method="decision_function")


@pytest.mark.parametrize("calibrator", ["platt", RidgeClassifier(), 1])
def test_bad_calibrator(calibrator, multilabel):
    with pytest.raises(ValueError, match="'calibrator' parameter"):
        fitted(calibrator, *multilabel)


def test_splitters_of_scikit_learn(multilabel):
    assert fitted("isotonic", *multilabel, cv=KFold(4)).cv_score_ > 0.3


@pytest.mark.parametrize("backend", ["threading", "loky", "multiprocessing"])
def test_any_backend_calibrates(backend, multilabel):
    X, y = multilabel
    model = MultiLabelThresholdClassifier(
        LogisticRegression(), calibrator="sigmoid", cv=3, random_state=0
    )
    expected = model.fit(X, y).thresholds_
    with parallel_backend(backend, n_jobs=2):
        np.testing.assert_array_equal(model.fit(X, y).thresholds_, expected)
