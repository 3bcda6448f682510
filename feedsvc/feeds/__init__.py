"""The ledger's entries become Documents: bytes that are the same on every machine."""
