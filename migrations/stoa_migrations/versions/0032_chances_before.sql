-- Chances to be promoted: points burned for them once, used once, drawn once, or given back; see
-- `wallets.sql` for what all functions keep to.
--
-- ST070  no more in this year                      ST071  no such chance
-- ST072  the chance is closed (DETAIL: its state)


-- Burn points for a chance, earliest expiry first; the operator's own, so nobody settles them.
-- At most `p_most` of a code in a calendar year, those of memberships merged into this one included.
CREATE OR REPLACE FUNCTION public.stoa_buy_chance(
    p_member uuid, p_currency text, p_now timestamptz, p_today date, p_id uuid, p_chance text,
    p_version integer, p_ladder text, p_mode text, p_points bigint, p_most integer, p_odds integer,
    p_seed bytea, p_undo_until timestamptz, p_net boolean, p_actor text, p_explanation jsonb,
    p_event uuid, p_facts jsonb
) RETURNS SETOF public.wallets LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wallet public.wallets;
    lot record;
    free bigint;
    rest bigint := p_points;
    used bigint;
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
    IF wallet.pending > 0 THEN
        PERFORM public.stoa_mature(p_member, p_currency, p_now, p_today, gen_random_uuid());
    END IF;
    SELECT coalesce(sum(l.remaining - l.held), 0) - CASE WHEN p_net THEN wallet.debt ELSE 0 END
      INTO free FROM public.lots l
     WHERE l.member_id = p_member AND l.currency = p_currency
       AND NOT l.pending AND p_today <= l.expires_on;
    IF free < p_points THEN
        RAISE EXCEPTION 'not enough points' USING ERRCODE = 'ST003', DETAIL = free;
    END IF;

    INSERT INTO public.transactions (
        member_id, id, kind, currency, subject_id, reference, business_date, occurred_at, recorded_at,
        first_seq, actor, reason_code, explanation
    ) VALUES (
        p_member, p_id, 'chance', p_currency, p_id, p_chance, p_today, p_now, p_now,
        wallet.seq + 1, p_actor, 'chance', p_explanation
    );
    INSERT INTO public.postings (
        member_id, currency, seq, transaction_id, points, balance, account, reason
    ) VALUES (
        p_member, p_currency, wallet.seq + 1, p_id, -p_points,
        wallet.available + wallet.pending + wallet.held - p_points, 'burned', 'chance'
    );
    FOR lot IN
        SELECT l.expires_on, l.seq, l.remaining - l.held AS free FROM public.lots l
         WHERE l.member_id = p_member AND l.currency = p_currency
           AND NOT l.pending AND p_today <= l.expires_on AND l.held < l.remaining
         ORDER BY l.expires_on, l.seq
    LOOP
        EXIT WHEN rest = 0;
        used := least(lot.free, rest);
        PERFORM public.stoa_use_lot(
            p_member, p_currency, lot.expires_on, lot.seq, wallet.seq + 1, used, 0);
        rest := rest - used;
    END LOOP;
    UPDATE public.wallets w
       SET available = w.available - p_points, seq = w.seq + 1, updated_at = p_now
     WHERE w.member_id = p_member AND w.currency = p_currency
    RETURNING w.* INTO wallet;
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


