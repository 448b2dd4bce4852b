"""Do floors hold on new samples, and what do they leave of the objective?

    python tests/benchmarks/floors.py [FILE.npz ...] [--repetitions 100] [--seed 0] [--mapie]
        [--floors FLOOR ...] [--scores SCORES ...]

Without files: simulated scores, ten labels each. With files: multi-label data sets as for
``quality.py``; a model is fitted to 2,000 samples, thresholds are tuned on the scores of 1,000
others, and all further samples, at most 20,000, judge.

For every floor and method the table has, over labels and repetitions:

- holds: fraction of the labels whose measure reaches its floor on new samples; a label that is
  never predicted keeps a floor on precision;
- leaves: mean of the objective on new samples.

``--mapie`` adds the controllers of the package mapie. Its controller of binary decisions is applied
to one label after the other, with the default correction (Bonferroni and Holm) and with sequences
of tests from eight starts, over 100 thresholds.
"""

import argparse
import warnings
from pathlib import Path

import numpy as np
from quality import MODELS, load
from scipy.special import expit
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler

from threshold_estimators import (
    Constrained,
    MultiLabelThresholdClassifier,
    Precision,
    Recall,
    Specificity,
    tune_thresholds,
)

N_LABELS = 10
CONFIDENCE = 0.9
N_NEW = 100_000
N_FITTED, N_TUNED, N_JUDGED = 2_000, 1_000, 20_000
MIN_POSITIVES = 10  # of a label of a real set, among the samples to tune on

FLOORS = {
    "recall at precision 0.8": (Recall, Precision, 0.8),
    "recall at precision 0.5": (Recall, Precision, 0.5),
    "precision at recall 0.9": (Precision, Recall, 0.9),
    "recall at specificity 0.95": (Recall, Specificity, 0.95),
}


def normal(separation):
    """Function that draws scores with normal noise."""
    return lambda rng, y: rng.normal(size=y.shape) + separation * y


def heavy_tails(rng, y):
    """Scores with noise of Student's t with three degrees of freedom."""
    return rng.standard_t(3, size=y.shape) + 3 * y


def saturated(rng, y):
    """Probabilities in steps of 0.05, many of them 0 or 1."""
    return np.round(20 * np.clip(expit(3 * (rng.normal(size=y.shape) + 2.5 * y - 1.5)), 0, 1)) / 20


def two_kinds(rng, y):
    """Half of the positive samples are easy to find and half of them hard."""
    return rng.normal(size=y.shape) + y * np.where(rng.random(y.shape) < 0.5, 4.5, 1.0)


def unlike(rng, y):
    """Labels that are found with ever more ease."""
    return rng.normal(size=y.shape) + y * np.linspace(1, 4, N_LABELS)


SCORES = {
    "normal, separation 2.5": normal(2.5),
    "normal, separation 1.5": normal(1.5),
    "heavy tails": heavy_tails,
    "steps and saturation": saturated,
    "two kinds of positives": two_kinds,
    "labels that differ": unlike,
}


def tune(strategy, confidence):
    """Function that tunes thresholds of this package."""

    def tuned(floor, y_true, y_score):
        objective, constraint, at_least = FLOORS[floor]
        scoring = Constrained(objective(), constraint(), at_least, confidence)
        return tune_thresholds(y_true, y_score, scoring=scoring, strategy=strategy).thresholds

    return tuned


METHODS = {
    "on these samples": tune("per_label", None),
    "pooled": tune("pooled", CONFIDENCE),
    "per_label": tune("per_label", CONFIDENCE),
}


def mapie(n_starts):
    """Function that tunes thresholds by MAPIE, label by label; 0 starts: its default."""
    from mapie.risk_control import (
        BinaryClassificationController,
        BinaryClassificationRisk,
        FWERFixedSequenceTesting,
    )

    specificity = BinaryClassificationRisk(
        risk_occurrence=lambda y_true, y_pred: y_pred == 0,
        risk_condition=lambda y_true, y_pred: y_true == 0,
        higher_is_better=True,
    )
    measures = {Precision: "precision", Recall: "recall", Specificity: specificity}

    def threshold(floor, y_true, y_score):
        objective, constraint, at_least = FLOORS[floor]
        # From the side where the floor is safe.
        grid = np.linspace(0, 0.99, 100)[:: 1 if constraint is Recall else -1]
        controller = BinaryClassificationController(
            lambda proba: np.column_stack([1 - proba, proba]),
            risk=measures[constraint],
            target_level=at_least,
            confidence_level=CONFIDENCE,
            best_predict_param_choice=measures[objective],
            list_predict_params=grid,
            fwer_method=FWERFixedSequenceTesting(n_starts=n_starts)
            if n_starts
            else "bonferroni_holm",
        )
        controller.calibrate(y_score, y_true.astype(int))
        if controller.best_predict_param is None:
            return -np.inf if constraint is Recall else np.inf
        return float(np.ravel(controller.best_predict_param)[0])

    def tuned(floor, y_true, y_score):
        return [threshold(floor, *label) for label in zip(y_true.T, y_score.T, strict=True)]

    return tuned


