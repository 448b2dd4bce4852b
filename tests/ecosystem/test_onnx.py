import subprocess
import sys

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

from threshold_estimators import (
    FixedThresholdsClassifier,
    MultiLabelRejectClassifier,
    MultiLabelThresholdClassifier,
)

pytestmark = pytest.mark.filterwarnings("ignore")  # of the converters and of short fits
ROUNDING = 2e-6  # scores of float32 and float64 differ by less


def test_without_skl2onnx_the_error_says_what_to_install():
    program = "import sys; sys.modules['skl2onnx'] = None; import threshold_estimators.onnx"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "pip install 'threshold-estimators[onnx]'" in run.stderr


skl2onnx = pytest.importorskip("skl2onnx")
onnxruntime = pytest.importorskip("onnxruntime")
ESTIMATORS = {
    "logistic regression": LogisticRegression(),
    "forest": RandomForestClassifier(20, random_state=0),
    "MLP": MLPClassifier((10,), max_iter=50, random_state=0),
    "histogram boosting": HistGradientBoostingClassifier(max_iter=20, random_state=0),
    "ridge": RidgeClassifier(),
    "linear SVC": LinearSVC(random_state=0),
    "MultiOutputClassifier": MultiOutputClassifier(LogisticRegression()),
    "pipeline": make_pipeline(StandardScaler(), LogisticRegression()),
    "pipeline of trees": make_pipeline(
        StandardScaler(), HistGradientBoostingClassifier(max_iter=5)
    ),
}


def samples(dtype=np.float32):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(10_600, 8)).astype(dtype)
    y = (X @ rng.normal(size=(8, 4)) + rng.normal(size=(10_600, 4)) > [1, 2, 0, 3]).astype(int)
    return X[:600], y[:600], X[600:]


def run_onnx(graph, X):
    session = onnxruntime.InferenceSession(graph.SerializeToString())
    return session.run(["label", "scores"], {session.get_inputs()[0].name: X})


def check_equal(model, X_train, X, dtype=np.float32):
    """The graph predicts as the model, in all samples without a tie of rounding."""
    from threshold_estimators.onnx import to_onnx

    label, scores = run_onnx(to_onnx(model, X_train[:2]), X)
    classifier = model[-1] if hasattr(model, "steps") else model
    assert scores.dtype == dtype
    assert scores.shape == (len(X), classifier.label_space_.n_labels)
    y_pred = model.predict(X)
    assert label.shape == y_pred.shape
    is_clear = has_no_tie(classifier, scores.astype(float))
    assert is_clear.mean() > 0.8  # a forest of 20 trees has few different scores
    np.testing.assert_array_equal(label[is_clear], y_pred[is_clear])


def has_no_tie(classifier, scores):
    """(n_samples,) whether no score is as good as at a threshold, or ranks as another."""
    if isinstance(classifier, MultiLabelRejectClassifier):
        thresholds, limits = classifier.bands_, None
    else:
        thresholds, limits = classifier.thresholds_[np.newaxis], classifier.tuned_.limits
    gaps = np.abs(scores[:, np.newaxis] - thresholds).reshape(len(scores), -1)
    if limits is not None:
        with np.errstate(invalid="ignore"):
            margins = np.sort(scores - thresholds, axis=1)
            gaps = np.hstack([gaps, np.nan_to_num(np.diff(margins, axis=1), nan=np.inf)])
    return gaps.min(axis=1) > ROUNDING * (1 + np.abs(scores).max(axis=1))


@pytest.mark.parametrize("estimator", ESTIMATORS.values(), ids=list(ESTIMATORS))
def test_labels_are_equal(estimator):
    X_train, y, X = samples()
    for model in (
        FixedThresholdsClassifier(estimator, [0.3, 0.1, np.inf, -np.inf]),
        MultiLabelThresholdClassifier(estimator, cv=0.3, random_state=0),
        MultiLabelRejectClassifier(
            MultiLabelThresholdClassifier(estimator, cv=0.3, random_state=0)
        ),
    ):
        check_equal(model.fit(X_train, y), X_train, X)


@pytest.mark.parametrize(
    ("package", "name", "params"),
    [
        ("xgboost", "XGBClassifier", {"n_estimators": 10}),
        ("lightgbm", "LGBMClassifier", {"n_estimators": 10, "verbose": -1}),
    ],
)
def test_labels_of_boosters_are_equal(package, name, params):
    pytest.importorskip("onnxmltools")
    booster = getattr(pytest.importorskip(package), name)(**params)
    X_train, y, X = samples()
    for estimator in (booster, OneVsRestClassifier(booster)):
        model = MultiLabelThresholdClassifier(estimator, cv=0.3, random_state=0)
        check_equal(model.fit(X_train, y), X_train, X)
    check_equal(FixedThresholdsClassifier(booster, 0.4).fit(X_train, y[:, 0]), X_train, X)


