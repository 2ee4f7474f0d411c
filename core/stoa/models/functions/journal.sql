-- The money journal: the only code that writes it. Entries are derived here, from the log in its
-- order, so that nobody can book what no posting says; see `wallets.sql` for what all functions keep
-- to (but that no wallet is locked: the ledger is read, never written).
--
-- One booker at a time: each takes the lock 5752 first. Entries are numbered without a gap.
--
-- ST080  the period is closed


-- Tell the root of a lot: the posting that first brought its points, before any transfer, merger,
-- exchange or grace.
CREATE OR REPLACE FUNCTION public.stoa_root_of(p_member uuid, p_currency text, p_seq bigint)
RETURNS public.postings LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    birth public.postings;
BEGIN
    LOOP
        SELECT p.* INTO birth FROM public.postings p
         WHERE p.member_id = p_member AND p.currency = p_currency AND p.seq = p_seq;
        IF birth.origin_member_id IS NULL THEN
            RETURN birth;
        END IF;
        p_member := birth.origin_member_id;
        p_currency := birth.origin_currency;
        p_seq := birth.origin_seq;
    END LOOP;
END $$;


-- Tell the period of a business day for whatever stands at a place of the log: its month, or the
-- first that was not closed by then.
CREATE OR REPLACE FUNCTION public.stoa_period_of(p_currency text, p_place bigint, p_day date)
RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT greatest(to_char(p_day, 'YYYY-MM') COLLATE "C", (
           SELECT to_char(max(c.period || '-01')::date + interval '1 month', 'YYYY-MM') COLLATE "C"
             FROM public.clearing_periods c
            WHERE c.points_currency = p_currency AND c.state = 'closed' AND c.cut_place <= p_place));
$$;


-- Tell the mode of a period: as it was when its first entry was booked, else as is agreed.
CREATE OR REPLACE FUNCTION public.stoa_mode_of(p_currency text, p_period text)
RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce((
        SELECT c.mode FROM public.clearing_periods c
         WHERE c.points_currency = p_currency AND c.period = p_period
    ), (
        SELECT t.mode FROM public.clearing_terms t
         WHERE t.points_currency = p_currency AND t.state = 'approved'
           AND t.effective_from COLLATE "C" <= p_period
         ORDER BY t.effective_from COLLATE "C" DESC, t.version DESC LIMIT 1
    ), 'POOL');
$$;


-- Tell the agreement with a partner that holds for what has this business day and was recorded at this
-- instant: the newest of those that were agreed before and in force; before all of them the first.
-- It has no rights of its own, so that the planner may put it into the statement that asks.
CREATE OR REPLACE FUNCTION public.stoa_agreement_at(p_partner uuid, p_day date, p_at timestamptz)
RETURNS SETOF public.agreements LANGUAGE sql STABLE AS $$
    SELECT a.* FROM public.agreements a WHERE a.partner_id = p_partner
     ORDER BY (a.effective_from <= p_day AND a.agreed_at < p_at) DESC,
              CASE WHEN a.effective_from <= p_day AND a.agreed_at < p_at
                   THEN a.effective_from END DESC,
              CASE WHEN a.effective_from <= p_day AND a.agreed_at < p_at
                   THEN a.version ELSE -a.version END DESC
     LIMIT 1;
$$;


