"""XML that others send: what to refuse before a parser reads it."""

from __future__ import annotations

#: In each encoding whose letters are not those of ASCII that the parser reads on its own.
_DOCTYPES = tuple("<!DOCTYPE".encode(name) for name in ("ascii", "utf-16-le", "utf-16-be"))


def has_document_type(document: bytes) -> bool:
    """Whether it may declare entities, which make a short document one without end."""
    return any(doctype in document for doctype in _DOCTYPES)
