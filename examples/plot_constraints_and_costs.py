"""
How to tune thresholds for constraints and costs
================================================

"At least 90 % of the predicted samples must be correct" is a constraint on precision. "A false
negative costs ten times as much as a false positive" is a cost. Both are objectives, like F1.

This example fits one classifier and tunes its thresholds for five objectives. The classifier keeps
its out-of-fold scores, so ``retune`` learns new thresholds without fitting a model.
"""

import time

import matplotlib.pyplot as plt
from sklearn.datasets import make_multilabel_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import precision_score, recall_score
from sklearn.model_selection import train_test_split

from threshold_estimators import (
    Constrained,
    Cost,
    FBeta,
    MultiLabelThresholdClassifier,
    Precision,
    Recall,
    ThresholdCurveDisplay,
)

X, y = make_multilabel_classification(
    n_samples=6000, n_classes=4, n_labels=2, length=30, random_state=0
)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5, random_state=0)

# %%
# Fit once, retune for each objective
# -----------------------------------
#
# With ``strategy="per_label"`` each label gets the exact optimum on the out-of-fold scores, and a
# constraint holds exactly on these scores.
start = time.perf_counter()
model = MultiLabelThresholdClassifier(
    LogisticRegression(max_iter=1000), strategy="per_label", store_cv_results=True, random_state=0
)
model.fit(X_train, y_train)
print(f"fit: {time.perf_counter() - start:.2f} s")

objectives = {
    "F1": FBeta(),
    "recall at precision >= 0.9": Constrained(Recall(), Precision(), at_least=0.9, confidence=None),
    "precision at recall >= 0.9": Constrained(Precision(), Recall(), at_least=0.9, confidence=None),
    "a false negative costs 10": Cost(fp=1, fn=10),
    "a false positive costs 10": Cost(fp=10, fn=1),
}
predictions = {}
for name, objective in objectives.items():
    start = time.perf_counter()
    model.retune(scoring=objective)
    milliseconds = 1000 * (time.perf_counter() - start)
    predictions[name] = model.predict(X_test)
    print(f"{name:<28}{milliseconds:>5.0f} ms   thresholds {model.thresholds_.round(2)}")

# %%
# Evaluate on the test set
# ------------------------
#
# A constraint holds only approximately on new samples. The precision on the tuning samples is
# optimistic, because the same samples chose the threshold. If you promise a precision to somebody,
# tune for a higher one.
cost = Cost(fp=1, fn=10)


def format_values(values):
    return "  ".join(f"{value:.2f}" for value in values)


print(f"{'tuned for':<28}{'precision of each label':>24}{'recall of each label':>26}{'cost':>7}")
for name, y_pred in predictions.items():
    precision = format_values(precision_score(y_test, y_pred, average=None))
    recall = format_values(recall_score(y_test, y_pred, average=None))
    mean_cost = -cost.evaluate(y_test, y_pred)
    print(f"{name:<28}{precision:>24}{recall:>26}{mean_cost:>7.3f}")
print("cost: mean over samples and labels; a false negative costs 10, a false positive 1")

# %%
# Plot precision and recall against the threshold
# -----------------------------------------------
#
# The horizontal line is the constraint on precision. The curves are those of the test set.
model.retune(scoring=objectives["recall at precision >= 0.9"])
display = ThresholdCurveDisplay.from_estimator(
    model, X_test, y_test, objectives=[Recall(), Precision()]
)
for ax in display.axes_:
    ax.axhline(0.9, color="0.6", lw=1, zorder=0)
plt.show()
