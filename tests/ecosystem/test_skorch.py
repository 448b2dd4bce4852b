"""Neural networks: skorch, and tensors of PyTorch."""

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from threshold_estimators import MultiLabelThresholdClassifier, tune_thresholds

torch = pytest.importorskip("torch")
torch.set_num_threads(1)


class Network(torch.nn.Module):
    """A layer with an output for each label."""

    def __init__(self, n_outputs=3, is_probability=False):
        super().__init__()
        torch.manual_seed(0)
        self.layer = torch.nn.Linear(8, n_outputs)
        self.is_probability = is_probability

    def forward(self, X):
        scores = self.layer(X)
        return torch.sigmoid(scores) if self.is_probability else scores


def net(kind="NeuralNetClassifier", **params):
    skorch = pytest.importorskip("skorch")
    params = {"criterion": torch.nn.BCEWithLogitsLoss} | params
    quiet = {"verbose": 0, "train_split": None, "max_epochs": 40, "lr": 0.3}
    return getattr(skorch, kind)(Network, **quiet, **params)


def tuned(estimator):
    return MultiLabelThresholdClassifier(estimator, cv=3, random_state=0)


def positive(fitted, X):
    """Probabilities of class 1, which skorch gives beside those of class 0."""
    y_proba = fitted.predict_proba(X)
    return y_proba[:, 1] if y_proba.ndim == 3 else y_proba


KINDS = ["NeuralNet", "NeuralNetClassifier"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", [np.float32, np.int64])
def test_nets_with_an_output_for_each_label(problem, check, kind, dtype):
    X, y = problem
    X = StandardScaler().fit_transform(X)
    model = check(tuned(net(kind)), positive, X=X, y=y.astype(dtype))
    assert type(model.estimator_).__name__ == kind


@pytest.mark.parametrize("kind", KINDS)
def test_nets_that_answer_with_probabilities(problem, check, kind):
    X, y = StandardScaler().fit_transform(problem[0]), problem[1].astype(np.float32)
    params = {"module__is_probability": True, "criterion": torch.nn.BCELoss}
    check(tuned(net(kind, **params)), positive, X=X, y=y)


def test_two_labels(problem):
    X, y = StandardScaler().fit_transform(problem[0]), problem[1][:, :2].astype(np.float32)
    model = tuned(net(module__n_outputs=2)).fit(X, y)
    expected = model.estimator_.predict_proba(X)[:, 1]
    np.testing.assert_array_equal(model.predict_proba(X), expected)


def test_nets_in_pipelines_and_searches(check):
    check(tuned(make_pipeline(StandardScaler(), net())), positive)
    search = GridSearchCV(net("NeuralNet"), {"lr": [0.1, 0.3]}, cv=2, scoring=lambda *_: 1.0)
    model = check(tuned(make_pipeline(StandardScaler(), search)), positive)
    assert not isinstance(model.estimator_[-1], OneVsRestClassifier)


def test_nets_of_a_single_label_are_copied(problem):
    X, y = StandardScaler().fit_transform(problem[0]), problem[1]
    single = net(criterion=torch.nn.CrossEntropyLoss, module__n_outputs=2)
    model = tuned(single).fit(X, y)
    assert isinstance(model.estimator_, OneVsRestClassifier)


def test_tensors_as_labels_and_scores(problem):
    X, y = problem
    y_score = 1 / (1 + np.exp(-StandardScaler().fit_transform(X)[:, :3]))
    expected = tune_thresholds(y, y_score).thresholds
    tensors = torch.tensor(y), torch.tensor(y_score, requires_grad=True)
    np.testing.assert_array_equal(tune_thresholds(*tensors).thresholds, expected)
    small = torch.tensor(y_score).to(torch.bfloat16)
    np.testing.assert_array_equal(
        tune_thresholds(y, small).thresholds, tune_thresholds(y, small.float().numpy()).thresholds
    )
