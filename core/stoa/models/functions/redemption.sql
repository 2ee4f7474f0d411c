-- Redeem: hold, extend, capture, release, refund; see `wallets.sql` for what all functions keep to.


-- Set points aside for a redemption, earliest expiry first; lots past `p_today` don't count, nor do
-- pending ones, nor, where the debt counts against the balance (`p_net`), as many points as are owed.
CREATE OR REPLACE FUNCTION public.stoa_hold(
    p_member uuid, p_currency text, p_now timestamptz, p_today date, p_partner uuid, p_store uuid,
    p_key text, p_fingerprint bytea, p_hold uuid, p_points bigint, p_worth_minor bigint,
    p_purpose text, p_reward text, p_reference text, p_expires_at timestamptz, p_business_date date,
    p_spender uuid, p_net boolean, p_event uuid, p_facts jsonb
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
     WHERE w.member_id = p_member AND w.currency = p_currency
       AND w.available - CASE WHEN p_net THEN w.debt ELSE 0 END >= p_points
    RETURNING w.* INTO wallet;
    IF NOT FOUND AND public.stoa_mature(p_member, p_currency, p_now, p_today, gen_random_uuid()) > 0 THEN
        UPDATE public.wallets w
           SET available = w.available - p_points, held = w.held + p_points, updated_at = p_now
         WHERE w.member_id = p_member AND w.currency = p_currency
           AND w.available - CASE WHEN p_net THEN w.debt ELSE 0 END >= p_points
        RETURNING w.* INTO wallet;
    ELSIF wallet.pending > 0 THEN
        PERFORM public.stoa_mature(p_member, p_currency, p_now, p_today, gen_random_uuid());
        SELECT w.* INTO wallet FROM public.wallets w
         WHERE w.member_id = p_member AND w.currency = p_currency;
    END IF;
    IF wallet IS NULL THEN
        SELECT w.available - CASE WHEN p_net THEN w.debt ELSE 0 END
               - coalesce(sum(l.remaining - l.held), 0) INTO rest
          FROM public.wallets w LEFT JOIN public.lots l
            ON l.member_id = w.member_id AND l.currency = w.currency AND l.expires_on < p_today
         WHERE w.member_id = p_member AND w.currency = p_currency GROUP BY w.available, w.debt;
        PERFORM 1 FROM public.keys WHERE partner_id = p_partner AND key = p_key;
        RAISE EXCEPTION 'not enough points' USING
            ERRCODE = CASE WHEN FOUND THEN 'ST001' ELSE 'ST003' END, DETAIL = coalesce(rest, 0);
    END IF;
    FOR lot IN
        SELECT l.expires_on, l.seq, l.remaining - l.held AS free FROM public.lots l
         WHERE l.member_id = p_member AND l.currency = p_currency AND l.expires_on >= p_today
           AND l.remaining > l.held AND NOT l.pending
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
        reward, reference, created_at, expires_at, business_date, lots, spender_id
    ) VALUES (
        p_member, p_hold, p_currency, p_partner, p_store, 'held', p_points, 0, p_worth_minor, p_purpose,
        p_reward, p_reference, p_now, p_expires_at, p_business_date, pieces, p_spender
    );
    IF p_key IS NOT NULL THEN
        PERFORM public.stoa_remember(p_member, p_partner, p_key, p_fingerprint, p_hold, wallet, p_now);
    END IF;
    INSERT INTO public.outbox (member_id, id, topic, partner_id, at, facts, state, attempts)
    VALUES (p_member, p_event, 'points.reserved', p_partner, p_now, p_facts, 'new', 0);
    RETURN NEXT wallet;
END $$;


