"""``stoa programme`` and ``stoa partner``: the terms of the alliance, for scripts."""

import json
from decimal import Decimal, InvalidOperation
from typing import Any

import click
from sqlalchemy import select

from stoa.cli.accounts import account
from stoa.cli.agreements import agree, approve, clauses_of, decline, proposals
from stoa.cli.clients import client, key, partner_of, secret
from stoa.cli.desk import ACTOR, Taught, a_table, console, open_desk, settings_of
from stoa.cli.funding import fund
from stoa.cli.leaving import leave
from stoa.errors import InvalidBodyError, InvalidSettingsError
from stoa.models.ledger import Currency
from stoa.models.partners import Site
from stoa.services import authorizations, contacts, credentials, partners, rosters, tiers
from stoa.values.clearing.clauses import Clauses
from stoa.values.languages import LANGUAGES
from stoa.values.periods import ExpiryRule

__all__ = ["partner", "programme"]


class _Price(click.ParamType[Decimal]):
    """Money a point, as an exact decimal."""

    name = "price"

    def convert(self, value: Any, param: Any, ctx: Any) -> Decimal:  # noqa: ANN401 - click's own
        try:
            price = Decimal(value)
        except InvalidOperation:
            self.fail("write a decimal such as 0.012", param, ctx)
        if not (price.is_finite() and 0 <= price < 10**6):
            self.fail("choose between 0 and 999999.999999", param, ctx)
        return price


@click.group()
def programme() -> None:
    """See or change the terms of the points."""


@programme.command("show", cls=Taught, examples="stoa programme show")
def show_programme() -> None:
    """Show the points' name, when they end, what one is worth, and the tiers."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        currency = work.session.get(Currency, work.programme.currency)
        ladder = tiers.ladder(work)
    if currency is None:
        raise click.ClickException("The programme has no points yet: run stoa db upgrade.")
    screen = console()
    screen.print(f"{currency.code}  {currency.name}")
    screen.print(f"expiry  {currency.expiry_rule}, {currency.expiry_months} months")
    screen.print(f"worth   {currency.face_value} {currency.money_currency} a point")
    table = a_table("tier", "name", "rank", "uplift", numbers=("rank", "uplift"))
    for tier in ladder:
        table.add_row(tier.code, tier.name, str(tier.rank), f"{tier.uplift_percent} %")
    if ladder:
        screen.print(table)


@programme.command(
    "set",
    cls=Taught,
    examples="""
        stoa programme set --name "Star points" --expiry month_end --months 24
        stoa programme set --face-value 0.01
    """,
)
@click.option("--name", help="What members call the points.")
@click.option("--expiry", type=click.Choice([rule.value for rule in ExpiryRule]), help="Rule.")
@click.option("--months", type=click.IntRange(1, 1200), help="How many months points live.")
@click.option("--face-value", type=_Price(), help="What one point is worth to a member.")
def set_programme(
    *, name: str | None, expiry: str | None, months: int | None, face_value: Decimal | None
) -> None:
    """Change the terms of points to come; those given before keep theirs."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        known = work.session.get(Currency, work.programme.currency)
        partners.found_currency(
            work,
            name or (known.name if known else work.programme.currency),
            rule=ExpiryRule(expiry or (known.expiry_rule if known else ExpiryRule.MONTH_END)),
            months=months or (known.expiry_months if known else 24),
            face_value=face_value or (known.face_value if known else Decimal("0.01")),
        )
    console().print("Points from now on follow these terms.")


@click.group()
def partner() -> None:
    """Onboard partners, their stores and clients."""


