"""The web serves the bytes of Documents; it reads the ledger and never writes to it."""
