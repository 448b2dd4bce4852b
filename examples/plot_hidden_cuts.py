"""
A hundred hidden cuts, and the sweep that misses them
=====================================================

A toy from a forum: 100 labels, 100,000 rows of uniform scores, and a label is set where its score lies above a cut
that only the label knows. The usual recipe sweeps one cut over a grid and keeps the best. The sweep is drawn here,
beside a cut for each label, which :func:`~threshold_estimators.tune_thresholds` finds in less time.
"""

import time

import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import f1_score

from threshold_estimators import tune_thresholds

N_TRAIN, N_TEST, N_LABELS = 100_000, 10_000, 100
rng = np.random.default_rng(0)
hidden = rng.random(N_LABELS)
y_score = rng.random((N_TRAIN + N_TEST, N_LABELS))
y_true = y_score >= hidden
train, test = slice(N_TRAIN), slice(N_TRAIN, None)

# %%
# The sweep of the forum, one cut for all labels. On a tenth of the rows, for it is slow.
few = slice(10_000)
grid = np.linspace(0.05, 0.95, 19)
start = time.perf_counter()
sweep = [f1_score(y_true[few], y_score[few] >= cut, average="micro") for cut in grid]
best = grid[np.argmax(sweep)]
seconds = time.perf_counter() - start
print(f"sweep: best cut {best:.2f} of {len(grid)}, found on 10,000 rows in {seconds:.1f} s")
print(
    f"       micro-F1 on {N_TEST:,} new rows {f1_score(y_true[test], y_score[test] >= best, average='micro'):.6f}"
)

# %%
# The scores exist already, so there is nothing to fit. ``strategy="global"`` is the best of all single cuts, not only
# of those on a grid; the default learns one for each label. Both see all 100,000 rows.
micro_f1 = {}
for strategy in ("global", "pooled"):
    start = time.perf_counter()
    tuned = tune_thresholds(y_true[train], y_score[train], scoring="f1_micro", strategy=strategy)
    seconds = time.perf_counter() - start
    micro_f1[strategy] = f1_score(y_true[test], tuned.predict(y_score[test]), average="micro")
    print(
        f"{strategy:<7}micro-F1 on {N_TEST:,} new rows {micro_f1[strategy]:.6f}, tuned in {seconds:.1f} s"
    )
print(
    f"largest distance of a threshold from its hidden cut: {np.abs(tuned.thresholds - hidden).max():.6f}"
)

# %%
# No place on the curve is good: labels whose cut is low lose what others win. Right, the hundred cuts as they were
# hidden and as they were found.
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.8), layout="constrained")
left.plot(grid, sweep, "o-", color="#56B4E9", ms=4, label="one cut for all labels")
left.axhline(micro_f1["pooled"], color="#D55E00", label="a cut for each label")
left.set(xlabel="cut", ylabel="micro-F1", ylim=(0, 1.05), title="The sweep")
left.legend(frameon=False, loc="lower center")
right.plot([0, 1], [0, 1], color="0.8", lw=1)
right.plot(hidden, tuned.thresholds, "o", color="#D55E00", ms=4)
right.axhline(best, color="#56B4E9")
right.set(xlabel="hidden cut", ylabel="threshold found", title="The hundred cuts")
for ax in (left, right):
    ax.spines[["top", "right"]].set_visible(False)
plt.show()
