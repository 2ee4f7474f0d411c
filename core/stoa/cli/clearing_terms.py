"""``stoa settle terms|rates|taxes``: how points are cleared, by which rates and taxes."""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

import click

from stoa.cli.desk import ACTOR, Taught, a_table, console, open_desk, settings_of
from stoa.cli.person import as_person, as_somebody, signed_in, somebody
from stoa.errors import InvalidBodyError
from stoa.services import clearing_terms, rates, rosters
from stoa.values.clearing.clause_files import read_terms
from stoa.values.clearing.rate_files import read_quotes
from stoa.values.clearing.terms import period_of_day
from stoa.values.sections import InvalidDocumentError, read_document
from stoa.work import Work

__all__ = ["rates_", "taxes_", "terms_"]


@click.group("terms")
def terms_() -> None:
    """See and change how a points currency is cleared."""


@terms_.command("show", cls=Taught, examples="stoa settle terms show\nstoa settle terms show STAR")
@click.argument("currency", required=False)
def show_terms(currency: str | None) -> None:
    """Show the terms of now, and every version that was proposed."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        code = currency or work.programme.currency
        now = clearing_terms.of_period(work, code, period_of_day(work.today()))
        versions = clearing_terms.versions(work, code)
        names = rosters.staff_names(work)
    screen = console()
    screen.print(f"mode         {now.mode.value}")
    screen.print(f"revenue      {now.revenue}, {now.recognition}, {now.urr_percent:f} % redeemed")
    screen.print(f"reserve      {now.reserve_ratio:f} of points outstanding")
    screen.print(f"operator     {now.operator.name or '–'}, account {now.operator.account or '–'}")
    table = a_table("version", "from", "mode", "revenue", "by", "state", numbers=("version",))
    for each in versions:
        by = " / ".join(names.get(who, who) for who in (each.proposed_by, each.decided_by) if who)
        table.add_row(
            str(each.terms.version), each.terms.effective_from, each.terms.mode.value,
            each.terms.revenue, by, each.state,
        )  # fmt: skip
    if versions:
        screen.print(table)


@terms_.command(
    "propose",
    cls=Taught,
    examples="""
        stoa settle terms propose terms.toml
        stoa settle terms propose terms.toml --currency STAR --as ada@example.org
    """,
)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--currency", help="The programme's by default.")
@as_somebody
def propose_terms(
    file: Path, *, currency: str | None, email: str | None, password: str | None
) -> None:
    """Propose the terms of FILE, a TOML document, for a month to come.

    What it does not say stays as it is. The first terms of a currency hold at once, for there is
    nobody to ask yet; later ones need a second person.
    """
    with open_desk(settings_of()) as desk:
        actor = somebody(desk, email, password, "clearing.change")
        with desk.work(actor) as work:
            code = currency or work.programme.currency
            told = _propose(work, code, file.read_text("utf-8"))
    console().print(told)


@terms_.command("approve", cls=Taught, examples="stoa settle terms approve 2 --as ben@example.org")
@click.argument("version", type=int)
@click.option("--currency", help="The programme's by default.")
@as_person
def approve_terms(version: int, *, currency: str | None, email: str, password: str) -> None:
    """Let terms that somebody else proposed hold from their month on."""
    with open_desk(settings_of()) as desk:
        actor = signed_in(desk, email, password, "clearing.change")
        with desk.work(actor) as work:
            clearing_terms.approve(work, currency or work.programme.currency, version)
    console().print(f"Version {version} is agreed.")


@terms_.command("decline", cls=Taught, examples="stoa settle terms decline 2 --as ben@example.org")
@click.argument("version", type=int)
@click.option("--currency", help="The programme's by default.")
@as_person
def decline_terms(version: int, *, currency: str | None, email: str, password: str) -> None:
    """Decline proposed terms, or take your own back."""
    with open_desk(settings_of()) as desk:
        actor = signed_in(desk, email, password, "clearing.change")
        with desk.work(actor) as work:
            clearing_terms.decline(work, currency or work.programme.currency, version)
    console().print("The terms stay as they are.")


@click.group("rates")
def rates_() -> None:
    """See and enter rates of exchange between moneys."""


@rates_.command("list", cls=Taught, examples="stoa settle rates list --limit 20")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
def list_rates(*, limit: int) -> None:
    """List what was entered, the newest first; of a day the newest holds."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        found = rates.rates(work, limit=limit)
    table = a_table("number", "day", "one", "is worth", "source", numbers=("number", "is worth"))
    for each in found:
        table.add_row(
            str(each.id), each.business_date.isoformat(), each.base,
            f"{each.rate.normalize():f} {each.quote}", each.source,
        )  # fmt: skip
    console().print(table if found else "No rates yet.")


@rates_.command("import", cls=Taught, examples="stoa settle rates import rates.csv")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def import_rates(file: Path) -> None:
    """Keep the rates of FILE, a CSV with business_date, base, quote, rate: all, or none."""
    told = read_quotes(file.read_bytes())
    if told.errors:
        raise InvalidBodyError(
            errors={f"line {line}": texts for line, texts in told.errors.items()}
        )
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        kept = rates.enter_rates(work, told.quotes)
    console().print(f"{kept} rates are kept.")


@click.group("taxes")
def taxes_() -> None:
    """See and enter taxes, which agreements name by their codes."""


@taxes_.command("list", cls=Taught, examples="stoa settle taxes list")
def list_taxes() -> None:
    """List every tax with every rate it had."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        found = rates.taxes(work)
    table = a_table("code", "name", "percent", "from", numbers=("percent",))
    for each in found:
        percent = f"{(each.rate * 100).normalize():f}"
        table.add_row(each.code, each.name, percent, each.effective_from.isoformat())
    console().print(table if found else "No taxes yet.")


@taxes_.command(
    "set", cls=Taught, examples='stoa settle taxes set VAT6 "Value added tax" 6 --since 2026-01-01'
)
@click.argument("code")
@click.argument("name")
@click.argument("percent")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="First day; today by default.")
def set_tax(code: str, name: str, percent: str, *, since: datetime | None) -> None:
    """Enter the tax CODE called NAME at PERCENT of the net, or its rate from another day on."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        day = since.date() if since else work.today()
        rates.enter_tax(work, code, name, _percent(percent) / 100, effective_from=day)
    console().print(f"{code} is {percent} % from {day} on.")


def _propose(work: Work, code: str, text: str) -> str:
    agreed = [each for each in clearing_terms.versions(work, code) if each.state == "approved"]
    now = period_of_day(work.today())
    present = agreed[0].terms if agreed else clearing_terms.of_period(work, code, now)
    errors: dict[str, list[str]] = {}
    try:
        document = read_document(text, errors)
    except InvalidDocumentError as wrong:
        raise InvalidBodyError(errors=wrong.errors) from None
    terms = read_terms(document, present)
    document.close()
    if errors:
        raise InvalidBodyError(errors=errors)
    if clearing_terms.versions(work, code):
        version = clearing_terms.propose(work, code, terms)
        return f"Version {version} waits for a second person: stoa settle terms approve {version}"
    return f"Version {clearing_terms.found(work, code, terms)} holds from {terms.effective_from}."


def _percent(text: str) -> Decimal:
    try:
        percent = Decimal(text)
    except InvalidOperation:
        percent = Decimal("NaN")
    if not percent.is_finite():
        raise InvalidBodyError(errors={"percent": ["Write a plain number, such as 6."]})
    return percent
