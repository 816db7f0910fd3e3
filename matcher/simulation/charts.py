"""A chart of one measure as SVG: a dot and its interval for each way of working."""

from collections.abc import Mapping
from html import escape

from matcher.simulation.approaches import PRODUCT
from matcher.simulation.comparing import Estimate, label_of
from matcher.simulation.replay import Measure

ROW, TOP, LEFT, WIDTH, RIGHT = 26, 46, 300, 380, 170
INK, QUIET, MARK = "#1a1a1a", "#5c6670", "#0b5cad"


def chart(measure: Measure, title: str, figures: Mapping[str, Estimate]) -> str:
    """
    Return an SVG drawing of one measure, its title and every figure in it as text too.

    ``figures`` by code of the way of working, from top to bottom.
    """
    values = [
        value
        for told in figures.values()
        for value in (told.mean, told.low, told.high)
        if value is not None
    ]
    low, high = min(values, default=0.0), max(values, default=0.0)
    spread = (high - low) or 1.0
    low, high = low - 0.05 * spread, high + 0.05 * spread

    def across(value: float) -> float:
        return round(LEFT + WIDTH * (value - low) / (high - low), 1)

    bottom = TOP + ROW * len(figures)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + RIGHT} '
        f'{bottom + 34}" role="img" font-family="sans-serif" font-size="13">',
        f"<title>{escape(title)}</title>",
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        _text(10, 22, title, INK, weight="bold"),
    ]
    for value in (low + part * (high - low) for part in (0, 0.25, 0.5, 0.75, 1)):
        x = across(value)
        lines.append(
            f'<line x1="{x}" y1="{TOP - 8}" x2="{x}" y2="{bottom}" stroke="#d5d9dd"/>'
            + _text(x, bottom + 18, f"{value:.{measure.decimals}f}", QUIET, anchor="middle")
        )
    for at, (code, told) in enumerate(figures.items()):
        y = TOP + ROW * at + 8
        colour = MARK if code == PRODUCT.code else QUIET
        lines.append(_text(LEFT - 12, y + 4, label_of(code), INK, anchor="end"))
        if told.low is not None and told.high is not None:
            lines.append(
                f'<line x1="{across(told.low)}" y1="{y}" x2="{across(told.high)}" y2="{y}" '
                f'stroke="{colour}" stroke-width="3"/>'
            )
        if told.mean is not None:
            lines.append(f'<circle cx="{across(told.mean)}" cy="{y}" r="5" fill="{colour}"/>')
        lines.append(_text(LEFT + WIDTH + 12, y + 4, told.text(measure.decimals), INK))
    return "\n".join([*lines, "</svg>", ""])


def _text(
    x: float, y: float, words: str, fill: str, anchor: str = "start", weight: str = "normal"
) -> str:
    return (
        f'<text x="{x}" y="{y}" fill="{fill}" text-anchor="{anchor}" font-weight="{weight}">'
        f"{escape(words)}</text>"
    )
