"""From X and y to out-of-fold scores: fitting any estimator to several labels.

Thresholds tuned on scores of the training samples are optimistic, because the estimator knows
these samples. Here each sample is scored by a model that was fitted without it (cross-fitting).

1. `_one_vs_rest.py` copies an estimator of a single label for each label (binary relevance); of a
   pipeline, the last steps only. `_adapters.py` fits any estimator to a label indicator; labels
   that are constant in a fold are set aside.
2. `_cross_fit.py` fits a clone for each fold, in parallel, and collects the out-of-fold scores.
3. `_response.py` reads the answer of an estimator as scores of shape (n_samples, n_labels).
4. `_calibration.py` turns scores into probabilities, out of fold too (Platt's sigmoid, isotonic).

`_callbacks.py` reports the progress of these steps to scikit-learn's callbacks.

How to add a response format: only `label_scores` in `_response.py` knows the formats of answers.
Convert the new one there, before `read_scores`. Find the column of the positive class by
``classes_``, not by its position. Add a case to `test_every_format_of_probabilities`.

How to add a calibrator: add its name to ``METHODS`` in `_calibration.py`, and let `as_calibrator`
return an estimator from scores (n_samples, n_labels) to as many labels.
"""

from ._adapters import (
    KnownLabelsClassifier,
    VaryingLabelsClassifier,
    check_fit_params,
    fit_labels,
    seeded,
    takes_fit_param,
)
from ._calibration import (
    METHODS,
    LabelwiseCalibrator,
    as_calibrator,
    calibrator_params,
    fit_calibrator,
)
from ._callbacks import fit_task
from ._cross_fit import fit_and_hold_out, warn_of_constant_labels
from ._one_vs_rest import one_vs_rest_if_needed
from ._response import label_scores, response_method_name