def judge(floor, y_true, y_pred):
    """(whether the floor holds, objective), of each label on new samples."""
    objective, constraint, at_least = FLOORS[floor]
    keeps = {"zero_division": 1} if constraint is Precision else {}
    measures = constraint(average=None, **keeps), objective(average=None)
    kept, left = (measure.evaluate(y_true, y_pred) for measure in measures)
    return kept >= at_least, left


def simulate(floor, scores, prevalence, n_samples, methods, repetitions, seed):
    """(holds, leaves) of each method."""
    rng = np.random.default_rng(seed)
    y_new = rng.random((N_NEW, N_LABELS)) < prevalence
    new_score = SCORES[scores](rng, y_new)
    found = {method: [] for method in methods}
    for _ in range(repetitions):
        y_true = rng.random((n_samples, N_LABELS)) < prevalence
        y_score = SCORES[scores](rng, y_true)
        for method, tuned in methods.items():
            # MAPIE wants scores between 0 and 1. The middle of the scale is where it matters.
            scale = (lambda score: expit(score - 1)) if "MAPIE" in method else np.asarray
            thresholds = tuned(floor, y_true, scale(y_score))
            found[method].append(judge(floor, y_new, scale(new_score) >= thresholds))
    return {method: np.mean(found[method], axis=(0, 2)) for method in methods}


def measure(path, model, floors, methods, repetitions, seed):
    """(holds, leaves) of each floor and method on a real set."""
    X, y = load(path)
    found = {(floor, method): [] for floor in floors for method in [*methods, "fit, cv=5"]}
    for repetition in range(repetitions):
        order = np.random.default_rng(seed + repetition).permutation(len(y))
        fitted, tuned_on, judged = np.split(order, [N_FITTED, N_FITTED + N_TUNED])
        judged = judged[:N_JUDGED]
        is_used = (y[tuned_on].sum(axis=0) >= MIN_POSITIVES) & (y[fitted].sum(axis=0) > 1)
        labels = np.flatnonzero(is_used)
        target = y[:, labels].astype(int)
        scored = MultiLabelThresholdClassifier(clone(model), cv=[(fitted, tuned_on)], refit=False)
        scored.fit(X, target)
        y_score, new_score = (scored.predict_proba(X[rows]) for rows in (tuned_on, judged))
        for floor, method in found:
            y_true, y_new = target[tuned_on] == 1, target[judged] == 1
            if method in methods:
                y_pred = new_score >= methods[method](floor, y_true, y_score)
            else:
                objective, constraint, at_least = FLOORS[floor]
                scoring = Constrained(objective(), constraint(), at_least, CONFIDENCE)
                whole = MultiLabelThresholdClassifier(clone(model), scoring=scoring, random_state=0)
                y_pred = whole.fit(X[tuned_on], target[tuned_on]).predict(X[judged]) == 1
            found[floor, method].append(judge(floor, y_new, y_pred))
    return {key: np.mean(np.hstack(values), axis=1) for key, values in found.items()}


def show(name, found):
    told = [f"{method} {holds:.2f}, {left:.3f}" for method, (holds, left) in found.items()]
    print(f"{name}: {'; '.join(told)}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("files", nargs="*", type=Path, help="npz files")
    parser.add_argument("--repetitions", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--models", nargs="+", choices=MODELS, default=["lr", "rf"])
    parser.add_argument("--floors", nargs="+", choices=FLOORS, default=list(FLOORS))
    parser.add_argument("--scores", nargs="+", choices=SCORES, default=list(SCORES))
    parser.add_argument("--mapie", action="store_true")
    args = parser.parse_args()
    warnings.simplefilter("ignore")
    methods = dict(METHODS)
    if args.mapie:
        methods |= {"MAPIE": mapie(0), "MAPIE, sequences": mapie(8)}
    print("method: fraction of labels whose floor holds, mean objective that is left")
    for path in args.files:
        for name in args.models:
            model = make_pipeline(MaxAbsScaler(), MODELS[name])
            how = args.floors, methods, args.repetitions, args.seed
            found = measure(path, model, *how)
            for floor in args.floors:
                of_floor = {method: row for (of, method), row in found.items() if of == floor}
                show(f"{path.stem}, {name}, {floor}", of_floor)
    if args.files:
        return
    for floor in args.floors:
        for scores in args.scores:
            for prevalence in (0.2, 0.05):
                for n_samples in (200, 500, 2000):
                    how = floor, scores, prevalence, n_samples, methods
                    found = simulate(*how, args.repetitions, args.seed)
                    show(f"{floor}, {scores}, {prevalence:.0%}, {n_samples} samples", found)


if __name__ == "__main__":
    main()
