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
-- ST010  more than is left (DETAIL: what is left)   ST011  the hold was extended before
-- ST041  a campaign's budget lacks points           ST042  a member's cap in a campaign is reached
--        (DETAIL of both, as JSON: campaign and points left, and for a cap what it is)


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


-- Count pending points as available whose day has come; they moved no further, so nothing is posted.
CREATE OR REPLACE FUNCTION public.stoa_mature(
    p_member uuid, p_currency text, p_now timestamptz, p_today date, p_event uuid
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    ripe bigint;
BEGIN
    PERFORM 1 FROM public.wallets w
      WHERE w.member_id = p_member AND w.currency = p_currency FOR UPDATE;
    WITH each AS (
        UPDATE public.lots l SET pending = false
         WHERE l.member_id = p_member AND l.currency = p_currency AND l.pending
           AND l.available_on <= p_today
        RETURNING l.remaining
    ) SELECT coalesce(sum(each.remaining), 0) INTO ripe FROM each;
    IF ripe > 0 THEN
        UPDATE public.wallets w
           SET pending = w.pending - ripe, available = w.available + ripe, updated_at = p_now
         WHERE w.member_id = p_member AND w.currency = p_currency;
        INSERT INTO public.outbox (member_id, id, topic, at, facts, state, attempts)
        VALUES (p_member, p_event, 'points.activated', p_now,
                jsonb_build_object('points', ripe, 'currency', p_currency), 'new', 0);
    END IF;
    RETURN ripe;
END $$;


-- Repay debt, at most `p_points` of it, from the lots born after `p_born`: one posting.
CREATE OR REPLACE FUNCTION public.stoa_repay(
    p_member uuid, p_currency text, p_transaction uuid, p_points bigint, p_born bigint
) RETURNS public.wallets LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wallet public.wallets;
    lot record;
    rest bigint;
    used bigint;
    ripe bigint := 0;
BEGIN
    SELECT w.* INTO wallet FROM public.wallets w
     WHERE w.member_id = p_member AND w.currency = p_currency FOR UPDATE;
    rest := least(wallet.debt, p_points);
    IF rest = 0 THEN
        RETURN wallet;
    END IF;
    INSERT INTO public.postings (
        member_id, currency, seq, transaction_id, points, balance, account, reason
    ) VALUES (
        p_member, p_currency, wallet.seq + 1, p_transaction, -rest,
        wallet.available + wallet.pending + wallet.held - rest, 'debt', 'debt_repaid'
    );
    UPDATE public.wallets w SET debt = w.debt - rest, seq = w.seq + 1
     WHERE w.member_id = p_member AND w.currency = p_currency;
    FOR lot IN
        SELECT l.expires_on, l.seq, l.remaining - l.held AS free, l.pending FROM public.lots l
         WHERE l.member_id = p_member AND l.currency = p_currency AND l.seq > p_born
           AND l.remaining > l.held
         ORDER BY NOT l.pending, l.expires_on, l.seq
    LOOP
        EXIT WHEN rest = 0;
        used := least(lot.free, rest);
        PERFORM public.stoa_use_lot(
            p_member, p_currency, lot.expires_on, lot.seq, wallet.seq + 1, used, 0);
        rest := rest - used;
        ripe := ripe + CASE WHEN lot.pending THEN used ELSE 0 END;
    END LOOP;
    UPDATE public.wallets w
       SET pending = w.pending - ripe, available = w.available - (wallet.debt - w.debt - rest - ripe)
     WHERE w.member_id = p_member AND w.currency = p_currency
    RETURNING w.* INTO wallet;
    IF rest > 0 THEN
        RAISE EXCEPTION 'lots of % hold fewer points than its debt takes', p_member;
    END IF;
    RETURN wallet;
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
    IF wallet.pending > 0 THEN
        PERFORM public.stoa_mature(p_member, p_currency, p_now, p_today, gen_random_uuid());
        SELECT w.* INTO wallet FROM public.wallets w
         WHERE w.member_id = p_member AND w.currency = p_currency;
    END IF;
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
