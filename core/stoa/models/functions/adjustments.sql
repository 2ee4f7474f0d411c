-- Adjust: points given or taken by hand; see `wallets.sql` for what all functions keep to.
--
-- ST031  a second person is needed                  ST033  no such adjustment
-- ST032  the adjustment is closed (DETAIL: state)   ST034  its last day is over


-- Keep a proposal; false, and nothing is done, where one of this id is kept already.
CREATE OR REPLACE FUNCTION public.stoa_propose(
    p_member uuid, p_currency text, p_now timestamptz, p_id uuid, p_points bigint, p_reason text,
    p_note text, p_actor text, p_payer uuid, p_price numeric, p_expires_on date, p_reverses uuid
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    origin public.adjustments;
BEGIN
    PERFORM 1 FROM public.wallets w
      WHERE w.member_id = p_member AND w.currency = p_currency FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such wallet' USING ERRCODE = 'ST033';
    END IF;
    PERFORM 1 FROM public.adjustments a WHERE a.id = p_id;
    IF FOUND THEN
        RETURN false;
    END IF;
    IF p_reverses IS NOT NULL THEN
        SELECT a.* INTO origin FROM public.adjustments a
         WHERE a.id = p_reverses AND a.member_id = p_member AND a.currency = p_currency;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'no such adjustment' USING ERRCODE = 'ST033';
        ELSIF origin.state <> 'posted' OR origin.reverses IS NOT NULL THEN
            RAISE EXCEPTION 'it can not be reversed' USING ERRCODE = 'ST032', DETAIL = origin.state;
        ELSIF origin.points <> -p_points THEN
            RAISE EXCEPTION 'a reversal is of the same points';
        END IF;
        PERFORM 1 FROM public.adjustments a
          WHERE a.reverses = p_reverses AND a.state IN ('proposed', 'posted');
        IF FOUND THEN
            RAISE EXCEPTION 'it is reversed' USING ERRCODE = 'ST032', DETAIL = 'reversed';
        END IF;
    END IF;
    INSERT INTO public.adjustments (
        id, member_id, currency, points, reason_code, note, state, proposed_by, proposed_at,
        decision, reverses, payer_id, price, expires_on
    ) VALUES (
        p_id, p_member, p_currency, p_points, p_reason, p_note, 'proposed', p_actor, p_now,
        '', p_reverses, p_payer, p_price, p_expires_on
    );
    RETURN true;
END $$;


-- Post a proposal, once. Whoever proposed it may post it alone only where it reverses nothing and, with
-- all that was posted alone for the wallet on this day, stays within `p_limit` points.
-- Above zero it is the birth of a lot. Below zero it takes free points: those that a reversed adjustment
-- had brought, then those that end first; never held or pending ones, and never more than there are.
-- A debt is not touched: what is owed is repaid by purchases.
CREATE OR REPLACE FUNCTION public.stoa_adjust(
    p_member uuid, p_currency text, p_now timestamptz, p_today date, p_id uuid, p_actor text,
    p_limit bigint, p_expires_on date, p_decision text, p_explanation jsonb, p_event uuid, p_facts jsonb
) RETURNS SETOF public.wallets LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wallet public.wallets;
    asked public.adjustments;
    ends date;
    born bigint := 0;
    free bigint;
    rest bigint;
    used bigint;
    lot record;
BEGIN
    SELECT w.* INTO wallet FROM public.wallets w
     WHERE w.member_id = p_member AND w.currency = p_currency FOR UPDATE;
    SELECT a.* INTO asked FROM public.adjustments a
     WHERE a.id = p_id AND a.member_id = p_member AND a.currency = p_currency;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such adjustment' USING ERRCODE = 'ST033';
    ELSIF asked.state <> 'proposed' THEN
        RAISE EXCEPTION 'the adjustment is closed' USING ERRCODE = 'ST032', DETAIL = asked.state;
    END IF;
    IF asked.proposed_by = p_actor AND (asked.reverses IS NOT NULL OR abs(asked.points) + (
        SELECT coalesce(sum(abs(a.points)), 0) FROM public.adjustments a
         WHERE a.member_id = p_member AND a.currency = p_currency AND a.day = p_today
           AND a.state = 'posted' AND a.decided_by = a.proposed_by) > p_limit)
    THEN
        RAISE EXCEPTION 'a second person is needed' USING ERRCODE = 'ST031';
    END IF;
    ends := coalesce(asked.expires_on, p_expires_on);
    IF asked.points > 0 AND ends < p_today THEN
        RAISE EXCEPTION 'the last day is over' USING ERRCODE = 'ST034';
    END IF;
    IF asked.points < 0 THEN
        IF wallet.pending > 0 THEN
            PERFORM public.stoa_mature(p_member, p_currency, p_now, p_today, gen_random_uuid());
        END IF;
        SELECT coalesce(sum(l.remaining - l.held), 0) INTO free FROM public.lots l
         WHERE l.member_id = p_member AND l.currency = p_currency
           AND NOT l.pending AND p_today <= l.expires_on;
        IF free < -asked.points THEN
            RAISE EXCEPTION 'not enough points' USING ERRCODE = 'ST003', DETAIL = free;
        END IF;
    END IF;

    UPDATE public.adjustments a
       SET state = 'posted', decided_by = p_actor, decided_at = p_now, decision = p_decision,
           day = p_today, limit_points = p_limit, transaction_id = p_id
     WHERE a.id = p_id;
    INSERT INTO public.transactions (
        member_id, id, kind, currency, subject_id, reference, business_date, occurred_at, recorded_at,
        first_seq, actor, reason_code, explanation
    ) VALUES (
        p_member, p_id, 'adjust', p_currency, asked.reverses, '', p_today, p_now, p_now,
        wallet.seq + 1, p_actor, asked.reason_code, p_explanation
    );
    INSERT INTO public.postings (
        member_id, currency, seq, transaction_id, points, balance, account, payer_id, reason, price,
        available_on, expires_on
    ) VALUES (
        p_member, p_currency, wallet.seq + 1, p_id, asked.points,
        wallet.available + wallet.pending + wallet.held + asked.points, 'adjusted', asked.payer_id,
        asked.reason_code, asked.price, CASE WHEN asked.points > 0 THEN p_today END,
        CASE WHEN asked.points > 0 THEN ends END
    );
    IF asked.points > 0 THEN
        INSERT INTO public.lots (
            member_id, currency, expires_on, seq, remaining, held, available_on, pending
        ) VALUES (
            p_member, p_currency, coalesce(ends, '9999-12-31'), wallet.seq + 1, asked.points, 0,
            p_today, false
        );
    ELSE
        rest := -asked.points;
        SELECT t.first_seq INTO born FROM public.transactions t
         WHERE t.member_id = p_member AND t.id = asked.reverses;
        FOR lot IN
            SELECT l.expires_on, l.seq, l.remaining - l.held AS free FROM public.lots l
             WHERE l.member_id = p_member AND l.currency = p_currency
               AND NOT l.pending AND p_today <= l.expires_on AND l.held < l.remaining
             ORDER BY l.seq IS DISTINCT FROM born, l.expires_on, l.seq
        LOOP
            EXIT WHEN rest = 0;
            used := least(lot.free, rest);
            PERFORM public.stoa_use_lot(
                p_member, p_currency, lot.expires_on, lot.seq, wallet.seq + 1, used, 0);
            rest := rest - used;
        END LOOP;
    END IF;
    UPDATE public.wallets w
       SET available = w.available + asked.points, seq = w.seq + 1, updated_at = p_now
     WHERE w.member_id = p_member AND w.currency = p_currency
    RETURNING w.* INTO wallet;
    INSERT INTO public.outbox (member_id, id, topic, at, facts, state, attempts)
    VALUES (p_member, p_event, 'points.adjusted', p_now, p_facts, 'new', 0);
    IF asked.points > 0 AND asked.payer_id IS NOT NULL THEN
        PERFORM public.stoa_draw_funds(
            p_member, p_currency, p_now, wallet.seq - 1, ARRAY[asked.payer_id], ARRAY[asked.points],
            asked.price);
    ELSIF born > 0 THEN
        PERFORM public.stoa_give_back_funds(
            p_currency, p_now, ARRAY[p_member], ARRAY[wallet.seq], ARRAY[born], ARRAY[-asked.points]);
    END IF;
    RETURN NEXT wallet;
END $$;


-- Close a proposal without a posting: 'withdrawn' by whoever proposed it, 'rejected' by anybody else.
CREATE OR REPLACE FUNCTION public.stoa_decline(
    p_member uuid, p_currency text, p_now timestamptz, p_today date, p_id uuid, p_actor text,
    p_decision text
) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    asked public.adjustments;
BEGIN
    PERFORM 1 FROM public.wallets w
      WHERE w.member_id = p_member AND w.currency = p_currency FOR UPDATE;
    SELECT a.* INTO asked FROM public.adjustments a
     WHERE a.id = p_id AND a.member_id = p_member AND a.currency = p_currency;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such adjustment' USING ERRCODE = 'ST033';
    ELSIF asked.state <> 'proposed' THEN
        RAISE EXCEPTION 'the adjustment is closed' USING ERRCODE = 'ST032', DETAIL = asked.state;
    END IF;
    UPDATE public.adjustments a
       SET state = CASE WHEN a.proposed_by = p_actor THEN 'withdrawn' ELSE 'rejected' END,
           decided_by = p_actor, decided_at = p_now, decision = p_decision, day = p_today
     WHERE a.id = p_id
    RETURNING a.state INTO asked.state;
    RETURN asked.state;
END $$;


-- Open lots from lines of a file, each line once for ever: `p_lines` are its lines, the other arrays
-- hold one item a line. Lines that opened a lot before are left. One set a call, whatever its size.
-- With a partner the lot is issued and paid by it, and draws on its funding; else it is adjusted by
-- the operator.
CREATE OR REPLACE FUNCTION public.stoa_open_lots(
    p_currency text, p_now timestamptz, p_today date, p_actor text, p_digest bytea,
    p_lines bigint[], p_members uuid[], p_transactions uuid[], p_points bigint[], p_earned date[],
    p_expires date[], p_partners uuid[], p_references text[]
) RETURNS TABLE (line bigint, points bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
    fresh uuid[];
BEGIN
    INSERT INTO public.wallets (member_id, currency, available, pending, held, debt, seq, updated_at)
    SELECT DISTINCT each.member, p_currency, 0, 0, 0, 0, 0, p_now
      FROM unnest(p_members) AS each (member) ORDER BY each.member
        ON CONFLICT DO NOTHING;
    PERFORM 1 FROM public.wallets w
      WHERE w.member_id = ANY (p_members) AND w.currency = p_currency
      ORDER BY w.member_id FOR UPDATE;
    SELECT coalesce(array_agg(each.id), '{}') INTO fresh
      FROM unnest(p_lines, p_transactions, p_partners) AS each (line, id, partner)
      JOIN public.partner_funding f ON f.partner_id = each.partner
     WHERE NOT EXISTS (
           SELECT 1 FROM public.openings o WHERE o.digest = p_digest AND o.line = each.line);
    RETURN QUERY
    WITH taken AS MATERIALIZED (
        INSERT INTO public.openings AS o (digest, line, member_id, transaction_id)
        SELECT p_digest, each.line, each.member, each.id
          FROM unnest(p_lines, p_members, p_transactions) AS each (line, member, id)
         ORDER BY each.line
            ON CONFLICT DO NOTHING
        RETURNING o.line
    ), legs AS MATERIALIZED (
        SELECT each.*, w.seq + row_number() OVER mine AS seq,
               w.available + w.pending + w.held + sum(each.points) OVER mine AS balance
          FROM unnest(p_lines, p_members, p_transactions, p_points, p_earned, p_expires, p_partners,
                      p_references)
               AS each (line, member, id, points, earned, expires, partner, reference)
          JOIN taken ON taken.line = each.line
          JOIN public.wallets w ON w.member_id = each.member AND w.currency = p_currency
        WINDOW mine AS (PARTITION BY each.member ORDER BY each.line ROWS UNBOUNDED PRECEDING)
    ), headed AS (
        INSERT INTO public.transactions (
            member_id, id, kind, currency, partner_id, reference, business_date, occurred_at,
            recorded_at, first_seq, actor, reason_code, explanation
        )
        SELECT l.member, l.id, 'open', p_currency, l.partner, l.reference, l.earned, p_now, p_now,
               l.seq, p_actor, 'opening_balance', jsonb_build_object('lines', jsonb_build_array(
                   jsonb_build_object('reason', 'opening_balance', 'arithmetic',
                                      l.points || ' points brought over')))
          FROM legs l
    ), posted AS (
        INSERT INTO public.postings (
            member_id, currency, seq, transaction_id, points, balance, account, partner_id, payer_id,
            reason, available_on, expires_on
        )
        SELECT l.member, p_currency, l.seq, l.id, l.points, l.balance,
               CASE WHEN l.partner IS NULL THEN 'adjusted' ELSE 'issued' END, l.partner, l.partner,
               'opening_balance', l.earned, l.expires
          FROM legs l
    ), born AS (
        INSERT INTO public.lots (
            member_id, currency, expires_on, seq, remaining, held, available_on, pending
        )
        SELECT l.member, p_currency, coalesce(l.expires, '9999-12-31'), l.seq, l.points, 0, l.earned,
               false
          FROM legs l
    ), grown AS (
        UPDATE public.wallets w
           SET available = w.available + sums.points, seq = w.seq + sums.legs, updated_at = p_now
          FROM (SELECT l.member, sum(l.points)::bigint AS points, count(*) AS legs
                  FROM legs l GROUP BY l.member) AS sums
         WHERE w.member_id = sums.member AND w.currency = p_currency
    )
    SELECT l.line, l.points FROM legs l;
    IF fresh <> '{}' THEN
        PERFORM public.stoa_take_funds(
            p_currency, p_now, array_agg(p.member_id ORDER BY each.n), array_agg(p.seq ORDER BY each.n),
            array_agg(p.payer_id ORDER BY each.n), array_agg(p.points ORDER BY each.n),
            array_agg(p.price ORDER BY each.n))
           FROM unnest(p_members, p_transactions) WITH ORDINALITY AS each (member, id, n)
           JOIN public.transactions t ON t.member_id = each.member AND t.id = each.id
           JOIN public.postings p ON p.member_id = t.member_id AND p.currency = p_currency
            AND p.seq = t.first_seq
          WHERE each.id = ANY (fresh);
    END IF;
END $$;
