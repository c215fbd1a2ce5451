"""Hostile files, and the trial that every one of them must come through."""
