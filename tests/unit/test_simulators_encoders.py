"""Payload bytes against the vectors that manufacturers and networks have published."""

from __future__ import annotations

from collections.abc import Callable
from math import nan

import pytest

from regionhub_simulators import encoders
from regionhub_simulators.encoders import Payload


@pytest.mark.parametrize(
    ("payload", "f_port", "expected"),
    [
        (encoders.lse01(3.298, 19.57, 24.59, 200), 2, "0CE2000007A5099B00C810"),
        (encoders.lse01(3.298, 19.57, -1.30, 200), 2, "0CE2000007A5FF7E00C810"),
        (encoders.lse01(3.298, nan, nan, nan), 2, "0CE2000000000000000000"),
        (encoders.em500_smtc(98, 34.86, -22.5, 300), 85, "01756203671FFF04CA9E0D057F2C01"),
        (encoders.em500_smtc(nan, 34.86, -22.5, 300), 85, "03671FFF04CA9E0D057F2C01"),
        (encoders.em500_smtc(98, nan, nan, nan), 85, "0175620367FFFF04CAFFFF057FFFFF"),
        (encoders.trs12(4307, 3.2, 0.68869, 31.7, 0), 1, "0210D3000346BE813D00000C80"),
        (encoders.trs12(4307, 3.2, nan, nan, nan), 1, "0210D300020C80"),
        (encoders.trs12(4307, 3.05, 27.415, -2.5, 350), 1, "0210D3000361A87FE7015E0BEA"),
        (encoders.mbx(303, 2.993, 1234, 1), 1, "02012F000304D200010BB1"),
        (encoders.mbx(303, 2.993, nan), 1, "02012F0003138800000BB1"),
        (encoders.mbx_unplugged(303, 2.993), 1, "02012F00020BB1"),
        (encoders.ldds75(3.338, 2025), 2, "0D0A07E900000001"),
        (encoders.ldds75(2.885, 2821, 26.1), 2, "0B450B0500010501"),
        (encoders.ldds75(2.885, 2821, -19.3), 2, "0B450B0500FF3F01"),
        (encoders.ldds75(2.885, 2821, detected=False), 2, "0B45000000000000"),
        (encoders.ldds75(2.885, 120), 2, "0B45001400000001"),
        (encoders.em300_th(92, 30.8, 50.5), 85, "01755C03673401046865"),
        (encoders.em300_th(nan, 4.4, 11.5), 85, "03672C00046817"),
        (encoders.em300_th(nan, -5, 90), 85, "0367CEFF0468B4"),
        (encoders.em300_th(92, nan, nan), 85, "01755C"),
        (encoders.sht35(782, 3.168, 23.7876707, 47.5364309), 1, "02030E000364A079B10C60"),
        (encoders.sht35(782, 3.168, -10, 100), 1, "02030E00033333FFFF0C60"),
        (encoders.sht35(782, 3.168), 1, "02030E00020C60"),
        (
            encoders.cws(17977, 2.932, 26.79, 26.54, 60.1, 18.68),
            1,
            "02463900038A778A5E977A874C80478A5E0B74",
        ),
        (encoders.cws(17977, 2.932, nan, nan, nan, nan), 1, "02463900020B74"),
        (encoders.zn1(4369, 3.156, 976.929664612), 1, "0211110003409A00860C54"),
        (encoders.zn1(4369, 3.156, 0), 1, "0211110003000000800C54"),
        (encoders.zn1(4369, 3.156, nan), 1, "02111100020C54"),
        (encoders.gs524n(100, 12, 41), 85, "2211640C2934"),
        (encoders.gs524n(90, 0, -5), 85, "22175A00FB72"),
    ],
)
def test_bytes_are_those_of_the_published_vectors(
    payload: Payload, f_port: int, expected: str
) -> None:
    assert payload.f_port == f_port
    assert payload.data.hex().upper() == expected


def test_keller_measurements_are_the_published_bytes() -> None:
    published = (-0.9710004925727844, -0.000030517578125, 21.799999237060547, 0.9709699749946594)
    payload = encoders.keller_measurements(*published, 23.75)
    assert payload.f_port == 1
    assert payload.data.hex().upper() == "010300D3BF78937DB800000041AE66663F78917D41BE0000"


def test_keller_channel_error_is_four_bytes_of_ones() -> None:
    payload = encoders.keller_measurements(nan, 1.0, 2.0, 3.0, 4.0)
    assert payload.data[4:8] == b"\xff\xff\xff\xff"


def test_keller_information_is_the_published_frame() -> None:
    clock_2021_03_16_16_00_11 = 0x27E3928B
    payload = encoders.keller_information(5.083990573883057, 47, 58, 12, clock_2021_03_16_16_00_11)
    assert payload.f_port == 4
    assert payload.data.hex().upper() == "0C011300132F0000000C27E3928B40A2B00D2F3A"


def test_what_the_vendor_codec_would_say_agrees_with_the_bytes() -> None:
    assert encoders.em300_th(92, 30.8, 50.5).decoded == {
        "battery": 92.0,
        "humidity": 50.5,
        "temperature": 30.8,
    }


@pytest.mark.parametrize("extreme", [-1e9, 1e9])
@pytest.mark.parametrize(
    "encode",
    [
        lambda x: encoders.lse01(3.3, x, x, x),
        lambda x: encoders.em500_smtc(50, x, x, x),
        lambda x: encoders.trs12(1, 3.0, x, x, x),
        lambda x: encoders.mbx(1, 3.0, x),
        lambda x: encoders.ldds75(3.3, x),
        lambda x: encoders.em300_th(50, x, x),
        lambda x: encoders.sht35(1, 3.0, x, x),
    ],
)
def test_a_word_overflows_at_its_limit(encode: Callable[[float], Payload], extreme: float) -> None:
    assert encode(extreme).data
