-- Campaigns: what they may still pay, to the point; see `wallets.sql` for what all functions keep to.
--
-- A budget lies in stripes 0 to 15, so that purchases side by side take from different rows; stripe
-- 16 takes what comes back. Whoever needs more than one row of a campaign locks them in their order,
-- and campaigns follow each other by their codes, so that nobody waits in a circle.


-- Take what campaigns pay a member, one after the other: from the caps first, which only this
-- member's purchases touch, then from the budget. `p_uses` lists ``{campaign, points, caps: [{every, since, points, uses}]}``,
-- where a cap without points or uses has no such limit. The caller has locked the wallet; what is
-- posted to a merged member's counts on the caps of the member who goes on.
-- Where a cap or a budget lacks anything, all is refused with what is left, and nothing is done.
CREATE OR REPLACE FUNCTION public.stoa_take_campaigns(p_member uuid, p_now timestamptz, p_uses jsonb)
RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wanted record;
    cap record;
    used public.campaign_uses;
    own integer := pg_backend_pid() % 16;
    heir uuid := coalesce((SELECT m.merged_into FROM public.members m WHERE m.id = p_member), p_member);
    rest bigint;
BEGIN
    FOR wanted IN
        SELECT u.campaign, u.points, u.caps
          FROM jsonb_to_recordset(p_uses) AS u (campaign text, points bigint, caps jsonb)
         ORDER BY u.campaign COLLATE "C"
    LOOP
        FOR cap IN
            SELECT * FROM jsonb_to_recordset(wanted.caps)
                AS c (every text, since date, points bigint, uses bigint)
             WHERE wanted.caps <> '[]'
        LOOP
            INSERT INTO public.campaign_uses AS u (
                member_id, campaign, every, since, points, uses, changed_at
            )
            SELECT heir, wanted.campaign, cap.every, cap.since, wanted.points, 1, p_now
             WHERE wanted.points <= coalesce(cap.points, wanted.points) AND coalesce(cap.uses, 1) > 0
            ON CONFLICT (member_id, campaign, every, since) DO UPDATE
               SET points = u.points + excluded.points, uses = u.uses + 1, changed_at = p_now
             WHERE (cap.points IS NULL OR u.points + excluded.points <= cap.points)
               AND (cap.uses IS NULL OR u.uses < cap.uses);
            IF NOT FOUND THEN
                SELECT u.* INTO used FROM public.campaign_uses u
                 WHERE u.member_id = heir AND u.campaign = wanted.campaign
                   AND u.every = cap.every AND u.since = cap.since;
                rest := CASE WHEN coalesce(used.uses, 0) >= cap.uses THEN 0
                        ELSE greatest(cap.points - coalesce(used.points, 0), 0) END;
                RAISE EXCEPTION 'the cap of % is reached', wanted.campaign
                    USING ERRCODE = 'ST042', DETAIL = jsonb_build_object(
                        'campaign', wanted.campaign, 'by', cap.every, 'left', rest)::text;
            END IF;
        END LOOP;
        BEGIN
            UPDATE public.campaign_budgets b SET remaining = b.remaining - wanted.points
             WHERE b.campaign = wanted.campaign AND b.stripe = own AND b.remaining >= wanted.points;
            IF NOT FOUND THEN  -- its lock may be held all the same, and would be waited for in a circle
                RAISE EXCEPTION 'the stripe lacks points' USING ERRCODE = 'ST043';
            END IF;
            CONTINUE;
        EXCEPTION WHEN SQLSTATE 'ST043' THEN
            NULL;
        END;
        rest := public.stoa_spread_budget(wanted.campaign, -wanted.points);
        IF rest < 0 THEN
            RAISE EXCEPTION 'the budget of % lacks points', wanted.campaign
                USING ERRCODE = 'ST041', DETAIL = jsonb_build_object(
                    'campaign', wanted.campaign, 'by', 'budget', 'left', rest + wanted.points)::text;
        END IF;
    END LOOP;
END $$;


