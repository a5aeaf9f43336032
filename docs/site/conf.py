"""Settings of Sphinx for the site that build.py makes."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.domains.python import PyObject

import eventbench

project = "eventbench"
release = version = eventbench.__version__
project_copyright = ""
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]

html_theme = "furo"
html_title = f"eventbench {version}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_js_files = ["site.js"]
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

USED = re.compile(r"eb\.(\w+)\b")
LISTED = re.compile(r"(\w+)$")


def link_public_names(app: Sphinx, tree: nodes.document) -> None:
    """Make ``eb.score(...)``, and the names in the list of names, lead to the reference."""
    for literal in list(tree.findall(nodes.literal)):
        found = (LISTED if app.env.docname == "api" else USED).match(literal.astext())
        if found and found[1] in eventbench.__all__ and not isinstance(literal.parent, nodes.title):
            name = f"eventbench.{found[1]}"
            link = pending_xref(refdomain="py", reftype="obj", reftarget=name, refexplicit=True)
            literal.replace_self(link)
            link += literal


def keep_colons(
    app: Sphinx, what: str, name: str, value: Any, options: Any, doc: list[str]
) -> None:
    """Keep napoleon from taking the words before a colon for the type of a property."""
    if what in ("attribute", "data", "property"):
        doc.insert(0, "")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register what this module adds."""
    app.connect("doctree-read", link_public_names)
    app.connect("autodoc-process-docstring", keep_colons, priority=400)
    for field in PyObject.doc_field_types:
        if field.name == "variable":
            field.label = "Attributes"
    return {"parallel_read_safe": True}
