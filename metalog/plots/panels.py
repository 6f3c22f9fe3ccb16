"""The panels of columns of any format on a page: their Axes, their common axis, their title."""

from __future__ import annotations

from typing import Any, Final

from metalog.errors import UsageError
from metalog.plots import names, page
from metalog.plots.columns import Panels

_MOST_NAMED: Final = 4


def axes_for(found: Panels, ax: Any) -> list[Any]:
    """Return Axes for each panel, one below the other on a new page; or `ax`, which holds what one panel does."""
    if ax is not None and len(found.panels) > 1:
        told = "; ".join(", ".join(panel.columns) for panel in found.panels)
        raise UsageError(f"these columns need {len(found.panels)} panels ({told}), and ax is one; y names columns")
    return [ax] if ax is not None else below_each_other(len(found.panels))


def below_each_other(number: int, around: float = 1.8) -> list[Any]:
    """Return so many Axes with a common x on a new page, with so many inches for what is around them."""
    figure = page.blank(7.2, around + 2.4 * number)
    return list(figure.subplots(number, 1, sharex=True, squeeze=False)[:, 0])


def label_axis(ax: Any, found: Panels) -> None:
    """Say under the lowest Axes what the common axis is."""
    ax.set(xlabel=names.literal(found.axis))
    if found.whole:
        ax.xaxis.get_major_locator().set_params(integer=True)


def what_is_drawn(found: Panels) -> str:
    """Return what a title says of the columns."""
    shown = list(dict.fromkeys(column for panel in found.panels for column in panel.columns))
    what = ", ".join(shown) if len(shown) <= _MOST_NAMED else f"{len(shown)} columns"
    return f"{what} by {found.axis}"
