"""
Imbalanced classes: why the test set must not choose the threshold
==================================================================

Many tutorials on imbalanced classification move the threshold like this: they draw the ROC or the
precision-recall curve of the test set, pick the best point, and report the score at this point. The
score is optimistic, because the test set chose the threshold that it evaluates.

This example measures the effect on 10,000 samples, 1 % of them positive, with logistic regression.
It compares such a threshold with one learnt from the training set by
:class:`~threshold_estimators.MultiLabelThresholdClassifier`, which accepts a single label too.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, precision_recall_curve, roc_curve
from sklearn.model_selection import StratifiedShuffleSplit, train_test_split

from threshold_estimators import FBeta, GMean, MultiLabelThresholdClassifier, OperatingPointDisplay

X, y = make_classification(
    n_samples=10000,
    n_features=2,
    n_redundant=0,
    n_clusters_per_class=1,
    weights=[0.99],
    flip_y=0,
    random_state=4,
)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5, stratify=y, random_state=2)

# %%
# The recipes of the tutorials
# ----------------------------


def best_g_mean(y_true, y_score):
    """Threshold with the highest geometric mean of both rates, from the ROC curve."""
    fpr, tpr, thresholds = roc_curve(y_true, y_score)
    return thresholds[np.argmax(tpr * (1 - fpr))]


def best_f1(y_true, y_score):
    """Threshold with the highest F1, from the precision-recall curve."""
    precision, recall, thresholds = precision_recall_curve(y_true, y_score)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    return thresholds[np.argmax(f1[:-1])]


def best_f1_of_grid(y_true, y_score):
    """Threshold with the highest F1 among a grid."""
    grid = np.arange(0, 1, 0.001)
    return grid[np.argmax([f1_score(y_true, y_score >= threshold) for threshold in grid])]


metrics = [("G-mean", GMean(), best_g_mean), ("F1", FBeta(), best_f1)]

# %%
# Evaluate on the test set
# ------------------------
#
# The test set has 50 positives, so the last digits depend on chance. ``cv_score_`` is the score
# expected on new samples, estimated from the training set.
y_score = LogisticRegression().fit(X_train, y_train).predict_proba(X_test)[:, 1]
models = {}
print(f"{'metric':<8}{'threshold':<26}{'value':>8}{'test score':>12}{'expected':>10}")
for name, objective, recipe in metrics:
    model = MultiLabelThresholdClassifier(LogisticRegression(), scoring=objective, random_state=0)
    models[name] = model.fit(X_train, y_train)
    thresholds = {
        "0.5": 0.5,
        "chosen on the test set": recipe(y_test, y_score),
        "learnt in training": model.thresholds_[0],
    }
    for origin, threshold in thresholds.items():
        test_score = objective.evaluate(y_test, y_score >= threshold)
        expected = f"{model.cv_score_:.4f}" if origin == "learnt in training" else ""
        print(f"{name:<8}{origin:<26}{threshold:>8.4f}{test_score:>12.4f}{expected:>10}")

# %%
# A grid finds nearly the same threshold as the curve. Finer steps do not remove the bias.
print(f"best F1 of a grid with step 0.001: threshold {best_f1_of_grid(y_test, y_score):.3f}")

# %%
# Measure the bias
# ----------------
#
# How much of the score on the test set is due to chance? Split the test set into two halves, 200
# times. Choose the threshold on one half, and evaluate it on both.
splitter = StratifiedShuffleSplit(n_splits=200, test_size=0.5, random_state=0)
print(f"{'metric':<8}{'same half':>12}{'other half':>12}")
for name, objective, recipe in metrics:
    same_half, other_half = [], []
    for chosen_on, other in splitter.split(y_score, y_test):
        threshold = recipe(y_test[chosen_on], y_score[chosen_on])
        same_half.append(objective.evaluate(y_test[chosen_on], y_score[chosen_on] >= threshold))
        other_half.append(objective.evaluate(y_test[other], y_score[other] >= threshold))
    print(f"{name:<8}{np.mean(same_half):>12.3f}{np.mean(other_half):>12.3f}")

# %%
# Plot the operating points
# -------------------------
#
# The curves are those of the test set. The cross is the point that the tutorials choose on this
# test set. The ROC curve is enlarged near the upper left corner.
figure, axes = plt.subplots(1, 2, figsize=(10, 5), layout="constrained")


def mark_chosen_point(ax, x, y, offset, alignment):
    """Mark the point that was chosen on the test set."""
    ax.plot(x, y, "x", color="black", ms=9, mew=2)
    ax.annotate(
        "chosen on\nthe test set",
        (x, y),
        xytext=offset,
        textcoords="offset points",
        ha=alignment,
        va="top",
        arrowprops={"arrowstyle": "-", "color": "0.5"},
    )


OperatingPointDisplay.from_estimator(
    models["G-mean"], X_test, y_test, kind="roc", label_names=["G-mean"], ax=axes[0]
)
y_pred = y_score >= best_g_mean(y_test, y_score)
fpr, tpr = y_pred[y_test == 0].mean(), y_pred[y_test == 1].mean()
mark_chosen_point(axes[0], fpr, tpr, offset=(14, -24), alignment="left")
axes[0].set(xlim=(-0.02, 0.42), ylim=(0.48, 1.02))

OperatingPointDisplay.from_estimator(
    models["F1"], X_test, y_test, kind="precision_recall", label_names=["F1"], ax=axes[1]
)
y_pred = y_score >= best_f1(y_test, y_score)
recall, precision = y_pred[y_test == 1].mean(), y_test[y_pred].mean()
mark_chosen_point(axes[1], recall, precision, offset=(-14, -24), alignment="right")
plt.show()
