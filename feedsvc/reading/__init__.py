"""The bytes of a file become an Article."""
