-- The ledger's deeds, one function each: the only code that writes wallets, transactions, postings
-- and lots. Installed by the migrations, owned by the role that migrates, executed by `stoa_app`.
--
-- Every function has the member first, touches rows of that member only (but for the narrow tables
-- `keys` and `receipts`), locks the wallet before anything else, and either does all of its work or
-- raises and does nothing. The functions run with the rights of their owner: relations are written
-- with their schema, and the search path leads to nothing that a caller could have made.
--
-- ST001  the idempotency key was used before        ST005  the hold has expired
-- ST002  the receipt was reported before            ST006  more than was held
-- ST003  not enough points (DETAIL: available)      ST007  the purchase has changed meanwhile
-- ST004  the hold is resolved (DETAIL: its state)   ST008  no such wallet or hold


-- Remember a key with the wallet's figures after the deed; a key used before ends the deed.
CREATE OR REPLACE FUNCTION public.stoa_remember(
    p_member uuid, p_partner uuid, p_key text, p_fingerprint bytea, p_subject uuid,
    p_wallet public.wallets, p_now timestamptz
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO public.keys (
        partner_id, key, fingerprint, member_id, subject_id, available, pending, held, debt, created_at
    ) VALUES (
        p_partner, p_key, p_fingerprint, p_member, p_subject,
        p_wallet.available, p_wallet.pending, p_wallet.held, p_wallet.debt, p_now
    ) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the idempotency key was used before' USING ERRCODE = 'ST001';
    END IF;
END $$;


CREATE OR REPLACE FUNCTION public.stoa_open_wallet(p_member uuid, p_currency text, p_now timestamptz)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO public.wallets (member_id, currency, available, pending, held, debt, seq, updated_at)
    VALUES (p_member, p_currency, 0, 0, 0, 0, 0, p_now) ON CONFLICT DO NOTHING;
$$;


-- Keep a purchase and post what it earns: one posting and one lot a line, debt repaid first.
-- A status of 'pending' keeps the purchase without points; `p_settles` posts a pending one later.
CREATE OR REPLACE FUNCTION public.stoa_earn(
    p_member uuid, p_currency text, p_now timestamptz, p_partner uuid, p_store uuid,
    p_key text, p_fingerprint bytea, p_settles boolean,
    p_purchase uuid, p_status text, p_terminal text, p_receipt text, p_business_date date,
    p_occurred_at timestamptz, p_money_currency text, p_total_minor bigint,
    p_lines jsonb, p_tenders jsonb, p_actor text, p_explanation jsonb,
    p_sum bigint, p_points bigint[], p_reasons text[], p_payers uuid[],
    p_price numeric, p_available_on date, p_expires_on date,
    p_event uuid, p_facts jsonb
) RETURNS SETOF public.wallets LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wallet public.wallets;
    rows integer := cardinality(p_points);
    born bigint;
    before bigint;
    repaid bigint := 0;
    used bigint;
    lot record;
BEGIN
    UPDATE public.wallets w
       SET available = w.available + p_sum, seq = w.seq + rows, updated_at = p_now
     WHERE w.member_id = p_member AND w.currency = p_currency
    RETURNING w.* INTO wallet;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such wallet' USING ERRCODE = 'ST008';
    END IF;
    born := wallet.seq - rows;
    before := wallet.available + wallet.pending + wallet.held - p_sum;

    IF p_settles THEN
        UPDATE public.purchases
           SET status = p_status, version = version + 1
         WHERE member_id = p_member AND id = p_purchase AND status = 'pending';
        IF NOT FOUND THEN
            RAISE EXCEPTION 'the purchase is not pending' USING ERRCODE = 'ST007';
        END IF;
    ELSE
        INSERT INTO public.receipts (business_date, store_id, terminal, receipt_no, kind, subject_id)
        VALUES (p_business_date, p_store, p_terminal, p_receipt, 'sale', p_purchase)
        ON CONFLICT DO NOTHING;
        IF NOT FOUND THEN
            PERFORM 1 FROM public.keys WHERE partner_id = p_partner AND key = p_key;
            RAISE EXCEPTION 'reported before'
                USING ERRCODE = CASE WHEN FOUND THEN 'ST001' ELSE 'ST002' END;
        END IF;
        INSERT INTO public.purchases (
            member_id, id, partner_id, store_id, terminal, receipt_no, business_date, occurred_at,
            received_at, money_currency, total_minor, status, lines, tenders, returned, version
        ) VALUES (
            p_member, p_purchase, p_partner, p_store, p_terminal, p_receipt, p_business_date,
            p_occurred_at, p_now, p_money_currency, p_total_minor, p_status, p_lines, p_tenders,
            '{}', 0
        );
    END IF;

    IF rows > 0 THEN
        INSERT INTO public.transactions (
            member_id, id, kind, currency, partner_id, store_id, subject_id, reference,
            business_date, occurred_at, recorded_at, first_seq, actor, reason_code, explanation
        ) VALUES (
            p_member, p_purchase, 'earn', p_currency, p_partner, p_store, p_purchase, p_receipt,
            p_business_date, p_occurred_at, p_now, born + 1, p_actor, 'purchase', p_explanation
        );
        INSERT INTO public.postings (
            member_id, currency, seq, transaction_id, points, balance, account, partner_id, payer_id,
            reason, price, available_on, expires_on
        )
        SELECT p_member, p_currency, born + line.n, p_purchase, line.points,
               before + sum(line.points) OVER (ORDER BY line.n), 'issued', p_partner, line.payer,
               line.reason, p_price, p_available_on, p_expires_on
          FROM unnest(p_points, p_reasons, p_payers) WITH ORDINALITY AS line (points, reason, payer, n);
        INSERT INTO public.lots (
            member_id, currency, expires_on, seq, remaining, held, available_on
        )
        SELECT p_member, p_currency, coalesce(p_expires_on, '9999-12-31'), born + line.n,
               line.points, 0, p_available_on
          FROM unnest(p_points) WITH ORDINALITY AS line (points, n);

        IF wallet.debt > 0 THEN
            repaid := least(wallet.debt, p_sum);
            UPDATE public.wallets w
               SET available = w.available - repaid, debt = w.debt - repaid, seq = w.seq + 1
             WHERE w.member_id = p_member AND w.currency = p_currency
            RETURNING w.* INTO wallet;
            INSERT INTO public.postings (
                member_id, currency, seq, transaction_id, points, balance, account, reason
            ) VALUES (
                p_member, p_currency, wallet.seq, p_purchase, -repaid,
                wallet.available + wallet.pending + wallet.held, 'debt', 'debt_repaid'
            );
            FOR lot IN
                SELECT l.expires_on, l.seq, l.remaining FROM public.lots l
                 WHERE l.member_id = p_member AND l.currency = p_currency AND l.seq > born
                 ORDER BY l.seq
            LOOP
                used := least(lot.remaining, repaid);
                EXIT WHEN used = 0;
                PERFORM public.stoa_use_lot(
                    p_member, p_currency, lot.expires_on, lot.seq, wallet.seq, used, 0);
                repaid := repaid - used;
            END LOOP;
        END IF;
    END IF;

    IF p_key IS NOT NULL THEN
        PERFORM public.stoa_remember(
            p_member, p_partner, p_key, p_fingerprint, p_purchase, wallet, p_now);
    END IF;
    INSERT INTO public.outbox (member_id, id, topic, partner_id, at, facts, state, attempts)
    SELECT p_member, p_event, 'points.earned', p_partner, p_now, p_facts, 'new', 0
     WHERE rows > 0;
    RETURN NEXT wallet;
END $$;


-- Take points of one lot for posting `p_seq`, and let go of what a hold kept of it.
CREATE OR REPLACE FUNCTION public.stoa_use_lot(
    p_member uuid, p_currency text, p_expires_on date, p_lot bigint, p_seq bigint,
    p_points bigint, p_unheld bigint
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    UPDATE public.lots l
       SET remaining = l.remaining - p_points, held = l.held - p_unheld
     WHERE l.member_id = p_member AND l.currency = p_currency
       AND l.expires_on = p_expires_on AND l.seq = p_lot AND l.remaining > p_points;
    IF NOT FOUND THEN
        DELETE FROM public.lots l
         WHERE l.member_id = p_member AND l.currency = p_currency
           AND l.expires_on = p_expires_on AND l.seq = p_lot
           AND l.remaining = p_points AND l.held = p_unheld;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'lot % of % has not % points', p_lot, p_member, p_points;
        END IF;
    END IF;
    IF p_points > 0 THEN
        INSERT INTO public.lot_uses (member_id, currency, seq, lot_seq, points)
        VALUES (p_member, p_currency, p_seq, p_lot, p_points);
    END IF;
END $$;


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


-- Post the end of all free points whose last day lies before `p_today`; held ones wait for their hold.
CREATE OR REPLACE FUNCTION public.stoa_expire(
    p_member uuid, p_currency text, p_now timestamptz, p_today date, p_transaction uuid, p_event uuid
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wallet public.wallets;
    lot record;
    ended bigint := 0;
BEGIN
    SELECT w.* INTO wallet FROM public.wallets w
     WHERE w.member_id = p_member AND w.currency = p_currency FOR UPDATE;
    FOR lot IN
        SELECT l.expires_on, l.seq, l.remaining - l.held AS free, l.held FROM public.lots l
         WHERE l.member_id = p_member AND l.currency = p_currency
           AND l.expires_on < p_today AND l.remaining > l.held
         ORDER BY l.expires_on, l.seq
    LOOP
        IF ended = 0 THEN
            INSERT INTO public.transactions (
                member_id, id, kind, currency, reference, business_date, occurred_at, recorded_at,
                first_seq, actor, reason_code, explanation
            ) VALUES (
                p_member, p_transaction, 'expire', p_currency, '', p_today, p_now, p_now,
                wallet.seq + 1, 'worker', 'expiry', '{}'
            );
        END IF;
        ended := ended + lot.free;
        wallet.seq := wallet.seq + 1;
        INSERT INTO public.postings (
            member_id, currency, seq, transaction_id, points, balance, account, reason, expires_on
        ) VALUES (
            p_member, p_currency, wallet.seq, p_transaction, -lot.free,
            wallet.available + wallet.pending + wallet.held - ended, 'expired', 'expiry', lot.expires_on
        );
        PERFORM public.stoa_use_lot(
            p_member, p_currency, lot.expires_on, lot.seq, wallet.seq, lot.free, 0);
    END LOOP;
    IF ended > 0 THEN
        UPDATE public.wallets w
           SET available = w.available - ended, seq = wallet.seq, updated_at = p_now
         WHERE w.member_id = p_member AND w.currency = p_currency;
        INSERT INTO public.outbox (member_id, id, topic, at, facts, state, attempts)
        VALUES (p_member, p_event, 'points.expired', p_now, jsonb_build_object('points', ended), 'new', 0);
    END IF;
    RETURN ended;
END $$;


-- Take back what returned goods had earned: from the lots they bore, then from others, then as debt.
-- `p_lots` names for each line the posting that had brought its points.
CREATE OR REPLACE FUNCTION public.stoa_reverse(
    p_member uuid, p_currency text, p_now timestamptz, p_partner uuid, p_store uuid,
    p_key text, p_fingerprint bytea, p_purchase uuid, p_version integer, p_status text,
    p_returned jsonb, p_kind text, p_terminal text, p_receipt text, p_business_date date,
    p_transaction uuid, p_actor text, p_explanation jsonb,
    p_sum bigint, p_points bigint[], p_reasons text[], p_payers uuid[], p_lots bigint[],
    p_event uuid, p_facts jsonb
) RETURNS SETOF public.wallets LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wallet public.wallets;
    lot record;
    line record;
    rest bigint;
    owed bigint;
    need bigint;
    used bigint;
    balance bigint;
    place bigint;
BEGIN
    SELECT w.* INTO wallet FROM public.wallets w
     WHERE w.member_id = p_member AND w.currency = p_currency FOR UPDATE;
    UPDATE public.purchases p
       SET returned = p_returned, status = p_status, version = p.version + 1
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

    rest := least(p_sum, wallet.available);
    owed := p_sum - rest;
    INSERT INTO public.transactions (
        member_id, id, kind, currency, partner_id, store_id, subject_id, reference, business_date,
        occurred_at, recorded_at, first_seq, actor, reason_code, explanation
    ) VALUES (
        p_member, p_transaction, p_kind, p_currency, p_partner, p_store, p_purchase, p_receipt,
        p_business_date, p_now, p_now, wallet.seq + 1 + (owed > 0)::int, p_actor, p_kind,
        p_explanation || jsonb_build_object('debt_booked', owed)
    );
    balance := wallet.available + wallet.pending + wallet.held;
    place := wallet.seq;
    IF owed > 0 THEN
        place := place + 1;
        balance := balance + owed;
        INSERT INTO public.postings (
            member_id, currency, seq, transaction_id, points, balance, account, reason
        ) VALUES (p_member, p_currency, place, p_transaction, owed, balance, 'debt', 'debt_booked');
    END IF;
    FOR line IN
        SELECT * FROM unnest(p_points, p_reasons, p_payers, p_lots) AS each (points, reason, payer, lot)
    LOOP
        place := place + 1;
        balance := balance - line.points;
        INSERT INTO public.postings (
            member_id, currency, seq, transaction_id, points, balance, account, partner_id, payer_id,
            reason
        ) VALUES (
            p_member, p_currency, place, p_transaction, -line.points, balance, 'issued', p_partner,
            line.payer, line.reason
        );
        need := least(line.points, rest);
        rest := rest - need;
        FOR lot IN
            SELECT l.expires_on, l.seq, l.remaining - l.held AS free FROM public.lots l
             WHERE l.member_id = p_member AND l.currency = p_currency AND l.remaining > l.held
             ORDER BY l.seq <> line.lot, l.expires_on, l.seq
        LOOP
            EXIT WHEN need = 0;
            used := least(lot.free, need);
            PERFORM public.stoa_use_lot(
                p_member, p_currency, lot.expires_on, lot.seq, place, used, 0);
            need := need - used;
        END LOOP;
        IF need > 0 THEN
            RAISE EXCEPTION 'lots of % hold fewer points than its wallet', p_member;
        END IF;
    END LOOP;
    UPDATE public.wallets w
       SET available = w.available - (p_sum - owed), debt = w.debt + owed, seq = place,
           updated_at = p_now
     WHERE w.member_id = p_member AND w.currency = p_currency
    RETURNING w.* INTO wallet;

    IF p_key IS NOT NULL THEN
        PERFORM public.stoa_remember(
            p_member, p_partner, p_key, p_fingerprint, p_transaction, wallet, p_now);
    END IF;
    INSERT INTO public.outbox (member_id, id, topic, partner_id, at, facts, state, attempts)
    VALUES (p_member, p_event, 'points.clawed_back', p_partner, p_now, p_facts, 'new', 0);
    RETURN NEXT wallet;
END $$;
