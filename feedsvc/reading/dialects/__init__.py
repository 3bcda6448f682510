"""Markdown as other programs extend it, turned into what the renderer knows."""
