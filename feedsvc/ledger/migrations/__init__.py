"""How a ledger made by an older version becomes one of this version (Alembic)."""
