"""
Getting started: learn a threshold for each label
=================================================

A multi-label classifier predicts a label where its score reaches a threshold, usually 0.5. A rare
label seldom gets a probability above 0.5, so the usual threshold misses most of its positives.

This example asks ten questions about the images of handwritten digits that ship with scikit-learn:
is the digit even, is it a prime number, does it have a loop?
:class:`~threshold_estimators.MultiLabelThresholdClassifier` learns one threshold for each question.
The example compares these thresholds with 0.5 and with the best threshold common to all labels.
"""

from importlib.util import find_spec

import numpy as np
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from threshold_estimators import MultiLabelThresholdClassifier

DIGITS_OF_LABEL = {
    "even": [0, 2, 4, 6, 8],
    "prime": [2, 3, 5, 7],
    "has a loop": [0, 6, 8, 9],
    "has two loops": [8],
    "square number": [0, 1, 4, 9],
    "cubic number": [0, 1, 8],
    "perfect number": [6],
    "multiple of four": [0, 4, 8],
    "multiple of five": [0, 5],
    "days of a week": [7],
}
label_names = list(DIGITS_OF_LABEL)

X, digit = load_digits(return_X_y=True)
y = np.column_stack([np.isin(digit, digits) for digits in DIGITS_OF_LABEL.values()]).astype(int)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5, random_state=0)

# %%
# Fit the classifiers
# -------------------
#
# The model is logistic regression on four principal components. It is small on purpose: its
# probabilities are often far from 0 and 1. Logistic regression handles a single label, so it is
# fitted once for each label. The principal components are fitted once for all labels.
estimator = make_pipeline(PCA(4, random_state=0), LogisticRegression())
global_model = MultiLabelThresholdClassifier(estimator, strategy="global", random_state=0)
global_model.fit(X_train, y_train)
model = MultiLabelThresholdClassifier(estimator, random_state=0).fit(X_train, y_train)

# %%
# Compare macro-F1 on the test set
# --------------------------------
#
# Neither the model nor the thresholds have seen the test set. ``cv_score_`` estimates the macro-F1
# on new samples from the training set alone: each fold is predicted with thresholds tuned on the
# other folds.
predictions = {
    "threshold 0.5": model.predict_proba(X_test) >= 0.5,
    "one global threshold": global_model.predict(X_test),
    "threshold_estimators": model.predict(X_test),
}
print("macro-F1 on the test set")
for name, y_pred in predictions.items():
    print(f"  {name:<22}{f1_score(y_test, y_pred, average='macro', zero_division=0):.3f}")
print(f"expected from the training set (cv_score_): {model.cv_score_:.3f}")

# %%
# Inspect the thresholds
# ----------------------
#
# The F1 of each label on the test set, with the threshold 0.5 and with the tuned threshold.
f1_half = f1_score(y_test, predictions["threshold 0.5"], average=None, zero_division=0)
f1_tuned = f1_score(y_test, predictions["threshold_estimators"], average=None, zero_division=0)
print(f"\n{'label':<20}{'positives':>10}{'threshold':>11}{'F1 at 0.5':>11}{'F1 tuned':>10}")
for label, name in enumerate(label_names):
    n_pos, threshold = y_train[:, label].sum(), model.thresholds_[label]
    print(f"{name:<20}{n_pos:>10}{threshold:>11.3f}{f1_half[label]:>11.3f}{f1_tuned[label]:>10.3f}")

# %%
# Plot the objective against the threshold
# ----------------------------------------
#
# The curves show precision, recall and F1 of three labels on the test set. No image reaches a
# probability of 0.5 for "cubic number" or for "has two loops". Plots need matplotlib; without it
# the example ends with the tables above.
if find_spec("matplotlib"):
    import matplotlib.pyplot as plt

    from threshold_estimators import ThresholdCurveDisplay, ThresholdMapDisplay

    ThresholdCurveDisplay.from_estimator(
        model,
        X_test,
        y_test,
        labels=["even", "cubic number", "has two loops"],
        label_names=label_names,
    )
    plt.show()

# sphinx_gallery_thumbnail_number = 2

# %%
# Plot all labels
# ---------------
#
# The map shows every label: the number of positives, the threshold, the range of the threshold over
# the folds, and the gain in F1 over the threshold 0.5.
if find_spec("matplotlib"):
    ThresholdMapDisplay.from_estimator(model, X_test, y_test, label_names=label_names)
    plt.show()
