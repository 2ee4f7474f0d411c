-- Rollups: sums that follow the log and the money journal, each entry once, under one lock.
-- Their marks stand in positions_at, moved in the transaction that adds up.


-- Count days on which members were active, and what follows from each for periods and for months.
-- Days that are known already change nothing; returns how many were not.
CREATE OR REPLACE FUNCTION public.stoa_keep_days(p_members uuid[], p_partners uuid[], p_days date[])
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    never CONSTANT date := '0001-01-01';
    nobody CONSTANT uuid := '00000000-0000-0000-0000-000000000000';
    kept bigint;
BEGIN
    WITH fresh AS (
        INSERT INTO public.member_days AS d (member_id, partner_id, day)
        SELECT DISTINCT g.member_id, g.partner_id, g.day
          FROM unnest(p_members, p_partners, p_days) AS g (member_id, partner_id, day)
        ON CONFLICT DO NOTHING RETURNING d.member_id, d.partner_id, d.day
    ), since AS MATERIALIZED (
        SELECT f.member_id, f.partner_id, min(f.day) AS day FROM fresh f GROUP BY 1, 2
    ), old AS MATERIALIZED (
        -- What was known from the first new day on, and the day before it that leads there.
        SELECT s.member_id, s.partner_id, s.day AS since, d.day FROM since s
         CROSS JOIN LATERAL (
               SELECT o.day FROM public.member_days o
                WHERE o.member_id = s.member_id AND o.partner_id = s.partner_id AND o.day >= s.day
                UNION ALL
               (SELECT o.day FROM public.member_days o
                 WHERE o.member_id = s.member_id AND o.partner_id = s.partner_id AND o.day < s.day
                 ORDER BY o.day DESC LIMIT 1)) AS d
    ), counted AS (
        SELECT o.partner_id, o.day, o.since, -1 AS n,
               lag(o.day) OVER (PARTITION BY o.member_id, o.partner_id ORDER BY o.day) AS before
          FROM old o
         UNION ALL
        SELECT a.partner_id, a.day, a.since, 1,
               lag(a.day) OVER (PARTITION BY a.member_id, a.partner_id ORDER BY a.day)
          FROM (SELECT * FROM old
                 UNION ALL
                SELECT f.member_id, f.partner_id, s.day, f.day FROM fresh f
                  JOIN since s USING (member_id, partner_id)) AS a
    ), added AS (
        INSERT INTO public.activity_days AS r (partner_id, day, before, members)
        SELECT c.partner_id, c.day, CASE WHEN c.day - c.before <= 366 THEN c.before ELSE never END,
               sum(c.n)
          FROM counted c WHERE c.day >= c.since
         GROUP BY 1, 2, 3 HAVING sum(c.n) <> 0
        ON CONFLICT (partner_id, day, before) DO UPDATE SET members = r.members + excluded.members
    ), months AS MATERIALIZED (
        -- Partners where a member is seen for the first time in a month.
        SELECT DISTINCT f.member_id, f.partner_id, date_trunc('month', f.day)::date AS month
          FROM fresh f
         WHERE f.partner_id <> nobody AND NOT EXISTS (
               SELECT 1 FROM public.member_days o
                WHERE o.member_id = f.member_id AND o.partner_id = f.partner_id
                  AND o.day >= date_trunc('month', f.day)
                  AND o.day < date_trunc('month', f.day) + interval '1 month')
    ), others AS MATERIALIZED (
        SELECT DISTINCT m.member_id, m.month, o.partner_id
          FROM (SELECT DISTINCT member_id, month FROM months) AS m
          JOIN public.member_days o ON o.member_id = m.member_id AND o.partner_id <> nobody
           AND o.day >= m.month AND o.day < m.month + interval '1 month'
    ), shared AS (
        INSERT INTO public.shared_months AS r (month, partner_id, other_id, members)
        SELECT p.month, least(p.one, p.two), greatest(p.one, p.two), count(*)
          FROM (SELECT m.month, m.partner_id AS one, o.partner_id AS two
                  FROM months m JOIN others o USING (member_id, month)
                 UNION ALL
                SELECT m.month, m.partner_id, o.partner_id
                  FROM months m JOIN months o USING (member_id, month)
                 WHERE m.partner_id < o.partner_id) AS p
         GROUP BY 1, 2, 3
        ON CONFLICT (month, partner_id, other_id) DO UPDATE SET members = r.members + excluded.members
    )
    SELECT count(*) INTO kept FROM fresh;
    RETURN kept;
END $$;


