"""The conformance run: clients that people use, unmodified, against a live box.

``python -m conformance [CLIENT ...]`` (``make conformance``) installs each client in an
environment of its own, lets a driver call it against a box, and writes what it saw to
``tests/conformance/results.json``, from which the pages are made.
"""
