"""States of a device in words, by the word that api.device_health uses."""

from __future__ import annotations

from regionhub.levels import NOT_DECIDED, Reason, Signal, State, by_code, no_data

STATES = by_code(
    State("silent", "stumm", "silent", "!", "alarm", 0, 1),
    State("no_values", "ohne Werte", "no values", "×", "high", 1, 1),
    State("stuck", "Wert steht", "value stuck", "=", "warn", 2, 1),
    State("step", "Wert gesprungen", "value jumped", "⌐", "warn", 3, 1),
    State("spikes", "Ausreißer", "spikes", "^", "warn", 4, 1),
    State("drift", "weicht ab", "drifts", "~", "warn", 5, 1),
    State("battery_low", "Batterie schwach", "battery low", "▁", "warn", 6, 1),
    State("frame_loss", "Nachrichten fehlen", "frames lost", "…", "warn", 7, 1),
    State("weak_radio", "schwacher Empfang", "weak signal", "↓", "warn", 8, 1),
    State("late", "verspätet", "late", "›", "warn", 9),
    State("never", "noch nie gemeldet", "never heard", "○", "none", 10),
    no_data(11),
    State("online", "meldet sich", "heard", "✓", "good", 12, 0),
)
#: A device is heard and measures, and needs somebody nevertheless.
FAULTS = ("stuck", "step", "spikes", "drift", "battery_low", "frame_loss", "weak_radio")

SIGNAL = Signal(
    name="device_health",
    view="device_health_signal",
    order=None,
    states=STATES,
    reasons={
        "silent": Reason("Gerät{since} nicht mehr gehört", "device not heard{since}"),
        "no_values": Reason(
            "Gerät sendet, Sonde liefert{since} nichts",
            "device is heard, its probe gives nothing{since}",
        ),
        "stuck": Reason("ein Wert steht{since} still", "a value has not moved{since}"),
        "step": Reason("ein Wert ist gesprungen und blieb dort", "a value jumped and stayed there"),
        "spikes": Reason("Werte mit Ausreißern", "values with spikes"),
        "drift": Reason("Werte entfernen sich von den Nachbarn", "values drift from neighbours"),
        "battery_low": Reason("Batterie{since} fast leer", "battery nearly empty{since}"),
        "frame_loss": Reason("viele Nachrichten gehen verloren", "many frames get lost"),
        "weak_radio": Reason("Funkempfang ist schwach", "radio signal is weak"),
        "late": Reason("Gerät{since} nicht gehört, überfällig", "device overdue, not heard{since}"),
        "never": Reason("Gerät hat noch nie gesendet", "device has never sent anything"),
        "online": Reason("Gerät meldet sich", "device is heard"),
        "no_device": Reason("kein Gerät eingebaut", "no device installed"),
        "not_decided": NOT_DECIDED,
    },
)