-- Give a merged member's days to the one who goes on, so that a person counts once.
CREATE OR REPLACE FUNCTION public.stoa_join_days(p_old uuid, p_new uuid)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    never CONSTANT date := '0001-01-01';
    nobody CONSTANT uuid := '00000000-0000-0000-0000-000000000000';
    partners uuid[];
    days date[];
BEGIN
    PERFORM pg_advisory_xact_lock(5771);
    WITH mine AS MATERIALIZED (
        SELECT d.partner_id, d.day,
               lag(d.day) OVER (PARTITION BY d.partner_id ORDER BY d.day) AS before
          FROM public.member_days d WHERE d.member_id = p_old
    ), lessened AS (
        UPDATE public.activity_days r SET members = r.members - 1 FROM mine m
         WHERE r.partner_id = m.partner_id AND r.day = m.day
           AND r.before = CASE WHEN m.day - m.before <= 366 THEN m.before ELSE never END
    ), months AS MATERIALIZED (
        SELECT DISTINCT m.partner_id, date_trunc('month', m.day)::date AS month FROM mine m
         WHERE m.partner_id <> nobody
    ), unshared AS (
        UPDATE public.shared_months r SET members = r.members - 1
          FROM months a JOIN months b ON a.month = b.month AND a.partner_id < b.partner_id
         WHERE r.month = a.month AND r.partner_id = a.partner_id AND r.other_id = b.partner_id
    )
    SELECT array_agg(m.partner_id), array_agg(m.day) INTO partners, days FROM mine m;
    IF days IS NULL THEN
        RETURN 0;
    END IF;
    DELETE FROM public.member_days d WHERE d.member_id = p_old;
    RETURN public.stoa_keep_days(array_fill(p_new, ARRAY[cardinality(days)]), partners, days);
END $$;


-- Add up the next postings of the log, at most so many: active members, and what expires when.
CREATE OR REPLACE FUNCTION public.stoa_roll_postings(p_limit bigint)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    nobody CONSTANT uuid := '00000000-0000-0000-0000-000000000000';
    first bigint;
    upto bigint;
    members uuid[];
    partners uuid[];
    days date[];
BEGIN
    IF NOT pg_try_advisory_xact_lock(5771) THEN
        RETURN 0;
    END IF;
    SELECT coalesce(max(m.place), 0) INTO first FROM public.positions_at m WHERE m.name = 'activity';
    SELECT least(first + p_limit, coalesce(max(e.place) + 1, 0)) INTO upto FROM public.log_entries e;
    IF upto <= first THEN
        RETURN 0;
    END IF;
    SELECT array_agg(seen.member_id), array_agg(seen.partner_id), array_agg(seen.day)
      INTO members, partners, days
      FROM (SELECT DISTINCT coalesce(m.merged_into, p.member_id) AS member_id, each.partner_id,
                   t.business_date AS day
              FROM public.log_entries e
              JOIN public.postings p
                ON p.member_id = e.member_id AND p.currency = e.currency AND p.seq = e.seq
              JOIN public.transactions t
                ON t.member_id = p.member_id AND t.id = p.transaction_id
              LEFT JOIN public.members m ON m.id = p.member_id
             CROSS JOIN LATERAL (VALUES (p.partner_id), (nobody)) AS each (partner_id)
             WHERE e.place >= first AND e.place < upto AND p.partner_id IS NOT NULL
               AND (p.account = 'issued' AND p.points > 0 OR p.account = 'burned' AND p.points < 0)
           ) AS seen;
    IF members IS NOT NULL THEN
        PERFORM public.stoa_keep_days(members, partners, days);
    END IF;
    INSERT INTO public.expiring_days AS r (currency, expires_on, points)
    SELECT x.currency, x.expires_on, sum(x.points)
      FROM (SELECT p.currency, p.expires_on, p.points
              FROM public.log_entries e
              JOIN public.postings p
                ON p.member_id = e.member_id AND p.currency = e.currency AND p.seq = e.seq
             WHERE e.place >= first AND e.place < upto AND p.points > 0
               AND p.available_on IS NOT NULL AND p.expires_on IS NOT NULL
             UNION ALL
            SELECT p.currency, p.expires_on, -u.points
              FROM public.log_entries e
              JOIN public.lot_uses u
                ON u.member_id = e.member_id AND u.currency = e.currency AND u.seq = e.seq
              JOIN public.postings p
                ON p.member_id = u.member_id AND p.currency = u.currency AND p.seq = u.lot_seq
             WHERE e.place >= first AND e.place < upto AND p.expires_on IS NOT NULL) AS x
     GROUP BY 1, 2 HAVING sum(x.points) <> 0
    ON CONFLICT (currency, expires_on) DO UPDATE SET points = r.points + excluded.points;
    INSERT INTO public.positions_at (name, place) VALUES ('activity', upto)
    ON CONFLICT (name) DO UPDATE SET place = excluded.place;
    RETURN upto - first;
