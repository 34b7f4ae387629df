"""A clock that jumps: libfaketime under the ingest process."""

from __future__ import annotations

from pathlib import Path

_LIBRARIES = (
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
    "/usr/lib/faketime/libfaketimeMT.so.1",
    "/usr/lib64/faketime/libfaketimeMT.so.1",
)


def library() -> Path | None:
    """Where libfaketime is; Debian's package is called libfaketime."""
    return next((path for path in map(Path, _LIBRARIES) if path.exists()), None)


class JumpingClock:
    """Seconds that the wall clock of ingest is off; the monotonic clock stays right."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.offset = 0.0
        self.jump(0.0)

    def jump(self, offset: float) -> None:
        """Set the clock off by so many seconds."""
        self.offset = offset
        new = self._file.with_suffix(".new")
        new.write_text(f"{offset:+.0f}\n")
        new.rename(self._file)  # who reads it must never find it half written

    def environment(self) -> dict[str, str]:
        """What puts a process under this clock."""
        found = library()
        assert found is not None
        return {
            "LD_PRELOAD": str(found),
            "FAKETIME_TIMESTAMP_FILE": str(self._file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }
