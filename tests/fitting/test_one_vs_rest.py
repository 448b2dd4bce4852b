import warnings

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import make_multilabel_classification
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    BaggingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.feature_selection import SelectFromModel, SelectKBest, chi2, f_classif
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from threshold_estimators import FixedThresholdsClassifier, MultiLabelThresholdClassifier
from threshold_estimators.fitting._one_vs_rest import (
    fits_labels_apart,
    last_step,
    one_vs_rest_if_needed,
)

X, Y = make_multilabel_classification(150, n_features=8, n_classes=3, random_state=0)
SINGLE = [
    LogisticRegression(),
    HistGradientBoostingClassifier(),
    CalibratedClassifierCV(MLPClassifier()),
    GridSearchCV(LogisticRegression(), {"C": [1, 2]}),
]
SEVERAL = [
    RandomForestClassifier(),
    MLPClassifier(),
    RidgeClassifier(),
    OneVsRestClassifier(LogisticRegression()),
    MultiOutputClassifier(LogisticRegression()),
    ClassifierChain(LogisticRegression()),
    make_pipeline(StandardScaler(), MLPClassifier()),
    GridSearchCV(RandomForestClassifier(), {"max_depth": [1, 2]}),
    make_pipeline(StandardScaler(), GridSearchCV(RandomForestClassifier(), {"max_depth": [1, 2]})),
    GridSearchCV(
        make_pipeline(StandardScaler(), RidgeClassifier()), {"ridgeclassifier__alpha": [1]}
    ),
    FrozenEstimator(LogisticRegression()),
    FrozenEstimator(GridSearchCV(LogisticRegression(), {"C": [1, 2]}, cv=2)),
]


class Counting(TransformerMixin, BaseEstimator):
    """Changes nothing, and counts its fits."""

    n_fits = 0

    def fit(self, X, y=None):
        Counting.n_fits += 1
        return self

    def transform(self, X):
        return X


@pytest.fixture(autouse=True)
def _count_from_zero():
    Counting.n_fits = 0


def fitted(estimator, **params):
    model = MultiLabelThresholdClassifier(estimator, cv=3, random_state=0, **params)
    return model.fit(X, Y)


