"""The road network as compact arrays: built once, searched many times.

Its compiled kernels are cached under a name made of all their sources: numba looks only at the file that a function
stands in, and would go on using one whose helpers in another file have changed.
"""

import hashlib
from pathlib import Path

import numba

_HERE = Path(__file__).parent
_SOURCES = hashlib.sha256(b"".join(path.read_bytes() for path in sorted(_HERE.glob("*.py")))).hexdigest()
numba.config.CACHE_DIR = str(_HERE / "__pycache__" / f"numba-{_SOURCES[:16]}")  # type: ignore[attr-defined]  # set when numba reads its environment
