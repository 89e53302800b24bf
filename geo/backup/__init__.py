"""Backups of a whole data folder: layers with their history, rules, the journal, and who may do what.

    TARGET/backup.json            what the backup holds: each file's hash, size and mode, the journal's end, its date
    TARGET/…                      the files under their names; the journal is one file that needs nothing beside it

As an archive the same files are in one tar. A backup has what services and imports have finished when it is made, and
none of them waits for it. Nothing is opened in it: to try one out, it is restored to another folder.
"""

from geo.backup.listing import LISTING as LISTING
from geo.backup.listing import Listed as Listed
from geo.backup.listing import Listing as Listing
from geo.backup.restoring import PutBack as PutBack
from geo.backup.restoring import is_whole_backup as is_whole_backup
from geo.backup.restoring import put_back as put_back
from geo.backup.taking import ARCHIVE as ARCHIVE
from geo.backup.taking import back_up as back_up
