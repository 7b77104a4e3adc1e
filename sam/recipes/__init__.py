"""Recipes: programs that build an embedded dataset from official tables, run by hand."""
