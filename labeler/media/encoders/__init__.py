"""The encoders: one module a codec. Adding a codec is a module and a line in `table.py`."""
