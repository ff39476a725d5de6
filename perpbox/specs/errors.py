"""The one error of this room."""


class SpecError(ValueError):
    """A specification cannot be used.

    The text is ``path: what is wrong; what to change``, where the path leads to the place in
    the document, for example ``BTCUSDT.brackets[2].notionalCap``.
    """

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path = path
        self.problem = problem
