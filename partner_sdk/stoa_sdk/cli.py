"""``stoa-sdk``: a till on the command line; receipts and draws verified offline; a witness."""

import argparse
import json
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TextIO

try:
    from stoa_sdk.fairness import Unfair, verify_draw
    from stoa_sdk.notes import new_secret, read_secret
    from stoa_sdk.verify import Proven, Refuted, trusted_keys, verify_consistency, verify_receipt
    from stoa_sdk.witness import Witness, keep, open_log
except ModuleNotFoundError as missing:
    raise SystemExit("Ed25519 is missing: pip install 'stoa-sdk[verify]'") from missing

from stoa_sdk import batching, listening, tilling
from stoa_sdk.errors import ConnectionFailed, Problem
from stoa_sdk.webhooks import WebhookRefused

__all__ = ["main"]

_EXAMPLES = """
examples:
  stoa-sdk login https://points.example.org cli_…
  stoa-sdk send sale.json
  stoa-sdk login https://points.example.org cli_… --key till.pem
  stoa-sdk queue run
  stoa-sdk batch send sales.csv --dry-run --watch
  stoa-sdk history card:9908869852547035 --limit 5
  stoa-sdk verify receipt.json --key points.example.org/log+c0ffee00+AZ…
  stoa-sdk verify receipt.json --key … --keys keys.json --witness auditor.example/w1+…
  stoa-sdk consistency monday.txt friday.txt proof.txt --key …
  stoa-sdk draw verify result.json --kept ticket.json
  stoa-sdk webhook verify body.json --headers headers.txt --secret whsec_…
  stoa-sdk listen --url https://points.example.org --forward http://localhost:3000/hook
  stoa-sdk witness keygen auditor.example/w1 --secret w1.key
  stoa-sdk witness look https://points.example.org --key … --secret w1.key --state w1 --every 60
"""


def main(arguments: Sequence[str] | None = None, *, out: TextIO | None = None) -> int:
    """Run the command line; return 0 when all is proven, 1 when it is not, and say why."""
    asked = _parser().parse_args(arguments)
    out = out or sys.stdout
    try:
        for line in asked.run(asked):
            print(line, file=out, flush=True)
    except (Refuted, WebhookRefused) as refuted:
        print(f"NOT PROVEN: {refuted}", file=out)
    except (ConnectionFailed, Problem, OSError, ValueError) as failed:
        print(f"{asked.unknown}: {failed}", file=out)
    else:
        return 0
    return 1


def _verify(asked: argparse.Namespace) -> list[str]:
    proven = verify_receipt(
        _read(asked.receipt),
        keys=_keys(asked),
        witnesses=asked.witness,
        witnesses_needed=asked.witnesses_needed,
    )
    return _told(proven)


def _told(proven: Proven) -> list[str]:
    shown = {name: fact for name, fact in proven.entry.items() if name not in ("v", "sealed")}
    facts = [f"  {name:15} {fact}" for name, fact in shown.items()]
    head = proven.checkpoint
    lines = [
        f"PROVEN: entry {proven.index} of {head.size} in the log {head.origin}",
        *facts,
        f"signed by       {proven.key.text}",
    ]
    if proven.witnesses:
        return [*lines, f"cosigned by     {', '.join(proven.witnesses)}"]
    return [*lines, "cosigned by     nobody asked for: another history may be shown to others"]


def _draw(asked: argparse.Namespace) -> list[str]:
    told = json.loads(_read(asked.result))
    kept = [json.loads(_read(each)) for each in asked.kept]
    try:
        fair = verify_draw(told, kept=kept)
    except Unfair as unfair:
        raise Refuted(str(unfair)) from None
    lines = [
        f"PROVEN: the {fair.mode} draw {fair.draw} is what was promised ({fair.state})",
        f"  tickets sold     {fair.tickets}",
        f"  reckoned again   {fair.drawn}",
        *(f"  {prize:16} {ticket}" for prize, ticket in fair.winners.items()),
    ]
    if fair.kept:
        return [*lines, f"agrees with {fair.kept} kept from before"]
    return [*lines, "nothing kept from before was given: all of it may have been made anew"]


