import pickle
import subprocess
import sys
import textwrap
import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn
from scipy import sparse
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.metrics import f1_score, fbeta_score, jaccard_score, make_scorer
from sklearn.model_selection import (
    GridSearchCV,
    GroupKFold,
    KFold,
    LeaveOneOut,
    RepeatedKFold,
    ShuffleSplit,
    cross_val_predict,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.utils.fixes import parse_version

from threshold_estimators import (
    Constrained,
    Cost,
    FBeta,
    MultiLabelRejectClassifier,
    MultiLabelThresholdClassifier,
    Precision,
    Recall,
    threshold_report,
    tune_thresholds,
)

ESTIMATORS = {
    "logistic": LogisticRegression(),
    "forest": RandomForestClassifier(n_estimators=10, random_state=0),
    "neighbours": KNeighborsClassifier(),
    "network": MLPClassifier(
        (8,), solver="lbfgs", max_iter=30, random_state=0
    ),  # lbfgs does not warn of early stops below
    "ridge": RidgeClassifier(),
    "boosting": HistGradientBoostingClassifier(max_iter=5),
    "multioutput": MultiOutputClassifier(LogisticRegression()),
    "multioutput_bayes": MultiOutputClassifier(GaussianNB()),
    "chain": ClassifierChain(LogisticRegression(), random_state=0),
    "one_vs_rest": OneVsRestClassifier(LogisticRegression()),
    "svm": LinearSVC(),
    "pipeline": make_pipeline(StandardScaler(), LogisticRegression()),
    "search": GridSearchCV(LogisticRegression(), {"C": [0.1, 1]}, cv=2),
    "search_of_several": GridSearchCV(
        RandomForestClassifier(n_estimators=5, random_state=0), {"max_depth": [2, 3]}, cv=2
    ),
    "search_in_pipeline": make_pipeline(
        StandardScaler(),
        GridSearchCV(OneVsRestClassifier(LogisticRegression()), {"estimator__C": [0.1, 1]}, cv=2),
    ),
}
every_estimator = pytest.mark.parametrize("estimator", ESTIMATORS.values(), ids=ESTIMATORS)
quiet = pytest.mark.filterwarnings("ignore:lbfgs failed to converge", "ignore:Stochastic Optimizer")
rare = pytest.mark.filterwarnings(
    "ignore:Some labels are all 0 or all 1",
    # what the inner cross-validation of a search has to say
    "ignore:The least populated class in y",
    "ignore:Label not",
    "ignore:One or more of the test scores are non-finite",
    "ignore::sklearn.exceptions.FitFailedWarning",
)


@quiet
@every_estimator
@pytest.mark.parametrize("strategy", ["pooled", "per_label", "global", "proportion"])
def test_every_estimator_learns(estimator, strategy, multilabel):
    X, y = multilabel
    model = MultiLabelThresholdClassifier(estimator, strategy=strategy, cv=3, random_state=0).fit(
        X, y
    )
    assert model.thresholds_.shape == (4,)
    assert model.estimator_ is not estimator
    y_pred = model.predict(X)
    assert y_pred.shape == y.shape
    assert set(np.unique(y_pred)) <= {0, 1}
    assert f1_score(y, y_pred, average="macro") > 0.4
    assert 0.3 < model.cv_score_ <= model.best_score_ + 0.05
    assert model.cv_thresholds_.shape == (3, 4)
    assert not model.low_support_.any()
    assert (len(np.unique(model.thresholds_)) == 1) == (strategy == "global")
    response = "predict_proba" if hasattr(model, "predict_proba") else "decision_function"
    np.testing.assert_array_equal(y_pred, getattr(model, response)(X) >= model.thresholds_)


@quiet
@rare
@every_estimator
def test_labels_that_hardly_occur_crash_nothing(estimator, multilabel):
    X, y = multilabel
    y = np.column_stack(
        [y, np.zeros(200, int), np.ones(200, int), np.arange(200) == 7, np.arange(200) != 7]
    )
    model = MultiLabelThresholdClassifier(estimator, cv=3, random_state=0).fit(X, y)
    assert model.thresholds_[4] == np.inf
    assert model.thresholds_[5] == -np.inf
    np.testing.assert_array_equal(model.predict(X)[:, 4:6], y[:, 4:6])


def test_constant_labels_are_named_with_their_folds(multilabel):
    X, y = multilabel
    y = pd.DataFrame(np.column_stack([y[:, :2], np.arange(200) == 7]), columns=["a", "b", "rare"])
    cv = KFold(4)
    with pytest.warns(UserWarning, match=r"label 'rare' \(fold 0\)\. Give more samples") as caught:
        MultiLabelThresholdClassifier(LogisticRegression(), cv=cv).fit(X, y)
    assert caught[0].filename == __file__


def test_labels_that_occur_late_only_are_not_taken_for_constant():
    X = np.linspace(0, 1, 3000)[:, np.newaxis]
    y = np.column_stack([X[:, 0] > 0.95, X[:, 0] > 0.5]).astype(int)
    cv = KFold(2, shuffle=True, random_state=0)
    model = MultiLabelThresholdClassifier(GaussianNB(), cv=cv, store_cv_results=True).fit(X, y)
    assert np.all(model.cv_results_["y_score"][y == 1] > 0.1)


class Echo(ClassifierMixin, BaseEstimator):
    """Gives every row the scores that it has already."""

    def fit(self, X, y):
        self.fitted_ = True
        return self

    def predict_proba(self, X):
        return X

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("cv", [KFold(3), ShuffleSplit(3, test_size=0.4, random_state=0)])
def test_scores_stay_with_their_rows(cv, dtype):
    X = np.random.default_rng(0).random((90, 3)).astype(dtype)
    results = (
        MultiLabelThresholdClassifier(Echo(), cv=cv, store_cv_results=True)
        .fit(X, X > 0.5)
        .cv_results_
    )
    assert results["y_score"].dtype == dtype
    np.testing.assert_array_equal(results["y_score"], X[results["row"]])
    np.testing.assert_array_equal(results["row"], np.sort(results["row"]))
    for (_, evaluated), (_, test) in zip(results["splits"], cv.split(X), strict=True):
        np.testing.assert_array_equal(results["row"][evaluated], np.sort(test))


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_portions_of_labels_are_put_together(n_jobs, multilabel):
    X, y = multilabel
    cv = ShuffleSplit(3, test_size=0.4, random_state=0)
    model = MultiLabelThresholdClassifier(
        LogisticRegression(), cv=cv, n_jobs=n_jobs, store_cv_results=True
    ).fit(X, y)
    y_score, row = model.cv_results_["y_score"], model.cv_results_["row"]
    splits = zip(cv.split(X), model.cv_results_["splits"], strict=True)
    for (train, _), (_, evaluated) in splits:
        for label in range(4):
            alone = LogisticRegression().fit(X[train], y[train, label])
            expected = alone.predict_proba(X[row[evaluated]])[:, 1]
            np.testing.assert_allclose(y_score[evaluated, label], expected)


def test_scores_are_those_of_cross_val_predict(multilabel):
    X, y = multilabel
    cv = KFold(4)
    model = MultiLabelThresholdClassifier(LogisticRegression(), cv=cv, store_cv_results=True).fit(
        X, y
    )
    base = OneVsRestClassifier(LogisticRegression())
    expected = cross_val_predict(base, X, y, cv=cv, method="predict_proba")
    np.testing.assert_allclose(model.cv_results_["y_score"], expected)
    tuned = tune_thresholds(y, expected)
    np.testing.assert_allclose(model.thresholds_, tuned.thresholds)
    assert model.best_score_ == pytest.approx(tuned.score)
    np.testing.assert_allclose(model.predict_proba(X), base.fit(X, y).predict_proba(X))


def test_rows_are_never_judged_by_a_model_that_saw_them(multilabel):
    """A model that knows its training rows by heart, and nothing else, must not look good."""
    X, _ = multilabel
    y = (np.random.default_rng(0).random((200, 3)) < 0.3).astype(int)
    X = X + np.arange(200)[:, np.newaxis] / 1000  # no two rows are the same
    model = MultiLabelThresholdClassifier(
        KNeighborsClassifier(1), random_state=0, store_cv_results=True
    ).fit(X, y)
    np.testing.assert_array_equal(model.predict_proba(X), y)
    held_out = model.cv_results_
    assert np.mean(held_out["y_score"] == held_out["y_true"]) < 0.7
    assert model.cv_score_ < 0.6


@pytest.mark.parametrize(
    "cv",
    [
        None,
        4,
        0.3,
        KFold(3),
        RepeatedKFold(n_splits=3, n_repeats=2, random_state=0),
        ShuffleSplit(3, test_size=0.2, random_state=0),
        [(np.arange(100), np.arange(100, 150)), (np.arange(100, 200), np.arange(50))],
        iter([(np.arange(100), np.arange(100, 200))]),
        [(np.arange(200) < 100, np.arange(200) >= 100)],
    ],
    ids=[
        "default",
        "int",
        "float",
        "KFold",
        "repeated",
        "shuffled",
        "indices",
        "iterator",
        "masks",
    ],
)
def test_every_kind_of_cv(cv, multilabel):
    X, y = multilabel
    model = MultiLabelThresholdClassifier(
        LogisticRegression(), cv=cv, random_state=0, store_cv_results=True
    ).fit(X, y)
    assert np.isfinite(model.cv_score_)
    results = model.cv_results_
    assert results["y_score"].shape == (len(results["row"]), 4)
    np.testing.assert_array_equal(results["y_true"], y[results["row"]])


def test_splits_are_drawn_once(multilabel):
    """A splitter with a random state would give other splits the second time."""
    X, y = multilabel

    class Counting(KFold):
        calls = 0

        def split(self, X, y=None, groups=None):
            type(self).calls += 1
            return super().split(X, y, groups)

    MultiLabelThresholdClassifier(LogisticRegression(), cv=Counting(3, shuffle=True)).fit(X, y)
    assert Counting.calls == 1


@pytest.mark.parametrize(
    ("cv", "message"),
    [
        ([], "'cv' gives no split"),
        ([(np.arange(100), [])], "'cv' leaves fold 0 without test samples"),
        ([([0, 1, 2], [3]), ([], [0])], "'cv' leaves fold 1 without training samples"),
        ([([0, 1, 2], [2])], "both the training and the test set of fold 0"),
        (1000, "n_splits=1000"),
    ],
)
def test_bad_cv(cv, message, multilabel):
    with pytest.raises(ValueError, match=message):
        MultiLabelThresholdClassifier(LogisticRegression(), cv=cv).fit(*multilabel)


def test_leave_one_out_is_possible(multilabel):
    X, y = multilabel
    model = MultiLabelThresholdClassifier(GaussianNB(), cv=LeaveOneOut()).fit(X[:30], y[:30, :2])
    assert np.isfinite(model.cv_score_)


def test_refit_false_keeps_the_model_of_a_single_split(multilabel):
    X, y = multilabel
    split = (np.arange(150), np.arange(150, 200))
    model = MultiLabelThresholdClassifier(LogisticRegression(), cv=[split], refit=False).fit(X, y)
    expected = OneVsRestClassifier(LogisticRegression()).fit(X[:150], y[:150]).predict_proba(X)
    np.testing.assert_allclose(model.predict_proba(X), expected)
    np.testing.assert_allclose(
        model.thresholds_, tune_thresholds(y[150:], expected[150:]).thresholds
    )
    with pytest.raises(ValueError, match=r"where 'cv' has a single split\. Got 3"):
        model.set_params(cv=3).fit(X, y)


def test_frozen_estimator_is_tuned_on_the_rows_given(multilabel):
    X, y = multilabel
    base = RandomForestClassifier(n_estimators=10, random_state=0).fit(X[:100], y[:100])
    model = MultiLabelThresholdClassifier(FrozenEstimator(base), random_state=0).fit(
        X[100:], y[100:]
    )
    y_score = np.column_stack([p[:, 1] for p in base.predict_proba(X[100:])])
    np.testing.assert_allclose(model.thresholds_, tune_thresholds(y[100:], y_score).thresholds)
    assert model.estimator_.estimator is base
    assert model.cv_score_ < model.best_score_


def test_frozen_estimator_of_named_classes(multilabel):
    X, y = multilabel
    names = np.array(["no", "yes"])[y[:, 0]]
    base = LogisticRegression().fit(X[:100], names[:100])
    model = MultiLabelThresholdClassifier(FrozenEstimator(base), random_state=0).fit(
        X[100:], names[100:]
    )
    y_score = base.predict_proba(X[100:])[:, [1]]
    np.testing.assert_allclose(model.thresholds_, tune_thresholds(y[100:, :1], y_score).thresholds)
    np.testing.assert_array_equal(
        model.predict(X[100:]) == "yes", (y_score >= model.thresholds_)[:, 0]
    )


def test_two_fits_are_equal(multilabel):
    X, y = multilabel
    forest = RandomForestClassifier(n_estimators=5)
    one, other = (MultiLabelThresholdClassifier(forest, random_state=0).fit(X, y) for _ in range(2))
    np.testing.assert_array_equal(one.thresholds_, other.thresholds_)
    np.testing.assert_array_equal(one.predict_proba(X), other.predict_proba(X))
    assert one.cv_score_ == other.cv_score_


@pytest.mark.parametrize(
    "estimator", [LogisticRegression(), RandomForestClassifier(n_estimators=5, random_state=0)]
)
def test_parallel_fits_change_nothing(estimator, multilabel):
    X, y = multilabel
    one = MultiLabelThresholdClassifier(estimator, random_state=0).fit(X, y)
    two = MultiLabelThresholdClassifier(estimator, random_state=0, n_jobs=2).fit(X, y)
    np.testing.assert_allclose(one.thresholds_, two.thresholds_)
    np.testing.assert_allclose(one.predict_proba(X), two.predict_proba(X))


@pytest.mark.parametrize(
    "form",
    [
        np.ndarray.tolist,
        lambda y: y.astype(bool),
        lambda y: y.astype(np.uint8),
        lambda y: y.astype(float),
        lambda y: sparse.csr_matrix(y),
        lambda y: pd.DataFrame(y, columns=list("abcd")),
    ],
    ids=["list", "bool", "uint8", "float", "sparse", "DataFrame"],
)
@pytest.mark.parametrize(
    "estimator", [LogisticRegression(), RidgeClassifier(), KNeighborsClassifier()]
)
def test_every_form_of_labels(estimator, form, multilabel):
    X, y = multilabel
    expected = MultiLabelThresholdClassifier(estimator, random_state=0).fit(X, y)
    model = MultiLabelThresholdClassifier(estimator, random_state=0).fit(X, form(y))
    np.testing.assert_allclose(model.thresholds_, expected.thresholds_)
    np.testing.assert_array_equal(model.predict(X), expected.predict(X))


def test_names_are_kept(multilabel):
    X, y = multilabel
    X, y = pd.DataFrame(X).add_prefix("x"), pd.DataFrame(y, columns=list("abcd"))
    model = MultiLabelThresholdClassifier(LogisticRegression()).fit(X, y)
    assert list(model.label_names_in_) == list("abcd")
    assert list(model.feature_names_in_) == list(X.columns)
    assert model.n_features_in_ == 8


@pytest.mark.parametrize(
    "estimator",
    [LogisticRegression(), MultiOutputClassifier(LogisticRegression()), RidgeClassifier()],
)
def test_one_label_as_a_column(estimator, multilabel):
    X, y = multilabel
    model = MultiLabelThresholdClassifier(estimator, cv=KFold(3)).fit(X, y[:, :1])
    assert model.predict(X).shape == (200, 1)
    assert model.thresholds_.shape == (1,)
    beside = MultiLabelThresholdClassifier(OneVsRestClassifier(LogisticRegression()), cv=KFold(3))
    if hasattr(model, "predict_proba"):
        assert model.predict_proba(X).shape == (200, 1)
        np.testing.assert_allclose(model.thresholds_, beside.fit(X, y[:, :1]).thresholds_)


def test_binary_classes(multilabel):
    X, y = multilabel
    names = np.array(["no", "yes"])[y[:, 0]]
    scoring = make_scorer(f1_score, pos_label="yes")
    model = MultiLabelThresholdClassifier(LogisticRegression(), scoring=scoring, cv=KFold(3))
    model.fit(X, names)
    column = MultiLabelThresholdClassifier(LogisticRegression(), cv=KFold(3)).fit(X, y[:, :1])
    np.testing.assert_array_equal(model.classes_, ["no", "yes"])
    np.testing.assert_array_equal(model.predict(X) == "yes", column.predict(X)[:, 0] == 1)
    np.testing.assert_allclose(model.predict_proba(X)[:, 1], column.predict_proba(X)[:, 0])
    np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1)
    np.testing.assert_allclose(model.decision_function(X), column.decision_function(X)[:, 0])