-- Derive the entries of the log from `p_first` on and before `p_upto`; they depend on nothing but the
-- log, what was agreed, what packs paid, and which periods were closed where. Their order is the log's;
-- `entry_no` is left empty.
CREATE OR REPLACE FUNCTION public.stoa_money_of(p_first bigint, p_upto bigint)
RETURNS SETOF public.money_entries
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    RETURN QUERY
    WITH posted AS MATERIALIZED (
        SELECT e.place, p.*, t.business_date, t.recorded_at, t.subject_id,
               p.points > 0 AND p.available_on IS NOT NULL AS birth,
               p.account IN ('issued', 'adjusted') AND EXISTS (
               SELECT 1 FROM public.funding_draws d WHERE d.member_id = p.member_id
                  AND d.currency = p.currency AND d.seq = p.seq) AS funded, (
               SELECT max(c.cut_place) FROM public.clearing_periods c
                WHERE c.points_currency = p.currency AND c.cut_place <= e.place) AS late
          FROM public.log_entries e
          JOIN public.postings p
            ON p.member_id = e.member_id AND p.currency = e.currency AND p.seq = e.seq
          JOIN public.transactions t ON t.member_id = p.member_id AND t.id = p.transaction_id
         WHERE e.place >= p_first AND e.place < p_upto
    ), days AS MATERIALIZED (
        SELECT each.currency, each.business_date, each.late, period, c.money_currency,
               (period || '-01')::date AS since, public.stoa_mode_of(each.currency, period) AS mode
          FROM (SELECT DISTINCT x.currency, x.business_date, x.late FROM posted x) AS each
          JOIN public.currencies c ON c.code = each.currency
         CROSS JOIN LATERAL public.stoa_period_of(
               each.currency, coalesce(each.late, -1), each.business_date) AS period
    ), pieces AS MATERIALIZED (
        -- The lots that a posting filled or emptied; what no lot stands for has the number 0.
        SELECT x.*, piece.lot_seq, piece.points AS part,
               sum(abs(piece.points)) OVER (PARTITION BY x.place ORDER BY piece.lot_seq) AS upto
          FROM posted x
         CROSS JOIN LATERAL (
               SELECT x.seq AS lot_seq, x.points WHERE x.birth
                UNION ALL
               SELECT u.lot_seq, -u.points FROM public.lot_uses u
                WHERE NOT x.birth AND u.member_id = x.member_id AND u.currency = x.currency
                  AND u.seq = x.seq
                UNION ALL
               SELECT 0, x.points + coalesce(sum(u.points), 0)::bigint FROM public.lot_uses u
                WHERE NOT x.birth AND u.member_id = x.member_id AND u.currency = x.currency
                  AND u.seq = x.seq
               HAVING NOT x.birth AND x.points + coalesce(sum(u.points), 0) <> 0) AS piece
    ), owned AS MATERIALIZED (
        -- Whose each lot is: the payer of the posting that first brought its points.
        SELECT x.*, CASE WHEN x.birth AND x.origin_seq IS NULL THEN x.payer_id
                         WHEN b.origin_seq IS NOT NULL THEN r.payer_id
                         ELSE b.payer_id END AS issuer,
               CASE WHEN b.origin_seq IS NOT NULL THEN r.member_id ELSE b.member_id END AS root,
               CASE WHEN b.origin_seq IS NOT NULL THEN r.transaction_id
                    ELSE b.transaction_id END AS root_id
          FROM pieces x
          LEFT JOIN public.postings b
            ON b.member_id = CASE WHEN x.birth THEN x.origin_member_id ELSE x.member_id END
           AND b.currency = CASE WHEN x.birth THEN x.origin_currency ELSE x.currency END
           AND b.seq = CASE WHEN x.birth THEN x.origin_seq ELSE nullif(x.lot_seq, 0) END
          LEFT JOIN LATERAL public.stoa_root_of(
               b.origin_member_id, b.origin_currency, b.origin_seq) AS r ON b.origin_seq IS NOT NULL
    ), priced AS (
        SELECT x.place, x.member_id, x.currency, x.seq, x.lot_seq, x.account, x.issuer, x.payer_id,
               x.business_date, d.period, d.money_currency, x.partner_id,
               part.n, part.pool, part.points, x.part > 0 AS gains,
               CASE WHEN o.place IS NULL THEN d.mode
                    ELSE public.stoa_mode_of(x.currency, public.stoa_period_of(
                         x.currency, o.place, o.business_date)) END AS mode,
               coalesce(part.price, x.price, o.price) AS price, agreed.*
          FROM owned x
          JOIN days d ON d.currency = x.currency AND d.business_date = x.business_date
           AND d.late IS NOT DISTINCT FROM x.late
          LEFT JOIN LATERAL (
               -- What it takes back: the purchase of a clawback, the burn of a refund.
               SELECT t.business_date, t.recorded_at, e.place, p.price
                 FROM public.transactions t
                 JOIN public.postings p
                   ON p.member_id = t.member_id AND p.currency = t.currency AND p.seq = t.first_seq
                 LEFT JOIN public.log_entries e
                   ON e.member_id = p.member_id AND e.currency = p.currency AND e.seq = p.seq
                WHERE t.member_id = x.member_id AND t.id = x.subject_id
                  AND (x.account IN ('issued', 'adjusted') AND x.part < 0
                       OR x.account = 'burned' AND x.part > 0)
               ) AS o ON true
          LEFT JOIN LATERAL (
               SELECT payee.reimburse_by AS payee_by, payee.fee_redeeming,
                      issuing.fee_issuing, issuing.reimbursement_rate AS rate_of_day,
                      lot.reimburse_by AS lot_by, lot.reimbursement_rate AS rate_of_lot
                 FROM (SELECT coalesce(o.business_date, x.business_date) AS day,
                              coalesce(o.recorded_at, x.recorded_at) AS at) AS burn
                 LEFT JOIN LATERAL public.stoa_agreement_at(x.partner_id, burn.day, burn.at)
                   AS payee ON true
                 LEFT JOIN LATERAL public.stoa_agreement_at(x.issuer, burn.day, burn.at)
                   AS issuing ON true
                 LEFT JOIN public.transactions t ON t.member_id = x.root AND t.id = x.root_id
                 LEFT JOIN LATERAL public.stoa_agreement_at(x.issuer, t.business_date, t.recorded_at)
                   AS lot ON true
                WHERE x.account = 'burned' AND x.partner_id IS NOT NULL
               ) AS agreed ON true
         CROSS JOIN LATERAL (
               -- Who pays for them: the price, packs at theirs, or the operator, who carries them.
               SELECT 0 AS n, 'price' AS pool, NULL::numeric AS price, x.part AS points
                WHERE NOT x.funded
                UNION ALL
               SELECT f.n::integer, f.pool, f.price,
                      (sign(x.part) * (least(f.upto, x.upto)
                       - greatest(f.upto - f.size, x.upto - abs(x.part))))::bigint
                 FROM (SELECT g.*, abs(g.points) AS size,
                              row_number() OVER (ORDER BY g.pool, g.pack) AS n,
                              sum(abs(g.points)) OVER (ORDER BY g.pool, g.pack) AS upto
                         FROM (SELECT 'pack' AS pool, k.points, k.pack_id AS pack, p.price
                                 FROM public.pack_draws k
                                 JOIN public.funding_packs p ON p.id = k.pack_id
                                WHERE x.funded AND k.member_id = x.member_id
                                  AND k.currency = x.currency AND k.seq = x.seq
                                UNION ALL
                               SELECT 'carried', d.points, NULL, NULL FROM public.funding_draws d
                                WHERE x.funded AND d.member_id = x.member_id
                                  AND d.currency = x.currency AND d.seq = x.seq
                                  AND d.pool = 'carried'
                                UNION ALL
                               SELECT 'price', x.points - coalesce(sum(d.points), 0)::bigint, NULL, NULL
                                 FROM public.funding_draws d
                                WHERE x.funded AND d.member_id = x.member_id
                                  AND d.currency = x.currency AND d.seq = x.seq AND d.pool <> 'credit'
                               HAVING x.funded AND x.points <> coalesce(sum(d.points), 0)
                              ) AS g) AS f
                WHERE x.funded AND least(f.upto, x.upto)
                      > greatest(f.upto - f.size, x.upto - abs(x.part))
               ) AS part
    ), ruled AS (
        SELECT x.*, abs(x.points) AS size,
               x.mode = 'POOL' AND x.payer_id IS NOT NULL AND x.price IS NOT NULL
               AND x.pool <> 'carried' AS charged,
               CASE WHEN x.account <> 'burned' THEN x.price
                    WHEN x.partner_id IS NULL THEN 0
                    WHEN x.issuer IS NULL THEN x.price
                    WHEN x.mode = 'POOL' AND x.payee_by = 'lot' THEN x.rate_of_lot
                    WHEN x.mode = 'POOL' THEN x.price
                    WHEN x.lot_by = 'burn_date' THEN x.rate_of_day
                    ELSE x.rate_of_lot END AS rate
          FROM priced x
    ), sided AS (
        -- As if a lot were born, or burned; the other way round is turned below.
        SELECT x.*, side.nth, side.line, side.debit, side.debtor, side.credit, side.creditor, side.each
          FROM ruled x
         CROSS JOIN LATERAL (
               SELECT 0 AS nth, CASE WHEN x.account = 'adjusted' THEN 'adjustments'
                           WHEN x.points > 0 THEN 'issued' ELSE 'clawback' END AS line,
                      CASE WHEN x.charged THEN 'AR' ELSE 'MEMO:points' END AS debit,
                      CASE WHEN x.pool <> 'carried' THEN x.payer_id END AS debtor,
                      CASE WHEN x.charged THEN 'LIAB:deferred_points' ELSE 'MEMO:points' END AS credit,
                      NULL::uuid AS creditor, x.rate AS each
                WHERE x.account IN ('issued', 'adjusted')
                UNION ALL
               SELECT 1, 'packs', 'LIAB:prepaid', NULL, 'AR', x.payer_id, x.rate
                WHERE x.account IN ('issued', 'adjusted') AND x.charged AND x.pool = 'pack'
                UNION ALL
               SELECT 0, 'burned',
                      CASE WHEN x.partner_id IS NULL THEN 'MEMO:points'
                           WHEN x.mode = 'POOL' OR x.issuer IS NULL THEN 'COST:redemption'
                           ELSE 'AR' END,
                      CASE WHEN x.mode <> 'POOL' AND x.partner_id IS NOT NULL THEN x.issuer END,
                      CASE WHEN x.partner_id IS NULL THEN 'MEMO:points' ELSE 'AP' END,
                      x.partner_id, x.rate
                WHERE x.account = 'burned'
                UNION ALL
               SELECT 1, 'fees', 'AR', x.issuer, 'REV:fee', NULL, x.fee_issuing
                WHERE x.account = 'burned' AND x.fee_issuing > 0
                UNION ALL
               SELECT 2, 'fees', 'AR', x.partner_id, 'REV:fee', NULL, x.fee_redeeming
                WHERE x.account = 'burned' AND x.fee_redeeming > 0
                UNION ALL
               SELECT 0, CASE x.account WHEN 'expired' THEN 'expired' WHEN 'debt' THEN 'debt'
                         ELSE 'moved' END, 'MEMO:points', NULL, 'MEMO:points', NULL, NULL
                WHERE x.account NOT IN ('issued', 'adjusted', 'burned')) AS side
    ), turned AS (
        SELECT x.*, (x.points > 0) = (x.account = 'burned') AS back FROM sided x
    )
    SELECT NULL::bigint, x.currency, x.money_currency, x.period, x.business_date, x.line,
           CASE WHEN x.back THEN x.credit ELSE x.debit END,
           CASE WHEN x.back THEN x.creditor ELSE x.debtor END,
           CASE WHEN x.back THEN x.debit ELSE x.credit END,
           CASE WHEN x.back THEN x.debtor ELSE x.creditor END,
           x.issuer, CASE WHEN x.line = 'packs' THEN -x.points ELSE x.points END, x.each,
           CASE WHEN x.debit LIKE 'MEMO%' THEN 0 ELSE x.each * x.size END,
           'posting', x.place, x.member_id, x.seq, x.lot_seq, NULL::uuid, (x.n * 3 + x.nth)::smallint
      FROM turned x
     ORDER BY x.place, x.lot_seq, x.n, x.nth;
