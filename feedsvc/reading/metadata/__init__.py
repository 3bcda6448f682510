"""Parses keys, `<meta>` elements and file names into the fields of an Article."""
