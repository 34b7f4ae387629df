"""States of a device in words, by the word that api.device_health uses."""

from __future__ import annotations

from regionhub.levels import State, by_code

STATES = by_code(
    State("silent", "stumm", "silent", "!", "alarm", 0),
    State("no_values", "ohne Werte", "no values", "×", "warn", 1),
    State("late", "verspätet", "late", "›", "warn", 2),
    State("never", "noch nie gemeldet", "never heard", "?", "none", 3),
    State("online", "meldet sich", "heard", "✓", "good", 4),
)
#: A battery below 20 %.
WEAK = State("weak", "schwach", "weak", "!", "warn", 0)
