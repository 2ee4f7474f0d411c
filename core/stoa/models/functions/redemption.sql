-- Redeem: hold, capture, release; see `wallets.sql` for what all functions keep to.


-- Set points aside for a redemption, earliest expiry first; lots past `p_today` don't count.
CREATE OR REPLACE FUNCTION public.stoa_hold(
    p_member uuid, p_currency text, p_now timestamptz, p_today date, p_partner uuid, p_store uuid,
    p_key text, p_fingerprint bytea, p_hold uuid, p_points bigint, p_worth_minor bigint,
    p_purpose text, p_reward text, p_reference text, p_expires_at timestamptz, p_business_date date,
    p_event uuid, p_facts jsonb
) RETURNS SETOF public.wallets LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wallet public.wallets;
    lot record;
    rest bigint := p_points;
    taken bigint;
    pieces jsonb := '[]';
BEGIN
    UPDATE public.wallets w
       SET available = w.available - p_points, held = w.held + p_points, updated_at = p_now
     WHERE w.member_id = p_member AND w.currency = p_currency AND w.available >= p_points
    RETURNING w.* INTO wallet;
    IF NOT FOUND THEN
        SELECT w.available - coalesce(sum(l.remaining - l.held), 0) INTO rest
          FROM public.wallets w LEFT JOIN public.lots l
            ON l.member_id = w.member_id AND l.currency = w.currency AND l.expires_on < p_today
         WHERE w.member_id = p_member AND w.currency = p_currency GROUP BY w.available;
        PERFORM 1 FROM public.keys WHERE partner_id = p_partner AND key = p_key;
        RAISE EXCEPTION 'not enough points' USING
            ERRCODE = CASE WHEN FOUND THEN 'ST001' ELSE 'ST003' END, DETAIL = coalesce(rest, 0);
    END IF;
    FOR lot IN
        SELECT l.expires_on, l.seq, l.remaining - l.held AS free FROM public.lots l
         WHERE l.member_id = p_member AND l.currency = p_currency AND l.expires_on >= p_today
           AND l.remaining > l.held AND l.available_on <= p_today
         ORDER BY l.expires_on, l.seq
    LOOP
        taken := least(lot.free, rest);
        UPDATE public.lots l SET held = l.held + taken
         WHERE l.member_id = p_member AND l.currency = p_currency
           AND l.expires_on = lot.expires_on AND l.seq = lot.seq;
        pieces := pieces || jsonb_build_array(jsonb_build_array(lot.expires_on, lot.seq, taken));
        rest := rest - taken;
        EXIT WHEN rest = 0;
    END LOOP;
    IF rest > 0 THEN
        RAISE EXCEPTION 'not enough points' USING ERRCODE = 'ST003', DETAIL = p_points - rest;
    END IF;

    INSERT INTO public.holds (
        member_id, id, currency, partner_id, store_id, state, points, captured, worth_minor, purpose,
        reward, reference, created_at, expires_at, business_date, lots
    ) VALUES (
        p_member, p_hold, p_currency, p_partner, p_store, 'held', p_points, 0, p_worth_minor, p_purpose,
        p_reward, p_reference, p_now, p_expires_at, p_business_date, pieces
    );
    IF p_key IS NOT NULL THEN
        PERFORM public.stoa_remember(p_member, p_partner, p_key, p_fingerprint, p_hold, wallet, p_now);
    END IF;
    INSERT INTO public.outbox (member_id, id, topic, partner_id, at, facts, state, attempts)
    VALUES (p_member, p_event, 'points.reserved', p_partner, p_now, p_facts, 'new', 0);
    RETURN NEXT wallet;
END $$;


-- Burn points of a hold and let go of the rest; final.
CREATE OR REPLACE FUNCTION public.stoa_capture(
    p_member uuid, p_currency text, p_now timestamptz, p_today date, p_partner uuid,
    p_key text, p_fingerprint bytea, p_hold uuid, p_points bigint, p_reference text,
    p_price numeric, p_actor text, p_explanation jsonb,
    p_expiry uuid, p_event uuid, p_facts jsonb
) RETURNS SETOF public.wallets LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wallet public.wallets;
    hold public.holds;
    piece record;
    rest bigint := p_points;
    used bigint;
