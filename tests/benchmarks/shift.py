"""What it gains and harms to move thresholds, and whether ``drift_report`` raises false alarms.

    python tests/benchmarks/shift.py [--repeats 6] [--figure FILE.png]
    python tests/benchmarks/shift.py --alarms 100

Labels are drawn with known frequencies. "calibrated" and "overconfident" scores are log odds of
one label each, so that a change of frequencies is a prior shift. The scores of a logistic
regression and of a forest come from features that all labels share. The model is fitted on 1,000
samples and tuned in cross-validation; given scores are tuned on 2,000 samples.

Six labels have frequencies from 40 % to 2 %. The odds of all labels are multiplied by a factor.
"mixed" multiplies two by 0.3, two by 3 and two by 1. "worse" keeps the frequencies and halves the
distance of positive from negative scores.

Methods, all judged on 20,000 other samples by macro-F1 and micro-F1 in percent:

- unmoved: thresholds of the time before;
- estimated: ``estimate_frequencies`` on new samples without labels, then ``frequencies``;
- Saerens: EM on the scores as they are, without calibration and without tests;
- known: the true frequencies as ``frequencies``;
- labelled: tuned on new samples with labels;
- best: per-label optimum on the samples that judge.
"""

import argparse
import warnings
from itertools import product

import numpy as np
import pandas as pd
from scipy.special import expit, logit
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score

from threshold_estimators import (
    MultiLabelThresholdClassifier,
    drift_report,
    estimate_frequencies,
    tune_thresholds,
)

FREQUENCIES = np.array([0.4, 0.2, 0.1, 0.05, 0.03, 0.02])
DISTANCE = 1.8  # of positive from negative scores
N_BEFORE, N_JUDGED = 2000, 20_000
MODELS = {
    "logistic regression": LogisticRegression(),
    "forest": RandomForestClassifier(50, min_samples_leaf=2, random_state=0),
}
METHODS = ("unmoved", "estimated", "Saerens", "known", "labelled", "best")


def frequencies_of(change):
    """Frequencies of the labels after a change."""
    factor = {"none": 1, "worse": 1, "mixed": np.array([0.3, 3, 0.3, 3, 1, 1])}.get(change, change)
    return expit(logit(FREQUENCIES) + np.log(factor))


class GivenScores:
    """Scores of each label by itself: calibrated probabilities, or overconfident ones."""

    n_before = N_BEFORE

    def __init__(self, rng, stretch):
        self.rng, self.stretch = rng, stretch

    def draw(self, n_samples, change="none"):
        """(labels, scores) of samples."""
        y_true = self.rng.random((n_samples, len(FREQUENCIES))) < frequencies_of(change)
        distance = DISTANCE / 2 if change == "worse" else DISTANCE
        z = self.rng.normal(size=y_true.shape) + distance * y_true
        log_odds = DISTANCE * z - DISTANCE**2 / 2 + logit(FREQUENCIES)
        return y_true, expit(self.stretch * log_odds)

    def tuned(self):
        """The record of thresholds."""
        return tune_thresholds(*self.draw(self.n_before), store_cv_results=True)


class ScoresOfModel:
    """Scores of a model whose features all labels share."""

    def __init__(self, rng, model, n_features=40):
        self.rng = rng
        self.directions = rng.normal(size=(len(FREQUENCIES), n_features)) * (8 / n_features) ** 0.5
        X, y = self._samples(1000, "none")
        self.model = MultiLabelThresholdClassifier(model, random_state=0).fit(X, y)

    def _samples(self, n_samples, change):
        y_true = self.rng.random((n_samples, len(FREQUENCIES))) < frequencies_of(change)
        directions = self.directions / 2 if change == "worse" else self.directions
        noise = 2 * self.rng.normal(size=(n_samples, directions.shape[1]))
        return y_true @ directions + noise, y_true.astype(int)

    def draw(self, n_samples, change="none"):
        """(labels, scores) of samples."""
        X, y_true = self._samples(n_samples, change)
        return y_true.astype(bool), self.model.predict_proba(X)

    def tuned(self):
        """The record of thresholds."""
        return self.model.tuned_


def saerens(base, y_score):
    """Frequencies by EM on scores that are taken for probabilities."""
    y_score = np.clip(y_score, 1e-6, 1 - 1e-6)
    frequencies = base
    for _ in range(300):
        frequencies = np.clip(frequencies, 1e-4, 1 - 1e-4)
        moved = expit(logit(y_score) + logit(frequencies) - logit(base))
        frequencies = moved.mean(axis=0)
    return frequencies


