"""Lies that an owner of the database could write into the books, and who must find them where."""

from dataclasses import dataclass

__all__ = ["LIES", "LOG", "Lie"]

LOG = """
INSERT INTO log_entries (place, member_id, currency, seq, sealed)
SELECT row_number() OVER (ORDER BY p.member_id, p.currency, p.seq) - 1 + (
       SELECT count(*) FROM log_entries), p.member_id, p.currency, p.seq, 'unseen'
  FROM postings p WHERE NOT EXISTS (
       SELECT 1 FROM log_entries e
        WHERE e.member_id = p.member_id AND e.currency = p.currency AND e.seq = p.seq)
"""
"""Enters the postings that are not in the log, as the worker would."""


@dataclass(frozen=True)
class Lie:
    """What was tampered with, the check that must find it, and how the place it names begins."""

    check: str
    place: str
    statements: str


_CHANCE = """
        INSERT INTO chances (member_id, id, chance, version, ladder, mode, state, currency, points,
        odds, bought_at, bought_on, undo_until{more}) SELECT id, id, 'step', 1, 'main', '{mode}',
        '{state}', 'STAR', 100, 500000, now(), current_date, now(){values} FROM members"""

_TICKET = """
        INSERT INTO tickets (member_id, id, draw, version, number, state, currency, points,
        bought_at, bought_on{more}) SELECT id, id, 'ghost', 1, 1, '{state}', 'STAR', 10, now(),
        current_date{values} FROM members"""
_DRAW = """
        INSERT INTO draws (code, mode, state, currency, points, terms, terms_hash, salt, opens_at,
        closes_at, tickets, sold, drawn) VALUES ('ghost', 'instant', 'open', 'STAR', 10, '{{}}',
        '', '', now(), now(), 9, {sold}, 0)"""
_PRIZE = """
        INSERT INTO draw_prizes (draw, prize, place, odds, stock, remaining, points, coupon,
        partner, claim_days) VALUES ('ghost', 'bear', 1, 1, 3, {remaining}, 0, '', '', 1)"""
_WIN = """
        INSERT INTO draw_wins (draw, prize, unit, member_id, ticket_id, state, points, coupon,
        partner, won_at, tries, resolved_at) SELECT 'ghost', 'bear', {unit}, id, id, '{state}', 50,
        '', '', now(), 0, {resolved} FROM members"""
_ORDER = """
        UPDATE holds SET purpose = 'reward', reward = 'ghost' WHERE state = 'captured';
        UPDATE transactions SET reason_code = 'reward' WHERE kind = 'redeem';
        INSERT INTO orders (member_id, id, offer, kind, version, provider_id, partner_id, store_id,
        buyer_id, quantity, money_minor, currency, state, fulfil, slot, taken, terms, coupons,
        business_date, placed_at, errand, attempts, answer, reference)
        SELECT member_id, id, 'ghost', 'gift', 1, {provider}, partner_id, store_id, member_id, 1, 0,
        'CNY', '{state}', 'none', '', '{{ghost}}', '{{}}', '{{}}', business_date, now(), 'none', 0,
        '{{}}', '' FROM holds WHERE state = 'captured'"""

_CLAIM = """
        INSERT INTO claims (member_id, id, partner_id, store_id, benefit, subject, business_date,
        quantity_milli, unit, worth_minor, due_minor, money_currency, reason, state, claimed_at, at,
        hold_id, points) SELECT id, id, id, id, 'ghost', '', current_date, 1000, 'ea', 100, 0,
        'CNY', '', '{state}', now(), now(), {hold}, 5 FROM members"""
_PARKED = """
        INSERT INTO parking_quotes (partner_id, id, stay_id, store_id, member_id, state, pay, at,
        leave_by, stay_min, currency, fee_minor, worth_minor, paid_minor, due_minor, entitlements,
        claim_id, made_at) SELECT id, id, id, id, id, 'paid', 'money', now(), now(), 60, 'CNY', 0,
        0, 0, 0, '[]', {claim}, now() FROM members"""
_COUPON = """
        INSERT INTO coupons (code, id, pool, pool_version, state, uses, uses_left, imported,
        valid_from, valid_until, issued_at, issued_by, origin) VALUES ('7KQ2W9MRA3XTE',
        gen_random_uuid(), 'ghost', 1, 'issued', 2, {left}, false, '2026-01-01', '2026-12-31',
        now(), '', '');"""

