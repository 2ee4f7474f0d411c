"""``stoa currency`` and ``stoa exchange``: points currencies, and the rates between them."""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

import click
from sqlalchemy import select

from stoa.cli.desk import ACTOR, Taught, a_table, console, open_desk, settings_of
from stoa.errors import InvalidBodyError, PartnerUnknownError
from stoa.models.partners import Partner
from stoa.services import currencies
from stoa.services import exchange as rates
from stoa.values.amounts import Rounding
from stoa.values.exchange import Rate
from stoa.values.periods import ExpiryRule
from stoa.values.tenders import Spending
from stoa.work import Work

__all__ = ["currency", "exchange"]

_ROUNDINGS = click.Choice([each.value for each in Rounding])
_DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.group()
def currency() -> None:
    """Give the alliance or a partner points of their own."""


@currency.command("list", cls=Taught, examples="stoa currency list")
def list_currencies() -> None:
    """List the points currencies, and which partners issue them."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        found = currencies.listed(work)
        issuers = currencies.issuers(work)
    table = a_table("code", "name", "of", "expiry", "worth", "rounding", "debt", "issued by")
    for each in found:
        terms = each.terms
        by = ", ".join(sorted(code for code, issued in issuers.items() if issued == each.code))
        table.add_row(
            each.code, each.name, each.issuer or "the alliance",
            f"{terms.expiry.rule.value}, {terms.expiry.months} months",
            f"{terms.face_value} {terms.money_currency}", terms.rounding.value, terms.debt_policy,
            by,
        )  # fmt: skip
    console().print(table)


@currency.command(
    "add",
    cls=Taught,
    examples="""
        stoa currency add CINE "Cinema points" --partner cinema --months 6 --issue
        stoa currency add MILES "Miles" --expiry never --face-value 0.02
    """,
)
@click.argument("code")
@click.argument("name")
@click.option("--partner", "owner", help="Code of the partner whose own it is.")
@click.option(
    "--expiry",
    type=click.Choice([rule.value for rule in ExpiryRule]),
    default=ExpiryRule.MONTH_END.value,
    show_default=True,
    help="Rule.",
)
@click.option("--months", type=click.IntRange(1, 1200), default=24, show_default=True)
@click.option("--face-value", default="0.01", show_default=True, help="What one point is worth.")
@click.option(
    "--debt", type=click.Choice(currencies.DEBT_POLICIES), default="debt", show_default=True
)
@click.option("--grace-days", type=click.IntRange(0, 3650), default=30, show_default=True)
@click.option("--rounding", type=_ROUNDINGS, default="down", show_default=True)
@click.option("--issue", is_flag=True, help="The partner's purchases earn it from now on.")
def add_currency(
    code: str,
    name: str,
    *,
    owner: str | None,
    expiry: str,
    months: int,
    face_value: str,
    debt: str,
    grace_days: int,
    rounding: str,
    issue: bool,
) -> None:
    """Found the points CODE, called NAME: of the alliance, or a partner's own."""
    if issue and owner is None:
        raise InvalidBodyError(errors={"issue": ["Say whose purchases earn it: --partner."]})
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        issuer_id = _partner(work, owner) if owner else None
        currencies.found(
            work, code, name, issuer_id=issuer_id, rule=ExpiryRule(expiry), months=months,
            face_value=_decimal(face_value), debt_policy=debt, grace_days=grace_days,
            rounding=Rounding(rounding),
        )  # fmt: skip
        if issuer_id and issue:
            currencies.issue_in(work, issuer_id, code)
    console().print(f"{code} is a points currency.")


