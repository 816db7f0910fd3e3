"""Invented data: pools in the files that the import reads, and worlds to compare policies in."""
