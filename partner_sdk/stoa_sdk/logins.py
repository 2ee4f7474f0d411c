"""Who the command line is: credentials that this machine keeps for their owner alone.

``STOA_URL``, ``STOA_CLIENT_ID`` and ``STOA_CLIENT_SECRET`` or ``STOA_CLIENT_KEY`` (the file of a
private key) go before what `login` has kept.
"""

import json
import os
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

from stoa_sdk.client import Client
from stoa_sdk.tokens import ClientProof

__all__ = ["HOME", "client", "forget", "keep", "key_of"]

HOME = Path(os.environ.get("XDG_CONFIG_HOME") or "~/.config").expanduser() / "stoa"
"""The folder of what is kept."""

_PROOFS = ("client_secret", "client_key")


def keep(url: str, client_id: str, *, secret: str | None, key: Path | None) -> Path:
    """Keep credentials; of a key, where it lies. Return the file."""
    kept = {"url": url, "client_id": client_id}
    kept |= {"client_secret": secret} if secret else {}
    kept |= {"client_key": str(key.absolute())} if key else {}
    file = _file()
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    file.touch(mode=0o600)
    file.write_text(json.dumps(kept), "utf-8")
    return file


def forget() -> None:
    """Forget what is kept."""
    _file().unlink(missing_ok=True)


def client(
    *, url: str | None = None, client_id: str | None = None, scopes: Iterable[str] | None = None
) -> Client:
    """Return a client of who is named, by the environment or by what is kept.

    Raises:
        ValueError: nobody is, or the key can't be read.
    """
    file = _file()
    kept: dict[str, str] = json.loads(file.read_text("utf-8")) if file.exists() else {}
    for name in ("url", "client_id"):
        kept[name] = os.environ.get(f"STOA_{name.upper()}") or kept.get(name) or ""
    told = {name: value for name in _PROOFS if (value := os.environ.get(f"STOA_{name.upper()}"))}
    proof = told or {name: kept[name] for name in _PROOFS if kept.get(name)}
    address, name = url or kept["url"], client_id or kept["client_id"]
    if not (address and name and proof):
        raise ValueError("say who you are first: stoa-sdk login URL CLIENT_ID")
    secret = key_of(Path(proof["client_key"])) if "client_key" in proof else proof["client_secret"]
    return Client(address, name, secret, scopes=scopes)


def key_of(file: Path) -> ClientProof:
    """Return the private key of a file.

    Raises:
        OSError: it can't be read.
        ValueError: it holds none, or the extra ``stoa-sdk[keys]`` is not installed.
    """
    try:
        home = import_module("stoa_sdk.keys")
    except ModuleNotFoundError as missing:
        raise ValueError("a key needs one more package: pip install 'stoa-sdk[keys]'") from missing
    proof: ClientProof = home.PrivateKey.of_file(file)
    return proof


def _file() -> Path:
    return HOME / "credentials.json"
