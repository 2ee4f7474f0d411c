"""What roles are called, and what each is for, in the words of the page."""

from stoa_admin.language import noted

__all__ = ["ROLE_NAMES", "ROLE_TEXTS"]

ROLE_NAMES = {
    "admin": noted("Administrator"),
    "finance": noted("Finance"),
    "marketing": noted("Marketing"),
    "support": noted("Support"),
    "auditor": noted("Auditor"),
    "partner_admin": noted("Partner administrator"),
    "partner_staff": noted("Partner staff"),
}
"""The name of each role, by its word."""

ROLE_TEXTS = {
    "admin": noted("Sees and changes everything, and decides who else may."),
    "finance": noted("Clearing, agreements, currencies, adjustments and their approval."),
    "marketing": noted("Rules, campaigns, the catalogue, coupons and stock; no members."),
    "support": noted("Members, their parking and orders; helps partners with webhooks."),
    "auditor": noted("Reads everything and changes nothing."),
    "partner_admin": noted("Runs one partner: credentials, webhooks, settings, colleagues."),
    "partner_staff": noted("Reads what is of one partner."),
}
"""What each role is for, in one sentence."""
