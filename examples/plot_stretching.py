"""
Thresholds or a neural network on the scores?
=============================================

The labels of the :ref:`toy problem <sphx_glr_auto_examples_plot_hidden_thresholds.py>` with hidden
thresholds can also be predicted by a neural network. The network takes the matrix of scores and
learns to rescale each label's scores, so that the threshold 0.5 fits all labels.

This example compares the network with tuned thresholds, on a smaller version of the problem. The
network works, but it needs thousands of weights to express one number for each label.
"""

import time

import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import f1_score
from sklearn.neural_network import MLPClassifier

from threshold_estimators import tune_thresholds

N_TRAIN, N_TEST, N_LABELS, N_EPOCHS = 5000, 5000, 20, 60
rng = np.random.default_rng(0)
hidden_thresholds = rng.random(N_LABELS)
y_score = rng.random((N_TRAIN + N_TEST, N_LABELS))
y_true = (y_score >= hidden_thresholds).astype(int)
score_train, score_test = y_score[:N_TRAIN], y_score[N_TRAIN:]
y_train, y_test = y_true[:N_TRAIN], y_true[N_TRAIN:]

# %%
# Train the network
# -----------------
#
# The network is evaluated on the test set after each epoch, with the threshold 0.5.
network = MLPClassifier(hidden_layer_sizes=(100,), learning_rate_init=0.005, random_state=0)
network_f1 = []
start = time.perf_counter()
for _ in range(N_EPOCHS):
    network.partial_fit(score_train, y_train, classes=np.arange(N_LABELS))
    y_pred = network.predict_proba(score_test) >= 0.5
    network_f1.append(f1_score(y_test, y_pred, average="micro"))
seconds = time.perf_counter() - start
n_weights = sum(array.size for array in [*network.coefs_, *network.intercepts_])
print(f"{'':<10}{'micro-F1':>10}{'parameters':>12}{'seconds':>10}")
print(f"{'network':<10}{network_f1[-1]:>10.4f}{n_weights:>12,}{seconds:>10.3f}")

# %%
# Tune the thresholds
# -------------------
tuned_f1 = {}
for strategy in ("global", "pooled"):
    start = time.perf_counter()
    tuned = tune_thresholds(y_train, score_train, scoring="f1_micro", strategy=strategy)
    seconds = time.perf_counter() - start
    tuned_f1[strategy] = f1_score(y_test, tuned.predict(score_test), average="micro")
    n_thresholds = len(np.unique(tuned.thresholds))
    print(f"{strategy:<10}{tuned_f1[strategy]:>10.4f}{n_thresholds:>12}{seconds:>10.3f}")

# %%
# When a network is worth it
# --------------------------
#
# A network helps if the score of one label carries information about another label. If only the
# thresholds are wrong, tune the thresholds. ``MultiLabelThresholdClassifier(estimator,
# calibrator=MLPClassifier())`` does both: the network transforms the out-of-fold scores, and the
# thresholds are tuned on its output.
figure, ax = plt.subplots(figsize=(6.4, 4), layout="constrained")
ax.axhline(tuned_f1["pooled"], color="#D55E00", label="one threshold for each label")
ax.plot(np.arange(1, N_EPOCHS + 1), network_f1, color="#0072B2", label="network, threshold 0.5")
ax.axhline(tuned_f1["global"], color="#56B4E9", label="one threshold for all labels")
ax.set(xlabel="epochs of the network", ylabel="micro-F1 on the test set", xlim=(0, N_EPOCHS))
ax.spines[["top", "right"]].set_visible(False)
ax.legend(frameon=False, loc="center right")
plt.show()
