"""config.toml and the environment become one frozen Config; every error names key and place."""

from feedsvc.config.loading import FILE_VARIABLE, find_file, load
from feedsvc.config.tables import Articles, Config, Filter, Http, Podcast

__all__ = ["FILE_VARIABLE", "Articles", "Config", "Filter", "Http", "Podcast", "find_file", "load"]
