"""
Stretching the scores with a neural network
===========================================

Another answer to the toy of :ref:`hidden cuts <sphx_glr_auto_examples_plot_hidden_cuts.py>`: train a neural network on
the matrix of scores, so that it "stretches" each label's scores until one cut at 0.5 fits all. It works, and it is a
long way round: what the network has to learn is a number for each label. Here on a smaller version of the toy.
"""

import time

import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import f1_score
from sklearn.neural_network import MLPClassifier

from threshold_estimators import tune_thresholds

N_TRAIN, N_TEST, N_LABELS, N_EPOCHS = 5000, 5000, 20, 60
rng = np.random.default_rng(0)
hidden = rng.random(N_LABELS)
y_score = rng.random((N_TRAIN + N_TEST, N_LABELS))
y_true = (y_score >= hidden).astype(int)
score_train, score_test = y_score[:N_TRAIN], y_score[N_TRAIN:]
y_train, y_test = y_true[:N_TRAIN], y_true[N_TRAIN:]

# %%
# The network: scores in, labels out, cut at 0.5.
network = MLPClassifier(hidden_layer_sizes=(100,), learning_rate_init=0.005, random_state=0)
learnt = []
start = time.perf_counter()
for _ in range(N_EPOCHS):
    network.partial_fit(score_train, y_train, classes=np.arange(N_LABELS))
    learnt.append(f1_score(y_test, network.predict_proba(score_test) >= 0.5, average="micro"))
seconds = time.perf_counter() - start
n_weights = sum(part.size for part in (*network.coefs_, *network.intercepts_))
print(f"network     micro-F1 on new rows {learnt[-1]:.4f}, {n_weights:,} weights, {seconds:.1f} s")

# %%
# The cuts.
micro_f1 = {}
for strategy in ("global", "pooled"):
    start = time.perf_counter()
    tuned = tune_thresholds(y_train, score_train, scoring="f1_micro", strategy=strategy)
    seconds = time.perf_counter() - start
    micro_f1[strategy] = f1_score(y_test, tuned.predict(score_test), average="micro")
    n_cuts = len(np.unique(tuned.thresholds))
    print(
        f"{strategy:<12}micro-F1 on new rows {micro_f1[strategy]:.4f}, {n_cuts} cuts, {seconds:.3f} s"
    )

# %%
# The network gets near in the end. It would earn its keep where labels tell something of each other; scores that are
# only cut in the wrong place need no network. ``MultiLabelThresholdClassifier(estimator, calibrator=MLPClassifier())``
# is both: the network stretches held-out scores, cross-fitted, and cuts are tuned on what comes out.
figure, ax = plt.subplots(figsize=(6.4, 4), layout="constrained")
ax.axhline(micro_f1["pooled"], color="#D55E00", label="a cut for each label")
ax.plot(np.arange(1, N_EPOCHS + 1), learnt, color="#0072B2", label="network, cut at 0.5")
ax.axhline(micro_f1["global"], color="#56B4E9", label="best single cut")
ax.set(xlabel="epochs of the network", ylabel="micro-F1 on new rows", xlim=(0, N_EPOCHS))
ax.spines[["top", "right"]].set_visible(False)
ax.legend(frameon=False, loc="center right")
plt.show()
