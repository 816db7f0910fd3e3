"""Synthetic pools: invented data in the files that the import reads."""
