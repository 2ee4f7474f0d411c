-- Liability: revenue of a period in the money journal; see `journal.sql`, whose lock the caller holds.


-- Book what a period adds to revenue (below zero: takes back), and as an agent the redemption that is
-- passed through. What has been booked for the period is not booked again.
CREATE OR REPLACE FUNCTION public.stoa_book_revenue(
    p_points_currency text, p_money_currency text, p_period text, p_change numeric, p_passed numeric
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    subject uuid := md5('revenue ' || p_points_currency || ' ' || p_period)::uuid;
    last date := ((p_period || '-01')::date + interval '1 month' - interval '1 day')::date;
BEGIN
    IF EXISTS (SELECT 1 FROM public.money_entries e
                WHERE e.source = 'period' AND e.subject_id = subject) THEN
        RETURN;
    END IF;
    PERFORM public.stoa_keep_money(ARRAY(
        SELECT (NULL::bigint, p_points_currency, p_money_currency, p_period, last, 'revenue',
                CASE WHEN each.amount > 0 THEN each.debit ELSE each.credit END, NULL::uuid,
                CASE WHEN each.amount > 0 THEN each.credit ELSE each.debit END, NULL::uuid,
                NULL::uuid, 0, NULL::numeric, abs(each.amount), 'period', NULL::bigint, NULL::uuid,
                NULL::bigint, NULL::bigint, subject, each.n)::public.money_entries
          FROM (VALUES (0, 'LIAB:deferred_points', 'REV:points', p_change),
                       (1, 'REV:points', 'COST:redemption', p_passed))
               AS each (n, debit, credit, amount)
         WHERE each.amount <> 0 ORDER BY each.n));
END $$;
