-- Grant: points without a purchase, and their way back; see `wallets.sql` for what all functions
-- keep to.
--
-- ST060  there is no such bonus


-- Post bonus points: one posting and one lot a leg, debt repaid first. `p_partner` issues them, the
-- operator where it is NULL. A transaction of this id is posted once: the second call answers with
-- the wallet and does nothing else. `p_scope` says whose idempotency key `p_key` is. `p_uses` lists
-- what it takes of the caps and budgets of rules, last of all but for what payers fund (see
-- `campaigns.sql` and `funding.sql`).
CREATE OR REPLACE FUNCTION public.stoa_grant(
    p_member uuid, p_currency text, p_now timestamptz, p_today date, p_partner uuid, p_store uuid,
    p_scope uuid, p_key text, p_fingerprint bytea, p_transaction uuid, p_subject uuid,
    p_reference text, p_actor text, p_reason text, p_explanation jsonb,
    p_points bigint[], p_reasons text[], p_payers uuid[], p_price numeric,
    p_available_on date, p_pending boolean, p_expires_on date, p_event uuid, p_facts jsonb,
    p_uses jsonb DEFAULT NULL
) RETURNS SETOF public.wallets LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wallet public.wallets;
    total bigint := (SELECT coalesce(sum(each), 0) FROM unnest(p_points) AS each);
    balance bigint;
    first bigint;
BEGIN
    SELECT w.* INTO wallet FROM public.wallets w
     WHERE w.member_id = p_member AND w.currency = p_currency FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such wallet' USING ERRCODE = 'ST008';
    END IF;
    IF p_key IS NOT NULL THEN
        PERFORM 1 FROM public.keys WHERE partner_id = p_scope AND key = p_key;
        IF FOUND THEN
            RAISE EXCEPTION 'the idempotency key was used before' USING ERRCODE = 'ST001';
        END IF;
    END IF;
    PERFORM 1 FROM public.transactions t WHERE t.member_id = p_member AND t.id = p_transaction;
    IF FOUND THEN
        RETURN NEXT wallet;
        RETURN;
    END IF;
    IF cardinality(p_points) = 0 OR 0 >= ANY (p_points) THEN
        RAISE EXCEPTION 'a bonus brings points';
    END IF;

    balance := wallet.available + wallet.pending + wallet.held;
    INSERT INTO public.transactions (
        member_id, id, kind, currency, partner_id, store_id, subject_id, reference, business_date,
        occurred_at, recorded_at, first_seq, actor, reason_code, explanation
    ) VALUES (
        p_member, p_transaction, 'bonus', p_currency, p_partner, p_store, p_subject, p_reference,
        p_today, p_now, p_now, wallet.seq + 1, p_actor, p_reason, p_explanation
    );
    INSERT INTO public.postings (
        member_id, currency, seq, transaction_id, points, balance, account, partner_id, payer_id,
        reason, price, available_on, expires_on
    )
    SELECT p_member, p_currency, wallet.seq + leg.n, p_transaction, leg.points,
           balance + sum(leg.points) OVER (ORDER BY leg.n), 'issued', p_partner, leg.payer,
           leg.reason, p_price, p_available_on, p_expires_on
      FROM unnest(p_points, p_reasons, p_payers) WITH ORDINALITY AS leg (points, reason, payer, n);
    INSERT INTO public.lots (
        member_id, currency, expires_on, seq, remaining, held, available_on, pending
    )
    SELECT p_member, p_currency, coalesce(p_expires_on, '9999-12-31'), wallet.seq + leg.n,
           leg.points, 0, p_available_on, p_pending
      FROM unnest(p_points) WITH ORDINALITY AS leg (points, n);
    first := wallet.seq;
    UPDATE public.wallets w
       SET available = w.available + CASE WHEN p_pending THEN 0 ELSE total END,
           pending = w.pending + CASE WHEN p_pending THEN total ELSE 0 END,
           seq = w.seq + cardinality(p_points), updated_at = p_now
     WHERE w.member_id = p_member AND w.currency = p_currency
    RETURNING w.* INTO wallet;
    IF wallet.debt > 0 THEN
        wallet := public.stoa_repay(p_member, p_currency, p_transaction, total, first);
    END IF;

    IF p_key IS NOT NULL THEN
        PERFORM public.stoa_remember(
            p_member, p_scope, p_key, p_fingerprint, p_transaction, wallet, p_now);
    END IF;
    INSERT INTO public.outbox (member_id, id, topic, partner_id, at, facts, state, attempts)
    VALUES (p_member, p_event, 'points.earned', p_partner, p_now, p_facts, 'new', 0);
    IF p_uses IS NOT NULL THEN
        PERFORM public.stoa_take_campaigns(p_member, p_now, p_uses);
    END IF;
    IF EXISTS (SELECT 1 FROM public.partner_funding f WHERE f.partner_id = ANY (p_payers)) THEN
        PERFORM public.stoa_draw_funds(
            p_member, p_currency, p_now, first, p_payers, p_points, p_price);
    END IF;
    RETURN NEXT wallet;
