"""
Scores that exist already, from Keras, PyTorch or a warehouse
=============================================================

A network has been trained elsewhere, and what is left of it here is an array: the sigmoid outputs for rows that it was
not trained on, ``model.predict(X_valid)`` in Keras, ``torch.sigmoid(model(X_valid)).numpy()`` in PyTorch.
:func:`~threshold_estimators.tune_thresholds` needs nothing else, and leaves behind nothing but a number for each label.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import f1_score

from threshold_estimators import ThresholdCurveDisplay, threshold_report, tune_thresholds

# %%
# Such outputs, drawn at random: five labels, float32, and the rarer a label, the lower its scores.
LABELS = ["person", "car", "dog", "bicycle", "traffic light"]
base_rate = np.array([0.5, 0.3, 0.1, 0.05, 0.03])
rng = np.random.default_rng(0)
y_true = (rng.random((6000, 5)) < base_rate).astype(int)
logits = np.log(base_rate / (1 - base_rate)) - 0.8 + 2 * y_true + rng.normal(size=y_true.shape)
scores = (1 / (1 + np.exp(-logits))).astype(np.float32)
y_valid, scores_valid = y_true[:3000], scores[:3000]
y_test, scores_test = y_true[3000:], scores[3000:]

# %%
# One call. ``cv`` splits the validation rows, so that ``cv_score`` is what to expect of new ones.
tuned = tune_thresholds(y_valid, scores_valid, scoring="f1_macro", cv=5, store_cv_results=True)
print(
    "thresholds: ",
    ", ".join(f"{name} {cut:.3f}" for name, cut in zip(LABELS, tuned.thresholds, strict=True)),
)
print(f"macro-F1 expected of new rows   {tuned.cv_score:.3f}")
print(
    f"macro-F1 on new rows            {f1_score(y_test, tuned.predict(scores_test), average='macro'):.3f}"
)
print(
    f"macro-F1 on new rows, at 0.5    {f1_score(y_test, scores_test >= 0.5, average='macro'):.3f}"
)

# %%
# Label by label.
print(threshold_report(tuned, label_names=LABELS))

# %%
# On the new rows: what each cut would be worth, the chosen one and 0.5.
ThresholdCurveDisplay.from_predictions(
    y_test, scores_test, tuned.thresholds, cv_thresholds=tuned.cv_thresholds, label_names=LABELS
)
plt.show()

# %%
# Where the network is served, the thresholds are all that is needed, and no package: a label is predicted where
# ``score >= threshold``.
decided = scores_test >= tuned.thresholds
print("the same decisions:", bool((decided == tuned.predict(scores_test)).all()))
