"""What the worker's chores are called, and what its faults mean, in the words of the page."""

from stoa.services.chores import Fault
from stoa_admin.language import gettext, noted

__all__ = ["called", "told"]

_NAMES = {
    "tell": noted("Tell events of the outbox"),
    "expire_holds": noted("Let holds go that are over"),
    "expire_claims": noted("Let benefits go that nobody fetched"),
    "expire_coupons": noted("Let reserved coupons go"),
    "end_coupons": noted("End coupons whose day is over"),
    "recheck_tiers": noted("Look at tiers after a purchase"),
    "review_tiers": noted("Review tiers that are due"),
    "sweep_tiers": noted("Carry out a changed ladder"),
    "log": noted("Write postings into the transparency log"),
    "fold_positions": noted("Add up the partners' positions"),
    "roll_up": noted("Add up the figures of the overview"),
    "roll_up_tiers": noted("Count moves between tiers"),
    "reckon_campaigns": noted("Reckon what campaigns came to"),
    "count_members": noted("Count members by the day they enrolled"),
    "book_money": noted("Book the money journal"),
    "book_dues": noted("Book what partners owe"),
    "match_returns": noted("Match returns with their sales"),
    "referrals": noted("Reward referrals"),
    "draws": noted("Run draws"),
    "cancelled_orders": noted("Give points of cancelled orders back"),
    "funding": noted("Watch the partners' funding"),
    "undone": noted("Take rewards of undone referrals back"),
    "whatif": noted("Reckon what-ifs"),
    "errands": noted("Ask partners to hand over rewards"),
    "webhooks": noted("Send webhooks"),
    "batches": noted("Carry out partners' batches"),
    "mails": noted("Send letters"),
    "imports": noted("Carry out imports"),
    "expire_points": noted("Expire points whose day is over"),
    "mature_points": noted("Make pending points spendable"),
    "settle_pending": noted("Ask plugins again about pending purchases"),
    "segments": noted("Refresh segments"),
    "sweep": noted("Finish mergers of members"),
    "pools": noted("Look after households"),
    "offers": noted("Refresh the catalogue"),
    "exits": noted("Lead partners out that leave"),
    "agreements": noted("Begin agreements whose day has come"),
    "lapse_disputes": noted("Close disputes that lapsed"),
    "exhausted": noted("Note budgets that are used up"),
    "end_campaigns": noted("End campaigns that are over"),
    "parking_quotes": noted("Let parking quotes go"),
}
_FORGETS = noted("Forget what is old: %(what)s")
_SQLSTATES = {
    "08": noted("The database could not be reached."),
    "23": noted("The database refused a row that breaks a rule of its own."),
    "25": noted("The database ended the transaction, for it took too long."),
    "28": noted("The database did not let the worker in."),
    "40": noted("Two transactions wanted the same rows; it is tried again."),
    "42": noted("The database knows a table or a function no longer: is it migrated?"),
    "53": noted("The database has run out of room, memory or connections."),
    "55": noted("Something else held a lock for too long; it is tried again."),
    "57": noted("The database stopped a statement that took too long, or is shutting down."),
    "ST": noted("The ledger refused it."),
}
_KINDS = {
    "OperationalError": noted("The database could not be reached."),
    "ConnectorException": noted("The database could not be reached."),
    "ConnectionRefusedError": noted("Another machine did not answer."),
    "TimeoutError": noted("Another machine did not answer in time."),
    "SMTPException": noted("The mail server refused."),
}


def called(name: str) -> str:
    """Return what a chore is called; its own name where it has no other."""
    if name in _NAMES:
        return gettext(_NAMES[name])
    if name.startswith("forget_"):
        return gettext(_FORGETS, what=name.removeprefix("forget_").replace("_", " "))
    return name.replace("_", " ")


def told(fault: Fault) -> str:
    """Return what a fault means in a sentence."""
    text = _SQLSTATES.get(fault.code[:2]) or _KINDS.get(fault.kind)
    return gettext(text) if text else gettext("An error nobody foresaw; the log has all of it.")