-- Burn points of a hold and let go of the rest; final. A reward's are its provider's, the operator's
-- without a price where it has none; all others are the till's partner's.
CREATE OR REPLACE FUNCTION public.stoa_capture(
    p_member uuid, p_currency text, p_now timestamptz, p_today date, p_partner uuid,
    p_key text, p_fingerprint bytea, p_hold uuid, p_points bigint, p_reference text,
    p_price numeric, p_actor text, p_explanation jsonb,
    p_expiry uuid, p_event uuid, p_facts jsonb
) RETURNS SETOF public.wallets LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wallet public.wallets;
    hold public.holds;
    payee uuid := p_partner;
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
    IF hold.purpose = 'reward' THEN
        payee := public.stoa_issue_order(hold, p_points, p_now);
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
        wallet.available + wallet.pending + wallet.held, 'burned', payee, hold.purpose,
        CASE WHEN payee IS NULL THEN 0 ELSE p_price END
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
    PERFORM public.stoa_close_order(p_member, p_hold, p_state, p_now, 'hold');
    SELECT w.* INTO wallet FROM public.wallets w
     WHERE w.member_id = p_member AND w.currency = p_currency;

    IF p_key IS NOT NULL THEN
        PERFORM public.stoa_remember(p_member, p_partner, p_key, p_fingerprint, p_hold, wallet, p_now);
    END IF;
    INSERT INTO public.outbox (member_id, id, topic, partner_id, at, facts, state, attempts)
    VALUES (p_member, p_event, 'points.released', p_partner, p_now, p_facts, 'new', 0);
    RETURN NEXT wallet;
END $$;


-- Give an open hold more time, once.
CREATE OR REPLACE FUNCTION public.stoa_extend(
    p_member uuid, p_currency text, p_now timestamptz, p_partner uuid, p_key text,
    p_fingerprint bytea, p_hold uuid, p_expires_at timestamptz
) RETURNS SETOF public.wallets LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wallet public.wallets;
    hold public.holds;
BEGIN
    SELECT w.* INTO wallet FROM public.wallets w
     WHERE w.member_id = p_member AND w.currency = p_currency FOR UPDATE;
    SELECT h.* INTO hold FROM public.holds h
     WHERE h.member_id = p_member AND h.id = p_hold AND h.partner_id = p_partner;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such hold' USING ERRCODE = 'ST008';
    ELSIF hold.extended OR hold.state <> 'held' THEN
        PERFORM 1 FROM public.keys WHERE partner_id = p_partner AND key = p_key;
        RAISE EXCEPTION 'no more time' USING DETAIL = hold.state, ERRCODE = CASE
            WHEN FOUND THEN 'ST001' WHEN hold.state <> 'held' THEN 'ST004' ELSE 'ST011' END;
    ELSIF hold.expires_at <= p_now THEN
        RAISE EXCEPTION 'the hold has expired' USING ERRCODE = 'ST005';
    END IF;
    UPDATE public.holds h SET expires_at = greatest(h.expires_at, p_expires_at), extended = true
     WHERE h.member_id = p_member AND h.id = p_hold;
    IF p_key IS NOT NULL THEN
        PERFORM public.stoa_remember(p_member, p_partner, p_key, p_fingerprint, p_hold, wallet, p_now);
    END IF;
    RETURN NEXT wallet;
END $$;


