"""Workpool: placement matching for labour pools."""
