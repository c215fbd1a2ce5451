"""Other programs that play a clip, each asked which pictures it saw."""