def compare(scores, change, n_new):
    """(macro-F1 and micro-F1 of each method, whether the check raised an alarm)."""
    tuned = scores.tuned()
    before = tuned.cv_results
    y_true, y_score = before["y_true"], before["y_score"]
    y_new, new_score = scores.draw(n_new, change)
    y_judged, judged_score = scores.draw(N_JUDGED, change)
    estimated = estimate_frequencies(tuned, new_score)

    def at(frequencies):
        return tune_thresholds(y_true, y_score, frequencies=frequencies).thresholds

    thresholds = {
        "unmoved": tuned.thresholds,
        "estimated": at(estimated),
        "Saerens": at(saerens(y_true.mean(axis=0), new_score)),
        "known": at(frequencies_of(change)),
        "labelled": tune_thresholds(y_new, new_score).thresholds,
    }
    values = {}
    for average in ("macro", "micro"):
        best = tune_thresholds(
            y_judged, judged_score, scoring=f"f1_{average}", strategy="per_label"
        ).thresholds
        for method, of_method in (thresholds | {"best": best}).items():
            y_pred = judged_score >= of_method
            value = f1_score(y_judged, y_pred, average=average, zero_division=0)
            values[average, method] = 100 * value
    return values, drift_report(tuned, new_score).has_moved


def settings():
    """(name of the scores, function of a generator to scores) of all kinds."""
    yield "calibrated", lambda rng: GivenScores(rng, 1.0)
    yield "overconfident", lambda rng: GivenScores(rng, 2.0)
    for name, model in MODELS.items():
        yield name, lambda rng, model=model: ScoresOfModel(rng, model)


def run(repeats):
    """A row for each kind of scores, change and number of new samples."""
    changes = ("none", 0.3, 0.6, 1.7, 3, "mixed", "worse")
    rows = []
    for (name, make), change, n_new in product(settings(), changes, (200, 1000, 10_000)):
        found = [
            compare(make(np.random.default_rng(seed)), change, n_new) for seed in range(repeats)
        ]
        values = pd.DataFrame([value for value, _ in found]).mean()
        alarms = np.mean([alarm for _, alarm in found])
        row = {"scores": name, "change": change, "new samples": n_new, "alarms": alarms}
        rows.append(row | {" ".join(key): value for key, value in values.items()})
    return pd.DataFrame(rows)


def alarms_without_change(repeats):
    """Share of reports with an alarm, at a confidence of 95 %, where nothing has changed."""
    rows = []
    for (name, make), n_new in product(settings(), (200, 1000, 10_000)):
        alarms = []
        for seed in range(repeats):
            scores = make(np.random.default_rng(seed))
            tuned = scores.tuned()
            y_score, reference = scores.draw(n_new)[1], scores.draw(N_BEFORE)[1]
            reports = drift_report(tuned, y_score), drift_report(tuned, y_score, reference)
            alarms.append([report.has_moved for report in reports])
        shares = dict(zip(["alarms", "with X_reference"], np.mean(alarms, axis=0), strict=True))
        rows.append({"scores": name, "new samples": n_new} | shares)
    return pd.DataFrame(rows)


def draw(table, path):
    """Macro-F1 gained over unmoved thresholds, for each change."""
    import matplotlib.pyplot as plt

    colors = {"estimated": "#0072B2", "known": "#E69F00", "labelled": "#D55E00", "best": "#767676"}
    kinds = table["scores"].unique()
    figure, axes = plt.subplots(1, len(kinds), figsize=(11, 3.8), sharey=True, layout="constrained")
    of_size = table[table["new samples"] == 1000]
    for ax, kind in zip(axes, kinds, strict=True):
        rows = of_size[of_size["scores"] == kind]
        for place, (method, color) in enumerate(colors.items()):
            gain = rows[f"macro {method}"] - rows["macro unmoved"]
            ax.plot(
                np.arange(len(rows)) + 0.16 * (place - 1.5),
                gain,
                "o",
                color=color,
                label=method,
                markersize=6,
            )
        ax.axhline(0, color="#767676", linewidth=0.8)
        names = [f"x{c}" if not isinstance(c, str) else c for c in rows["change"]]
        ax.set_xticks(range(len(rows)), names, rotation=45)
        ax.set_title(kind)
        ax.spines[["top", "right"]].set_visible(False)
    axes[0].set_ylabel("macro-F1 gained, in points")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, frameon=False, ncols=4, loc="outside upper center")
    figure.supxlabel("change of the odds of the labels", fontsize="medium")
    figure.savefig(path, dpi=110)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=6)
    parser.add_argument("--alarms", type=int, help="count false alarms in so many repeats")
    parser.add_argument("--figure")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    pd.set_option("display.width", 250, "display.max_columns", 40, "display.max_rows", 200)
    if arguments.alarms:
        print(alarms_without_change(arguments.alarms).round(3).to_string(index=False))
        return
    table = run(arguments.repeats)
    print(table.round(1).to_string(index=False))
    if arguments.figure:
        draw(table, arguments.figure)


if __name__ == "__main__":
    main()
