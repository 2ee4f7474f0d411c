"""``stoa rules``: the alliance's rules from files: checked, saved, put in force, laid to rest."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from rich.markup import escape

from stoa.cli.desk import ACTOR, Taught, a_table, console, open_desk, settings_of
from stoa.cli.person import as_somebody, somebody
from stoa.cli.rulefiles import count_of, mistakes_of, outline_of, read_rules
from stoa.cli.whatif import what_if
from stoa.services import calendars, programmes, rulebook
from stoa.services.rulebook import KINDS, Book
from stoa.values.languages import ENGLISH, LANGUAGES
from stoa.values.rulefiles import RuleFile
from stoa.values.speech import Speech
from stoa.work import Work

__all__ = ["rules"]

_Kind = click.Choice(KINDS)
_Path = click.Path(exists=True, path_type=Path)
_Folder = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group()
def rules() -> None:
    """Check, save and activate the rules of the alliance.

    A rule is a document of a kind: ladder, campaign, challenge, referral, chance, segment or
    activity. Saving makes a version of it, activating lets the version hold; docs/rules.md tells
    what stands in the documents.
    """


rules.add_command(what_if)


@rules.command(
    "list",
    cls=Taught,
    examples="""
        stoa rules list
        stoa rules list campaign
    """,
)
@click.argument("kind", type=_Kind, required=False)
def list_rules(kind: str | None) -> None:
    """List the rules, or those of KIND: their state, which version holds, which is the latest."""
    table = a_table("kind", "code", "name", "state", "holds", "latest", numbers=("holds", "latest"))
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        book = rulebook.current(work)
        for each in (kind,) if kind else KINDS:
            for line in rulebook.listed(work, each):
                table.add_row(
                    each, line.code, _name(line.document), line.state,
                    str(line.version or ""), str(line.latest),
                )  # fmt: skip
    screen = console()
    if not table.row_count:
        screen.print("There are no rules yet: stoa rules load FOLDER brings some.")
        return
    screen.print(table)
    since = f", since {_moment(book)}" if book.effective_at else ""
    screen.print(f"Rulebook {book.version} holds{since}.")


@rules.command(
    cls=Taught,
    examples="""
        stoa rules show ladder main
        stoa rules show ladder main --language zh-Hans
        stoa rules show campaign weekend --version 2 --json > weekend.json
    """,
)
@click.argument("kind", type=_Kind)
@click.argument("code")
@click.option("--version", type=int, help="A version before; the latest by default.")
@click.option("--json", "as_json", is_flag=True, help="Write the file that rules save reads.")
@click.option("--language", type=click.Choice(LANGUAGES), default=ENGLISH, show_default=True)
def show(kind: str, code: str, *, version: int | None, as_json: bool, language: str) -> None:
    """Show the document of the rule KIND CODE."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        line = rulebook.find(work, kind, code)
        chosen = version or line.latest
        document = rulebook.document(work, kind, code, chosen)
        money = work.programme.money_currency
        kept = {each.version: each for each in rulebook.versions(work, kind, code)}[chosen]
    if as_json:
        file = {"kind": kind, "code": code, "note": kept.note, "document": document}
        click.echo(json.dumps(file, ensure_ascii=False, indent=2))
        return
    screen = console()
    screen.print(f"[bold]{kind} {escape(code)}[/], {line.state}")
    holds = "never held" if line.version is None else f"version {line.version} holds or held last"
    note = f" ({escape(kept.note)})" if kept.note else ""
    screen.print(f"version {chosen} of {line.latest}{note}; {holds}\n")
    feasts = {f"holiday:{code}": name.of(language) for code, name in calendars.KNOWN.items()}
    for text in outline_of(document, Speech(language, money, feasts)):
        screen.print(text, markup=False)


