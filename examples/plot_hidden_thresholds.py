"""
One threshold for all labels or one for each?
=============================================

The data is a toy problem from a forum: 100,000 samples and 100 labels with uniform scores. A label
is positive where its score reaches a hidden threshold, which differs from label to label. A common
recipe tries a grid of thresholds and keeps the best one for all labels.

This example compares that grid search with one threshold for each label, found by
:func:`~threshold_estimators.tune_thresholds`.
"""

import time

import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import f1_score

from threshold_estimators import tune_thresholds

N_TRAIN, N_TEST, N_LABELS = 100_000, 10_000, 100
rng = np.random.default_rng(0)
hidden_thresholds = rng.random(N_LABELS)
y_score = rng.random((N_TRAIN + N_TEST, N_LABELS))
y_true = y_score >= hidden_thresholds
score_train, score_test = y_score[:N_TRAIN], y_score[N_TRAIN:]
y_train, y_test = y_true[:N_TRAIN], y_true[N_TRAIN:]

# %%
# Grid search of one threshold
# ----------------------------
#
# The grid search computes the micro-F1 again for each candidate. It is slow, so it uses a tenth of
# the samples.
n_grid_samples = 10_000
grid = np.linspace(0.05, 0.95, 19)
start = time.perf_counter()
grid_f1 = [
    f1_score(y_train[:n_grid_samples], score_train[:n_grid_samples] >= threshold, average="micro")
    for threshold in grid
]
seconds = time.perf_counter() - start
best_threshold = grid[np.argmax(grid_f1)]
test_f1 = f1_score(y_test, score_test >= best_threshold, average="micro")
print(
    f"grid of {len(grid)} thresholds: best threshold {best_threshold:.2f}, "
    f"micro-F1 on the test set {test_f1:.6f}, {seconds:.1f} s for {n_grid_samples:,} samples"
)

# %%
# Exact search
# ------------
#
# ``strategy="global"`` finds the best of all common thresholds. The default strategy learns one
# threshold for each label. Both use all 100,000 training samples.
tuned_f1 = {}
for strategy in ("global", "pooled"):
    start = time.perf_counter()
    tuned = tune_thresholds(y_train, score_train, scoring="f1_micro", strategy=strategy)
    seconds = time.perf_counter() - start
    tuned_f1[strategy] = f1_score(y_test, tuned.predict(score_test), average="micro")
    print(
        f"{strategy:<7}micro-F1 on the test set {tuned_f1[strategy]:.6f}, "
        f"{seconds:.1f} s for {N_TRAIN:,} samples"
    )
largest_error = np.abs(tuned.thresholds - hidden_thresholds).max()
print(f"largest distance between a threshold and its hidden value: {largest_error:.6f}")

# %%
# Plot the result
# ---------------
#
# Left: no common threshold is good. A low one gives false positives for labels with a high hidden
# threshold, a high one misses positives of the others. Right: the thresholds found agree with the
# hidden ones.
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.8), layout="constrained")
left.plot(grid, grid_f1, "o-", color="#56B4E9", ms=4, label="one threshold for all labels")
left.axhline(tuned_f1["pooled"], color="#D55E00", label="one threshold for each label")
left.set(xlabel="threshold", ylabel="micro-F1", ylim=(0, 1.05), title="Grid search")
left.legend(frameon=False, loc="lower center")
right.plot([0, 1], [0, 1], color="0.8", lw=1)
right.plot(hidden_thresholds, tuned.thresholds, "o", color="#D55E00", ms=4)
right.axhline(best_threshold, color="#56B4E9")
right.set(xlabel="hidden threshold", ylabel="tuned threshold", title="Thresholds of the 100 labels")
for ax in (left, right):
    ax.spines[["top", "right"]].set_visible(False)
plt.show()
