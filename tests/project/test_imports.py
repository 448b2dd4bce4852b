"""The package can be imported where an optional package is missing."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("package", ["matplotlib", "pandas"])
def test_the_package_is_imported_without(package):
    program = f"import sys; sys.modules[{package!r}] = None; import threshold_estimators"
    subprocess.run([sys.executable, "-c", program], check=True)