@pytest.mark.parametrize("names", [["cancer", "healthy"], [3, 5]])
def test_the_positive_class_must_be_known(multilabel, names):
    X, y = multilabel
    y = np.array(names)[y[:, 0]]
    model = MultiLabelThresholdClassifier(LogisticRegression(), scoring="f1", cv=KFold(3))
    with pytest.raises(ValueError, match=r"'scoring' must say which of the classes .*pos_label="):
        model.fit(X, y)
    for pos_label in names:
        scoring = make_scorer(f1_score, pos_label=pos_label)
        model.set_params(scoring=scoring).fit(X, y)
        assert model.score(X, y) == pytest.approx(
            f1_score(y, model.predict(X), pos_label=pos_label)
        )


@pytest.mark.parametrize("names", [[0, 1], [-1, 1], [False, True], [1, 2]])
def test_a_class_1_is_the_positive_one(multilabel, names):
    X, y = multilabel
    y = np.array(names)[y[:, 0]]
    model = MultiLabelThresholdClassifier(LogisticRegression(), scoring="f1", cv=KFold(3))
    assert model.fit(X, y).score(X, y) == pytest.approx(f1_score(y, model.predict(X)))


def test_score_is_what_the_thresholds_were_tuned_for(multilabel):
    X, y = multilabel
    model = MultiLabelThresholdClassifier(LogisticRegression(), scoring="f1_micro", cv=KFold(3))
    weight = np.arange(len(y)) % 3
    model.fit(X, y)
    y_pred = model.predict(X)
    assert model.score(X, y) == pytest.approx(f1_score(y, y_pred, average="micro"))
    model.set_params(scoring="accuracy")  # what was fitted decides
    assert model.score(X, y, weight) == pytest.approx(
        f1_score(y, y_pred, average="micro", sample_weight=weight)
    )
    model.retune(scoring="jaccard_macro")
    assert model.score(X, y) == pytest.approx(jaccard_score(y, model.predict(X), average="macro"))
    grid = GridSearchCV(model, {"estimator__C": [0.01, 1.0]}, cv=3).fit(X, y)
    scorer = GridSearchCV(model, {"estimator__C": [0.01, 1.0]}, cv=3, scoring="accuracy").fit(X, y)
    np.testing.assert_allclose(
        grid.cv_results_["mean_test_score"], scorer.cv_results_["mean_test_score"]
    )


