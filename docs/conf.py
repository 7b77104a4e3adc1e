"""Settings of the documentation: Sphinx reads this file (`make docs`)."""

import sys
from importlib import metadata
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # for the pages that the build makes

project = "M3C-CGE"
copyright = "the M3C-CGE authors"
release = metadata.version("m3c-cge")

extensions = [
    "catalogues",
    "myst_parser",
    "sphinx-mathjax-offline",
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    "sphinx.ext.napoleon",
]
myst_enable_extensions = ["amsmath", "dollarmath", "deflist"]
myst_heading_anchors = 3
mathjax3_config = {  # \texttt{a\_b} is shown as a_b
    "loader": {"load": ["[tex]/textmacros"]},
    "tex": {"packages": {"[+]": ["textmacros"]}},
}
exclude_patterns = ["_build"]
suppress_warnings = ["ref.python"]  # attributes of the same name in several classes

autodoc_member_order = "bysource"
autodoc_typehints = "description"
napoleon_google_docstring = True
napoleon_numpy_docstring = False

html_theme = "furo"
html_title = "M3C-CGE"