-- Give captured points back to the lots they came from, those taken last first, as if fewer had been
-- captured; what is owed is repaid of them. A lot past its last day gives its points to a new one that lives `p_grace` days, or,
-- without grace, they expire at once where all can see it (economics §3.8).
CREATE OR REPLACE FUNCTION public.stoa_give_back(
    p_member uuid, p_currency text, p_now timestamptz, p_today date, p_partner uuid, p_hold uuid,
    p_points bigint, p_transaction uuid, p_reference text, p_actor text, p_explanation jsonb,
    p_grace integer
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wallet public.wallets;
    hold public.holds;
    burn public.postings;
    birth public.postings;
    piece record;
    skip bigint;
    rest bigint := p_points;
    part bigint;
    reopened bigint := 0;
    given bigint := 0;
    balance bigint;
    place bigint;
    late jsonb := '[]';
BEGIN
    SELECT w.* INTO wallet FROM public.wallets w
     WHERE w.member_id = p_member AND w.currency = p_currency FOR UPDATE;
    SELECT h.* INTO hold FROM public.holds h
     WHERE h.member_id = p_member AND h.id = p_hold AND h.partner_id = p_partner;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such hold' USING ERRCODE = 'ST008';
    ELSIF hold.state <> 'captured' THEN
        RAISE EXCEPTION 'the hold is not captured' USING ERRCODE = 'ST004', DETAIL = hold.state;
    ELSIF p_points > hold.captured - hold.refunded THEN
        RAISE EXCEPTION 'more than is left' USING
            ERRCODE = 'ST010', DETAIL = hold.captured - hold.refunded;
    ELSIF hold.purpose = 'reward' AND p_points < hold.captured - hold.refunded THEN
        PERFORM 1 FROM public.orders o WHERE o.member_id = p_member AND o.id = p_hold;
        IF FOUND THEN
            RAISE EXCEPTION 'a reward is refunded as a whole' USING
                ERRCODE = 'ST092', DETAIL = hold.captured;
        END IF;
    END IF;
    SELECT p.* INTO burn FROM public.postings p
      JOIN public.transactions t ON t.member_id = p.member_id AND t.id = p_hold AND t.first_seq = p.seq
     WHERE p.member_id = p_member AND p.currency = p_currency;
    UPDATE public.holds h SET refunded = h.refunded + p_points
     WHERE h.member_id = p_member AND h.id = p_hold;
    PERFORM public.stoa_close_order(p_member, p_hold, 'refunded', p_now, p_actor);
    INSERT INTO public.transactions (
        member_id, id, kind, currency, partner_id, store_id, subject_id, reference, business_date,
        occurred_at, recorded_at, first_seq, actor, reason_code, explanation
    ) VALUES (
        p_member, p_transaction, 'refund', p_currency, p_partner, hold.store_id, p_hold, p_reference,
        p_today, p_now, p_now, wallet.seq + 1, p_actor, hold.purpose,
        p_explanation || jsonb_build_object('points', p_points, 'refunded', hold.refunded + p_points)
    );
    balance := wallet.available + wallet.pending + wallet.held;
    place := wallet.seq + 1;

    skip := hold.refunded;
    FOR piece IN
        SELECT each.expires_on, each.seq, least(each.points, hold.captured - each.before) AS points
          FROM (SELECT (e ->> 0)::date AS expires_on, (e ->> 1)::bigint AS seq, n,
                       (e ->> 2)::bigint AS points,
                       sum((e ->> 2)::bigint) OVER (ORDER BY n) - (e ->> 2)::bigint AS before
                  FROM jsonb_array_elements(hold.lots) WITH ORDINALITY AS raw (e, n)) AS each
         WHERE each.before < hold.captured
         ORDER BY each.n DESC
    LOOP
        part := greatest(piece.points - skip, 0);
        skip := greatest(skip - piece.points, 0);
        part := least(part, rest);
        CONTINUE WHEN part = 0;
        rest := rest - part;
        IF piece.expires_on < p_today AND p_grace > 0 THEN
            late := late || jsonb_build_array(jsonb_build_array(piece.seq, part));
            CONTINUE;
        END IF;
        reopened := reopened + part;
        INSERT INTO public.lot_uses (member_id, currency, seq, lot_seq, points)
        VALUES (p_member, p_currency, place, piece.seq, -part);
        IF piece.expires_on < p_today THEN
            late := late || jsonb_build_array(jsonb_build_array(piece.seq, part));
            CONTINUE;
        END IF;
        SELECT p.* INTO birth FROM public.postings p
         WHERE p.member_id = p_member AND p.currency = p_currency AND p.seq = piece.seq;
        INSERT INTO public.lots AS l (
            member_id, currency, expires_on, seq, remaining, held, available_on
        ) VALUES (
            p_member, p_currency, piece.expires_on, piece.seq, part, 0,
            coalesce(birth.available_on, p_today)
        ) ON CONFLICT (member_id, currency, expires_on, seq)
          DO UPDATE SET remaining = l.remaining + part;
        given := given + part;
    END LOOP;
    IF rest > 0 THEN
        RAISE EXCEPTION 'hold % took fewer points than it gives back', p_hold;
    END IF;

    IF reopened > 0 THEN
        balance := balance + reopened;
        INSERT INTO public.postings (
            member_id, currency, seq, transaction_id, points, balance, account, partner_id, reason, price
        ) VALUES (
            p_member, p_currency, place, p_transaction, reopened, balance, 'burned', burn.partner_id,
            'refund', burn.price
        );
    ELSE
        place := place - 1;
    END IF;
    FOR piece IN SELECT (e ->> 0)::bigint AS seq, (e ->> 1)::bigint AS points
                   FROM jsonb_array_elements(late) AS e LOOP
        place := place + 1;
        IF p_grace > 0 THEN
            balance := balance + piece.points;
            given := given + piece.points;
            INSERT INTO public.postings (
                member_id, currency, seq, transaction_id, points, balance, account, partner_id,
                reason, price, available_on, expires_on, origin_member_id, origin_currency, origin_seq
            ) VALUES (
                p_member, p_currency, place, p_transaction, piece.points, balance, 'burned', burn.partner_id,
                'refund_grace', burn.price, p_today, p_today + p_grace, p_member, p_currency, piece.seq
            );
            INSERT INTO public.lots (
                member_id, currency, expires_on, seq, remaining, held, available_on
            ) VALUES (
                p_member, p_currency, p_today + p_grace, place, piece.points, 0, p_today
            );
        ELSE
            balance := balance - piece.points;
            INSERT INTO public.postings (
                member_id, currency, seq, transaction_id, points, balance, account, reason
            ) VALUES (
                p_member, p_currency, place, p_transaction, -piece.points, balance, 'expired', 'expiry'
            );
            INSERT INTO public.lot_uses (member_id, currency, seq, lot_seq, points)
            VALUES (p_member, p_currency, place, piece.seq, piece.points);
        END IF;
    END LOOP;
    UPDATE public.wallets w SET available = w.available + given, seq = place, updated_at = p_now
     WHERE w.member_id = p_member AND w.currency = p_currency;
    IF wallet.debt > 0 THEN
        PERFORM public.stoa_mature(p_member, p_currency, p_now, p_today, gen_random_uuid());
        PERFORM public.stoa_repay(p_member, p_currency, p_transaction, given, 0);
    END IF;
    RETURN given;
END $$;


-- Refund points of a captured hold, in part or whole, at most what was captured in all.
CREATE OR REPLACE FUNCTION public.stoa_refund(
    p_member uuid, p_currency text, p_now timestamptz, p_today date, p_partner uuid,
    p_key text, p_fingerprint bytea, p_hold uuid, p_points bigint, p_transaction uuid,
    p_reference text, p_actor text, p_explanation jsonb, p_grace integer, p_event uuid, p_facts jsonb
) RETURNS SETOF public.wallets LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wallet public.wallets;
BEGIN
    PERFORM 1 FROM public.wallets w
      WHERE w.member_id = p_member AND w.currency = p_currency FOR UPDATE;
    PERFORM 1 FROM public.keys WHERE partner_id = p_partner AND key = p_key;
    IF FOUND THEN
        RAISE EXCEPTION 'the idempotency key was used before' USING ERRCODE = 'ST001';
    END IF;
    PERFORM public.stoa_give_back(
        p_member, p_currency, p_now, p_today, p_partner, p_hold, p_points, p_transaction, p_reference,
        p_actor, p_explanation, p_grace);
    SELECT w.* INTO wallet FROM public.wallets w
     WHERE w.member_id = p_member AND w.currency = p_currency;
    IF p_key IS NOT NULL THEN
        PERFORM public.stoa_remember(
            p_member, p_partner, p_key, p_fingerprint, p_transaction, wallet, p_now);
    END IF;
    INSERT INTO public.outbox (member_id, id, topic, partner_id, at, facts, state, attempts)
    VALUES (p_member, p_event, 'points.refunded', p_partner, p_now, p_facts, 'new', 0);
    RETURN NEXT wallet;
END $$;
