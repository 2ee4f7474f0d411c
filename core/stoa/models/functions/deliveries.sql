-- Deliveries: what a reward brings beside its burn: tickets of a draw, chances, points of another
-- currency; see `wallets.sql` for what all functions keep to.
--
-- Each is given once, to an order that is issued, in the transaction that burned its points, and as
-- many as it ordered; so nobody has one that no burn paid. It goes back with the whole order, while
-- all of it is as it was. Wallets are locked first, all of them in one order, then a draw, then
-- tickets and chances.
--
-- ST150  the order is not one that this was ordered with


-- The id that the world sees, as `values/identifiers.py` writes it: 26 letters of five bits each.
CREATE OR REPLACE FUNCTION public.stoa_public_id(p_prefix text, p_id uuid)
RETURNS text LANGUAGE sql IMMUTABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT p_prefix || '_' || string_agg(substr(
               '0123456789abcdefghjkmnpqrstvwxyz', substr(bits, 5 * n + 1, 5)::bit(5)::int + 1, 1),
               '' ORDER BY n)
      FROM (SELECT '00' || ('x' || replace(p_id::text, '-', ''))::bit(128)::text AS bits) AS each
     CROSS JOIN generate_series(0, 25) AS n;
$$;


-- Open and lock wallets, always in the order of members and currencies.
CREATE OR REPLACE FUNCTION public.stoa_lock_wallets(
    p_members uuid[], p_currencies text[], p_now timestamptz
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM public.stoa_open_wallet(w.member, w.currency, p_now)
       FROM (SELECT DISTINCT * FROM unnest(p_members, p_currencies) AS w (member, currency)
              ORDER BY 1, 2) AS w;
    PERFORM 1 FROM public.wallets w
      WHERE (w.member_id, w.currency) IN (SELECT * FROM unnest(p_members, p_currencies))
      ORDER BY w.member_id, w.currency FOR UPDATE;
END $$;


-- Refuse an order that is not issued, or did not order so many of this: `p_term` names what it says.
CREATE OR REPLACE FUNCTION public.stoa_ordered(
    p_order uuid, p_term text, p_code text, p_count integer
) RETURNS public.orders LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found_order public.orders;
BEGIN
    SELECT o.* INTO found_order FROM public.orders o WHERE o.id = p_order FOR UPDATE;
    IF found_order.state IS DISTINCT FROM 'issued' OR found_order.terms ->> p_term IS DISTINCT FROM p_code
       OR found_order.quantity <> p_count
    THEN
        RAISE EXCEPTION 'order % is of something else', p_order USING ERRCODE = 'ST150';
    END IF;
    RETURN found_order;
END $$;


-- Give a member the tickets of an order, under all that the draw says of tickets that are bought.
CREATE OR REPLACE FUNCTION public.stoa_give_tickets(
    p_member uuid, p_now timestamptz, p_today date, p_order uuid, p_draw text, p_version integer,
    p_ids uuid[], p_seeds bytea[], p_most bigint, p_most_day bigint, p_facts jsonb
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    draw public.draws;
    each record;
    mark CONSTANT text := 'order:' || p_order;
BEGIN
    PERFORM 1 FROM public.wallets w WHERE w.member_id = p_member ORDER BY w.currency FOR UPDATE;
    PERFORM public.stoa_ordered(p_order, 'draw', p_draw, cardinality(p_ids));
    draw := public.stoa_admit_tickets(
        p_member, p_draw, cardinality(p_ids), p_now, p_today, p_most, p_most_day);
    PERFORM 1 FROM public.tickets t WHERE t.origin = mark;
    IF FOUND THEN
        RAISE EXCEPTION 'order % has its tickets', p_order USING ERRCODE = 'ST150';
    END IF;
    FOR each IN
        SELECT t.id, t.seed, draw.sold + t.n AS number
          FROM unnest(p_ids, p_seeds) WITH ORDINALITY AS t (id, seed, n) ORDER BY t.n
    LOOP
        INSERT INTO public.tickets (
            member_id, id, draw, version, number, state, currency, points, seed, commitment,
            bought_at, bought_on, origin
        ) VALUES (
            p_member, each.id, p_draw, p_version, each.number, 'open', draw.currency, 0, each.seed,
            sha256(each.seed), p_now, p_today, mark
        );
        INSERT INTO public.outbox (member_id, id, topic, at, facts, state, attempts)
        VALUES (p_member, gen_random_uuid(), 'ticket.bought', p_now, p_facts || jsonb_build_object(
                'ticket', public.stoa_public_id('tkt', each.id), 'number', each.number), 'new', 0);
    END LOOP;
    UPDATE public.draws d SET sold = d.sold + cardinality(p_ids) WHERE d.code = p_draw;
END $$;


-- Take the tickets of an order back, all of them or none: none where one was drawn, or stands on a
-- list that is published.
CREATE OR REPLACE FUNCTION public.stoa_take_back_tickets(p_order uuid, p_now timestamptz, p_facts jsonb)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    mark CONSTANT text := 'order:' || p_order;
    each record;
BEGIN
    PERFORM 1 FROM public.draws d
      WHERE d.code IN (SELECT t.draw FROM public.tickets t WHERE t.origin = mark) FOR UPDATE;
    PERFORM 1 FROM public.tickets t JOIN public.draws d ON d.code = t.draw
      WHERE t.origin = mark AND (t.state IN ('won', 'lost')
            OR (t.state = 'open' AND d.mode = 'raffle' AND d.state IN ('closed', 'revealed')));
    IF FOUND THEN
        RETURN false;
    END IF;
    FOR each IN
        UPDATE public.tickets t SET state = 'refunded', resolved_at = p_now
         WHERE t.origin = mark AND t.state = 'open' RETURNING t.member_id, t.id
    LOOP
        INSERT INTO public.outbox (member_id, id, topic, at, facts, state, attempts)
        VALUES (each.member_id, gen_random_uuid(), 'ticket.refunded', p_now,
                p_facts || jsonb_build_object('ticket', public.stoa_public_id('tkt', each.id)),
                'new', 0);
    END LOOP;
    RETURN true;
END $$;


-- Give a member the chances of an order, no more than a year allows.
CREATE OR REPLACE FUNCTION public.stoa_give_chances(
    p_member uuid, p_now timestamptz, p_today date, p_order uuid, p_chance text, p_version integer,
    p_ladder text, p_mode text, p_odds integer, p_most integer, p_ids uuid[], p_seeds bytea[],
    p_facts jsonb
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    each record;
    money text := (SELECT h.currency FROM public.holds h WHERE h.id = p_order);
    mark CONSTANT text := 'order:' || p_order;
BEGIN
    PERFORM 1 FROM public.wallets w WHERE w.member_id = p_member ORDER BY w.currency FOR UPDATE;
    PERFORM public.stoa_ordered(p_order, 'chance', p_chance, cardinality(p_ids));
    PERFORM public.stoa_admit_chances(p_member, p_chance, cardinality(p_ids), p_today, p_most);
    PERFORM 1 FROM public.chances c WHERE c.origin = mark;
    IF FOUND THEN
        RAISE EXCEPTION 'order % has its chances', p_order USING ERRCODE = 'ST150';
    END IF;
    FOR each IN SELECT t.id, t.seed FROM unnest(p_ids, p_seeds) AS t (id, seed) LOOP
        INSERT INTO public.chances (
            member_id, id, chance, version, ladder, mode, state, currency, points, odds, seed,
            commitment, bought_at, bought_on, undo_until, origin
        ) VALUES (
            p_member, each.id, p_chance, p_version, p_ladder, p_mode, 'open', money, 0, p_odds,
            each.seed, sha256(each.seed), p_now, p_today, p_now, mark
        );
        INSERT INTO public.outbox (member_id, id, topic, at, facts, state, attempts)
        VALUES (p_member, gen_random_uuid(), 'chance.bought', p_now, p_facts || jsonb_build_object(
                'chance', public.stoa_public_id('chn', each.id)), 'new', 0);
    END LOOP;
END $$;


-- Take the chances of an order back, all of them or none: none where one is used or drawn.
CREATE OR REPLACE FUNCTION public.stoa_take_back_chances(p_order uuid, p_now timestamptz, p_facts jsonb)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    mark CONSTANT text := 'order:' || p_order;
    each record;
BEGIN
    PERFORM 1 FROM public.wallets w
      WHERE w.member_id IN (SELECT c.member_id FROM public.chances c WHERE c.origin = mark)
      ORDER BY w.member_id, w.currency FOR UPDATE;
    PERFORM 1 FROM public.chances c WHERE c.origin = mark FOR UPDATE;
    PERFORM 1 FROM public.chances c WHERE c.origin = mark AND c.state NOT IN ('open', 'refunded');
    IF FOUND THEN
        RETURN false;
    END IF;
    FOR each IN
        UPDATE public.chances c SET state = 'refunded', resolved_at = p_now
         WHERE c.origin = mark AND c.state = 'open' RETURNING c.member_id, c.id
    LOOP
        INSERT INTO public.outbox (member_id, id, topic, at, facts, state, attempts)
        VALUES (each.member_id, gen_random_uuid(), 'chance.refunded', p_now,
                p_facts || jsonb_build_object('chance', public.stoa_public_id('chn', each.id)),
                'new', 0);
    END LOOP;
    RETURN true;
END $$;


-- Take points of a reward back, all of them or none: none where one of them was spent, is held, paid a
-- debt or went on to another wallet. So nobody comes to owe points by giving a reward back.
CREATE OR REPLACE FUNCTION public.stoa_take_back_points(
    p_member uuid, p_currency text, p_now timestamptz, p_today date, p_bonus uuid, p_actor text,
    p_reason text, p_explanation jsonb, p_event uuid, p_facts jsonb
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM 1 FROM public.wallets w
      WHERE w.member_id = p_member AND w.currency = p_currency FOR UPDATE;
    PERFORM 1 FROM public.postings p
       LEFT JOIN public.lots l ON l.member_id = p.member_id AND l.currency = p.currency
        AND l.seq = p.seq AND l.expires_on = coalesce(p.expires_on, '9999-12-31')
      WHERE p.member_id = p_member AND p.currency = p_currency AND p.transaction_id = p_bonus
        AND p.account = 'issued' AND (l.remaining - l.held) IS DISTINCT FROM p.points;
    IF FOUND THEN
        RETURN false;
    END IF;
    PERFORM public.stoa_ungrant(
        p_member, p_currency, p_now, p_today, p_bonus, p_actor, p_reason, p_explanation, p_event,
        p_facts);
    RETURN true;
END $$;
