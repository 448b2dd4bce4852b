"""Check the docstrings of the public names: `python .ci/check_docstrings.py`.

numpydoc imports each name, so it sees inherited parameters, which `numpydoc lint` does not.
"""

import inspect
import sys
from dataclasses import is_dataclass

from numpydoc.validate import validate

import threshold_estimators

CHECKED = {
    "GL06",  # unknown section
    "GL07",  # sections in the wrong order
    "GL08",  # no docstring
    "PR01",  # a parameter is not documented
    "PR02",  # a documented parameter does not exist
    "PR03",  # parameters in the wrong order
    "PR04",  # a parameter has no type
    "PR07",  # a parameter has no description
    "PR10",  # no space before the colon of a parameter
    "RT03",  # a returned value has no description
    "YD01",  # no "Yields" section
}


def public_names():
    """Dotted names of the public objects and of the methods that this package defines for them.

    A method without a docstring inherits that of a base class, which is checked there.
    """
    for name in threshold_estimators.__all__:
        public = getattr(threshold_estimators, name)
        yield f"threshold_estimators.{name}"
        if not inspect.isclass(public):
            continue
        for method, value in inspect.getmembers(public, inspect.isfunction):
            is_ours = value.__module__.startswith("threshold_estimators")
            if is_ours and not method.startswith("_") and value.__doc__:
                yield f"threshold_estimators.{name}.{method}"


def checks_of(name):
    """Codes that hold for a name. Users read a dataclass, so it documents attributes instead."""
    public = getattr(threshold_estimators, name.split(".")[-1], None)
    return CHECKED - {"PR01"} if is_dataclass(public) else CHECKED


def main():
    """Print what is wrong; the exit status is 1 if anything is."""
    wrong = [
        f"{name}: {code} {message}"
        for name in public_names()
        for code, message in validate(name)["errors"]
        if code in checks_of(name)
    ]
    print(*wrong, sep="\n")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
