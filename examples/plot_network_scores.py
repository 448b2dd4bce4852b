"""
How to tune thresholds on scores from Keras, PyTorch or a database
==================================================================

You have trained a network elsewhere, and you have its scores for a validation set:
``model.predict(X_valid)`` in Keras or ``torch.sigmoid(model(X_valid)).numpy()`` in PyTorch. The
network must not have been trained on this set. :func:`~threshold_estimators.tune_thresholds` takes
the array of scores and returns one number for each label.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import f1_score

from threshold_estimators import ThresholdCurveDisplay, threshold_report, tune_thresholds

# %%
# Simulate the scores of a network
# --------------------------------
#
# The scores are those of five labels, in float32. The rarer a label, the lower its scores.
LABEL_NAMES = ["person", "car", "dog", "bicycle", "traffic light"]
prevalence = np.array([0.5, 0.3, 0.1, 0.05, 0.03])
rng = np.random.default_rng(0)
y_true = (rng.random((6000, 5)) < prevalence).astype(int)
logits = np.log(prevalence / (1 - prevalence)) - 0.8 + 2 * y_true + rng.normal(size=y_true.shape)
y_score = (1 / (1 + np.exp(-logits))).astype(np.float32)
y_valid, score_valid = y_true[:3000], y_score[:3000]
y_test, score_test = y_true[3000:], y_score[3000:]

# %%
# Tune the thresholds
# -------------------
#
# ``cv`` splits the validation set into folds. ``cv_score`` evaluates each fold with thresholds
# tuned on the other folds, so it estimates the score on new samples.
tuned = tune_thresholds(y_valid, score_valid, scoring="f1_macro", cv=5, store_cv_results=True)
for name, threshold in zip(LABEL_NAMES, tuned.thresholds, strict=True):
    print(f"{name:<15}{threshold:.3f}")

f1_tuned = f1_score(y_test, tuned.predict(score_test), average="macro")
f1_half = f1_score(y_test, score_test >= 0.5, average="macro")
print(f"macro-F1 expected on new samples (cv_score)   {tuned.cv_score:.3f}")
print(f"macro-F1 on the test set, tuned thresholds    {f1_tuned:.3f}")
print(f"macro-F1 on the test set, threshold 0.5       {f1_half:.3f}")

# %%
# Inspect each label
# ------------------
#
# The report describes the thresholds by the validation set.
print(threshold_report(tuned, label_names=LABEL_NAMES))

# %%
# The curves show precision, recall and F1 of each label on the test set.
ThresholdCurveDisplay.from_predictions(
    y_test, score_test, tuned.thresholds, cv_thresholds=tuned.cv_thresholds, label_names=LABEL_NAMES
)
plt.show()

# %%
# Use the thresholds elsewhere
# ----------------------------
#
# The service that runs the network does not need this package. A label is predicted where its score
# is at least its threshold.
y_pred = score_test >= tuned.thresholds
print("same predictions:", bool((y_pred == tuned.predict(score_test)).all()))
