"""Thresholds as a JSON file: docs/thresholds_file.md describes its fields.

Reading executes no code. Objectives are rebuilt from the names of this package's own classes and
from numbers and strings. Every fault is a ValueError that names the field.

How to add a field: write it in ``write_thresholds``, read it in ``_read_document``, describe it in
docs/thresholds_file.md. A field that older versions must not ignore needs another FORMAT.
"""

import json
from inspect import isabstract
from numbers import Integral, Real
from pathlib import Path
from reprlib import repr as short_repr
from typing import Any

import numpy as np
import sklearn

from ..core import __version__, check_label_names, check_limits, warn_of_other_version
from ..objectives import Objective

FORMAT, KIND = 1, "thresholds"
PACKAGE = __name__.partition(".")[0]
INFINITE = {"inf": np.inf, "-inf": -np.inf}
DTYPES = ("float32", "float64")
MAX_FLOAT = int(np.finfo(float).max)  # whole numbers of JSON have no largest one
FIELDS = {
    *("format", "kind", "written_by", "labels", "limits", "classes"),
    *("objective", "score", "cv_score", "cv_score_interval", "dtype", "of_probabilities"),
}
SHARE_FIELDS = ("predicted_share", "n_samples")
LABEL_FIELDS = {"name", "threshold", "low_support", "cv_thresholds", *SHARE_FIELDS}
OBJECTIVE_FIELDS = {"name", "parameters", "text"}


def write_thresholds(tuned) -> str:
    """Text of the file of a TunedThresholds."""
    limits = None if tuned.limits is None else dict(tuned.limits._asdict())
    classes = None if tuned.classes is None else [_plain_name(name) for name in tuned.classes]
    document = {
        "format": FORMAT,
        "kind": KIND,
        "written_by": {
            "threshold-estimators": __version__,
            "scikit-learn": sklearn.__version__,
            "numpy": np.__version__,
        },
        "objective": None if tuned.objective is None else _plain_objective(tuned.objective),
        "score": _plain_numbers(tuned.score),
        "cv_score": _plain_numbers(tuned.cv_score),
        "cv_score_interval": _plain_numbers(tuned.cv_score_interval),
        "limits": limits,
        "classes": classes,
        "dtype": tuned.thresholds.dtype.name,
        "of_probabilities": bool(tuned.of_probabilities),
        "labels": _plain_labels(tuned),
    }
    lines = [f"  {_text(name)}: {_value_text(value)}" for name, value in document.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _value_text(value):
    """One line for each label, so that people can edit and compare files."""
    if not isinstance(value, list) or not isinstance(value[0], dict):
        return _text(value)
    return "[\n" + ",\n".join(f"    {_text(row)}" for row in value) + "\n  ]"


def _text(value):
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _plain_labels(tuned):
    names = check_label_names(tuned.label_names, len(tuned.thresholds))
    labels = []
    for label, threshold in enumerate(tuned.thresholds):
        row = {} if names is None else {"name": _plain_name(names[label])}
        row["threshold"] = _plain_number(threshold)
        row["low_support"] = bool(tuned.low_support[label])
        row["cv_thresholds"] = [
            _plain_number(of_split) for of_split in tuned.cv_thresholds[:, label]
        ]
        if tuned.predicted_share is not None:
            row |= {name: _plain_number(getattr(tuned, name)[label]) for name in SHARE_FIELDS}
        labels.append(row)
    return labels


def _plain_number(number):
    """A number of JSON, which has none that are infinite or NaN."""
    if np.isnan(number):
        return None
    if np.isinf(number):
        return "inf" if number > 0 else "-inf"
    return float(number)


def _plain_numbers(values):
    """Numbers as nested lists."""
    if np.ndim(values) == 0:
        return _plain_number(values)
    return [_plain_numbers(value) for value in values]


def _plain_name(name):
    """Name of a label, or a class, as JSON has it."""
    if isinstance(name, str):
        return str(name)
    if isinstance(name, bool | np.bool_):
        return bool(name)
    if isinstance(name, Integral):
        return int(name)
    if isinstance(name, Real) and np.isfinite(name):
        return float(name)
    raise ValueError(
        "Names of labels and classes must be strings or finite numbers to be written as JSON. "
        f"Got {name!r} instead. Rename the columns of 'y'."
    )


def _plain_objective(objective):
    """The name and parameters of an objective of this package; of others only their text."""
    text = {"text": " ".join(repr(objective).split())}
    if _objectives().get(type(objective).__name__) is not type(objective):
        return text
    try:
        parameters = {
            name: _plain_parameter(value)
            for name, value in objective.get_params(deep=False).items()
        }
    except ValueError:
        return text
    return {"name": type(objective).__name__, "parameters": parameters} | text


def _plain_parameter(value):
    if isinstance(value, Objective):
        return _plain_objective(value)
    if value is None:
        return None
    if np.ndim(value) == 1:
        return [_plain_name(number) for number in np.asarray(value).tolist()]
    return _plain_name(value)


def _objectives():
    """The classes of this package's objectives by name."""
    found, classes = {}, [Objective]
    while classes:
        objective = classes.pop()
        classes += objective.__subclasses__()
        is_ours = objective.__module__.startswith(f"{PACKAGE}.objectives.")
        if is_ours and not isabstract(objective) and not objective.__name__.startswith("_"):
            found[objective.__name__] = objective
    return found


def read_thresholds(source: Any) -> dict[str, Any]:
    """The fields of a TunedThresholds from a path, or from an open file."""
    is_open = hasattr(source, "read")
    content = source.read() if is_open else Path(source).read_bytes()
    try:
        fields, version = _read_document(_parsed(content))
    except ValueError as error:
        name = getattr(source, "name", "The text") if is_open else str(source)
        raise ValueError(f"{name} is no valid file of thresholds: {error}") from error
    if version is not None:
        warn_of_other_version(version)
    return fields


def _parsed(content):
    """The value of a JSON text; unlike with `json.loads`, fields must not be repeated."""
    try:
        text = content.decode("utf-8-sig") if isinstance(content, bytes) else content
        return json.loads(text, object_pairs_hook=_unique)
    except UnicodeDecodeError as error:
        raise ValueError(f"it must be text in UTF-8, {error}.") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"it must be JSON, {error}.") from error
    except RecursionError as error:
        raise ValueError("it must not be nested deeper than described.") from error


