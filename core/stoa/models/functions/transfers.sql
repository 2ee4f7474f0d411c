-- Transfer: points go from one wallet to another and stay what they were; see `wallets.sql` for what
-- all functions keep to. A gift is no earning: it repays no debt of whoever receives it.
--
-- ST020  both wallets are the same       ST021  the day's limit (DETAIL: points left of it)


-- Bear a lot whose points were another lot's before: same last day, same payer, same price.
-- The wallet is locked by the caller; its figures and its number of postings follow here.
CREATE OR REPLACE FUNCTION public.stoa_bear(
    p_member uuid, p_currency text, p_now timestamptz, p_transaction uuid, p_points bigint,
    p_held bigint, p_reason text, p_origin uuid, p_expires_on date, p_lot bigint, p_available_on date,
    p_pending boolean
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wallet public.wallets;
    birth public.postings;
BEGIN
    SELECT p.* INTO birth FROM public.postings p
     WHERE p.member_id = p_origin AND p.currency = p_currency AND p.seq = p_lot;
    UPDATE public.wallets w
       SET available = w.available + CASE WHEN p_pending THEN 0 ELSE p_points - p_held END,
           pending = w.pending + CASE WHEN p_pending THEN p_points ELSE 0 END,
           held = w.held + p_held, seq = w.seq + 1, updated_at = p_now
     WHERE w.member_id = p_member AND w.currency = p_currency
    RETURNING w.* INTO wallet;
    INSERT INTO public.postings (
        member_id, currency, seq, transaction_id, points, balance, account, payer_id, reason, price,
        available_on, expires_on, origin_member_id, origin_currency, origin_seq
    ) VALUES (
        p_member, p_currency, wallet.seq, p_transaction, p_points,
        wallet.available + wallet.pending + wallet.held, 'transferred', birth.payer_id, p_reason,
        birth.price, p_available_on, nullif(p_expires_on, '9999-12-31'), p_origin, p_currency, p_lot
    );
    INSERT INTO public.lots (
        member_id, currency, expires_on, seq, remaining, held, available_on, pending
    ) VALUES (
        p_member, p_currency, p_expires_on, wallet.seq, p_points, p_held, p_available_on, p_pending
    );
    RETURN wallet.seq;
END $$;


-- Tell whose wallet a lot's points came from; a lot that replaced one of the same wallet, by a refund
-- after its last day, came from where that one did.
CREATE OR REPLACE FUNCTION public.stoa_giver(p_member uuid, p_currency text, p_seq bigint)
RETURNS uuid LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    birth public.postings;
BEGIN
    LOOP
        SELECT p.* INTO birth FROM public.postings p
         WHERE p.member_id = p_member AND p.currency = p_currency AND p.seq = p_seq;
        IF birth.origin_member_id IS DISTINCT FROM p_member THEN
            RETURN birth.origin_member_id;
        END IF;
        p_seq := birth.origin_seq;
    END LOOP;
END $$;


-- Move free points to another wallet, earliest expiry first; each lot keeps its last day.
-- What is owed can't be given away. Without `p_points` all goes that may, at most 10^12 at once;
-- with `p_origins` only what came from these wallets. `p_daily` limits a giver's day.
-- Returns the giver's figures, then the receiver's, then the points that moved.
CREATE OR REPLACE FUNCTION public.stoa_transfer(
    p_from uuid, p_to uuid, p_currency text, p_now timestamptz, p_today date, p_partner uuid,
    p_store uuid, p_key text, p_fingerprint bytea, p_transfer uuid, p_arrival uuid, p_points bigint,
    p_daily bigint, p_origins uuid[], p_reason text, p_reference text, p_actor text,
    p_events uuid[], p_facts jsonb, p_facts_to jsonb
) RETURNS TABLE (
    available bigint, pending bigint, held bigint, debt bigint, seq bigint,
    to_available bigint, to_pending bigint, to_held bigint, to_debt bigint, to_seq bigint, moved bigint
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    giver public.wallets;
    taker public.wallets;
    lot record;
    free bigint;
    rest bigint;
    taken bigint;
    place bigint;
    lines jsonb := '[]';
BEGIN
    IF p_from = p_to THEN
        RAISE EXCEPTION 'both wallets are the same' USING ERRCODE = 'ST020';
    END IF;
    PERFORM public.stoa_open_wallet(p_to, p_currency, p_now);
    PERFORM 1 FROM public.wallets w
      WHERE w.currency = p_currency AND w.member_id IN (p_from, p_to)
      ORDER BY w.member_id, w.currency FOR UPDATE;
    PERFORM 1 FROM public.keys k WHERE k.partner_id = p_partner AND k.key = p_key;
    IF FOUND THEN
        RAISE EXCEPTION 'the idempotency key was used before' USING ERRCODE = 'ST001';
    END IF;
    PERFORM public.stoa_mature(p_from, p_currency, p_now, p_today, gen_random_uuid())
       FROM public.wallets w
      WHERE w.member_id = p_from AND w.currency = p_currency AND w.pending > 0;
    SELECT w.* INTO giver FROM public.wallets w
     WHERE w.member_id = p_from AND w.currency = p_currency;

    SELECT coalesce(sum(l.remaining - l.held), 0) - coalesce(giver.debt, 0) INTO free
      FROM public.lots l JOIN public.postings p
        ON p.member_id = l.member_id AND p.currency = l.currency AND p.seq = l.seq
     WHERE l.member_id = p_from AND l.currency = p_currency AND l.expires_on >= p_today
       AND l.remaining > l.held AND NOT l.pending
       AND (p_origins IS NULL OR public.stoa_giver(p_from, p_currency, l.seq) = ANY(p_origins));
    moved := coalesce(p_points, least(greatest(free, 0), 1000000000000));
    IF moved > free AND moved > 0 THEN
        RAISE EXCEPTION 'not enough points' USING ERRCODE = 'ST003', DETAIL = greatest(free, 0);
    END IF;
    IF p_daily IS NOT NULL THEN
        SELECT p_daily + coalesce(sum(p.points), 0) INTO rest
          FROM public.transactions t JOIN public.postings p
            ON p.member_id = t.member_id AND p.currency = t.currency AND p.seq = t.first_seq
         WHERE t.member_id = p_from AND t.currency = p_currency AND t.kind = 'transfer_out'
           AND t.business_date = p_today;
        IF moved > rest THEN
            RAISE EXCEPTION 'the day has its limit' USING ERRCODE = 'ST021', DETAIL = greatest(rest, 0);
        END IF;
    END IF;

    IF moved > 0 THEN
        rest := moved;
        place := giver.seq + 1;
        INSERT INTO public.transactions (
            member_id, id, kind, currency, partner_id, store_id, subject_id, reference, business_date,
            occurred_at, recorded_at, first_seq, actor, reason_code, explanation
        ) VALUES (
            p_from, p_transfer, 'transfer_out', p_currency, p_partner, p_store, p_transfer,
            p_reference, p_today, p_now, p_now, place, p_actor, p_reason, jsonb_build_object(
                'lines', jsonb_build_array(jsonb_build_object(
                    'reason', p_reason, 'arithmetic', moved || ' points given')))
        );
        UPDATE public.wallets w SET available = w.available - moved, seq = place, updated_at = p_now
         WHERE w.member_id = p_from AND w.currency = p_currency
        RETURNING w.* INTO giver;
        INSERT INTO public.postings (
            member_id, currency, seq, transaction_id, points, balance, account, reason
        ) VALUES (
            p_from, p_currency, place, p_transfer, -moved,
            giver.available + giver.pending + giver.held, 'transferred', p_reason
        );
        FOR lot IN
            SELECT l.expires_on, l.seq, l.remaining - l.held AS free, l.available_on
              FROM public.lots l JOIN public.postings p
                ON p.member_id = l.member_id AND p.currency = l.currency AND p.seq = l.seq
             WHERE l.member_id = p_from AND l.currency = p_currency AND l.expires_on >= p_today
               AND l.remaining > l.held AND NOT l.pending
               AND (p_origins IS NULL OR public.stoa_giver(p_from, p_currency, l.seq) = ANY(p_origins))
             ORDER BY l.expires_on, l.seq
        LOOP
            EXIT WHEN rest = 0;
            taken := least(lot.free, rest);
            rest := rest - taken;
            PERFORM public.stoa_use_lot(
                p_from, p_currency, lot.expires_on, lot.seq, place, taken, 0);
            to_seq := public.stoa_bear(
                p_to, p_currency, p_now, p_arrival, taken, 0, p_reason, p_from, lot.expires_on,
                lot.seq, lot.available_on, false);
            lines := lines || jsonb_build_array(jsonb_build_object(
                'reason', p_reason, 'arithmetic', taken || ' points received'));
        END LOOP;
        INSERT INTO public.transactions (
            member_id, id, kind, currency, partner_id, store_id, subject_id, reference, business_date,
            occurred_at, recorded_at, first_seq, actor, reason_code, explanation
        ) VALUES (
            p_to, p_arrival, 'transfer_in', p_currency, p_partner, p_store, p_transfer, p_reference,
            p_today, p_now, p_now, to_seq - jsonb_array_length(lines) + 1, p_actor, p_reason,
            jsonb_build_object('lines', lines)
        );
        INSERT INTO public.outbox (member_id, id, topic, partner_id, at, facts, state, attempts)
        VALUES (p_from, p_events[1], 'points.transferred', p_partner, p_now,
                p_facts || jsonb_build_object('points', -moved), 'new', 0),
               (p_to, p_events[2], 'points.transferred', p_partner, p_now,
                p_facts_to || jsonb_build_object('points', moved), 'new', 0);
    END IF;

    SELECT w.* INTO taker FROM public.wallets w
     WHERE w.member_id = p_to AND w.currency = p_currency;
    IF p_key IS NOT NULL THEN
        PERFORM public.stoa_remember(
            p_from, p_partner, p_key, p_fingerprint, p_transfer, giver, p_now);
        UPDATE public.keys k SET answer = jsonb_build_array(
            p_to, moved, taker.available, taker.pending, taker.held, taker.debt, taker.seq)::text
         WHERE k.partner_id = p_partner AND k.key = p_key;
    END IF;
    available := giver.available; pending := giver.pending; held := giver.held;
    debt := giver.debt; seq := giver.seq;
    to_available := taker.available; to_pending := taker.pending; to_held := taker.held;
    to_debt := taker.debt; to_seq := taker.seq;
    RETURN NEXT;
END $$;
