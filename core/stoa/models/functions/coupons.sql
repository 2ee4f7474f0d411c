-- Coupons: each code issued once, each use of it taken once and given back once; see `wallets.sql`
-- for what all functions keep to. They touch no wallet: whoever holds one may call them.
--
-- What is taken is taken by one conditional UPDATE, so that any number of tills may try at once.
-- A row of uses is locked before the code it is of; codes are locked in their order.
--
-- ST080  no such code, or use of it here            ST082  the use is closed (DETAIL: its state)
-- ST081  the code is not taken (DETAIL: why)        ST083  nothing is left to issue (DETAIL: what is)
-- ST084  no such pool                               ST085  the receipt took the code before


-- Let a pool have so many codes in all from now on, without bound for NULL; what is issued counts.
-- `told` is that figure, `granted` the greater one of it and of what is issued: what is cancelled
-- goes off what is granted beyond it, and only then may others have it. Returns what is left, NULL
-- without a bound.
CREATE OR REPLACE FUNCTION public.stoa_supply_coupons(p_pool text, p_supply integer)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    out integer;
    rest integer;
BEGIN
    INSERT INTO public.coupon_supplies (pool, granted) VALUES (p_pool, NULL) ON CONFLICT DO NOTHING;
    PERFORM 1 FROM public.coupon_supplies s WHERE s.pool = p_pool FOR UPDATE;  -- waits for all issues
    DELETE FROM public.coupon_stripes s WHERE s.pool = p_pool;
    SELECT count(*) INTO out FROM public.coupons c
     WHERE c.pool = p_pool AND NOT c.imported AND c.state <> 'cancelled';
    rest := greatest(p_supply - out, 0);
    UPDATE public.coupon_supplies s SET told = p_supply, granted = out + rest WHERE s.pool = p_pool;
    IF p_supply IS NOT NULL THEN
        INSERT INTO public.coupon_stripes (pool, stripe, remaining)
        SELECT p_pool, n, rest / 16 + (n < rest % 16)::int FROM generate_series(0, 15) AS n;
    ELSE
        rest := NULL;
        UPDATE public.coupon_supplies s SET granted = NULL WHERE s.pool = p_pool;
    END IF;
    RETURN rest;
END $$;


-- Take codes from what a pool may still issue: from a stripe of one's own, or from all of them.
CREATE OR REPLACE FUNCTION public.stoa_take_coupons(p_pool text, p_count integer)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    bound integer;
    own integer := pg_backend_pid() % 16;
    rest integer;
BEGIN
    SELECT s.granted INTO bound FROM public.coupon_supplies s WHERE s.pool = p_pool FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such pool' USING ERRCODE = 'ST084';
    ELSIF bound IS NULL THEN
        RETURN;
    END IF;
    BEGIN
        UPDATE public.coupon_stripes s SET remaining = s.remaining - p_count
         WHERE s.pool = p_pool AND s.stripe = own AND s.remaining >= p_count;
        IF FOUND THEN
            RETURN;
        END IF;
        RAISE EXCEPTION 'the stripe lacks codes' USING ERRCODE = 'ST083';  -- lets go of its lock
    EXCEPTION WHEN SQLSTATE 'ST083' THEN
        NULL;
    END;
    SELECT coalesce(sum(s.remaining), 0) INTO rest FROM public.coupon_stripes s WHERE s.pool = p_pool;
    IF rest >= p_count THEN  -- what is empty makes nobody wait
        SELECT coalesce(sum(s.remaining), 0) INTO rest
          FROM (SELECT s.remaining FROM public.coupon_stripes s
                 WHERE s.pool = p_pool ORDER BY s.stripe FOR UPDATE) AS s;
    END IF;
    IF rest < p_count THEN
        RAISE EXCEPTION 'nothing is left' USING ERRCODE = 'ST083', DETAIL = rest;
    END IF;
    rest := rest - p_count;
    UPDATE public.coupon_stripes s SET remaining = rest / 16 + (s.stripe < rest % 16)::int
     WHERE s.pool = p_pool;
END $$;