def _unique(pairs):
    fields = dict(pairs)
    if len(fields) < len(pairs):
        names = [name for name, _ in pairs]
        repeated = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"{repeated!r} must occur once in an object. Got it twice.")
    return fields


def _read_document(document):
    """(fields of TunedThresholds, version of this package that wrote the document, or None)."""
    _check_object(document, "the document", FIELDS, {"format", "labels"})
    _check(document["format"] is not True and document["format"] == FORMAT, "format", "1", document)
    _check(document.get("kind", KIND) == KIND, "kind", f"{KIND!r}", document)
    version = _read_version(document.get("written_by"))
    classes = _read_classes(document.get("classes"))
    labels = _read_labels(document, classes)
    dtype = document.get("dtype", "float64")
    _check(dtype in DTYPES, "dtype", "'float64' or 'float32'", document)
    fields = {name: np.array(values) for name, values in labels.items()}
    n_labels = len(fields["thresholds"])
    with np.errstate(over="ignore"):
        for name in ("thresholds", "cv_thresholds"):
            fields[name] = fields[name].astype(dtype)
    fields["cv_thresholds"] = fields["cv_thresholds"].reshape(n_labels, -1).T
    fields["label_names"] = _read_names(document["labels"], classes)
    fields["classes"] = classes
    fields |= _read_shares(document["labels"])
    fields["limits"] = _read_limits(document.get("limits"), n_labels)
    fields["objective"] = _read_objective(document.get("objective"), n_labels)
    for name in ("score", "cv_score"):
        fields[name] = _read_score(document.get(name), name, n_labels)
    interval = document.get("cv_score_interval", [None, None])
    fields["cv_score_interval"] = _read_interval(interval, n_labels)
    fields["of_probabilities"] = _read_flag(document, "of_probabilities")
    return fields, version


def _check(holds, field, rule, document):
    """Raise a ValueError that names a field of an object."""
    if not holds:
        _refuse(field, rule, document[field])


