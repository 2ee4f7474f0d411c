"""Small charts that the server draws: a line for a figure's course, bars for what lies ahead."""

from collections.abc import Sequence

__all__ = ["bars", "line"]


def line(values: Sequence[int], *, width: int = 120, height: int = 32) -> tuple[str, str]:
    """Return the paths of a line and of the area below it, in a box of `width` × `height`.

    The least value lies near the floor and the highest near the top, so that a small wave on a
    large figure can be seen; a flat course runs through the middle.
    """
    if len(values) < 2:  # noqa: PLR2004 - one point is no line
        values = [*values, *values] or [0, 0]
    low, high = min(values), max(values)
    step = width / (len(values) - 1)
    span = high - low
    places = [
        (round(n * step, 1), round(height - 2 - (value - low) / span * (height - 4), 1))
        if span
        else (round(n * step, 1), height / 2)
        for n, value in enumerate(values)
    ]
    course = "M" + " L".join(f"{x:g} {y:g}" for x, y in places)
    return course, f"{course} L{width} {height} L0 {height} Z"


def bars(
    values: Sequence[int], *, width: int = 120, height: int = 32, gap: float = 1.5
) -> list[tuple[float, float, float, float]]:
    """Return x, y, width and height of one bar a value; nothing is no bar, little is one unit."""
    highest = max(values, default=0)
    each = width / max(len(values), 1)
    drawn = []
    for n, value in enumerate(values):
        if value > 0 and highest:
            tall = max(1.0, value / highest * (height - 1))
            drawn.append(
                (round(n * each, 2), round(height - tall, 2), round(each - gap, 2), round(tall, 2))
            )
    return drawn
