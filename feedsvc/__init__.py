"""feedsvc: a folder of articles becomes Atom and RSS feeds."""

__version__ = "0.1.0"
