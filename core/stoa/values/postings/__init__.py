"""What a posting was, in the words of its reader: a headline, and how it was reckoned.

    posted = Posted("earn", "issued", "tier_uplift:gold", 836, says=(percent(836, 100, …),))
    headline(posted, speech, place="Star Grocer")    金卡等级奖励，消费于 Star Grocer
    reckoned(posted, speech)                         按金卡等级，在 836 积分基础上加赠 100%

Every kind of posting that the ledger knows has its sentence in every language; a test walks them.
"""

from stoa.values.postings.deeds import Deed, Posted, deed
from stoa.values.postings.telling import headline, reckoned

__all__ = ["Deed", "Posted", "deed", "headline", "reckoned"]
