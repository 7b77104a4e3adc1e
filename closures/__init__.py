"""Closures: which quantities a model holds fixed and which adjust to make room for them."""