def test_small_results_are_kept_but_not_pickled(multilabel, monkeypatch):
    X, y = multilabel
    model = MultiLabelThresholdClassifier(LogisticRegression(), cv=KFold(3)).fit(X, y)
    thresholds = model.thresholds_
    assert model.cv_results_["y_score"].shape == y.shape
    copy = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(copy.predict(X), model.predict(X))
    assert copy.tuned_.cv_results is None
    with pytest.raises(ValueError, match="'store_cv_results=True'"):
        copy.retune()
    assert model.cv_results_ is model.tuned_.cv_results  # pickling left the model as it was
    np.testing.assert_array_equal(model.retune().thresholds_, thresholds)
    kept = pickle.loads(pickle.dumps(model.set_params(store_cv_results=True)))
    np.testing.assert_array_equal(kept.retune().thresholds_, thresholds)

    monkeypatch.setattr("threshold_estimators.estimators._tuned.KEPT_BYTES", 100)
    model.set_params(store_cv_results="auto").fit(X, y)
    assert not hasattr(model, "cv_results_")


def test_precomputed_kernel(multilabel):
    X, y = multilabel
    linear = MultiLabelThresholdClassifier(SVC(kernel="linear"), cv=KFold(3)).fit(X, y)
    kernel = MultiLabelThresholdClassifier(SVC(kernel="precomputed"), cv=KFold(3)).fit(X @ X.T, y)
    np.testing.assert_allclose(kernel.thresholds_, linear.thresholds_, atol=1e-2)


