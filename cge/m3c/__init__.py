"""M3C: the multi-regional economy with energy and carbon, written in ``cge.language``.

``cge.m3c.model`` is the table of contents.
"""

from cge.m3c.check import check
from cge.m3c.model import Economy, declare

__all__ = ["Economy", "check", "declare"]
