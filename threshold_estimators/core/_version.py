"""The version of this package, and a warning of what another version has saved."""

import warnings

__version__ = "0.2.0"


def warn_of_other_version(version):
    """Warn where a model or a file was saved by another version; None if it does not say which."""
    if version == __version__:
        return
    saved_by = "an unknown version" if version is None else f"version {version}"
    warnings.warn(
        f"These thresholds were saved by {saved_by} of threshold_estimators and are loaded by "
        f"version {__version__}, which may read or apply them differently: load them with the "
        "version that saved them, or tune them again.",
        UserWarning,
        stacklevel=4,
    )