-- Give an open chance back: its points go to the lots they came from, with their last day; those of a
-- lot past it to a new lot that lives `p_grace` days, or, without grace, they expire at once where all
-- can see it (economics §3.8). What is owed is repaid of them.
CREATE OR REPLACE FUNCTION public.stoa_undo_chance(
    p_member uuid, p_now timestamptz, p_today date, p_id uuid, p_transaction uuid,
    p_grace integer, p_actor text, p_explanation jsonb, p_event uuid, p_facts jsonb
) RETURNS SETOF public.wallets LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    money text := (SELECT c.currency FROM public.chances c WHERE c.member_id = p_member AND c.id = p_id);
    wallet public.wallets;
    bought public.chances;
    piece record;
    reopened bigint := 0;
    balance bigint;
    place bigint;
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
    INSERT INTO public.transactions (
        member_id, id, kind, currency, subject_id, reference, business_date, occurred_at, recorded_at,
        first_seq, actor, reason_code, explanation
    ) VALUES (
        p_member, p_transaction, 'refund', money, p_id, bought.chance, p_today, p_now, p_now,
        wallet.seq + 1, p_actor, 'chance', p_explanation
    );
    balance := wallet.available + wallet.pending + wallet.held;
    place := wallet.seq + 1;
    FOR piece IN
        SELECT u.lot_seq, u.points, coalesce(b.expires_on, '9999-12-31') AS expires_on, b.available_on
          FROM public.transactions t
          JOIN public.lot_uses u ON u.member_id = p_member AND u.currency = money AND u.seq = t.first_seq
          JOIN public.postings b ON b.member_id = p_member AND b.currency = money AND b.seq = u.lot_seq
         WHERE t.member_id = p_member AND t.id = p_id
           AND (p_today <= coalesce(b.expires_on, '9999-12-31') OR p_grace = 0)
         ORDER BY u.lot_seq
    LOOP
        reopened := reopened + piece.points;
        INSERT INTO public.lot_uses (member_id, currency, seq, lot_seq, points)
        VALUES (p_member, money, place, piece.lot_seq, -piece.points);
        INSERT INTO public.lots AS l (
            member_id, currency, expires_on, seq, remaining, held, available_on
        ) VALUES (
            p_member, money, piece.expires_on, piece.lot_seq, piece.points, 0, piece.available_on
        ) ON CONFLICT (member_id, currency, expires_on, seq)
          DO UPDATE SET remaining = l.remaining + piece.points;
    END LOOP;
    IF reopened > 0 THEN
        INSERT INTO public.postings (
            member_id, currency, seq, transaction_id, points, balance, account, reason
        ) VALUES (
            p_member, money, place, p_transaction, reopened, balance + reopened, 'burned', 'refund'
        );
        place := place + 1;
    END IF;
    balance := balance + reopened;
    FOR piece IN
        SELECT u.lot_seq, u.points
          FROM public.transactions t
          JOIN public.lot_uses u ON u.member_id = p_member AND u.currency = money AND u.seq = t.first_seq
          JOIN public.postings b ON b.member_id = p_member AND b.currency = money AND b.seq = u.lot_seq
         WHERE t.member_id = p_member AND t.id = p_id
           AND coalesce(b.expires_on, '9999-12-31') < p_today AND p_grace > 0
         ORDER BY u.lot_seq
    LOOP
        balance := balance + piece.points;
        INSERT INTO public.postings (
            member_id, currency, seq, transaction_id, points, balance, account, reason,
            available_on, expires_on, origin_member_id, origin_currency, origin_seq
        ) VALUES (
            p_member, money, place, p_transaction, piece.points, balance, 'burned', 'refund_grace',
            p_today, p_today + p_grace, p_member, money, piece.lot_seq
        );
        INSERT INTO public.lots (
            member_id, currency, expires_on, seq, remaining, held, available_on
        ) VALUES (p_member, money, p_today + p_grace, place, piece.points, 0, p_today);
        place := place + 1;
    END LOOP;
    UPDATE public.wallets w
       SET available = w.available + bought.points, seq = place - 1, updated_at = p_now
     WHERE w.member_id = p_member AND w.currency = money
    RETURNING w.* INTO wallet;
    IF wallet.debt > 0 THEN
        PERFORM public.stoa_mature(p_member, money, p_now, p_today, gen_random_uuid());
        PERFORM public.stoa_repay(p_member, money, p_transaction, bought.points, 0);
    END IF;
    PERFORM public.stoa_expire(p_member, money, p_now, p_today, gen_random_uuid(), gen_random_uuid());
    SELECT w.* INTO wallet FROM public.wallets w WHERE w.member_id = p_member AND w.currency = money;
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
CREATE OR REPLACE FUNCTION public.stoa_roll(p_seed bytea, p_id uuid, p_nonce text)
RETURNS bigint LANGUAGE sql IMMUTABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT ('x' || left(encode(sha256(p_seed || uuid_send(p_id) || convert_to(p_nonce, 'UTF8')),
                               'hex'), 14))::bit(56)::bigint % 1000000;
$$;
