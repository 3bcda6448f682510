"""Template tags and shortcodes of site generators, found and filled in or removed."""
