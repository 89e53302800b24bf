"""One file per resource; a route parses, asks, and hands the answer on."""
