-- Clearing: what is booked besides the log, and periods that close; see `journal.sql`. Whoever comes
-- here first waits for the lock 5752, so that entries are numbered by one at a time.
--
-- ST081  the period is closed already        ST082  a statement of the period is missing or wrong


-- Enter money that no posting says: of a period's close, a dispute, a payment, a correction. Each item
-- is an entry of `money_entries`; its period is the first open one of its business day. What was
-- entered under the same name (source, subject_id, n) is left. Returns how many are new.
CREATE OR REPLACE FUNCTION public.stoa_enter_money(p_entries jsonb)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    mark public.money_mark;
    fresh public.money_entries[];
BEGIN
    PERFORM pg_advisory_xact_lock(5752);
    SELECT m.* INTO STRICT mark FROM public.money_mark m WHERE m.name = 'journal';
    PERFORM 1 FROM jsonb_populate_recordset(NULL::public.money_entries, p_entries) AS each
      WHERE each.source NOT IN ('period', 'dispute', 'payment', 'correction')
         OR each.subject_id IS NULL;
    IF FOUND THEN
        RAISE EXCEPTION 'such an entry is derived, not entered';
    END IF;
    SELECT array_agg(made ORDER BY ordinality) INTO fresh FROM (
        SELECT ROW(NULL, each.points_currency, each.money_currency, public.stoa_period_of(
                   each.points_currency, mark.place, each.business_date), each.business_date,
                   each.line, each.debit, each.debit_partner_id, each.credit, each.credit_partner_id,
                   each.issuer_id, coalesce(each.points, 0), each.rate, each.amount, each.source,
                   NULL, NULL, NULL, NULL, each.subject_id, coalesce(each.n, 0)
               )::public.money_entries AS made, ordinality
          FROM ROWS FROM (jsonb_populate_recordset(NULL::public.money_entries, p_entries))
               WITH ORDINALITY AS each
         WHERE NOT EXISTS (
               SELECT 1 FROM public.money_entries m WHERE m.source = each.source
                  AND m.source <> 'posting' AND m.subject_id = each.subject_id
                  AND m.n = coalesce(each.n, 0))) AS news;
    IF fresh IS NULL THEN
        RETURN 0;
    END IF;
    PERFORM public.stoa_keep_money(fresh);
    RETURN cardinality(fresh);
END $$;


-- Tell what an amount of one money is in another on a business day; nothing where no rate says it.
-- `p_exponents` says how many decimals a money has, where these are not two.
CREATE OR REPLACE FUNCTION public.stoa_money_in(
    p_minor bigint, p_from text, p_to text, p_day date, p_exponents jsonb
) RETURNS numeric LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT p_minor * 10::numeric ^ -coalesce((p_exponents ->> p_from)::integer, 2) * CASE
           WHEN p_from = p_to THEN 1 ELSE (
                SELECT f.rate FROM public.fx_rates f
                 WHERE f.base = p_from AND f.quote = p_to AND f.business_date <= p_day
                 ORDER BY f.business_date DESC, f.id DESC LIMIT 1) END;
$$;


