"""What this machine can do for labeler. Each part gathers facts, then judges them: what judges reads nothing."""
