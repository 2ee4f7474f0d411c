-- Merge: all that a wallet holds and owes goes to another member's; see `wallets.sql` for what all
-- functions keep to.


-- Move lots, open holds and debt of every currency from one member to another, who then repays debt
-- from what there is. It finds nothing the second time, but what came back to the old wallets since:
-- a later return, refund or release of the old member's posts there, and is swept up by this.
-- With `p_key` the figures remembered under that key become those of the wallet that goes on.
-- Returns each currency that moved, with the points and the debt that did.
CREATE OR REPLACE FUNCTION public.stoa_merge(
    p_from uuid, p_into uuid, p_now timestamptz, p_today date, p_actor text, p_partner uuid, p_key text
) RETURNS TABLE (code text, points bigint, owed bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    old public.wallets;
    new public.wallets;
    lot record;
    hold record;
    leaving uuid;
    arrival uuid;
    first_seq bigint;
    place bigint;
    born bigint;
    places jsonb;
    lines jsonb;
BEGIN
    IF p_from = p_into THEN
        RAISE EXCEPTION 'both wallets are the same' USING ERRCODE = 'ST020';
    END IF;
    PERFORM public.stoa_open_wallet(p_into, w.currency, p_now)
       FROM (SELECT w.currency FROM public.wallets w WHERE w.member_id = p_from
              ORDER BY w.currency) AS w;
    PERFORM 1 FROM public.wallets w WHERE w.member_id IN (p_from, p_into)
      ORDER BY w.member_id, w.currency FOR UPDATE;
    FOR old IN
        SELECT w.* FROM public.wallets w WHERE w.member_id = p_from
           AND (w.available > 0 OR w.pending > 0 OR w.held > 0 OR w.debt > 0)
         ORDER BY w.currency
    LOOP
        SELECT w.* INTO new FROM public.wallets w
         WHERE w.member_id = p_into AND w.currency = old.currency;
        code := old.currency;
        points := old.available + old.pending + old.held;
        owed := old.debt;
        leaving := gen_random_uuid();
        arrival := gen_random_uuid();
        first_seq := old.seq + 1;
        place := old.seq;
        places := '{}';
        lines := '[]';
        UPDATE public.wallets w SET available = 0, pending = 0, held = 0, debt = 0, updated_at = p_now
         WHERE w.member_id = p_from AND w.currency = old.currency;
        FOR lot IN
            SELECT l.* FROM public.lots l WHERE l.member_id = p_from AND l.currency = old.currency
             ORDER BY l.expires_on, l.seq
        LOOP
            place := place + 1;
            points := points - lot.remaining;
            INSERT INTO public.postings (
                member_id, currency, seq, transaction_id, points, balance, account, reason
            ) VALUES (
                p_from, old.currency, place, leaving, -lot.remaining, points, 'transferred', 'merge'
            );
            PERFORM public.stoa_use_lot(
                p_from, old.currency, lot.expires_on, lot.seq, place, lot.remaining, lot.held);
            born := public.stoa_bear(
                p_into, old.currency, p_now, arrival, lot.remaining, lot.held, 'merge', p_from,
                lot.expires_on, lot.seq, lot.available_on, lot.pending);
            places := places || jsonb_build_object(lot.seq::text, born);
            lines := lines || jsonb_build_array(jsonb_build_object(
                'reason', 'merge', 'arithmetic', lot.remaining || ' points merged'));
        END LOOP;
        FOR hold IN
            SELECT h.id, h.lots FROM public.holds h
             WHERE h.member_id = p_from AND h.currency = old.currency AND h.state = 'held'
        LOOP
            UPDATE public.holds h SET member_id = p_into, lots = (
                SELECT jsonb_agg(jsonb_build_array(e -> 0, places -> (e ->> 1), e -> 2) ORDER BY n)
                  FROM jsonb_array_elements(hold.lots) WITH ORDINALITY AS each (e, n))
             WHERE h.member_id = p_from AND h.id = hold.id;
        END LOOP;

        points := old.available + old.pending + old.held;
        INSERT INTO public.transactions (
            member_id, id, kind, currency, subject_id, reference, business_date, occurred_at,
            recorded_at, first_seq, actor, reason_code, explanation
        ) VALUES (
            p_from, leaving, 'merge', old.currency, leaving, '', p_today, p_now, p_now, first_seq,
            p_actor, 'merge', jsonb_build_object('lines', lines)
        ), (
            p_into, arrival, 'merge', old.currency, leaving, '', p_today, p_now, p_now, new.seq + 1,
            p_actor, 'merge', jsonb_build_object('lines', lines)
        );
        IF owed > 0 THEN
            SELECT w.* INTO new FROM public.wallets w
             WHERE w.member_id = p_into AND w.currency = old.currency;
            born := new.available + new.pending + new.held;
            INSERT INTO public.postings (
                member_id, currency, seq, transaction_id, points, balance, account, reason
            ) VALUES
                (p_from, old.currency, place + 1, leaving, owed, owed, 'merged', 'merge_debt'),
                (p_from, old.currency, place + 2, leaving, -owed, 0, 'debt', 'merge_debt'),
                (p_into, old.currency, new.seq + 1, arrival, owed, born + owed, 'debt', 'merge_debt'),
                (p_into, old.currency, new.seq + 2, arrival, -owed, born, 'merged', 'merge_debt');
            place := place + 2;
            UPDATE public.wallets w SET debt = owed + w.debt, seq = w.seq + 2, updated_at = p_now
             WHERE w.member_id = p_into AND w.currency = old.currency;
        END IF;
        UPDATE public.wallets w SET seq = place WHERE w.member_id = p_from AND w.currency = old.currency;
        SELECT w.* INTO new FROM public.wallets w
         WHERE w.member_id = p_into AND w.currency = old.currency;
        IF new.debt > 0 AND new.available + new.pending > 0 THEN
            new := public.stoa_repay(
                p_into, old.currency, arrival, least(new.debt, new.available + new.pending), 0);
        END IF;
        IF p_key IS NOT NULL THEN
            UPDATE public.keys k
               SET available = new.available, pending = new.pending, held = new.held, debt = new.debt
             WHERE k.partner_id = p_partner AND k.key = p_key;
        END IF;
        RETURN NEXT;
    END LOOP;
END $$;