def test_pipeline_search_and_parameters(multilabel):
    X, y = multilabel
    model = make_pipeline(
        StandardScaler(), MultiLabelThresholdClassifier(LogisticRegression(), random_state=0)
    )
    grid = {
        "multilabelthresholdclassifier__estimator__C": [0.1, 1],
        "multilabelthresholdclassifier__scoring": ["f1_macro", "f1_micro", FBeta(2)],
        "multilabelthresholdclassifier__strategy": ["per_label", "global", "proportion"],
    }
    search = GridSearchCV(model, grid, cv=2, scoring="f1_macro", error_score="raise").fit(X, y)
    assert len(search.cv_results_["params"]) == 18
    assert search.predict(X).shape == y.shape
    inner = clone(search.best_estimator_[-1]).set_params(scoring=FBeta(), scoring__beta=3)
    assert inner.get_params()["scoring__beta"] == 3


@pytest.mark.parametrize(
    "scoring", ["f1_macro", FBeta(2), make_scorer(fbeta_score, beta=0.5, average="micro")]
)
def test_model_survives_a_pickle_in_a_new_process(scoring, multilabel, tmp_path):
    X, y = multilabel
    model = MultiLabelThresholdClassifier(LogisticRegression(), scoring=scoring).fit(X, y)
    joblib.dump(model, tmp_path / "model.joblib")
    np.save(tmp_path / "X.npy", X)
    script = f"""
        import joblib, numpy as np
        model = joblib.load(r"{tmp_path / "model.joblib"}")
        np.save(r"{tmp_path / "y_pred.npy"}", model.predict(np.load(r"{tmp_path / "X.npy"}")))
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=True)
    np.testing.assert_array_equal(np.load(tmp_path / "y_pred.npy"), model.predict(X))


class Counting(LogisticRegression):
    """Writes a letter into a file for each fit."""

    def __init__(self, fits=None):
        super().__init__()
        self.fits = fits

    def fit(self, X, y):
        with self.fits.open("a") as file:
            file.write("x")
        return super().fit(X, y)


def test_memory_fits_each_model_once(multilabel, tmp_path):
    X, y = multilabel
    fits = tmp_path / "fits"
    estimator = MultiOutputClassifier(Counting(fits))
    model = MultiLabelThresholdClassifier(
        estimator, cv=3, memory=str(tmp_path / "cache"), random_state=0
    )
    expected = [
        clone(model).set_params(memory=None, scoring=s).fit(X, y).thresholds_
        for s in ("f1_macro", "f1_micro")
    ]
    fits.unlink()
    actual = [
        clone(model).set_params(scoring=s).fit(X, y).thresholds_ for s in ("f1_macro", "f1_micro")
    ]
    assert len(fits.read_text()) == (3 + 1) * 4
    np.testing.assert_allclose(actual, expected)


def test_html_repr(multilabel):
    model = MultiLabelThresholdClassifier(LogisticRegression())
    assert "LogisticRegression" in model._repr_html_()
    shown = model.fit(*multilabel)._repr_html_()
    assert "LogisticRegression" in shown
    if parse_version(sklearn.__version__) >= parse_version("1.9"):  # which shows fitted attributes
        for name in ("thresholds_", "best_score_", "cv_score_"):
            assert name in shown
        assert f"{model.cv_score_:.4g}" in shown


WEIGHT = np.random.default_rng(0).uniform(0.1, 3, 200)


@pytest.mark.parametrize(
    "estimator", [LogisticRegression(), MultiOutputClassifier(LogisticRegression())]
)
def test_sample_weight_reaches_estimator_and_thresholds(estimator, multilabel):
    X, y = multilabel
    model = MultiLabelThresholdClassifier(estimator, cv=KFold(3), store_cv_results=True)
    model.fit(X, y, sample_weight=WEIGHT)
    alone = [
        LogisticRegression().fit(X, column, sample_weight=WEIGHT).predict_proba(X)[:, 1]
        for column in y.T
    ]
    np.testing.assert_allclose(model.predict_proba(X), np.column_stack(alone))
    tuned = tune_thresholds(y, model.cv_results_["y_score"], sample_weight=WEIGHT)
    np.testing.assert_array_equal(model.thresholds_, tuned.thresholds)


def test_sample_weight_that_the_estimator_does_not_take(multilabel):
    with pytest.warns(
        UserWarning, match="KNeighborsClassifier does not take 'sample_weight'"
    ) as caught:
        MultiLabelThresholdClassifier(KNeighborsClassifier()).fit(*multilabel, sample_weight=WEIGHT)
    assert caught[0].filename == __file__


def test_fit_parameters_are_passed_on(multilabel):
    base = make_pipeline(StandardScaler(), MultiOutputClassifier(LogisticRegression()))
    model = MultiLabelThresholdClassifier(base, cv=KFold(3))
    model.fit(*multilabel, multioutputclassifier__sample_weight=WEIGHT)
    unweighted = clone(model).fit(*multilabel)
    assert not np.allclose(model.thresholds_, unweighted.thresholds_)


def test_groups_without_metadata_routing(multilabel):
    with pytest.raises(
        TypeError,
        match=r"'fit' of RidgeClassifier does not take 'groups'.*enable_metadata_routing=True",
    ):
        MultiLabelThresholdClassifier(RidgeClassifier(), cv=GroupKFold(3)).fit(
            *multilabel, groups=np.arange(200) % 5
        )


@pytest.mark.parametrize("wrap", [lambda e: e, OneVsRestClassifier, MultiOutputClassifier])
def test_metadata_routing(wrap, multilabel):
    X, y = multilabel
    groups = np.arange(200) % 7
    with config_context(enable_metadata_routing=True):
        estimator = wrap(LogisticRegression().set_fit_request(sample_weight=True))
        model = MultiLabelThresholdClassifier(estimator, cv=GroupKFold(3), store_cv_results=True)
        model.set_fit_request(sample_weight=True)
        model.fit(X, y, sample_weight=WEIGHT, groups=groups)
    assert len(model.cv_results_["splits"]) == 3
    for tuned_on, evaluated in model.cv_results_["splits"]:
        others = groups[model.cv_results_["row"][tuned_on]]
        assert not set(groups[model.cv_results_["row"][evaluated]]) & set(others)
    alone = LogisticRegression().fit(X, y[:, 0], sample_weight=WEIGHT).predict_proba(X)[:, 1]
    np.testing.assert_allclose(model.predict_proba(X)[:, 0], alone)
    tuned = tune_thresholds(y, model.cv_results_["y_score"], sample_weight=WEIGHT)
    np.testing.assert_array_equal(model.thresholds_, tuned.thresholds)


def test_metadata_routing_in_a_search(multilabel):
    X, y = multilabel
    with config_context(enable_metadata_routing=True):
        model = MultiLabelThresholdClassifier(
            LogisticRegression().set_fit_request(sample_weight=True), cv=2
        )
        model.set_fit_request(sample_weight=True)
        scoring = FBeta(average="micro").set_score_request(sample_weight=True)
        search = GridSearchCV(
            model, {"strategy": ["per_label", "global"]}, scoring=scoring, cv=2, error_score="raise"
        )
        search.fit(X, y, sample_weight=WEIGHT)
    assert search.best_score_ > 0


def test_unrequested_metadata_is_refused(multilabel):
    with (
        config_context(enable_metadata_routing=True),
        pytest.raises(ValueError, match="sample_weight"),
    ):
        MultiLabelThresholdClassifier(LogisticRegression()).fit(*multilabel, sample_weight=WEIGHT)


def test_unfitted_predict(multilabel):
    with pytest.raises(NotFittedError):
        MultiLabelThresholdClassifier(LogisticRegression()).predict(multilabel[0])


@pytest.mark.parametrize(
    ("params", "error", "message"),
    [
        ({"scoring": "roc_auc"}, ValueError, "no threshold can change"),
        ({"scoring": "f1"}, ValueError, "average='binary' is for a single label"),
        ({"scoring": "nonsense"}, ValueError, "Got 'nonsense' instead"),
        ({"scoring": f1_score}, TypeError, "make_scorer"),
        ({"strategy": "best"}, ValueError, "'strategy' parameter"),
        ({"cv": 1.5}, ValueError, "'cv' parameter"),
        ({"estimator": "svm"}, ValueError, "'estimator' parameter"),
        ({"estimator": KFold(2)}, ValueError, "'estimator' parameter"),
        ({"response_method": "predict"}, ValueError, "'response_method' parameter"),
        (
            {"estimator": RidgeClassifier(), "response_method": "predict_proba"},
            AttributeError,
            "has no predict_proba",
        ),
    ],
)
def test_bad_parameters(params, error, message, multilabel):
    model = MultiLabelThresholdClassifier(LogisticRegression()).set_params(**params)
    with pytest.raises(error, match=message):
        model.fit(*multilabel)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda y: y[:-1], "inconsistent numbers of samples"),
        (lambda y: y * 2, "'y' must hold only 0 and 1"),
        (lambda y: y[:, 0] + y[:, 1], "Only binary classification is supported"),
        (lambda y: y[:, 0] * 0.5, "Only binary classification|Unknown label type"),
        (lambda y: np.zeros(200, int), "'y' must have two classes"),
        (lambda y: [["a"], ["a", "b"]] * 100, "MultiLabelBinarizer"),
        (lambda y: None, "requires y to be passed"),
    ],
)
def test_bad_labels(change, message, multilabel):
    X, y = multilabel
    with pytest.raises(ValueError, match=message):
        MultiLabelThresholdClassifier(LogisticRegression()).fit(X, change(y))


@pytest.mark.parametrize(
    "weight", [-1, 0, np.full(200, np.nan), np.ones(100)], ids=["negative", "zero", "nan", "short"]
)
def test_bad_weights_are_refused_before_anything_is_fitted(weight, multilabel):
    X, y = multilabel
    model = MultiLabelThresholdClassifier(LogisticRegression())
    # The oldest scikit-learn has no words of its own for zeros.
    message = "'sample_weight' (is not valid|must have a positive weight)"
    with pytest.raises(ValueError, match=message):
        model.fit(X, y, sample_weight=weight)


class Broken(ClassifierMixin, BaseEstimator):
    """Gives NaN for one row, as a diverged network does."""

    def fit(self, X, y):
        self.classes_ = [np.array([0, 1])] * y.shape[1]
        return self

    def predict_proba(self, X):
        return np.where(np.arange(len(X))[:, np.newaxis] == 1, np.nan, np.full((len(X), 4), 0.5))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


def test_scores_that_are_not_finite(multilabel):
    with pytest.raises(
        ValueError,
        match=r"'y_score' must not be NaN .* Got nan in row 1 of label 0 instead \(fold 0\)",
    ):
        MultiLabelThresholdClassifier(Broken()).fit(*multilabel)


def test_error_of_the_estimator_names_the_fold(multilabel):
    X, y = multilabel
    X = X.copy()
    X[150] = np.nan
    with pytest.raises(ValueError, match="contains NaN") as caught:
        MultiLabelThresholdClassifier(LogisticRegression(), cv=KFold(4)).fit(X, y)
    assert "for fold 0 of 'cv'" in caught.value.__notes__[0]


def test_decision_scores_of_a_fold_without_the_label(multilabel):
    """The score of a label never seen must not lie in the middle of the other folds' scores."""
    X, y = multilabel
    y = np.column_stack([y[:, 0], np.arange(200) < 40])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = MultiLabelThresholdClassifier(LinearSVC(), cv=KFold(5), store_cv_results=True).fit(
            X, y
        )
    score = model.cv_results_["y_score"][:, 1]
    assert np.all(score[:40] == score[40:].min())