-- Issue new codes of a pool, of which it has so many left; a code that exists refuses all of them.
CREATE OR REPLACE FUNCTION public.stoa_issue_coupons(
    p_pool text, p_version integer, p_now timestamptz, p_codes text[], p_ids uuid[], p_member uuid,
    p_uses integer, p_from date, p_until date, p_actor text, p_origin text,
    p_event uuid, p_partner uuid, p_facts jsonb
) RETURNS SETOF public.coupons LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM public.stoa_take_coupons(p_pool, cardinality(p_codes));
    RETURN QUERY
    INSERT INTO public.coupons (
        code, id, pool, pool_version, member_id, state, uses, uses_left, imported, valid_from,
        valid_until, issued_at, issued_by, origin
    )
    SELECT each.code, each.id, p_pool, p_version, p_member, 'issued', p_uses, p_uses, false, p_from,
           p_until, p_now, p_actor, p_origin
      FROM unnest(p_codes, p_ids) AS each (code, id)
    RETURNING *;
    INSERT INTO public.outbox (member_id, id, topic, partner_id, at, facts, state, attempts)
    VALUES (coalesce(p_member, '00000000-0000-0000-0000-000000000000'), p_event, 'coupon.issued',
            p_partner, p_now, p_facts, 'new', 0);
END $$;


-- Give out imported codes of a pool, each once; all that are wanted, or none.
CREATE OR REPLACE FUNCTION public.stoa_hand_out_coupons(
    p_pool text, p_version integer, p_now timestamptz, p_count integer, p_member uuid,
    p_uses integer, p_from date, p_until date, p_actor text, p_origin text,
    p_event uuid, p_partner uuid, p_facts jsonb
) RETURNS SETOF public.coupons LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    chosen text[];
    more text[];
BEGIN
    SELECT coalesce(array_agg(each.code), '{}') INTO chosen FROM (
        SELECT c.code FROM public.coupons c
         WHERE c.pool = p_pool AND c.state = 'ready' AND c.valid_until >= p_from
         LIMIT p_count FOR UPDATE SKIP LOCKED) AS each;
    IF cardinality(chosen) < p_count THEN  -- others may yet give theirs back
        SELECT coalesce(array_agg(each.code), '{}') INTO more FROM (
            SELECT c.code FROM public.coupons c
             WHERE c.pool = p_pool AND c.state = 'ready' AND c.valid_until >= p_from
               AND NOT c.code = ANY (chosen)
             ORDER BY c.code LIMIT p_count - cardinality(chosen) FOR UPDATE) AS each;
        chosen := chosen || more;
    END IF;
    IF cardinality(chosen) < p_count THEN
        RAISE EXCEPTION 'nothing is left' USING ERRCODE = 'ST083', DETAIL = cardinality(chosen);
    END IF;
    RETURN QUERY
    UPDATE public.coupons c
       SET state = 'issued', pool_version = p_version, member_id = p_member, uses = p_uses,
           uses_left = p_uses, valid_from = p_from, valid_until = least(c.valid_until, p_until),
           issued_at = p_now, issued_by = p_actor, origin = p_origin
     WHERE c.code = ANY (chosen)
    RETURNING c.*;
    INSERT INTO public.outbox (member_id, id, topic, partner_id, at, facts, state, attempts)
    VALUES (coalesce(p_member, '00000000-0000-0000-0000-000000000000'), p_event, 'coupon.issued',
            p_partner, p_now, p_facts, 'new', 0);
END $$;


-- Keep codes that were made elsewhere: to be given out later ('ready'), or in people's hands already.
-- Returns those that are new; a code that is there stays as it is.
CREATE OR REPLACE FUNCTION public.stoa_import_coupons(
    p_pool text, p_version integer, p_now timestamptz, p_codes text[], p_ids uuid[],
    p_members uuid[], p_state text, p_uses integer, p_from date, p_untils date[], p_actor text,
    p_origin text
) RETURNS SETOF text LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO public.coupons AS c (
        code, id, pool, pool_version, member_id, state, uses, uses_left, imported, valid_from,
        valid_until, issued_at, issued_by, origin
    )
    SELECT each.code, each.id, p_pool, p_version, each.member,
           CASE WHEN each.member IS NULL THEN p_state ELSE 'issued' END, p_uses, p_uses, true,
           p_from, each.until, p_now, p_actor, p_origin
      FROM unnest(p_codes, p_ids, p_members, p_untils) AS each (code, id, member, until)
     ORDER BY each.code COLLATE "C"
    ON CONFLICT (code) DO NOTHING
    RETURNING c.code;
