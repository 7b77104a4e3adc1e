"""Recipes that build the embedded datasets from official tables, one package each.

Nothing imports them: ``sam.recipes`` finds them by the entry points that ``setup.cfg`` declares, as
it finds those of any other installed package.
"""
