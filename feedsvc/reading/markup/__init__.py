"""Renders Markdown and sanitises HTML."""
