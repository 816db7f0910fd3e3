"""Exact answers about one person, one placement, one pair, and advice: a module per question."""