def test_imbalanced_binary_problem_gains():
    X, y = make_classification(2000, weights=[0.95], random_state=0)
    model = MultiLabelThresholdClassifier(LogisticRegression(), random_state=0).fit(
        X[:1000], y[:1000]
    )
    half = f1_score(y[1000:], model.estimator_.predict(X[1000:]))
    assert f1_score(y[1000:], model.predict(X[1000:])) > half


SCORINGS = [
    "f1_micro",
    FBeta(2),
    Cost(fn=5),
    Constrained(Recall(), Precision(), 0.4, confidence=None),
    "jaccard_weighted",
]


@pytest.mark.filterwarnings("ignore:No threshold meets the constraint")
def test_retune_is_what_a_new_fit_would_be(multilabel, tmp_path):
    X, y = multilabel
    fitted = MultiLabelThresholdClassifier(
        LogisticRegression(), random_state=0, store_cv_results=True
    ).fit(X, y)
    joblib.dump(fitted, tmp_path / "model.joblib")
    for scoring in SCORINGS:
        for strategy in ("pooled", "per_label", "global", "proportion"):
            if isinstance(scoring, Constrained) and strategy in ("global", "proportion"):
                continue
            expected = clone(fitted).set_params(scoring=scoring, strategy=strategy).fit(X, y)
            model = joblib.load(tmp_path / "model.joblib").retune(
                scoring=scoring, strategy=strategy
            )
            np.testing.assert_array_equal(model.thresholds_, expected.thresholds_)
            assert (model.best_score_, model.cv_score_) == (
                expected.best_score_,
                expected.cv_score_,
            )
            np.testing.assert_array_equal(model.predict(X), expected.predict(X))


