-- Return: what returned goods had earned goes back; see `wallets.sql` for what all functions keep to.


-- Take back what returned goods had earned: from the lots they bore, then from pending ones, then from
-- those that end first. What is spent already is owed, or left uncollected by the policy 'floor'.
-- First the points that were paid come back: `p_restores` lists ``{member, currency, hold, points,
-- transaction, explanation}``, for a household may have paid, in another currency.
-- `p_lots` names for each line the posting that had brought its points. What these had drawn of their
-- payers' funding goes back to it, last of all (see `funding.sql`).
CREATE OR REPLACE FUNCTION public.stoa_reverse(
    p_member uuid, p_currency text, p_now timestamptz, p_today date, p_partner uuid, p_store uuid,
    p_key text, p_fingerprint bytea, p_purchase uuid, p_version integer, p_status text,
    p_returned jsonb, p_given_back jsonb, p_restores jsonb, p_grace integer, p_policy text,
    p_kind text, p_terminal text, p_receipt text, p_business_date date,
    p_transaction uuid, p_actor text, p_explanation jsonb,
    p_sum bigint, p_points bigint[], p_reasons text[], p_payers uuid[], p_lots bigint[],
    p_event uuid, p_facts jsonb
) RETURNS SETOF public.wallets LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wallet public.wallets;
    lot record;
    line record;
    restore jsonb;
    ripe bigint := 0;
    rest bigint;
    owed bigint;
    taken bigint;
    need bigint;
    used bigint;
    balance bigint;
    place bigint;
    backs bigint[] := '{}';
    lots bigint[] := '{}';
    parts bigint[] := '{}';
BEGIN
    PERFORM 1 FROM public.wallets w
      WHERE (w.member_id, w.currency) = (p_member, p_currency) OR (w.member_id, w.currency) IN (
            SELECT (e ->> 'member')::uuid, e ->> 'currency' FROM jsonb_array_elements(p_restores) AS e)
      ORDER BY w.member_id, w.currency FOR UPDATE;
    UPDATE public.purchases p
       SET returned = p_returned, given_back = p_given_back, status = p_status, version = p.version + 1
     WHERE p.member_id = p_member AND p.id = p_purchase AND p.version = p_version;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the purchase has changed' USING ERRCODE = 'ST007';
    END IF;
    IF p_receipt <> '' THEN
        INSERT INTO public.receipts (business_date, store_id, terminal, receipt_no, kind, subject_id)
        VALUES (p_business_date, p_store, p_terminal, p_receipt, p_kind, p_transaction)
        ON CONFLICT DO NOTHING;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'the return was reported before' USING ERRCODE = 'ST002';
        END IF;
    END IF;

    FOR restore IN SELECT * FROM jsonb_array_elements(p_restores) LOOP
        PERFORM public.stoa_give_back(
            (restore ->> 'member')::uuid, restore ->> 'currency', p_now, p_today, p_partner,
            (restore ->> 'hold')::uuid, (restore ->> 'points')::bigint,
            (restore ->> 'transaction')::uuid, p_receipt, p_actor, restore -> 'explanation', p_grace);
    END LOOP;
    SELECT w.* INTO wallet FROM public.wallets w
     WHERE w.member_id = p_member AND w.currency = p_currency;
    IF wallet.pending > 0 THEN
        PERFORM public.stoa_mature(p_member, p_currency, p_now, p_today, gen_random_uuid());
        SELECT w.* INTO wallet FROM public.wallets w
         WHERE w.member_id = p_member AND w.currency = p_currency;
    END IF;
    rest := least(p_sum, wallet.available + wallet.pending);
    owed := p_sum - rest;
    taken := rest;
    INSERT INTO public.transactions (
        member_id, id, kind, currency, partner_id, store_id, subject_id, reference, business_date,
        occurred_at, recorded_at, first_seq, actor, reason_code, explanation
    ) VALUES (
        p_member, p_transaction, p_kind, p_currency, p_partner, p_store, p_purchase, p_receipt,
        p_business_date, p_now, p_now, wallet.seq + 1 + (owed > 0 AND p_policy <> 'floor')::int,
        p_actor, p_kind, p_explanation || jsonb_build_object(
            'debt_booked', CASE WHEN p_policy = 'floor' THEN 0 ELSE owed END,
            'uncollected', CASE WHEN p_policy = 'floor' THEN owed ELSE 0 END)
    );
    balance := wallet.available + wallet.pending + wallet.held;
    place := wallet.seq;
    IF p_policy = 'floor' THEN
        owed := 0;
    ELSIF owed > 0 THEN
        place := place + 1;
        balance := balance + owed;
        INSERT INTO public.postings (
            member_id, currency, seq, transaction_id, points, balance, account, reason
        ) VALUES (p_member, p_currency, place, p_transaction, owed, balance, 'debt', 'debt_booked');
    END IF;
    FOR line IN
        SELECT * FROM unnest(p_points, p_reasons, p_payers, p_lots) AS each (points, reason, payer, lot)
    LOOP
        need := least(line.points, rest);
        rest := rest - need;
        line.points := CASE WHEN p_policy = 'floor' THEN need ELSE line.points END;
        CONTINUE WHEN line.points = 0;
        place := place + 1;
        balance := balance - line.points;
        INSERT INTO public.postings (
            member_id, currency, seq, transaction_id, points, balance, account, partner_id, payer_id,
            reason
        ) VALUES (
            p_member, p_currency, place, p_transaction, -line.points, balance, 'issued', p_partner,
            line.payer, line.reason
        );
        backs := backs || place;
        lots := lots || line.lot;
        parts := parts || line.points;
        FOR lot IN
            SELECT l.expires_on, l.seq, l.remaining - l.held AS free, l.pending FROM public.lots l
             WHERE l.member_id = p_member AND l.currency = p_currency AND l.remaining > l.held
             ORDER BY l.seq <> line.lot, NOT l.pending, l.expires_on, l.seq
        LOOP
            EXIT WHEN need = 0;
            used := least(lot.free, need);
            PERFORM public.stoa_use_lot(
                p_member, p_currency, lot.expires_on, lot.seq, place, used, 0);
            need := need - used;
            ripe := ripe + CASE WHEN lot.pending THEN used ELSE 0 END;
        END LOOP;
        IF need > 0 THEN
            RAISE EXCEPTION 'lots of % hold fewer points than its wallet', p_member;
        END IF;
    END LOOP;
    UPDATE public.wallets w
       SET available = w.available - (taken - ripe), pending = w.pending - ripe,
           debt = w.debt + owed, seq = place, updated_at = p_now
     WHERE w.member_id = p_member AND w.currency = p_currency
    RETURNING w.* INTO wallet;

    IF p_key IS NOT NULL THEN
        PERFORM public.stoa_remember(
            p_member, p_partner, p_key, p_fingerprint, p_transaction, wallet, p_now);
    END IF;
    INSERT INTO public.outbox (member_id, id, topic, partner_id, at, facts, state, attempts)
    VALUES (p_member, p_event, 'points.clawed_back', p_partner, p_now,
            CASE WHEN p_policy = 'floor' THEN p_facts || jsonb_build_object('points', taken)
                 ELSE p_facts END, 'new', 0);
    IF backs <> '{}' THEN
        PERFORM public.stoa_give_back_funds(
            p_currency, p_now, array_fill(p_member, ARRAY[cardinality(backs)]), backs, lots, parts);
    END IF;
    RETURN NEXT wallet;
END $$;
