"""
Choosing strategy and model by GridSearchCV
===========================================

``strategy`` and ``scoring`` are parameters like any other, and so are those of the estimator inside. With ``memory``
each model is fitted once, however many ways of tuning are tried on its scores.
"""

from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.datasets import make_multilabel_classification
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

from threshold_estimators import MultilabelStratifiedKFold, MultiLabelThresholdClassifier

X, y = make_multilabel_classification(
    n_samples=500, n_classes=12, n_labels=2, length=20, random_state=0
)
print("positives of the labels:", np.sort(y.sum(axis=0)))

# %%
# The folds of the search are rows that neither the model nor its thresholds have seen: within the others, the
# classifier holds out rows of its own. ``random_state`` is an int, so that equal fits are found in ``memory``.
with TemporaryDirectory() as memory:
    model = MultiLabelThresholdClassifier(
        LogisticRegression(max_iter=1000), memory=memory, random_state=0
    )
    grid = {
        "estimator__C": [0.01, 0.1, 1],
        "strategy": ["pooled", "per_label", "global"],
        "scoring": ["f1_macro", "f1_micro"],
    }
    folds = MultilabelStratifiedKFold(5, shuffle=True, random_state=0)
    search = GridSearchCV(
        model, grid, scoring=["f1_macro", "f1_micro"], refit="f1_macro", cv=folds
    ).fit(X, y)
print("best for macro-F1:", search.best_params_)

# %%
# What became of each way of tuning, with the best ``C``. Tune for the metric that you will be judged by.
columns = [
    "param_scoring",
    "param_strategy",
    "mean_test_f1_macro",
    "std_test_f1_macro",
    "mean_test_f1_micro",
]
table = pd.DataFrame(search.cv_results_)
print(
    table[table["param_estimator__C"] == search.best_params_["estimator__C"]][columns].to_string(
        index=False
    )
)

# %%
# The same as a picture. Lines span a standard error of the mean over the five folds.
figure, axes = plt.subplots(1, 2, figsize=(9, 3.8), layout="constrained", sharey=True)
colors = {"pooled": "#D55E00", "per_label": "#0072B2", "global": "#56B4E9"}
for ax, goal in zip(axes, ("f1_macro", "f1_micro"), strict=True):
    for shift, (strategy, color) in enumerate(colors.items()):
        part = table[(table["param_strategy"] == strategy) & (table["param_scoring"] == goal)]
        ax.errorbar(
            np.arange(len(part)) + 0.12 * (shift - 1),
            part[f"mean_test_{goal}"],
            part[f"std_test_{goal}"] / np.sqrt(folds.n_splits),
            fmt="o",
            color=color,
            label=strategy,
        )
    ax.set(xticks=range(3), xticklabels=grid["estimator__C"], xlabel="C of the logistic regression")
    ax.set_title(f"tuned for and judged by {goal}", fontsize="medium")
    ax.spines[["top", "right"]].set_visible(False)
axes[0].set_ylabel("mean of five folds")
axes[1].legend(title="strategy", frameon=False, loc="lower right")
plt.show()
