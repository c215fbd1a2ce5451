"""What differs between two videos, made by anyone: tracks, packets, facts, labels and pictures."""