@partner.command("list", cls=Taught, examples="stoa partner list")
def list_partners() -> None:
    """List the partners of the alliance."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        found = rosters.find_partners(work)
    table = a_table("code", "name", "trade", "plugin", "stores", "status", numbers=("stores",))
    for each in found:
        table.add_row(each.code, each.name, each.trade, each.plugin, str(each.stores), each.status)
    console().print(table)


@partner.command(
    "add",
    cls=Taught,
    examples="""
        stoa partner add grocery "Corner Grocery" --trade grocery
        stoa partner add pump "Bright Fuel" --plugin fuel --set points_per_litre=2
        stoa partner add books "Paper Crane" --settings books.json --issue-price 0.012
    """,
)
@click.argument("code")
@click.argument("name")
@click.option("--trade", default="retail", show_default=True, help="What the partner sells.")
@click.option("--plugin", default="standard", show_default=True, help="See stoa plugin list.")
@click.option("--settings", "file", type=click.File(), help="The plugin's settings, a JSON file.")
@click.option("--set", "pairs", multiple=True, metavar="NAME=VALUE", help="One of its settings.")
@click.option("--issue-price", type=_Price(), default="0.012", show_default=True)
@click.option("--reimbursement-rate", type=_Price(), default="0.009", show_default=True)
@click.option("--backdate-days", type=click.IntRange(0, 3650), default=30, show_default=True)
@click.option("--return-days", type=click.IntRange(0, 3650), default=30, show_default=True)
@click.option("--pending-days", type=click.IntRange(0, 3650), default=0, show_default=True)
@click.option("--terms", type=click.File("rb"), help="Clauses about clearing, a TOML file.")
def add_partner(
    code: str,
    name: str,
    *,
    trade: str,
    plugin: str,
    file: Any,  # noqa: ANN401 - an open text file
    pairs: tuple[str, ...],
    issue_price: Decimal,
    reimbursement_rate: Decimal,
    backdate_days: int,
    return_days: int,
    pending_days: int,
    terms: Any,  # noqa: ANN401 - an open file
) -> None:
    """Take the brand NAME into the alliance under CODE.

    The issue price is what it pays for a point it gives, the reimbursement rate what it is paid for
    a point burned at its stores, both in the programme's money. Points of a purchase are pending
    for so many days, if any: as long as goods often come back.
    """
    given, clauses = _read_settings(file, pairs), clauses_of(terms, Clauses())
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        partners.onboard(
            work, code, name, trade=trade, plugin=plugin, settings=given, issue_price=issue_price,
            reimbursement_rate=reimbursement_rate, backdate_days=backdate_days,
            return_days=return_days, pending_days=pending_days, clauses=clauses,
        )  # fmt: skip
    console().print(f"{name} is a partner. Give it a store: stoa partner store {code} …")


@partner.command(
    "store",
    cls=Taught,
    examples="""
        stoa partner store grocery main "Ground floor" --site mall --zone Asia/Shanghai
        stoa partner store pump north "North exit" --site mall --currency CNY
    """,
)
@click.argument("code")
@click.argument("store")
@click.argument("name")
@click.option("--site", required=True, help="Code of the place: a mall, a street.")
@click.option("--zone", help="IANA time zone of a place that is new.")
@click.option("--site-name", help="Name of a place that is new.")
@click.option("--currency", help="Money its tills take; the programme's by default.")
def add_store(
    code: str,
    store: str,
    name: str,
    *,
    site: str,
    zone: str | None,
    site_name: str | None,
    currency: str | None,
) -> None:
    """Give the partner CODE a STORE called NAME.

    The place it stands at is added when --zone is given and there is none of this code.
    """
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        partner_id = partner_of(work, code)
        site_id = work.session.scalar(select(Site.id).where(Site.code == site))
        if site_id is None and zone is None:
            raise InvalidBodyError(errors={"site": ["There is none of this code: give --zone."]})
        if site_id is None:
            site_id = partners.add_site(work, site, site_name or site, zone=zone or "")
        money = currency or work.programme.money_currency
        partners.add_store(work, partner_id, site_id, store, name, currency=money)
    console().print(f"{code} has the store {store}.")


@partner.command(
    "credentials",
    cls=Taught,
    examples="""
        stoa partner credentials grocery
        stoa partner credentials grocery --name shop --also redeem:refs
        stoa partner credentials pump --name pumps --scope earn:write --scope members:read
    """,
)
@click.argument("code")
@click.option("--name", default="tills", show_default=True, help="What the client is for.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(list(credentials.SCOPES)),
    help="What it may do; by default what a till needs: all but codes:write, redeem:refs.",
)
@click.option(
    "--also",
    "besides",
    multiple=True,
    type=click.Choice([each for each in credentials.SCOPES if each not in credentials.TILL_SCOPES]),
    help="What it may do besides: redeem:refs to spend for signed-in members without their code.",
)
def issue_credentials(
    code: str, name: str, scopes: tuple[str, ...], besides: tuple[str, ...]
) -> None:
    """Give the partner CODE a client; its secret is shown this once.

    What is printed can be pasted into a shell before examples/quickstart.py is run.
    """
    settings = settings_of()
    with open_desk(settings) as desk, desk.work(ACTOR) as work:
        may = (*(scopes or credentials.TILL_SCOPES), *besides)
        client_id, secret = credentials.issue_client(work, partner_of(work, code), name, may)
    click.echo(f"export STOA_URL={settings.public_url}")
    click.echo(f"export STOA_CLIENT_ID={client_id}")
    click.echo(f"export STOA_CLIENT_SECRET={secret}")


@partner.command(
    "contact",
    cls=Taught,
    examples="""
        stoa partner contact grocery
        stoa partner contact grocery ops@grocery.example --language zh-Hans
        stoa partner contact grocery --nobody
    """,
)
@click.argument("code")
@click.argument("email", required=False)
@click.option("--language", type=click.Choice(LANGUAGES), help="Of the letters.")
@click.option("--nobody", is_flag=True, help="Write to nobody any more.")
def name_contact(code: str, *, email: str | None, language: str | None, nobody: bool) -> None:
    """See or name who gets the partner CODE's letters, such as of webhooks that fail."""
    with open_desk(settings_of()) as desk, desk.work(ACTOR) as work:
        partner_id = partner_of(work, code)
        told = contacts.of(work, partner_id)
        if email or language or nobody:
            address = "" if nobody else email or told.email
            told = contacts.name_contact(work, partner_id, address, language=language)
    console().print(f"{told.email or 'nobody'} ({told.language})")


