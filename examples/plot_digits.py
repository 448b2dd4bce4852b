"""
Thresholds for several labels in one minute
===========================================

The 8x8 images of handwritten digits that scikit-learn ships, and questions about each: is the digit even, is it a
prime, is there a loop in it? A question that is seldom answered with yes gets small probabilities, so a cut at 0.5
leaves out most of what the model knows. :class:`~threshold_estimators.MultiLabelThresholdClassifier` learns a cut for
each question.
"""

from importlib.util import find_spec

import numpy as np
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from threshold_estimators import MultiLabelThresholdClassifier

ATTRIBUTES = {
    "even": [0, 2, 4, 6, 8],
    "prime": [2, 3, 5, 7],
    "has a loop": [0, 6, 8, 9],
    "has two loops": [8],
    "square number": [0, 1, 4, 9],
    "cubic number": [0, 1, 8],
    "perfect number": [6],
    "multiple of four": [0, 4, 8],
    "multiple of five": [0, 5],
    "days of a week": [7],
}

X, digit = load_digits(return_X_y=True)
y = np.column_stack([np.isin(digit, digits) for digits in ATTRIBUTES.values()]).astype(int)
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.5, random_state=0)

# %%
# A model so small that it is often unsure: logistic regression on four principal components. It knows a single
# label, so it is fitted once for each attribute.
base = make_pipeline(PCA(4, random_state=0), LogisticRegression())
one_cut = MultiLabelThresholdClassifier(base, strategy="global", random_state=0).fit(
    X_train, y_train
)
tuned = MultiLabelThresholdClassifier(base, random_state=0).fit(X_train, y_train)

# %%
# Macro-F1 on images that neither the model nor the thresholds have seen.
decisions = {
    "cut at 0.5": tuned.predict_proba(X_test) >= 0.5,
    "one global cut": one_cut.predict(X_test),
    "threshold_estimators": tuned.predict(X_test),
}
print("macro-F1 on test rows")
for name, y_pred in decisions.items():
    print(f"  {name:<22}{f1_score(y_test, y_pred, average='macro', zero_division=0):.3f}")
print(f"expected of new rows, from cross-fitting: {tuned.cv_score_:.3f}")

# %%
# The thresholds, and what each is worth.
print(f"\n{'label':<20}{'positives':>10}{'threshold':>11}{'F1 at 0.5':>11}{'F1 tuned':>10}")
for label, name in enumerate(ATTRIBUTES):
    f1_half, f1_tuned = (
        f1_score(y_test[:, label], decisions[cut][:, label], zero_division=0)
        for cut in ("cut at 0.5", "threshold_estimators")
    )
    n_pos = y_train[:, label].sum()
    print(
        f"{name:<20}{n_pos:>10}{tuned.thresholds_[label]:>11.3f}{f1_half:>11.3f}{f1_tuned:>10.3f}"
    )

# %%
# What each cut would be worth on the test rows, for three of the questions: no image gets a probability of 0.5 of
# being a cubic number, or of having two loops. Pictures need matplotlib; without it the tables above are all.
if find_spec("matplotlib"):
    import matplotlib.pyplot as plt

    from threshold_estimators import ThresholdCurveDisplay, ThresholdMapDisplay

    shown = {"label_names": list(ATTRIBUTES)}
    questions = ["even", "cubic number", "has two loops"]
    ThresholdCurveDisplay.from_estimator(tuned, X_test, y_test, labels=questions, **shown)
    plt.show()

# sphinx_gallery_thumbnail_number = 2

# %%
# Every question on one map: how often it is answered with yes, where its threshold lies, how far it moved from fold to
# fold, and what it gains over a cut at 0.5.
if find_spec("matplotlib"):
    ThresholdMapDisplay.from_estimator(tuned, X_test, y_test, **shown)
    plt.show()
