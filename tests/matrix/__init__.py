"""The width: many small clips as studios deliver them, and what becomes of each. `python -m tests.matrix` tells."""
