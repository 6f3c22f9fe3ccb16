"""What is written in a figure, where it can be seen; and whether it can be read."""

from __future__ import annotations

from matplotlib.text import Text


def seen(figure):
    """The texts that can be seen, of ticks those within the axis."""
    figure.draw_without_rendering()
    hidden = set()
    for ax in figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            shown = {id(tick) for tick in axis.get_major_ticks() if ax.axison and low <= tick.get_loc() <= high}
            ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
            hidden |= {id(label) for tick in ticks if id(tick) not in shown for label in (tick.label1, tick.label2)}
            hidden |= set() if ax.axison else {id(axis.label)}
            hidden.add(id(axis.offsetText))
    texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    return [text for text in texts if id(text) not in hidden]


def assert_can_be_read(figure):
    """All that is written lies on the page, and nothing on anything else; also as it is saved, with finer dots."""
    for dpi in (100, 150):
        figure.set_dpi(dpi)
        _assert_apart(figure)


def _assert_apart(figure):
    boxes = [(text.get_text(), text.get_window_extent()) for text in seen(figure)]
    for number, (text, box) in enumerate(boxes):
        on_page = (box.x0, figure.bbox.x1 - box.x1, box.y0, figure.bbox.y1 - box.y1)
        assert min(on_page) > -1, f"{text!r} leaves the page by {-min(on_page):.0f} pixels"
        for other, another in boxes[number + 1 :]:
            across = min(box.x1, another.x1) - max(box.x0, another.x0)
            along = min(box.y1, another.y1) - max(box.y0, another.y0)
            assert min(across, along) < 3, f"{text!r} lies on {other!r}"