_COUPON_USE = """
        INSERT INTO coupon_uses (id, code, pool, partner_id, store_id, state, stacks,
        discount_minor, cost_minor, currency, receipt_no, at) VALUES (gen_random_uuid(),
        '7KQ2W9MRA3XTE', 'ghost', gen_random_uuid(), gen_random_uuid(), 'redeemed', 'alone', 100,
        100, 'CNY', 'R', now());"""

_STATEMENT = """
        INSERT INTO statements (id, points_currency, period, no, document, sha256, money_currency,
        opening_minor, closing_minor, settlement_currency, settlement_minor, mode, issued_at) VALUES
        (gen_random_uuid(), 'STAR', '2026-04', 'GHOST-1', '{}', 'ghost', 'CNY', 0, 5, 'CNY', 5,
        'POOL', now())"""

_SETTLED = """
INSERT INTO money_entries (entry_no, points_currency, money_currency, period, business_date, line,
debit, debit_partner_id, credit, points, amount, source, subject_id, n)
SELECT 1000, 'STAR', 'CNY', '2026-06', '2026-06-02', '{source}s', 'AR', id, 'CASH:reserve', 0, 5,
'{source}', gen_random_uuid(), 0 FROM partners LIMIT 1"""
LIES = [
    Lie("a coupon's uses are those that were taken", "coupon ", _COUPON.format(left=1)),
    Lie("a coupon's uses are those that were taken", "coupon of no code", _COUPON_USE),
    Lie(
        "what a coupon cost its payers paid",
        "use of a coupon ",
        _COUPON.format(left=1) + _COUPON_USE,
    ),
    Lie(
        "what a coupon cost its payers paid",
        "use of a coupon ",
        """
        INSERT INTO coupon_costs (use_id, place, minor, at)
        VALUES (gen_random_uuid(), 1, 5, now())""",
    ),
    Lie(
        "no more coupons are issued than there are",
        "supply of coupons ghost",
        _COUPON.format(left=2) + "INSERT INTO coupon_supplies (pool, granted) VALUES ('ghost', 0)",
    ),
    Lie(
        "no more coupons are issued than there are",
        "supply of coupons ghost",
        """
        INSERT INTO coupon_supplies (pool, granted, told) VALUES ('ghost', 5, 3);
        INSERT INTO coupon_stripes (pool, stripe, remaining) VALUES ('ghost', 0, 5)""",
    ),
    Lie("wallets hold the sum of their postings", "wallet", "UPDATE wallets SET available = 700"),
    Lie("wallets hold the sum of their postings", "wallet", "DELETE FROM wallets"),
    Lie("postings are numbered without a gap", "posting 3", "DELETE FROM postings WHERE seq = 3"),
    Lie("postings are numbered without a gap", "posting 7", "DELETE FROM postings WHERE seq = 7"),
    Lie(
        "every balance follows from its history, none below zero",
        "posting 2",
        """
        UPDATE postings SET balance = balance + 1 WHERE seq = 2""",
    ),
    Lie(
        "every balance follows from its history, none below zero",
        "posting 1",
        """
        UPDATE postings SET points = points + 1 WHERE seq = 1""",
    ),
    Lie(
        "every balance follows from its history, none below zero",
        "posting 3",
        """
        ALTER TABLE postings DROP CONSTRAINT ck_postings_balance;
        UPDATE postings SET points = -200 WHERE seq = 3;
        UPDATE postings SET balance = r FROM ( SELECT seq AS s, sum(points) OVER (ORDER BY seq)
        AS r FROM postings) AS a WHERE seq = s""",
    ),
    Lie("debts are the sum of their postings", "wallet", "UPDATE wallets SET debt = debt + 1"),
    Lie(
        "no debt is repaid twice",
        "posting 7",
        """
        UPDATE postings SET points = points - 1 WHERE account = 'debt' AND points < 0""",
    ),
    Lie("points of a lot are used or left", "lot 6", "UPDATE lots SET remaining = remaining + 1"),
    Lie(
        "points of a lot are used or left",
        "lot 1",
        """
        UPDATE lot_uses SET points = points + 1 WHERE lot_seq = 1""",
    ),
    Lie(
        "points of a lot are used or left",
        "lot 4",
        """
        UPDATE lot_uses SET lot_seq = 4 WHERE lot_seq = 1""",
    ),
    Lie(
        "lots keep the dates of their posting",
        "lot 6",
        """
        UPDATE lots SET expires_on = expires_on + 365""",
    ),
    Lie(
        "lots keep the dates of their posting",
        "lot 6",
        """
        UPDATE lots SET available_on = '2026-01-01'""",
    ),
    Lie(
        "points that went came from lots",
        "posting 4",
        """
        UPDATE lot_uses SET points = points - 1 WHERE seq = 5""",
    ),
    Lie(
        "every point burned, expired or given away has its lot",
        "posting 3",
        """
        DELETE FROM lot_uses WHERE seq = 3 AND lot_seq = 1""",
    ),
    Lie("wallets hold what their lots have left", "wallet", "DELETE FROM lots"),
    Lie(
        "pending points are those of pending lots",
        "wallet",
        """
        UPDATE wallets SET available = available - 5, pending = pending + 5""",
    ),
    Lie(
        "wallets set aside what open holds hold",
        "wallet",
        """
        UPDATE wallets SET available = available + 1, held = held - 1""",
    ),
    Lie(
        "wallets set aside what open holds hold",
        "wallet",
        """
        UPDATE holds SET state = 'voided' WHERE state = 'held'""",
    ),
    Lie(
        "an open hold is the sum of its pieces",
        "hold ",
        """
        UPDATE holds SET points = points + 1 WHERE state = 'held'""",
    ),
    Lie("lots keep what open holds took of them", "lot 6", "UPDATE lots SET held = 0"),
    Lie(
        "lots keep what open holds took of them",
        "lot 6",
        """
        UPDATE holds SET lots = '[]' WHERE state = 'held'""",
    ),
    Lie(
        "what was captured is burned",
        "hold ",
        """
        UPDATE holds SET captured = captured - 1 WHERE state = 'captured'""",
    ),
    Lie(
        "what was captured is burned",
        "hold ",
        """
        DELETE FROM holds WHERE state = 'captured'""",
    ),
    Lie(
        "no hold captures more than it set aside",
        "hold ",
        """
        ALTER TABLE holds DROP CONSTRAINT ck_holds_points;
        UPDATE holds SET points = 109 WHERE state = 'captured'""",
    ),
    Lie(
        "no hold captures more than it set aside",
        "hold ",
        """
        UPDATE holds SET state = 'voided' WHERE state = 'captured'""",
    ),
    Lie(
        "refunds bring back what was captured, never more",
        "hold ",
        """
        INSERT INTO transactions SELECT member_id, gen_random_uuid(), 'refund', currency,
        partner_id, store_id, id, reference, business_date, occurred_at, recorded_at, 8, actor,
        reason_code, explanation FROM transactions WHERE kind = 'redeem';
        INSERT INTO postings (member_id, currency, seq, transaction_id, points, balance,
        account, reason) SELECT member_id, currency, 8, id, 9, 9, 'burned', 'refund' FROM
        transactions WHERE kind = 'refund'""",
    ),
    Lie(
        "postings have their transaction",
        "posting 3",
        """
        DELETE FROM transactions WHERE kind = 'redeem'""",
    ),
    Lie(
        "postings have their transaction",
        "posting 2",
        """
        UPDATE postings SET transaction_id = gen_random_uuid() WHERE seq = 2""",
    ),
    Lie(
        "postings of a transaction stand together where it says",
        "posting 6",
        """
        UPDATE transactions SET first_seq = 1 WHERE first_seq = 6""",
    ),
    Lie(
        "postings of a transaction stand together where it says",
        "posting 1",
        """
        UPDATE postings SET seq = -seq WHERE seq IN (1, 2);
        UPDATE postings SET seq = 3 + seq WHERE seq < 0""",
    ),
    Lie(
        "transactions say what, who and why",
        "transaction ",
        """
        UPDATE transactions SET actor = '' WHERE first_seq = 1""",
    ),
    Lie(
        "only posted purchases have earned",
        "purchase ",
        """
        UPDATE purchases SET status = 'pending' WHERE receipt_no = 'R-2'""",
    ),
    Lie(
        "only posted purchases have earned",
        "purchase ",
        """
        DELETE FROM purchases WHERE receipt_no = 'R-2'""",
    ),
    Lie(
        "no more goods come back than were bought",
        "purchase ",
        """
        UPDATE purchases SET returned = '{"1": 1001}' WHERE receipt_no = 'R-2'""",
    ),
    Lie(
        "no more goods come back than were bought",
        "purchase ",
        """
        UPDATE purchases SET returned = '{"2": 1}' WHERE receipt_no = 'R-2'""",
    ),
    Lie(
        "no more is taken back of a purchase than it earned",
        "purchase ",
        """
        UPDATE postings SET points = points - 1 WHERE seq = 5""",
    ),
    Lie(
        "no more is taken back of a purchase than it earned",
        "purchase ",
        """
        UPDATE postings SET reason = 'bonus' WHERE seq = 1""",
    ),
    Lie("purchases have their receipt", "purchase ", "DELETE FROM receipts"),
    Lie(
        "purchases have their receipt",
        "purchase ",
        """
        INSERT INTO purchases SELECT member_id, gen_random_uuid(), partner_id, store_id,
        terminal, receipt_no, business_date, occurred_at, received_at, money_currency,
        total_minor, status, lines, tenders, returned, version FROM purchases WHERE receipt_no =
        'R-2'""",
    ),
    Lie(
        "receipts of sales have their purchase",
        "receipt R-2",
        """
        UPDATE receipts SET subject_id = gen_random_uuid() WHERE receipt_no = 'R-2'""",
    ),
    Lie("keys lead to their deed", "key ", "UPDATE keys SET subject_id = gen_random_uuid()"),
    Lie(
        "points of a currency are those in its wallets",
        "currency",
        """
        UPDATE wallets SET available = available + 1""",
    ),
    Lie(
        "what one member gives another one gets",
        "transfer",
        """
        ALTER TABLE postings DROP CONSTRAINT ck_postings_account;
        UPDATE postings SET account = 'transferred' WHERE seq = 6""",
    ),
    Lie(
        "positions are the sum of the logged postings",
        "position of ",
        """
        UPDATE positions SET points = points + 1 WHERE account = 'burned'""",
    ),
    Lie(
        "positions are the sum of the logged postings",
        "position of ",
        """
        UPDATE positions SET given = given - 1 WHERE account = 'issued'""",
    ),
    Lie(
        "positions are the sum of the logged postings",
        "position of ",
        """
        DELETE FROM positions WHERE account = 'burned'""",
    ),
    Lie(
        "positions are the sum of the logged postings",
        "positions",
        """
        UPDATE positions_at SET place = place - 1""",
    ),
    Lie("active days are those of the log", "active day ", "DELETE FROM member_days"),
    Lie(
        "active days are those of the log",
        "active day ",
        "UPDATE member_days SET day = day - 1",
    ),
    Lie(
        "active days are those of the log",
        "active days",
        "UPDATE positions_at SET place = place + 1 WHERE name = 'activity'",
    ),
    Lie(
        "counts of active members are those of their days",
        "active members of ",
        "UPDATE activity_days SET members = members + 1",
    ),
    Lie(
        "counts of active members are those of their days",
        "members shared in ",
        """
        INSERT INTO shared_months (month, partner_id, other_id, members)
        SELECT '2026-05-01', id, id, 9 FROM partners LIMIT 1""",
    ),
    Lie(
        "what crosses from partner to partner is what money says",
        "crossing from ",
        "UPDATE cross_days SET points = points + 1",
    ),
    Lie(
        "what crosses from partner to partner is what money says",
        "crossing from ",
        "UPDATE cross_days SET amount = amount + 1",
    ),
    Lie(
        "points that expire are those that the log leaves",
        "points that expire on ",
        "UPDATE expiring_days SET points = points - 1",
    ),
    Lie(
        "exchanges bring what their rate says",
        "exchange",
        """
        INSERT INTO transactions (member_id, id, kind, currency, subject_id, reference,
        business_date, occurred_at, recorded_at, first_seq, actor, reason_code, explanation)
        SELECT member_id, member_id, 'exchange', currency, member_id, '', business_date,
        occurred_at, recorded_at, 1, actor, reason_code, '{}' FROM transactions LIMIT 1""",
    ),
    Lie(
        "points that changed hands stayed what they were",
        "posting 6",
        """
        ALTER TABLE postings DROP CONSTRAINT ck_postings_account;
        UPDATE postings SET account = 'transferred' WHERE seq = 6""",
    ),
    Lie(
        "what is adjusted was decided, and once",
        "adjustment ",
        """
        INSERT INTO adjustments (id, member_id, currency, points, reason_code, note, state,
        proposed_by, proposed_at, decided_by, decided_at, transaction_id) SELECT
        gen_random_uuid(), id, 'STAR', 5, 'goodwill', '', 'posted', 'a', now(), 'b', now(), id
        FROM members""",
    ),
    Lie(
        "what is adjusted was decided, and once",
        "adjustment ",
        """
        UPDATE transactions SET kind = 'adjust' WHERE first_seq = 1;
        UPDATE postings SET account = 'adjusted' WHERE seq = 1""",
    ),
    Lie(
        "large adjustments were seen by two people",
        "adjustment ",
        """
        UPDATE transactions SET kind = 'adjust' WHERE first_seq = 1;
        INSERT INTO adjustments (id, member_id, currency, points, reason_code, note, state,
        proposed_by, proposed_at, decided_by, decided_at, day, limit_points, transaction_id)
        SELECT id, member_id, 'STAR', 100, 'goodwill', '', 'posted', 'a', now(), 'a', now(),
        business_date, 99, id FROM transactions WHERE first_seq = 1""",
    ),
    Lie(
        "an adjustment is reversed once, by its opposite",
        "adjustment ",
        """
        INSERT INTO adjustments (id, member_id, currency, points, reason_code, note, state,
        proposed_by, proposed_at, reverses) SELECT gen_random_uuid(), id, 'STAR', 5,
        'correction', '', 'proposed', 'a', now(), id FROM members""",
    ),
    Lie(
        "a bonus brings points once and goes once",
        "bonus ",
        """
        UPDATE transactions SET kind = 'bonus' WHERE first_seq = 1""",
    ),
    Lie(
        "a bonus brings points once and goes once",
        "bonus ",
        """
        INSERT INTO transactions (member_id, id, kind, currency, reference, business_date,
        occurred_at, recorded_at, first_seq, actor, reason_code, explanation) SELECT member_id,
        gen_random_uuid(), 'bonus', currency, '', business_date, occurred_at, recorded_at, 1,
        actor, 'x', '{}' FROM transactions LIMIT 1""",
    ),
    Lie(
        "what a chance cost is burned",
        "chance ",
        """
        UPDATE transactions SET kind = 'chance' WHERE kind = 'redeem'""",
    ),
    Lie(
        "what a chance cost is burned",
        "chance ",
        _CHANCE.format(mode="direct", state="open", more="", values=""),
    ),
    Lie(
        "a chance that was given back brought what it had cost",
        "chance ",
        _CHANCE.format(mode="direct", state="refunded", more=", resolved_at", values=", now()"),
    ),
    Lie(
        "draws are what their seed and their text make",
        "chance ",
        _CHANCE.format(
            mode="draw", state="open", more=", seed, commitment", values=", 'seed', sha256('other')"
        ),
    ),
    Lie(
        "draws are what their seed and their text make",
        "chance ",
        _CHANCE.format(
            mode="draw",
            state="won",
            more=", seed, commitment, resolved_at, drawn",
            values=""", 'seed', sha256('seed'), now(), '{"nonce": "n", "roll": 1}'""",
        ),
    ),
    Lie(
        "what a ticket cost is burned",
        "ticket ",
        """
        UPDATE transactions SET kind = 'ticket' WHERE kind = 'redeem'""",
    ),
    Lie(
        "what a ticket cost is burned", "ticket ", _TICKET.format(state="open", more="", values="")
    ),
    Lie(
        "a ticket that was given back brought what it had cost",
        "ticket ",
        _TICKET.format(state="refunded", more=", resolved_at", values=", now()"),
    ),
    Lie(
        "tickets rolled what their seed and their text make",
        "ticket ",
        _TICKET.format(state="open", more=", seed, commitment", values=", 'seed', sha256('other')"),
    ),
    Lie(
        "tickets rolled what their seed and their text make",
        "ticket ",
        _TICKET.format(
            state="lost",
            more=", seed, commitment, resolved_at, nonce, roll, turn",
            values=", 'seed', sha256('seed'), now(), 'n', 1, 1",
        ),
    ),
    Lie("tickets are numbered and drawn without a gap", "draw ghost", _DRAW.format(sold=1)),
    Lie(
        "prizes are won once, and no more than there are",
        "prize ghost/bear",
        _PRIZE.format(remaining=2),
    ),
    Lie(
        "prizes are won once, and no more than there are",
        "prize ghost/bear",
        _PRIZE.format(remaining=1) + ";" + _WIN.format(unit=2, state="waiting", resolved="NULL"),
    ),
    Lie(
        "points that were won are granted once",
        "ticket ",
        _WIN.format(unit=1, state="given", resolved="now()"),
    ),
    Lie(
        "every activity has its bonus",
        "activity ",
        """
        INSERT INTO activities (member_id, id, activity, kind, version, subject, day, at) SELECT
        id, gen_random_uuid(), 'walk', 'event', 1, 'ever', now(), now() FROM members""",
    ),
    Lie(
        "every activity has its bonus",
        "activity ",
        """
        UPDATE transactions SET kind = 'bonus', reason_code = 'activity' WHERE first_seq = 1""",
    ),
    Lie(
        "every rewarded referral has its bonuses",
        "referral of ",
        """
        INSERT INTO referrals (invitee_id, inviter_id, code, state, invited_at, first_purchase_id,
        inviter_bonus) SELECT id, gen_random_uuid(), 'X', 'rewarded', now(), id, id
        FROM members""",
    ),
    Lie(
        "every rewarded referral has its bonuses",
        "referral of ",
        """
        INSERT INTO referrals (invitee_id, inviter_id, code, state, invited_at, first_purchase_id)
        SELECT id, gen_random_uuid(), 'X', 'rewarded', now(), id FROM members""",
    ),
    Lie(
        "every opened line has its lot",
        "transaction ",
        """
        INSERT INTO openings (digest, line, member_id, transaction_id) SELECT
        'x', 2, id, gen_random_uuid() FROM members""",
    ),
    Lie(
        "every opened line has its lot",
        "transaction ",
        """
        UPDATE transactions SET kind = 'open' WHERE first_seq = 1""",
    ),
    Lie(
        "budgets are what was granted less what was paid",
        "budget of ghost",
        """
        INSERT INTO campaign_funds (campaign, granted) VALUES ('ghost', 100)""",
    ),
    Lie(
        "budgets are what was granted less what was paid",
        "budget of ghost",
        """
        UPDATE postings SET reason = 'campaign:ghost' WHERE seq = 1""",
    ),
    Lie(
        "budgets are what was granted less what was paid",
        "budget of challenge:ghost",
        """
        INSERT INTO campaign_funds (campaign, granted) VALUES ('challenge:ghost', 100);
        INSERT INTO campaign_budgets (campaign, stripe, remaining) VALUES
        ('challenge:ghost', 0, 100);
        UPDATE postings SET reason = 'challenge:ghost' WHERE seq = 1""",
    ),
    Lie(
        "budgets are what was granted less what was paid",
        "budget of activity:ghost",
        """
        INSERT INTO campaign_funds (campaign, granted) VALUES ('activity:ghost', 100);
        INSERT INTO campaign_budgets (campaign, stripe, remaining) VALUES
        ('activity:ghost', 0, 100);
        INSERT INTO campaign_returns (member_id, transaction_id, campaign, purchase_id, points,
        uses) SELECT id, id, 'activity:ghost', id, 5, 1 FROM members""",
    ),
    Lie(
        "no member passes the cap of a campaign",
        "cap of ghost",
        """
        UPDATE postings SET reason = 'campaign:ghost' WHERE reason = 'base';
        INSERT INTO rule_versions (kind, code, version, document, note, saved_at, saved_by)
        VALUES ('campaign', 'ghost', 1, '{"caps": [{"every": "day", "points": 99}]}', '', now(),
        'a')""",
    ),
    Lie(
        "no member passes the cap of a campaign",
        "cap of ghost",
        """
        UPDATE postings SET reason = 'campaign:ghost' WHERE reason = 'base';
        INSERT INTO rule_versions (kind, code, version, document, note, saved_at, saved_by)
        VALUES ('campaign', 'ghost', 1, '{"caps": [{"every": "month", "uses": 1}]}', '', now(),
        'a')""",
    ),
    Lie(
        "caps have seen what campaigns paid",
        "uses of ghost",
        """
        INSERT INTO campaign_uses (member_id, campaign, every, since, points, uses, changed_at)
        SELECT id, 'ghost', 'day', current_date, 5, 1, now() FROM members""",
    ),
    Lie(
        "every reward that was captured has its order",
        "hold ",
        """
        UPDATE holds SET purpose = 'reward', reward = 'ghost:mug' WHERE state = 'captured'""",
    ),
    Lie("orders stand as their holds do", "order ", _ORDER.format(state="held", provider="NULL")),
    Lie(
        "orders stand as their holds do",
        "order ",
        _ORDER.format(state="issued", provider="NULL")
        + "; UPDATE holds SET state = 'voided', captured = 0 WHERE purpose = 'reward'",
    ),
    Lie(
        "a reward's burn is its provider's",
        "order ",
        _ORDER.format(state="issued", provider="NULL"),
    ),
    Lie(
        "what came with rewards was paid by orders",
        "order ",
        _ORDER.format(state="issued", provider="NULL")
        + """; UPDATE orders SET terms = '{"draw": "ghost"}'""",
    ),
    Lie(
        "what came with rewards was paid by orders",
        "order:",
        _TICKET.format(
            state="open", more=", origin", values=", 'order:' || gen_random_uuid()"
        ).replace("'STAR', 10,", "'STAR', 0,"),
    ),
    Lie(
        "what came with rewards was paid by orders",
        "order:",
        _CHANCE.format(
            mode="attempt",
            state="open",
            more=", origin",
            values=", 'order:' || gen_random_uuid()",
        ).replace("'STAR', 100,", "'STAR', 0,"),
    ),
    Lie(
        "points that came with rewards were paid by orders",
        "points of ",
        """
        UPDATE transactions SET kind = 'bonus', reason_code = 'order', subject_id = id
         WHERE kind = 'earn'""",
    ),
    Lie(
        "orders of points brought them",
        "order ",
        _ORDER.format(state="issued", provider="NULL")
        + """; UPDATE orders SET terms = '{"currency": {"code": "CINE", "points": 5}}'""",
    ),
    Lie(
        "stock left is what its moves leave",
        "stock of ghost",
        """
        INSERT INTO stock (item, stripe, remaining) VALUES ('ghost', 0, 5)""",
    ),
    Lie(
        "stock left is what its moves leave",
        "stock of ghost",
        """
        INSERT INTO stock_moves (item, id, kind, change, at, by, reason)
        VALUES ('ghost', gen_random_uuid(), 'restock', 5, now(), '', '')""",
    ),
    Lie(
        "orders have what stock gave them",
        "stock of ghost",
        """
        INSERT INTO stock_items (item, kind, version, told) VALUES ('ghost', 'stock', 1, 5);
        INSERT INTO stock_moves (item, id, kind, change, order_id, at, by, reason)
        SELECT 'ghost', gen_random_uuid(), 'taken', -1, id, now(), '', '' FROM holds""",
    ),
    Lie(
        "orders have what stock gave them",
        "stock of ghost",
        """
        INSERT INTO stock_items (item, kind, version, told) VALUES ('ghost', 'stock', 1, 5);"""
        + _ORDER.format(state="issued", provider="NULL"),
    ),
    Lie(
        "rules have put in what they tell",
        "stock of ghost",
        """
        INSERT INTO stock_items (item, kind, version, told, beyond)
        VALUES ('ghost', 'stock', 1, 0, 2)""",
    ),
    Lie(
        "payers of a claim pay what it is worth", "claim ", _CLAIM.format(state="used", hold="NULL")
    ),
    Lie(
        "what a parking quote holds or took is its claim's",
        "parking quote ",
        _PARKED.format(claim="gen_random_uuid()"),
    ),
    Lie(
        "what a parking quote holds or took is its claim's",
        "parking quote ",
        _CLAIM.format(state="released", hold="NULL") + ";" + _PARKED.format(claim="id"),
    ),
    Lie(
        "what a gate saw is in a stay of the same car",
        "gate event ",
        """INSERT INTO gate_events (partner_id, store_id, name, plate, side, at, gate, heard_at,
        offline, stay_id) SELECT id, id, 'ghost', 'A1', 'IN', now(), '', now(), false, id
        FROM members LIMIT 1""",
    ),
    Lie(
        "receipts serve claims that last",
        "claim ",
        _CLAIM.format(state="released", hold="NULL")
        + """; INSERT INTO claim_receipts (claim_id, purchase_id, partner_id, benefit, seller_id,
        minor, live) SELECT id, id, id, 'ghost', id, 1, true FROM claims""",
    ),
    Lie(
        "points of a claim are held and burned with it",
        "claim ",
        _CLAIM.format(state="used", hold="gen_random_uuid()"),
    ),
    Lie(
        "funds are what was bought or lent, less what was drawn",
        "funding of ",
        """
        INSERT INTO partner_funds (partner_id, pool, currency, stripe, remaining)
        SELECT id, 'packs', 'STAR', 3, 5 FROM partners LIMIT 1""",
    ),
    Lie(
        "what was drawn of funding is what postings moved",
        "posting 1",
        """
        INSERT INTO funding_draws (member_id, currency, seq, pool, partner_id, points, micros)
        SELECT member_id, currency, seq, 'carried', payer_id, points + 1, 0 FROM postings
        WHERE seq = 1""",
    ),
    Lie(
        "points of a limited payer are drawn from its funding",
        "posting 1",
        """
        INSERT INTO partner_funding (partner_id, kind, overflow, since)
        SELECT id, 'prepaid', 'refuse', '2000-01-01' FROM partners""",
    ),
    Lie(
        "packs pay what was drawn of them",
        "funding by ",
        """
        INSERT INTO pack_draws (member_id, currency, seq, pack_id, points)
        SELECT member_id, currency, seq, member_id, 5 FROM postings WHERE seq = 1""",
    ),
    Lie(
        "the money journal is what the log says",
        "money of place ",
        "UPDATE money_entries SET amount = amount + 1 WHERE line = 'issued'",
    ),
    Lie("the money journal is what the log says", "money of place ", "DELETE FROM money_entries"),
    Lie(
        "the money journal is what the log says",
        "money of place ",
        """
        INSERT INTO money_entries SELECT entry_no + 100, points_currency, money_currency, period,
        business_date, line, debit, debit_partner_id, credit, credit_partner_id, issuer_id, points,
        rate, amount, source, place, member_id, seq, lot_seq, subject_id, 9 FROM money_entries""",
    ),
    Lie(
        "the money journal is what the log says",
        "money of place ",
        "UPDATE agreements SET reimbursement_rate = 1, issue_price = 2; UPDATE postings"
        " SET price = 2",
    ),
    Lie(
        "payments and disputes are booked as they stand",
        "sum of money of payment GHOST",
        """
        INSERT INTO payments (id, points_currency, period, statement_id, partner_id, direction,
        currency, minor, money_currency, owed_minor, held_minor, exponent, due_on, state, reference,
        bank_date, bank_minor, cleared_minor, cash_minor, proposed_at, proposed_by)
        SELECT id, 'STAR', '2026-05', id, id, 'in', 'CNY', 500, 'CNY', 500, 0, 2, '2026-06-30',
        'settled', 'GHOST', '2026-06-02', 500, 500, 500, now(), '' FROM partners LIMIT 1""",
    ),
    Lie(
        "payments and disputes are booked as they stand",
        "sum of money of payment ",
        _SETTLED.format(source="payment"),
    ),
    Lie(
        "payments and disputes are booked as they stand",
        "sum of money of dispute ",
        """
        INSERT INTO disputes (id, statement_id, points_currency, money_currency, period, partner_id,
        line, counterparty, place, owes, side, other_side, against, tax_against, points, minor,
        tax_minor, exponent, reason, text, reference, state, window_ends, opened_at, opened_by)
        SELECT id, id, 'STAR', 'CNY', '2026-05', id, 'burned', '', 0, false, 'AP', 'AP',
        'COST:redemption', 'TAX:input', 5, 5, 0, 2, 'points', '', '', 'open', '2026-06-30', now(),
        '' FROM partners LIMIT 1""",
    ),
    Lie(
        "payments and disputes are booked as they stand",
        "sum of money of dispute ",
        _SETTLED.format(source="dispute"),
    ),
    Lie(
        "sums of money are those of its entries",
        "sum of money of ",
        "UPDATE money_sums SET amount = amount + 1",
    ),
    Lie(
        "sums of money are those of its entries",
        "sum of money",
        "UPDATE money_mark SET place = place + 1",
    ),
    Lie(
        "sums of money are those of its entries",
        "sum of money",
        "DELETE FROM money_entries WHERE entry_no = 2",
    ),
    Lie(
        "statements are as they were frozen, and add up to nothing",
        "sum of money of statement ",
        _STATEMENT,
    ),
    Lie(
        "statements are as they were frozen, and add up to nothing",
        "sum of money of period ",
        _STATEMENT
        + """;
        INSERT INTO clearing_periods (points_currency, period, mode, state, cut_place, cut_entry,
        closed_at, sha256) VALUES ('STAR', '2026-04', 'POOL', 'closed', 0, 0, now(), 'ghost')""",
    ),
    Lie(
        "statements are as they were frozen, and add up to nothing",
        "sum of money of statements of ",
        _STATEMENT,
    ),
]
"""Told of the history that `test_invariants` lives through: seven postings, three purchases."""
