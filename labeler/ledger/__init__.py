"""The ledger: an index over all records, in SQLite or PostgreSQL. It can always be made again from them."""
