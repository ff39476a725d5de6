"""What is wrong with an account file or with what was asked of it."""


class AccountFileError(ValueError):
    """An account file cannot be used.

    The text is ``path: what is wrong; what to change``, where the path leads to the place in
    the file, for example ``positions[1].isolatedWallet``.
    """

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path
        self.problem = problem


class ShockError(ValueError):
    """A shock cannot be read or cannot happen; the text names the option and the fix."""

    def __init__(self, option: str, text: str, problem: str) -> None:
        super().__init__(f"{option} {shown(text)}: {problem}")


SHOWN_LENGTH_MAX = 40
"""Longest piece of a user's value that a message repeats."""


def shown(value: object) -> str:
    """A value of the user's, short enough for a message."""
    text = repr(str(value)) if isinstance(value, str) else repr(value)
    return text if len(text) <= SHOWN_LENGTH_MAX else f"{text[: SHOWN_LENGTH_MAX - 3]}..."
