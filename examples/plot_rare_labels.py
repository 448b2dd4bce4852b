"""
Rare labels: why per-label thresholds overfit, and what pooling does
====================================================================

The threshold of a label with five positives depends on chance if it is tuned on these five alone. A
threshold common to all labels does not have this problem, but it ignores that the scores of some
labels are lower than those of others. ``strategy="pooled"`` combines both: a rare label borrows
strength from all labels, a frequent label relies on its own samples.

This example simulates 120 labels, from frequent to rare. The scores separate all of them equally
well, but on a scale that differs from label to label. Thresholds are tuned on 1,000 samples and
evaluated on 100,000 others.
"""

import matplotlib.pyplot as plt
import numpy as np

from threshold_estimators import FBeta, tune_thresholds

N_LABELS, N_TRAIN, N_TEST = 120, 1000, 100_000
rng = np.random.default_rng(0)
prevalence = np.geomspace(0.4, 0.003, N_LABELS)
scale = rng.uniform(0.7, 1.3, N_LABELS)


def draw_samples(n_samples):
    """Labels and scores. The scores are log odds, multiplied by an unknown factor of the label."""
    y_true = rng.random((n_samples, N_LABELS)) < prevalence
    noise = rng.normal(size=y_true.shape)
    return y_true, scale * (noise + 2 * y_true + np.log(prevalence) - 1.5)


y_train, score_train = draw_samples(N_TRAIN)
y_test, score_test = draw_samples(N_TEST)

# %%
# Compare the strategies
# ----------------------
#
# The reference are the best thresholds for the test set. Nobody can know them in advance; the
# difference to them is the F1 that a strategy loses.
f1_of_labels = FBeta(average=None).evaluate
best_thresholds = tune_thresholds(y_test, score_test, strategy="per_label").thresholds
best_f1 = f1_of_labels(y_test, score_test >= best_thresholds)

colors = {"global": "#56B4E9", "per_label": "#0072B2", "pooled": "#D55E00"}
thresholds, lost_f1 = {}, {}
print("macro-F1 on the test set")
for strategy in colors:
    thresholds[strategy] = tune_thresholds(y_train, score_train, strategy=strategy).thresholds
    f1 = f1_of_labels(y_test, score_test >= thresholds[strategy])
    lost_f1[strategy] = best_f1 - f1
    print(f"  {strategy:<10}{f1.mean():.3f}")
print(f"  {'best':<10}{best_f1.mean():.3f}")

# %%
# Plot the error of the thresholds against the number of positives
# ----------------------------------------------------------------
#
# Left: the distance of each threshold from the best one. The per-label thresholds of rare labels
# scatter. The global threshold is too high for rare labels and too low for frequent ones. Right:
# the loss in F1, averaged over groups of twenty labels.
n_positives = y_train.sum(axis=0)
groups = np.arange(N_LABELS).reshape(-1, 20)
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.8), layout="constrained")
for strategy, color in colors.items():
    finite = np.isfinite(thresholds[strategy])
    distance = thresholds[strategy][finite] - best_thresholds[finite]
    left.plot(n_positives[finite], distance, "o", ms=4, color=color, alpha=0.8)
    mean_positives = n_positives[groups].mean(axis=1)
    right.plot(
        mean_positives, lost_f1[strategy][groups].mean(axis=1), "o-", color=color, label=strategy
    )
left.axhline(0, color="0.6", lw=1, zorder=0)
left.set(
    ylabel="threshold minus best threshold (log odds)", title="Distance from the best threshold"
)
right.set(ylabel="loss in F1 on the test set", ylim=(0, None), title="Loss in F1")
for ax in (left, right):
    ax.set(xscale="log", xlabel="positives in the training set")
    ax.spines[["top", "right"]].set_visible(False)
right.legend(title="strategy", frameon=False)
plt.show()
