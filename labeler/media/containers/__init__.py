"""The containers that this version writes: one module a family, told by `table.py`."""
