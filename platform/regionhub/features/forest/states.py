"""Fire weather, smoke and drought of forest stands in words, and what stands behind them."""

from __future__ import annotations

from regionhub.levels import (
    NOT_DECIDED,
    Reason,
    Signal,
    State,
    absence_reasons,
    by_code,
    no_data,
)

STATES = by_code(
    State("fire_very_high", "FWI sehr hoch", "FWI very high", "‼", "alarm", 0, 2),
    State("fire_high", "FWI hoch", "FWI high", "!", "high", 1, 1),
    no_data(2),
    State("fire_moderate", "FWI mittel", "FWI moderate", "=", "warn", 3, 0),
    State("fire_low", "FWI gering", "FWI low", "✓", "good", 4, 0),
    State("fire_very_low", "FWI sehr gering", "FWI very low", "✓", "good", 5, 0),
)

SIGNAL = Signal(
    name="fire_weather",
    de="Feuerwetter",
    en="fire weather",
    decide="decide_fire_weather",
    view="fire_weather_signal",
    order=3,
    states=STATES,
    reasons={
        "weather_missing": Reason(
            "Wetter vom Mittag fehlt, die Codes von gestern gelten weiter",
            "the weather of noon is missing, the codes of the day before are carried on",
        ),
        "not_computed": Reason(
            "seit mehr als einem Tag nicht berechnet", "not computed for more than a day"
        ),
        "uncertain": Reason(
            "unsicher: mehr als zwei Tage fehlten, und seitdem fielen keine 20 mm Regen",
            "uncertain: more than two days were missing, and 20 mm of rain have not fallen since",
        ),
        "under_canopy": Reason(
            "Bestandsindex: Temperatur und Feuchte unter Bäumen gemessen",
            "index of the stand: temperature and humidity measured below trees",
        ),
        "forecast": Reason(
            "mit Vorhersagewerten ergänzt, nicht gemessen", "from forecast values, not measured"
        ),
        "not_decided": NOT_DECIDED,
    },
)

SMOKE_STATES = by_code(
    State("smoke", "Rauch", "smoke", "‼", "alarm", 0, 3),
    State("smoke_possible", "Rauch möglich", "smoke possible", "!", "warn", 1, 1),
    no_data(2),
    State("no_smoke", "kein Rauch", "no smoke", "✓", "good", 3, 0),
)

SMOKE = Signal(
    name="smoke",
    de="Rauch",
    en="smoke",
    decide="decide_smoke",
    view="smoke_signal",
    # before anything else that is an emergency: it is one now, and nobody has seen it yet
    order=-1,
    states=SMOKE_STATES,
    reasons={
        **absence_reasons("Rauchsensor", "smoke sensor"),
        "one_silent": Reason(
            "nicht alle Rauchsensoren liefern Werte", "not all smoke sensors give values"
        ),
    },
)

DROUGHT_STATES = by_code(
    State("severe_drought", "starke Trockenheit", "severe drought", "!", "alarm", 0, 2),
    State("drought", "trocken", "dry", "›", "warn", 1, 1),
    no_data(2),
    State("no_drought", "genug Wasser", "enough water", "✓", "good", 3, 0),
)

DROUGHT = Signal(
    name="drought",
    de="Trockenheit",
    en="drought",
    decide="decide_drought",
    view="drought_signal",
    order=4,
    states=DROUGHT_STATES,
    reasons={
        **absence_reasons("Bodensonde oder Dendrometer", "soil probe or dendrometer"),
        "soil": Reason("der Boden ist trocken", "the soil is dry"),
        "tree": Reason(
            "der Stamm füllt sich nachts nicht mehr auf", "the stem is not full again at night"
        ),
        "soil_and_tree": Reason(
            "der Boden ist trocken, und der Stamm füllt sich nachts nicht mehr auf",
            "the soil is dry, and the stem is not full again at night",
        ),
        "air": Reason(
            "trockene Luft, und der Stamm schrumpft von Tag zu Tag",
            "dry air, and the stem shrinks from day to day",
        ),
        "soil_texture_missing": Reason(
            "Bodenart fehlt, daher nicht bewertbar",
            "soil texture missing, so it cannot be judged",
        ),
        "stem_unknown": Reason(
            "Dendrometer misst noch keine drei Tage",
            "the dendrometer has not measured for three days yet",
        ),
        "frost": Reason("Frost: Werte sagen nichts aus", "frost: values say nothing"),
    },
)

#: The index of the weather service, which is another one: 1 to 5.
WBI = {
    1: State("wbi_1", "sehr gering", "very low", "1", "good", 4),
    2: State("wbi_2", "gering", "low", "2", "good", 3),
    3: State("wbi_3", "mittel", "medium", "3", "warn", 2),
    4: State("wbi_4", "hoch", "high", "4", "high", 1),
    5: State("wbi_5", "sehr hoch", "very high", "5", "alarm", 0),
}
