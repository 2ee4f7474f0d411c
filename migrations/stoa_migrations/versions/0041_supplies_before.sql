-- Supplies of coupons, stock and orders as they were before 0041.

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
    UPDATE public.coupon_supplies s SET granted = out + rest WHERE s.pool = p_pool;
    IF p_supply IS NOT NULL THEN
        INSERT INTO public.coupon_stripes (pool, stripe, remaining)
        SELECT p_pool, n, rest / 16 + (n < rest % 16)::int FROM generate_series(0, 15) AS n;
    ELSE
        rest := NULL;
        UPDATE public.coupon_supplies s SET granted = NULL WHERE s.pool = p_pool;
    END IF;
    RETURN rest;
END $$;


CREATE OR REPLACE FUNCTION public.stoa_cancel_coupons(
    p_origin text, p_id uuid, p_now timestamptz, p_event uuid, p_facts jsonb
) RETURNS TABLE (gone integer, kept integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    back record;
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
        PERFORM 1 FROM public.coupon_supplies s WHERE s.pool = back.pool FOR KEY SHARE;
        UPDATE public.coupon_stripes s SET remaining = s.remaining + back.ours
         WHERE s.pool = back.pool AND s.stripe = 0 AND back.ours > 0;
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


CREATE OR REPLACE FUNCTION public.stoa_fund_stock(
    p_item text, p_kind text, p_told bigint, p_version integer, p_ends_on date, p_now timestamptz,
    p_by text
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    known public.stock_items;
    rest bigint;
    put bigint;
    change bigint;
BEGIN
    SELECT i.* INTO known FROM public.stock_items i WHERE i.item = p_item;
    IF FOUND AND (known.told = p_told OR known.version > p_version) THEN
        SELECT coalesce(sum(s.remaining), 0) INTO rest FROM public.stock s WHERE s.item = p_item;
        RETURN rest;
    ELSIF p_told < 0 THEN
        RAISE EXCEPTION 'a stock below zero' USING ERRCODE = 'ST099', DETAIL = 0;
    END IF;
    INSERT INTO public.stock_items (item, kind, version, told, ends_on)
    VALUES (p_item, p_kind, p_version, 0, p_ends_on) ON CONFLICT DO NOTHING;
    SELECT i.* INTO known FROM public.stock_items i WHERE i.item = p_item FOR UPDATE;
    IF known.version > p_version THEN
        change := 0;
    ELSE
        PERFORM 1 FROM public.stock s WHERE s.item = p_item ORDER BY s.stripe FOR UPDATE;
        SELECT coalesce(sum(s.remaining), 0) INTO rest FROM public.stock s WHERE s.item = p_item;
        SELECT coalesce(sum(m.change), 0) INTO put FROM public.stock_moves m
         WHERE m.item = p_item AND m.kind = 'set';
        change := greatest(p_told - put, -rest);
        UPDATE public.stock_items i SET told = p_told, version = p_version WHERE i.item = p_item;
    END IF;
    rest := public.stoa_spread_stock(p_item, change);
    IF change <> 0 THEN
        PERFORM public.stoa_note_stock(p_item, 'set', change, NULL, p_now, p_by, '');
    END IF;
    RETURN rest;
END $$;


CREATE OR REPLACE FUNCTION public.stoa_give_stock(
    p_item text, p_units bigint, p_order uuid, p_now timestamptz, p_by text, p_reason text
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    own integer := pg_backend_pid() % 16;
BEGIN
    PERFORM 1 FROM public.stock_items i WHERE i.item = p_item;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    PERFORM public.stoa_note_stock(p_item, 'given_back', p_units, p_order, p_now, p_by, p_reason);
    UPDATE public.stock s SET remaining = s.remaining + p_units
     WHERE s.item = p_item AND s.stripe = (
           SELECT t.stripe FROM public.stock t WHERE t.item = p_item
            ORDER BY (t.stripe + 16 - own) % 16 LIMIT 1 FOR UPDATE SKIP LOCKED);
    IF NOT FOUND THEN
        UPDATE public.stock s SET remaining = s.remaining + p_units
         WHERE s.item = p_item AND s.stripe = 0;
    END IF;
END $$;


CREATE OR REPLACE FUNCTION public.stoa_order(
    p_member uuid, p_currency text, p_now timestamptz, p_today date, p_partner uuid, p_store uuid,
    p_key text, p_fingerprint bytea, p_hold uuid, p_points bigint, p_worth_minor bigint,
    p_purpose text, p_reward text, p_reference text, p_expires_at timestamptz, p_business_date date,
    p_spender uuid, p_net boolean, p_event uuid, p_facts jsonb, p_actor text, p_order jsonb
) RETURNS SETOF public.wallets LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wallet public.wallets;
    thing record;
    buyer uuid := (p_order ->> 'buyer')::uuid;
    heir uuid := coalesce((SELECT m.merged_into FROM public.members m WHERE m.id = buyer), buyer);
    units integer := (p_order ->> 'quantity')::integer;
    most bigint;
    had bigint;
    today bigint;
BEGIN
    SELECT h.* INTO wallet FROM public.stoa_hold(
        p_member, p_currency, p_now, p_today, p_partner, p_store, p_key, p_fingerprint, p_hold,
        p_points, p_worth_minor, p_purpose, p_reward, p_reference, p_expires_at, p_business_date,
        p_spender, p_net, p_event, p_facts) AS h;

    IF p_order ? 'per_member' OR p_order ? 'per_member_day' THEN
        PERFORM pg_advisory_xact_lock(hashtextextended(heir::text || (p_order ->> 'offer'), 27));
        SELECT coalesce(sum(o.quantity), 0),
               coalesce(sum(o.quantity) FILTER (WHERE o.business_date = p_business_date), 0)
          INTO had, today
          FROM public.orders o
         WHERE o.buyer_id IN (SELECT heir UNION ALL SELECT m.id FROM public.members m
                               WHERE m.merged_into = heir)
           AND o.offer = p_order ->> 'offer' AND o.state IN ('held', 'issued', 'fulfilled');
        FOR thing IN
            SELECT * FROM (VALUES ('per_member', had), ('per_member_day', today)) AS v (name, used)
        LOOP
            most := (p_order ->> thing.name)::bigint;
            IF thing.used + units > most THEN
                RAISE EXCEPTION 'the limit % is reached', thing.name USING ERRCODE = 'ST091',
                    DETAIL = jsonb_build_object('limit', thing.name, 'most', most,
                        'left', greatest(most - thing.used, 0))::text;
            END IF;
        END LOOP;
    END IF;
    FOR thing IN
        SELECT * FROM jsonb_to_recordset(p_order -> 'takes') AS t (
               item text, kind text, told bigint, version integer, ends_on date)
         ORDER BY array_position(ARRAY['day', 'slot', 'stock'], t.kind)
    LOOP
        IF thing.told IS NOT NULL THEN
            PERFORM public.stoa_fund_stock(
                thing.item, thing.kind, thing.told, thing.version, thing.ends_on, p_now, 'rule');
        END IF;
        PERFORM public.stoa_take_stock(thing.item, thing.kind, units, p_hold, p_now, p_actor);
    END LOOP;

    INSERT INTO public.orders (
        member_id, id, offer, kind, version, provider_id, partner_id, store_id, buyer_id, quantity,
        money_minor, currency, state, fulfil, slot, taken, terms, coupons, business_date, placed_at,
        errand, attempts, answer, reference
    ) VALUES (
        p_member, p_hold, p_order ->> 'offer', p_order ->> 'kind', (p_order ->> 'version')::integer,
        (p_order ->> 'provider')::uuid, p_partner, p_store, buyer, units,
        (p_order ->> 'money_minor')::bigint, p_order ->> 'money_currency', 'held',
        p_order ->> 'fulfil', p_order ->> 'slot',
        ARRAY(SELECT e ->> 'item' FROM jsonb_array_elements(p_order -> 'takes') AS e),
        p_order -> 'terms', '{}', p_business_date, p_now, 'none', 0, '{}', ''
    );
    RETURN NEXT wallet;
END $$;
