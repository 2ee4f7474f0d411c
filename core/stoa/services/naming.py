"""What members call things: tiers, campaigns, challenges, partners, stores, in their language."""

from stoa.services.calendars import KNOWN
from stoa.values.languages import stand_ins
from stoa.values.speech import Speech
from stoa.work import Work

__all__ = ["speech"]

_RULES = """
SELECT v.kind, v.code, v.document -> 'name',
       CASE v.kind WHEN 'ladder' THEN v.document -> 'tiers' END
  FROM rules r
  JOIN rule_versions v
    ON v.kind = r.kind AND v.code = r.code AND v.version = coalesce(r.version, r.latest)
 ORDER BY (v.document ->> 'main')::boolean IS TRUE, r.state = 'active', v.kind, v.code
"""
_PLACES = """
SELECT 'partner:' || code, name FROM partners
UNION ALL
SELECT k.key, s.name
  FROM stores s JOIN partners p ON p.id = s.partner_id
 CROSS JOIN LATERAL (VALUES ('store:' || s.code), ('store:' || p.code || '/' || s.code)) AS k (key)
"""


def speech(work: Work, language: str) -> Speech:
    """Return the speech of a language with the names of all that rules may name: two statements.

    Names are those of now, or the last ones of what ended: ``tier:gold``, ``campaign:double11``,
    ``store:grocer/bund``. A tier of several ladders is called as the main one does.
    """
    names = {row[0]: row[1] for row in work.rows(_PLACES)}
    names |= {f"holiday:{code}": texts.of(language) for code, texts in KNOWN.items()}
    for kind, code, name, tiers in work.rows(_RULES):
        names[f"{kind}:{code}"] = _of(name, language) or code
        for tier in tiers or ():
            names[f"tier:{tier['code']}"] = _of(tier.get("name"), language) or tier["code"]
    return Speech(language, work.programme.money_currency, names)


def _of(texts: object, language: str) -> str:
    if not isinstance(texts, dict):
        return ""
    return next((texts[each] for each in stand_ins(language) if texts.get(each)), "")