def assert_decides_as_copies(model, estimator):
    """Compare with a copy of the whole estimator for each label."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        copies = fitted(OneVsRestClassifier(estimator))
    np.testing.assert_array_equal(model.predict(X), copies.predict(X))
    np.testing.assert_allclose(model.thresholds_, copies.thresholds_)


@pytest.mark.parametrize("estimator", SINGLE, ids=repr)
def test_estimators_of_a_single_label_are_copied_for_each(estimator):
    assert isinstance(one_vs_rest_if_needed(estimator, X, Y), OneVsRestClassifier)
    assert one_vs_rest_if_needed(estimator, X, Y[:, :1]) is estimator


@pytest.mark.parametrize("estimator", SEVERAL, ids=repr)
def test_estimators_of_several_labels_are_left_alone(estimator):
    assert one_vs_rest_if_needed(estimator, X, Y) is estimator


GRID = {"logisticregression__C": [0.01, 1]}
SHARED = {
    "pipeline": make_pipeline(Counting(), LogisticRegression()),
    "skipped step": make_pipeline("passthrough", Counting(), LinearSVC()),
    "nested": make_pipeline(Counting(), make_pipeline(StandardScaler(), LinearSVC())),
    "inner": make_pipeline(StandardScaler(), make_pipeline(Counting(), LinearSVC())),
    "search within": make_pipeline(
        Counting(), GridSearchCV(LogisticRegression(), {"C": [0.01, 1]})
    ),
    "search over": GridSearchCV(make_pipeline(Counting(), LogisticRegression()), GRID, cv=2),
    "several grids": GridSearchCV(
        make_pipeline(Counting(), LogisticRegression()), [GRID, {}], cv=2
    ),
    "search of the last step": GridSearchCV(
        make_pipeline(Counting(), LogisticRegression()),
        {"logisticregression": [LogisticRegression(), LogisticRegression(C=0.01)]},
        cv=2,
    ),
    "search in a pipeline": make_pipeline(
        StandardScaler(), GridSearchCV(make_pipeline(Counting(), LogisticRegression()), GRID, cv=2)
    ),
    "calibrated": CalibratedClassifierCV(make_pipeline(Counting(), LinearSVC()), cv=2),
}


@pytest.mark.parametrize("estimator", SHARED.values(), ids=SHARED)
def test_first_steps_of_a_pipeline_are_fitted_once_for_each_fold(estimator):
    model = fitted(estimator)  # warnings are errors
    assert Counting.n_fits == 3 + 1
    assert fits_labels_apart(last_step(model.estimator_))
    assert_decides_as_copies(model, estimator)


def test_fixed_thresholds_fit_first_steps_once():
    pipeline = make_pipeline(Counting(), LogisticRegression())
    model = FixedThresholdsClassifier(pipeline, 0.3).fit(X, Y)
    assert Counting.n_fits == 1
    copies = FixedThresholdsClassifier(OneVsRestClassifier(pipeline), 0.3).fit(X, Y)
    np.testing.assert_array_equal(model.predict(X), copies.predict(X))


def test_the_estimator_of_the_user_stays_as_it_is():
    pipeline = make_pipeline(Counting(), GridSearchCV(make_pipeline(PCA(), LinearSVC()), {}))
    before = repr(pipeline)
    fitted(make_pipeline(Counting(), LogisticRegression())).get_params()
    one_vs_rest_if_needed(pipeline, X, Y)
    assert repr(pipeline) == before


def test_parameters_of_the_pipeline_keep_their_names_in_a_search():
    model = MultiLabelThresholdClassifier(
        make_pipeline(StandardScaler(), LogisticRegression()), cv=3, random_state=0
    )
    grid = {"estimator__logisticregression__C": [1e-4, 1], "estimator__standardscaler": [None]}
    search = GridSearchCV(model, grid, cv=3, scoring="f1_macro").fit(X, Y)
    best = search.best_estimator_
    copies = last_step(best.estimator_).estimators_
    expected = search.best_params_["estimator__logisticregression__C"]
    assert {copy.C for copy in copies} == {expected}
    assert best.estimator_[0] is None


class Resampler(BaseEstimator):
    """Stands in for a sampler of imbalanced-learn, in a pipeline that lets it do nothing."""

    def fit(self, X, y):
        assert y.ndim == 1, "a single label"
        return self

    def transform(self, X):
        return X

    def fit_resample(self, X, y):
        return X, y


COPIED = {
    "'selectkbest' takes a single label": make_pipeline(
        Counting(), SelectKBest(f_classif, k=4), LogisticRegression()
    ),
    "'selectfrommodel' takes a single label": make_pipeline(
        Counting(), SelectFromModel(LinearSVC(random_state=0)), LogisticRegression()
    ),
    "'resampler' resamples": make_pipeline(Counting(), Resampler(), LogisticRegression()),
    "chooses parameters of 'pca'": GridSearchCV(
        make_pipeline(Counting(), PCA(random_state=0), LogisticRegression()),
        {"pca__n_components": [3, 6]},
        cv=2,
    ),
    "'selectkbest' learns from labels within GridSearchCV": GridSearchCV(
        make_pipeline(Counting(), SelectKBest(chi2, k=4), LogisticRegression()), GRID, cv=2
    ),
    "Pipeline holds a pipeline": GridSearchCV(
        make_pipeline(Counting(), make_pipeline(StandardScaler(), LinearSVC())), {}, cv=2
    ),
}


@pytest.mark.parametrize("reason", COPIED)
def test_steps_that_need_a_single_label_are_fitted_for_each(reason):
    with pytest.warns(UserWarning, match=f"fits 3 pipelines.*because .*{reason}") as caught:
        model = fitted(COPIED[reason])
    assert [warning.filename for warning in caught] == [__file__]
    assert Counting.n_fits <= 3 + 1 + 1  # and one to try the next step
    assert_decides_as_copies(model, COPIED[reason])


def test_a_pipeline_is_copied_whole_if_its_first_step_needs_a_single_label():
    pipeline = make_pipeline(SelectKBest(f_classif, k=4), Counting(), LogisticRegression())
    with pytest.warns(UserWarning, match="'selectkbest'"):
        model = fitted(pipeline)
    assert Counting.n_fits == 3 * (3 + 1)
    assert isinstance(model.estimator_.estimators_[0], Pipeline)


def test_ensembles_of_pipelines_are_named():
    ensemble = BaggingClassifier(make_pipeline(Counting(), LogisticRegression()), 2)
    with pytest.warns(UserWarning, match="BaggingClassifier holds a pipeline"):
        fitted(ensemble)
    assert Counting.n_fits == 2 * 3 * (3 + 1)


def test_selection_that_takes_an_indicator_is_made_for_all_labels():
    pipeline = make_pipeline(SelectKBest(chi2, k=4), LogisticRegression())
    model = fitted(pipeline)
    expected = SelectKBest(chi2, k=4).fit(X, Y).get_support()
    np.testing.assert_array_equal(model.estimator_[0].get_support(), expected)


def test_steps_that_cannot_be_tried_are_taken_to_fit_all_labels():
    texts = [f"common w{sample % 3} rare{sample}" for sample in range(len(Y))]
    vectorizer = TfidfVectorizer(min_df=10_000)
    pipeline = make_pipeline(vectorizer, SelectKBest(chi2, k=2), LinearSVC())
    wrapped = one_vs_rest_if_needed(pipeline, texts, Y)
    assert fits_labels_apart(wrapped[-1])


class OneLabelOnly(Counting):
    """Needs a single label, which nothing tells."""

    def fit(self, X, y=None):
        if y.ndim != 1:
            raise RuntimeError("only one label")
        return self


def test_the_way_out_is_told_where_a_step_fails():
    with pytest.raises(RuntimeError) as error:
        fitted(make_pipeline(OneLabelOnly(), LogisticRegression()))
    assert "wrap the pipeline in OneVsRestClassifier" in error.value.__notes__[0]
    assert "fold 0" in error.value.__notes__[1]
    fitted(OneVsRestClassifier(make_pipeline(OneLabelOnly(), LogisticRegression())))


WEIGHT = np.where(X[:, 0] > 1, 5.0, 0.1)


def weighted_copies():
    return LogisticRegression().fit(StandardScaler().fit_transform(X), Y[:, 2], WEIGHT).coef_


def test_fit_parameters_reach_the_last_step():
    pipeline = make_pipeline(StandardScaler(), LogisticRegression())
    model = MultiLabelThresholdClassifier(pipeline, random_state=0)
    model.fit(X, Y, logisticregression__sample_weight=WEIGHT)
    last = last_step(model.estimator_)
    np.testing.assert_allclose(last.estimators_[2].coef_, weighted_copies())
    with pytest.raises(TypeError, match="does not take 'logisticregression__weight'"):
        model.fit(X, Y, logisticregression__weight=WEIGHT)


def test_routed_parameters_reach_the_last_step():
    with config_context(enable_metadata_routing=True):
        weighted = LogisticRegression().set_fit_request(sample_weight=True)
        pipeline = make_pipeline(StandardScaler().set_fit_request(sample_weight=False), weighted)
        model = MultiLabelThresholdClassifier(pipeline, random_state=0)
        model.fit(X, Y, sample_weight=WEIGHT)
    last = last_step(model.estimator_)
    np.testing.assert_allclose(last.estimators_[2].coef_, weighted_copies())


def test_labels_without_positives_in_a_fold_are_warned_of_once():
    y = np.column_stack([Y, np.zeros(len(Y), int)])
    model = MultiLabelThresholdClassifier(make_pipeline(StandardScaler(), LinearSVC()), cv=3)
    with pytest.warns(UserWarning, match="all 0 or all 1") as caught:
        model.fit(X, y)
    assert len(caught) == 1
    assert model.thresholds_[-1] == np.inf


def test_labels_known_for_some_samples():
    y = Y.astype(float)
    y[::4, 1] = np.nan
    pipeline = make_pipeline(StandardScaler(), LogisticRegression())
    model = MultiLabelThresholdClassifier(pipeline, cv=3, random_state=0).fit(X, y)
    known = ~np.isnan(y[:, 1])
    scaled = StandardScaler().fit_transform(X)
    expected = LogisticRegression().fit(scaled[known], Y[known, 1]).predict_proba(scaled)[:, 1]
    np.testing.assert_allclose(model.predict_proba(X)[:, 1], expected, atol=1e-6)


@pytest.mark.parametrize("cv", [3, 0.3])
def test_workers_do_not_change_the_scores(cv):
    pipeline = make_pipeline(StandardScaler(), LogisticRegression())
    params = {"cv": cv, "random_state": 0}
    one = MultiLabelThresholdClassifier(pipeline, **params).fit(X, Y)
    two = MultiLabelThresholdClassifier(clone(pipeline), n_jobs=2, **params).fit(X, Y)
    np.testing.assert_array_equal(one.cv_results_["y_score"], two.cv_results_["y_score"])
    assert last_step(two.estimator_).n_jobs == 2


def test_calibrators_are_pipelines_too():
    calibrator = make_pipeline(Counting(), LogisticRegression())
    fitted(LogisticRegression(), calibrator=calibrator)
    assert Counting.n_fits == 3 + 1
