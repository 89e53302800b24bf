"""The service and the command: geo's answers over HTTP and in a terminal."""
