-- Chances to be promoted: points burned for them once, used once, drawn once, or given back; see
-- `wallets.sql` for what all functions keep to.
--
-- ST070  no more in this year                      ST071  no such chance
-- ST072  the chance is closed (DETAIL: its state)


-- Burn points for a chance, earliest expiry first.
-- At most `p_most` of a code in a calendar year, those of memberships merged into this one included.
CREATE OR REPLACE FUNCTION public.stoa_buy_chance(
    p_member uuid, p_currency text, p_now timestamptz, p_today date, p_id uuid, p_chance text,
    p_version integer, p_ladder text, p_mode text, p_points bigint, p_most integer, p_odds integer,
    p_seed bytea, p_undo_until timestamptz, p_net boolean, p_actor text, p_explanation jsonb,
    p_event uuid, p_facts jsonb
) RETURNS SETOF public.wallets LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wallet public.wallets;
BEGIN
    SELECT w.* INTO wallet FROM public.wallets w
     WHERE w.member_id = p_member AND w.currency = p_currency FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'not enough points' USING ERRCODE = 'ST003', DETAIL = 0;
    END IF;
    IF p_most <= (
        SELECT count(*) FROM public.chances c
         WHERE c.chance = p_chance AND c.state <> 'refunded'
           AND date_trunc('year', c.bought_on) = date_trunc('year', p_today)
           AND (c.member_id = p_member OR c.member_id IN (
                SELECT m.id FROM public.members m WHERE m.merged_into = p_member)))
    THEN
        RAISE EXCEPTION 'no more this year' USING ERRCODE = 'ST070', DETAIL = p_most;
    END IF;
    wallet := public.stoa_burn(
        p_member, p_currency, p_now, p_today, p_id, 'chance', p_chance, p_points, p_net, p_actor,
        p_explanation);
    INSERT INTO public.chances (
        member_id, id, chance, version, ladder, mode, state, currency, points, odds, seed,
        commitment, bought_at, bought_on, undo_until
    ) VALUES (
        p_member, p_id, p_chance, p_version, p_ladder, p_mode, 'open', p_currency, p_points, p_odds,
        p_seed, sha256(p_seed), p_now, p_today, p_undo_until
    );
    INSERT INTO public.outbox (member_id, id, topic, at, facts, state, attempts)
    VALUES (p_member, p_event, 'chance.bought', p_now, p_facts, 'new', 0);
    RETURN NEXT wallet;
END $$;


-- Give an open chance back: its points go to the lots they came from, as `stoa_unburn` says.
CREATE OR REPLACE FUNCTION public.stoa_undo_chance(
    p_member uuid, p_now timestamptz, p_today date, p_id uuid, p_transaction uuid,
    p_grace integer, p_actor text, p_explanation jsonb, p_event uuid, p_facts jsonb
) RETURNS SETOF public.wallets LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    money text := (SELECT c.currency FROM public.chances c WHERE c.member_id = p_member AND c.id = p_id);
    wallet public.wallets;
    bought public.chances;
BEGIN
    SELECT w.* INTO wallet FROM public.wallets w
     WHERE w.member_id = p_member AND w.currency = money FOR UPDATE;
    SELECT c.* INTO bought FROM public.chances c
     WHERE c.member_id = p_member AND c.id = p_id FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such chance' USING ERRCODE = 'ST071';
    ELSIF bought.state <> 'open' OR bought.undo_until < p_now THEN
        RAISE EXCEPTION 'the chance is closed' USING ERRCODE = 'ST072', DETAIL = bought.state;
    END IF;
    UPDATE public.chances c SET state = 'refunded', resolved_at = p_now
     WHERE c.member_id = p_member AND c.id = p_id;
    wallet := public.stoa_unburn(
        p_member, money, p_now, p_today, p_id, p_transaction, p_grace, p_actor, p_explanation);
    INSERT INTO public.outbox (member_id, id, topic, at, facts, state, attempts)
    VALUES (p_member, p_event, 'chance.refunded', p_now, p_facts, 'new', 0);
    RETURN NEXT wallet;