def test_retune_leaves_the_parameters_of_the_constructor(multilabel):
    model = MultiLabelThresholdClassifier(
        LogisticRegression(), strategy="global", store_cv_results=True
    ).fit(*multilabel)
    params, thresholds = model.get_params(), model.thresholds_
    model.retune(scoring=FBeta(2))
    assert len(set(model.thresholds_)) == 1
    assert model.tuned_.objective.beta == 2
    assert not np.array_equal(model.thresholds_, thresholds)
    after = model.get_params()
    assert all(after[name] is params[name] for name in params)
    assert after.keys() == params.keys()
    np.testing.assert_array_equal(model.retune().thresholds_, thresholds)


def test_attributes_are_those_of_the_record(multilabel):
    model = MultiLabelThresholdClassifier(
        LogisticRegression(), max_labels=2, random_state=0, store_cv_results=True
    ).fit(*multilabel)
    for scoring in ("f1_macro", "f1_micro"):
        tuned = model.retune(scoring=scoring).tuned_
        assert model.thresholds_ is tuned.thresholds
        assert model.best_score_ == tuned.score
        assert model.cv_score_ == tuned.cv_score
        assert model.cv_thresholds_ is tuned.cv_thresholds
        assert model.low_support_ is tuned.low_support
        assert model.cv_results_ is tuned.cv_results
        assert model.limits_ == tuned.limits == (0, 2)
    results = model.cv_results_
    again = tune_thresholds(
        results["y_true"],
        results["y_score"],
        scoring="f1_micro",
        max_labels=2,
        cv=results["splits"],
        store_cv_results=True,
    )
    np.testing.assert_array_equal(again.cv_thresholds, model.cv_thresholds_)
    assert again.cv_score == model.cv_score_
    assert again.cv_results.keys() == results.keys()
    y_proba, y_pred = model.predict_proba(multilabel[0]), model.predict(multilabel[0])
    np.testing.assert_array_equal(model.tuned_.predict(y_proba), y_pred)


