-- Referrals: what inviter and invitee get, both or neither; see `wallets.sql` for what all functions
-- keep to.


-- Reward a referral whose day has come, once: a bonus for the inviter, one for the invitee, and the
-- purchase that they are for has to stand. Returns false, and nothing is done, where there is nothing to
-- reward (any more). Where the rule's budget or a cap lacks points, all is refused as campaigns are.
CREATE OR REPLACE FUNCTION public.stoa_reward_referral(
    p_invitee uuid, p_currency text, p_now timestamptz, p_today date, p_purchase uuid, p_actor text,
    p_points bigint[], p_bonuses uuid[], p_explanations jsonb, p_legs bigint[], p_reason text,
    p_payers uuid[], p_expires_on date, p_facts jsonb, p_uses jsonb
) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    told public.referrals;
    side record;
    payers integer := cardinality(p_payers);
BEGIN
    PERFORM public.stoa_open_wallet(w.id, p_currency, p_now)
       FROM (SELECT unnest(ARRAY[r.inviter_id, r.invitee_id]) AS id
               FROM public.referrals r WHERE r.invitee_id = p_invitee) AS w;
    PERFORM 1 FROM public.wallets w JOIN public.referrals r ON w.member_id IN (r.inviter_id, r.invitee_id)
      WHERE r.invitee_id = p_invitee AND w.currency = p_currency ORDER BY w.member_id FOR UPDATE OF w;
    SELECT r.* INTO told FROM public.referrals r WHERE r.invitee_id = p_invitee FOR UPDATE;
    IF NOT FOUND OR told.state <> 'purchased' OR told.due_on IS NULL OR told.due_on > p_today
       OR told.first_purchase_id <> p_purchase THEN
        RETURN false;
    END IF;
    PERFORM 1 FROM public.purchases p
      WHERE p.id = p_purchase AND p.status = 'posted' AND p.member_id IN (
            SELECT m.id FROM public.members m WHERE p_invitee IN (m.id, m.merged_into));
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM 1 FROM public.members m
      WHERE m.id IN (told.inviter_id, told.invitee_id) AND m.status <> 'active';
    IF FOUND THEN
        RETURN false;
    END IF;
    FOR side IN
        SELECT n, CASE n WHEN 1 THEN told.inviter_id ELSE told.invitee_id END AS member
          FROM generate_series(1, 2) AS n WHERE p_points[n] > 0 ORDER BY 2
    LOOP
        PERFORM public.stoa_grant(
            side.member, p_currency, p_now, p_today, NULL, NULL,
            '00000000-0000-0000-0000-000000000000', NULL, NULL, p_bonuses[side.n], p_bonuses[3 - side.n],
            '', p_actor, 'referral', p_explanations -> (side.n - 1),
            (SELECT array_agg(leg.points ORDER BY leg.n) FROM unnest(
                p_legs[(side.n - 1) * payers + 1 : side.n * payers]) WITH ORDINALITY AS leg (points, n)
              WHERE leg.points > 0),
            (SELECT array_agg(p_reason) FROM unnest(
                p_legs[(side.n - 1) * payers + 1 : side.n * payers]) AS leg (points)
              WHERE leg.points > 0),
            (SELECT array_agg(p_payers[leg.n] ORDER BY leg.n) FROM unnest(
                p_legs[(side.n - 1) * payers + 1 : side.n * payers]) WITH ORDINALITY AS leg (points, n)
              WHERE leg.points > 0),
            NULL, p_today, false, p_expires_on, gen_random_uuid(), 
            p_facts -> (side.n - 1), p_uses -> (side.n - 1));
    END LOOP;
    UPDATE public.referrals r
       SET state = 'rewarded', reason = '', rewarded_at = p_now, due_on = NULL,
           inviter_bonus = CASE WHEN p_points[1] > 0 THEN p_bonuses[1] END,
           invitee_bonus = CASE WHEN p_points[2] > 0 THEN p_bonuses[2] END
     WHERE r.invitee_id = p_invitee;
    INSERT INTO public.outbox (member_id, id, topic, at, facts, state, attempts)
    VALUES (told.inviter_id, gen_random_uuid(), 'referral.rewarded', p_now,
            jsonb_build_object('rule', told.rule, 'points', p_points[1]), 'new', 0);
    RETURN true;
END $$;
