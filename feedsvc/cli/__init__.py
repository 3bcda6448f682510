"""The commands and their output: text for people, JSON for programs."""
