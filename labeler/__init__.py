"""labeler: label a finished video so that everyone downstream can tell that AI made it or helped to."""

__version__ = "0.1.0"
