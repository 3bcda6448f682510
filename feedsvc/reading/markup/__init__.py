"""Markdown and HTML become HTML that is safe to publish."""
