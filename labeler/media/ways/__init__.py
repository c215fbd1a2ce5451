"""The ways of rendering, one module each: what a way needs of a source, and how it is carried out."""
