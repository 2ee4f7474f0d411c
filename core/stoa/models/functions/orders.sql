-- Orders: a hold's reward with its limits and stock; see `wallets.sql` for what all functions keep to.
--
-- An order is the hold's shadow: it is placed with it, and every way out of the hold resolves it and
-- gives back what it took, under the lock of the wallet. Limits of a member count the member's own
-- orders, those paid by a household and those of merged memberships too, under a lock of the member
-- and the offer, which nobody holds who then locks a wallet.
--
-- ST090  see `stock.sql`
-- ST091  the member's limit is reached (DETAIL as JSON: which one, how many it allows, how many are left)
-- ST092  a reward is captured and refunded as a whole (DETAIL: its points)


-- Hold the points of a reward as `stoa_hold` does, and take what the reward takes; see there for all
-- but `p_order`: {offer, kind, version, provider, buyer, quantity, money_minor, money_currency,
-- fulfil, slot, terms, per_member, per_member_day, takes: [{item, kind, units, told, version,
-- ends_on}]}, where what is absent is not limited, and `told` is absent of what was put in by hand.
CREATE OR REPLACE FUNCTION public.stoa_order(
    p_member uuid, p_currency text, p_now timestamptz, p_today date, p_partner uuid, p_store uuid,
    p_key text, p_fingerprint bytea, p_hold uuid, p_points bigint, p_worth_minor bigint,
    p_purpose text, p_reward text, p_reference text, p_expires_at timestamptz, p_business_date date,
    p_spender uuid, p_net boolean, p_event uuid, p_facts jsonb, p_actor text, p_order jsonb
) RETURNS SETOF public.wallets LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    wallet public.wallets;
    thing record;
    buyer uuid := (p_order ->> 'buyer')::uuid;
    heir uuid;
    units integer := (p_order ->> 'quantity')::integer;
    most bigint;
    had bigint;
    today bigint;
BEGIN
    IF p_order ? 'per_member' OR p_order ? 'per_member_day' THEN
        -- before the wallet, as mergers do: who counts as the member stays so until the order is there
        SELECT coalesce(m.merged_into, m.id) INTO heir FROM public.members m
         WHERE m.id = buyer FOR SHARE;
        heir := coalesce(heir, buyer);
    END IF;
    SELECT h.* INTO wallet FROM public.stoa_hold(
        p_member, p_currency, p_now, p_today, p_partner, p_store, p_key, p_fingerprint, p_hold,
        p_points, p_worth_minor, p_purpose, p_reward, p_reference, p_expires_at, p_business_date,
        p_spender, p_net, p_event, p_facts) AS h;

    IF p_order ? 'per_member' OR p_order ? 'per_member_day' THEN
        PERFORM pg_advisory_xact_lock(hashtextextended(heir::text || (p_order ->> 'offer'), 27));
        SELECT coalesce(sum(o.quantity), 0),
               coalesce(sum(o.quantity) FILTER (WHERE o.business_date = p_business_date), 0)
          INTO had, today
          FROM public.orders o
         WHERE o.buyer_id IN (SELECT heir UNION ALL SELECT m.id FROM public.members m
                               WHERE m.merged_into = heir)
           AND o.offer = p_order ->> 'offer' AND o.state IN ('held', 'issued', 'fulfilled');
        FOR thing IN
            SELECT * FROM (VALUES ('per_member', had), ('per_member_day', today)) AS v (name, used)
        LOOP
            most := (p_order ->> thing.name)::bigint;
            IF thing.used + units > most THEN
                RAISE EXCEPTION 'the limit % is reached', thing.name USING ERRCODE = 'ST091',
                    DETAIL = jsonb_build_object('limit', thing.name, 'most', most,
                        'left', greatest(most - thing.used, 0))::text;
            END IF;
        END LOOP;
    END IF;
    FOR thing IN
        SELECT * FROM jsonb_to_recordset(p_order -> 'takes') AS t (
               item text, kind text, told bigint, version integer, ends_on date)
         ORDER BY array_position(ARRAY['day', 'slot', 'stock'], t.kind)
    LOOP
        IF thing.told IS NOT NULL THEN
            PERFORM public.stoa_fund_stock(
                thing.item, thing.kind, thing.told, thing.version, thing.ends_on, p_now, 'rule');
        END IF;
        PERFORM public.stoa_take_stock(thing.item, thing.kind, units, p_hold, p_now, p_actor);
    END LOOP;

    INSERT INTO public.orders (
        member_id, id, offer, kind, version, provider_id, partner_id, store_id, buyer_id, quantity,
        money_minor, currency, state, fulfil, slot, taken, terms, coupons, business_date, placed_at,
        errand, attempts, answer, reference
    ) VALUES (
        p_member, p_hold, p_order ->> 'offer', p_order ->> 'kind', (p_order ->> 'version')::integer,
        (p_order ->> 'provider')::uuid, p_partner, p_store, buyer, units,
        (p_order ->> 'money_minor')::bigint, p_order ->> 'money_currency', 'held',
        p_order ->> 'fulfil', p_order ->> 'slot',
        ARRAY(SELECT e ->> 'item' FROM jsonb_array_elements(p_order -> 'takes') AS e),
        p_order -> 'terms', '{}', p_business_date, p_now, 'none', 0, '{}', ''
    );
    RETURN NEXT wallet;
