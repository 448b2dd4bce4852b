"""
Sure, or ask a human
====================

A model that may say "don't know" hands the doubtful cells to somebody else. How many it has to hand over for the rest
to be right often enough is what :class:`~threshold_estimators.MultiLabelRejectClassifier` finds: for a wanted precision
each label gets two thresholds, and what lies between them is left undecided. Here on questions about the handwritten
digits that scikit-learn ships, by a model too small to know.
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

QUESTIONS = {
    "even": [0, 2, 4, 6, 8],
    "prime": [2, 3, 5, 7],
    "a square": [0, 1, 4, 9],
    "has a loop": [0, 6, 8, 9],
    "above six": [7, 8, 9],
    "multiple of four": [0, 4, 8],
}
X, digit = load_digits(return_X_y=True)
y = np.column_stack([np.isin(digit, digits) for digits in QUESTIONS.values()]).astype(int)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5, random_state=0)

# %%
# A :class:`~threshold_estimators.MultiLabelThresholdClassifier` says how scores are held out. The wanted precision is
# one of all cells decided as 1, and of all decided as 0, of each label.
base = make_pipeline(PCA(6, random_state=0), LogisticRegression())
scored = MultiLabelThresholdClassifier(base, random_state=0)
wanted = np.array([0.7, 0.75, 0.8, 0.85, 0.9, 0.925, 0.95, 0.975])
models = [
    MultiLabelRejectClassifier(scored, precision=floor).fit(X_train, y_train) for floor in wanted
]
reached = [DecidedScorer(Precision(average="micro"))(model, X_test, y_test) for model in models]
decided = [CoverageScorer()(model, X_test) for model in models]

# %%
# What was expected, from folds that had no part in choosing their bands, and what came out on rows that nobody saw.
print(f"{'':8}{'decided':^20}{'1s that are right':^20}")
print(f"{'wanted':8}{'expected':>10}{'test':>9} {'expected':>11}{'test':>9}")
for floor, model, share, right in zip(wanted, models, decided, reached, strict=True):
    print(
        f"{floor:<8}{model.cv_coverage_:>10.0%}{share:>9.0%} {model.cv_precision_:>11.1%}{right:>9.1%}"
    )

# %%
# The bands of one model, question by question. A question whose answers are wrong too often is answered with fewer
# ones, or with none at all, rather than with a broken promise.
model = models[4]
y_pred = model.predict(X_test)
print(
    f"\nwanted {wanted[4]:.0%}{'':>10}{'band':^15}{'left to a human':>17}{'1s right':>10}{'0s right':>10}"
)
for label, name in enumerate(QUESTIONS):
    low, high = model.bands_[:, label]
    said, truth = y_pred[:, label], y_test[:, label]
    shares = np.mean(said == -1), np.mean(truth[said == 1] == 1), np.mean(truth[said == 0] == 0)
    print(f"{name:<20}{low:>8.2f} to {high:<8.2f}" + "".join(f"{share:>11.0%}" for share in shares))

# %%
# What is wanted is what is got, at the price of what is left to a human.
figure, (left, right) = plt.subplots(1, 2, figsize=(9.5, 4), layout="constrained")
left.plot([0.65, 1], [0.65, 1], color="0.8", lw=1)
left.plot(
    wanted,
    [model.cv_precision_ for model in models],
    "o",
    color="#E69F00",
    mfc="none",
    label="expected",
)
left.plot(wanted, reached, "o", color="#0072B2", ms=5, label="on new rows")
left.set(xlabel="precision wanted", ylabel="cells decided as 1 that are right")
left.legend(frameon=False)
right.plot(wanted, decided, "o-", color="#0072B2", ms=5)
right.set(xlabel="precision wanted", ylabel="cells decided", ylim=(0, 1.03))
for ax in (left, right):
    ax.spines[["top", "right"]].set_visible(False)
plt.show()
