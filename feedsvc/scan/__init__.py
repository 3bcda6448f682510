"""One scan: the folder is compared with the ledger, and what changed is published."""
