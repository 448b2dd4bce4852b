"""
How to save, inspect, retune and update thresholds in production
================================================================

This example fits a classifier, saves it and loads it again. It prints a report of the thresholds,
retunes them for another objective without fitting a model, checks whether they still hold, and
moves them after labels have become more frequent.
"""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

import joblib
import matplotlib.pyplot as plt
import numpy as np
import sklearn
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

import threshold_estimators
from threshold_estimators import (
    Cost,
    MultiLabelThresholdClassifier,
    drift_report,
    estimate_frequencies,
    threshold_report,
)

N_LABELS, N_FEATURES = 5, 8
rng = np.random.default_rng(0)
coefficients = rng.normal(size=(N_FEATURES, N_LABELS))


def draw_samples(n_samples, prevalence):
    """Features and labels. `prevalence` is the probability of each label."""
    y = (rng.random((n_samples, N_LABELS)) < prevalence).astype(int)
    X = y @ coefficients.T + 2 * rng.normal(size=(n_samples, N_FEATURES))
    return X, y


prevalence = np.array([0.4, 0.2, 0.1, 0.05, 0.02])
X, y = draw_samples(2000, prevalence)

# %%
# Save and load
# -------------
#
# A pickle must be loaded with the versions of the packages that wrote it, so the versions are saved
# with the model.
model = MultiLabelThresholdClassifier(LogisticRegression(), store_cv_results=True, random_state=0)
model.fit(X, y)
versions = {
    "scikit-learn": sklearn.__version__,
    "threshold_estimators": threshold_estimators.__version__,
}
with TemporaryDirectory() as folder:
    path = Path(folder) / "model.joblib"
    joblib.dump({"model": model, "versions": versions}, path)
    print(f"size of the file: {path.stat().st_size / 1024:.0f} KiB")
    loaded = joblib.load(path)["model"]
print("same thresholds:", bool(np.array_equal(loaded.thresholds_, model.thresholds_)))

# %%
# The out-of-fold scores make up most of the file. ``store_cv_results=True`` keeps them for the
# report and for ``retune``.
#
# Inspect the thresholds
# ----------------------
#
# The report needs no other data than these scores.
report = threshold_report(loaded)
print(report)

# %%
# ``to_dict`` gives the same numbers for a log or a monitor.
print(report.to_dict()["macro avg"])

# %%
# Retune for another objective
# ----------------------------
#
# ``retune`` learns new thresholds from the out-of-fold scores. No model is fitted.
start = time.perf_counter()
loaded.retune(scoring=Cost(fp=1, fn=5))
milliseconds = 1000 * (time.perf_counter() - start)
print(f"retuned in {milliseconds:.0f} ms, thresholds {loaded.thresholds_.round(2)}")

# %%
# Do the thresholds still hold?
# -----------------------------
#
# A year later the rare labels are two to three times as frequent. The first question needs no
# labels: are the labels predicted as often as they were?
loaded.retune()
prevalence_later = prevalence * [1, 1, 2, 3, 3]
X_later, y_later = draw_samples(20_000, prevalence_later)
X_unlabelled, _ = draw_samples(2000, prevalence_later)
print(drift_report(loaded, X_unlabelled))

# %%
# Thresholds for other frequencies
# --------------------------------
#
# If only the frequencies of the labels have changed, the samples of the tuning can be weighted, so
# that thresholds suit the new frequencies. Use frequencies that you know. If you know none, you can
# estimate them from the distribution of the scores.
estimated = estimate_frequencies(loaded, X_unlabelled)
print("in training ", y.mean(axis=0).round(3))
print("estimated   ", estimated.round(3))
print("true        ", prevalence_later)
predictions = {
    "threshold 0.5": loaded.predict_proba(X_later) >= 0.5,
    "old thresholds": loaded.predict(X_later),
    "frequencies estimated": loaded.retune(frequencies=estimated).predict(X_later),
    "frequencies known": loaded.retune(frequencies=prevalence_later).predict(X_later),
}

# %%
# The estimate of a label is wrong where its scores depend on other labels whose frequencies
# changed. Here all labels share the same features, so estimates are rough, and known frequencies
# are better.
#
# Thresholds from new labelled samples
# ------------------------------------
#
# 2,000 samples were labelled recently. The model scores them, and stays as it is. The report
# compares the old and the new thresholds on these samples.
X_labelled, y_labelled = draw_samples(2000, prevalence_later)
loaded.retune(X=X_labelled, y=y_labelled)
print(threshold_report(loaded, reference=model.thresholds_))

# %%
# New samples say most: they need no assumption about what has changed.
predictions["new labels"] = loaded.predict(X_later)
print("macro-F1 a year later")
for name, y_pred in predictions.items():
    print(f"  {name:<24}{f1_score(y_later, y_pred, average='macro', zero_division=0):.3f}")
print(f"  {'expected (cv_score_)':<24}{loaded.cv_score_:.3f}")

# %%
# Plot the old and the new thresholds
# -----------------------------------
#
# The new thresholds of the labels that became more frequent are lower, and their F1 is higher.
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
bars = [
    ("old thresholds", model.thresholds_, -0.18, "#0072B2"),
    ("new labels", loaded.thresholds_, 0.18, "#D55E00"),
]
for name, thresholds, offset, color in bars:
    f1 = f1_score(y_later, predictions[name], average=None)
    x = np.arange(N_LABELS) + offset
    left.bar(x, thresholds, 0.34, color=color, label=name)
    right.bar(x, f1, 0.34, color=color, label=name)
left.set(ylabel="threshold", xlabel="label, from frequent to rare")
right.set(ylabel="F1 a year later", xlabel="label, from frequent to rare")
for ax in (left, right):
    ax.spines[["top", "right"]].set_visible(False)
left.legend(frameon=False, loc="upper right")
plt.show()
