"""The graph of a fitted calibrator: scores in, probabilities out, both (n_samples, n_labels)."""

import numpy as np

from ..fitting import LabelwiseCalibrator
from ._graph import DOUBLE, INT64
from ._scores import scores


def calibrated(graph, calibrator, y_score, n_labels):
    """Node of calibrated probabilities."""
    if not isinstance(calibrator, LabelwiseCalibrator):
        return scores(graph, calibrator, [y_score], "predict_proba", n_labels)
    # Steps of isotonic calibration are steep, so that they are computed in double precision.
    y_score = graph.node("Cast", y_score, to=DOUBLE)
    labels = []
    for label, of_label in enumerate(calibrator.calibrators_):
        if of_label is None:
            labels.append(graph.constant_rows([calibrator.constants_[label]]))
            continue
        fitted = of_label.calibrated_classifiers_[0].calibrators[0]
        curve = _sigmoid if hasattr(fitted, "a_") else _isotonic
        proba = curve(graph, fitted, graph.columns(y_score, [label]))
        labels.append(graph.as_floats(proba))
    return graph.node("Concat", *labels, axis=1)


def _sigmoid(graph, fitted, score):
    """1 / (1 + exp(a score + b)), Platt's curve."""
    product = graph.node("Mul", score, np.array([[-fitted.a_]], np.float64))
    return graph.node("Sigmoid", graph.node("Add", product, np.array([[-fitted.b_]], np.float64)))


def _isotonic(graph, fitted, score):
    """The line between the two knots that a score lies between; constant outside of the knots."""
    x, y = (values.astype(np.float64) for values in (fitted.X_thresholds_, fitted.y_thresholds_))
    if len(x) == 1:
        return graph.constant_rows(y)
    slope = np.diff(y) / np.diff(x)
    score = graph.node("Min", graph.node("Max", score, x[:1]), x[-1:])
    if len(x) == 2:
        return _line(graph, score, x[:1], y[:1], slope)
    # The last knot at or below the score; the last interval includes its end.
    is_reached = graph.node("GreaterOrEqual", score, x[np.newaxis, 1:-1])
    is_reached = graph.node("Cast", is_reached, to=INT64)
    knot = graph.node("ReduceSum", is_reached, np.array([1]), keepdims=1)
    of_knot = [graph.node("Gather", values[:-1], knot, axis=0) for values in (x, y)]
    return _line(graph, score, *of_knot, graph.node("Gather", slope, knot, axis=0))


def _line(graph, score, x, y, slope):
    rise = graph.node("Mul", graph.node("Sub", score, x), slope)
    return graph.node("Add", rise, y)
