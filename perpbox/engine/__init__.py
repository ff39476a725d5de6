"""The exchange: pure, deterministic, ``(state, command) -> events``.

No clock, no I/O, no randomness, no floats and no logging in here. Time and chance arrive
in commands.
"""
