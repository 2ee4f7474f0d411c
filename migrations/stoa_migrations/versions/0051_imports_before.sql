-- The bulk way into the ledger: one call posts all deeds of one part of an import, set by set.
-- Installed by the migrations, owned by the role that migrates, executed by `stoa_app`; see
-- the deeds, of which it keeps every promise and needs `stoa_earn` and `stoa_reverse`.
--
-- What comes of a part is what `stoa_earn` and `stoa_reverse` would have made of its deeds one by
-- one, with two differences that an import needs: the transaction of a return occurred when the
-- goods came back, not when it was posted, and events reach the outbox only where they shall be told.
--
-- Members in debt, and members whose lots hold fewer points than a return takes of them, do go one
-- by one, for there the next posting hangs on the one before. All others need no loop: an earned
-- line is a lot, a return takes of the lot of its own line, and sums in the order of the deeds give
-- every sequence number and balance.
--
-- ST009  the part was posted before
CREATE OR REPLACE FUNCTION public.stoa_import(
    p_import uuid, p_part integer, p_currency text, p_now timestamptz, p_today date, p_actor text,
    p_tells boolean,
    p_counts jsonb
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    members uuid[];
    slow uuid[];
    known bigint;
    changed bigint;
    deed public.import_events;
BEGIN
    SELECT array_agg(DISTINCT e.member_id) INTO members FROM public.import_events e
     WHERE e.import_id = p_import AND e.part = p_part;
    PERFORM 1 FROM public.wallets w
      WHERE w.member_id = ANY (members) AND w.currency = p_currency
      ORDER BY w.member_id FOR UPDATE;
    GET DIAGNOSTICS known = ROW_COUNT;
    IF known <> coalesce(cardinality(members), 0) THEN
        RAISE EXCEPTION 'no such wallet' USING ERRCODE = 'ST008';
    END IF;

    SELECT coalesce(array_agg(each.member_id), '{}') INTO slow FROM (
        SELECT w.member_id FROM public.wallets w
         WHERE w.member_id = ANY (members) AND w.currency = p_currency AND w.debt > 0
        UNION
        SELECT back.member_id
          FROM (SELECT e.member_id, t.first_seq + leg.lot AS seq, sum(leg.points) AS points
                  FROM public.import_events e
                  JOIN public.transactions t ON t.member_id = e.member_id AND t.id = e.purchase_id
                 CROSS JOIN LATERAL unnest(e.points, e.lots) AS leg (points, lot)
                 WHERE e.import_id = p_import AND e.part = p_part AND e.returned
                 GROUP BY e.member_id, t.first_seq + leg.lot) AS back
          LEFT JOIN public.lots l
            ON l.member_id = back.member_id AND l.currency = p_currency AND l.seq = back.seq
         WHERE back.points > coalesce(l.remaining - l.held, 0)
    ) AS each;

    FOR deed IN
        SELECT e.* FROM public.import_events e
         WHERE e.import_id = p_import AND e.part = p_part AND e.member_id = ANY (slow)
         ORDER BY e.member_id, e.place
    LOOP
        PERFORM public.stoa_import_one(deed, p_currency, p_now, p_today, p_actor, p_tells);
    END LOOP;

    -- Purchases of before that come back; nobody may have changed them since they were read.
    UPDATE public.purchases p
       SET returned = last.back, status = last.status, version = last.version + 1
      FROM (SELECT DISTINCT ON (e.member_id, e.purchase_id) e.member_id, e.purchase_id, e.back, e.status,
                   e.version, min(e.version) OVER (PARTITION BY e.member_id, e.purchase_id) AS first
              FROM public.import_events e
             WHERE e.import_id = p_import AND e.part = p_part AND e.returned
               AND e.member_id <> ALL (slow)
             ORDER BY e.member_id, e.purchase_id, e.version DESC) AS last
     WHERE p.member_id = last.member_id AND p.id = last.purchase_id AND p.version = last.first;
    GET DIAGNOSTICS changed = ROW_COUNT;
    SELECT count(*) INTO known FROM (
        SELECT e.purchase_id FROM public.import_events e
         WHERE e.import_id = p_import AND e.part = p_part AND e.member_id <> ALL (slow)
         GROUP BY e.purchase_id HAVING bool_and(e.returned)) AS each;
    IF changed <> known THEN
        RAISE EXCEPTION 'a purchase has changed' USING ERRCODE = 'ST007';
    END IF;

    INSERT INTO public.receipts (business_date, store_id, terminal, receipt_no, kind, subject_id)
    SELECT e.business_date, e.store_id, e.terminal, e.receipt_no,
           CASE WHEN e.returned THEN 'return' ELSE 'sale' END, e.id
      FROM public.import_events e
     WHERE e.import_id = p_import AND e.part = p_part AND e.member_id <> ALL (slow);

    INSERT INTO public.purchases (
        member_id, id, partner_id, store_id, terminal, receipt_no, business_date, occurred_at,
        received_at, money_currency, total_minor, status, lines, tenders, returned, version
    )
    SELECT e.member_id, e.id, e.partner_id, e.store_id, e.terminal, e.receipt_no, e.business_date,
           e.occurred_at, p_now, e.money_currency, e.total_minor, coalesce(last.status, e.status),
           e.lines, e.tenders, coalesce(last.back, '{}'), coalesce(last.version + 1, 0)
      FROM public.import_events e
      LEFT JOIN LATERAL (
           SELECT r.back, r.status, r.version FROM public.import_events r
            WHERE r.purchase_id = e.id AND r.returned
            ORDER BY r.version DESC LIMIT 1) AS last ON true
     WHERE e.import_id = p_import AND e.part = p_part AND NOT e.returned
       AND e.member_id <> ALL (slow);

    INSERT INTO public.transactions (
        member_id, id, kind, currency, partner_id, store_id, subject_id, reference, business_date,
        occurred_at, recorded_at, first_seq, actor, reason_code, explanation
    )
    SELECT each.member_id, each.id, CASE WHEN each.returned THEN 'return' ELSE 'earn' END, p_currency,
           each.partner_id, each.store_id, each.purchase_id, each.receipt_no, each.business_date,
           each.occurred_at, p_now, each.first_seq, p_actor,
           CASE WHEN each.returned THEN 'return' ELSE 'purchase' END,
           CASE WHEN each.returned THEN each.explanation || '{"debt_booked": 0, "uncollected": 0}'
                ELSE each.explanation END
      FROM (SELECT e.*, w.seq + 1 + coalesce(sum(cardinality(e.points)) OVER (
                       PARTITION BY e.member_id ORDER BY e.place
                       ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS first_seq
              FROM public.import_events e
              JOIN public.wallets w ON w.member_id = e.member_id AND w.currency = p_currency
             WHERE e.import_id = p_import AND e.part = p_part AND e.member_id <> ALL (slow)) AS each
     WHERE each.returned OR cardinality(each.points) > 0;

    WITH legs AS MATERIALIZED (
        SELECT e.member_id, e.id, e.purchase_id, e.returned, e.partner_id, e.price, e.available_on,
               e.expires_on, leg.points, leg.reason, leg.payer, leg.lot,
               w.seq + row_number() OVER mine AS seq,
               w.available + w.pending + w.held + sum(leg.points) OVER mine AS balance
          FROM public.import_events e
          JOIN public.wallets w ON w.member_id = e.member_id AND w.currency = p_currency
         CROSS JOIN LATERAL (
               SELECT CASE WHEN e.returned THEN -x.points ELSE x.points END, x.reason, x.payer, x.lot, x.n
                 FROM unnest(e.points, e.reasons, e.payers, e.lots)
                      WITH ORDINALITY AS x (points, reason, payer, lot, n)
               ) AS leg (points, reason, payer, lot, n)
         WHERE e.import_id = p_import AND e.part = p_part AND e.member_id <> ALL (slow)
        WINDOW mine AS (PARTITION BY e.member_id ORDER BY e.place, leg.n ROWS UNBOUNDED PRECEDING)
    ), uses AS MATERIALIZED (
        SELECT b.member_id, b.seq, t.first_seq + b.lot AS lot_seq, -b.points AS points
          FROM legs b
          JOIN public.transactions t ON t.member_id = b.member_id AND t.id = b.purchase_id
         WHERE b.returned
    ), taken AS MATERIALIZED (
        SELECT u.member_id, u.lot_seq, sum(u.points)::bigint AS points FROM uses u
         GROUP BY u.member_id, u.lot_seq
    ), unripe AS MATERIALIZED (
        SELECT each.member_id, sum(each.points)::bigint AS points
          FROM (SELECT l.member_id, l.points FROM legs l
                 WHERE NOT l.returned AND l.available_on > p_today
                UNION ALL
                SELECT t.member_id, -t.points
                  FROM taken t
                  LEFT JOIN public.lots o
                    ON o.member_id = t.member_id AND o.currency = p_currency AND o.seq = t.lot_seq
                  LEFT JOIN legs b ON b.member_id = t.member_id AND b.seq = t.lot_seq
                 WHERE coalesce(o.pending, b.available_on > p_today)) AS each
         GROUP BY each.member_id
    ), posted AS (
        INSERT INTO public.postings (
            member_id, currency, seq, transaction_id, points, balance, account, partner_id, payer_id,
            reason, price, available_on, expires_on
        )
        SELECT l.member_id, p_currency, l.seq, l.id, l.points, l.balance, 'issued', l.partner_id,
               l.payer, l.reason, l.price, l.available_on, l.expires_on
          FROM legs l
    ), used AS (
        INSERT INTO public.lot_uses (member_id, currency, seq, lot_seq, points)
        SELECT u.member_id, p_currency, u.seq, u.lot_seq, u.points FROM uses u
    ), born AS (
        INSERT INTO public.lots (
            member_id, currency, expires_on, seq, remaining, held, available_on, pending
        )
        SELECT l.member_id, p_currency, coalesce(l.expires_on, '9999-12-31'), l.seq,
               l.points - coalesce(t.points, 0), 0, l.available_on, l.available_on > p_today
          FROM legs l LEFT JOIN taken t ON t.member_id = l.member_id AND t.lot_seq = l.seq
         WHERE NOT l.returned AND l.points > coalesce(t.points, 0)
    ), cut AS (
        UPDATE public.lots l SET remaining = l.remaining - t.points FROM taken t
         WHERE l.member_id = t.member_id AND l.currency = p_currency AND l.seq = t.lot_seq
           AND l.remaining > t.points
    ), gone AS (
        DELETE FROM public.lots l USING taken t
         WHERE l.member_id = t.member_id AND l.currency = p_currency AND l.seq = t.lot_seq
           AND l.remaining = t.points
    )
    UPDATE public.wallets w
       SET available = w.available + sums.points - sums.unripe, pending = w.pending + sums.unripe,
           seq = w.seq + sums.legs, updated_at = p_now
      FROM (SELECT l.member_id, sum(l.points)::bigint AS points, count(*) AS legs,
                   coalesce(min(u.points), 0) AS unripe
              FROM legs l LEFT JOIN unripe u ON u.member_id = l.member_id
             GROUP BY l.member_id) AS sums
     WHERE w.member_id = sums.member_id AND w.currency = p_currency;

    IF p_tells THEN
        INSERT INTO public.outbox (member_id, id, topic, partner_id, at, facts, state, attempts)
        SELECT e.member_id, e.id,
               CASE WHEN e.returned THEN 'points.clawed_back' ELSE 'points.earned' END, e.partner_id,
               p_now, e.facts, 'new', 0
          FROM public.import_events e
         WHERE e.import_id = p_import AND e.part = p_part AND e.member_id <> ALL (slow)
           AND (e.returned OR cardinality(e.points) > 0);
    END IF;

    DELETE FROM public.import_events e WHERE e.import_id = p_import AND e.part = p_part;
    UPDATE public.imports i
       SET done = i.done + 1, posted = i.posted || p_part, counts = (
           SELECT jsonb_object_agg(sums.name, sums.total)
             FROM (SELECT each.key AS name, sum(each.value::bigint) AS total
                     FROM (SELECT * FROM jsonb_each_text(i.counts)
                           UNION ALL SELECT * FROM jsonb_each_text(p_counts)) AS each
                    GROUP BY each.key) AS sums)
     WHERE i.id = p_import AND p_part <> ALL (i.posted);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the part was posted before' USING ERRCODE = 'ST009';
    END IF;
END $$;


-- Post one deed as a till's would be.
CREATE OR REPLACE FUNCTION public.stoa_import_one(
    p_deed public.import_events, p_currency text, p_now timestamptz, p_today date, p_actor text,
    p_tells boolean
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    total bigint := (SELECT coalesce(sum(points), 0) FROM unnest(p_deed.points) AS each (points));
    lots bigint[];
BEGIN
    IF p_deed.returned THEN
        SELECT array_agg(t.first_seq + leg.lot ORDER BY leg.n) INTO lots
          FROM unnest(p_deed.lots) WITH ORDINALITY AS leg (lot, n)
          JOIN public.transactions t ON t.member_id = p_deed.member_id AND t.id = p_deed.purchase_id;
        PERFORM public.stoa_reverse(
            p_deed.member_id, p_currency, p_now, p_today, p_deed.partner_id, p_deed.store_id, NULL, NULL,
            p_deed.purchase_id, p_deed.version, p_deed.status, p_deed.back,
            (SELECT p.given_back FROM public.purchases p
              WHERE p.member_id = p_deed.member_id AND p.id = p_deed.purchase_id),
            '[]', 0, (SELECT c.debt_policy FROM public.currencies c WHERE c.code = p_currency),
            'return', p_deed.terminal,
            p_deed.receipt_no, p_deed.business_date, p_deed.id, p_actor, p_deed.explanation, total,
            p_deed.points, p_deed.reasons, p_deed.payers, lots, p_deed.id, p_deed.facts);
        UPDATE public.transactions t SET occurred_at = p_deed.occurred_at
         WHERE t.member_id = p_deed.member_id AND t.id = p_deed.id;
    ELSE
        PERFORM public.stoa_earn(
            p_deed.member_id, p_currency, p_now, p_deed.partner_id, p_deed.store_id, NULL, NULL, false,
            p_deed.id, p_deed.status, p_deed.terminal, p_deed.receipt_no, p_deed.business_date,
            p_deed.occurred_at, p_deed.money_currency, p_deed.total_minor, p_deed.lines,
            p_deed.tenders, p_actor, p_deed.explanation, total, p_deed.points, p_deed.reasons,
            p_deed.payers, p_deed.price, p_deed.available_on, p_deed.available_on > p_today,
            p_deed.expires_on, p_deed.id,
            p_deed.facts);
    END IF;
    IF NOT p_tells THEN
        DELETE FROM public.outbox o WHERE o.member_id = p_deed.member_id AND o.id = p_deed.id;
    END IF;
END $$;
