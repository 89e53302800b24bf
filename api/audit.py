"""Who used the service, in the chain of the journal: sign-ins, refusals, exports of contacts, tokens and accounts.

What is done by somebody known is recorded at once. Refusals can be caused by anybody: they are counted, and recorded
once a minute in one call, at most one event for each of a bounded number of subjects.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from threading import Lock
from typing import Final

from api.access import LOCAL, Actor
from api.errors import SIGN_IN
from api.gate.seen import Seen
from api.identity.entrants import SERVICE
from api.later import MINUTE_S, Later
from api.record import Record
from api.settings import clock
from geo import store
from geo.errors import GeoError
from geo.events import AccessNote, Draft
from geo.journal import Journal
from geo.terms import AccessAct

OTHERS: Final = "others"
MOST_SUBJECTS: Final = 20
REFUSALS: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS})
_LONGEST: Final = 120
_ODD: Final = re.compile(r"[^\w .,:;/{}()\[\]+@*-]")
log = logging.getLogger("yixian")


@dataclass(slots=True)
class _Counted:
    what: str
    count: int


class Audit:
    """What a service records of its use. Safe for threads.

    `record_of` gives the live record, None for the sample, of which nothing is recorded. In a folder that can only be
    read the log alone tells of sign-ins and refusals.
    """

    def __init__(
        self,
        record_of: Callable[[], Record | None],
        *,
        now: Callable[[], datetime] = clock,
        after_s: float = MINUTE_S,
    ) -> None:
        self._record_of, self._now = record_of, now
        self._lock = Lock()
        self._refused: dict[tuple[AccessAct, str], _Counted] = {}
        self._later = Later(after_s)

    def signed_in(self, actor: Actor) -> None:
        """Somebody signed in. Where that cannot be recorded the log tells of it: on the worst day they come in."""
        self._tell(actor.name, AccessAct.SIGNED_IN, actor.name, actor.role.value)

    def signed_out(self, actor: Actor) -> None:
        """Somebody signed out."""
        self._tell(actor.name, AccessAct.SIGNED_OUT, actor.name, None)

    def exported(self, actor: Actor, what: str) -> None:
        """Contacts are about to go out. It raises where that cannot be recorded: then nothing does."""
        self._record(actor.name, [self._note(AccessAct.EXPORTED, actor.name, what)])

    def sign_in_refused(self, subject: str, what: str) -> None:
        """A sign-in was refused; `subject` is an account, or else the client: what was typed may be a password."""
        self._count(AccessAct.SIGN_IN_REFUSED, subject, what)

    def refused(self, subject: str, what: str) -> None:
        """A request was refused; some microseconds."""
        self._count(AccessAct.REFUSED, subject, what)

    def watch(self, seen: Seen) -> None:
        """Take notice of a request that has ended with one of `REFUSALS`. Sign-ins tell of themselves."""
        if seen.route != SIGN_IN:
            subject = seen.client if seen.actor[:1] in "-(" else seen.actor  # those who are nobody's name
            self.refused(subject, f"{seen.method} {seen.route or seen.path}")

    def close(self) -> None:
        """Record the refusals that were counted."""
        self._later.close()

    def _tell(self, by: str, act: AccessAct, subject: str, what: str | None) -> None:
        try:
            self._record(by, [self._note(act, subject, what)])
        except GeoError as reason:
            log.error("%s of %s could not be recorded: %s", act.value, subject, reason)

    def _count(self, act: AccessAct, subject: str, what: str) -> None:
        with self._lock:
            key = act, subject
            if key not in self._refused and len(self._refused) >= MOST_SUBJECTS:
                key = act, OTHERS
            counted = self._refused.get(key)
            if counted is None:
                self._refused[key] = _Counted(what, 1)
            else:
                counted.count += 1
        self._later.ask(self._keep_refusals)

    def _keep_refusals(self) -> None:
        with self._lock:
            refused, self._refused = self._refused, {}
        notes = [self._note(act, subject, one.what, one.count) for (act, subject), one in refused.items()]
        try:
            self._record(SERVICE, notes)
        except Exception as reason:  # noqa: BLE001  # a thread of its own: there is nobody to raise to
            log.error("%d refusals could not be recorded: %s", sum(one.count for one in refused.values()), reason)

    def _note(self, act: AccessAct, subject: str, what: str | None, count: int = 1) -> Draft:
        note = AccessNote(
            act=act, subject=_cleaned(subject), what=None if what is None else _cleaned(what), count=count
        )
        return Draft.of(note, self._now())

    def _record(self, by: str, notes: Sequence[Draft]) -> None:
        record = self._record_of()
        if record is None or not notes:
            return
        record.note(by, notes)


def note_change(folder: Path, act: AccessAct, subject: str, what: str | None = None) -> None:
    """Record a change of tokens or accounts that the command line made, where there is a county; else nothing.

    A journal is made where there is none yet. What `Journal.append` refuses with.
    """
    if store.is_absent(folder):
        return
    note = AccessNote(act=act, subject=_cleaned(subject), what=None if what is None else _cleaned(what))
    with closing(Journal.open(folder, create=True, clock=clock)) as journal:
        journal.append([Draft.of(note, clock())], actor=LOCAL.name)


def _cleaned(text: str) -> str:
    """A text of a request as it may stand in the record: bounded, one line, no marks that programs obey."""
    return _ODD.sub("?", text[:_LONGEST]).strip() or "-"
