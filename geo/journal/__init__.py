"""The journal: append-only events in one SQLite file of the data folder, durable before anyone is told.

    FOLDER/journal.db             the events (WAL, synchronous FULL), chained by hashes; -wal and -shm beside it
    FOLDER/journal.mark           how far it had come when someone was last told "accepted"
    FOLDER/journal.lock           held by every program that has it open
    FOLDER/snapshots/             what folds of it have kept, to start from

What is cut off, replaced or migrated stays beside it: journal.db-wal.cut-TIME, journal.mark.lost-TIME,
journal-before-TIME.db, journal-schema-N.db.
"""

from geo.journal.backups import Restored as Restored
from geo.journal.backups import mark_end as mark_end
from geo.journal.backups import restore as restore
from geo.journal.backups import verdict_of as verdict_of
from geo.journal.checking import Verdict as Verdict
from geo.journal.commits import Receipt as Receipt
from geo.journal.journal import Journal as Journal
from geo.journal.presence import Presence as Presence
from geo.journal.rows import Columns as Columns
from geo.journal.rows import Stretch as Stretch
from geo.journal.snapshots import Snapshot as Snapshot
