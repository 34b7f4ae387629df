"""What `regionhub source` reads from files, because a command line can be seen by all."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from regionhub.devices import Source
from regionhub.errors import InputError
from regionhub.registry.sources import Certificates
from regionhub_ingest.broker_client import tls_context

PasswordFile = Annotated[
    str | None,
    typer.Option(
        "--password-file",
        metavar="FILE",
        help="File with the password at the broker; - is standard input, an empty one is none.",
    ),
]
Authority = Annotated[
    Path | None,
    typer.Option("--ca", help="Certificates (PEM) of who signed the broker's; empty: everybody's."),
]
Certificate = Annotated[
    Path | None,
    typer.Option(help="Our certificate (PEM), where the broker wants one; empty: none."),
]
Key = Annotated[
    Path | None, typer.Option("--key", help="Its key (PEM, without a password); empty: none.")
]


def read_password(
    file: str | None, *, ask: bool, asked: str = "Password at the broker"
) -> str | None:
    """The password of a file, or what somebody types; None if there is none to read.

    Raises:
        InputError: the file cannot be read.
    """
    if file == "-":
        return sys.stdin.read().strip("\r\n")
    if file is not None:
        return read_text(Path(file)).strip("\r\n")
    if ask:
        return str(typer.prompt(asked, hide_input=True, err=True))
    return None


def read_certificates(ca: Path | None, certificate: Path | None, key: Path | None) -> Certificates:
    """What goes with the encryption, tried before it is kept.

    Raises:
        InputError: a file cannot be read, or is no PEM.
    """
    read = Certificates(
        ca=None if ca is None else read_text(ca),
        certificate=None if certificate is None else read_text(certificate),
        private_key=None if key is None else read_text(key),
    )
    if bool(read.certificate) != bool(read.private_key):
        raise InputError("--certificate and --key go together: give both")
    try:
        tls_context(_tried(read))
    except InputError as error:
        raise InputError(f"--ca, --certificate or --key: {error.detail}") from None
    return read


def _tried(read: Certificates) -> Source:
    return Source(
        source_id=0,
        tenant_id=0,
        tenant="",
        name="",
        format="",
        broker_url="",
        topics=(),
        ca=read.ca or None,
        certificate=read.certificate or None,
        private_key=read.private_key,
    )


def read_text(file: Path) -> str:
    """A file of passwords, certificates or keys.

    Raises:
        InputError: it cannot be read.
    """
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{file} is no text: give certificates and keys as PEM") from None
    except OSError as error:
        raise InputError(f"{file} cannot be read: {error.strerror}") from None
