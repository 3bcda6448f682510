"""Measurements of feedsvc beside its peers, each in one run on the same machine."""
