"""``stoa partner fund``: what partners may still issue; packs bought and paid back."""

from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

import click

from stoa.cli.clients import partner_of
from stoa.cli.desk import ACTOR, Taught, a_table, console, open_desk, settings_of
from stoa.errors import PackUnknownError
from stoa.services import funding, rosters
from stoa.services.funding import OVERFLOWS, FundingTerms, Standing
from stoa.values.identifiers import public_id, uuid_of

__all__ = ["fund"]


class _Amount(click.ParamType[Decimal]):
    """Money, as an exact decimal."""

    name = "amount"

    def convert(self, value: Any, param: Any, ctx: Any) -> Decimal:  # noqa: ANN401 - click's own
        try:
            amount = Decimal(value)
        except InvalidOperation:
            amount = Decimal("NaN")
        if not amount.is_finite() or amount < 0:
            self.fail("write a decimal such as 200.00", param, ctx)
        return amount


@click.group()
def fund() -> None:
    """See and set what partners may still issue: packs and credit."""


@fund.command("show", cls=Taught, examples="stoa partner fund show\nstoa partner fund show grocery")
@click.argument("code", required=False)
def show(code: str | None) -> None:
    """Show where every limited partner's funding stands, or the packs of the partner CODE."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        names = {each.id: each.code for each in rosters.find_partners(work)}
        if code is None:
            found = funding.overview(work)
        else:
            found = [funding.standing(work, partner_of(work, code))]
    table = a_table(
        "partner", "funding", "overflow", "left", "reserve", "owed", "lasts",
        numbers=("left", "reserve", "owed", "lasts"),
    )  # fmt: skip
    for each in found:
        table.add_row(
            names[each.partner_id], each.terms.kind, each.terms.overflow, _left(each),
            str(each.reserve_points), "" if each.exposure is None else f"{each.exposure:.2f}",
            "" if each.lasts_days is None else f"{each.lasts_days} days",
        )  # fmt: skip
    console().print(table)
    if code is not None:
        _show_packs(found[0])


@fund.command(
    "set",
    cls=Taught,
    examples="""
        stoa partner fund set grocery --prepaid --alert 3000
        stoa partner fund set pump --credit 200.00 --alert 40.00 --overflow member_first
        stoa partner fund set grocery --open
    """,
)
@click.argument("code")
@click.option("--open", "kind", flag_value="open", help="Without a limit, billed afterwards.")
@click.option("--prepaid", "kind", flag_value="prepaid", help="By packs that it buys.")
@click.option("--credit", type=_Amount(), help="The most that it may owe, alone or after packs.")
@click.option("--overflow", type=click.Choice(OVERFLOWS), default="refuse", show_default=True)
@click.option("--alert", type=_Amount(), help="At so many points, or so much credit, left.")
def set_funding(
    code: str, *, kind: str | None, credit: Decimal | None, overflow: str, alert: Decimal | None
) -> None:
    """Say how the points of the partner CODE are funded, from now on."""
    chosen = kind or ("credit" if credit is not None else "")
    if not chosen:
        raise click.UsageError("Choose one of --open, --prepaid and --credit.")
    points = int(alert) if alert is not None and chosen == "prepaid" else None
    terms = FundingTerms(chosen, overflow, credit, points, alert if chosen == "credit" else None)
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        funding.set_terms(work, partner_of(work, code), terms)
    console().print(f"{code} is funded so from now on: {chosen}.")


@fund.command(
    "buy",
    cls=Taught,
    examples="""
        stoa partner fund buy grocery 15000 --price 0.011
        stoa partner fund buy grocery 5000 --price 0.011 --reserve
    """,
)
@click.argument("code")
@click.argument("points", type=click.IntRange(min=1))
@click.option("--price", type=_Amount(), required=True, help="Money of one point.")
@click.option("--reserve", is_flag=True, help="Used only where the others are empty.")
@click.option("--currency", help="Of the points; the programme's by default.")
def buy(code: str, *, points: int, price: Decimal, reserve: bool, currency: str | None) -> None:
    """Let the partner CODE buy a pack of POINTS; they may be issued at once."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        partner_id = partner_of(work, code)
        bought = funding.buy(
            work, partner_id, points, price=price, currency=currency, reserve=reserve
        )
        money = work.programme.money_currency
    name = public_id("pck", bought.id)
    console().print(f"{name}: {points} points for {bought.amount:.2f} {money}")


@fund.command("refund", cls=Taught, examples="stoa partner fund refund pck_… --points 5000")
@click.argument("pack")
@click.option("--points", type=click.IntRange(min=1), help="All that are unused by default.")
def refund(pack: str, *, points: int | None) -> None:
    """Take unused points of a PACK back, and say what is paid for them."""
    pack_id: UUID | None = uuid_of("pck", pack)
    if pack_id is None:
        raise PackUnknownError
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        paid = funding.refund(work, pack_id, points=points)
        money = work.programme.money_currency
    console().print(f"{paid.points} points are taken back: pay {paid.amount} {money}")


def _left(each: Standing) -> str:
    if each.terms.kind == "credit":
        return f"{each.left_amount:.2f}"
    return "" if each.terms.kind == "open" else str(each.left_points)


def _show_packs(found: Standing) -> None:
    table = a_table(
        "pack", "currency", "points", "price", "used", "left", "refunded", "bought",
        numbers=("points", "price", "used", "left", "refunded"),
    )  # fmt: skip
    for pack in found.packs:
        name = public_id("pck", pack.id) + (" (reserve)" if pack.reserve else "")
        table.add_row(
            name, pack.currency, str(pack.points), f"{pack.price.normalize():f}", str(pack.used),
            str(pack.left), str(pack.refunded), f"{pack.bought_at:%Y-%m-%d}",
        )  # fmt: skip
    if found.packs:
        console().print(table)
