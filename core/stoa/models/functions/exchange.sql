-- Exchange: points of one currency for points of another; see `wallets.sql` for what all keep to.


-- What points bring at a rate, in whole points, rounded as it says.
CREATE OR REPLACE FUNCTION public.stoa_convert(
    p_points bigint, p_numerator bigint, p_denominator bigint, p_rounding text
) RETURNS bigint LANGUAGE plpgsql IMMUTABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    whole numeric := div(p_points::numeric * p_numerator, p_denominator::numeric);
    twice numeric := 2 * (p_points::numeric * p_numerator - whole * p_denominator);
BEGIN
    RETURN whole + CASE p_rounding
        WHEN 'down' THEN 0
        WHEN 'up' THEN (twice > 0)::int
        WHEN 'half_up' THEN (twice >= p_denominator)::int
        WHEN 'half_even' THEN
            (twice > p_denominator OR twice = p_denominator AND whole % 2 = 1)::int
    END;
END $$;


-- Exchange `p_points` of a member, those that end first, for what the rate in force brings; each lot
-- gives birth to one in the other currency, which it is the origin of. What is owed in `p_from` stays;
-- what is owed in `p_to` is repaid. `p_version` is the rate that the caller was told of; `p_received`
-- what the caller makes of it. The exchange has the id of the transaction in `p_from`.
-- The new points live by the rule of their currency (`p_expires_on`), and never shorter than the old.
CREATE OR REPLACE FUNCTION public.stoa_exchange(
    p_member uuid, p_from text, p_to text, p_now timestamptz, p_today date, p_partner uuid,
    p_key text, p_fingerprint bytea, p_exchange uuid, p_counterpart uuid, p_points bigint,
    p_received bigint, p_version integer, p_expires_on date, p_actor text, p_explanation jsonb,
    p_event uuid, p_facts jsonb
) RETURNS SETOF public.wallets LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    source public.wallets;
    target public.wallets;
    rate record;
    lot record;
    part record;
    birth public.postings;
    rest bigint := p_points;
    used bigint;
    free bigint;
    received bigint;
    place bigint;
    born bigint;
    balance bigint;
    parts jsonb := '[]';
