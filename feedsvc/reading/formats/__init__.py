"""One reader for each input format; other packages can add more."""
