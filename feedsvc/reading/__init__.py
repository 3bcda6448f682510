"""Turns the bytes of a file into an Article."""
