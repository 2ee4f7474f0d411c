-- Funding: what partners may still issue, checked before a point is promised (economics §3.7); see
-- `wallets.sql` for what all functions keep to.
--
-- What is left lies in stripes 0 to 15 of a pool, so that purchases side by side take from different
-- rows. Whoever needs more than one row of a pool locks them in their order, pools follow each other
-- as they are drawn, and partners by their ids, so that nobody waits in a circle. Stripe 16 of a
-- credit is below zero where its limit lies below what is owed: then the others are empty.
--
-- ST051  a payer's funding is exhausted (DETAIL, as JSON: partner, kind, currency, wanted, left)
-- ST052  more than is unused of a pack (DETAIL: what is)
-- ST053  no such pack


-- Take what a member's legs cost from the funding of their payers, whole or not at all: the postings
-- after `p_born`, all at one price. Payers without a row in `partner_funding` pay without a limit.
-- Mostly one row has enough. Where another purchase took of it between the look and the deed, its lock
-- is held and could be waited for in a circle: the whole is tried again, as after a deadlock.
CREATE OR REPLACE FUNCTION public.stoa_draw_funds(
    p_member uuid, p_currency text, p_now timestamptz, p_born bigint, p_payers uuid[],
    p_points bigint[], p_price numeric
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    fund record;
    own integer := pg_backend_pid() % 16;
    micros bigint := coalesce(p_price, 0) * 1000000;
    legs integer;
    last integer;
    total bigint;
BEGIN
    FOR fund IN
        SELECT f.partner_id, f.kind, s.remaining / CASE f.kind WHEN 'credit' THEN greatest(micros, 1)
                    ELSE 1 END AS points
          FROM public.partner_funding f
          LEFT JOIN public.partner_funds s ON s.partner_id = f.partner_id AND s.stripe = own
           AND s.pool = CASE f.kind WHEN 'credit' THEN 'credit' ELSE 'packs' END
           AND s.currency = CASE f.kind WHEN 'credit' THEN '' ELSE p_currency END
         WHERE f.partner_id = ANY (p_payers) ORDER BY f.partner_id
    LOOP
        legs := 0;
        total := 0;
        FOR n IN 1 .. cardinality(p_payers) LOOP
            IF p_payers[n] = fund.partner_id THEN
                legs := legs + 1;
                last := n;
                total := total + p_points[n];
            END IF;
        END LOOP;
        IF fund.points >= total THEN
            WITH taken AS (
                UPDATE public.partner_funds s
                   SET remaining = s.remaining - CASE fund.kind WHEN 'credit' THEN total * micros
                       ELSE total END
                 WHERE s.partner_id = fund.partner_id AND s.stripe = own
                   AND s.pool = CASE fund.kind WHEN 'credit' THEN 'credit' ELSE 'packs' END
                   AND s.currency = CASE fund.kind WHEN 'credit' THEN '' ELSE p_currency END
                   AND s.remaining >= CASE fund.kind WHEN 'credit' THEN total * micros ELSE total END
                RETURNING s.pool
            )
            INSERT INTO public.funding_draws (
                member_id, currency, seq, pool, partner_id, points, micros
            )
            SELECT p_member, p_currency, p_born + n, taken.pool, fund.partner_id, p_points[n],
                   CASE fund.kind WHEN 'credit' THEN p_points[n] * micros ELSE 0 END
              FROM taken, generate_series(CASE legs WHEN 1 THEN last ELSE 1 END, last) AS n
             WHERE p_payers[n] = fund.partner_id;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'another purchase came first' USING ERRCODE = '40P01';
            END IF;
            CONTINUE;
        END IF;
        PERFORM public.stoa_take_short(
            f, p_currency, p_now, array_fill(p_member, ARRAY[cardinality(p_payers)]),
            ARRAY(SELECT p_born + n FROM generate_series(1, cardinality(p_payers)) AS n), p_payers,
            p_points, array_fill(p_price, ARRAY[cardinality(p_payers)]))
           FROM public.partner_funding f WHERE f.partner_id = fund.partner_id;
    END LOOP;
END $$;


-- Take what legs of many members cost, likewise; all arrays hold one item a leg. Points without a price
-- cost nothing, and are taken from packs all the same.
CREATE OR REPLACE FUNCTION public.stoa_take_funds(
    p_currency text, p_now timestamptz, p_members uuid[], p_seqs bigint[], p_payers uuid[],
    p_points bigint[], p_prices numeric[]
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    fund public.partner_funding;
BEGIN
    FOR fund IN
        SELECT f.* FROM public.partner_funding f
         WHERE f.partner_id = ANY (p_payers) ORDER BY f.partner_id
    LOOP
        PERFORM public.stoa_take_short(
            fund, p_currency, p_now, p_members, p_seqs, p_payers, p_points, p_prices);
    END LOOP;
END $$;


-- Take what one payer's legs cost where one row has not enough: from the whole pool, and what that
-- lacks from where the overflow says: reserve packs, the credit, or the operator, who carries it
-- ('member_first').
CREATE OR REPLACE FUNCTION public.stoa_take_short(
    p_fund public.partner_funding, p_currency text, p_now timestamptz, p_members uuid[],
    p_seqs bigint[], p_payers uuid[], p_points bigint[], p_prices numeric[]
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    own integer := pg_backend_pid() % 16;
    total bigint;
    first bigint := 0;
    rest bigint;
    cost bigint;
    beyond text := p_fund.overflow;
BEGIN
    SELECT sum(leg.points) INTO total FROM unnest(p_payers, p_points) AS leg (payer, points)
     WHERE leg.payer = p_fund.partner_id;
    IF p_fund.kind = 'prepaid' THEN
        first := public.stoa_take_pool(
            p_fund.partner_id, 'packs', p_currency, total, own, beyond = 'refuse');
    ELSE
        beyond := 'credit';
    END IF;
    rest := total - first;
    IF rest > 0 AND beyond = 'reserve_pack' THEN
        IF public.stoa_take_pool(p_fund.partner_id, 'reserve', p_currency, rest, own, true) = 0 THEN
            beyond := 'refuse';
        END IF;
    ELSIF rest > 0 AND beyond = 'credit' THEN
        SELECT coalesce(sum((least(leg.points, leg.upto - first) * leg.price * 1000000)::bigint), 0)
          INTO cost
          FROM (SELECT each.points, coalesce(each.price, 0) AS price,
                       sum(each.points) OVER (ORDER BY each.n) AS upto
                  FROM unnest(p_payers, p_points, p_prices) WITH ORDINALITY
                       AS each (payer, points, price, n)
                 WHERE each.payer = p_fund.partner_id) AS leg
         WHERE leg.upto > first;
        IF cost > 0 AND public.stoa_take_pool(p_fund.partner_id, 'credit', '', cost, own, true) = 0
        THEN
            beyond := CASE WHEN p_fund.overflow = 'member_first' THEN 'member_first' ELSE 'refuse' END;
        END IF;
    END IF;
    IF rest > 0 AND beyond = 'refuse' THEN
        RAISE EXCEPTION 'the funding of % is exhausted', p_fund.partner_id
            USING ERRCODE = 'ST051', DETAIL = jsonb_build_object(
                'partner', p_fund.partner_id, 'currency', p_currency, 'by',
                CASE WHEN cost IS NULL THEN 'points' ELSE 'money' END,
                'wanted', coalesce(cost, total), 'left', public.stoa_funds_left(
                    p_fund.partner_id, p_currency, cost IS NOT NULL, p_fund.overflow))::text;
    END IF;
    INSERT INTO public.funding_draws (member_id, currency, seq, pool, partner_id, points, micros)
    SELECT leg.member, p_currency, leg.seq, part.pool, p_fund.partner_id, part.points,
           CASE WHEN part.pool IN ('credit', 'carried')
                THEN (part.points * leg.price * 1000000)::bigint ELSE 0 END
      FROM (SELECT each.member, each.seq, each.points, coalesce(each.price, 0) AS price,
                   sum(each.points) OVER (ORDER BY each.n) AS upto
              FROM unnest(p_members, p_seqs, p_payers, p_points, p_prices) WITH ORDINALITY
                   AS each (member, seq, payer, points, price, n)
             WHERE each.payer = p_fund.partner_id) AS leg
     CROSS JOIN LATERAL (VALUES
           ('packs', greatest(least(leg.points, first - leg.upto + leg.points), 0)::bigint),
           (CASE beyond WHEN 'reserve_pack' THEN 'reserve' WHEN 'member_first' THEN 'carried'
                 ELSE 'credit' END, greatest(least(leg.points, leg.upto - first), 0)::bigint)
           ) AS part (pool, points)
     WHERE part.points > 0;
    IF rest > 0 AND beyond = 'member_first' AND p_fund.flagged_at IS NULL THEN
        UPDATE public.partner_funding f SET flagged_at = p_now
         WHERE f.partner_id = p_fund.partner_id AND f.flagged_at IS NULL;
    END IF;
END $$;


-- Take from a pool, and return how much was taken: all that is wanted, or, where it may be less, what
-- there is; else nothing.
CREATE OR REPLACE FUNCTION public.stoa_take_pool(
    p_partner uuid, p_pool text, p_currency text, p_wanted bigint, p_own integer, p_whole boolean
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wanted bigint := p_wanted;
    rest bigint;
BEGIN
    BEGIN
        UPDATE public.partner_funds s SET remaining = s.remaining - wanted
         WHERE s.partner_id = p_partner AND s.pool = p_pool AND s.currency = p_currency
           AND s.stripe = p_own AND s.remaining >= wanted;
        IF FOUND THEN
            RETURN wanted;
        END IF;
        -- Its lock may be held all the same, and would be waited for in a circle.
        RAISE EXCEPTION 'the stripe lacks funds' USING ERRCODE = 'ST043';
    EXCEPTION WHEN SQLSTATE 'ST043' THEN
        NULL;
    END;
    WHILE wanted > 0 LOOP
        rest := public.stoa_spread_funds(p_partner, p_pool, p_currency, -wanted, false);
        IF rest >= 0 THEN
            RETURN wanted;
        END IF;
        wanted := CASE WHEN p_whole THEN 0 ELSE wanted + rest END;
    END LOOP;
    RETURN 0;
END $$;


-- Add to a pool, or take from it where `p_change` is below zero, and spread what is left evenly over
-- its stripes. Below zero is returned, and nothing is done, where it has not so much; but with
-- `p_below` it is done, and stripe 16 keeps what is lacking.
CREATE OR REPLACE FUNCTION public.stoa_spread_funds(
    p_partner uuid, p_pool text, p_currency text, p_change bigint, p_below boolean
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    rest bigint;
BEGIN
    IF NOT p_below THEN
        SELECT coalesce(sum(s.remaining), 0) + p_change INTO rest FROM public.partner_funds s
         WHERE s.partner_id = p_partner AND s.pool = p_pool AND s.currency = p_currency;
        IF rest < 0 THEN
            RETURN rest;  -- what is empty makes nobody wait
        END IF;
    END IF;
    SELECT coalesce(sum(s.remaining), 0) + p_change INTO rest
      FROM (SELECT s.remaining FROM public.partner_funds s
             WHERE s.partner_id = p_partner AND s.pool = p_pool AND s.currency = p_currency
             ORDER BY s.stripe FOR UPDATE) AS s;
    IF rest >= 0 OR p_below THEN
        UPDATE public.partner_funds s
           SET remaining = each.share
          FROM (SELECT n AS stripe, CASE WHEN n < 16
                            THEN greatest(rest, 0) / 16 + (n < greatest(rest, 0) % 16)::int
                            ELSE least(rest, 0) END AS share
                  FROM generate_series(0, 16) AS n) AS each
         WHERE s.partner_id = p_partner AND s.pool = p_pool AND s.currency = p_currency
           AND s.stripe = each.stripe AND s.remaining <> each.share;
    END IF;
    RETURN rest;
END $$;


-- What a partner may still issue: points of packs, with reserves where they count, or millionths.
CREATE OR REPLACE FUNCTION public.stoa_funds_left(
    p_partner uuid, p_currency text, p_money boolean, p_overflow text
) RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(sum(s.remaining), 0)::bigint FROM public.partner_funds s
     WHERE s.partner_id = p_partner AND CASE WHEN p_money THEN s.pool = 'credit'
           ELSE s.currency = p_currency
                AND (s.pool = 'packs' OR s.pool = 'reserve' AND p_overflow = 'reserve_pack') END;
$$;


-- Give back what postings take back of points that had drawn on funding: `p_seqs` are these
-- postings, `p_lots` those that had brought the points. What was drawn last goes back first: carried
-- points and credit, then reserves, then packs; never more than was drawn.
CREATE OR REPLACE FUNCTION public.stoa_give_back_funds(
    p_currency text, p_now timestamptz, p_members uuid[], p_seqs bigint[], p_lots bigint[],
    p_points bigint[]
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    back record;
    own integer := pg_backend_pid() % 16;
    rest bigint;
    used bigint;
    money bigint;
    pools jsonb := '{}';
    place text;
    now_at bigint := 0;
BEGIN
    FOR back IN
        SELECT each.n, each.seq, each.lot, each.points AS wanted, d.member_id, d.pool, d.partner_id,
               d.points, d.micros, d.points - d.returned AS unreturned
          FROM unnest(p_members, p_seqs, p_lots, p_points) WITH ORDINALITY
               AS each (member, seq, lot, points, n)
          JOIN public.funding_draws d ON d.member_id = each.member AND d.currency = p_currency
           AND d.seq = each.lot AND d.points > 0
         ORDER BY each.n, array_position(ARRAY['carried', 'credit', 'reserve', 'packs'], d.pool)
    LOOP
        IF back.n <> now_at THEN
            now_at := back.n;
            rest := back.wanted;
        END IF;
        SELECT least(rest, d.points - d.returned) INTO used FROM public.funding_draws d
         WHERE d.member_id = back.member_id AND d.currency = p_currency AND d.seq = back.lot
           AND d.pool = back.pool;
        CONTINUE WHEN used <= 0;
        rest := rest - used;
        money := back.micros / back.points * used;
        UPDATE public.funding_draws d SET returned = d.returned + used
         WHERE d.member_id = back.member_id AND d.currency = p_currency AND d.seq = back.lot
           AND d.pool = back.pool;
        INSERT INTO public.funding_draws (
            member_id, currency, seq, pool, partner_id, points, micros, of_seq
        ) VALUES (
            back.member_id, p_currency, back.seq, back.pool, back.partner_id, -used, -money, back.lot
        );
        IF back.pool <> 'carried' THEN
            place := back.partner_id || ' ' || back.pool;
            pools := jsonb_set(pools, ARRAY[place], to_jsonb(
                coalesce((pools ->> place)::bigint, 0)
                + CASE back.pool WHEN 'credit' THEN money ELSE used END));
        END IF;
    END LOOP;
    FOR back IN
        SELECT split_part(each.key, ' ', 1)::uuid AS partner_id, split_part(each.key, ' ', 2) AS pool,
               each.value::bigint AS change
          FROM jsonb_each_text(pools) AS each
         WHERE each.value <> '0'
         ORDER BY 1, array_position(ARRAY['packs', 'reserve', 'credit'], split_part(each.key, ' ', 2))
    LOOP
        UPDATE public.partner_funds s SET remaining = s.remaining + back.change
         WHERE s.partner_id = back.partner_id AND s.pool = back.pool AND s.stripe = 16
           AND s.currency = CASE back.pool WHEN 'credit' THEN '' ELSE p_currency END
           AND s.remaining < 0;
        CONTINUE WHEN FOUND;
        UPDATE public.partner_funds s SET remaining = s.remaining + back.change
         WHERE s.partner_id = back.partner_id AND s.pool = back.pool AND s.stripe = own
           AND s.currency = CASE back.pool WHEN 'credit' THEN '' ELSE p_currency END;
    END LOOP;
END $$;


-- Let a partner's funding be limited from now on, or open again ('open'): what is drawn stays drawn,
-- what is left of packs is kept. `p_credit` counts where a credit pays.
CREATE OR REPLACE FUNCTION public.stoa_set_funding(
    p_partner uuid, p_kind text, p_overflow text, p_alert bigint, p_credit bigint, p_now timestamptz
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    before bigint;
BEGIN
    PERFORM 1 FROM public.partners p WHERE p.id = p_partner FOR UPDATE;
    SELECT f.credit INTO before FROM public.partner_funding f
     WHERE f.partner_id = p_partner FOR UPDATE;
    PERFORM public.stoa_open_pool(p_partner, 'credit', '');
    IF p_kind = 'open' THEN
        DELETE FROM public.partner_funding f WHERE f.partner_id = p_partner;
    ELSE
        INSERT INTO public.partner_funding AS f (partner_id, kind, overflow, alert, credit, since)
        VALUES (p_partner, p_kind, p_overflow, p_alert, p_credit, p_now)
        ON CONFLICT (partner_id) DO UPDATE
           SET kind = excluded.kind, overflow = excluded.overflow, alert = excluded.alert,
               credit = excluded.credit,
               since = CASE WHEN f.kind = excluded.kind THEN f.since ELSE excluded.since END,
               refused_at = NULL, refused_left = NULL,
               flagged_at = CASE WHEN excluded.overflow = 'member_first' THEN f.flagged_at END;
    END IF;
    PERFORM public.stoa_spread_funds(
        p_partner, 'credit', '',
        CASE p_kind WHEN 'open' THEN 0 ELSE p_credit END - coalesce(before, 0), true);
END $$;


-- Make the stripes of a pool, where there are none.
CREATE OR REPLACE FUNCTION public.stoa_open_pool(p_partner uuid, p_pool text, p_currency text)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO public.partner_funds (partner_id, pool, currency, stripe, remaining)
    SELECT p_partner, p_pool, p_currency, n, 0 FROM generate_series(0, 16) AS n
        ON CONFLICT DO NOTHING;
$$;


-- Keep a pack that a partner bought, and let its points be issued; false, and nothing is done, where
-- there is one of this id.
CREATE OR REPLACE FUNCTION public.stoa_buy_pack(
    p_partner uuid, p_id uuid, p_currency text, p_points bigint, p_price numeric, p_reserve boolean,
    p_now timestamptz, p_actor text
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    pool CONSTANT text := CASE WHEN p_reserve THEN 'reserve' ELSE 'packs' END;
BEGIN
    PERFORM 1 FROM public.partners p WHERE p.id = p_partner FOR UPDATE;
    PERFORM 1 FROM public.funding_packs k WHERE k.id = p_id;
    IF FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO public.funding_packs (
        id, partner_id, currency, points, price, reserve, bought_at, bought_by, place
    )
    SELECT p_id, p_partner, p_currency, p_points, p_price, p_reserve, p_now, p_actor,
           coalesce(max(k.place), 0) + 1
      FROM public.funding_packs k WHERE k.partner_id = p_partner AND k.currency = p_currency;
    PERFORM public.stoa_open_pool(p_partner, pool, p_currency);
    PERFORM public.stoa_spread_funds(p_partner, pool, p_currency, p_points, false);
    UPDATE public.partner_funding f
       SET refused_at = NULL, refused_left = NULL, exhausted_at = NULL
     WHERE f.partner_id = p_partner AND (f.refused_at IS NOT NULL OR f.exhausted_at IS NOT NULL);
    RETURN true;
END $$;


-- Take unused points of a pack back from a partner, all that are unused for NULL; returns how many.
-- Packs are used earliest first: what is left of the pool is that of its last packs.
CREATE OR REPLACE FUNCTION public.stoa_refund_pack(p_pack uuid, p_points bigint, p_now timestamptz)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    pack public.funding_packs;
    drawer text;
    unused bigint;
BEGIN
    PERFORM 1 FROM public.partners p JOIN public.funding_packs k ON k.partner_id = p.id
      WHERE k.id = p_pack FOR UPDATE OF p;
    SELECT k.* INTO pack FROM public.funding_packs k WHERE k.id = p_pack FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such pack' USING ERRCODE = 'ST053';
    END IF;
    drawer := CASE WHEN pack.reserve THEN 'reserve' ELSE 'packs' END;
    SELECT sum(s.remaining) INTO unused
      FROM (SELECT s.remaining FROM public.partner_funds s
             WHERE s.partner_id = pack.partner_id AND s.pool = drawer
               AND s.currency = pack.currency ORDER BY s.stripe FOR UPDATE) AS s;
    SELECT unused - coalesce(sum(k.points - k.refunded), 0) INTO unused FROM public.funding_packs k
     WHERE k.partner_id = pack.partner_id AND k.currency = pack.currency
       AND k.reserve = pack.reserve AND k.place > pack.place;
    unused := greatest(least(unused, pack.points - pack.refunded), 0);
    IF coalesce(p_points, unused) > unused OR unused = 0 THEN
        RAISE EXCEPTION 'not so many are unused' USING ERRCODE = 'ST052', DETAIL = unused;
    END IF;
    unused := coalesce(p_points, unused);
    UPDATE public.funding_packs k SET refunded = k.refunded + unused, refunded_at = p_now
     WHERE k.id = p_pack;
    PERFORM public.stoa_spread_funds(pack.partner_id, drawer, pack.currency, -unused, false);
    RETURN unused;
END $$;


-- Fill a partner's credit by what was paid or settled, once for its source, and never above the
-- limit; below zero it is emptied. False, and nothing is done, where it was done before or the
-- partner's funding is open.
CREATE OR REPLACE FUNCTION public.stoa_refill_credit(
    p_partner uuid, p_source text, p_subject text, p_micros bigint, p_now timestamptz, p_actor text
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    most bigint;
    filled bigint;
BEGIN
    SELECT f.credit INTO most FROM public.partner_funding f WHERE f.partner_id = p_partner FOR UPDATE;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM 1 FROM public.funding_refills r
      WHERE r.partner_id = p_partner AND r.source = p_source AND r.subject = p_subject;
    IF FOUND THEN
        RETURN false;
    END IF;
    SELECT most - sum(s.remaining) INTO most
      FROM (SELECT s.remaining FROM public.partner_funds s
             WHERE s.partner_id = p_partner AND s.pool = 'credit' AND s.currency = ''
             ORDER BY s.stripe FOR UPDATE) AS s;
    filled := least(p_micros, greatest(most, 0));
    INSERT INTO public.funding_refills (partner_id, source, subject, asked, micros, at, by)
    VALUES (p_partner, p_source, p_subject, p_micros, filled, p_now, p_actor);
    PERFORM public.stoa_spread_funds(p_partner, 'credit', '', filled, true);
    UPDATE public.partner_funding f
       SET refused_at = NULL, refused_left = NULL, exhausted_at = NULL
     WHERE f.partner_id = p_partner AND filled > 0
       AND (f.refused_at IS NOT NULL OR f.exhausted_at IS NOT NULL);
    RETURN true;
END $$;


-- Note that a deed was refused, the first time since there was more.
CREATE OR REPLACE FUNCTION public.stoa_note_refused(p_partner uuid, p_now timestamptz)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE public.partner_funding f
       SET refused_at = p_now, refused_left = (
           SELECT coalesce(sum(s.remaining), 0) FROM public.partner_funds s
            WHERE s.partner_id = f.partner_id AND CASE f.kind WHEN 'credit' THEN s.pool = 'credit'
                  ELSE s.pool = 'packs' OR s.pool = 'reserve' AND f.overflow = 'reserve_pack' END)
     WHERE f.partner_id = p_partner AND f.refused_at IS NULL;
$$;


-- Note which partners have come to their alert or to the end of their funding, and which have more
-- again; return each crossing down once.
CREATE OR REPLACE FUNCTION public.stoa_note_funding(p_now timestamptz)
RETURNS TABLE (partner uuid, funding text, topic text, remaining bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    each record;
BEGIN
    FOR each IN
        SELECT f.*, (SELECT coalesce(sum(s.remaining), 0)::bigint FROM public.partner_funds s
                      WHERE s.partner_id = f.partner_id AND s.pool = CASE f.kind
                            WHEN 'credit' THEN 'credit' ELSE 'packs' END) AS left_now,
               (SELECT coalesce(sum(s.remaining), 0)::bigint FROM public.partner_funds s
                 WHERE s.partner_id = f.partner_id AND s.pool = 'reserve'
                   AND f.kind = 'prepaid' AND f.overflow = 'reserve_pack') AS spare
          FROM public.partner_funding f ORDER BY f.partner_id FOR UPDATE SKIP LOCKED
    LOOP
        partner := each.partner_id;
        funding := each.kind;
        remaining := each.left_now;
        IF each.alert IS NOT NULL AND each.low_at IS NULL AND each.left_now <= each.alert THEN
            topic := 'funding.low';
            UPDATE public.partner_funding f SET low_at = p_now WHERE f.partner_id = each.partner_id;
            RETURN NEXT;
        ELSIF each.low_at IS NOT NULL AND (each.alert IS NULL OR each.left_now > each.alert) THEN
            UPDATE public.partner_funding f SET low_at = NULL WHERE f.partner_id = each.partner_id;
        END IF;
        IF each.refused_at IS NOT NULL AND each.left_now + each.spare > each.refused_left THEN
            UPDATE public.partner_funding f SET refused_at = NULL, refused_left = NULL
             WHERE f.partner_id = each.partner_id;
            each.refused_at := NULL;
        END IF;
        IF each.exhausted_at IS NULL
           AND (each.left_now + each.spare <= 0 OR each.refused_at IS NOT NULL) THEN
            topic := 'funding.exhausted';
            remaining := each.left_now + each.spare;
            UPDATE public.partner_funding f SET exhausted_at = p_now
             WHERE f.partner_id = each.partner_id;
            RETURN NEXT;
        ELSIF each.exhausted_at IS NOT NULL AND each.left_now + each.spare > 0
              AND each.refused_at IS NULL THEN
            UPDATE public.partner_funding f SET exhausted_at = NULL
             WHERE f.partner_id = each.partner_id;
        END IF;
    END LOOP;
END $$;


-- Keep which packs paid which postings, as the booker of money decided it; each posting once.
CREATE OR REPLACE FUNCTION public.stoa_keep_draws(
    p_members uuid[], p_currencies text[], p_seqs bigint[], p_packs uuid[], p_points bigint[]
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    WITH kept AS (
        INSERT INTO public.pack_draws (member_id, currency, seq, pack_id, points)
        SELECT each.member, each.currency, each.seq, each.pack, each.points
          FROM unnest(p_members, p_currencies, p_seqs, p_packs, p_points)
               AS each (member, currency, seq, pack, points)
            ON CONFLICT DO NOTHING
        RETURNING pack_id, points
    )
    UPDATE public.funding_packs k SET used = k.used + sums.points
      FROM (SELECT kept.pack_id, sum(kept.points) AS points FROM kept GROUP BY kept.pack_id) AS sums
     WHERE k.id = sums.pack_id;
END $$;
