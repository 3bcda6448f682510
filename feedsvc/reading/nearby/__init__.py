"""Files beside an article: media, companion files, and the folders above it."""
