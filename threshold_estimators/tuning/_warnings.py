"""What users are told of thresholds: trivial ones, and floors that are not met or promised."""

import warnings

import numpy as np

from ..core import label_name, weight_of_label
from ..objectives import Constrained, OfLabels
from ..solvers import missing_positives, unpromised
from ._problem import Samples
from ._strategies import promises_floor

MAX_LABELS = 10  # that are named in a message


def warn_of_tuned(problem, thresholds, label_names):
    """Warn of an objective with a trivial maximiser, and of floors that are not met."""
    objective = problem.objective
    if promises_floor(objective):
        warn_of_objective(objective, (), label_names)
        _warn_of_promises(problem, thresholds, label_names)
        return
    violated = ()
    if isinstance(objective, Constrained):
        y_true, _, sample_weight = problem.samples
        violated = objective._violated(y_true, problem.decisions(thresholds), sample_weight)
    warn_of_objective(objective, violated, label_names)


def warn_of_objective(objective, violated, label_names):
    """Warn of an objective with a trivial maximiser, and of constraints that are violated.

    violated : indices of the labels whose constraint does not hold
    """
    if objective._degenerate:
        warnings.warn(
            f"{objective!r} is won by predicting {objective._degenerate}. Add what the other error "
            "costs: with Constrained, Cost, or an objective such as FBeta.",
            UserWarning,
            stacklevel=5,
        )
    if len(violated):
        named = ", ".join(label_name(label, label_names) for label in violated[:MAX_LABELS])
        more = f" and {len(violated) - MAX_LABELS} more" if len(violated) > MAX_LABELS else ""
        warnings.warn(
            f"No threshold meets the constraint of {' '.join(repr(objective).split())} for label "
            f"{named}{more}; the nearest one is taken. Lower 'at_least', or find a better model "
            "for them.",
            UserWarning,
            stacklevel=5,
        )


def _warn_of_promises(problem, thresholds, label_names):
    """Warn of labels whose floor is not promised, and estimate how many positives are missing."""
    objective, data = problem.objective, problem.samples
    labels = np.arange(problem.n_labels)
    if isinstance(objective, OfLabels):
        labels, objective = np.array(list(objective.labels)), objective.objective
        weight = data.sample_weight
        weight = weight[:, labels] if np.ndim(weight) == 2 else weight
        data = Samples(data.y_true[:, labels], data.y_score[:, labels], weight)
        thresholds = thresholds[labels]
    measure = type(objective.constraint).__name__
    if objective.average == "micro":
        if np.all(np.isinf(thresholds)) and len(set(thresholds)) == 1:
            floor = f"a micro {measure} of at least {objective.at_least:g}"
            _warn(floor, objective, thresholds[0], "")
        return
    found = unpromised(objective, *data, thresholds)
    if not len(found):
        return
    names = [
        f"{label_name(labels[label], label_names)} {_wanted(objective, data, label)}"
        for label in found[:MAX_LABELS]
    ]
    more = f" and {len(found) - MAX_LABELS} more" if len(found) > MAX_LABELS else ""
    _warn(f"the floor of {measure}", objective, thresholds[found[0]], ", ".join(names) + more)


def _wanted(objective, data, label):
    """The floor of a label, and the positive samples that are missing."""
    of_label = objective._for_labels(label)
    weight = weight_of_label(data.sample_weight, label)
    missing = missing_positives(of_label, data.y_true[:, label], data.y_score[:, label], weight)
    wanted = "no number of samples is enough at these scores"
    if np.isfinite(missing):
        wanted = f"about {missing} more positive samples are needed"
    return f"(at least {of_label.at_least:g}: {wanted})"


def _warn(floor, objective, threshold, labels):
    decision = "never" if threshold > 0 else "always"
    of_labels = f" for label {labels}" if labels else ""
    warnings.warn(
        f"No threshold promises {floor} on new samples with confidence {objective.confidence:g}"
        f"{of_labels}. What is not promised is {decision} predicted. Lower 'at_least' or "
        "'confidence', or give more samples.",
        UserWarning,
        stacklevel=6,
    )
