"""Texts of a message: what is accepted, and the sentence when it is not."""

from __future__ import annotations

import pytest

from regionhub.errors import ParseError
from regionhub_ingest.formats import fields as read

EUI = "24e124136d0c0417"


@pytest.mark.parametrize(
    "written",
    [
        EUI,
        EUI.upper(),
        f"eui-{EUI}",
        f"ELSYS-{EUI.upper()}",
        "24-E1-24-13-6D-0C-04-17",
        "24:e1:24:13:6d:0c:04:17",
        "JOEkE20MBBc=",
    ],
)
def test_eui(written: str) -> None:
    assert read.eui({"devEui": written}, "devEui") == EUI


@pytest.mark.parametrize(
    "written",
    [EUI[1:], EUI + "0", f"{EUI}\n", f" {EUI}", "24e124136d0c041g", "24-e1:24-13-6d-0c-04-17",
     "٢" * 16, "JOEkE20MBBcA", 24, True, [EUI], {}],
)  # fmt: skip
def test_not_an_eui(written: object) -> None:
    with pytest.raises(ParseError, match=r"^devEui must be an EUI"):
        read.eui({"devEui": written}, "devEui")


def test_dev_addr() -> None:
    assert read.dev_addr({"devAddr": "27FC10A3"}, "devAddr") == "27fc10a3"
    assert read.dev_addr({"devAddr": ""}, "devAddr") is None
    with pytest.raises(ParseError, match=r"^devAddr must be"):
        read.dev_addr({"devAddr": "27FC10"}, "devAddr")
