"""What doctests leave out: the site's settings and output, and without matplotlib the examples that draw."""

from importlib.util import find_spec

collect_ignore_glob = ["docs/*.py", "docs/_build/*", "docs/auto_examples/*", "docs/generated/*"]
if not find_spec("matplotlib"):
    collect_ignore_glob.append("threshold_estimators/inspection/_*.py")