def _refuse(field, rule, value):
    raise ValueError(f"{field!r} must be {rule}. Got {short_repr(value)} instead.")


def _check_object(value, where, known, required):
    """Check that a value is an object with known fields, among them the required ones."""
    if not isinstance(value, dict):
        raise ValueError(f"{where!r} must be an object. Got {short_repr(value)} instead.")
    for field in value:
        if field not in known:
            raise ValueError(
                f"{where!r} has an unknown field {short_repr(field)}. "
                f"The fields are {', '.join(sorted(known))}."
            )
    for field in sorted(required):
        if field not in value:
            raise ValueError(f"{where!r} must have the field {field!r}. Got none.")


def _read_number(value, field, *, takes_null=False):
    """Number of a field: "inf" and "-inf" are infinite, null is NaN where it is allowed."""
    if value is None and takes_null:
        return np.nan
    if isinstance(value, str) and value in INFINITE:
        return INFINITE[value]
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= MAX_FLOAT:
        return float(value)
    null = ", or null" if takes_null else ""
    return _refuse(field, f'a finite number, "inf" or "-inf"{null}', value)


def _read_flag(values, field, where=""):
    """Truth value of a field that may be left out of an object, which stands at ``where``."""
    flag = values.get(field, False)
    if not isinstance(flag, bool):
        _refuse(f"{where}{field}", "true or false", flag)
    return flag


def _read_score(value, field, n_labels):
    """A number, or an array with one for each label where the objective is not averaged."""
    if not isinstance(value, list):
        return _read_number(value, field, takes_null=True)
    if len(value) != n_labels:
        _refuse(field, f"a number, or a list of {n_labels}, one for each label", value)
    return np.array([_read_number(number, field, takes_null=True) for number in value])


def _read_interval(bounds, n_labels):
    """Lower and upper end, (2,) or (2, n_labels), NaN where unknown."""
    name = "cv_score_interval"
    if not isinstance(bounds, list) or len(bounds) != 2:
        _refuse(name, "a list of two numbers, or of null", bounds)
    low, high = (_read_score(bound, name, n_labels) for bound in bounds)
    if np.shape(low) != np.shape(high) or np.any(low > high):
        _refuse(name, "a list with the lower end first", bounds)
    return np.array([low, high])


def _read_version(written_by):
    """Version of this package in a field that may be missing, or None."""
    if written_by is None:
        return None
    if not isinstance(written_by, dict) or not all(isinstance(v, str) for v in written_by.values()):
        _refuse("written_by", "an object of versions as strings", written_by)
    return written_by.get("threshold-estimators")


def _read_labels(document, classes):
    """Thresholds, low_support and cv_thresholds of TunedThresholds, label by label, as lists."""
    labels = document["labels"]
    _check(
        isinstance(labels, list) and labels, "labels", "a list with an object per label", document
    )
    if classes is not None and len(labels) != 1:
        _refuse("labels", "a single one where there are 'classes'", labels)
    columns = {"thresholds": [], "low_support": [], "cv_thresholds": []}
    for label, row in enumerate(labels):
        where = f"labels[{label}]"
        _check_object(row, where, LABEL_FIELDS, {"threshold"})
        columns["thresholds"].append(_read_number(row["threshold"], f"{where}.threshold"))
        columns["low_support"].append(_read_flag(row, "low_support", f"{where}."))
        columns["cv_thresholds"].append(_read_splits(row.get("cv_thresholds", []), where))
        n_splits, expected = (len(columns["cv_thresholds"][i]) for i in (label, 0))
        if n_splits != expected:
            _refuse(
                f"{where}.cv_thresholds",
                f"a list of {expected} thresholds, as for the first label",
                row.get("cv_thresholds"),
            )
    return columns


def _read_shares(labels):
    """Fields of the decisions that are expected, of all labels or of none."""
    if not any(name in row for row in labels for name in SHARE_FIELDS):
        return {}
    shares = {name: [] for name in SHARE_FIELDS}
    for name, highest in zip(SHARE_FIELDS, (1, np.inf), strict=True):
        for label, row in enumerate(labels):
            value = row.get(name)
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            if not is_number or not 0 <= value <= min(highest, MAX_FLOAT):
                rule = "a number from 0 to 1" if highest == 1 else "a number of at least 0"
                _refuse(f"labels[{label}].{name}", f"{rule}, as for all labels or none", value)
            shares[name].append(float(value))
    return {name: np.array(values) for name, values in shares.items()}


