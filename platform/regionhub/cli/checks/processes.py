"""Clocks, processes, device profiles and what could not be processed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from pathlib import Path

from regionhub.archive.letters.waiting import WaitingLetters, undecoded, waiting
from regionhub.archive.stored_profiles import stored_profiles
from regionhub.cli.checks import Finding, failure, fine, span, warning
from regionhub.cli.checks import facts as doctor
from regionhub.cli.checks.facts import ArrivalDelay, Heartbeat, Ingest
from regionhub.errors import ProfileError
from regionhub.features.alarms.check import STOPPED, LastCheck, is_needed, last_check
from regionhub.profiles import load_profiles
from regionhub.signals.touched import Lag, lag
from regionhub.store.database import Connection
from regionhub.store.jobs import FailingJob, failing_jobs

#: How far clocks may be apart: to be looked after, and to be wrong (seconds).
_CLOCK_OFF, _CLOCK_WRONG = 5, 60
#: How late messages arrive that no gateway or network server held back, and how early (seconds).
_LATE, _EARLY = 120, -30
_SILENT_SECONDS = 180
#: Readers are shown no decision that is older than its data by five seconds; a burst takes a while.
_DECISIONS_SECONDS = 30


def check_processes(connection: Connection, *, sources: int) -> Iterator[Finding]:
    """Clocks, `work` and `ingest`."""
    beat = doctor.heartbeat(connection, "work")
    ingest = doctor.ingest(connection)
    clocks = {"this machine": doctor.clock_ahead(connection)}
    if ingest.clock_ahead_seconds is not None:
        clocks["the machine of ingest"] = ingest.clock_ahead_seconds
    if beat is not None and beat.silent_seconds < _SILENT_SECONDS:
        clocks["the machine of work"] = beat.clock_ahead_seconds
    yield judge_clocks(clocks, doctor.arrival_delays(connection))
    yield judge_work(beat, failing_jobs(connection))
    yield judge_decisions(lag(connection))
    yield judge_alarms(last_check(connection), datetime.now(UTC), needed=is_needed(connection))
    if sources:
        yield judge_ingest(ingest)
    else:
        yield warning("ingest", "no_source")


def judge_clocks(clocks: dict[str, float], delays: list[ArrivalDelay]) -> Finding:
    """Compare clocks with the database server's, and arrivals with the network servers' times.

    Args:
        clocks: by how many seconds each clock is ahead of the database server's.
        delays: the least seconds from the network server to ingest, by source.
    """
    wrong = [
        f"the clock of {where} is {span(round(ahead))} {'ahead of' if ahead > 0 else 'behind'} the "
        "database server's"
        for where, ahead in clocks.items()
        if abs(ahead) >= _CLOCK_OFF
    ]
    for row in delays:
        source = f"{row.tenant}, source {row.name}"
        least = row.least_seconds
        if least >= _LATE:
            wrong.append(
                f"messages of {source} arrive at least {span(least)} after the time of their "
                "network server, which held them back or has another clock"
            )
        elif least <= _EARLY:
            wrong.append(f"the network server of {source} is {span(least)} ahead of ingest")
    if not wrong:
        return fine("clock", "the clocks agree with the database server's")
    make = failure if any(abs(ahead) >= _CLOCK_WRONG for ahead in clocks.values()) else warning
    return make("clock", "clock_wrong", "; ".join(wrong))


def judge_work(beat: Heartbeat | None, failing: list[FailingJob]) -> Finding:
    """Whether the periodic jobs run, and do what they should."""
    if beat is None:
        return failure("work", "work_not_running", "never seen")
    if beat.silent_seconds >= _SILENT_SECONDS:
        return failure("work", "work_not_running", f"last seen {span(beat.silent_seconds)} ago")
    if failing:
        several = "; ".join(
            f"{job.job} failed {job.failures} times since {job.since:%Y-%m-%d %H:%M} UTC, "
            f"at last with: {job.problem}"
            for job in failing
        )
        return failure("work", "job_failing", several)
    return fine("work", "`regionhub work` runs")


def judge_decisions(behind: Lag) -> Finding:
    """Whether what sites say is decided in time."""
    past = f"; the past of {behind.past} sites is still being written" if behind.past else ""
    if behind.seconds >= _DECISIONS_SECONDS:
        waits = f"something has waited for {span(round(behind.seconds))}{past}"
        return failure("decisions", "decisions_behind", waits)
    return fine("decisions", f"what sensors say is judged within seconds{past}")


def judge_alarms(last: LastCheck, now: datetime, *, needed: bool) -> Finding:
    """Whether a reading becomes a message: what the chain of alarms found when it tried itself."""
    if last.begun_at is None and not needed:
        return fine("alarms", "no rule of alarms is on")
    if last.begun_at is None:
        return warning("alarms", "alarms_not_checked")
    ago = (
        "never" if last.passed_at is None else f"{span((now - last.passed_at).total_seconds())} ago"
    )
    if last.problem is not None or last.passed_at is None or now - last.passed_at > STOPPED:
        return failure(
            "alarms", "alarms_broken", f"{last.problem or 'no check ended'}; passed {ago}"
        )
    return fine("alarms", f"a reading becomes a message: last tried {ago}")


def judge_ingest(ingest: Ingest) -> Finding:
    """Whether ingest runs and reports."""
    workers, silent = ingest.workers, ingest.silent_seconds
    processes = "1 process" if workers == 1 else f"{workers} processes"
    heard = "never heard" if silent is None else f"last heard {span(silent)} ago"
    if not workers:
        return failure("ingest", "ingest_silent", heard)
    if silent is None or silent >= _SILENT_SECONDS:
        return failure("ingest", "ingest_silent", f"{processes}, but {heard}")
    return fine("ingest", f"`regionhub ingest` runs with {processes}")


def check_content(connection: Connection, profiles: Path | None) -> Iterator[Finding]:
    """Profiles, and messages that could not be processed."""
    yield judge_profiles(doctor.used_profiles(connection), profiles, stored_profiles(connection))
    errors = undecoded(connection)
    if errors:
        several = "; ".join(
            f"{row.profile_id}: {row.messages} of {row.devices} devices in 7 days, "
            f"such as {row.example!r}"
            for row in errors
        )
        yield warning("profiles", "decode_errors", several)
    yield judge_letters(waiting(connection))


def judge_profiles(
    used: dict[str, int], directory: Path | None, stored: Collection[str] = ()
) -> Finding:
    """Whether the profiles can be loaded and every device has one; `stored` are in the database."""
    try:
        known = load_profiles(directory).keys() | set(stored)
    except ProfileError as error:
        return failure("profiles", "profile_unusable", error.detail)
    missing = {name: devices for name, devices in used.items() if name not in known}
    if missing:
        several = ", ".join(f"{name}: {devices}" for name, devices in missing.items())
        return failure("profiles", "profile_missing", several)
    return fine("profiles", f"{len(known)} device profiles can be used")


def judge_letters(rows: list[WaitingLetters]) -> Finding:
    """Messages that wait for somebody to mend what they fail on."""
    if not rows:
        return fine("messages", "every message could be processed")
    total = sum(row.messages for row in rows)
    reasons = ", ".join(f"{row.messages} {row.reason}" for row in rows)
    messages = "1 message" if total == 1 else f"{total} messages"
    return warning("messages", "letters_waiting", f"{messages} ({reasons})")