@partner.command(
    "sign-in",
    cls=Taught,
    examples="""
        stoa partner sign-in grocery --redirect-uri https://shop.example/stoa/back
        stoa partner sign-in grocery --redirect-uri https://shop.example/back --scope openid
        stoa partner sign-in pump --public --redirect-uri com.example.pump:/back
    """,
)
@click.argument("code")
@click.option("--name", default="sign-in", show_default=True, help="What the client is for.")
@click.option("--redirect-uri", "uris", multiple=True, required=True, help="Where members go back.")
@click.option(
    "--post-logout-uri", "after", multiple=True, help="Where members go back once signed out."
)
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(list(credentials.MEMBER_SCOPES)),
    help="What members may be asked for; by default all but redeem:self.",
)
@click.option("--public", is_flag=True, help="An app on phones or in browsers: it has no secret.")
def issue_sign_in(
    code: str,
    *,
    name: str,
    uris: tuple[str, ...],
    after: tuple[str, ...],
    scopes: tuple[str, ...],
    public: bool,
) -> None:
    """Give the partner CODE a client through which members sign in with their membership.

    Members are sent back to none but these addresses, each matched letter by letter. What is
    printed is what an OpenID Connect library asks for.
    """
    settings = settings_of()
    asked = scopes or tuple(each for each in credentials.MEMBER_SCOPES if each != "redeem:self")
    with open_desk(settings) as desk, desk.work(ACTOR) as work:
        partner_id, shown = partner_of(work, code), ""
        if public:
            client_id = credentials.issue_public_client(work, partner_id, name)
        else:
            client_id, shown = credentials.issue_client(work, partner_id, name)
        work.session.flush()
        authorizations.allow_sign_in(
            work, client_id, redirect_uris=uris, scopes=asked, post_logout_uris=after
        )
    click.echo(f"export STOA_ISSUER={settings.public_url}")
    click.echo(f"export STOA_CLIENT_ID={client_id}")
    if shown:
        click.echo(f"export STOA_CLIENT_SECRET={shown}")


for command in (
    client, secret, key, fund, account, agree, proposals, approve, decline, leave,
):  # fmt: skip
    partner.add_command(command)


def _read_settings(file: Any, pairs: tuple[str, ...]) -> dict[str, Any]:  # noqa: ANN401 - an open text file
    try:
        given = json.load(file) if file else {}
    except ValueError as wrong:
        raise InvalidSettingsError(errors={"settings": [f"This is no JSON: {wrong}"]}) from None
    if not isinstance(given, dict):
        raise InvalidSettingsError(errors={"settings": ["Give one JSON object."]})
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise InvalidSettingsError(errors={pair: ["Write NAME=VALUE."]})
        given[name] = json.loads(value) if value.startswith("[") else value
    return given
