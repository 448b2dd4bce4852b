"""Settings of the documentation. Build: ``python -m sphinx -W -b html docs docs/_build/html``."""

import os
import sys
from pathlib import Path

from docutils.utils.math.latex2mathml import tex2mathml

import threshold_estimators

# -- Project ---------------------------------------------------------------------------------------
project = "threshold_estimators"
author = "the authors of threshold_estimators"
project_copyright = "the authors of threshold_estimators, BSD-3-Clause"
release = version = threshold_estimators.__version__

# -- Extensions ------------------------------------------------------------------------------------
extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "numpydoc",
    "myst_parser",
    "sphinx_design",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
]
templates_path = ["_templates"]
exclude_patterns = [
    "_build",
    "auto_examples/**/*.ipynb",
    "auto_examples/**/*.py",
    "auto_examples/**/*.md5",
]
default_role = "literal"
nitpicky = True  # a reference to this package that cannot be resolved is an error
nitpick_ignore = [
    ("py:obj", "best_threshold_"),  # a property that is listed with the attributes only
    ("py:obj", "bins_"),  # likewise
    ("std:ref", "accuracy_score"),  # a label of scikit-learn's guide, in the docstring of ``score``
]
nitpick_ignore_regex = [(r"py:.*", r"(sklearn|numpy|np|joblib|scipy|matplotlib|pandas)\..*")]

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

autosummary_generate = True
toc_object_entries_show_parents = "hide"
autodoc_typehints = "none"  # the docstrings describe the types
numpydoc_show_class_members = False  # the template of classes lists them
numpydoc_class_members_toctree = False

copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
copybutton_exclude = ".linenos, .gp, .go"

# Links to scikit-learn and numpy need the network: INTERSPHINX=1 python -m sphinx ...
if os.environ.get("INTERSPHINX"):
    extensions.append("sphinx.ext.intersphinx")
    intersphinx_mapping = {
        "python": ("https://docs.python.org/3", None),
        "numpy": ("https://numpy.org/doc/stable", None),
        "sklearn": ("https://scikit-learn.org/stable", None),
        "matplotlib": ("https://matplotlib.org/stable", None),
        "pandas": ("https://pandas.pydata.org/docs", None),
    }

# -- Gallery ---------------------------------------------------------------------------------------
# The gallery imports ``conf.example_order`` from here.
sys.path.insert(0, str(Path(__file__).parent))
ORDER = [
    "plot_digits.py",
    "plot_network_scores.py",
    "plot_hidden_thresholds.py",
    "plot_stretching.py",
    "plot_rare_labels.py",
    "plot_threshold_moving.py",
    "plot_constraints_and_costs.py",
    "plot_promises.py",
    "plot_dont_know.py",
    "plot_grid_search.py",
    "plot_text.py",
    "plot_production.py",
]
sphinx_gallery_conf = {
    "examples_dirs": "../examples",
    "gallery_dirs": "auto_examples",
    "within_subsection_order": "conf.example_order",
    "backreferences_dir": "generated/backreferences",
    "doc_module": "threshold_estimators",
    "abort_on_example_error": True,
    "image_srcset": ["2x"],
    "thumbnail_size": (480, 320),
    "show_memory": False,
    "plot_gallery": True,
    "download_all_examples": False,
    "remove_config_comments": True,
    "write_computation_times": False,
}


def example_order(filename):
    """Sort key of an example in the gallery; examples that are not in ``ORDER`` come last."""
    return f"{ORDER.index(filename) if filename in ORDER else len(ORDER):02d} {filename}"


# -- HTML output -----------------------------------------------------------------------------------
html_theme = "pydata_sphinx_theme"
html_title = "threshold_estimators"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {
    "logo": {"text": "threshold_estimators"},
    "navbar_align": "left",
    "navbar_end": ["theme-switcher"],
    "navbar_persistent": ["search-button"],
    "header_links_before_dropdown": 5,
    "show_toc_level": 2,
    "show_prev_next": True,
    "footer_start": ["copyright"],
    "footer_end": [],
    "secondary_sidebar_items": {"**": ["page-toc"], "index": [], "metrics": []},
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
html_sidebars = {"index": [], "start": [], "changelog": [], "search": []}


# -- Mathematics -----------------------------------------------------------------------------------
def _render_inline(translator, node):
    translator.body.append(tex2mathml(node.astext()))
    raise _skip()


def _render_block(translator, node):
    translator.body.append(f'<div class="formula">{tex2mathml(node.astext(), as_block=True)}</div>')
    raise _skip()


def _skip():
    from docutils.nodes import SkipNode

    return SkipNode()


def _without_blank_ends(app, docname, source):
    """Drop the empty line after doctests; doctest needs it, a code block does not."""
    source[0] = source[0].replace("\n\n```\n", "\n```\n")


def setup(app):
    """Write formulas as MathML, which browsers draw without scripts or network."""
    app.connect("source-read", _without_blank_ends)
    app.add_html_math_renderer(
        "mathml", inline_renderers=(_render_inline, None), block_renderers=(_render_block, None)
    )


html_math_renderer = "mathml"
