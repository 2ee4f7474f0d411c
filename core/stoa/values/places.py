"""Places of a document: the partners and stores at which something is good.

    {"partners": "all"}
    {"partners": ["grocery", "dining"], "stores": ["dining/pier"]}

Where stores are named, it is these alone; a store is written as conditions write it, with its
partner's code before it.
"""

from dataclasses import dataclass

from stoa.values.documents import Reading

__all__ = ["EVERYWHERE", "Places", "read_places"]

_MOST = 500
_LONGEST = 129
_PARTNER = 64


@dataclass(frozen=True, slots=True)
class Places:
    """Partners by their codes and stores as ``partner/store``; ``None`` is all of them."""

    partners: frozenset[str] | None = None
    stores: frozenset[str] | None = None

    def hold(self, partner: str, store: str | None = None) -> bool:
        """Tell whether a store is among them, or any store of the partner where none is named.

        Args:
            store: the store's own code.
        """
        if self.partners is not None and partner not in self.partners:
            return False
        if self.stores is None:
            return True
        if store is None:
            return any(each.startswith(f"{partner}/") for each in self.stores)
        return f"{partner}/{store}" in self.stores


EVERYWHERE = Places()


def read_places(reading: Reading, name: str) -> Places:
    """Read the places of a document; everywhere where they are missing."""
    if not reading.has(name):
        return EVERYWHERE
    part = Reading(reading.raw(name), reading.place(name), reading.errors)
    partners = None
    if part.raw("partners") not in (None, "all"):
        partners = _words(part, "partners", _PARTNER, 'Write "all", or a list of partners\' codes.')
    stores = None
    if part.has("stores"):
        stores = _words(part, "stores", _LONGEST, "Write a list of stores such as dining/pier.")
        for each in sorted(stores):
            partner, slash, store = each.partition("/")
            if not (partner and slash and store):
                part.wrong("stores", "Write a list of stores such as dining/pier.")
                break
            if partners is not None and partner not in partners:
                part.wrong("stores", f"{each} belongs to no partner that is named.")
    part.close()
    return Places(partners, stores)


def _words(part: Reading, name: str, longest: int, text: str) -> frozenset[str]:
    words = part.raw(name)
    fits = isinstance(words, list) and 0 < len(words) <= _MOST
    if not fits or not all(
        isinstance(word, str) and 0 < len(word) <= longest and word.isprintable() for word in words
    ):
        part.wrong(name, text)
        return frozenset()
    return frozenset(words)
