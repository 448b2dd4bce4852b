import pickle

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.metrics import check_scoring, make_scorer
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.multiclass import OneVsRestClassifier

from tests.registry import EXACT, SEARCHED
from threshold_estimators import (
    BestThresholdsScorer,
    Constrained,
    Cost,
    FBeta,
    Precision,
    Recall,
    tune_thresholds,
)

OBJECTIVES = [
    *EXACT,
    *SEARCHED,
    Cost(fp=1, fn=2),
    Constrained(Recall(), Precision(), 0.1, confidence=None),
]


@pytest.mark.parametrize("objective", OBJECTIVES, ids=repr)
def test_every_objective_is_a_scorer(objective, multilabel):
    X, y = multilabel
    model = OneVsRestClassifier(LogisticRegression()).fit(X, y)
    scorer = check_scoring(model, scoring=objective)
    expected = objective.evaluate(y, model.predict(X))
    assert scorer(model, X, y) == expected
    assert pickle.loads(pickle.dumps(scorer))(model, X, y) == expected
    assert clone(objective)(model, X, y) == expected
    assert type(objective).__name__ in repr(objective)


@pytest.mark.parametrize("scoring", ["f1_macro", FBeta(2, average="micro"), "f1_samples"])
@pytest.mark.parametrize(
    "estimator", [RandomForestClassifier(10, random_state=0), RidgeClassifier()]
)
def test_best_thresholds_scorer_is_what_tuning_reaches(estimator, scoring, multilabel):
    X, y = multilabel
    estimator.fit(X[:100], y[:100])
    if hasattr(estimator, "predict_proba"):
        y_score = np.column_stack([p[:, 1] for p in estimator.predict_proba(X[100:])])
    else:
        y_score = estimator.decision_function(X[100:])
    expected = tune_thresholds(y[100:], y_score, scoring=scoring, strategy="per_label").score
    assert BestThresholdsScorer(scoring)(estimator, X[100:], y[100:]) == pytest.approx(expected)


def test_best_thresholds_scorer_in_a_search(multilabel):
    X, y = multilabel
    scorer = BestThresholdsScorer("f1_macro", strategy="global")
    search = GridSearchCV(
        OneVsRestClassifier(LogisticRegression()),
        {"estimator__C": [0.01, 1]},
        scoring=scorer,
        error_score="raise",
    )
    half = make_scorer(FBeta().evaluate)
    at_half = cross_validate(OneVsRestClassifier(LogisticRegression()), X, y, scoring=half)[
        "test_score"
    ].mean()
    assert search.fit(X, y).best_score_ > at_half
    assert repr(scorer) == "BestThresholdsScorer(strategy='global')"
    assert clone(scorer).get_params() == scorer.get_params()


def test_best_thresholds_scorer_takes_a_routed_sample_weight(multilabel):
    X, y = multilabel
    weight = np.random.default_rng(0).uniform(0.1, 3, len(y))
    with config_context(enable_metadata_routing=True):
        base = OneVsRestClassifier(LogisticRegression().set_fit_request(sample_weight=False))
        scorer = BestThresholdsScorer().set_score_request(sample_weight=True)
        weighted = cross_validate(base, X, y, scoring=scorer, params={"sample_weight": weight})[
            "test_score"
        ]
    unweighted = cross_validate(base, X, y, scoring=BestThresholdsScorer())["test_score"]
    assert not np.allclose(weighted, unweighted)
