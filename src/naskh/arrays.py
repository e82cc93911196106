"""The type of a numpy array, without the 70 milliseconds that importing `numpy.typing` costs at every start."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy.typing import NDArray
else:
    from numpy import ndarray as NDArray  # noqa: N812 - the name that readers know

__all__ = ["NDArray"]
