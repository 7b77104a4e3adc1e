"""JAX as the engine needs it: double precision, and compiled code kept on disk (``cge.cache``).

What the environment already says about JAX's own settings is respected.
"""

from __future__ import annotations

from typing import Any

import jax

from cge.cache import cache_folder, machine_key


def configure() -> None:
    """Double precision and a persistent cache, unless the environment says otherwise."""
    config: Any = jax.config
    config.update("jax_enable_x64", True)
    if config.jax_compilation_cache_dir is None:
        config.update("jax_compilation_cache_dir", str(cache_folder() / machine_key()))
        config.update("jax_persistent_cache_min_compile_time_secs", 0)
        config.update("jax_persistent_cache_min_entry_size_bytes", -1)
