-- Limits: how many requests a partner may still make, told in portions to the server processes, and
-- failed proofs of clients, counted by door; see `wallets.sql` for what all functions keep to.


-- Take a portion of a partner's requests out of its bucket, which fills by the server's own clock.
-- A portion is a tenth of a second's; none comes with the milliseconds until the next request.
CREATE OR REPLACE FUNCTION public.stoa_lease(
    p_partner uuid, p_rate integer, p_burst integer, p_most integer
) RETURNS TABLE (granted integer, wait_ms integer, most integer)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    rate integer;
    burst integer;
    there double precision;
    here timestamptz := clock_timestamp();
BEGIN
    SELECT coalesce(l.rate_per_s, p_rate), coalesce(l.burst, p_burst), coalesce(l.most_at_once, p_most)
      INTO rate, burst, most
      FROM (SELECT 1) AS one LEFT JOIN public.partner_limits l ON l.partner_id = p_partner;
    INSERT INTO public.rate_buckets (partner_id, tokens, at) VALUES (p_partner, burst, here)
    ON CONFLICT DO NOTHING;
    SELECT least(burst, b.tokens + rate * greatest(0, extract(epoch FROM here - b.at))) INTO there
      FROM public.rate_buckets b WHERE b.partner_id = p_partner FOR UPDATE;
    granted := greatest(0, least(greatest(1, rate / 10), floor(there)));
    wait_ms := CASE WHEN granted > 0 THEN 0 ELSE ceil((1 - there) * 1000 / rate) END;
    UPDATE public.rate_buckets b SET tokens = there - granted, at = here WHERE b.partner_id = p_partner;
    RETURN NEXT;
END $$;


-- Count a failed proof at each of these doors within so many seconds.
CREATE OR REPLACE FUNCTION public.stoa_count_failures(
    p_doors text[], p_now timestamptz, p_window integer
) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO public.door_failures AS f (door, since, wrong)
    SELECT DISTINCT each, p_now, 1 FROM unnest(p_doors) AS each ORDER BY each
    ON CONFLICT (door) DO UPDATE
       SET wrong = CASE WHEN f.since <= p_now - make_interval(secs => p_window) THEN 1
                        ELSE f.wrong + 1 END,
           since = CASE WHEN f.since <= p_now - make_interval(secs => p_window) THEN p_now
                        ELSE f.since END;
$$;
