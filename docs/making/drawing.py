"""A few marks of SVG, enough for the figures of these pages: they need no script, no font and no network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

INK, FAINT, GRID = "#1c2b2a", "#5f6f6e", "#dfe6e5"
TEAL, RED, AMBER, BLUE, GREY = "#00796b", "#c62828", "#e07b00", "#1565c0", "#78909c"

Point = tuple[float, float]


def svg(width: int, height: int, title: str, marks: Sequence[str]) -> str:
    """A whole figure on white ground, so that it can be read on a dark page too."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" font-family="system-ui, sans-serif" font-size="13">\n<title>{escape(title)}</title>\n'
        f'<rect width="{width}" height="{height}" rx="6" fill="#ffffff"/>\n'
    )
    return head + "\n".join(marks) + "\n</svg>\n"


def text(
    at: Point, said: str, *, fill: str = INK, anchor: str = "start", size: int = 13, bold: bool = False
) -> str:
    """Words; Arabic is laid out by whoever shows the figure."""
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{at[0]:.1f}" y="{at[1]:.1f}" fill="{fill}" text-anchor="{anchor}" font-size="{size}"{weight}>'
        f"{escape(said)}</text>"
    )


def box(at: Point, size: Point, *, fill: str = "#ffffff", stroke: str = GRID) -> str:
    """A rectangle with round corners."""
    return (
        f'<rect x="{at[0]:.1f}" y="{at[1]:.1f}" width="{size[0]:.1f}" height="{size[1]:.1f}" rx="4" '
        f'fill="{fill}" stroke="{stroke}"/>'
    )


def line(points: Sequence[Point], *, stroke: str = INK, width: float = 1.0, dashes: str = "") -> str:
    """A line through points."""
    drawn = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<polyline points="{drawn}" fill="none" stroke="{stroke}" stroke-width="{width}"{dashed}/>'


def arrow(start: Point, end: Point, *, stroke: str = FAINT) -> str:
    """A line with a head, upright or level."""
    (x, y), across = end, end[0] != start[0]
    back = -6 if (end > start if across else end[1] > start[1]) else 6
    head = [(x + back, y - 4), end, (x + back, y + 4)] if across else [(x - 4, y + back), end, (x + 4, y + back)]
    return line([start, end], stroke=stroke) + line(head, stroke=stroke)


def dot(at: Point, *, fill: str, radius: float = 4.5) -> str:
    """A mark of one observation; those that lie on each other show through."""
    return f'<circle cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="{radius}" fill="{fill}" fill-opacity="0.7"/>'


class Axes(NamedTuple):
    """A square field of shares, 0 to 1 both ways, at a place of the figure."""

    left: float
    top: float
    width: float
    height: float

    def at(self, x: float, y: float) -> Point:
        """Where a pair of shares is in the figure."""
        return self.left + x * self.width, self.top + (1 - y) * self.height

    def drawn(self, x_title: str, y_title: str) -> list[str]:
        """Grid, ticks and what stands on either side."""
        marks = []
        for tick in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
            marks += [line([self.at(tick, 0), self.at(tick, 1)], stroke=GRID)]
            marks += [line([self.at(0, tick), self.at(1, tick)], stroke=GRID)]
            x, y = self.at(tick, 0)
            marks += [text((x, y + 17), f"{tick:.1f}", fill=FAINT, anchor="middle", size=12)]
            x, y = self.at(0, tick)
            marks += [text((x - 7, y + 4), f"{tick:.1f}", fill=FAINT, anchor="end", size=12)]
        marks.append(text((self.left + self.width / 2, self.top + self.height + 36), x_title, anchor="middle"))
        marks.append(text((self.left - 32, self.top - 12), y_title))
        return marks
