"""What users are told of floors that no threshold promises."""

import warnings

import numpy as np

from ..core import label_name, weight_of_label
from ..solvers import missing_positives, unpromised

MAX_LABELS = 10  # that are named in a message


def warn_of_promises(problem, thresholds, label_names):
    """Warn of labels whose floor is not promised, and estimate how many positives are missing."""
    objective = problem.objective
    measure, floor = type(objective.constraint).__name__, objective.at_least
    if objective.average == "micro":
        if np.all(np.isinf(thresholds)) and len(set(thresholds)) == 1:
            _warn(f"a micro {measure} of at least {floor:g}", objective, thresholds[0], "")
        return
    data = problem.samples
    found = unpromised(objective, *data, thresholds)
    if not len(found):
        return
    names = [_named(problem, label, label_names) for label in found[:MAX_LABELS]]
    more = f" and {len(found) - MAX_LABELS} more" if len(found) > MAX_LABELS else ""
    _warn(f"the floor of {measure}", objective, thresholds[found[0]], ", ".join(names) + more)


def _named(problem, label, label_names):
    """A label with its floor and the positive samples that are missing."""
    y_true, y_score, sample_weight = problem.samples
    of_label = problem.objective._for_labels(label)
    weight = weight_of_label(sample_weight, label)
    missing = missing_positives(of_label, y_true[:, label], y_score[:, label], weight)
    wanted = "no number of samples is enough at these scores"
    if np.isfinite(missing):
        wanted = f"about {missing} more positive samples are needed"
    return f"{label_name(label, label_names)} (at least {of_label.at_least:g}: {wanted})"


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
