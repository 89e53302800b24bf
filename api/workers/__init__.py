"""Several processes behind one socket: their parent, the crew it keeps, and the worker that serves."""
