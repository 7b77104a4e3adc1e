"""Energy accounts in physical units beside the money of a SAM."""

from sam.energy.prices import hybrid_consistency, implied_prices

__all__ = ["hybrid_consistency", "implied_prices"]