BEGIN
    PERFORM public.stoa_open_wallet(p_member, p_to, p_now);
    PERFORM 1 FROM public.wallets w
      WHERE w.member_id = p_member AND w.currency IN (p_from, p_to)
      ORDER BY w.currency FOR UPDATE;
    PERFORM 1 FROM public.keys WHERE partner_id = p_partner AND key = p_key;
    IF FOUND THEN
        RAISE EXCEPTION 'the idempotency key was used before' USING ERRCODE = 'ST001';
    END IF;
    SELECT r.version, r.numerator, r.denominator, r.rounding INTO rate FROM public.exchange_rates r
     WHERE r.from_currency = p_from AND r.to_currency = p_to AND r.effective_from <= p_today
     ORDER BY r.effective_from DESC, r.version DESC LIMIT 1;
    IF rate.version IS DISTINCT FROM p_version THEN
        RAISE EXCEPTION 'the rate has changed' USING ERRCODE = 'ST007';
    END IF;
    received := public.stoa_convert(p_points, rate.numerator, rate.denominator, rate.rounding);
    IF received <> p_received THEN
        RAISE EXCEPTION '% points bring %, not %', p_points, received, p_received;
    END IF;

    PERFORM public.stoa_mature(p_member, p_from, p_now, p_today, gen_random_uuid());
    SELECT w.* INTO source FROM public.wallets w
     WHERE w.member_id = p_member AND w.currency = p_from;
    SELECT coalesce(sum(l.remaining - l.held), 0) - coalesce(source.debt, 0) INTO free
      FROM public.lots l
     WHERE l.member_id = p_member AND l.currency = p_from AND NOT l.pending
       AND l.expires_on >= p_today;
    IF free < p_points THEN
        RAISE EXCEPTION 'not enough points' USING ERRCODE = 'ST003', DETAIL = greatest(free, 0);
    END IF;
    place := source.seq + 1;
    INSERT INTO public.transactions (
        member_id, id, kind, currency, partner_id, subject_id, reference, business_date, occurred_at,
        recorded_at, first_seq, actor, reason_code, explanation
    ) VALUES (
        p_member, p_exchange, 'exchange', p_from, p_partner, p_exchange, '', p_today, p_now, p_now,
        place, p_actor, 'exchange', p_explanation
    );
    INSERT INTO public.postings (
        member_id, currency, seq, transaction_id, points, balance, account, reason
    ) VALUES (
        p_member, p_from, place, p_exchange, -p_points,
        source.available + source.pending + source.held - p_points, 'exchanged', 'exchange'
    );
    FOR lot IN
        SELECT l.expires_on, l.seq, l.remaining - l.held AS free FROM public.lots l
         WHERE l.member_id = p_member AND l.currency = p_from AND NOT l.pending
           AND l.expires_on >= p_today AND l.remaining > l.held
         ORDER BY l.expires_on, l.seq
    LOOP
        used := least(lot.free, rest);
        PERFORM public.stoa_use_lot(p_member, p_from, lot.expires_on, lot.seq, place, used, 0);
        parts := parts || jsonb_build_array(jsonb_build_array(lot.expires_on, lot.seq, used));
        rest := rest - used;
        EXIT WHEN rest = 0;
    END LOOP;
    UPDATE public.wallets w
       SET available = w.available - p_points, seq = place, updated_at = p_now
     WHERE w.member_id = p_member AND w.currency = p_from
    RETURNING w.* INTO source;

    WITH taken AS (
        SELECT e ->> 0 AS expires_on, (e ->> 1)::bigint AS seq, n,
               div((e ->> 2)::numeric * received, p_points) AS points,
               (e ->> 2)::numeric * received % p_points AS remainder
          FROM jsonb_array_elements(parts) WITH ORDINALITY AS raw (e, n)
    ), shared AS (
        SELECT t.expires_on, t.seq, t.n, t.points + (received - sum(t.points) OVER ()
               >= row_number() OVER (ORDER BY t.remainder DESC, t.n))::int AS points
          FROM taken t
    )
    SELECT jsonb_agg(jsonb_build_array(s.expires_on, s.seq, s.points) ORDER BY s.n) INTO parts
      FROM shared s WHERE s.points > 0;
    SELECT w.* INTO target FROM public.wallets w
     WHERE w.member_id = p_member AND w.currency = p_to;
    born := target.seq;
    balance := target.available + target.pending + target.held;
    INSERT INTO public.transactions (
        member_id, id, kind, currency, partner_id, subject_id, reference, business_date, occurred_at,
        recorded_at, first_seq, actor, reason_code, explanation
    ) VALUES (
        p_member, p_counterpart, 'exchange', p_to, p_partner, p_exchange, '', p_today, p_now, p_now,
        born + 1, p_actor, 'exchange', jsonb_set(p_explanation, '{lines}', (
            SELECT jsonb_agg(p_explanation #> '{lines,0}') FROM jsonb_array_elements(parts)))
    );
    FOR part IN
        SELECT greatest((e ->> 0)::date, coalesce(p_expires_on, '9999-12-31')) AS expires_on,
               (e ->> 1)::bigint AS seq, (e ->> 2)::bigint AS points
          FROM jsonb_array_elements(parts) WITH ORDINALITY AS raw (e, n) ORDER BY n
    LOOP
        SELECT p.* INTO birth FROM public.postings p
         WHERE p.member_id = p_member AND p.currency = p_from AND p.seq = part.seq;
        target.seq := target.seq + 1;
        balance := balance + part.points;
        INSERT INTO public.postings (
            member_id, currency, seq, transaction_id, points, balance, account, payer_id, reason,
            available_on, expires_on, origin_member_id, origin_currency, origin_seq
        ) VALUES (
            p_member, p_to, target.seq, p_counterpart, part.points, balance, 'exchanged',
            birth.payer_id, 'exchange', p_today, nullif(part.expires_on, '9999-12-31'),
            p_member, p_from, part.seq
        );
        INSERT INTO public.lots (member_id, currency, expires_on, seq, remaining, held, available_on)
        VALUES (p_member, p_to, part.expires_on, target.seq, part.points, 0, p_today);
    END LOOP;
    UPDATE public.wallets w
       SET available = w.available + received, seq = target.seq, updated_at = p_now
     WHERE w.member_id = p_member AND w.currency = p_to
    RETURNING w.* INTO target;
    IF target.debt > 0 THEN
        target := public.stoa_repay(p_member, p_to, p_counterpart, received, born);
    END IF;

    IF p_key IS NOT NULL THEN
        PERFORM public.stoa_remember(
            p_member, p_partner, p_key, p_fingerprint, p_exchange, source, p_now);
        UPDATE public.keys k SET answer = jsonb_build_array(
                target.available, target.pending, target.held, target.debt, target.seq)::text
         WHERE k.partner_id = p_partner AND k.key = p_key;
    END IF;
    INSERT INTO public.outbox (member_id, id, topic, partner_id, at, facts, state, attempts)
    VALUES (p_member, p_event, 'points.exchanged', p_partner, p_now, p_facts, 'new', 0);
    RETURN NEXT source;
    RETURN NEXT target;
END $$;