END $$;


-- Use up open chances of a ladder, or of one code, those bought first, once: all of `p_count`, or none
-- and false. Chances of memberships merged into this one are the member's; draws are never used.
CREATE OR REPLACE FUNCTION public.stoa_use_chances(
    p_member uuid, p_now timestamptz, p_ladder text, p_chance text, p_count integer, p_use jsonb
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    chosen uuid[];
BEGIN
    PERFORM 1 FROM public.wallets w WHERE w.member_id = p_member ORDER BY w.currency FOR UPDATE;
    SELECT array_agg(each.id) INTO chosen FROM (
        SELECT c.id FROM public.chances c
         WHERE c.ladder = p_ladder AND c.chance = coalesce(p_chance, c.chance)
           AND c.state = 'open' AND c.mode <> 'draw'
           AND (c.member_id = p_member OR c.member_id IN (
                SELECT m.id FROM public.members m WHERE m.merged_into = p_member))
         ORDER BY c.bought_at, c.id LIMIT p_count FOR UPDATE) AS each;
    IF p_count < 1 OR coalesce(cardinality(chosen), 0) < p_count THEN
        RETURN false;
    END IF;
    UPDATE public.chances c SET state = 'used', used = p_use, resolved_at = p_now
     WHERE c.id = ANY (chosen) AND (c.member_id = p_member OR c.member_id IN (
           SELECT m.id FROM public.members m WHERE m.merged_into = p_member));
    RETURN true;
END $$;


-- Draw a chance, once: its seed and the text of whoever draws decide. Whatever comes out stays.
CREATE OR REPLACE FUNCTION public.stoa_draw_chance(
    p_member uuid, p_now timestamptz, p_id uuid, p_nonce text, p_event uuid, p_facts jsonb
) RETURNS SETOF public.chances LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    bought public.chances;
    rolled bigint;
BEGIN
    PERFORM 1 FROM public.wallets w WHERE w.member_id = p_member ORDER BY w.currency FOR UPDATE;
    SELECT c.* INTO bought FROM public.chances c
     WHERE c.member_id = p_member AND c.id = p_id AND c.mode = 'draw' FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such chance' USING ERRCODE = 'ST071';
    ELSIF bought.state <> 'open' THEN
        RAISE EXCEPTION 'the chance is closed' USING ERRCODE = 'ST072', DETAIL = bought.state;
    END IF;
    rolled := public.stoa_roll(bought.seed, p_id, p_nonce);
    UPDATE public.chances c
       SET state = CASE WHEN rolled < c.odds THEN 'won' ELSE 'lost' END, resolved_at = p_now,
           drawn = jsonb_build_object('nonce', p_nonce, 'roll', rolled)
     WHERE c.member_id = p_member AND c.id = p_id
    RETURNING c.* INTO bought;
    INSERT INTO public.outbox (member_id, id, topic, at, facts, state, attempts)
    VALUES (p_member, p_event, 'chance.drawn', p_now,
            p_facts || jsonb_build_object('state', bought.state), 'new', 0);
    RETURN NEXT bought;
END $$;


-- The roll of a draw, 0 to 999999: the first seven bytes of SHA-256(seed, id, text), modulo a million.
-- The last numbers, which would favour some rolls, are passed over: the digest of the digest is next.
CREATE OR REPLACE FUNCTION public.stoa_roll(p_seed bytea, p_id uuid, p_nonce text)
RETURNS bigint LANGUAGE plpgsql IMMUTABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    digest bytea := sha256(p_seed || uuid_send(p_id) || convert_to(p_nonce, 'UTF8'));
    number bigint;
BEGIN
    LOOP
        number := ('x' || left(encode(digest, 'hex'), 14))::bit(56)::bigint;
        EXIT WHEN number < 72057594037000000;
        digest := sha256(digest);
    END LOOP;
    RETURN number % 1000000;
END $$;
