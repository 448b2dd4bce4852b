"""
Tagging short texts with TF-IDF
===============================

A pipeline of TF-IDF and a linear model, several tags for a text, some of them rare. The texts are put together at
random from the phrases below, as nothing is downloaded here; with texts of your own the code from the pipeline on
stays the same.
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

PHRASES = {
    "billing": "charged twice|invoice is wrong|refund the payment|card was declined|price went up|cancel my plan",
    "login": "cannot sign in|password reset mail|account is locked|code never arrives|asked for a password again",
    "crash": "app closes itself|error on start|screen freezes|crashed after the update|white screen and nothing else",
    "slow": "takes minutes to load|very slow today|page hangs|waiting for ever|slow since the update",
    "export": "export to a spreadsheet|download is empty|columns are missing in the file|file will not open",
    "privacy": "delete my data|who can see my account|remove my address|where is my data kept",
    "language": "translation is wrong|menu in another language|date in the wrong format|letters look broken",
    "praise": "love the new screen|great support|works better than before|thank you for the quick answer",
}
FILLER = "hello|please help|since yesterday|on my phone|on the web page|as always|again today|best wishes|any news"
SHARE = np.geomspace(0.35, 0.02, len(PHRASES))

rng = np.random.default_rng(0)
y = pd.DataFrame(rng.random((3000, len(PHRASES))) < SHARE, columns=list(PHRASES)).astype(int)


def write(tags):
    """A text on some tags: a phrase for each, one on something else every other time, and words that say nothing."""
    phrases = [rng.choice(PHRASES[tag].split("|")) for tag in tags]
    if rng.random() < 0.5:  # in passing, and not tagged
        phrases.append(rng.choice(PHRASES[rng.choice(list(PHRASES))].split("|")))
    phrases += list(rng.choice(FILLER.split("|"), 2))
    words = " ".join(rng.permutation(phrases)).split()
    return " ".join(word for word in words if rng.random() < 0.7)  # three words in ten are lost


texts = [write(y.columns[row == 1]) for row in y.to_numpy()]
print(texts[0], "->", list(y.columns[y.iloc[0] == 1]))
texts_train, texts_test, y_train, y_test = train_test_split(texts, y, test_size=0.5, random_state=0)

# %%
# A support vector machine has no probabilities, and needs none: thresholds are learnt on its ``decision_function``,
# whose usual cut is 0. The columns of ``y`` name the labels.
pipeline = make_pipeline(TfidfVectorizer(), LinearSVC(C=0.1))
model = MultiLabelThresholdClassifier(pipeline, store_cv_results=True, random_state=0).fit(
    texts_train, y_train
)

decisions = {
    "cut at 0": model.decision_function(texts_test) >= 0,
    "thresholds learnt": model.predict(texts_test),
}
for name, y_pred in decisions.items():
    print(
        f"{name:<20}macro-F1 on new texts {f1_score(y_test, y_pred, average='macro', zero_division=0):.3f}"
    )
print(f"{'expected':<20}macro-F1 of new texts {model.cv_score_:.3f}")

# %%
# Tag by tag, on the texts that thresholds were learnt from.
print(threshold_report(model))

# %%
# And on new texts, as a map: the thresholds of rare tags lie furthest below 0, and most is gained there.
ThresholdMapDisplay.from_estimator(model, texts_test, y_test)
plt.show()
