"""
A precision that holds on new samples
=====================================

"At least 80 % precision" is easily reached on the samples that thresholds are tuned on. On new
samples the precision of about half of the labels is lower, because the best of many thresholds was
lucky. ``Constrained(..., confidence=0.9)`` chooses thresholds whose floor holds on new samples for
nine labels in ten.

The example simulates forty labels of an alarm system, which 8 % of the samples have. Every alarm
costs somebody's time, so four of five alarms must be right.
"""

import matplotlib.pyplot as plt
import numpy as np

from threshold_estimators import Constrained, Precision, Recall, tune_thresholds

N_LABELS, N_NEW, AT_LEAST = 40, 50_000, 0.8
rng = np.random.default_rng(4)
separation = rng.uniform(2, 3.5, N_LABELS)


def draw_samples(n_samples):
    """Labels and scores; the labels differ in how well they can be found."""
    y_true = rng.random((n_samples, N_LABELS)) < 0.08
    return y_true, rng.normal(size=y_true.shape) + separation * y_true


y_new, new_score = draw_samples(N_NEW)
y_true, y_score = draw_samples(1000)

# %%
# Tune with and without a promise
# -------------------------------
precision, recall = Precision(average=None, zero_division=1), Recall(average=None)
choices = {
    "confidence=None": {"confidence": None},
    'confidence=0.9, strategy="per_label"': {"strategy": "per_label"},
    'confidence=0.9, strategy="pooled"': {"strategy": "pooled"},
}
found = {}
for name, how in choices.items():
    floor = Constrained(Recall(), Precision(), AT_LEAST, how.get("confidence", 0.9))
    strategy = how.get("strategy", "per_label")
    tuned = tune_thresholds(y_true, y_score, scoring=floor, strategy=strategy)
    y_pred = tuned.predict(new_score)
    of_precision, of_recall = precision.evaluate(y_new, y_pred), recall.evaluate(y_new, y_pred)
    found[name] = y_pred.any(axis=0), of_precision, of_recall

# %%
# What holds on new samples
# -------------------------
#
# One point per label, on 50,000 new samples. Without a promise half of the labels lie below the
# floor. With one, few do. "per_label" assumes nothing but exchangeable samples, and gives up many
# labels, which are then never predicted. "pooled" lets labels help each other, and finds more of
# the positive samples.
figure, axes = plt.subplots(1, 3, figsize=(10, 3.8), sharex=True, sharey=True, layout="constrained")
for ax, (name, result) in zip(axes, found.items(), strict=True):
    is_predicted, of_precision, of_recall = result
    holds = of_precision >= AT_LEAST
    for shown, color in ((holds, "#0072B2"), (~holds, "#D55E00")):
        shown = shown & is_predicted
        ax.plot(of_recall[shown], of_precision[shown], "o", ms=5, color=color, alpha=0.8)
    ax.axhline(AT_LEAST, color="0.4", lw=1, zorder=0)
    told = f"holds for {holds.sum()} of {N_LABELS} labels, mean recall {of_recall.mean():.2f}"
    ax.set_title(f"{name}\n{told}", fontsize=9)
    never = f"{np.sum(~is_predicted)} labels are never predicted"
    ax.text(0.03, 0.04, never, transform=ax.transAxes, fontsize=9)
    ax.set(xlabel="recall", xlim=(0, 1), ylim=(0.5, 1.02))
    ax.spines[["top", "right"]].set_visible(False)
axes[0].set_ylabel("precision on new samples")
axes[0].text(0.02, AT_LEAST - 0.025, "floor", color="0.4", fontsize=9)
plt.show()
