-- Activities: points for what was done without a purchase; see `wallets.sql` for what all functions
-- keep to.
--
-- ST061  it was done before         ST063  it was done a moment ago (DETAIL: seconds to wait)
-- ST062  the code is used up


-- Keep what a member did and grant its points. Refused, with nothing done, where the member did it
-- for this subject before, or did it less than `p_gap` seconds ago; where the code of its proof is used
-- up; or where one of `p_claims`, such as the device it was done with, was used by anybody before.
CREATE OR REPLACE FUNCTION public.stoa_act(
    p_member uuid, p_currency text, p_now timestamptz, p_today date, p_partner uuid, p_store uuid,
    p_scope uuid, p_key text, p_fingerprint bytea, p_id uuid, p_activity text, p_kind text,
    p_version integer, p_subject text, p_day date, p_gap integer, p_claims bytea[], p_code uuid,
    p_reference text, p_actor text, p_explanation jsonb, p_points bigint[], p_reasons text[],
    p_payers uuid[], p_price numeric, p_expires_on date, p_event uuid, p_facts jsonb, p_uses jsonb
) RETURNS SETOF public.wallets LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    last timestamptz;
    own bytea;
BEGIN
    PERFORM 1 FROM public.wallets w
      WHERE w.member_id = p_member AND w.currency = p_currency FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such wallet' USING ERRCODE = 'ST008';
    END IF;
    PERFORM 1 FROM public.keys WHERE partner_id = p_scope AND key = p_key;
    IF FOUND THEN
        RAISE EXCEPTION 'the idempotency key was used before' USING ERRCODE = 'ST001';
    END IF;
    IF p_gap > 0 THEN
        SELECT max(a.at) INTO last FROM public.activities a
         WHERE a.member_id = p_member AND a.activity = p_activity;
        IF last > p_now - make_interval(secs => p_gap) THEN
            RAISE EXCEPTION 'it was done a moment ago' USING ERRCODE = 'ST063', DETAIL =
                ceil(extract(epoch FROM last - p_now) + p_gap)::bigint;
        END IF;
    END IF;
    INSERT INTO public.activities (
        member_id, id, activity, kind, version, subject, day, at, partner_id, store_id, code_id
    ) VALUES (
        p_member, p_id, p_activity, p_kind, p_version, p_subject, p_day, p_now, p_partner, p_store,
        p_code
    ) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'it was done before' USING ERRCODE = 'ST061';
    END IF;
    FOREACH own IN ARRAY p_claims LOOP
        INSERT INTO public.activity_claims (activity, claim, activity_id)
        VALUES (p_activity, own, p_id) ON CONFLICT DO NOTHING;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'it was used before' USING ERRCODE = 'ST061';
        END IF;
    END LOOP;
    UPDATE public.activity_codes c SET uses = c.uses + 1
     WHERE c.id = p_code AND c.most_uses IS NOT NULL AND c.uses < c.most_uses;
    IF NOT FOUND THEN
        PERFORM 1 FROM public.activity_codes c WHERE c.id = p_code AND c.most_uses IS NOT NULL;
        IF FOUND THEN
            RAISE EXCEPTION 'the code is used up' USING ERRCODE = 'ST062';
        END IF;
    END IF;
    RETURN QUERY SELECT * FROM public.stoa_grant(
        p_member, p_currency, p_now, p_today, p_partner, p_store, p_scope, p_key, p_fingerprint, p_id,
        NULL, p_reference, p_actor, 'activity', p_explanation, p_points, p_reasons, p_payers, p_price,
        p_today, false, p_expires_on, p_event, p_facts, p_uses);
END $$;


-- Count a wrong code of a member at a partner, and of all members there, within so many seconds.
-- Releases before `guesses.sql` call it.
CREATE OR REPLACE FUNCTION public.stoa_count_guess(
    p_partner uuid, p_member uuid, p_now timestamptz, p_window integer
) RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO public.activity_guesses AS g (partner_id, member_id, since, wrong)
    SELECT p_partner, each, p_now, 1
      FROM unnest(ARRAY[p_member, '00000000-0000-0000-0000-000000000000'::uuid]) AS each ORDER BY each
    ON CONFLICT (partner_id, member_id) DO UPDATE
       SET wrong = CASE WHEN g.since <= p_now - make_interval(secs => p_window) THEN 1
                        ELSE g.wrong + 1 END,
           since = CASE WHEN g.since <= p_now - make_interval(secs => p_window) THEN p_now
                        ELSE g.since END;
$$;
