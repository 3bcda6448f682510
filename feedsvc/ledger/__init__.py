"""The ledger: what has been published, in order. Every query the program makes is in here."""