@currency.command(
    "spend",
    cls=Taught,
    examples="""
        stoa currency spend STAR --least 200 --step 100 --share 50 --step-up 2000
        stoa currency spend STAR --step-up never
    """,
)
@click.argument("code")
@click.option("--least", type=click.IntRange(1), help="The fewest points that pay at once.")
@click.option("--step", type=click.IntRange(1), help="Points pay in multiples of so many.")
@click.option("--share", type=click.IntRange(1, 100), help="Percent of a ticket they may pay.")
@click.option("--step-up", help="More points need a PIN or a confirmation; or never.")
def spend_currency(
    code: str, *, least: int | None, step: int | None, share: int | None, step_up: str | None
) -> None:
    """Say how points of CODE are spent; what is not given stays as it is."""
    if step_up not in (None, "never") and not str(step_up).isdecimal():
        raise InvalidBodyError(errors={"step-up": ["Write a number of points, or never."]})
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        now = currencies.find(work, code).spending
        limit = now.step_up_points if step_up is None else None
        if step_up not in (None, "never"):
            limit = int(str(step_up))
        spending = Spending(
            least or now.min_points, step or now.step, share or now.max_share_percent, limit
        )
        currencies.change(work, code, spending=spending)
    never = "never needs more than the code" if limit is None else f"steps up above {limit}"
    console().print(
        f"{code} pays from {spending.min_points} in steps of {spending.step},"
        f" up to {spending.max_share_percent} % of a ticket, and {never}."
    )


@currency.command("issue", cls=Taught, examples="stoa currency issue cinema CINE")
@click.argument("partner")
@click.argument("code")
def issue_currency(partner: str, code: str) -> None:
    """Let purchases at PARTNER earn points of CODE: the alliance's, or the partner's own."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        currencies.issue_in(work, _partner(work, partner), code)
    console().print(f"Purchases at {partner} earn {code} from now on.")


@click.group()
def exchange() -> None:
    """See and set the rates between points currencies."""


@exchange.command("list", cls=Taught, examples="stoa exchange list --all")
@click.option("--all", "every", is_flag=True, help="All versions, those of the past too.")
def list_rates(*, every: bool) -> None:
    """List the rates in force."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        found = rates.history(work) if every else rates.in_force(work)
    table = a_table("from", "to", "rate", "rounding", "since", "version", numbers=("version",))
    for each in found:
        rate = f"{each.rate.denominator} for {each.rate.numerator}" if each.rate else "ended"
        rounding = each.rate.rounding.value if each.rate else ""
        table.add_row(
            each.source, each.target, rate, rounding, str(each.effective_from), str(each.version)
        )
    console().print(table)


@exchange.command(
    "set",
    cls=Taught,
    examples="""
        stoa exchange set STAR CINE 10:3
        stoa exchange set CINE STAR 3:10 --since 2027-01-01
    """,
)
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.argument("rate")
@click.option("--rounding", type=_ROUNDINGS, default="down", show_default=True)
@click.option("--since", type=_DAY, help="First day; today by default.")
def set_rate(source: str, target: str, rate: str, *, rounding: str, since: datetime | None) -> None:
    """Give points of TO for points of FROM at RATE: 10:3 gives 3 for 10.

    A rate by which somebody could go round in a circle and gain is refused.
    """
    given, sign, brought = rate.partition(":")
    if not (sign and given.isdecimal() and brought.isdecimal()):
        raise InvalidBodyError(errors={"rate": ["Write whole points, such as 10:3."]})
    terms = Rate(source, target, int(brought), int(given), Rounding(rounding))
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        version = rates.set_rates(work, [terms], effective_from=_day(since))[0]
    console().print(f"{source} → {target} at {given} for {brought}, version {version}.")


@exchange.command("end", cls=Taught, examples="stoa exchange end STAR CINE --since 2027-01-01")
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.option("--since", type=_DAY, help="First day without it; today by default.")
def end_rate(source: str, target: str, *, since: datetime | None) -> None:
    """End the exchange of FROM for TO; points exchanged before stay as they are."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        version = rates.end_rate(work, source, target, effective_from=_day(since))
    console().print(f"{source} → {target} ends with version {version}.")


def _day(since: datetime | None) -> date | None:
    return since.date() if since else None


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except ArithmeticError:
        raise InvalidBodyError(errors={"face_value": ["Write a decimal, such as 0.01."]}) from None


def _partner(work: Work, code: str) -> UUID:
    found: UUID | None = work.session.scalar(select(Partner.id).where(Partner.code == code))
    if found is None:
        raise PartnerUnknownError(f"No partner has the code {code}.")
    return found