$$;


-- Take one use of a code, for a while ('reserved') or for good ('redeemed'); `p_whose` are the
-- memberships that it may belong to, NULL where none was named. On one receipt a code is taken once.
CREATE OR REPLACE FUNCTION public.stoa_use_coupon(
    p_code text, p_now timestamptz, p_today date, p_whose uuid[], p_use uuid, p_state text,
    p_partner uuid, p_store uuid, p_member uuid, p_stacks text, p_discount bigint, p_cost bigint,
    p_currency text, p_receipt text, p_until timestamptz, p_payers uuid[], p_minors bigint[],
    p_event uuid, p_facts jsonb
) RETURNS SETOF public.coupons LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    coupon public.coupons;
BEGIN
    UPDATE public.coupons c
       SET uses_left = c.uses_left - 1,
           state = CASE WHEN c.uses_left = 1 THEN 'spent' ELSE 'issued' END
     WHERE c.code = p_code AND c.state = 'issued' AND c.uses_left > 0
       AND c.valid_from <= p_today AND p_today <= c.valid_until
       AND (c.member_id IS NULL OR p_whose IS NULL OR c.member_id = ANY (p_whose))
    RETURNING c.* INTO coupon;
    IF NOT FOUND THEN
        SELECT c.* INTO coupon FROM public.coupons c WHERE c.code = p_code;
        IF NOT FOUND OR coupon.state = 'ready' THEN
            RAISE EXCEPTION 'no such code' USING ERRCODE = 'ST080';
        END IF;
        RAISE EXCEPTION 'the code is not taken' USING ERRCODE = 'ST081', DETAIL =
            CASE WHEN coupon.state <> 'issued' THEN coupon.state
                 WHEN p_today < coupon.valid_from THEN 'not_yet'
                 WHEN p_today > coupon.valid_until THEN 'expired'
                 ELSE 'other_member' END;
    END IF;
    PERFORM 1 FROM public.coupon_uses u
     WHERE u.partner_id = p_partner AND u.store_id = p_store AND u.receipt_no = p_receipt
       AND p_receipt <> '' AND u.code = p_code AND u.state IN ('reserved', 'redeemed');
    IF FOUND THEN
        RAISE EXCEPTION 'the receipt took the code before' USING ERRCODE = 'ST085';
    END IF;
    INSERT INTO public.coupon_uses (
        id, code, pool, partner_id, store_id, member_id, state, stacks, discount_minor, cost_minor,
        currency, receipt_no, reserved_until, at, resolved_at
    ) VALUES (
        p_use, p_code, coupon.pool, p_partner, p_store, p_member, p_state, p_stacks, p_discount,
        p_cost, p_currency, p_receipt, p_until, p_now,
        CASE WHEN p_state = 'redeemed' THEN p_now END
    );
    IF p_state = 'redeemed' THEN
        PERFORM public.stoa_bill_coupon(p_use, p_now, p_payers, p_minors);
    END IF;
    INSERT INTO public.outbox (member_id, id, topic, partner_id, at, facts, state, attempts)
    VALUES (coalesce(p_member, '00000000-0000-0000-0000-000000000000'), p_event,
            'coupon.' || p_state, p_partner, p_now, p_facts, 'new', 0);
    RETURN NEXT coupon;
END $$;


