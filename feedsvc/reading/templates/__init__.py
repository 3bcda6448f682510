"""Expands template tags and shortcodes of site generators, and removes comments."""
