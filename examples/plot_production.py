"""
In production: pickle, report, retune, and when the world has moved
===================================================================

A classifier is fitted, saved and loaded elsewhere. Its thresholds are looked at, learnt anew for another objective
without a fit, and learnt anew for other rows when their labels have become more frequent.
"""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

import joblib
import matplotlib.pyplot as plt
import numpy as np
import sklearn
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

import threshold_estimators
from threshold_estimators import Cost, MultiLabelThresholdClassifier, threshold_report

rng = np.random.default_rng(0)
weights = rng.normal(size=(8, 5))


def draw(n_samples, share):
    """Rows of eight features and five labels, each positive with its share."""
    y = (rng.random((n_samples, 5)) < share).astype(int)
    return y @ weights.T + 2 * rng.normal(size=(n_samples, 8)), y


share = np.array([0.4, 0.2, 0.1, 0.05, 0.02])
X, y = draw(2000, share)

# %%
# Fit, save, load. The versions go into the file with the model: a pickle wants the versions that it was made with.
model = MultiLabelThresholdClassifier(
    LogisticRegression(), store_cv_results=True, random_state=0
).fit(X, y)
versions = {
    "scikit-learn": sklearn.__version__,
    "threshold_estimators": threshold_estimators.__version__,
}
with TemporaryDirectory() as folder:
    path = Path(folder) / "model.joblib"
    joblib.dump({"model": model, "versions": versions}, path)
    print(f"{path.stat().st_size / 1024:.0f} KiB, of which most are the held-out scores")
    loaded = joblib.load(path)["model"]
print("same thresholds:", bool(np.array_equal(loaded.thresholds_, model.thresholds_)))

# %%
# What is known of its thresholds, from the training rows alone.
print(threshold_report(loaded))

# %%
# Another objective, from the scores that were kept: no model is fitted.
start = time.perf_counter()
loaded.retune(scoring=Cost(fp=1, fn=5))
print(f"retuned in {1000 * (time.perf_counter() - start):.0f} ms: {loaded.thresholds_.round(2)}")

# %%
# Drift. A year later the rare labels are three times as frequent. The model is kept as it is, frozen, and its
# thresholds are learnt from some new rows that were labelled.
share_later = share * [1, 1, 2, 3, 3]
X_labelled, y_labelled = draw(2000, share_later)
X_later, y_later = draw(20_000, share_later)
later = MultiLabelThresholdClassifier(FrozenEstimator(model.estimator_), random_state=0).fit(
    X_labelled, y_labelled
)

decisions = {
    "cut at 0.5": model.predict_proba(X_later) >= 0.5,
    "old thresholds": model.predict(X_later),
    "new thresholds": later.predict(X_later),
}
for name, y_pred in decisions.items():
    print(
        f"{name:<16}macro-F1 a year later {f1_score(y_later, y_pred, average='macro', zero_division=0):.3f}"
    )
print(f"{'expected':<16}macro-F1 a year later {later.cv_score_:.3f}")

# %%
# What to watch: the share of rows that get each label. Where it leaves the share seen in training, look again.
then, now = model.predict(X).mean(axis=0), model.predict(X_later).mean(axis=0)
for label, (before, after) in enumerate(zip(then, now, strict=True)):
    print(f"label {label}: predicted for {before:.1%} of the rows in training, {after:.1%} now")

# %%
# The thresholds then and now, and F1 of each label a year later.
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
for shift, (name, cuts, color) in enumerate(
    [
        ("old thresholds", model.thresholds_, "#0072B2"),
        ("new thresholds", later.thresholds_, "#D55E00"),
    ]
):
    f1 = f1_score(y_later, decisions[name], average=None)
    left.bar(np.arange(5) + 0.36 * (shift - 0.5), cuts, 0.34, color=color, label=name)
    right.bar(np.arange(5) + 0.36 * (shift - 0.5), f1, 0.34, color=color, label=name)
left.set(ylabel="threshold", xlabel="label, from frequent to rare")
right.set(ylabel="F1 a year later", xlabel="label, from frequent to rare")
for ax in (left, right):
    ax.spines[["top", "right"]].set_visible(False)
left.legend(frameon=False, loc="upper right")
plt.show()
