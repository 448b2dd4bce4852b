"""Run the command line by ``python -m threshold_estimators``."""

import sys

from ._cli import main

if __name__ == "__main__":
    sys.exit(main())