-- Add points to a budget, or take them where `p_change` is below zero, and spread what is left evenly
-- over its stripes. Below zero is returned, and nothing is done, where it has not so many.
CREATE OR REPLACE FUNCTION public.stoa_spread_budget(p_campaign text, p_change bigint)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    rest bigint;
    back bigint;
BEGIN
    SELECT coalesce(sum(b.remaining), 0) + p_change INTO rest
      FROM public.campaign_budgets b WHERE b.campaign = p_campaign;
    IF rest < 0 THEN
        RETURN rest;  -- what is empty makes nobody wait
    END IF;
    SELECT coalesce(sum(b.remaining), 0) INTO rest
      FROM (SELECT b.remaining FROM public.campaign_budgets b
             WHERE b.campaign = p_campaign AND b.stripe < 16 ORDER BY b.stripe FOR UPDATE) AS b;
    SELECT b.remaining INTO back FROM public.campaign_budgets b
     WHERE b.campaign = p_campaign AND b.stripe = 16 FOR UPDATE SKIP LOCKED;
    rest := rest + coalesce(back, 0) + p_change;
    IF rest >= 0 THEN
        UPDATE public.campaign_budgets b
           SET remaining = each.share
          FROM (SELECT n AS stripe, CASE WHEN n < 16 THEN rest / 16 + (n < rest % 16)::int ELSE 0 END
                       AS share FROM generate_series(0, 16) AS n) AS each
         WHERE b.campaign = p_campaign AND b.stripe = each.stripe AND b.remaining <> each.share
           AND (b.stripe < 16 OR back IS NOT NULL);
    END IF;
    RETURN rest;
END $$;


-- Give a campaign the budget of the version that holds from now on; what was paid already counts.
-- A budget below that leaves nothing. Returns what is left.
CREATE OR REPLACE FUNCTION public.stoa_fund_campaign(p_campaign text, p_budget bigint)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    before bigint;
    change bigint;
    rest bigint;
BEGIN
    INSERT INTO public.campaign_funds (campaign, granted) VALUES (p_campaign, 0) ON CONFLICT DO NOTHING;
    SELECT f.granted INTO before FROM public.campaign_funds f WHERE f.campaign = p_campaign FOR UPDATE;
    INSERT INTO public.campaign_budgets (campaign, stripe, remaining)
    SELECT p_campaign, n, 0 FROM generate_series(0, 16) AS n ON CONFLICT DO NOTHING;
    PERFORM 1 FROM public.campaign_budgets b WHERE b.campaign = p_campaign ORDER BY b.stripe FOR UPDATE;
    SELECT sum(b.remaining) INTO rest FROM public.campaign_budgets b WHERE b.campaign = p_campaign;
    change := greatest(p_budget - before, -rest);
    UPDATE public.campaign_funds f
       SET granted = f.granted + change,
           exhausted_at = CASE WHEN rest + change > 0 THEN NULL ELSE f.exhausted_at END
     WHERE f.campaign = p_campaign;
    RETURN public.stoa_spread_budget(p_campaign, change);
END $$;