def _consistency(asked: argparse.Namespace) -> list[str]:
    old, new = _read(asked.old), _read(asked.new)
    verify_consistency(old, new, _read(asked.proof), keys=_keys(asked))
    sizes = [note.split("\n")[1] for note in (old, new)]
    return [f"PROVEN: the {sizes[1]} entries begin with the same {sizes[0]}"]


def _keygen(asked: argparse.Namespace) -> list[str]:
    if asked.secret.exists():
        raise ValueError(f"{asked.secret} is there already: a key is made once")
    secret = new_secret(asked.name)
    keep(asked.secret, f"{secret.text}\n")
    return [secret.vkey.text]


def _look(asked: argparse.Namespace) -> Iterator[str]:
    secret = read_secret(_read(asked.secret).strip())
    with open_log(asked.url) as http:
        witness = Witness(http=http, keys=tuple(asked.key), secret=secret, state=asked.state)
        while True:
            try:
                seen = witness.look(at=int(time.time()))
                yield f"cosigned: {seen.size} entries of {seen.origin}"
            except (ConnectionFailed, Problem) as failed:
                if asked.every is None:
                    raise
                yield f"not looked at: {failed}"
            if asked.every is None:
                return
            threading.Event().wait(asked.every)


def _keys(asked: argparse.Namespace) -> list[str]:
    if asked.keys is None:
        return list(asked.key)
    return trusted_keys(asked.key, json.loads(_read(asked.keys)))


def _read(path: Path) -> str:
    return sys.stdin.read() if str(path) == "-" else path.read_text("utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="stoa-sdk",
        description="Report purchases as a till does; verify what an alliance's log has signed.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(unknown="NOT PROVEN, for it could not be looked at")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    verify = commands.add_parser("verify", help="verify a receipt, offline")
    verify.add_argument("receipt", type=Path, help="the receipt as JSON; - for standard input")
    _add_keys(verify)
    verify.add_argument(
        "--witness", action="append", default=[], metavar="VKEY", help="a witness that is trusted"
    )
    verify.add_argument(
        "--witnesses-needed", type=int, metavar="N", help="so many of them; by default all"
    )
    verify.set_defaults(run=_verify)
    draw = commands.add_parser("draw", help="reckon a draw for points again, offline")
    checks = draw.add_subparsers(required=True, metavar="DEED")
    fair = checks.add_parser("verify", help="verify what is published of a draw")
    fair.add_argument("result", type=Path, help="/v1/draws/{code}/result as JSON; - for stdin")
    fair.add_argument(
        "--kept", type=Path, action="append", default=[], metavar="FILE",
        help="an answer kept from before: the draw, a ticket as it was bought, an earlier result",
    )  # fmt: skip
    fair.set_defaults(run=_draw)
    consistency = commands.add_parser("consistency", help="verify that a log only grew, offline")
    for name, what in (("old", "a checkpoint"), ("new", "a later one"), ("proof", "the proof")):
        consistency.add_argument(name, type=Path, help=what)
    _add_keys(consistency)
    consistency.set_defaults(run=_consistency)
    witness = commands.add_parser("witness", help="be a witness")
    deeds = witness.add_subparsers(required=True, metavar="DEED")
    keygen = deeds.add_parser("keygen", help="make a key; its public part is printed")
    keygen.add_argument("name", help="your name in the log's notes, such as auditor.example/w1")
    keygen.add_argument("--secret", type=Path, required=True, help="the file to write it to")
    keygen.set_defaults(run=_keygen)
    look = deeds.add_parser("look", help="look at a log, check it, and cosign what it shows")
    look.add_argument("url", help="of the alliance, such as https://points.example.org")
    look.add_argument("--key", action="append", required=True, metavar="VKEY", help="of the log")
    look.add_argument("--secret", type=Path, required=True, help="your key, from keygen")
    look.add_argument("--state", type=Path, required=True, help="where to remember what was seen")
    look.add_argument("--every", type=float, metavar="S", help="look again, so many seconds later")
    look.set_defaults(run=_look)
    tilling.add_commands(commands)
    batching.add_commands(commands)
    listening.add_commands(commands)
    return parser


def _add_keys(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--key", action="append", required=True, metavar="VKEY", help="a key of the log you trust"
    )
    command.add_argument(
        "--keys", type=Path, help="the log's /v1/log/keys: successors of your key are trusted too"
    )
