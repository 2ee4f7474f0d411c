-- What was settled, derived again: the entries of payments and disputes are those that their own rows
-- say, in the period that was open when they were booked. See `settling.sql`.


-- Tell the entries of payments and disputes that should stand in the journal and do not ('missing'), or
-- stand there and should not ('foreign'). The day of a step is the business day on which it was made;
-- whatever the zone of that was, it is within a day of its instant.
CREATE OR REPLACE FUNCTION public.stoa_settled_amiss()
RETURNS TABLE (currency text, subject text, wrong text, detail text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH kept AS MATERIALIZED (
        SELECT e.points_currency, e.money_currency, e.business_date, e.line, e.debit,
               e.debit_partner_id, e.credit, e.credit_partner_id, e.issuer_id, e.points, e.rate,
               e.amount, e.source, e.subject_id, e.n, e.period, e.entry_no
          FROM public.money_entries e WHERE e.source IN ('payment', 'dispute')
    ), steps AS (
        SELECT d.id, step.name, coalesce((
               SELECT k.business_date FROM kept k
                WHERE k.source = 'dispute' AND k.subject_id = d.id
                  AND k.n = CASE step.name WHEN 'hold' THEN 0 WHEN 'release' THEN 4 ELSE 8 END
                  AND abs(k.business_date - (step.at AT TIME ZONE 'UTC')::date) <= 1
               ), (step.at AT TIME ZONE 'UTC')::date) AS day
          FROM public.disputes d
         CROSS JOIN LATERAL (VALUES
               ('hold', d.opened_at),
               (CASE WHEN d.state = 'credited' THEN 'credit' ELSE 'release' END, d.decided_at)
               ) AS step (name, at)
         WHERE step.at IS NOT NULL
    ), made AS MATERIALIZED (
        SELECT m.* FROM public.payments p CROSS JOIN LATERAL public.stoa_money_of_payment(p.id) AS m
         WHERE p.state = 'settled'
         UNION ALL
        SELECT m.* FROM steps s
         CROSS JOIN LATERAL public.stoa_money_of_dispute(s.id, s.name, s.day) AS m
    ), derived AS MATERIALIZED (
        SELECT m.points_currency, m.money_currency, m.business_date, m.line, m.debit,
               m.debit_partner_id, m.credit, m.credit_partner_id, m.issuer_id, m.points, m.rate,
               m.amount, m.source, m.subject_id, m.n, k.period, k.entry_no
          FROM made m
          LEFT JOIN kept k ON k.source = m.source AND k.subject_id = m.subject_id AND k.n = m.n
    ), amiss AS (
        SELECT 'missing' AS wrong, d.* FROM (TABLE derived EXCEPT ALL TABLE kept) AS d
         UNION ALL
        SELECT 'foreign', k.* FROM (TABLE kept EXCEPT ALL TABLE derived) AS k
         UNION ALL
        SELECT 'misplaced', k.* FROM kept k
         WHERE k.period COLLATE "C" <> greatest(to_char(k.business_date, 'YYYY-MM') COLLATE "C", (
               SELECT to_char(max(c.period || '-01')::date + interval '1 month', 'YYYY-MM')
                      COLLATE "C"
                 FROM public.clearing_periods c
                WHERE c.points_currency = k.points_currency AND c.state = 'closed'
                  AND c.cut_entry < k.entry_no))
    )
    SELECT a.points_currency, a.source || ' ' || coalesce(p.reference, a.subject_id::text), a.wrong,
           a.line || ' ' || a.points || ' ' || a.amount || ' ' || a.debit || ' ' || a.credit
      FROM amiss a LEFT JOIN public.payments p ON a.source = 'payment' AND p.id = a.subject_id
     ORDER BY 2, 3, 4;
$$;
