"""Streams in the venue's spelling: names, paths, the control protocol, and events."""
