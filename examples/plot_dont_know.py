"""
How to abstain from uncertain predictions
=========================================

A classifier may abstain and leave uncertain predictions to a human.
:class:`~threshold_estimators.MultiLabelRejectClassifier` abstains as seldom as it can while the
other predictions reach a required precision. Each label gets two thresholds: it is predicted as 1
above the upper one, as 0 below the lower one, and as -1 ("don't know") between them.

The labels are questions about the handwritten digits that ship with scikit-learn. The model is
small, so many of its predictions are uncertain.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from threshold_estimators import (
    CoverageScorer,
    DecidedScorer,
    MultiLabelRejectClassifier,
    MultiLabelThresholdClassifier,
    Precision,
)

DIGITS_OF_LABEL = {
    "even": [0, 2, 4, 6, 8],
    "prime": [2, 3, 5, 7],
    "square number": [0, 1, 4, 9],
    "has a loop": [0, 6, 8, 9],
    "above six": [7, 8, 9],
    "multiple of four": [0, 4, 8],
}
X, digit = load_digits(return_X_y=True)
y = np.column_stack([np.isin(digit, digits) for digits in DIGITS_OF_LABEL.values()]).astype(int)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5, random_state=0)

# %%
# Fit one model for each required precision
# -----------------------------------------
#
# The precision is required of each label twice: of its predictions of 1 and of its predictions of
# 0. The inner :class:`~threshold_estimators.MultiLabelThresholdClassifier` computes the out-of-fold
# scores.
estimator = make_pipeline(PCA(6, random_state=0), LogisticRegression())
scored = MultiLabelThresholdClassifier(estimator, random_state=0)
required = np.array([0.7, 0.75, 0.8, 0.85, 0.9, 0.925, 0.95, 0.975])
models = [
    MultiLabelRejectClassifier(scored, precision=precision).fit(X_train, y_train)
    for precision in required
]

# %%
# Compare the expected and the actual precision
# ---------------------------------------------
#
# Coverage is the fraction of predictions that are not -1. ``cv_coverage_`` and ``cv_precision_``
# are estimated from the training set: each fold is predicted with thresholds tuned on the other
# folds.
precision_scorer = DecidedScorer(Precision(average="micro"))
coverage_scorer = CoverageScorer()
test_precision = [precision_scorer(model, X_test, y_test) for model in models]
test_coverage = [coverage_scorer(model, X_test) for model in models]

print(f"{'required':<10}{'coverage':^20}{'precision of the 1s':^20}")
print(f"{'precision':<10}{'expected':>10}{'test':>9} {'expected':>11}{'test':>9}")
for index, model in enumerate(models):
    print(
        f"{required[index]:<10}{model.cv_coverage_:>10.0%}{test_coverage[index]:>9.0%} "
        f"{model.cv_precision_:>11.1%}{test_precision[index]:>9.1%}"
    )

# %%
# Inspect the thresholds of one model
# -----------------------------------
#
# This model requires a precision of 0.9. A label whose scores are weak has a wide band between its
# thresholds.
model = models[list(required).index(0.9)]
y_pred = model.predict(X_test)
print(f"{'label':<20}{'band':^16}{'abstained':>12}{'1s correct':>12}{'0s correct':>12}")
for label, name in enumerate(DIGITS_OF_LABEL):
    lower, upper = model.bands_[:, label]
    truth, predicted = y_test[:, label], y_pred[:, label]
    abstained = np.mean(predicted == -1)
    ones_correct = np.mean(truth[predicted == 1] == 1)
    zeros_correct = np.mean(truth[predicted == 0] == 0)
    band = f"{lower:.2f} to {upper:.2f}"
    print(f"{name:<20}{band:^16}{abstained:>12.0%}{ones_correct:>12.0%}{zeros_correct:>12.0%}")

# %%
# Plot precision and coverage
# ---------------------------
#
# Left: the precision on the test set follows the required precision. Where no abstention is needed
# to reach it, the precision is higher than required. Right: the coverage falls as the required
# precision rises.
figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 4), layout="constrained")
left.plot([0.65, 1], [0.65, 1], color="0.8", lw=1)
expected = [model.cv_precision_ for model in models]
left.plot(required, expected, "o", color="#E69F00", mfc="none", label="expected")
left.plot(required, test_precision, "o", color="#0072B2", ms=5, label="on the test set")
left.set(xlabel="required precision", ylabel="precision of the predictions of 1")
left.legend(frameon=False)
right.plot(required, test_coverage, "o-", color="#0072B2", ms=5)
right.set(xlabel="required precision", ylabel="coverage on the test set", ylim=(0, 1.03))
for ax in (left, right):
    ax.spines[["top", "right"]].set_visible(False)
plt.show()
