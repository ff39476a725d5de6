"""Tells the conformance run about each call of a client. Stands alone: it runs in the client's
environment.
"""

import json
import os
import sys
import traceback

_told = os.dup(1)
os.dup2(2, 1)  # what a client prints, from Python or not, is not for the run


class Call:
    """``with Call("fetch_balance"): ...``: it went as it should unless something is raised."""

    def __init__(self, name):
        self.name = name

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if error is not None and not isinstance(error, Exception):
            return False
        tell(self.name, "" if error is None else reason(error, trace))
        return True


def tell(name, error=""):
    """Tell how a call went, and wait until the run has taken it down."""
    os.write(_told, f"CALL {json.dumps({'name': name, 'error': error})}\n".encode())
    sys.stdin.readline()


def reason(error, trace):
    """What was raised; of a plain assertion the line that did not hold."""
    traceback.print_exception(error)
    text = str(error)
    if isinstance(error, AssertionError) and not text:
        text = traceback.extract_tb(trace)[-1].line or ""
    return f"{type(error).__name__}: {text}"


class Expected(Exception):
    """A refusal that did not come."""


class Refusal(Call):
    """``with Refusal("cancel_order of nothing", OrderNotFound): ...``: this error has to come."""

    def __init__(self, name, error):
        super().__init__(f"{name} (refused)")
        self.error = error

    def __exit__(self, kind, error, trace):
        if error is None:
            error = Expected(f"{self.error.__name__} did not come")
        elif isinstance(error, self.error):
            error = None
        return super().__exit__(None, error, trace)
