"""Settings of Sphinx for the site that build.py makes."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx

import eventbench

project = "eventbench"
release = version = eventbench.__version__
project_copyright = ""
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]

html_theme = "furo"
html_title = f"eventbench {version}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_copyright = False
html_use_index = False
html_domain_indices = False

myst_heading_anchors = 6  # as GitHub names them
suppress_warnings = ["myst.header"]  # a part of a document may begin at any level
nb_execution_mode = "off"  # `make docs` executes the notebook
nb_merge_streams = True

default_role = "py:obj"
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
napoleon_numpy_docstring = False
napoleon_use_ivar = True
python_use_unqualified_type_names = True

PUBLIC = re.compile(r"(?:eb\.)?(\w+)\b")


def link_public_names(app: Sphinx, tree: nodes.document) -> None:
    """Make ``eb.score(...)``, and the names in the list of names, lead to the reference."""
    listed = app.env.docname == "api"
    for literal in list(tree.findall(nodes.literal)):
        found = PUBLIC.match(literal.astext())
        if found is None or found[1] not in eventbench.__all__:
            continue
        if not (listed or found[0] != found[1]) or isinstance(literal.parent, nodes.title):
            continue
        link = pending_xref(
            refdomain="py", reftype="obj", reftarget=f"eventbench.{found[1]}", refexplicit=True
        )
        literal.replace_self(link)
        link += literal


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the link of names."""
    app.connect("doctree-read", link_public_names)
    return {"parallel_read_safe": True}