END $$;


-- Add up the next entries of the money journal, at most so many: whose points went to whom.
CREATE OR REPLACE FUNCTION public.stoa_roll_money(p_limit bigint)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    nobody CONSTANT uuid := '00000000-0000-0000-0000-000000000000';
    first bigint;
    upto bigint;
BEGIN
    IF NOT pg_try_advisory_xact_lock(5772) THEN
        RETURN 0;
    END IF;
    SELECT coalesce(max(m.place), 0) INTO first FROM public.positions_at m WHERE m.name = 'crossing';
    SELECT least(first + p_limit, m.entry_no) INTO upto FROM public.money_mark m
     WHERE m.name = 'journal';
    IF upto <= first THEN
        RETURN 0;
    END IF;
    INSERT INTO public.cross_days AS r (
        points_currency, money_currency, business_date, issuer_id, partner_id, points, amount, entries
    )
    SELECT e.points_currency, e.money_currency, e.business_date, coalesce(e.issuer_id, nobody),
           coalesce(CASE WHEN e.points < 0 THEN e.credit_partner_id ELSE e.debit_partner_id END, nobody),
           -sum(e.points), sum(CASE WHEN e.points < 0 THEN e.amount ELSE -e.amount END), count(*)
      FROM public.money_entries e
     WHERE e.entry_no > first AND e.entry_no <= upto AND e.line = 'burned'
     GROUP BY 1, 2, 3, 4, 5
    ON CONFLICT (points_currency, money_currency, business_date, issuer_id, partner_id) DO UPDATE
       SET points = r.points + excluded.points, amount = r.amount + excluded.amount,
           entries = r.entries + excluded.entries;
    INSERT INTO public.positions_at (name, place) VALUES ('crossing', upto)
    ON CONFLICT (name) DO UPDATE SET place = excluded.place;
    RETURN upto - first;
END $$;


-- Count moves between tiers anew from the day of the mark on, at most so many days; days that are
-- over move the mark. What is counted twice replaces itself. Returns how many days are over.
CREATE OR REPLACE FUNCTION public.stoa_roll_tiers(p_zone text, p_now timestamptz, p_days integer)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    epoch CONSTANT date := '1970-01-01';
    today date := (p_now AT TIME ZONE p_zone)::date;
    first date;
    upto date;
BEGIN
    IF NOT pg_try_advisory_xact_lock(5773) THEN
        RETURN 0;
    END IF;
    SELECT epoch + m.place::integer INTO first FROM public.positions_at m WHERE m.name = 'tiers';
    IF first IS NULL THEN
        SELECT (c.at AT TIME ZONE p_zone)::date INTO first FROM public.standing_changes c
         ORDER BY c.at LIMIT 1;
    END IF;
    IF first IS NULL THEN
        RETURN 0;
    END IF;
    upto := least(first + p_days, today + 1);
    DELETE FROM public.tier_days d WHERE d.day >= first AND d.day < upto;
    INSERT INTO public.tier_days (ladder, day, from_tier, to_tier, moves)
    SELECT c.ladder, (c.at AT TIME ZONE p_zone)::date, c.from_tier, c.to_tier, count(*)
      FROM public.standing_changes c
     WHERE c.at >= first::timestamp AT TIME ZONE p_zone
       AND c.at < upto::timestamp AT TIME ZONE p_zone
     GROUP BY 1, 2, 3, 4;
    -- Yesterday is counted once more: what was begun then may be committed today.
    INSERT INTO public.positions_at (name, place)
    VALUES ('tiers', greatest(first, least(upto, today - 1)) - epoch)
    ON CONFLICT (name) DO UPDATE SET place = excluded.place;
    RETURN greatest(least(upto, today - 1) - first, 0);
END $$;


-- Count members by the day on which they enrolled.
CREATE OR REPLACE FUNCTION public.stoa_count_members(p_zone text)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    counted bigint;
BEGIN
    IF NOT pg_try_advisory_xact_lock(5774) THEN
        RETURN 0;
    END IF;
    DELETE FROM public.enrolled_days;
    INSERT INTO public.enrolled_days (day, enrolled, members)
    SELECT (m.enrolled_at AT TIME ZONE p_zone)::date, count(*),
           count(*) FILTER (WHERE m.status NOT IN ('closed', 'merged'))
      FROM public.members m GROUP BY 1;
    SELECT coalesce(sum(d.enrolled), 0) INTO counted FROM public.enrolled_days d;
    RETURN counted;
END $$;
