"""Load config.toml and the environment into a frozen Config; errors name the key and the file."""

from feedsvc.config.loading import configuration, find_file, load
from feedsvc.config.tables import Articles, Config, FeedTable, Filter, Http, Podcast

__all__ = [
    "Articles",
    "Config",
    "FeedTable",
    "Filter",
    "Http",
    "Podcast",
    "configuration",
    "find_file",
    "load",
]
