"""Nodes of ONNX, written as function calls."""

import numpy as np
from skl2onnx.algebra import onnx_ops
from skl2onnx.algebra.onnx_operator import OnnxOperator, OnnxSubEstimator
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType

FLOAT, DOUBLE, INT64 = 1, 11, 7  # element types of ONNX


class Graph:
    """Makes nodes of one version of ONNX, with floats of one type.

    inputs : variables or nodes that hold the features
    """

    def __init__(self, inputs, version):
        self.inputs = inputs
        self.version = version
        is_double = isinstance(inputs[0].type, DoubleTensorType)
        self.dtype = np.float64 if is_double else np.float32
        self.float_type = DOUBLE if is_double else FLOAT

    def node(self, operator, *inputs, **attributes):
        """Node of an operator of ONNX; arrays become constants."""
        make = getattr(onnx_ops, f"Onnx{operator}")
        return make(*inputs, op_version=self.version, **attributes)

    def estimator(self, estimator, inputs, **options):
        """Nodes of another converter: the predictions and the scores of a classifier."""
        types = None
        if isinstance(inputs[0], OnnxOperator) and not isinstance(inputs[0], OnnxSubEstimator):
            # skl2onnx does not know what other nodes return.
            types = [(DoubleTensorType if self.float_type == DOUBLE else FloatTensorType)()]
        return OnnxSubEstimator(
            estimator, *inputs, op_version=self.version, options=options, input_types=types
        )

    def floats(self, values):
        """Constant of the type of the scores."""
        return np.asarray(values, self.dtype)

    def as_floats(self, node):
        """A node cast to the type of the scores."""
        return self.node("Cast", node, to=self.float_type)

    def columns(self, node, columns):
        """Some columns of a node of shape (n_samples, n_columns)."""
        return self.node("Gather", node, np.asarray(columns, np.int64), axis=1)

    def constant_rows(self, values):
        """(n_samples, n_values) node with the same values in each row."""
        n_samples = self.node("Gather", self.node("Shape", self.inputs[0]), np.array([0]))
        shape = self.node("Concat", n_samples, np.array([len(values)]), axis=0)
        return self.node("Expand", self.floats([values]), shape)