END $$;


-- Write entries, number them on, add them up, and open the periods they are the first of. The caller
-- holds the lock. What was booked before under the same name is refused by its index.
CREATE OR REPLACE FUNCTION public.stoa_keep_money(p_entries public.money_entries[])
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    before bigint;
BEGIN
    SELECT m.entry_no INTO STRICT before FROM public.money_mark m WHERE m.name = 'journal' FOR UPDATE;
    IF cardinality(p_entries) = 0 THEN
        RETURN before;
    END IF;
    INSERT INTO public.clearing_periods (points_currency, period, mode)
    SELECT DISTINCT each.points_currency, each.period,
           public.stoa_mode_of(each.points_currency, each.period)
      FROM unnest(p_entries) AS each ON CONFLICT DO NOTHING;
    PERFORM 1 FROM public.clearing_periods c
      WHERE c.state = 'closed' AND (c.points_currency, c.period) IN (
            SELECT each.points_currency, each.period FROM unnest(p_entries) AS each);
    IF FOUND THEN
        RAISE EXCEPTION 'the period is closed' USING ERRCODE = 'ST080';
    END IF;
    INSERT INTO public.money_entries
    SELECT before + row_number() OVER (ORDER BY each.ordinality), each.points_currency,
           each.money_currency, each.period, each.business_date, each.line, each.debit,
           each.debit_partner_id, each.credit, each.credit_partner_id, each.issuer_id, each.points,
           each.rate, each.amount, each.source, each.place, each.member_id, each.seq, each.lot_seq,
           each.subject_id, each.n
      FROM unnest(p_entries) WITH ORDINALITY AS each;
    INSERT INTO public.money_sums AS s (
        points_currency, money_currency, period, effective_on, line, debit, debit_partner_id, credit,
        credit_partner_id, issuer_id, rate, points, amount, entries, first_place, last_place
    )
    SELECT each.points_currency, each.money_currency, each.period,
           least(each.business_date, (each.period || '-01')::date), each.line, each.debit,
           coalesce(each.debit_partner_id, nobody), each.credit,
           coalesce(each.credit_partner_id, nobody), coalesce(each.issuer_id, nobody),
           coalesce(each.rate, 0), sum(each.points), sum(each.amount), count(*), min(each.place),
           max(each.place)
      FROM unnest(p_entries) AS each,
           (SELECT '00000000-0000-0000-0000-000000000000'::uuid AS nobody) AS none
     GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
    ON CONFLICT (points_currency, money_currency, period, effective_on, line, debit, debit_partner_id,
                 credit, credit_partner_id, issuer_id, rate) DO UPDATE
       SET points = s.points + excluded.points, amount = s.amount + excluded.amount,
           entries = s.entries + excluded.entries,
           first_place = least(s.first_place, excluded.first_place),
           last_place = greatest(s.last_place, excluded.last_place);
    UPDATE public.money_mark m SET entry_no = before + cardinality(p_entries)
     WHERE m.name = 'journal';
    RETURN before + cardinality(p_entries);
END $$;


-- Book the next postings of the log, at most so many; return how many, or nothing where another books.
CREATE OR REPLACE FUNCTION public.stoa_book_money(p_limit bigint)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    first bigint;
    upto bigint;
BEGIN
    IF NOT pg_try_advisory_xact_lock(5752) THEN
        RETURN NULL;
    END IF;
    SELECT m.place INTO STRICT first FROM public.money_mark m WHERE m.name = 'journal' FOR UPDATE;
    SELECT least(first + p_limit, coalesce(max(e.place) + 1, 0)) INTO upto FROM public.log_entries e;
    IF upto <= first THEN
        RETURN 0;
    END IF;
    PERFORM public.stoa_keep_money(ARRAY(SELECT each FROM public.stoa_money_of(first, upto) AS each));
    UPDATE public.money_mark m SET place = upto WHERE m.name = 'journal';
    RETURN upto - first;
END $$;
