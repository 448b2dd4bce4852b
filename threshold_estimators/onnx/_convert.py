"""The converters of the classifiers, registered with skl2onnx."""

from typing import Any

import numpy as np

try:
    import skl2onnx
except ImportError as error:
    raise ImportError(
        "threshold_estimators.onnx needs skl2onnx. Install it with: "
        "pip install 'threshold-estimators[onnx]'"
    ) from error
from skl2onnx.common.data_types import Int64TensorType, StringTensorType, guess_tensor_type

from ..estimators import (
    FixedThresholdsClassifier,
    MultiLabelRejectClassifier,
    MultiLabelThresholdClassifier,
    tuned_response,
)
from ._boosters import register_boosters, register_trees
from ._calibrators import calibrated
from ._decisions import decided, decided_outside
from ._graph import Graph
from ._scores import scores


def to_onnx(model: Any, X: Any, **params: Any) -> Any:
    """Convert a fitted classifier, or a pipeline that ends in one, to ONNX.

    Parameters
    ----------
    model : fitted classifier or pipeline
        A :class:`~threshold_estimators.MultiLabelThresholdClassifier`,
        :class:`~threshold_estimators.FixedThresholdsClassifier` or
        :class:`~threshold_estimators.MultiLabelRejectClassifier`, or a pipeline that ends in one,
        of estimators that skl2onnx or onnxmltools convert.
    X : array of shape (n_samples, n_features) or DataFrame
        Some samples, whose types the graph takes: float32 or float64.
    **params : dict
        Other parameters of ``skl2onnx.to_onnx``, such as ``target_opset``.

    Returns
    -------
    onnx_model : onnx.ModelProto
        The graph. Its outputs are "label", what ``predict`` returns, and "scores" of shape
        (n_samples, n_labels), what the thresholds are for.

    Raises
    ------
    NotImplementedError
        If the classifier has a part that ONNX cannot express.

    Notes
    -----
    The graph computes in the precision of ``X``. With float32, a score may differ from Python's in
    the last digits, so that a score nearer to its threshold than that may be decided otherwise.

    Examples
    --------
    >>> from sklearn.datasets import make_multilabel_classification
    >>> from sklearn.linear_model import LogisticRegression
    >>> from threshold_estimators import MultiLabelThresholdClassifier
    >>> from threshold_estimators.onnx import to_onnx
    >>> X, y = make_multilabel_classification(random_state=0)
    >>> model = MultiLabelThresholdClassifier(LogisticRegression(), random_state=0).fit(X, y)
    >>> onnx_model = to_onnx(model, X[:1].astype("float32"))
    >>> [output.name for output in onnx_model.graph.output]
    ['label', 'scores']
    """
    register_boosters()
    # The converters of onnxmltools know no later version of the operators for trees.
    opset = {"": skl2onnx.__max_supported_opset__, "ai.onnx.ml": 3}
    return skl2onnx.to_onnx(model, X, **{"target_opset": opset} | params)


def _decide(classifier, graph, y_score):
    return decided(graph, y_score, classifier.thresholds_, classifier.tuned_.limits)


def _decide_or_abstain(classifier, graph, y_score):
    return decided_outside(graph, y_score, classifier.bands_)


DECISIONS = {
    FixedThresholdsClassifier: _decide,
    MultiLabelThresholdClassifier: _decide,
    MultiLabelRejectClassifier: _decide_or_abstain,
}


def _answers(classifier):
    """What the decisions 0, 1 and perhaps -1 are called, as int64 or strings."""
    answers = classifier.label_space_.decisions.tolist()
    if isinstance(classifier, MultiLabelRejectClassifier):
        answers.append(classifier._fitted_undecided)  # which -1 takes from the end
    if all(isinstance(answer, str) for answer in answers):
        return np.array(answers, object)
    if all(isinstance(answer, int) for answer in answers):
        return np.array(answers, np.int64)
    raise NotImplementedError(
        "ONNX labels must be all whole numbers or all strings. "
        f"Got the classes {answers} instead. Change the classes of 'y', or 'undecided'."
    )


def _parse(scope, model, inputs, custom_parsers=None):
    """Declare the outputs, which are the same whatever option of skl2onnx is set."""
    operator = scope.declare_local_operator(f"ThresholdEstimators{type(model).__name__}", model)
    operator.inputs = inputs
    space = model.label_space_
    is_text = _answers(model).dtype == object
    shape = [None] if space.classes is not None else [None, space.n_labels]
    label_type = (StringTensorType if is_text else Int64TensorType)(shape)
    score_type = guess_tensor_type(inputs[0].type)
    score_type.shape = [None, space.n_labels]
    for name, kind in (("label", label_type), ("scores", score_type)):
        operator.outputs.append(scope.declare_local_variable(name, kind))
    return operator.outputs


def _keep_shapes(operator):
    """Nothing to do: the parser declared the shapes."""


def _convert(scope, operator, container):
    classifier = operator.raw_operator
    graph = Graph(operator.inputs, container.target_opset)
    y_score = _scores_of(graph, classifier)
    y_pred = DECISIONS[type(classifier)](classifier, graph, y_score)
    if classifier.label_space_.classes is not None:
        y_pred = graph.node("Squeeze", y_pred, np.array([1]))
    answers = _answers(classifier)
    label = graph.node(
        "Gather", answers, y_pred, axis=0, output_names=[operator.outputs[0].full_name]
    )
    label.add_to(scope, container)
    output = graph.node("Identity", y_score, output_names=[operator.outputs[1].full_name])
    output.add_to(scope, container)


def _scores_of(graph, classifier):
    """Node of the scores that the thresholds of a classifier are for."""
    if isinstance(classifier, MultiLabelRejectClassifier):
        classifier = classifier.classifier_
    n_labels = classifier.label_space_.n_labels
    calibrator = getattr(classifier, "calibrator_", None)
    if calibrator is None:
        method = tuned_response(classifier)
        return scores(graph, classifier.estimator_, graph.inputs, method, n_labels)
    method = classifier._response_method
    y_score = scores(graph, classifier.estimator_, graph.inputs, method, n_labels)
    return calibrated(graph, calibrator, y_score, n_labels)


for _classifier in DECISIONS:
    skl2onnx.update_registered_converter(
        _classifier,
        f"ThresholdEstimators{_classifier.__name__}",
        _keep_shapes,
        _convert,
        parser=_parse,
        options={"zipmap": [True, False, "columns"], "nocl": [True, False]},
    )
register_trees()
register_boosters()
