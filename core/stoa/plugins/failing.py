"""Why a plugin that is asked outside this process gave no answer."""

__all__ = ["NoAnswerError"]


class NoAnswerError(Exception):
    """There is no answer, or none that can be read.

    Attributes:
        kind: ``late``, ``busy`` (others are being asked), ``gone``, ``raised``, ``garbage`` or
            ``open`` (it is not asked for a while).
    """

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind
