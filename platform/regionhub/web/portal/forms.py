"""What people write into the fields of a form."""

from __future__ import annotations

from regionhub.errors import InputError


def read_number(
    written: str, *, label: str = "", example: str = "1,5", below: float = 1e12
) -> float | None:
    """A number as people in Germany write it, with a comma or a point; None where nothing stands.

    Args:
        written: what stands in the field.
        label: of the field, where the form has several.
        example: a number that would do, with a comma.
        below: what the number and its opposite stay below.

    Raises:
        InputError: it is no number, or a larger one.
    """
    text = written.strip()
    if not text:
        return None
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        value = float("nan")
    if not -below < value < below:
        before = f"{label}: " if label else ""
        raise InputError(
            f"{before}{text!r} is no number such as {example.replace(',', '.')}",
            de=f"{before}„{text}“ ist keine Zahl wie {example}.",
        )
    return value
