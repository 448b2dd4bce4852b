import ast
import re
from pathlib import Path

import threshold_estimators

ROOT = Path(__file__).parents[2]
DOCS, EXAMPLES = ROOT / "docs", ROOT / "examples"


def assigned(path, name):
    """Value of a literal that a module assigns, without importing what the module needs."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == name:
            return ast.literal_eval(node.value)
    raise AssertionError(f"{path} assigns no {name}")


def test_the_reference_lists_every_public_name_once():
    listed = re.findall(r"^   ([A-Za-z_]+)$", (DOCS / "api.rst").read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(threshold_estimators.__all__)


def test_every_example_has_a_place_in_the_gallery():
    order = assigned(DOCS / "conf.py", "ORDER")
    assert sorted(order) == sorted(path.name for path in EXAMPLES.glob("plot_*.py"))


def test_every_page_is_in_one_table_of_contents():
    pages = {path.stem for path in DOCS.glob("*.md")} | {"api"}
    listed = []
    for path in DOCS.glob("*.md"):
        for block in re.findall(r"```\{toctree\}\n(.*?)```", path.read_text(), re.DOTALL):
            listed += [line for line in block.split() if not line.startswith(":")]
    assert sorted(listed) == sorted(pages - {"index"} | {"auto_examples/index"})