def test_xgboost_with_trees_of_several_labels():
    from threshold_estimators.onnx import to_onnx

    xgboost = pytest.importorskip("xgboost")
    X_train, y, _ = samples()
    booster = xgboost.XGBClassifier(n_estimators=3, multi_strategy="multi_output_tree")
    model = FixedThresholdsClassifier(booster, 0.4).fit(X_train, y)
    with pytest.raises(NotImplementedError, match="multi_strategy='one_output_per_tree'"):
        to_onnx(model, X_train[:2])


@pytest.mark.parametrize("limits", [{"min_labels": 1}, {"max_labels": 1}, {"min_labels": 2}])
@pytest.mark.parametrize("name", ["logistic regression", "ridge", "MLP"])
def test_limits(name, limits):
    X_train, y, X = samples()
    model = MultiLabelThresholdClassifier(ESTIMATORS[name], cv=0.3, random_state=0, **limits)
    check_equal(model.fit(X_train, y), X_train, X)


def test_limits_with_infinite_thresholds(tmp_path):
    X_train, y, X = samples()
    path = tmp_path / "thresholds.json"
    thresholds = (
        '[{"threshold": "inf"}, {"threshold": "-inf"}, {"threshold": 0.5}, {"threshold": "inf"}]'
    )
    for limits in ((3, 3), (0, 1), (2, 2)):
        text = '{"format": 1, "labels": %s, "limits": {"min_labels": %d, "max_labels": %d}}'
        path.write_text(text % (thresholds, *limits))
        model = FixedThresholdsClassifier(LogisticRegression(), path).fit(X_train, y)
        check_equal(model, X_train, X)


@pytest.mark.parametrize("calibrator", ["sigmoid", "isotonic", LogisticRegression()], ids=str)
@pytest.mark.parametrize("name", ["logistic regression", "forest", "ridge"])
def test_calibrators(name, calibrator):
    X_train, y, X = samples()
    model = MultiLabelThresholdClassifier(
        ESTIMATORS[name], calibrator=calibrator, cv=3, random_state=0
    )
    check_equal(model.fit(X_train, y), X_train, X)


@pytest.mark.parametrize("classes", [["no", "yes"], [0, 1], [-1, 1]])
@pytest.mark.parametrize("name", ["logistic regression", "forest", "ridge", "histogram boosting"])
def test_a_column_of_two_classes(name, classes):
    X_train, y, X = samples()
    column = np.array(classes)[y[:, 0]]
    model = MultiLabelThresholdClassifier(ESTIMATORS[name], cv=0.3, random_state=0)
    check_equal(model.fit(X_train, column), X_train, X)


def test_text_for_undecided_needs_classes_of_text():
    from threshold_estimators.onnx import to_onnx

    X_train, y, X = samples()
    model = MultiLabelRejectClassifier(LogisticRegression(), undecided="unsure")
    check_equal(model.fit(X_train, np.array(["no", "yes"])[y[:, 0]]), X_train, X)
    with pytest.raises(NotImplementedError, match="all whole numbers or all strings"):
        to_onnx(model.fit(X_train, y), X_train[:2])


def test_the_end_of_a_pipeline_by_either_function():
    from threshold_estimators.onnx import to_onnx

    X_train, y, X = samples()
    model = MultiLabelThresholdClassifier(LogisticRegression(), cv=0.3, random_state=0)
    pipeline = make_pipeline(StandardScaler(), model).fit(X_train, y)
    check_equal(pipeline, X_train, X)
    ours, theirs = to_onnx(pipeline, X_train[:2]), skl2onnx.to_onnx(pipeline, X_train[:2])
    assert [output.name for output in theirs.graph.output] == ["label", "scores"]
    np.testing.assert_array_equal(run_onnx(ours, X)[0], run_onnx(theirs, X)[0])


def test_double_precision():
    X_train, y, X = samples(np.float64)
    for estimator in (LogisticRegression(), RidgeClassifier()):
        model = MultiLabelThresholdClassifier(estimator, cv=0.3, random_state=0)
        check_equal(model.fit(X_train, y), X_train, X, np.float64)


@pytest.mark.parametrize("name", ["logistic regression", "forest", "MultiOutputClassifier"])
def test_constant_and_missing_labels(name):
    X_train, y, X = samples()
    y[:, 1], y[:, 2] = 0, 1
    model = FixedThresholdsClassifier(ESTIMATORS[name], 0.3).fit(X_train, y)
    check_equal(model, X_train, X)
    frozen = FixedThresholdsClassifier(FrozenEstimator(model.estimator_), 0.2).fit(X_train, y)
    check_equal(frozen, X_train, X)
    if name != "forest":  # which learns all labels at once
        y = np.where(np.random.default_rng(0).random(y.shape) < 0.1, np.nan, y)
        check_equal(model.fit(X_train, y), X_train, X)


def test_scores_of_several_labels_that_cannot_be_converted():
    from threshold_estimators.onnx import to_onnx

    class Other(RidgeClassifier):
        @property
        def coef_(self):
            raise AttributeError

    X_train, y, _ = samples()
    model = FixedThresholdsClassifier(RidgeClassifier(), 0).fit(X_train, y)
    model.estimator_.__class__ = Other
    with pytest.raises(NotImplementedError, match="Wrap the estimator in sklearn"):
        to_onnx(model, X_train[:2])
