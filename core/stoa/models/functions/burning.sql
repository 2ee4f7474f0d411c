-- Burning: points that members give the operator for something to be drawn, and their way back; see
-- `wallets.sql` for what all functions keep to. The callers have locked the wallet.


-- Burn free points, earliest expiry first; the operator's own, so nobody settles them. With `p_net`
-- points that are owed can't be spent. `p_kind` is the transaction's kind and the posting's reason.
CREATE OR REPLACE FUNCTION public.stoa_burn(
    p_member uuid, p_currency text, p_now timestamptz, p_today date, p_id uuid, p_kind text,
    p_reference text, p_points bigint, p_net boolean, p_actor text, p_explanation jsonb
) RETURNS public.wallets LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wallet public.wallets;
    lot record;
    free bigint;
    rest bigint := p_points;
    used bigint;
BEGIN
    SELECT w.* INTO wallet FROM public.wallets w
     WHERE w.member_id = p_member AND w.currency = p_currency FOR UPDATE;
    IF wallet.pending > 0 THEN
        PERFORM public.stoa_mature(p_member, p_currency, p_now, p_today, gen_random_uuid());
        SELECT w.* INTO wallet FROM public.wallets w
         WHERE w.member_id = p_member AND w.currency = p_currency;
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
        p_member, p_id, p_kind, p_currency, p_id, p_reference, p_today, p_now, p_now,
        wallet.seq + 1, p_actor, p_kind, p_explanation
    );
    INSERT INTO public.postings (
        member_id, currency, seq, transaction_id, points, balance, account, reason
    ) VALUES (
        p_member, p_currency, wallet.seq + 1, p_id, -p_points,
        wallet.available + wallet.pending + wallet.held - p_points, 'burned', p_kind
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
    RETURN wallet;
END $$;


-- Give back all that the transaction `p_id` burned: to the lots the points came from, with their last
-- day; those of a lot past it to a new lot that lives `p_grace` days, or, without grace, they expire
-- at once where all can see it (economics §3.8). What is owed is repaid of them.
CREATE OR REPLACE FUNCTION public.stoa_unburn(
    p_member uuid, p_currency text, p_now timestamptz, p_today date, p_id uuid, p_transaction uuid,
    p_grace integer, p_actor text, p_explanation jsonb
) RETURNS public.wallets LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wallet public.wallets;
    burn public.transactions;
    piece record;
    total bigint;
    reopened bigint := 0;
    balance bigint;
    place bigint;
BEGIN
    SELECT w.* INTO wallet FROM public.wallets w
     WHERE w.member_id = p_member AND w.currency = p_currency FOR UPDATE;
    SELECT t.* INTO STRICT burn FROM public.transactions t
     WHERE t.member_id = p_member AND t.id = p_id;
    SELECT sum(u.points) INTO STRICT total FROM public.lot_uses u
     WHERE u.member_id = p_member AND u.currency = p_currency AND u.seq = burn.first_seq;
    INSERT INTO public.transactions (
        member_id, id, kind, currency, subject_id, reference, business_date, occurred_at, recorded_at,
        first_seq, actor, reason_code, explanation
    ) VALUES (
        p_member, p_transaction, 'refund', p_currency, p_id, burn.reference, p_today, p_now, p_now,
        wallet.seq + 1, p_actor, burn.kind, p_explanation
    );
    balance := wallet.available + wallet.pending + wallet.held;
    place := wallet.seq + 1;
    FOR piece IN
        SELECT u.lot_seq, u.points, coalesce(b.expires_on, '9999-12-31') AS expires_on, b.available_on
          FROM public.lot_uses u
          JOIN public.postings b ON b.member_id = p_member AND b.currency = p_currency AND b.seq = u.lot_seq
         WHERE u.member_id = p_member AND u.currency = p_currency AND u.seq = burn.first_seq
           AND (p_today <= coalesce(b.expires_on, '9999-12-31') OR p_grace = 0)
         ORDER BY u.lot_seq
    LOOP
        reopened := reopened + piece.points;
        INSERT INTO public.lot_uses (member_id, currency, seq, lot_seq, points)
        VALUES (p_member, p_currency, place, piece.lot_seq, -piece.points);
        INSERT INTO public.lots AS l (
            member_id, currency, expires_on, seq, remaining, held, available_on
        ) VALUES (
            p_member, p_currency, piece.expires_on, piece.lot_seq, piece.points, 0, piece.available_on
        ) ON CONFLICT (member_id, currency, expires_on, seq)
          DO UPDATE SET remaining = l.remaining + piece.points;
    END LOOP;
    IF reopened > 0 THEN
        INSERT INTO public.postings (
            member_id, currency, seq, transaction_id, points, balance, account, reason
        ) VALUES (
            p_member, p_currency, place, p_transaction, reopened, balance + reopened, 'burned', 'refund'
        );
        place := place + 1;
    END IF;
    balance := balance + reopened;
    FOR piece IN
        SELECT u.lot_seq, u.points
          FROM public.lot_uses u
          JOIN public.postings b ON b.member_id = p_member AND b.currency = p_currency AND b.seq = u.lot_seq
         WHERE u.member_id = p_member AND u.currency = p_currency AND u.seq = burn.first_seq
           AND coalesce(b.expires_on, '9999-12-31') < p_today AND p_grace > 0
         ORDER BY u.lot_seq
    LOOP
        balance := balance + piece.points;
        INSERT INTO public.postings (
            member_id, currency, seq, transaction_id, points, balance, account, reason,
            available_on, expires_on, origin_member_id, origin_currency, origin_seq
        ) VALUES (
            p_member, p_currency, place, p_transaction, piece.points, balance, 'burned', 'refund_grace',
            p_today, p_today + p_grace, p_member, p_currency, piece.lot_seq
        );
        INSERT INTO public.lots (
            member_id, currency, expires_on, seq, remaining, held, available_on
        ) VALUES (p_member, p_currency, p_today + p_grace, place, piece.points, 0, p_today);
        place := place + 1;
    END LOOP;
    UPDATE public.wallets w
       SET available = w.available + total, seq = place - 1, updated_at = p_now
     WHERE w.member_id = p_member AND w.currency = p_currency
    RETURNING w.* INTO wallet;
    IF wallet.debt > 0 THEN
        PERFORM public.stoa_mature(p_member, p_currency, p_now, p_today, gen_random_uuid());
        PERFORM public.stoa_repay(p_member, p_currency, p_transaction, total, 0);
    END IF;
    PERFORM public.stoa_expire(p_member, p_currency, p_now, p_today, gen_random_uuid(), gen_random_uuid());
    SELECT w.* INTO wallet FROM public.wallets w WHERE w.member_id = p_member AND w.currency = p_currency;
    RETURN wallet;
END $$;
