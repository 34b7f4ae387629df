"""EUIs, however they are written."""

from __future__ import annotations

import base64
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regionhub.euis import eui_by_server, euis_in_topic, read_dev_eui

EUI = "24e124136d0c0417"

euis = st.binary(min_size=8, max_size=8).filter(lambda eui: len(set(eui)) > 1).map(bytes.hex)
between = st.text(" \t\n:.-_\xa0\u200b\u2009\u2013\u2011\u2212\xad\ufeff", max_size=3)
labels = st.sampled_from(["", "eui-", "EUI: ", "0x", "DevEUI:", "devEui=", "dev_eui: ", "DEV EUI ",
                          "Device EUI\t", "DevEUI: 0X", "dev-eui = "])  # fmt: skip
marks = st.sampled_from(
    [("", ""), ('"', '"'), ("'", "',"), ("„", "“"), ("`", "`"), ("\u200e ", ";")]
)


@given(eui=euis, label=labels, around=marks, data=st.data())
def test_whatever_people_paste(
    eui: str, label: str, around: tuple[str, str], data: st.DataObject
) -> None:
    digits = data.draw(st.sampled_from([eui, eui.upper(), eui.title()]))
    gaps = data.draw(st.lists(between, min_size=16, max_size=16))
    text = "".join(digit + gap for digit, gap in zip(digits, gaps, strict=True))
    opening, closing = around
    assert read_dev_eui(f"{label}{opening}{text}{closing}") == eui
    assert read_dev_eui(f"{opening}{label}{text}{closing}") == eui


@pytest.mark.parametrize(
    "text",
    ["0" * 16, "f" * 16, "FF-FF-FF-FF-FF-FF-FF-FF", "eui-0000000000000000", "0x" + "0 " * 16],
)
def test_what_stands_where_a_dev_eui_is_missing(text: str) -> None:
    with pytest.raises(ValueError, match="where one is missing"):
        read_dev_eui(text)


@pytest.mark.parametrize(
    "text",
    [
        "24-E1-24-13-6D-0C-04-17",
        "24:e1:24:13:6d:0c:04:17",
        "24e1.2413.6d0c.0417",
        "24E1 2413 6D0C 0417",
        " 24e124136d0c0417\n",
        '"devEui": "24E124136D0C0417",',
        "'24e124136d0c0417",
        "eui-24e124136d0c0417",
        "DevEUI:\xa024 E1 24 13 6D 0C 04 17",
        "\u200b24e124136d0c0417\ufeff",
        "0x24E124136D0C0417",
        "24–E1–24–13–6D–0C–04–17",
        "»24e124136d0c0417«",
    ],
)
def test_a_dev_eui_from_a_person(text: str) -> None:
    assert read_dev_eui(text) == EUI


@pytest.mark.parametrize(
    "text",
    [
        "",
        "eui-",
        EUI[1:],
        EUI + "0",
        "dead-" + EUI,
        EUI + " " + EUI,
        "24e124136d0c041g",
        "24e124136d0c041O",
        "٢" * 16,
        "２４ｅ１２４１３６ｄ０ｃ０４１７",
        "²4e124136d0c0417",
        "JOEkE20MBBc=",
        "JoinEUI: 24e124136d0c0417",
        "AppEUI-24e124136d0c0417",
        "ELSYS-24e124136d0c0417",
        "0x24, 0xE1, 0x24, 0x13, 0x6D, 0x0C, 0x04, 0x17",
        "24,e1,24,13,6d,0c,04,17",
        "24e124136d0c0417\0",
        " " * 1000 + EUI,
        2412413600000417,
        None,
        True,
        [EUI],
    ],
)
def test_what_is_no_dev_eui_is_refused_with_what_to_do(text: object) -> None:
    with pytest.raises(ValueError, match=r"^must be a DevEUI of 16 hexadecimal digits") as caught:
        read_dev_eui(text)
    assert len(str(caught.value)) < 200
    assert str(caught.value).isprintable()


@given(text=st.text() | st.text("0123456789abcdefxuiABCDEF -:.\"'_=", max_size=40))
def test_any_text_is_16_digits_that_stand_in_it_or_refused(text: str) -> None:
    try:
        eui = read_dev_eui(text)
    except ValueError:
        return
    assert re.fullmatch("[0-9a-f]{16}", eui)
    assert re.sub("[^0-9a-f]", "", text.lower()).endswith(eui)


@given(eui=euis)
def test_base64_is_for_servers_only(eui: str) -> None:
    for encode in (base64.standard_b64encode, base64.urlsafe_b64encode):
        with pytest.raises(ValueError, match="must be a DevEUI"):
            read_dev_eui(encode(bytes.fromhex(eui)).decode())


@given(eui=euis, separator=st.sampled_from(["", "-", ":"]), prefix=st.sampled_from(["", "eui-"]))
def test_what_servers_write_people_may_paste(eui: str, separator: str, prefix: str) -> None:
    written = (prefix if not separator else "") + bytes.fromhex(eui).hex(separator or " ")
    written = written.replace(" ", "")
    for text in (written, written.upper().replace("EUI-", prefix)):
        assert eui_by_server(text) == read_dev_eui(text) == eui
        assert euis_in_topic(f"a/{text}/up") == euis_in_topic(text) == [eui]


@pytest.mark.parametrize(
    "text", ["", f" {EUI}", f"{EUI}\n", "24-e1:24-13-6d-0c-04-17", "JOEkE20MBBc=", f"0x{EUI}"]
)
def test_servers_are_read_strictly(text: str) -> None:
    assert eui_by_server(text) is None


def test_a_topic_without_an_eui() -> None:
    assert euis_in_topic(f"a/x{EUI}/{EUI}0/eui/{EUI[1:]}") == []
