"""How well files are verified: a labelled set that is made anew from a seed, and what labeler says of it."""