END $$;


-- Take a bonus back, whole and once: from the lots it bore, then from pending ones, then from those
-- that end first. What is spent already is owed, or left uncollected by the policy 'floor'.
-- What it took of budgets, caps and funding goes back to them.
-- The transaction's id follows from that of the bonus, so that there is no second one.
CREATE OR REPLACE FUNCTION public.stoa_ungrant(
    p_member uuid, p_currency text, p_now timestamptz, p_today date, p_bonus uuid, p_actor text,
    p_reason text, p_explanation jsonb, p_event uuid, p_facts jsonb
) RETURNS SETOF public.wallets LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    undoing CONSTANT uuid := md5('void ' || p_bonus)::uuid;
    backs bigint[] := '{}';
    lots bigint[] := '{}';
    parts bigint[] := '{}';
    wallet public.wallets;
    bonus public.transactions;
    leg record;
    lot record;
    policy text := (SELECT c.debt_policy FROM public.currencies c WHERE c.code = p_currency);
    total bigint;
    rest bigint;
    taken bigint;
    owed bigint;
    need bigint;
    used bigint;
    ripe bigint := 0;
    balance bigint;
    place bigint;
BEGIN
    SELECT w.* INTO wallet FROM public.wallets w
     WHERE w.member_id = p_member AND w.currency = p_currency FOR UPDATE;
    SELECT t.* INTO bonus FROM public.transactions t
     WHERE t.member_id = p_member AND t.id = p_bonus AND t.kind = 'bonus' AND t.currency = p_currency;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such bonus' USING ERRCODE = 'ST060';
    END IF;
    PERFORM 1 FROM public.transactions t WHERE t.member_id = p_member AND t.id = undoing;
    IF FOUND THEN
        RETURN NEXT wallet;
        RETURN;
    END IF;
    IF wallet.pending > 0 THEN
        PERFORM public.stoa_mature(p_member, p_currency, p_now, p_today, gen_random_uuid());
        SELECT w.* INTO wallet FROM public.wallets w
         WHERE w.member_id = p_member AND w.currency = p_currency;
    END IF;
    SELECT sum(p.points) INTO total FROM public.postings p
     WHERE p.member_id = p_member AND p.currency = p_currency AND p.seq >= bonus.first_seq
       AND p.transaction_id = p_bonus AND p.account = 'issued';
    rest := least(total, wallet.available + wallet.pending);
    taken := rest;
    owed := total - rest;
    INSERT INTO public.transactions (
        member_id, id, kind, currency, partner_id, store_id, subject_id, reference, business_date,
        occurred_at, recorded_at, first_seq, actor, reason_code, explanation
    ) VALUES (
        p_member, undoing, 'void', p_currency, bonus.partner_id, bonus.store_id, p_bonus,
        bonus.reference, p_today, p_now, p_now,
        wallet.seq + 1 + (owed > 0 AND policy <> 'floor')::int, p_actor, p_reason,
        p_explanation || jsonb_build_object(
            'debt_booked', CASE WHEN policy = 'floor' THEN 0 ELSE owed END,
            'uncollected', CASE WHEN policy = 'floor' THEN owed ELSE 0 END)
    );
    balance := wallet.available + wallet.pending + wallet.held;
    place := wallet.seq;
    IF policy = 'floor' THEN
        owed := 0;
    ELSIF owed > 0 THEN
        place := place + 1;
        balance := balance + owed;
        INSERT INTO public.postings (
            member_id, currency, seq, transaction_id, points, balance, account, reason
        ) VALUES (p_member, p_currency, place, undoing, owed, balance, 'debt', 'debt_booked');
    END IF;
    FOR leg IN
        SELECT p.seq, p.points, p.reason, p.payer_id FROM public.postings p
         WHERE p.member_id = p_member AND p.currency = p_currency AND p.seq >= bonus.first_seq
           AND p.transaction_id = p_bonus AND p.account = 'issued' ORDER BY p.seq
    LOOP
        need := least(leg.points, rest);
        rest := rest - need;
        leg.points := CASE WHEN policy = 'floor' THEN need ELSE leg.points END;
        CONTINUE WHEN leg.points = 0;
        place := place + 1;
        balance := balance - leg.points;
        INSERT INTO public.postings (
            member_id, currency, seq, transaction_id, points, balance, account, partner_id, payer_id,
            reason
        ) VALUES (
            p_member, p_currency, place, undoing, -leg.points, balance, 'issued', bonus.partner_id,
            leg.payer_id, leg.reason
        );
        backs := backs || place;
        lots := lots || leg.seq;
        parts := parts || leg.points;
        FOR lot IN
            SELECT l.expires_on, l.seq, l.remaining - l.held AS free, l.pending FROM public.lots l
             WHERE l.member_id = p_member AND l.currency = p_currency AND l.remaining > l.held
             ORDER BY l.seq <> leg.seq, NOT l.pending, l.expires_on, l.seq
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
    FOR leg IN
        SELECT p.reason, -sum(p.points) AS points FROM public.postings p
         WHERE p.member_id = p_member AND p.currency = p_currency AND p.transaction_id = undoing
           AND p.account = 'issued' AND p.reason IN (SELECT f.campaign FROM public.campaign_funds f)
         GROUP BY p.reason ORDER BY p.reason COLLATE "C"
    LOOP
        INSERT INTO public.campaign_returns (
            member_id, transaction_id, campaign, purchase_id, points, uses
        ) VALUES (
            p_member, undoing, leg.reason, p_bonus, leg.points, (taken + owed = total)::int
        );
        UPDATE public.campaign_uses u
           SET points = greatest(u.points - leg.points, 0),
               uses = greatest(u.uses - (taken + owed = total)::int, 0), changed_at = p_now
         WHERE u.campaign = leg.reason AND u.member_id = (
               SELECT coalesce(m.merged_into, m.id) FROM public.members m WHERE m.id = p_member)
           AND u.since = CASE u.every WHEN 'day' THEN bonus.business_date
               WHEN 'week' THEN date_trunc('week', bonus.business_date)::date
               WHEN 'month' THEN date_trunc('month', bonus.business_date)::date
               ELSE '0001-01-01' END;
        UPDATE public.campaign_budgets b SET remaining = b.remaining + leg.points
         WHERE b.campaign = leg.reason AND b.stripe = 16;
    END LOOP;
    IF backs <> '{}' THEN
        PERFORM public.stoa_give_back_funds(
            p_currency, p_now, array_fill(p_member, ARRAY[cardinality(backs)]), backs, lots, parts);
    END IF;
    INSERT INTO public.outbox (member_id, id, topic, partner_id, at, facts, state, attempts)
    VALUES (p_member, p_event, 'points.clawed_back', bonus.partner_id, p_now,
            p_facts || jsonb_build_object('points', taken + owed), 'new', 0);
    RETURN NEXT wallet;
END $$;
