"""The report: one self-contained page in HTML on one file or many, for people who were not there."""
