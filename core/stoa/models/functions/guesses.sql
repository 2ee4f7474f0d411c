-- Guesses: wrong codes counted, so that trying them out ends soon; see `wallets.sql` for what all
-- functions keep to.


-- Count a wrong code at a partner within so many seconds: of each of those who showed it, and of all.
CREATE OR REPLACE FUNCTION public.stoa_count_guesses(
    p_partner uuid, p_whose uuid[], p_now timestamptz, p_window integer
) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO public.activity_guesses AS g (partner_id, member_id, since, wrong)
    SELECT DISTINCT p_partner, each, p_now, 1
      FROM unnest(p_whose || '00000000-0000-0000-0000-000000000000'::uuid) AS each ORDER BY each
    ON CONFLICT (partner_id, member_id) DO UPDATE
       SET wrong = CASE WHEN g.since <= p_now - make_interval(secs => p_window) THEN 1
                        ELSE g.wrong + 1 END,
           since = CASE WHEN g.since <= p_now - make_interval(secs => p_window) THEN p_now
                        ELSE g.since END;
$$;
