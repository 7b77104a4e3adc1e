"""M3C: the multi-regional economy with energy and carbon, written in ``cge.language``."""

from cge.m3c.check import check
from cge.m3c.economy import Economy, declare

__all__ = ["Economy", "check", "declare"]
