"""The classifiers and scorers: from X and y to thresholds and decisions.

- ``_tuned.py``: ``MultiLabelThresholdClassifier`` fits its estimator, tunes thresholds on
  out-of-fold scores and predicts with them;
- ``_reject.py``: ``MultiLabelRejectClassifier`` may leave a label of a sample undecided;
- ``_fixed.py``: ``FixedThresholdsClassifier`` decides with thresholds that are given;
- ``_scorers.py``: scorers that need more than decisions, for grid searches;
- ``_base.py``: what the classifiers share: ``predict`` and the response methods.

``fit`` follows one order: check parameters, learn the labels (``LabelSpace``), fit and score out of
fold (room ``fitting``), tune (room ``tuning``). Attributes are set together at the end, so that a
fit that fails leaves the estimator as it was. ``retune`` repeats only the last step.

How to add a classifier: inherit from ``ThresholdedClassifier`` in ``_base.py`` and call
``_set_fitted`` at the end of ``fit``. Add it to tests/estimators/test_estimator_checks.py, which
runs scikit-learn's ``check_estimator``.
"""

from ._base import DEFAULT_THRESHOLD, fitted_classifier, scores_of, tuned_response
from ._fixed import FixedThresholdsClassifier
from ._reject import MultiLabelRejectClassifier
from ._scorers import BestThresholdsScorer, CoverageScorer, DecidedScorer
from ._tuned import MultiLabelThresholdClassifier
