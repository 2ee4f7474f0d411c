"""Integrations broken on purpose, each as people break them: what the kit has to notice."""

from stoa_sdk.conformance.integration import NoAnswer, Refused, Sale, Where
from stoa_sdk.conformance.ours import Till
from stoa_sdk.errors import SdkError

_RUNS = 3


class NewKeys(Till):
    """It tries again with a new key: what was done without an answer is done twice."""

    def __init__(self, where: Where) -> None:
        super().__init__(where)
        self._file = where.folder / "refunds"

    def refund(self, hold: str, points: int | None, receipt_no: str) -> None:
        self._file.write_text(f"{hold} {points} {receipt_no}")
        self.settle()

    def settle(self) -> None:
        super().settle()
        for _ in range(_RUNS):
            if not self._file.exists():
                return
            hold, points, number = self._file.read_text().split()
            try:
                self._once.refund(hold, points=int(points), receipt_no=number)
            except SdkError:
                continue
            self._file.unlink()


class Forgetful(Till):
    """It keeps nothing: what is not answered at once is lost."""

    def earn(self, sale: Sale) -> None:
        super().earn(sale)
        self._drop()

    def give_back(self, sale: Sale, receipt_no: str, returned: dict[int, int] | None) -> None:
        super().give_back(sale, receipt_no, returned)
        self._drop()

    def _drop(self) -> None:
        for call in self._queue._waiting():
            self._queue.forget(str(call.key))


class Credulous(Till):
    """It takes silence and refusals for a yes."""

    def hold(self, member_ref: str, points: int, *, ttl_s: int = 300) -> str:
        try:
            return super().hold(member_ref, points, ttl_s=ttl_s)
        except (NoAnswer, Refused):
            return "hld_unknown"