@rules.command(cls=Taught, examples="stoa rules versions campaign weekend")
@click.argument("kind", type=_Kind)
@click.argument("code")
def versions(kind: str, code: str) -> None:
    """List the versions of the rule KIND CODE, the latest first."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        line = rulebook.find(work, kind, code)
        found = rulebook.versions(work, kind, code)
    table = a_table("version", "saved", "by", "note", "", numbers=("version",))
    for each in found:
        holds = line.state if each.version == line.version else ""
        saved = f"{each.saved_at:%Y-%m-%d %H:%M}Z"
        table.add_row(str(each.version), saved, each.saved_by, escape(each.note), holds)
    console().print(table)


@rules.command(
    cls=Taught,
    examples="""
        stoa rules check weekend.json
        stoa rules check programme/
    """,
)
@click.argument("path", type=_Path)
def check(path: Path) -> None:
    """Name every mistake of the rule in PATH, or of all rules in a folder; nothing is saved.

    Rules of a folder may name each other. Ends with 1 when there is a mistake.
    """
    found = read_rules(path)
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        wrong = programmes.check(work, found)
    if wrong:
        raise click.ClickException(mistakes_of(wrong))
    click.echo(f"{count_of(found)} well written.")


@rules.command(
    cls=Taught,
    examples="""
        stoa rules save weekend.json --note "shorter, for autumn"
        stoa rules save weekend.json --activate
    """,
)
@click.argument("path", type=_Path)
@click.option("--note", help="Kept with the version, in place of the file's.")
@click.option("--activate", is_flag=True, help="Let it hold too.")
def save(path: Path, *, note: str | None, activate: bool) -> None:
    """Save the rule in PATH, or all rules in a folder, as new versions; what holds stays so.

    One that says what the latest version says makes no new one.
    """
    found = read_rules(path)
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        wrong = programmes.check(work, found)
        if wrong:
            raise click.ClickException(mistakes_of(wrong))
        for rule in programmes.ordered(found):
            kept = rule if note is None else RuleFile(rule.kind, rule.code, rule.document, note)
            version = programmes.save(work, kept)
            told = f"{rule.place}: version {version}"
            if activate:
                told += f", holds from {_moment(programmes.activate(work, rule.kind, rule.code))}"
            click.echo(told)


@rules.command(
    cls=Taught,
    examples="""
        stoa rules load programme/
        stoa rules load core/stoa/demo/programme
    """,
)
@click.argument("folder", type=_Folder)
def load(folder: Path) -> None:
    """Save and activate the whole programme in FOLDER, all of it or nothing.

    A second time changes nothing; rules that are not in the folder stay as they are.
    """
    found = read_rules(folder)
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        done = programmes.load(work, found)
        delay_s = work.programme.rule_delay_s
    table = a_table("kind", "code", "version", "", numbers=("version",))
    for each in done:
        told = [name for name in ("saved", "activated") if getattr(each, name)]
        table.add_row(
            each.rule.kind, each.rule.code, str(each.version), " and ".join(told) or "as it was"
        )
    screen = console()
    screen.print(table)
    if any(each.activated for each in done):
        screen.print(f"What was activated holds from now on, after {delay_s} s.")


@rules.command(
    cls=Taught,
    examples="""
        stoa rules activate campaign weekend
        stoa rules activate ladder main --version 3
        stoa rules activate campaign jubilee --as ben@example.org
    """,
)
@click.argument("kind", type=_Kind)
@click.argument("code")
@click.option("--version", type=int, help="A version before; the latest by default.")
@as_somebody
def activate(
    kind: str, code: str, *, version: int | None, email: str | None, password: str | None
) -> None:
    """Let a version of the rule KIND CODE hold, STOA_RULE_DELAY_S after now.

    A version before is how a change is undone. A budget above STOA_BUDGET_LIMIT needs a person,
    and another one than who saved it.
    """
    with open_desk(settings_of()) as desk:
        actor = somebody(desk, email, password, "programme.change")
        with desk.work(actor) as work:
            book = programmes.activate(work, kind, code, version)
            _tell(work, book, f"{kind}/{code} holds")


@rules.command(cls=Taught, examples="stoa rules pause campaign weekend")
@click.argument("kind", type=_Kind)
@click.argument("code")
def pause(kind: str, code: str) -> None:
    """Let the rule KIND CODE rest; rules resume brings it back."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        _tell(work, rulebook.pause(work, kind, code), f"{kind}/{code} rests")


@rules.command(cls=Taught, examples="stoa rules resume campaign weekend")
@click.argument("kind", type=_Kind)
@click.argument("code")
def resume(kind: str, code: str) -> None:
    """Let the paused rule KIND CODE hold again, by the version that held."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        _tell(work, programmes.resume(work, kind, code), f"{kind}/{code} holds again")


@rules.command(cls=Taught, examples="stoa rules end campaign weekend --yes")
@click.argument("kind", type=_Kind)
@click.argument("code")
@click.option("--yes", is_flag=True, help="Don't ask.")
def end(kind: str, code: str, *, yes: bool) -> None:
    """End the rule KIND CODE for ever; a new one needs a new code."""
    if not yes:
        click.confirm(f"End {kind}/{code} for ever?", abort=True)
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        _tell(work, rulebook.end(work, kind, code), f"{kind}/{code} has ended")


def _name(document: Mapping[str, Any]) -> str:
    names = document.get("name")
    return str(names.get("en", "")) if isinstance(names, Mapping) else ""


def _tell(work: Work, book: Book, what: str) -> None:
    click.echo(f"{what} from {_moment(book)}, rulebook {book.version}; by {work.actor.name}.")


def _moment(book: Book) -> str:
    return f"{book.effective_at:%Y-%m-%d %H:%M:%S}Z" if book.effective_at else "the beginning"
