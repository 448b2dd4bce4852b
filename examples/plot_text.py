"""
How to tag texts with TF-IDF, a linear SVM and tuned thresholds
===============================================================

A support ticket can have several tags, and some tags are rare. This example wraps a pipeline of
``TfidfVectorizer`` and ``LinearSVC`` in
:class:`~threshold_estimators.MultiLabelThresholdClassifier` and inspects the thresholds tag by tag.

The texts are simulated from the phrases below, so that nothing is downloaded. To use your own
texts, replace ``texts`` and ``y``.
"""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from threshold_estimators import (
    MultiLabelThresholdClassifier,
    ThresholdMapDisplay,
    threshold_report,
)

# The phrases of each tag, separated by "|".
PHRASES = {
    "billing": "charged twice|invoice is wrong|refund the payment|card was declined|price went up"
    "|cancel my plan",
    "login": "cannot sign in|password reset mail|account is locked|code never arrives"
    "|asked for a password again",
    "crash": "app closes itself|error on start|screen freezes|crashed after the update"
    "|white screen and nothing else",
    "slow": "takes minutes to load|very slow today|page hangs|waiting for ever"
    "|slow since the update",
    "export": "export to a spreadsheet|download is empty|columns are missing in the file"
    "|file will not open",
    "privacy": "delete my data|who can see my account|remove my address|where is my data kept",
    "language": "translation is wrong|menu in another language|date in the wrong format"
    "|letters look broken",
    "praise": "love the new screen|great support|works better than before"
    "|thank you for the quick answer",
}
FILLER = (
    "hello|please help|since yesterday|on my phone|on the web page|as always|again today"
    "|best wishes|any news"
)
TAGS = list(PHRASES)
prevalence = np.geomspace(0.35, 0.02, len(TAGS))

rng = np.random.default_rng(0)
y = pd.DataFrame(rng.random((3000, len(TAGS))) < prevalence, columns=TAGS).astype(int)


def write_text(tags):
    """A text with one phrase for each tag, fillers, and noise."""
    phrases = [rng.choice(PHRASES[tag].split("|")) for tag in tags]
    if rng.random() < 0.5:  # noise: half of the texts mention a random tag
        phrases.append(rng.choice(PHRASES[rng.choice(TAGS)].split("|")))
    phrases += list(rng.choice(FILLER.split("|"), 2))
    words = " ".join(rng.permutation(phrases)).split()
    kept = [word for word in words if rng.random() < 0.7]  # noise: 30 % of the words are lost
    return " ".join(kept)


texts = [write_text(y.columns[sample == 1]) for sample in y.to_numpy()]
print(texts[0], "->", list(y.columns[y.iloc[0] == 1]))
texts_train, texts_test, y_train, y_test = train_test_split(texts, y, test_size=0.5, random_state=0)

# %%
# Fit the pipeline and the thresholds
# -----------------------------------
#
# ``LinearSVC`` learns a single label, so it is fitted once for each tag. The words are the same for
# all tags: ``TfidfVectorizer`` is fitted once. ``LinearSVC`` has no ``predict_proba``. The
# thresholds are tuned on its ``decision_function``, whose usual threshold is 0. The columns of
# ``y`` name the labels.
pipeline = make_pipeline(TfidfVectorizer(), LinearSVC(C=0.1))
model = MultiLabelThresholdClassifier(pipeline, store_cv_results=True, random_state=0)
model.fit(texts_train, y_train)

predictions = {
    "threshold 0": model.decision_function(texts_test) >= 0,
    "tuned thresholds": model.predict(texts_test),
}
print("macro-F1 on the test set")
for name, y_pred in predictions.items():
    print(f"  {name:<24}{f1_score(y_test, y_pred, average='macro', zero_division=0):.3f}")
print(f"  {'expected (cv_score_)':<24}{model.cv_score_:.3f}")

# %%
# Inspect each tag
# ----------------
#
# The report uses the out-of-fold scores of the training set.
report = threshold_report(model)
print(report)

# %%
# ``to_frame`` returns the report as a ``DataFrame``. Here it sorts the tags by the gain over the
# threshold 0. The column "cross_fitted" is the F1 on samples that did not choose the threshold.
frame = report.to_frame().loc[TAGS]
gain = frame["cross_fitted"] - frame["untuned"]
print(gain.sort_values(ascending=False).round(2).to_string())

# %%
# Plot all tags
# -------------
#
# The map evaluates the thresholds on the test set. Rare tags have the lowest thresholds and gain
# more than the frequent ones.
ThresholdMapDisplay.from_estimator(model, texts_test, y_test)
plt.show()
