"""Members and partners as rows of a list."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from stoa.services import rosters, tables, tiers
from stoa.services.rosters import MemberLine, PartnerLine
from stoa.services.tables import Order, Table
from stoa.values.listing import Page, Wish
from stoa.work import Work

__all__ = ["members", "partners"]

_MEMBERS = Table(
    columns=f"""m.id, m.display_name, m.status, m.enrolled_at, {tiers.STANDINGS},
        coalesce(w.available + w.pending + w.held, 0), coalesce(w.updated_at, m.enrolled_at),
        coalesce((SELECT value FROM identifiers WHERE member_id = m.id AND kind = 'card'
                   ORDER BY added_at DESC, value LIMIT 1), '')""",  # noqa: S608 - constants
    source="members m LEFT JOIN wallets w ON w.member_id = m.id AND w.currency = %(currency)s",
    key="m.id",
    orders={
        "enrolled": Order("m.enrolled_at", "timestamptz"),
        "name": Order("lower(m.display_name)"),
    },
    usual="-enrolled",
    filters={
        "status": "m.status = %(status)s",
        "since": "m.enrolled_at >= (%(since)s::date)::timestamp AT TIME ZONE %(zone)s",
    },
    words=rosters.MATCHES,
)
_PARTNERS = Table(
    columns="""p.id, p.code, p.name, p.trade, p.status, p.plugin, p.version, p.onboarded_at,
        (SELECT count(*) FROM stores WHERE partner_id = p.id)""",
    source="partners p",
    key="p.id",
    orders={
        "name": Order("lower(p.name)"),
        "trade": Order("lower(p.trade)"),
        "since": Order("p.onboarded_at", "timestamptz"),
    },
    usual="name",
    filters={"status": "p.status = %(status)s", "plugin": "p.plugin = %(plugin)s"},
    words="(p.name ILIKE %(like)s OR p.code ILIKE %(like)s OR p.trade ILIKE %(like)s)",
)


def members(work: Work, wish: Wish, /) -> Page[MemberLine]:
    """Return a page of members, those who enrolled last first; cards are masked.

    Raises:
        InvalidBodyError: the mark is none of this list.
    """
    values: dict[str, Any] = {"currency": work.programme.currency, "zone": work.programme.zone}
    found = tables.page(
        work, _MEMBERS, wish, MemberLine, {**values, **rosters.looked_for(wish.words)}
    )
    main = tiers.current(work).main

    def told(line: MemberLine, standings: Mapping[str, str] | Any) -> MemberLine:  # noqa: ANN401 - as read
        return replace(
            line, tier=rosters.tier_name(main, standings), card=rosters.masked("card", line.card)
        )

    return replace(found, rows=tuple(told(line, line.tier) for line in found.rows))


def partners(work: Work, wish: Wish, /) -> Page[PartnerLine]:
    """Return a page of partners, by name.

    Raises:
        InvalidBodyError: the mark is none of this list.
    """
    return tables.page(work, _PARTNERS, wish, PartnerLine, {"like": rosters.containing(wish.words)})
