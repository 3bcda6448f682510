"""config.toml and the environment become one frozen Config; every error names key and place."""

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
