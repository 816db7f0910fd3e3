"""
Words about health in a free text: a warning for who writes it, never a refusal.

What somebody can bear is told as work conditions; diagnoses, medication and treatment stay out of
the file (GDPR art. 9). The list catches the common ones and promises nothing.
"""

import re

HEALTH_WORDS = (
    "adhd",
    "afasie",
    "alcohol",
    "angststoornis",
    "artrose",
    "autis",
    "beroerte",
    "bipolair",
    "borderline",
    "burn-out",
    "burnout",
    "chronisch",
    "depress",
    "diabetes",
    "diagnose",
    "dyslexie",
    "epilep",
    "fibromyalgie",
    "ggz",
    "handicap",
    "hernia",
    "hiv",
    "kanker",
    "medicatie",
    "medicijn",
    "psych",
    "ptss",
    "reuma",
    "schizofr",
    "therapie",
    "verslav",
    "ziekte",
    "ziekenhuis",
    "zwanger",
)
"""Beginnings of Dutch words."""

_PATTERN = re.compile(rf"\b(?:{'|'.join(map(re.escape, HEALTH_WORDS))})", re.IGNORECASE)
WARNING = (
    "The notes seem to speak of health. Maybe: say what the work must be like, and no diagnosis, "
    "medication or treatment."
)


def speaks_of_health(text: str) -> bool:
    """Tell whether a text holds a word about health."""
    return _PATTERN.search(text) is not None
