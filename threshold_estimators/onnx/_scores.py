"""The graph of a fitted estimator's scores, of shape (n_samples, n_labels)."""

import numpy as np
from sklearn.frozen import FrozenEstimator
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import Pipeline

from ..core import BaseSearchCV, ConstantPredictor
from ..fitting import KnownLabelsClassifier, VaryingLabelsClassifier
from ._boosters import is_of_xgboost, xgboost_labels

LABEL_BY_LABEL = OneVsRestClassifier, MultiOutputClassifier, KnownLabelsClassifier


def scores(graph, estimator, inputs, method, n_labels):
    """Node with the scores that ``method`` of a fitted estimator gives."""
    if isinstance(estimator, FrozenEstimator):
        return scores(graph, estimator.estimator, inputs, method, n_labels)
    if isinstance(estimator, BaseSearchCV):
        return scores(graph, estimator.best_estimator_, inputs, method, n_labels)
    if isinstance(estimator, Pipeline):
        for _, step in estimator.steps[:-1]:
            if step not in (None, "passthrough"):
                inputs = [graph.estimator(step, inputs)]
        return scores(graph, estimator.steps[-1][1], inputs, method, n_labels)
    if isinstance(estimator, ConstantPredictor):
        return graph.constant_rows(np.ravel(estimator.y_))
    if isinstance(estimator, VaryingLabelsClassifier):
        return _with_constant_labels(graph, estimator, inputs, method)
    if isinstance(estimator, LABEL_BY_LABEL):
        labels = [scores(graph, of_label, inputs, method, 1) for of_label in estimator.estimators_]
        return graph.node("Concat", *labels, axis=1)
    if method == "decision_function":
        return _decision_scores(graph, estimator, inputs, n_labels)
    return _probabilities(graph, estimator, inputs, n_labels)


def _with_constant_labels(graph, estimator, inputs, method):
    varying = estimator.varying_
    constants = estimator.constants_
    if method == "decision_function":
        constants = 2 * constants - 1
    parts = [graph.constant_rows(constants[~varying])] if not varying.all() else []
    if varying.any():
        n_varying = np.count_nonzero(varying)
        parts.append(scores(graph, estimator.estimator_, inputs, method, n_varying))
    order = np.argsort(np.append(np.flatnonzero(~varying), np.flatnonzero(varying)))
    return graph.columns(graph.node("Concat", *parts, axis=1), order)


def _decision_scores(graph, estimator, inputs, n_labels):
    is_linear = hasattr(estimator, "coef_") and hasattr(estimator, "intercept_")
    if is_linear and not hasattr(estimator, "support_"):
        # Of the larger class, or of each label: the converters of skl2onnx know fewer models.
        weights = graph.floats(np.atleast_2d(estimator.coef_).T)
        offset = graph.floats(np.reshape(estimator.intercept_, (1, -1)))
        product = graph.node("MatMul", graph.as_floats(inputs[0]), weights)
        return graph.node("Add", product, offset)
    if n_labels > 1:
        raise NotImplementedError(
            f"decision_function of {type(estimator).__name__} for several labels cannot be "
            "converted to ONNX. Wrap the estimator in sklearn.multiclass.OneVsRestClassifier."
        )
    raw = graph.estimator(estimator, inputs, zipmap=False, raw_scores=True)
    return graph.as_floats(graph.columns(raw[1], [-1]))


def _probabilities(graph, estimator, inputs, n_labels):
    if n_labels > 1 and is_of_xgboost(estimator):
        labels = [_probabilities(graph, e, inputs, 1) for e in xgboost_labels(estimator)]
        return graph.node("Concat", *labels, axis=1)
    proba = graph.as_floats(graph.estimator(estimator, inputs, zipmap=False)[1])
    classes = estimator.classes_
    if isinstance(classes, list):
        return _of_labels_first(graph, proba, classes)
    if n_labels > 1:
        return proba
    if len(classes) < 2:
        return graph.constant_rows([float(classes[0] == 1)])
    return graph.columns(proba, [np.argsort(classes)[1]])


def _of_labels_first(graph, proba, classes):
    """Scores from probabilities of shape (n_labels, n_samples, n_classes), as forests give them."""
    if all(len(of_label) == 2 for of_label in classes):
        positive = graph.node("Gather", proba, np.array(1, np.int64), axis=2)
        return graph.node("Transpose", positive, perm=[1, 0])
    labels = []
    for label, of_label in enumerate(classes):
        if len(of_label) < 2:
            labels.append(graph.constant_rows([float(of_label[0] == 1)]))
            continue
        of_samples = graph.node("Gather", proba, np.array(label, np.int64), axis=0)
        labels.append(graph.columns(of_samples, [1]))
    return graph.node("Concat", *labels, axis=1)
