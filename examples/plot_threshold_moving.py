"""
Moving the threshold of a rare class, on rows that do not judge it
==================================================================

The problem of many articles on imbalanced classification: 10,000 rows, one in a hundred positive, a logistic
regression. They draw the ROC and the precision-recall curve of the test half, pick the best point, and report the
value there. The cut is then chosen with the labels that judge it. Here is that, beside cuts learnt from the training
half alone; a single label is one column of :class:`~threshold_estimators.MultiLabelThresholdClassifier`.
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


def best_g_mean(y_true, y_score):
    """The point of the ROC curve with the highest geometric mean of sensitivity and specificity."""
    fpr, tpr, cuts = roc_curve(y_true, y_score)
    return cuts[np.argmax(tpr * (1 - fpr))]


def best_f1(y_true, y_score):
    """The point of the precision-recall curve with the highest F1."""
    precision, recall, cuts = precision_recall_curve(y_true, y_score)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    return cuts[np.argmax(f1[:-1])]


def best_of_grid(y_true, y_score):
    """The cut with the highest F1 of a grid."""
    grid = np.arange(0, 1, 0.001)
    return grid[np.argmax([f1_score(y_true, y_score >= cut) for cut in grid])]


# %%
# Both ways. The articles' cuts come from the test half, ours from the training half in cross-validation, and with them
# an expectation. Either half has 50 positives: the last digits of all of this are chance.
y_score = LogisticRegression().fit(X_train, y_train).predict_proba(X_test)[:, 1]
models = {}
print(f"{'':<8}{'cut':>28}{'threshold':>11}{'on the test half':>18}{'expected':>10}")
for name, objective, article in [("G-mean", GMean(), best_g_mean), ("F1", FBeta(), best_f1)]:
    model = MultiLabelThresholdClassifier(LogisticRegression(), scoring=objective, random_state=0)
    model.fit(X_train, y_train)
    models[name] = model
    cuts = {
        "0.5": 0.5,
        "chosen on the test half": article(y_test, y_score),
        "learnt in training": model.thresholds_[0],
    }
    for told, cut in cuts.items():
        value = objective.evaluate(y_test, y_score >= cut)
        expected = f"{model.cv_score_:.4f}" if told == "learnt in training" else ""
        print(f"{name:<8}{told:>28}{cut:>11.4f}{value:>18.4f}{expected:>10}")

print(
    f"best F1 of a grid of step 0.001: at {best_of_grid(y_test, y_score):.3f}, between the same two scores"
)

# %%
# The test half has 50 positives, and the value at a cut that was chosen on it is the best it can show. How much of it
# is luck? The test half is split in two 200 times: choose the cut on one part, judge it there and on the other part.
halves = StratifiedShuffleSplit(n_splits=200, test_size=0.5, random_state=0)
print(f"\n{'':<8}{'where it was chosen':>20}{'on other rows':>15}")
for name, objective, article in [("G-mean", GMean(), best_g_mean), ("F1", FBeta(), best_f1)]:
    values = []
    for here, there in halves.split(y_score, y_test):
        cut = article(y_test[here], y_score[here])
        values.append(
            [objective.evaluate(y_test[rows], y_score[rows] >= cut) for rows in (here, there)]
        )
    chosen, others = np.mean(values, axis=0)
    print(f"{name:<8}{chosen:>20.3f}{others:>15.3f}")

# %%
# The learnt points on the curves of the test half, and those that the articles pick. Of the ROC curve only the corner
# is shown.
figure, axes = plt.subplots(1, 2, figsize=(10, 5), layout="constrained")
panels = [("G-mean", "roc", best_g_mean), ("F1", "precision_recall", best_f1)]
for ax, (name, kind, article) in zip(axes, panels, strict=True):
    OperatingPointDisplay.from_estimator(
        models[name], X_test, y_test, kind=kind, label_names=[name], ax=ax
    )
    chosen = y_score >= article(y_test, y_score)
    tpr, fpr, precision = (
        chosen[y_test == 1].mean(),
        chosen[y_test == 0].mean(),
        y_test[chosen].mean(),
    )
    point, beside = ((fpr, tpr), (14, -24)) if kind == "roc" else ((tpr, precision), (-14, -24))
    ax.plot(*point, "x", color="black", ms=9, mew=2)
    ax.annotate(
        "chosen on\nthese rows",
        point,
        xytext=beside,
        textcoords="offset points",
        ha="left" if kind == "roc" else "right",
        va="top",
        arrowprops={"arrowstyle": "-", "color": "0.5"},
    )
axes[0].set(xlim=(-0.02, 0.42), ylim=(0.48, 1.02))
plt.show()
