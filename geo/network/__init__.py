"""The road network as compact arrays: built once, searched many times."""
