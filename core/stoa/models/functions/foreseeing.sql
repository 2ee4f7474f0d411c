-- Foreseeing: whether payers have funded points, before anybody promises them. Nothing is taken, so
-- that another purchase may come first; see `funding.sql`, whose arithmetic this is.


-- Tell which payer would refuse to pay for legs at one price: the first by its id; nothing where all
-- of them would pay.
CREATE OR REPLACE FUNCTION public.stoa_unfunded_payer(
    p_currency text, p_payers uuid[], p_points bigint[], p_price numeric
) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT need.partner_id
      FROM (SELECT f.partner_id, f.kind, f.overflow, sum(leg.points) AS points,
                   (coalesce(p_price, 0) * 1000000)::bigint AS micros
              FROM unnest(p_payers, p_points) AS leg (payer, points)
              JOIN public.partner_funding f ON f.partner_id = leg.payer
             GROUP BY f.partner_id, f.kind, f.overflow) AS need
     CROSS JOIN LATERAL (
           SELECT coalesce(sum(s.remaining) FILTER (
                      WHERE s.pool = 'packs' AND s.currency = p_currency), 0) AS packs,
                  coalesce(sum(s.remaining) FILTER (
                      WHERE s.pool = 'reserve' AND s.currency = p_currency), 0) AS reserve,
                  coalesce(sum(s.remaining) FILTER (WHERE s.pool = 'credit'), 0) AS credit
             FROM public.partner_funds s WHERE s.partner_id = need.partner_id) AS has
     CROSS JOIN LATERAL (
           SELECT CASE WHEN need.kind = 'credit' THEN need.points
                       ELSE greatest(need.points - has.packs, 0) END AS points) AS rest
     WHERE rest.points > 0 AND need.overflow <> 'member_first'
       AND CASE WHEN need.kind = 'credit' OR need.overflow = 'credit'
                THEN rest.points * need.micros > greatest(has.credit, 0)
                WHEN need.overflow = 'reserve_pack' THEN rest.points > has.reserve
                ELSE true END
     ORDER BY need.partner_id LIMIT 1;
$$;