def test_a_first_fit_that_fails_leaves_nothing(multilabel):
    X, y = multilabel
    scoring = Constrained(Recall(), Precision(), 0.5, confidence=None)
    model = MultiLabelThresholdClassifier(LogisticRegression(), scoring=scoring, strategy="global")
    before = dict(vars(model))
    with pytest.raises(ValueError, match="One threshold cannot meet a constraint"):
        model.fit(X, y)
    assert vars(model) == before
    with pytest.raises(NotFittedError):
        model.predict(X)


@pytest.mark.filterwarnings("error")
def test_a_fit_that_fails_leaves_the_classifier_as_it_was(multilabel):
    X, y = multilabel
    model = MultiLabelThresholdClassifier(
        LogisticRegression(), random_state=0, store_cv_results=True
    ).fit(X, pd.DataFrame(y, columns=list("abcd")))
    unmet = Constrained(Recall(), Precision(), 0.999, confidence=None)
    fitted = {name: value for name, value in vars(model).items() if name.endswith("_")}
    # The warning that the constraint is not met is an error here, after everything is fitted.
    with pytest.raises(UserWarning, match="No threshold meets the constraint"):
        model.set_params(scoring=unmet, strategy="per_label").fit(X[:, :3], y[:, :2])
    with pytest.raises(UserWarning, match="No threshold meets the constraint"):
        model.retune()
    left = {name: value for name, value in vars(model).items() if name.endswith("_")}
    assert left.keys() == fitted.keys()
    assert all(left[name] is fitted[name] for name in fitted)


