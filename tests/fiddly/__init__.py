"""Small clips that are hard to render in part, and the renders of them that tests look at."""
