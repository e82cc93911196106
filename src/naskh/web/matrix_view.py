"""The matrix of outlets as a table: how dark a cell is, and where it leads."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from naskh.report.matrix import Matrix, most_shared, shade_of

#: Outlets of a table, at most: those with most articles.
MOST_OUTLETS = 40


class Cell(NamedTuple):
    """Two outlets: families of both, in how many of them the row's was earlier, and in how many the column's."""

    row: str
    column: str
    shared: int
    earlier: int
    later: int
    heat: int
    is_same: bool
    link: str | None


class Row(NamedTuple):
    """The cells of one outlet."""

    outlet: str
    cells: tuple[Cell, ...]


def rows_of(matrix: Matrix, link: Callable[[str, str], str]) -> tuple[Row, ...]:
    """The rows of the table; `link` gives the address of the families of two outlets."""
    outlets = matrix.outlets[:MOST_OUTLETS]
    places = range(len(outlets))
    most = most_shared(matrix, len(outlets))

    def cell(row: int, column: int) -> Cell:
        shared, is_same = matrix.shared[row][column], row == column
        names = outlets[row], outlets[column]
        return Cell(
            *names,
            shared=shared,
            earlier=matrix.earlier[row][column],
            later=matrix.earlier[column][row],
            heat=0 if is_same else shade_of(shared, most),
            is_same=is_same,
            link=link(*names) if shared and not is_same else None,
        )

    return tuple(Row(outlets[row], tuple(cell(row, column) for column in places)) for row in places)
