"""Computable general equilibrium: the language, the equilibrium engine and the M3C model."""
