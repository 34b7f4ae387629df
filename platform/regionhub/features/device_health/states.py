"""States of a device in words, by the word that api.device_health uses."""

from __future__ import annotations

from regionhub.levels import State, by_code

STATES = by_code(
    State("silent", "stumm", "silent", "!", "alarm", 0),
    State("late", "verspätet", "late", "›", "warn", 1),
    State("never", "noch nie gemeldet", "never heard", "?", "none", 2),
    State("online", "meldet sich", "heard", "✓", "good", 3),
)
#: A battery below 20 %.
WEAK = State("weak", "schwach", "weak", "!", "warn", 0)
