"""Photos of sites: made anew, without what a camera adds, and seen by the town alone."""

from __future__ import annotations

import io

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.features.onboarding.technician import Technician, technician

from regionhub.errors import InputError
from regionhub.features.onboarding.photos import LONGEST_SIDE, without_metadata

__all__ = ["technician"]

SECRET = "Kamera von Anna"


def picture(kind: str = "JPEG", size: tuple[int, int] = (2000, 1000)) -> bytes:
    made = Image.new("RGB", size, (10, 120, 30))
    exif = Image.Exif()
    exif[0x0110] = SECRET
    exif[0x0112] = 6  # taken with the camera turned
    out = io.BytesIO()
    made.save(out, kind, exif=exif)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_drawn_anew(kind: str) -> None:
    kept = without_metadata(picture(kind))
    assert SECRET.encode() in picture(kind)
    assert SECRET.encode() not in kept
    with Image.open(io.BytesIO(kept)) as opened:
        assert (opened.format, opened.size) == ("JPEG", (LONGEST_SIDE // 2, LONGEST_SIDE))
        assert not opened.getexif()


@given(content=st.binary(max_size=200), at=st.integers(0, 400))
def test_no_bytes_break_the_reader(content: bytes, at: int) -> None:
    small = picture(size=(8, 8))
    for broken in (content, small[:at] + content + small[at + len(content) :], small[:at]):
        try:
            assert without_metadata(broken).startswith(b"\xff\xd8")
        except InputError as refused:
            assert refused.de  # noqa: PT017 - either is right


def send(technician: Technician, site: int, content: bytes) -> httpx.Response:
    files = {"foto": ("foto.jpg", content, "image/jpeg")}
    return technician.client.post(f"/standorte/{site}/foto", files=files)


def test_what_is_small_and_unpacks_to_gigabytes_is_refused() -> None:
    flat = io.BytesIO()
    Image.new("1", (6000, 6000)).save(flat, "PNG")
    assert len(flat.getvalue()) < 10_000
    with pytest.raises(InputError):
        without_metadata(flat.getvalue())


def test_it_stands_on_the_page_of_its_site(technician: Technician) -> None:
    site = technician.town.tree("Linde")
    path = f"/standorte/{site}/foto"
    assert technician.client.get(path).status_code == 404
    assert f'src="{path}?v=' in send(technician, site, picture()).text
    answer = technician.client.get(path)
    assert (answer.headers["content-type"], answer.content[:2]) == ("image/jpeg", b"\xff\xd8")
    other = technician.portal.browser(technician.portal.world.town().account("viewer"))
    assert other.get(path).status_code == 404
    assert path not in technician.client.post(f"{path}?weg=ja").text


def test_what_is_no_photo_says_so(technician: Technician) -> None:
    answer = send(technician, technician.town.tree("Linde"), b"%PDF-1.7")
    assert (answer.status_code, "JPEG, PNG oder WebP" in answer.text) == (422, True)