def _read_splits(thresholds, where):
    field = f"{where}.cv_thresholds"
    if not isinstance(thresholds, list):
        _refuse(field, "a list of thresholds", thresholds)
    return [
        _read_number(threshold, f"{field}[{split}]", takes_null=True)
        for split, threshold in enumerate(thresholds)
    ]


def _read_names(labels, classes):
    """Names of the labels, of shape (n_labels,), or None where no label has one."""
    if not any("name" in row for row in labels):
        return None if classes is None else classes[1:]
    seen = set()
    for label, row in enumerate(labels):
        name, field = row.get("name"), f"labels[{label}].name"
        if not _is_name(name):
            _refuse(field, "a string or a finite number", name)
        if repr(name) in seen:
            _refuse(field, "different from the names of other labels", name)
        seen.add(repr(name))
    names = [row["name"] for row in labels]
    if classes is None:
        return np.fromiter(names, object, len(names))
    if names[0] != classes[1]:
        _refuse("labels[0].name", f"the larger class, {classes.tolist()[1]!r}", names[0])
    return classes[1:]


def _is_name(value):
    if isinstance(value, float):
        return bool(np.isfinite(value))
    return isinstance(value, str | bool | int)


def _read_classes(classes):
    """The two classes of a column, the smaller one first, or None."""
    if classes is None:
        return None
    is_pair = isinstance(classes, list) and len(classes) == 2 and all(map(_is_name, classes))
    # Strings and numbers cannot be compared.
    if not is_pair or isinstance(classes[0], str) != isinstance(classes[1], str):
        _refuse("classes", "a list of two strings or of two numbers", classes)
    if not classes[0] < classes[1]:
        _refuse("classes", "a list with the smaller class first", classes)
    try:
        return np.array(classes)
    except OverflowError:
        return _refuse("classes", "a list of two strings or of two numbers", classes)


def _read_limits(limits, n_labels):
    if limits is None:
        return None
    names = {"min_labels", "max_labels"}
    _check_object(limits, "limits", names, names)
    return check_limits(**limits, n_labels=n_labels)


def _read_objective(value, n_labels):
    """Objective of this package, or None for null and for those that have only a text."""
    if value is None:
        return None
    objective = built_objective(value, "objective")
    if objective is None:
        return None
    try:
        objective._check(1, n_labels)
        is_decomposable = objective._is_decomposable
    except (AttributeError, OverflowError, TypeError, ValueError) as error:
        raise ValueError(f"'objective.parameters' must be valid: {error}") from error
    if not is_decomposable:
        _refuse("objective", "one that has a value for each label", value)
    return objective


def built_objective(value, where):
    """Objective of this package from {"name": ..., "parameters": ...}; None without a name."""
    _check_object(value, where, OBJECTIVE_FIELDS, set())
    if not isinstance(value.get("text", ""), str):
        _refuse(f"{where}.text", "a string", value["text"])
    if "name" not in value:
        return None
    name, known = value["name"], _objectives()
    if not isinstance(name, str) or name not in known:
        _refuse(f"{where}.name", f"one of {', '.join(sorted(known))}", name)
    field = f"{where}.parameters"
    parameters = value.get("parameters", {})
    _check_object(parameters, field, known[name]._get_param_names(), set())
    try:
        return known[name](
            **{
                parameter: _read_parameter(given, f"{field}.{parameter}")
                for parameter, given in parameters.items()
            }
        )
    except TypeError as error:
        raise ValueError(f"{field!r} must be those of {name}: {error}.") from error


def _read_parameter(value, field):
    if isinstance(value, dict):
        objective = built_objective(value, field)
        if objective is None:
            _refuse(f"{field}.name", "the name of an objective", None)
        return objective
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, list):
        return [_read_number(number, f"{field}[{i}]") for i, number in enumerate(value)]
    number = _read_number(value, field)
    return value if isinstance(value, int) else number