END $$;


-- The order of a hold is issued: its points are burned now. A hold placed before there were orders,
-- or by a release that knows none, gets its order here, provided by the till's own partner.
-- Returns whose the burn is: the provider, or nobody for the operator.
CREATE OR REPLACE FUNCTION public.stoa_issue_order(
    p_hold public.holds, p_points bigint, p_now timestamptz
) RETURNS uuid LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    provider uuid;
BEGIN
    UPDATE public.orders o
       SET state = 'issued', resolved_at = p_now,
           errand = CASE o.fulfil WHEN 'plugin' THEN 'queued' ELSE o.errand END,
           next_at = CASE o.fulfil WHEN 'plugin' THEN p_now END
     WHERE o.member_id = p_hold.member_id AND o.id = p_hold.id
    RETURNING o.provider_id INTO provider;
    IF FOUND AND p_points <> p_hold.points THEN
        RAISE EXCEPTION 'a reward is captured as a whole' USING
            ERRCODE = 'ST092', DETAIL = p_hold.points;
    ELSIF NOT FOUND THEN
        INSERT INTO public.orders AS o (
            member_id, id, offer, kind, version, provider_id, partner_id, store_id, buyer_id,
            quantity, money_minor, currency, state, fulfil, slot, taken, terms, coupons,
            business_date, placed_at, resolved_at, errand, attempts, answer, reference
        ) VALUES (
            p_hold.member_id, p_hold.id, p_hold.reward, 'gift', 0, p_hold.partner_id,
            p_hold.partner_id, p_hold.store_id, coalesce(p_hold.spender_id, p_hold.member_id), 1, 0,
            '', 'issued', 'none', '', '{}', '{}', '{}', p_hold.business_date, p_hold.created_at,
            p_now, 'none', 0, '{}', ''
        ) RETURNING o.provider_id INTO provider;
    END IF;
    RETURN provider;
END $$;


-- Resolve the order of a hold that was let go or refunded, and give back all it took, once. What a
-- partner may have been asked for is to be cancelled there.
CREATE OR REPLACE FUNCTION public.stoa_close_order(
    p_member uuid, p_hold uuid, p_state text, p_now timestamptz, p_by text
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    done public.orders;
    thing text;
BEGIN
    UPDATE public.orders o
       SET state = p_state, resolved_at = p_now,
           errand = CASE WHEN o.errand IN ('queued', 'done') THEN 'cancelling' ELSE o.errand END,
           next_at = CASE WHEN o.errand IN ('queued', 'done') THEN p_now END,
           attempts = CASE WHEN o.errand IN ('queued', 'done') THEN 0 ELSE o.attempts END
     WHERE o.member_id = p_member AND o.id = p_hold AND o.state IN ('held', 'issued', 'fulfilled')
    RETURNING o.* INTO done;
    FOREACH thing IN ARRAY coalesce(done.taken, '{}') LOOP
        PERFORM public.stoa_give_stock(thing, done.quantity, p_hold, p_now, p_by, p_state);
    END LOOP;
END $$;


-- Note the coupons that were issued for an order, in the transaction that burned its points.
CREATE OR REPLACE FUNCTION public.stoa_order_coupons(p_member uuid, p_order uuid, p_coupons uuid[])
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE public.orders o SET coupons = p_coupons WHERE o.member_id = p_member AND o.id = p_order;
$$;
