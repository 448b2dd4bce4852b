"""Estimators of scikit-learn, imbalanced-learn's pipelines, Optuna's search."""

import warnings

import numpy as np
import pytest
from scipy import sparse
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import RandomForestClassifier, StackingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import ClassifierChain
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from threshold_estimators import MultiLabelThresholdClassifier

STACK = StackingClassifier(
    [("svm", LinearSVC()), ("trees", RandomForestClassifier(10, random_state=0))],
    final_estimator=LogisticRegression(),
    cv=2,
)
ESTIMATORS = {
    "pipeline": make_pipeline(StandardScaler(), LogisticRegression()),
    "chain": ClassifierChain(LogisticRegression(max_iter=1000), random_state=0),
    "stack": make_pipeline(StandardScaler(), STACK),
    "calibrated": CalibratedClassifierCV(make_pipeline(StandardScaler(), LinearSVC()), cv=2),
    "search": GridSearchCV(
        make_pipeline(StandardScaler(), LogisticRegression()),
        {"logisticregression__C": [0.1, 1]},
        scoring="f1",
        cv=2,
    ),
    "search of a forest": GridSearchCV(
        RandomForestClassifier(20, random_state=0), {"max_depth": [3, 6]}, cv=2, scoring="f1_macro"
    ),
}


def tuned(estimator):
    return MultiLabelThresholdClassifier(estimator, cv=3, random_state=0)


def positive(fitted, X):
    """Probabilities of class 1, in one array or in a list with an array for each label."""
    y_proba = fitted.predict_proba(X)
    if isinstance(y_proba, list):
        return np.column_stack([of_label[:, 1] for of_label in y_proba])
    return y_proba


@pytest.mark.parametrize("estimator", ESTIMATORS.values(), ids=ESTIMATORS)
def test_meta_estimators(check, estimator):
    check(tuned(estimator), positive)


@pytest.mark.parametrize("y_form", [sparse.csr_matrix, sparse.csc_array, np.asarray])
def test_sparse_features_and_labels(problem, y_form):
    X, y = problem
    model = tuned(MultinomialNB())
    expected = model.fit(X, y).predict(X)
    found = model.fit(sparse.csr_matrix(X), y_form(y)).predict(sparse.csr_matrix(X))
    np.testing.assert_array_equal(found, expected)


def test_texts(problem):
    words = np.array(["apple", "pear", "plum"])
    rng = np.random.default_rng(0)
    noise = [f"word{number}" for number in rng.integers(9, size=240)]
    y = problem[1]
    texts = [" ".join([*words[row == 1], other]) for row, other in zip(y, noise, strict=True)]
    model = tuned(make_pipeline(TfidfVectorizer(), LinearSVC())).fit(texts[:160], y[:160])
    assert (model.predict(texts[160:]) == y[160:]).mean() > 0.95
    assert isinstance(model.estimator_[-1], OneVsRestClassifier)


def test_pipeline_of_imbalanced_learn_without_a_sampler(check):
    pipelines = pytest.importorskip("imblearn.pipeline")
    pipeline = pipelines.make_pipeline(StandardScaler(), LogisticRegression())
    model = check(tuned(pipeline))
    assert type(model.estimator_) is pipelines.Pipeline
    assert isinstance(model.estimator_[-1], OneVsRestClassifier)


def test_samplers_of_imbalanced_learn_resample_for_each_label(check):
    pipelines = pytest.importorskip("imblearn.pipeline")
    samplers = pytest.importorskip("imblearn.over_sampling")
    sampler = samplers.RandomOverSampler(random_state=0)
    pipeline = pipelines.make_pipeline(StandardScaler(), sampler, LogisticRegression())
    with pytest.warns(UserWarning, match="'randomoversampler' resamples by a single label"):
        model = check(tuned(pipeline))
    copies = model.estimator_[-1]
    assert isinstance(copies, OneVsRestClassifier)
    assert isinstance(copies.estimators_[0], pipelines.Pipeline)


def test_a_balanced_ensemble_of_imbalanced_learn(check):
    ensembles = pytest.importorskip("imblearn.ensemble")
    check(tuned(ensembles.EasyEnsembleClassifier(2, random_state=0)))


def test_a_study_of_optuna(problem):
    optuna = pytest.importorskip("optuna")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    model = tuned(make_pipeline(StandardScaler(), LogisticRegression()))

    def objective(trial):
        C = trial.suggest_float("C", 1e-3, 10, log=True)
        model.set_params(estimator__logisticregression__C=C)
        return cross_val_score(model, *problem, cv=2, scoring="f1_macro").mean()

    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.RandomSampler(seed=0))
    study.optimize(objective, n_trials=3)
    assert study.best_value > 0.5


def optuna_search(estimator, name):
    integration = pytest.importorskip("optuna_integration")
    optuna = pytest.importorskip("optuna")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
    space = {name: optuna.distributions.FloatDistribution(1e-3, 10, log=True)}
    return integration.OptunaSearchCV(estimator, space, n_trials=2, cv=2, random_state=0)


def test_the_search_of_optuna_over_the_classifier(problem):
    model = tuned(make_pipeline(StandardScaler(), LogisticRegression()))
    search = optuna_search(model, "estimator__logisticregression__C").fit(*problem)
    assert isinstance(search.best_estimator_.estimator_[-1], OneVsRestClassifier)


def test_the_search_of_optuna_as_the_estimator(check):
    pipeline = make_pipeline(StandardScaler(), LogisticRegression())
    model = check(tuned(optuna_search(pipeline, "logisticregression__C")))
    assert isinstance(model.estimator_[-1], OneVsRestClassifier)