-- Give back to budgets and caps what returns of a purchase took back of its campaigns' points, each
-- return once. A merged member's uses are those of the member who goes on. A cap that the version of
-- the purchase did not have has never seen it, and has nothing back.
-- Returns how many points went back.
CREATE OR REPLACE FUNCTION public.stoa_give_back_campaigns(
    p_member uuid, p_purchase uuid, p_now timestamptz
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    back record;
    day date;
    heir uuid;
    gone bigint := 0;
    closes integer;
    rule jsonb;
BEGIN
    SELECT p.business_date, coalesce(m.merged_into, p.member_id) INTO day, heir
      FROM public.purchases p JOIN public.members m ON m.id = p.member_id
     WHERE p.member_id = p_member AND p.id = p_purchase;
    FOR back IN
        SELECT t.id, substr(p.reason, 10) AS campaign, -sum(p.points) AS points
          FROM public.transactions t
          JOIN public.postings p ON p.member_id = t.member_id AND p.currency = t.currency
           AND p.transaction_id = t.id
         WHERE t.member_id = p_member AND t.subject_id = p_purchase AND t.kind IN ('return', 'void')
           AND p.reason LIKE 'campaign:%' AND p.points < 0
         GROUP BY t.id, p.reason
         ORDER BY substr(p.reason, 10) COLLATE "C", min(p.seq)
    LOOP
        SELECT count(*) INTO closes FROM (
            SELECT 1 FROM public.transactions t
              JOIN public.postings p ON p.member_id = t.member_id AND p.currency = t.currency
               AND p.transaction_id = t.id
             WHERE t.member_id = p_member AND t.subject_id = p_purchase
               AND t.kind IN ('earn', 'return', 'void') AND p.reason = 'campaign:' || back.campaign
            HAVING sum(p.points) = 0 AND NOT EXISTS (
                   SELECT 1 FROM public.campaign_returns r
                    WHERE r.member_id = p_member AND r.purchase_id = p_purchase
                      AND r.campaign = back.campaign AND r.uses = 1)) AS whole;
        INSERT INTO public.campaign_returns (
            member_id, transaction_id, campaign, purchase_id, points, uses
        ) VALUES (p_member, back.id, back.campaign, p_purchase, back.points, closes)
        ON CONFLICT DO NOTHING;
        CONTINUE WHEN NOT FOUND;
        gone := gone + back.points;
        SELECT v.document INTO rule
          FROM public.transactions t
         CROSS JOIN LATERAL jsonb_array_elements(t.explanation -> 'lines') AS line
          JOIN public.rule_versions v ON v.kind = 'campaign' AND v.code = back.campaign
           AND v.version = (line ->> 'rule_version')::int
         WHERE t.member_id = p_member AND t.id = p_purchase
           AND line ->> 'reason' = 'campaign:' || back.campaign LIMIT 1;
        UPDATE public.campaign_uses u
           SET points = greatest(u.points - back.points, 0), uses = greatest(u.uses - closes, 0),
               changed_at = p_now
         WHERE u.member_id = heir AND u.campaign = back.campaign
           AND (coalesce(rule -> 'caps', '[]') @> jsonb_build_array(jsonb_build_object('every', u.every))
                OR u.every IN ('day', 'campaign')
                   AND rule ->> 'condition' SIMILAR TO '%(first_purchase|days_since_purchase)%')
           AND u.since = CASE u.every WHEN 'day' THEN day
               WHEN 'week' THEN date_trunc('week', day)::date
               WHEN 'month' THEN date_trunc('month', day)::date ELSE '0001-01-01' END;
        UPDATE public.campaign_budgets b SET remaining = b.remaining + back.points
         WHERE b.campaign = back.campaign AND b.stripe = 16;
    END LOOP;
    RETURN gone;
END $$;


-- Let what a merged member had of campaigns count for the member who goes on: two memberships of one
-- person have one cap. It finds nothing the second time.
CREATE OR REPLACE FUNCTION public.stoa_merge_campaigns(p_from uuid, p_into uuid, p_now timestamptz)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    WITH old AS (DELETE FROM public.campaign_uses u WHERE u.member_id = p_from RETURNING u.*)
    INSERT INTO public.campaign_uses AS u (
        member_id, campaign, every, since, points, uses, changed_at
    )
    SELECT p_into, o.campaign, o.every, o.since, o.points, o.uses, p_now
      FROM old AS o WHERE p_from <> p_into
    ON CONFLICT (member_id, campaign, every, since) DO UPDATE
       SET points = u.points + excluded.points, uses = u.uses + excluded.uses, changed_at = p_now;
$$;


-- Note which campaigns have nothing left to pay; return those found so for the first time.
CREATE OR REPLACE FUNCTION public.stoa_exhaust_campaigns(p_now timestamptz)
RETURNS SETOF text LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE public.campaign_funds f SET exhausted_at = p_now
     WHERE f.exhausted_at IS NULL AND f.granted > 0
       AND NOT EXISTS (SELECT 1 FROM public.campaign_budgets b
                        WHERE b.campaign = f.campaign AND b.remaining > 0)
    RETURNING f.campaign;
$$;
