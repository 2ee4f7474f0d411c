-- Stock: what is left of an item, to the unit; see `wallets.sql` for what all functions keep to.
--
-- What is left lies in stripes, at most 16, so that orders side by side take from different rows. An
-- order takes from one stripe that nobody holds and that has enough; only where there is none does
-- it lock them all, in their order, so that the last unit is found. Whoever has locked a wallet may
-- come here, and nobody who comes from here locks a wallet.
--
-- ST090  the stock, the units of the day or the places lack units
--        (DETAIL as JSON: the item's kind, and how many are left)
-- ST099  a figure below zero, or a restock that takes more than is left (DETAIL: what is left)


-- Add units to an item, or take them where `p_change` is below zero, and spread what is left evenly.
-- Below zero is returned, and nothing is done, where it has not so many.
CREATE OR REPLACE FUNCTION public.stoa_spread_stock(p_item text, p_change bigint)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    rest bigint;
    stripes bigint;
BEGIN
    SELECT coalesce(sum(s.remaining), 0) + p_change, count(*) INTO rest, stripes
      FROM (SELECT s.remaining FROM public.stock s WHERE s.item = p_item
             ORDER BY s.stripe FOR UPDATE) AS s;
    IF rest < 0 THEN
        RETURN rest;
    END IF;
    IF stripes < least(16, greatest(rest, 1)) THEN
        INSERT INTO public.stock (item, stripe, remaining)
        SELECT p_item, n, 0 FROM generate_series(stripes, least(16, greatest(rest, 1)) - 1) AS n;
        stripes := least(16, greatest(rest, 1));
    END IF;
    UPDATE public.stock s SET remaining = rest / stripes + (s.stripe < rest % stripes)::int
     WHERE s.item = p_item AND s.remaining <> rest / stripes + (s.stripe < rest % stripes)::int;
    RETURN rest;
END $$;


CREATE OR REPLACE FUNCTION public.stoa_note_stock(
    p_item text, p_kind text, p_change bigint, p_order uuid, p_now timestamptz, p_by text, p_reason text
) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO public.stock_moves (item, id, kind, change, order_id, at, by, reason)
    VALUES (p_item, gen_random_uuid(), p_kind, p_change, p_order, p_now, p_by, p_reason);
$$;


-- Put in what a rule says there is in all. A later version's figure counts from what rules have put in
-- so far, so that what was taken or restocked meanwhile stays so; a figure below what was taken leaves
-- nothing, and a higher one after it puts in no more than it says. What is out beyond the figure is kept
-- as `beyond`: as much of what comes back is not to be had again.
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
        UPDATE public.stock_items i
           SET told = p_told, version = p_version, beyond = put + change - p_told
         WHERE i.item = p_item;
    END IF;
    rest := public.stoa_spread_stock(p_item, change);
    IF change <> 0 THEN
        PERFORM public.stoa_note_stock(p_item, 'set', change, NULL, p_now, p_by, '');
    END IF;
    RETURN rest;
END $$;


-- Take units from one stripe that has them, and wait for it where another order holds it. False is
-- returned, and no lock is kept, where it has them no longer.
CREATE OR REPLACE FUNCTION public.stoa_wait_for_stock(p_item text, p_units bigint)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    own integer := pg_backend_pid() % 16;
BEGIN
    UPDATE public.stock s SET remaining = s.remaining - p_units
     WHERE s.item = p_item AND s.remaining >= p_units AND s.stripe = (
           SELECT t.stripe FROM public.stock t WHERE t.item = p_item AND t.remaining >= p_units
            ORDER BY (t.stripe + 16 - own) % 16 LIMIT 1);
    IF NOT FOUND THEN  -- its lock may be held all the same, and would be waited for in a circle
        RAISE EXCEPTION 'the stripe lacks units' USING ERRCODE = 'ST090';
    END IF;
    RETURN true;
EXCEPTION WHEN SQLSTATE 'ST090' THEN
    RETURN false;
END $$;


-- Take units of an item for an order, or refuse where it lacks any.
CREATE OR REPLACE FUNCTION public.stoa_take_stock(
    p_item text, p_kind text, p_units bigint, p_order uuid, p_now timestamptz, p_by text
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    own integer := pg_backend_pid() % 16;
    rest bigint;
BEGIN
    UPDATE public.stock s SET remaining = s.remaining - p_units
     WHERE s.item = p_item AND s.stripe = (
           SELECT t.stripe FROM public.stock t WHERE t.item = p_item AND t.remaining >= p_units
            ORDER BY (t.stripe + 16 - own) % 16 LIMIT 1 FOR UPDATE SKIP LOCKED);
    IF NOT FOUND AND NOT public.stoa_wait_for_stock(p_item, p_units) THEN
        SELECT coalesce(sum(s.remaining), 0) INTO rest FROM public.stock s WHERE s.item = p_item;
        IF rest >= p_units THEN  -- what is empty makes nobody wait
            rest := public.stoa_spread_stock(p_item, -p_units) + p_units;
        END IF;
        IF rest < p_units THEN
            RAISE EXCEPTION 'not enough of %', p_item USING ERRCODE = 'ST090',
                DETAIL = jsonb_build_object('kind', p_kind, 'left', rest)::text;
        END IF;
    END IF;
    PERFORM public.stoa_note_stock(p_item, 'taken', -p_units, p_order, p_now, p_by, '');
END $$;


-- Give back what an order took of an item. Its index lets an order do so once; what is no longer
-- counted, as the places of a day long gone, takes nothing back. Where the rule's figure was cut below
-- what is out, what comes back goes to that first.
CREATE OR REPLACE FUNCTION public.stoa_give_stock(
    p_item text, p_units bigint, p_order uuid, p_now timestamptz, p_by text, p_reason text
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    own integer := pg_backend_pid() % 16;
    cut bigint;
    back bigint := p_units;
BEGIN
    SELECT i.beyond INTO cut FROM public.stock_items i WHERE i.item = p_item FOR KEY SHARE;
    IF NOT FOUND THEN  -- or else no rule changes its figure meanwhile
        RETURN;
    END IF;
    PERFORM public.stoa_note_stock(p_item, 'given_back', p_units, p_order, p_now, p_by, p_reason);
    IF cut > 0 THEN
        SELECT least(i.beyond, p_units) INTO cut FROM public.stock_items i
         WHERE i.item = p_item FOR NO KEY UPDATE;
        IF cut > 0 THEN
            UPDATE public.stock_items i SET beyond = i.beyond - cut WHERE i.item = p_item;
            PERFORM public.stoa_note_stock(p_item, 'set', -cut, NULL, p_now, 'rule', '');
            back := p_units - cut;
        END IF;
    END IF;
    IF back = 0 THEN
        RETURN;
    END IF;
    UPDATE public.stock s SET remaining = s.remaining + back
     WHERE s.item = p_item AND s.stripe = (
           SELECT t.stripe FROM public.stock t WHERE t.item = p_item
            ORDER BY (t.stripe + 16 - own) % 16 LIMIT 1 FOR UPDATE SKIP LOCKED);
    IF NOT FOUND THEN
        UPDATE public.stock s SET remaining = s.remaining + back
         WHERE s.item = p_item AND s.stripe = 0;
    END IF;
END $$;


-- Add units that came in, or take away those that went, as a person counted them.
-- Returns what is left.
CREATE OR REPLACE FUNCTION public.stoa_restock(
    p_item text, p_change bigint, p_now timestamptz, p_by text, p_reason text
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    rest bigint;
BEGIN
    INSERT INTO public.stock_items (item, kind, version, told) VALUES (p_item, 'stock', 0, 0)
    ON CONFLICT DO NOTHING;
    PERFORM 1 FROM public.stock_items i WHERE i.item = p_item FOR UPDATE;
    rest := public.stoa_spread_stock(p_item, p_change);
    IF rest < 0 THEN
        RAISE EXCEPTION 'less is left than goes' USING ERRCODE = 'ST099', DETAIL = rest - p_change;
    END IF;
    PERFORM public.stoa_note_stock(p_item, 'restock', p_change, NULL, p_now, p_by, p_reason);
    RETURN rest;
END $$;


-- Set what is left: by a person's count (`restock`) or by the partner's own (`live`).
-- A partner's count knows nothing yet of units that are set aside or that it was not asked for: they
-- are taken off it. Returns what is left.
CREATE OR REPLACE FUNCTION public.stoa_set_stock(
    p_item text, p_kind text, p_left bigint, p_now timestamptz, p_by text, p_reason text
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    rest bigint;
    target bigint := p_left;
BEGIN
    IF p_left < 0 THEN
        RAISE EXCEPTION 'a stock below zero' USING ERRCODE = 'ST099', DETAIL = 0;
    END IF;
    INSERT INTO public.stock_items (item, kind, version, told) VALUES (p_item, 'stock', 0, 0)
    ON CONFLICT DO NOTHING;
    PERFORM 1 FROM public.stock_items i WHERE i.item = p_item FOR UPDATE;
    PERFORM 1 FROM public.stock s WHERE s.item = p_item ORDER BY s.stripe FOR UPDATE;
    SELECT coalesce(sum(s.remaining), 0) INTO rest FROM public.stock s WHERE s.item = p_item;
    IF p_kind = 'live' THEN
        SELECT greatest(p_left - coalesce(sum(o.quantity), 0), 0) INTO target
          FROM public.orders o
         WHERE o.offer = p_item AND o.taken @> ARRAY[p_item]
           AND (o.state = 'held' OR o.state = 'issued' AND o.errand = 'queued');
    END IF;
    PERFORM public.stoa_spread_stock(p_item, target - rest);
    IF target <> rest THEN
        PERFORM public.stoa_note_stock(p_item, p_kind, target - rest, NULL, p_now, p_by, p_reason);
    END IF;
    RETURN target;
END $$;


-- Forget the units and places of days before `p_before`; their orders stay. Returns how many items.
CREATE OR REPLACE FUNCTION public.stoa_forget_stock(p_before date, p_limit bigint)
RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH over AS (
        DELETE FROM public.stock_items i WHERE i.item IN (
            SELECT e.item FROM public.stock_items e WHERE e.ends_on < p_before
             ORDER BY e.ends_on LIMIT p_limit FOR UPDATE SKIP LOCKED) RETURNING i.item
    ), stripes AS (
        DELETE FROM public.stock s USING over o WHERE s.item = o.item
    ), moves AS (
        DELETE FROM public.stock_moves m USING over o WHERE m.item = o.item
    )
    SELECT count(*) FROM over;
$$;