-- Book what benefits, coupons and packs cost that were claimed, redeemed or bought since, and what was
-- undone of them, at most so many of each; return how many entries these were. What costs a money
-- without a rate of exchange waits for one. `p_zone` is the programme's, whose points are `p_currency`.
CREATE OR REPLACE FUNCTION public.stoa_book_dues(
    p_currency text, p_zone text, p_exponents jsonb, p_limit bigint
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    money CONSTANT text := (SELECT c.money_currency FROM public.currencies c WHERE c.code = p_currency);
    here bigint;
    claims uuid[];
    fresh public.money_entries[];
    made bigint := 0;
BEGIN
    PERFORM pg_advisory_xact_lock(5752);
    SELECT m.place INTO STRICT here FROM public.money_mark m WHERE m.name = 'journal';

    claims := ARRAY(
        SELECT due.id FROM (
            SELECT c.id FROM public.claims c
             WHERE c.captured_at IS NOT NULL
               AND (c.booked = 0 OR c.booked = 1 AND c.state = 'released')
               AND public.stoa_money_in(1, c.money_currency, money, c.business_date, p_exponents)
                   IS NOT NULL
             ORDER BY c.id LIMIT p_limit) AS due
         ORDER BY due.id);
    SELECT array_agg(ROW(
        NULL, p_currency, money, public.stoa_period_of(p_currency, here, each.day), each.day,
        'benefits', CASE WHEN each.undone THEN 'AP' ELSE each.debit END,
        CASE WHEN each.undone THEN each.partner_id ELSE each.payer_id END,
        CASE WHEN each.undone THEN each.debit ELSE 'AP' END,
        CASE WHEN each.undone THEN each.payer_id ELSE each.partner_id END,
        NULL, 0, NULL, each.amount, 'claim', NULL, NULL, NULL, NULL, each.id,
        2 * each.place + each.undone::integer
    )::public.money_entries ORDER BY each.id, each.undone, each.place) INTO fresh
      FROM (SELECT c.id, c.partner_id, k.payer_id, k.place, turn.undone,
                   CASE WHEN turn.undone THEN (c.released_at AT TIME ZONE p_zone)::date
                        ELSE c.business_date END AS day,
                   CASE WHEN k.payer_id IS NULL THEN 'COST:benefits' ELSE 'AR' END AS debit,
                   public.stoa_money_in(k.minor, c.money_currency, money, c.business_date,
                                        p_exponents) AS amount
              FROM public.claims c
              JOIN public.claim_costs k ON k.claim_id = c.id
              JOIN (VALUES (false), (true)) AS turn (undone)
                ON CASE WHEN turn.undone THEN c.state = 'released' ELSE c.booked = 0 END
             WHERE c.id = ANY (claims)) AS each;
    UPDATE public.claims c SET booked = CASE WHEN c.state = 'released' THEN 2 ELSE 1 END
     WHERE c.id = ANY (claims);
    IF fresh IS NOT NULL THEN
        made := made + cardinality(fresh);
        PERFORM public.stoa_keep_money(fresh);
    END IF;

    WITH due AS (
        SELECT k.use_id, k.place FROM public.coupon_costs k
          JOIN public.coupon_uses u ON u.id = k.use_id
         WHERE NOT k.booked AND public.stoa_money_in(
               1, u.currency, money, (k.at AT TIME ZONE p_zone)::date, p_exponents) IS NOT NULL
         ORDER BY k.use_id, k.place LIMIT p_limit
    ), took AS (
        UPDATE public.coupon_costs k SET booked = true FROM due
         WHERE k.use_id = due.use_id AND k.place = due.place
        RETURNING k.use_id, k.place, k.payer_id, k.minor, (k.at AT TIME ZONE p_zone)::date AS day
    )
    SELECT array_agg(ROW(
        NULL, p_currency, money, public.stoa_period_of(p_currency, here, t.day), t.day, 'coupons',
        CASE WHEN t.minor > 0 THEN side.debit ELSE 'AP' END,
        CASE WHEN t.minor > 0 THEN t.payer_id ELSE u.partner_id END,
        CASE WHEN t.minor > 0 THEN 'AP' ELSE side.debit END,
        CASE WHEN t.minor > 0 THEN u.partner_id ELSE t.payer_id END,
        NULL, 0, NULL, public.stoa_money_in(abs(t.minor), u.currency, money, t.day, p_exponents),
        'coupon', NULL, NULL, NULL, NULL, t.use_id, t.place
    )::public.money_entries ORDER BY t.use_id, t.place DESC) INTO fresh
      FROM took t
      JOIN public.coupon_uses u ON u.id = t.use_id
     CROSS JOIN LATERAL (
           SELECT CASE WHEN t.payer_id IS NULL THEN 'COST:benefits' ELSE 'AR' END AS debit) AS side;
    IF fresh IS NOT NULL THEN
        made := made + cardinality(fresh);
        PERFORM public.stoa_keep_money(fresh);
    END IF;

    SELECT array_agg(ROW(
        NULL, each.currency, c.money_currency, public.stoa_period_of(each.currency, here, each.day),
        each.day, 'packs', CASE WHEN each.back THEN 'LIAB:prepaid' ELSE 'AR' END,
        CASE WHEN NOT each.back THEN each.partner_id END,
        CASE WHEN each.back THEN 'AR' ELSE 'LIAB:prepaid' END,
        CASE WHEN each.back THEN each.partner_id END, each.partner_id,
        CASE WHEN each.back THEN -each.points ELSE each.points END, each.price,
        each.price * each.points, 'pack', NULL, NULL, NULL, NULL, each.id, each.n
    )::public.money_entries ORDER BY each.day, each.id, each.n) INTO fresh
      FROM (SELECT k.id, k.partner_id, k.currency, k.points, k.price, false AS back, 0 AS n,
                   (k.bought_at AT TIME ZONE p_zone)::date AS day
              FROM public.funding_packs k
             WHERE NOT EXISTS (SELECT 1 FROM public.money_entries m
                                WHERE m.source = 'pack' AND m.subject_id = k.id)
             UNION ALL
            SELECT k.id, k.partner_id, k.currency, k.refunded - coalesce(b.points, 0), k.price, true,
                   1 + coalesce(b.entries, 0), (k.refunded_at AT TIME ZONE p_zone)::date
              FROM public.funding_packs k
             CROSS JOIN LATERAL (
                   SELECT -sum(m.points)::bigint AS points, count(*) AS entries
                     FROM public.money_entries m
                    WHERE m.source = 'pack' AND m.subject_id = k.id AND m.n > 0) AS b
             WHERE k.refunded > coalesce(b.points, 0)) AS each
      JOIN public.currencies c ON c.code = each.currency;
    IF fresh IS NOT NULL THEN
        made := made + cardinality(fresh);
        PERFORM public.stoa_keep_money(fresh);
    END IF;
    RETURN made;
END $$;


-- Close a period with its statements, once: it ends before the next posting to be booked. Each item
-- of `p_statements` is a row of `statements`.
CREATE OR REPLACE FUNCTION public.stoa_close_period(
    p_currency text, p_period text, p_at timestamptz, p_by text, p_sha256 text, p_statements jsonb
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    mark public.money_mark;
    closed public.clearing_periods;
BEGIN
    PERFORM pg_advisory_xact_lock(5752);
    SELECT m.* INTO STRICT mark FROM public.money_mark m WHERE m.name = 'journal' FOR UPDATE;
    INSERT INTO public.clearing_periods (points_currency, period, mode)
    VALUES (p_currency, p_period, public.stoa_mode_of(p_currency, p_period)) ON CONFLICT DO NOTHING;
    SELECT c.* INTO closed FROM public.clearing_periods c
     WHERE c.points_currency = p_currency AND c.period = p_period FOR UPDATE;
    IF closed.state = 'closed' THEN
        RAISE EXCEPTION 'the period is closed' USING ERRCODE = 'ST081';
    END IF;
    INSERT INTO public.statements
    SELECT each.* FROM jsonb_populate_recordset(NULL::public.statements, p_statements) AS each;
    PERFORM 1 FROM public.statements s
      WHERE s.points_currency = p_currency AND s.period = p_period
     HAVING bool_and(s.sha256 = encode(sha256(convert_to(s.document, 'UTF8')), 'hex'))
        AND count(*) = jsonb_array_length(p_statements);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the statements are not those of the period' USING ERRCODE = 'ST082';
    END IF;
    UPDATE public.clearing_periods c
       SET state = 'closed', cut_place = mark.place, cut_entry = mark.entry_no, closed_at = p_at,
           closed_by = p_by, sha256 = p_sha256
     WHERE c.points_currency = p_currency AND c.period = p_period;
END $$;
