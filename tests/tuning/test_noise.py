"""Tuning never peeks: scores that know nothing show no gain on samples that were held out."""

from itertools import product

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.neural_network import MLPClassifier

from threshold_estimators import (
    BalancedAccuracy,
    Constrained,
    Cost,
    FBeta,
    GMean,
    MultiLabelRejectClassifier,
    MultiLabelThresholdClassifier,
    Precision,
    Recall,
    Specificity,
    YoudenJ,
)

SHARE, N_SAMPLES, N_LABELS = 0.3, 1500, 6
STRATEGIES = ["pooled", "per_label", "global", "proportion"]
CALIBRATORS = {
    "none": None,
    "sigmoid": "sigmoid",
    "isotonic": "isotonic",
    "network": MLPClassifier((8,), max_iter=20, random_state=0),
}
LIMITS = {
    "no limits": {},
    "at least 1": {"min_labels": 1},
    "1 to 2": {"min_labels": 1, "max_labels": 2},
}
RECALL_AT_SPECIFICITY = Constrained(Recall(), Specificity(), 0.5, confidence=None)
# what a decision that does not look at the row is worth at most
WORTH = {
    "f1": (FBeta(), 2 * SHARE / (1 + SHARE)),
    "g-mean": (GMean(), 0.5),
    "youden": (YoudenJ(), 0),
    "cost": (Cost(fp=1, fn=5), SHARE - 1),
    "recall at specificity": (RECALL_AT_SPECIFICITY, 0.5),
}
pytestmark = [pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")]
every_calibrator = pytest.mark.parametrize("calibrator", CALIBRATORS.values(), ids=CALIBRATORS)


class Noise(ClassifierMixin, BaseEstimator):
    """A model whose features are its scores, so that there is nothing to fit."""

    def fit(self, X, y):
        self.classes_ = [np.array([0, 1])] * y.shape[1] if y.ndim == 2 else np.unique(y)
        return self

    def predict_proba(self, X):
        return X if isinstance(self.classes_, list) else np.hstack([1 - X, X])

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = tags.target_tags.multi_output = True
        return tags


@pytest.fixture(scope="module")
def noise():
    rng = np.random.default_rng(0)
    shape = N_SAMPLES, N_LABELS
    return rng.random(shape), (rng.random(shape) < SHARE).astype(int)


@every_calibrator
@pytest.mark.parametrize("limits", LIMITS.values(), ids=LIMITS)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_rules_of_several_labels(strategy, limits, calibrator, noise):
    """However labels are decided, half of the positives and negatives together are right."""
    model = MultiLabelThresholdClassifier(
        Noise(),
        scoring=BalancedAccuracy(),
        strategy=strategy,
        calibrator=calibrator,
        cv=3,
        random_state=0,
        **limits,
    )
    assert model.fit(*noise).cv_score_ == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(("objective", "worth"), WORTH.values(), ids=WORTH)
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_objectives_of_several_labels(strategy, objective, worth, noise):
    if isinstance(objective, Constrained) and strategy in ("global", "proportion"):
        pytest.skip("one number cannot meet a constraint of each label")
    model = MultiLabelThresholdClassifier(
        Noise(), scoring=objective, strategy=strategy, cv=3, random_state=0
    )
    assert model.fit(*noise).cv_score_ <= worth + 0.02


@every_calibrator
@pytest.mark.parametrize(("objective", "worth"), WORTH.values(), ids=WORTH)
@pytest.mark.parametrize("strategy", ["pooled", "per_label"])
def test_rules_of_one_column(strategy, objective, worth, calibrator, noise):
    """Mean over the labels, each being a problem of its own with classes of its own names."""
    X, y = noise
    values = []
    for label in range(N_LABELS):
        model = MultiLabelThresholdClassifier(
            Noise(),
            scoring=objective,
            strategy=strategy,
            calibrator=calibrator,
            cv=3,
            random_state=0,
        )
        values.append(model.fit(X[:, [label]], np.array(["no", "yes"])[y[:, label]]).cv_score_)
    assert np.mean(values) <= worth + 0.02


@pytest.mark.parametrize(
    ("strategy", "limits"), [*product(STRATEGIES[:2], list(LIMITS.values())[1:])], ids=str
)
def test_constraints_within_limits(strategy, limits, noise):
    """The share of positives among those predicted is what it is, whatever is asked of them."""
    goal = Constrained(Precision(average="micro"), Recall(average="micro"), 0.1, confidence=None)
    model = MultiLabelThresholdClassifier(
        Noise(), scoring=goal, strategy=strategy, cv=3, random_state=0, **limits
    )
    assert model.fit(*noise).cv_score_ == pytest.approx(SHARE, abs=0.03)


@every_calibrator
@pytest.mark.parametrize("strategy", ["per_label", "global"])
def test_bands(strategy, calibrator, noise):
    share = noise[1].mean()
    scored = MultiLabelThresholdClassifier(Noise(), calibrator=calibrator, cv=3, random_state=0)
    for cost in (0.1, 0.25, 0.4):
        model = MultiLabelRejectClassifier(scored, abstention_cost=cost, strategy=strategy).fit(
            *noise
        )
        assert model.cv_score_ <= -min(cost, share) + 0.003
    right = MultiLabelRejectClassifier(scored, precision=0.5, strategy=strategy).fit(*noise)
    assert right.cv_negative_precision_ == pytest.approx(1 - share, abs=0.01)
    wrong = MultiLabelRejectClassifier(scored, precision=0.9, strategy=strategy).fit(*noise)
    assert wrong.cv_coverage_ < 0.03
    assert np.mean(right.predict(noise[0]) == 1) < 0.01
