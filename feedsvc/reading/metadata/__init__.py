"""Keys, `<meta>` elements and file names become the fields of an Article."""
