"""Every error that regionhub raises on purpose.

RegionhubError
├── InputError              what a person or a file gave cannot be used
│   ├── ProfileError        a device profile or its codec file
│   ├── VocabularyError     a quantity or unit that the vocabulary does not know
│   ├── NoKey               the operator has set no key to seal secrets with
│   ├── Conflict            it contradicts what is registered already
│   └── TooManyPoints       a period holds more points than were asked for
├── NotFound                not there, or another town's: nobody can tell which
├── AccessError             who asks may not do this
│   ├── NotSignedIn         no valid session or key
│   ├── NotAllowed          signed in, but without this right
│   └── TooManyAttempts     wait before the next try
├── Busy                    try again in a moment: too much is asked for at once
├── MessageError            one message cannot pass; it becomes a dead letter
│   ├── ParseError          the body is not what its format says
│   │   ├── MessageTooLarge longer than any network server sends
│   │   └── NoTime          it names no time that can be, and nobody knows when it arrived
│   ├── UnknownDevice       the town has not registered this DevEUI
│   ├── UnusableProfile     the device's profile is not there or does not fit
│   └── DecodeError         the codec failed or refused the payload
└── StoreError
    ├── StoreUnavailable    try again: the database cannot be reached
    │   ├── StoreFull       it has no room left on its disk
    │   ├── StoreBusy       somebody else holds what is needed
    │   └── StoreTooSlow    a statement took longer than it may
    ├── StoreRejected       never try again: the database refuses these rows
    └── SchemaError         the database is older or newer than this program

The docstring of a class is its default message. What a person can mend in a form or a file also has
a sentence in German.
"""

from __future__ import annotations


class RegionhubError(Exception):
    """Something went wrong."""

    def __init__(self, detail: str | None = None, *, de: str | None = None) -> None:
        self.detail = detail or (type(self).__doc__ or "").strip().splitlines()[0]
        self.de = de
        super().__init__(self.detail)


class BadValue(ValueError):
    """One value that a person wrote: what is wrong, after the name of its field; and in German."""

    def __init__(self, sentence: str, *, de: str) -> None:
        super().__init__(sentence)
        self.de = de


class InputError(RegionhubError):
    """The input cannot be used."""


class ProfileError(InputError):
    """The device profile cannot be used."""


class VocabularyError(InputError):
    """The vocabulary does not know this quantity or unit."""


class NoKey(InputError):
    """The hub has no key to seal a secret with."""


class Conflict(InputError):
    """This contradicts what is registered already."""


class TooManyPoints(InputError):
    """The period holds more points than were asked for."""


class NotFound(RegionhubError):
    """There is no such thing here."""


class AccessError(RegionhubError):
    """Access is refused."""


class NotSignedIn(AccessError):
    """Sign in first."""


class NotAllowed(AccessError):
    """This account may not do that."""


class TooManyAttempts(AccessError):
    """Too many attempts; wait a little."""

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__(f"Too many attempts; try again in {retry_after_seconds} seconds.")
        self.retry_after_seconds = retry_after_seconds


class Busy(RegionhubError):
    """Too much is asked for at once; try again in a few seconds."""


class MessageError(RegionhubError):
    """The message cannot be processed."""

    #: Stable word stored with the dead letter and counted in the metrics.
    reason = "message"


class ParseError(MessageError):
    """The body is not a message of the configured format."""

    reason = "not_parseable"


class MessageTooLarge(ParseError):
    """The body is larger than any message of a LoRaWAN network server."""

    reason = "too_large"


class NoTime(ParseError):
    """The message says no time that can be true, and its arrival is unknown."""


class UnknownDevice(MessageError):
    """The town has no device with this DevEUI."""

    reason = "unknown_device"


class UnusableProfile(MessageError):
    """The device's profile is not there, or its parameters do not fit it."""

    reason = "unusable_profile"


class DecodeError(MessageError):
    """The codec could not decode the payload."""

    reason = "not_decodable"


class StoreError(RegionhubError):
    """The database reported an error."""


class StoreUnavailable(StoreError):
    """The database cannot be reached."""


class StoreFull(StoreUnavailable):
    """The database has no room left on its disk."""


class StoreBusy(StoreUnavailable):
    """Somebody else holds a lock on what is needed."""


class StoreTooSlow(StoreUnavailable):
    """The database needs too long for this."""


class StoreRejected(StoreError):
    """The database refuses these rows."""

    reason = "store_rejected"


class SchemaError(StoreError):
    """The database has another version than this program."""


#: The reason of a dead letter at which this program itself failed.
UNEXPECTED = "unexpected"
#: Every reason for which a message becomes a dead letter.
DEAD_LETTER_REASONS = (
    ParseError.reason,
    MessageTooLarge.reason,
    UnknownDevice.reason,
    UnusableProfile.reason,
    DecodeError.reason,
    StoreRejected.reason,
    UNEXPECTED,
)
