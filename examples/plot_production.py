"""
How to save, inspect, retune and update thresholds in production
================================================================

This example fits a classifier, saves it and loads it again. It prints a report of the thresholds,
retunes them for another objective without fitting a model, and updates them after the labels have
become more frequent.
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
# Update the thresholds after drift
# ---------------------------------
#
# A year later the rare labels are two to three times as frequent. The model stays as it is, wrapped
# in a ``FrozenEstimator``. Its thresholds are learnt anew from 2,000 samples that were labelled
# recently.
prevalence_later = prevalence * [1, 1, 2, 3, 3]
X_labelled, y_labelled = draw_samples(2000, prevalence_later)
X_later, y_later = draw_samples(20_000, prevalence_later)
updated = MultiLabelThresholdClassifier(FrozenEstimator(model.estimator_), random_state=0)
updated.fit(X_labelled, y_labelled)

predictions = {
    "threshold 0.5": model.predict_proba(X_later) >= 0.5,
    "old thresholds": model.predict(X_later),
    "new thresholds": updated.predict(X_later),
}
print("macro-F1 a year later")
for name, y_pred in predictions.items():
    print(f"  {name:<24}{f1_score(y_later, y_pred, average='macro', zero_division=0):.3f}")
print(f"  {'expected (cv_score_)':<24}{updated.cv_score_:.3f}")

# %%
# Monitor the predictions
# -----------------------
#
# True labels are often missing in production, but the fraction of samples that get each label is
# known. Label some samples and update the thresholds when this fraction moves away from the one in
# training.
fraction_train = model.predict(X).mean(axis=0)
fraction_later = model.predict(X_later).mean(axis=0)
for label in range(N_LABELS):
    print(
        f"label {label}: predicted for {fraction_train[label]:.1%} of the samples in training, "
        f"{fraction_later[label]:.1%} a year later"
    )

# %%
# Plot the old and the new thresholds
# -----------------------------------
#
# The new thresholds of the labels that became more frequent are lower, and their F1 is higher.
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
bars = [
    ("old thresholds", model.thresholds_, -0.18, "#0072B2"),
    ("new thresholds", updated.thresholds_, 0.18, "#D55E00"),
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
