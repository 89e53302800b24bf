"""`python -m api.cli` is `yixian`."""

from api.cli import main

main()
