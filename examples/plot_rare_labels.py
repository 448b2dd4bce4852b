"""
Rare labels: a cut of their own is chance, a shared one is not their own
========================================================================

A hundred and twenty labels, from frequent to rare, and scores that are equally good for all of them, though on a scale
that differs from label to label. Thresholds are tuned on 1,000 rows and judged on 100,000 others.

Tuned for itself, a label with five positives takes whatever cut suits those five. One cut for all labels cannot know
that a label's scores are low. Pooled evidence moves from the second to the first as positives accumulate.
"""

import matplotlib.pyplot as plt
import numpy as np

from threshold_estimators import FBeta, tune_thresholds

N_LABELS, N_TRAIN, N_TEST = 120, 1000, 100_000
rng = np.random.default_rng(0)
base_rate = np.geomspace(0.4, 0.003, N_LABELS)
scale = rng.uniform(0.7, 1.3, N_LABELS)
label_f1 = FBeta(average=None).evaluate


def draw(n_samples):
    """Labels and log odds that are off by a factor which only the label knows."""
    y_true = rng.random((n_samples, N_LABELS)) < base_rate
    return y_true, scale * (rng.normal(size=y_true.shape) + 2 * y_true + np.log(base_rate) - 1.5)


y_train, score_train = draw(N_TRAIN)
y_test, score_test = draw(N_TEST)

# %%
# What each strategy loses against the cut that is best for the new rows themselves.
best = tune_thresholds(y_test, score_test, strategy="per_label").thresholds
best_f1 = label_f1(y_test, score_test >= best)
strategies = {"global": "#56B4E9", "per_label": "#0072B2", "pooled": "#D55E00"}
thresholds = {
    name: tune_thresholds(y_train, score_train, strategy=name).thresholds for name in strategies
}
lost = {name: best_f1 - label_f1(y_test, score_test >= cut) for name, cut in thresholds.items()}
for name, points in lost.items():
    print(
        f"{name:<10} macro-F1 on new rows {np.mean(best_f1 - points):.3f}, possible {np.mean(best_f1):.3f}"
    )

# %%
# Left, how far each threshold lies from the best one; right, what that costs. Groups of twenty labels are averaged.
n_pos = y_train.sum(axis=0)
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.8), layout="constrained")
groups = np.arange(N_LABELS).reshape(-1, 20)
for name, color in strategies.items():
    finite = np.isfinite(thresholds[name])
    left.plot(
        n_pos[finite],
        (thresholds[name] - best)[finite],
        "o",
        ms=4,
        color=color,
        alpha=0.8,
        label=name,
    )
    right.plot(n_pos[groups].mean(1), lost[name][groups].mean(1), "o-", color=color, label=name)
left.axhline(0, color="0.6", lw=1, zorder=0)
left.set(
    ylabel="threshold minus best threshold (log odds)", title="Distance from the best threshold"
)
right.set(ylabel="lost of F1 on new rows", ylim=(0, None), title="What it costs")
for ax in (left, right):
    ax.set(xscale="log", xlabel="positive rows tuned on")
    ax.spines[["top", "right"]].set_visible(False)
right.legend(title="strategy", frameon=False)
plt.show()
