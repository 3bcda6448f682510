"""The readers of the input formats; other packages can add readers."""
