"""Fitted classifiers as ONNX graphs: scores of the model, then decisions by the thresholds.

Importing this room registers converters with skl2onnx, so that ``skl2onnx.to_onnx`` converts the
classifiers too, alone and at the end of a pipeline. It needs ``threshold-estimators[onnx]``.

- ``_convert.py`` has :func:`to_onnx` and the converters, which put the parts together;
- ``_scores.py`` makes the graph of an estimator's scores, whatever it answers with;
- ``_boosters.py`` mends and adds converters for gradient boosting;
- ``_calibrators.py`` makes the graphs of the calibrators "sigmoid" and "isotonic";
- ``_decisions.py`` makes the graph of the decision rules of ``core/_decisions.py``.

How to add a classifier: add it to ``DECISIONS`` in ``_convert.py`` with the function that decides.
"""

from ._convert import to_onnx

__all__ = ["to_onnx"]