def test_retune_needs_the_scores(multilabel):
    model = MultiLabelThresholdClassifier(LogisticRegression(), store_cv_results=False)
    with pytest.raises(NotFittedError):
        model.retune(scoring="f1_micro")
    with pytest.raises(ValueError, match="Fit with 'store_cv_results=True'"):
        model.fit(*multilabel).retune(scoring="f1_micro")
    model.set_params(store_cv_results=True).fit(*multilabel)
    thresholds = model.thresholds_
    for wrong in ({"strategy": "best"}, {"scoring": "roc_auc"}):
        with pytest.raises(ValueError, match=r"'strategy' must be one of|no threshold can change"):
            model.retune(**wrong)
    # what fails leaves no trace
    assert (model.scoring, model.strategy) == ("f1_macro", "pooled")
    assert model.thresholds_ is thresholds


def test_nothing_is_left_of_an_earlier_fit(multilabel):
    X, y = multilabel
    model = MultiLabelThresholdClassifier(LogisticRegression(), store_cv_results=True)
    model.fit(pd.DataFrame(X).add_prefix("x"), pd.DataFrame(y, columns=list("abcd")))
    model.set_params(store_cv_results=False).fit(X, y)
    assert not {"label_names_in_", "feature_names_in_", "cv_results_"} & set(vars(model))


def test_costs_of_rows_follow_the_rows(multilabel):
    """Samples come in another order and more than once."""
    X, y = multilabel
    cost = Cost(fp=np.random.default_rng(0).random((200, 1)), fn=2)
    cv = RepeatedKFold(n_splits=3, n_repeats=2, random_state=0)
    model = MultiLabelThresholdClassifier(
        LogisticRegression(), scoring=cost, cv=cv, store_cv_results=True
    ).fit(X, y)
    rows = model.cv_results_["row"]
    tuned = tune_thresholds(
        y[rows], model.cv_results_["y_score"], scoring=Cost(fp=cost.fp[rows], fn=2)
    )
    np.testing.assert_array_equal(model.thresholds_, tuned.thresholds)
    assert model.best_score_ == pytest.approx(tuned.score)


def test_infeasible_constraint_names_the_label(multilabel):
    X, y = multilabel
    y = pd.DataFrame(y, columns=list("abcd"))
    scoring = Constrained(Recall(), Precision(), [0.1, 0.1, 0.1, 1.1], confidence=None)
    with pytest.warns(
        UserWarning, match="No threshold meets the constraint .* for label 'd'; the nearest"
    ):
        MultiLabelThresholdClassifier(LogisticRegression(), scoring=scoring).fit(X, y)


def test_what_was_fitted_decides_after_parameters_are_set(multilabel):
    X, y = multilabel
    model = MultiLabelThresholdClassifier(LogisticRegression(), cv=KFold(3)).fit(X, y)
    y_pred, report = model.predict(X), str(threshold_report(model))
    model.set_params(
        response_method="decision_function", scoring="accuracy", strategy="global", max_labels=1
    )
    np.testing.assert_array_equal(model.predict(X), y_pred)
    assert str(threshold_report(model)) == report

    rejecting = MultiLabelRejectClassifier(model, abstention_cost=0.2).fit(X, y)
    y_pred, score = rejecting.predict(X), rejecting.score(X, y)
    rejecting.set_params(undecided=7, cost=Cost(fn=9), abstention_cost=0.4)
    np.testing.assert_array_equal(rejecting.predict(X), y_pred)
    assert rejecting.score(X, y) == score


def test_a_frozen_estimator_of_other_classes_is_refused(multilabel):
    X, y = multilabel
    of_a_column = FrozenEstimator(LogisticRegression().fit(X, np.array(["a", "b"])[y[:, 0]]))
    model = MultiLabelThresholdClassifier(of_a_column, cv=KFold(3))
    with pytest.raises(ValueError, match=r"fitted to the classes \['a', 'b'\], but"):
        model.fit(X, np.array(["x", "y"])[y[:, 0]])
    with pytest.raises(ValueError, match="but 'y' has two labels"):
        model.fit(X, y[:, :2])


def test_an_estimator_whose_fit_returns_nothing(multilabel):
    class Silent(LogisticRegression):
        def fit(self, X, y, sample_weight=None):
            super().fit(X, y, sample_weight)

    X, y = multilabel
    model = MultiLabelThresholdClassifier(Silent(), cv=KFold(3))
    assert model.fit(X, y[:, 0]).predict(X).shape == (len(X),)


def test_a_buffer_that_an_estimator_uses_again(multilabel):
    class Reusing(LogisticRegression):
        def predict_proba(self, X):
            self.buffer_ = getattr(self, "buffer_", np.empty((200, 2)))
            self.buffer_[: len(X)] = super().predict_proba(X)
            return self.buffer_[: len(X)]

    X, y = multilabel
    fitted = Reusing().fit(X, y[:, 0])
    model = MultiLabelThresholdClassifier(FrozenEstimator(fitted), cv=KFold(3)).fit(X, y[:, 0])
    scores = model.cv_results_["y_score"].copy()
    model.predict(X[::-1])
    np.testing.assert_array_equal(model.cv_results_["y_score"], scores)


def test_an_empty_name_of_a_folder_is_refused(multilabel):
    with pytest.raises(ValueError, match="'memory' must name a folder"):
        MultiLabelThresholdClassifier(LogisticRegression(), memory="").fit(*multilabel)
