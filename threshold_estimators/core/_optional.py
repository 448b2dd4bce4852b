"""Packages that only some functions need."""

from importlib import import_module
from typing import Any


def import_optional(module: str, caller: str, install: str | None = None) -> Any:
    """A module that only ``caller`` needs, or an ImportError that says how to install it.

    install : what pip is to install, by default the package of the module
    """
    try:
        return import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise ImportError(
            f"{caller} needs {package}. Install it with: pip install {install or package}"
        ) from error
