"""Activities: points for what members do without buying, each with a proof and bounds (#51, #54).

rules    save an activity's document, read those that hold
codes    make codes, links and invitations; show a changing code
proofs   whether a proof is one, and what it is about; wrong codes are counted
reports  report what a member did, exactly once
"""

from stoa.services.activities.codes import Code, invite, link, make, shown
from stoa.services.activities.reports import Done, Reported, hand_over, report
from stoa.services.activities.rules import Open, activate, opened, read, save

__all__ = [
    "Code",
    "Done",
    "Open",
    "Reported",
    "activate",
    "hand_over",
    "invite",
    "link",
    "make",
    "opened",
    "read",
    "report",
    "save",
    "shown",
]
