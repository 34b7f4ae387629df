"""Points of a rating curve as people paste them: a line for each, level and discharge."""

from __future__ import annotations

import re

from regionhub.errors import InputError

_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")


def read_points(text: str) -> list[tuple[float, float]]:
    """Level in cm and discharge in m³/s of each line, between them `;`, a tab or spaces.

    Numbers have a decimal comma or point; a first line with words is a heading.

    Raises:
        InputError: a line is no point; names the line.
    """
    points = []
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), start=1):
        cells = [cell for cell in re.split(r"[;\t ]+", line.strip()) if cell]
        if len(cells) == 1 and cells[0].count(",") == 1 and "." in cells[0]:
            cells = cells[0].split(",")
        if not cells:
            continue
        if len(cells) == 2 and all(_NUMBER.fullmatch(cell) for cell in cells):
            level, discharge = (float(cell.replace(",", ".")) for cell in cells)
            points.append((level, discharge))
        elif number > 1 or any(_NUMBER.fullmatch(cell) for cell in cells):
            raise InputError(
                f"Line {number} is no point: level in cm and discharge in m³/s, such as 120;4,5.",
                de=f"Zeile {number} ist kein Punkt: Wasserstand in cm und Abfluss in m³/s, etwa "
                "120;4,5.",
            )
    return points
