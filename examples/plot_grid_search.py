"""
How to choose the strategy and the model with GridSearchCV
==========================================================

``strategy`` and ``scoring`` are parameters of
:class:`~threshold_estimators.MultiLabelThresholdClassifier`, so ``GridSearchCV`` can search them
together with the parameters of the wrapped estimator. With ``memory`` each model is fitted only
once, whatever the number of strategies and objectives that are tried on its scores.
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
print("positives of each label, sorted:", np.sort(y.sum(axis=0)))

# %%
# Run the search
# --------------
#
# The cross-validation is nested. ``GridSearchCV`` holds out a fold for evaluation, and the
# classifier holds out folds of the remaining samples to tune its thresholds. ``random_state`` is an
# int, because ``memory`` recognises only reproducible fits.
param_grid = {
    "estimator__C": [0.01, 0.1, 1],
    "strategy": ["pooled", "per_label", "global"],
    "scoring": ["f1_macro", "f1_micro"],
}
cv = MultilabelStratifiedKFold(5, shuffle=True, random_state=0)
with TemporaryDirectory() as memory:
    model = MultiLabelThresholdClassifier(
        LogisticRegression(max_iter=1000), memory=memory, random_state=0
    )
    search = GridSearchCV(
        model, param_grid, scoring=["f1_macro", "f1_micro"], refit="f1_macro", cv=cv
    )
    search.fit(X, y)
print("best for macro-F1:", search.best_params_)

# %%
# Compare the strategies for the best ``C``
# -----------------------------------------
#
# Tune for the metric by which you evaluate: thresholds tuned for micro-F1 are not the best ones for
# macro-F1.
columns = [
    "param_scoring",
    "param_strategy",
    "mean_test_f1_macro",
    "std_test_f1_macro",
    "mean_test_f1_micro",
]
results = pd.DataFrame(search.cv_results_)
best_c = results["param_estimator__C"] == search.best_params_["estimator__C"]
print(results.loc[best_c, columns].to_string(index=False))

# %%
# Plot the results for every ``C``
# --------------------------------
#
# The vertical lines show one standard error of the mean over the five folds.
figure, axes = plt.subplots(1, 2, figsize=(9, 3.8), layout="constrained", sharey=True)
colors = {"pooled": "#D55E00", "per_label": "#0072B2", "global": "#56B4E9"}
for ax, scoring in zip(axes, ("f1_macro", "f1_micro"), strict=True):
    for position, (strategy, color) in enumerate(colors.items()):
        selected = (results["param_strategy"] == strategy) & (results["param_scoring"] == scoring)
        mean = results.loc[selected, f"mean_test_{scoring}"]
        standard_error = results.loc[selected, f"std_test_{scoring}"] / np.sqrt(cv.n_splits)
        x = np.arange(len(mean)) + 0.12 * (position - 1)
        ax.errorbar(x, mean, standard_error, fmt="o", color=color, label=strategy)
    ax.set(
        xticks=range(3),
        xticklabels=param_grid["estimator__C"],
        xlabel="C of the logistic regression",
    )
    ax.set_title(f"tuned for and evaluated by {scoring}", fontsize="medium")
    ax.spines[["top", "right"]].set_visible(False)
axes[0].set_ylabel("mean over five folds")
axes[1].legend(title="strategy", frameon=False, loc="lower right")
plt.show()
