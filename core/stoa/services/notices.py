"""Notices: a partner's plugin is told of an event that concerns the partner."""

from dataclasses import replace

from stoa.services import identity, partners
from stoa.services.outbox import Heard
from stoa.values.identifiers import uuid_of
from stoa.work import Work

__all__ = ["tell_plugin"]


def tell_plugin(work: Work, heard: Heard) -> None:
    """Tell the plugin of the partner concerned, with the settings the partner has now.

    The plugin reads the member under the partner's own reference, never under the internal id
    (requirements 1d-7). What it answers is ignored, and what it raises is logged by `Plugins`.
    An event that concerns no partner is nobody's notice.
    """
    if heard.partner_id is None:
        return
    terms = partners.terms(work, heard.partner_id, version=heard.partner_version)
    facts = dict(heard.event.facts)
    member_id = uuid_of("mem", facts.pop("member", ""))
    if member_id is not None:
        facts["member_ref"] = identity.member_ref(terms.ref_key, member_id)
    event = replace(heard.event, facts=facts)
    work.plugins.notify(terms.plugin, event, terms.settings)