BEGIN
    SELECT w.* INTO wallet FROM public.wallets w
     WHERE w.member_id = p_member AND w.currency = p_currency FOR UPDATE;
    SELECT h.* INTO hold FROM public.holds h
     WHERE h.member_id = p_member AND h.id = p_hold AND h.partner_id = p_partner;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such hold' USING ERRCODE = 'ST008';
    ELSIF hold.state <> 'held' THEN
        PERFORM 1 FROM public.keys WHERE partner_id = p_partner AND key = p_key;
        RAISE EXCEPTION 'the hold is resolved' USING
            ERRCODE = CASE WHEN FOUND THEN 'ST001' ELSE 'ST004' END, DETAIL = hold.state;
    ELSIF hold.expires_at <= p_now THEN
        RAISE EXCEPTION 'the hold has expired' USING ERRCODE = 'ST005';
    ELSIF p_points > hold.points THEN
        RAISE EXCEPTION 'more than was held' USING ERRCODE = 'ST006', DETAIL = hold.points;
    END IF;

    UPDATE public.wallets w
       SET held = w.held - hold.points, available = w.available + hold.points - p_points,
           seq = w.seq + 1, updated_at = p_now
     WHERE w.member_id = p_member AND w.currency = p_currency
    RETURNING w.* INTO wallet;
    UPDATE public.holds h
       SET state = 'captured', captured = p_points, resolved_at = p_now, reference = p_reference
     WHERE h.member_id = p_member AND h.id = p_hold;
    INSERT INTO public.transactions (
        member_id, id, kind, currency, partner_id, store_id, subject_id, reference, business_date,
        occurred_at, recorded_at, first_seq, actor, reason_code, explanation
    ) VALUES (
        p_member, p_hold, 'redeem', p_currency, p_partner, hold.store_id, p_hold, p_reference,
        hold.business_date, p_now, p_now, wallet.seq, p_actor, hold.purpose, p_explanation
    );
    INSERT INTO public.postings (
        member_id, currency, seq, transaction_id, points, balance, account, partner_id, reason, price
    ) VALUES (
        p_member, p_currency, wallet.seq, p_hold, -p_points,
        wallet.available + wallet.pending + wallet.held, 'burned', p_partner, hold.purpose, p_price
    );
    FOR piece IN
        SELECT (e ->> 0)::date AS expires_on, (e ->> 1)::bigint AS seq, (e ->> 2)::bigint AS points
          FROM jsonb_array_elements(hold.lots) WITH ORDINALITY AS each (e, n) ORDER BY n
    LOOP
        used := least(piece.points, rest);
        PERFORM public.stoa_use_lot(
            p_member, p_currency, piece.expires_on, piece.seq, wallet.seq, used, piece.points);
        rest := rest - used;
    END LOOP;
    IF p_points < hold.points THEN
        PERFORM public.stoa_expire(p_member, p_currency, p_now, p_today, p_expiry, p_expiry);
        SELECT w.* INTO wallet FROM public.wallets w
         WHERE w.member_id = p_member AND w.currency = p_currency;
    END IF;

    IF p_key IS NOT NULL THEN
        PERFORM public.stoa_remember(
            p_member, p_partner, p_key, p_fingerprint, p_hold, wallet, p_now);
    END IF;
    INSERT INTO public.outbox (member_id, id, topic, partner_id, at, facts, state, attempts)
    VALUES (p_member, p_event, 'points.burned', p_partner, p_now, p_facts, 'new', 0);
    RETURN NEXT wallet;
END $$;


-- Let go of a whole hold: 'voided' by its partner, or 'expired' by the clock.
-- A lot whose day passed under the hold expires at once (economics §3.8).
CREATE OR REPLACE FUNCTION public.stoa_release(
    p_member uuid, p_currency text, p_now timestamptz, p_today date, p_partner uuid,
    p_key text, p_fingerprint bytea, p_hold uuid, p_state text, p_expiry uuid,
    p_event uuid, p_facts jsonb
) RETURNS SETOF public.wallets LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wallet public.wallets;
    hold public.holds;
    piece record;
BEGIN
    SELECT w.* INTO wallet FROM public.wallets w
     WHERE w.member_id = p_member AND w.currency = p_currency FOR UPDATE;
    SELECT h.* INTO hold FROM public.holds h
     WHERE h.member_id = p_member AND h.id = p_hold AND h.partner_id = p_partner;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such hold' USING ERRCODE = 'ST008';
    ELSIF hold.state <> 'held' THEN
        PERFORM 1 FROM public.keys WHERE partner_id = p_partner AND key = p_key;
        RAISE EXCEPTION 'the hold is resolved' USING
            ERRCODE = CASE WHEN FOUND THEN 'ST001' ELSE 'ST004' END, DETAIL = hold.state;
    ELSIF p_state = 'expired' AND hold.expires_at > p_now THEN
        RAISE EXCEPTION 'the hold has time left' USING ERRCODE = 'ST004', DETAIL = hold.state;
    END IF;

    UPDATE public.wallets w
       SET held = w.held - hold.points, available = w.available + hold.points, updated_at = p_now
     WHERE w.member_id = p_member AND w.currency = p_currency
    RETURNING w.* INTO wallet;
    UPDATE public.holds h SET state = p_state, resolved_at = p_now
     WHERE h.member_id = p_member AND h.id = p_hold;
    FOR piece IN
        SELECT (e ->> 0)::date AS expires_on, (e ->> 1)::bigint AS seq, (e ->> 2)::bigint AS points
          FROM jsonb_array_elements(hold.lots) AS e
    LOOP
        PERFORM public.stoa_use_lot(
            p_member, p_currency, piece.expires_on, piece.seq, 0, 0, piece.points);
    END LOOP;
    PERFORM public.stoa_expire(p_member, p_currency, p_now, p_today, p_expiry, p_expiry);
    SELECT w.* INTO wallet FROM public.wallets w
     WHERE w.member_id = p_member AND w.currency = p_currency;

    IF p_key IS NOT NULL THEN
        PERFORM public.stoa_remember(p_member, p_partner, p_key, p_fingerprint, p_hold, wallet, p_now);
    END IF;
    INSERT INTO public.outbox (member_id, id, topic, partner_id, at, facts, state, attempts)
    VALUES (p_member, p_event, 'points.released', p_partner, p_now, p_facts, 'new', 0);
    RETURN NEXT wallet;
END $$;