-- Write who pays for a use; it costs what its payers pay.
CREATE OR REPLACE FUNCTION public.stoa_bill_coupon(
    p_use uuid, p_now timestamptz, p_payers uuid[], p_minors bigint[]
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.coupon_costs (use_id, place, payer_id, minor, at)
    SELECT p_use, each.n, each.payer, each.minor, p_now
      FROM unnest(p_payers, p_minors) WITH ORDINALITY AS each (payer, minor, n)
     WHERE each.minor <> 0;
    PERFORM 1 FROM public.coupon_uses u
     WHERE u.id = p_use AND u.cost_minor = (SELECT coalesce(sum(c.minor), 0)
                                              FROM public.coupon_costs c WHERE c.use_id = p_use);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the payers of a coupon do not pay what it costs';
    END IF;
END $$;


-- Redeem what was reserved, while it is; the ticket may have changed, and with it the discount.
CREATE OR REPLACE FUNCTION public.stoa_redeem_coupon(
    p_code text, p_now timestamptz, p_use uuid, p_partner uuid, p_discount bigint, p_cost bigint,
    p_receipt text, p_payers uuid[], p_minors bigint[], p_event uuid, p_facts jsonb
) RETURNS SETOF public.coupon_uses LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    held public.coupon_uses;
BEGIN
    UPDATE public.coupon_uses u
       SET state = 'redeemed', discount_minor = p_discount, cost_minor = p_cost,
           receipt_no = p_receipt, resolved_at = p_now
     WHERE u.id = p_use AND u.code = p_code AND u.partner_id = p_partner
       AND u.state = 'reserved' AND u.reserved_until > p_now
    RETURNING u.* INTO held;
    IF NOT FOUND THEN
        SELECT u.* INTO held FROM public.coupon_uses u
         WHERE u.id = p_use AND u.code = p_code AND u.partner_id = p_partner;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'no such use' USING ERRCODE = 'ST080';
        END IF;
        RAISE EXCEPTION 'the use is closed' USING ERRCODE = 'ST082', DETAIL =
            CASE held.state WHEN 'reserved' THEN 'expired' ELSE held.state END;
    END IF;
    PERFORM 1 FROM public.coupon_uses u
     WHERE u.partner_id = p_partner AND u.store_id = held.store_id AND u.receipt_no = p_receipt
       AND u.code = p_code AND u.id <> p_use AND u.state IN ('reserved', 'redeemed');
    IF FOUND THEN
        RAISE EXCEPTION 'the receipt took the code before' USING ERRCODE = 'ST085';
    END IF;
    PERFORM public.stoa_bill_coupon(p_use, p_now, p_payers, p_minors);
    INSERT INTO public.outbox (member_id, id, topic, partner_id, at, facts, state, attempts)
    VALUES (coalesce(held.member_id, '00000000-0000-0000-0000-000000000000'), p_event,
            'coupon.redeemed', p_partner, p_now, p_facts, 'new', 0);
    RETURN NEXT held;
END $$;


-- Give a use back, once: a reservation 'released' or 'expired', a redemption 'rolled_back' with what
-- its payers paid. The code has the use again; whether it is still taken is asked when it is shown.
CREATE OR REPLACE FUNCTION public.stoa_give_back_coupon(
    p_code text, p_now timestamptz, p_use uuid, p_partner uuid, p_state text, p_event uuid,
    p_facts jsonb
) RETURNS SETOF public.coupon_uses LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    given public.coupon_uses;
BEGIN
    UPDATE public.coupon_uses u SET state = p_state, resolved_at = p_now
     WHERE u.id = p_use AND u.code = p_code AND u.partner_id = p_partner
       AND u.state = CASE p_state WHEN 'rolled_back' THEN 'redeemed' ELSE 'reserved' END
       AND (p_state <> 'expired' OR u.reserved_until <= p_now)
    RETURNING u.* INTO given;
    IF NOT FOUND THEN
        SELECT u.* INTO given FROM public.coupon_uses u
         WHERE u.id = p_use AND u.code = p_code AND u.partner_id = p_partner;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'no such use' USING ERRCODE = 'ST080';
        END IF;
        RAISE EXCEPTION 'the use is closed' USING ERRCODE = 'ST082', DETAIL = given.state;
    END IF;
    UPDATE public.coupons c
       SET uses_left = c.uses_left + 1,
           state = CASE c.state WHEN 'spent' THEN 'issued' ELSE c.state END
     WHERE c.code = p_code;
    INSERT INTO public.coupon_costs (use_id, place, payer_id, minor, at)
    SELECT c.use_id, -c.place, c.payer_id, -c.minor, p_now
      FROM public.coupon_costs c WHERE c.use_id = p_use AND c.place > 0;
    INSERT INTO public.outbox (member_id, id, topic, partner_id, at, facts, state, attempts)
    VALUES (coalesce(given.member_id, '00000000-0000-0000-0000-000000000000'), p_event,
            CASE p_state WHEN 'rolled_back' THEN 'coupon.rolled_back' ELSE 'coupon.released' END,
            p_partner, p_now, p_facts, 'new', 0);
    RETURN NEXT given;
END $$;


-- Take codes back that nobody has used: those of an origin, or one by its id. Codes that we made may
-- be issued anew by others, as many as the supply has. Returns how many went, and how many could not.
CREATE OR REPLACE FUNCTION public.stoa_cancel_coupons(
    p_origin text, p_id uuid, p_now timestamptz, p_event uuid, p_facts jsonb
) RETURNS TABLE (gone integer, kept integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    back record;
    beyond integer;
BEGIN
    PERFORM 1 FROM public.coupons c
     WHERE c.id = p_id OR (p_origin <> '' AND c.origin = p_origin) ORDER BY c.code FOR UPDATE;
    gone := 0;
    FOR back IN
        WITH done AS (
            UPDATE public.coupons c SET state = 'cancelled'
             WHERE (c.id = p_id OR (p_origin <> '' AND c.origin = p_origin))
               AND c.state IN ('ready', 'issued', 'expired') AND c.uses_left = c.uses
            RETURNING c.pool, c.imported, c.member_id)
        SELECT d.pool, d.member_id, count(*) AS n, count(*) FILTER (WHERE NOT d.imported) AS ours
          FROM done AS d GROUP BY d.pool, d.member_id ORDER BY d.pool, d.member_id
    LOOP
        gone := gone + back.n;
        beyond := 0;
        SELECT s.granted - s.told INTO beyond FROM public.coupon_supplies s
         WHERE s.pool = back.pool FOR KEY SHARE;
        IF beyond > 0 THEN  -- more is out than there shall be
            SELECT s.granted - s.told INTO beyond FROM public.coupon_supplies s
             WHERE s.pool = back.pool FOR NO KEY UPDATE;
            beyond := least(beyond, back.ours);
            UPDATE public.coupon_supplies s SET granted = s.granted - beyond
             WHERE s.pool = back.pool AND beyond > 0;
        END IF;
        UPDATE public.coupon_stripes s SET remaining = s.remaining + back.ours - coalesce(beyond, 0)
         WHERE s.pool = back.pool AND s.stripe = 0 AND back.ours > coalesce(beyond, 0);
        INSERT INTO public.outbox (member_id, id, topic, at, facts, state, attempts)
        VALUES (coalesce(back.member_id, '00000000-0000-0000-0000-000000000000'),
                md5(p_event::text || back.pool || coalesce(back.member_id::text, ''))::uuid,
                'coupon.cancelled', p_now,
                p_facts || jsonb_build_object('pool', back.pool, 'count', back.n), 'new', 0);
    END LOOP;
    SELECT count(*) INTO kept FROM public.coupons c
     WHERE (c.id = p_id OR (p_origin <> '' AND c.origin = p_origin)) AND c.state <> 'cancelled';
    RETURN NEXT;
END $$;


-- End codes whose last day is over, at most so many at once; return whose they were.
CREATE OR REPLACE FUNCTION public.stoa_expire_coupons(p_today date, p_limit integer)
RETURNS SETOF public.coupons LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE public.coupons c SET state = 'expired'
     WHERE c.code IN (SELECT d.code FROM public.coupons d
                       WHERE d.state = 'issued' AND d.valid_until < p_today
                       ORDER BY d.valid_until LIMIT p_limit FOR UPDATE SKIP LOCKED)
    RETURNING c.*;
$$;
