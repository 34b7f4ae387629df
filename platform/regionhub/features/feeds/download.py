"""Files over HTTP: only when they changed, no larger and no longer than is sensible.

Packed ones are unpacked as far as that stays within bounds, so that no file can fill the memory.
"""

from __future__ import annotations

import bz2
import lzma
import struct
import time
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Protocol

import urllib3
from urllib3.exceptions import HTTPError

from regionhub.confined import Network, confined
from regionhub.errors import InputError, RegionhubError
from regionhub.features.feeds.content import UnusableFile

_TIMEOUT = urllib3.Timeout(connect=10, read=30)
#: A file takes no longer (seconds), and is no larger (bytes), packed and unpacked.
LONGEST_SECONDS = 120.0
LARGEST = 32 * 1024 * 1024
LARGEST_UNPACKED = 64 * 1024 * 1024
_MOST_MEMBERS = 20_000
_CHUNK = 65_536
#: What the library raises at a zip that is none, is damaged, or is packed in a way unknown to it.
_BROKEN = (
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, OSError, EOFError),
    *(ValueError, RuntimeError, NotImplementedError, IndexError),
)
#: The setting of networks that feeds may be fetched from.
NETWORKS = "REGIONHUB_FEED_NETWORKS"
_pool = urllib3.PoolManager(
    retries=False, timeout=_TIMEOUT, headers={"User-Agent": "regionhub", "Accept-Encoding": "gzip"}
)


class NotFetched(RegionhubError):
    """A file did not come; `code` is a problem of a feed."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


@dataclass(frozen=True, slots=True)
class Version:
    """What a server said of a file, to ask whether it has changed."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class File:
    """A file that came."""

    body: bytes
    version: Version


def download(
    url: str,
    version: Version | None = None,
    networks: Sequence[Network] = (),
    longest_seconds: float = LONGEST_SECONDS,
) -> File | None:
    """The file, or None if it is still of this version.

    Raises:
        NotFetched: it did not come.
    """
    headers = dict(_pool.headers)
    if version is not None and version.etag:
        headers["If-None-Match"] = version.etag
    if version is not None and version.last_modified:
        headers["If-Modified-Since"] = version.last_modified
    with confined(networks, NETWORKS) as bounds:
        try:
            answer = _pool.request("GET", url, headers=headers, preload_content=False)
            try:
                return _read(answer, url, time.monotonic() + longest_seconds)
            finally:
                answer.close()
        except (HTTPError, OSError, ValueError) as error:
            detail = bounds.refused or f"{url}: {type(error).__name__}"
            raise NotFetched("feed_away", detail) from None


def _read(answer: urllib3.BaseHTTPResponse, url: str, end: float) -> File | None:
    if answer.status == 304:
        return None
    if answer.status == 404:
        raise NotFetched("feed_file_missing", url)
    if answer.status != 200:
        raise NotFetched("feed_refused", f"{url}: {answer.status}")
    body = bytearray()
    for chunk in answer.stream(_CHUNK):
        body += chunk
        if len(body) > LARGEST:
            raise NotFetched("feed_too_large", f"{url}: more than {LARGEST // 1024**2} MiB")
        if time.monotonic() > end:
            raise NotFetched("feed_away", f"{url}: it takes too long")
    headers = answer.headers
    return File(bytes(body), Version(headers.get("ETag"), headers.get("Last-Modified")))


class Bound:
    """How much of one file may still be unpacked."""

    def __init__(self, size: int = LARGEST_UNPACKED) -> None:
        self._left = size

    def take(self, chunk: bytes) -> bytes:
        """Count what was unpacked.

        Raises:
            UnusableFile: it is more than any such file has.
        """
        self._left -= len(chunk)
        if self._left < 0:
            raise UnusableFile("unpacked it is larger than any such file")
        return chunk


def members(body: bytes, ending: str) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of the files in a zip whose names end so.

    Raises:
        UnusableFile: it is no zip, or too large.
    """
    bound = Bound()
    try:
        with zipfile.ZipFile(BytesIO(body)) as packed:
            entries = packed.infolist()
            if len(entries) > _MOST_MEMBERS:
                raise UnusableFile(f"it holds {len(entries)} files")
            for entry in entries:
                if entry.filename.lower().endswith(ending):
                    with packed.open(entry) as member:
                        yield entry.filename, _all(member, bound)
    except _BROKEN as error:
        raise UnusableFile(f"it is no readable zip: {error}") from None


def only_member(body: bytes, ending: str) -> bytes:
    """The first of `members`.

    Raises:
        UnusableFile: there is none.
    """
    for _, member in members(body, ending):
        return member
    raise UnusableFile(f"the zip holds no file that ends with {ending}")


def unbz2(body: bytes) -> bytes:
    """What is packed with bzip2; what is not packed as it is.

    Raises:
        UnusableFile: it cannot be unpacked.
    """
    if not body.startswith(b"BZh"):
        return body
    try:
        return _unpacked(bz2.BZ2Decompressor(), body)
    except (OSError, EOFError) as error:
        raise UnusableFile(f"it cannot be unpacked: {error}") from None


def gunzip(body: bytes) -> bytes:
    """What is packed with gzip; what is not packed as it is.

    Raises:
        UnusableFile: it cannot be unpacked.
    """
    if not body.startswith(b"\x1f\x8b"):
        return body
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        unpacked = unpacker.decompress(body, LARGEST_UNPACKED + 1)
    except zlib.error as error:
        raise UnusableFile(f"it cannot be unpacked: {error}") from None
    if not unpacker.eof and len(unpacked) <= LARGEST_UNPACKED:
        raise UnusableFile("its end is missing")
    return Bound().take(unpacked)


class _Member(Protocol):
    def read(self, size: int) -> bytes: ...


class _Unpacker(Protocol):
    @property
    def eof(self) -> bool: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


def _all(member: _Member, bound: Bound) -> bytes:
    chunks = []
    while chunk := member.read(_CHUNK):
        chunks.append(bound.take(chunk))
    return b"".join(chunks)


def _unpacked(unpacker: _Unpacker, body: bytes) -> bytes:
    bound = Bound()
    unpacked = bound.take(unpacker.decompress(body, LARGEST_UNPACKED + 1))
    if not unpacker.eof:
        bound.take(b"x" * (1 if len(unpacked) <= LARGEST_UNPACKED else 0))
        raise UnusableFile("its end is missing")
    return unpacked


def text(body: bytes, encoding: str = "utf-8") -> str:
    """A text file.

    Raises:
        UnusableFile: it is none.
    """
    try:
        decoded = body.decode(encoding)
    except UnicodeDecodeError:
        raise UnusableFile(f"it is no text in {encoding}") from None
    if "\0" in decoded:
        raise UnusableFile("it is no text")
    return decoded


def checked_address(address: str) -> str:
    """An address that files can be fetched below, with the slash at its end.

    Raises:
        InputError: it is none.
    """
    address = address.strip()
    usable = address.startswith(("http://", "https://")) and not set(address) & set(" ?#@")
    if not usable or address.count("/") < 2 or not address.isprintable():
        raise InputError(
            f"{address[:80]!r} is no address of files: write https://host/folder/, without a "
            "login in it",
            de="Das ist keine Adresse von Dateien: schreiben Sie https://host/ordner/, ohne "
            "Zugangsdaten.",
        )
    return address if address.endswith("/") else f"{address}/"
