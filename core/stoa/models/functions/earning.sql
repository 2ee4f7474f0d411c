-- Earn: a purchase and its points in one call.


-- Keep a purchase and post what it earns: one posting and one lot a line, debt repaid first.
-- A status of 'pending' keeps the purchase without points; `p_settles` posts a pending one later.
-- `p_uses` lists what campaigns pay of it; last of all it is taken from their caps and budgets, which
-- others wait for (see `campaigns.sql`), and then what payers fund (see `funding.sql`).
CREATE OR REPLACE FUNCTION public.stoa_earn(
    p_member uuid, p_currency text, p_now timestamptz, p_partner uuid, p_store uuid,
    p_key text, p_fingerprint bytea, p_settles boolean,
    p_purchase uuid, p_status text, p_terminal text, p_receipt text, p_business_date date,
    p_occurred_at timestamptz, p_money_currency text, p_total_minor bigint,
    p_lines jsonb, p_tenders jsonb, p_actor text, p_explanation jsonb,
    p_sum bigint, p_points bigint[], p_reasons text[], p_payers uuid[],
    p_price numeric, p_available_on date, p_pending boolean, p_expires_on date,
    p_event uuid, p_facts jsonb, p_uses jsonb DEFAULT NULL
) RETURNS SETOF public.wallets LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wallet public.wallets;
    rows integer := cardinality(p_points);
    born bigint;
    before bigint;
BEGIN
    UPDATE public.wallets w
       SET available = w.available + CASE WHEN p_pending THEN 0 ELSE p_sum END,
           pending = w.pending + CASE WHEN p_pending THEN p_sum ELSE 0 END,
           seq = w.seq + rows, updated_at = p_now
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
            member_id, currency, expires_on, seq, remaining, held, available_on, pending
        )
        SELECT p_member, p_currency, coalesce(p_expires_on, '9999-12-31'), born + line.n,
               line.points, 0, p_available_on, p_pending
          FROM unnest(p_points) WITH ORDINALITY AS line (points, n);

        IF wallet.debt > 0 THEN
            wallet := public.stoa_repay(p_member, p_currency, p_purchase, p_sum, born);
        END IF;
    END IF;

    IF p_key IS NOT NULL THEN
        PERFORM public.stoa_remember(
            p_member, p_partner, p_key, p_fingerprint, p_purchase, wallet, p_now);
    END IF;
    INSERT INTO public.outbox (member_id, id, topic, partner_id, at, facts, state, attempts)
    SELECT p_member, p_event, 'points.earned', p_partner, p_now, p_facts, 'new', 0
     WHERE rows > 0;
    IF p_uses IS NOT NULL THEN
        PERFORM public.stoa_take_campaigns(p_member, p_now, p_uses);
    END IF;
    IF EXISTS (SELECT 1 FROM public.partner_funding f WHERE f.partner_id = ANY (p_payers)) THEN
        PERFORM public.stoa_draw_funds(
            p_member, p_currency, p_now, born, p_payers, p_points, p_price);
    END IF;
    RETURN NEXT wallet;
END $$;
