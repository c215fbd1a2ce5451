"""The mention drawn on pictures of a source, without encoding it: to be looked at, and to state nothing."""
