-- Draws: tickets bought once with points, drawn once, or given back; see `wallets.sql` for what all
-- functions keep to. After the wallet the draw's own row is locked, then the ticket's.
--
-- ST140  no more tickets (DETAIL: by, most)        ST141  the draw is closed (DETAIL: its state)
-- ST142  no such ticket                            ST143  the ticket is closed (DETAIL: its state)


-- Lock the draw and tell whether a member may have so many more tickets of it now. Tickets of
-- memberships merged into this one are the member's, those that came with rewards as well.
CREATE OR REPLACE FUNCTION public.stoa_admit_tickets(
    p_member uuid, p_draw text, p_count integer, p_now timestamptz, p_today date, p_most bigint,
    p_most_day bigint
) RETURNS public.draws LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    draw public.draws;
    mine bigint;
    today bigint;
BEGIN
    SELECT count(*), count(*) FILTER (WHERE t.bought_on = p_today) INTO mine, today
      FROM public.tickets t
     WHERE t.draw = p_draw AND t.state <> 'refunded'
       AND (t.member_id = p_member OR t.member_id IN (
            SELECT m.id FROM public.members m WHERE m.merged_into = p_member));
    IF mine + p_count > p_most THEN
        RAISE EXCEPTION 'no more for this member' USING ERRCODE = 'ST140',
            DETAIL = jsonb_build_object('by', 'member', 'most', p_most)::text;
    ELSIF today + p_count > p_most_day THEN
        RAISE EXCEPTION 'no more on this day' USING ERRCODE = 'ST140',
            DETAIL = jsonb_build_object('by', 'day', 'most', p_most_day)::text;
    END IF;
    SELECT d.* INTO draw FROM public.draws d WHERE d.code = p_draw FOR UPDATE;
    IF draw.state <> 'open' THEN
        RAISE EXCEPTION 'the draw is closed' USING ERRCODE = 'ST141', DETAIL = draw.state;
    ELSIF p_now < draw.opens_at OR p_now >= draw.closes_at THEN
        RAISE EXCEPTION 'the draw is closed' USING ERRCODE = 'ST141',
            DETAIL = CASE WHEN p_now < draw.opens_at THEN 'soon' ELSE 'over' END;
    ELSIF draw.sold + p_count > draw.tickets THEN
        RAISE EXCEPTION 'sold out' USING ERRCODE = 'ST140',
            DETAIL = jsonb_build_object('by', 'draw', 'most', draw.tickets)::text;
    END IF;
    RETURN draw;
END $$;


-- Buy a ticket: burn its points, give it the next number. The transaction says which number it is,
-- beside the hash of the seed.
CREATE OR REPLACE FUNCTION public.stoa_buy_ticket(
    p_member uuid, p_now timestamptz, p_today date, p_id uuid, p_draw text, p_version integer,
    p_seed bytea, p_most bigint, p_most_day bigint, p_net boolean, p_actor text, p_explanation jsonb,
    p_event uuid, p_facts jsonb
) RETURNS SETOF public.wallets LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    money text := (SELECT d.currency FROM public.draws d WHERE d.code = p_draw);
    wallet public.wallets;
    draw public.draws;
BEGIN
    SELECT w.* INTO wallet FROM public.wallets w
     WHERE w.member_id = p_member AND w.currency = money FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'not enough points' USING ERRCODE = 'ST003', DETAIL = 0;
    END IF;
    draw := public.stoa_admit_tickets(
        p_member, p_draw, 1, p_now, p_today, p_most, p_most_day);
    wallet := public.stoa_burn(
        p_member, money, p_now, p_today, p_id, 'ticket', p_draw, draw.points, p_net, p_actor,
        p_explanation || jsonb_build_object('number', draw.sold + 1));
    INSERT INTO public.tickets (
        member_id, id, draw, version, number, state, currency, points, seed, commitment, bought_at,
        bought_on
    ) VALUES (
        p_member, p_id, p_draw, p_version, draw.sold + 1, 'open', money, draw.points, p_seed,
        sha256(p_seed), p_now, p_today
    );
    UPDATE public.draws d SET sold = d.sold + 1 WHERE d.code = p_draw;
    INSERT INTO public.outbox (member_id, id, topic, at, facts, state, attempts)
    VALUES (p_member, p_event, 'ticket.bought', p_now,
            p_facts || jsonb_build_object('number', draw.sold + 1), 'new', 0);
    RETURN NEXT wallet;
END $$;


-- Draw a ticket of an instant draw, once: its seed, the text of whoever draws and what is left of the
-- prizes decide; all of it is kept, with the place in the order of all tickets drawn. What wins no
-- prize brings the consolation, where there is one: the prize at place 0.
CREATE OR REPLACE FUNCTION public.stoa_draw_ticket(
    p_member uuid, p_now timestamptz, p_today date, p_id uuid, p_nonce text, p_event uuid,
    p_facts jsonb
) RETURNS SETOF public.tickets LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    bought public.tickets;
    draw public.draws;
    each public.draw_prizes;
    won public.draw_prizes;
    rolled bigint;
    rest bigint;
    kept bigint[];
BEGIN
    PERFORM 1 FROM public.wallets w WHERE w.member_id = p_member ORDER BY w.currency FOR UPDATE;
    SELECT d.* INTO draw FROM public.draws d
      JOIN public.tickets t ON t.draw = d.code
     WHERE t.member_id = p_member AND t.id = p_id AND d.mode = 'instant' FOR UPDATE OF d;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such ticket' USING ERRCODE = 'ST142';
    END IF;
    SELECT t.* INTO bought FROM public.tickets t
     WHERE t.member_id = p_member AND t.id = p_id FOR UPDATE;
    IF bought.state <> 'open' THEN
        RAISE EXCEPTION 'the ticket is closed' USING ERRCODE = 'ST143', DETAIL = bought.state;
    ELSIF draw.state = 'cancelled' THEN
        RAISE EXCEPTION 'the draw is closed' USING ERRCODE = 'ST141', DETAIL = draw.state;
    END IF;
    rolled := public.stoa_roll(bought.seed, p_id, p_nonce);
    rest := rolled;
    kept := ARRAY(SELECT p.remaining FROM public.draw_prizes p
                    WHERE p.draw = draw.code AND p.place > 0 ORDER BY p.place);
    FOR each IN
        SELECT p.* FROM public.draw_prizes p
         WHERE p.draw = draw.code AND p.place > 0 ORDER BY p.place
    LOOP
        IF rest < each.odds THEN
            won := CASE WHEN each.remaining > 0 THEN each END;
            EXIT;
        END IF;
        rest := rest - each.odds;
    END LOOP;
    IF won.prize IS NULL THEN
        SELECT p.* INTO won FROM public.draw_prizes p WHERE p.draw = draw.code AND p.place = 0;
    END IF;
    UPDATE public.tickets t
       SET state = CASE WHEN won.prize IS NULL THEN 'lost' ELSE 'won' END, nonce = p_nonce,
           roll = rolled, turn = draw.drawn + 1, stock = kept, prize = won.prize,
           resolved_at = p_now
     WHERE t.member_id = p_member AND t.id = p_id
    RETURNING t.* INTO bought;
    UPDATE public.draws d SET drawn = d.drawn + 1 WHERE d.code = draw.code;
    IF won.prize IS NOT NULL THEN
        PERFORM public.stoa_win(won, p_member, p_id, p_now, p_today);
    END IF;
    INSERT INTO public.outbox (member_id, id, topic, at, facts, state, attempts)
    VALUES (p_member, p_event, 'ticket.drawn', p_now,
            p_facts || jsonb_build_object('state', bought.state, 'prize', bought.prize), 'new', 0);
    RETURN NEXT bought;
END $$;


-- Take the next unit of a prize for a ticket: points and coupons are owed, anything else waits in the
-- store. Its number is of none other: what was taken before it is its number.
CREATE OR REPLACE FUNCTION public.stoa_win(
    p_prize public.draw_prizes, p_member uuid, p_ticket uuid, p_now timestamptz, p_today date
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    rest bigint;
    at_once boolean := p_prize.points > 0 OR p_prize.coupon <> '';
BEGIN
    UPDATE public.draw_prizes p SET remaining = p.remaining - 1
     WHERE p.draw = p_prize.draw AND p.prize = p_prize.prize RETURNING p.remaining INTO rest;
    INSERT INTO public.draw_wins (
        draw, prize, unit, member_id, ticket_id, state, points, coupon, partner, won_at, tries,
        next_at, claim_until
    ) VALUES (
        p_prize.draw, p_prize.prize, p_prize.stock - rest, p_member, p_ticket,
        CASE WHEN at_once THEN 'owed' ELSE 'waiting' END, p_prize.points, p_prize.coupon,
        p_prize.partner, p_now, 0, CASE WHEN at_once THEN p_now END,
        CASE WHEN NOT at_once THEN p_today + p_prize.claim_days END
    );
END $$;


-- Close a raffle: from now on nobody buys, and tickets of one member have one holder, a name that
-- tells nobody who it is; one that was taken back has an empty one and wins nothing. The caller has
-- locked the draw.
CREATE OR REPLACE FUNCTION public.stoa_name_holders(p_draw text, p_salt bytea)
RETURNS void LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    UPDATE public.tickets t
       SET holder = CASE WHEN t.state = 'refunded' THEN '' ELSE left(encode(sha256(
               p_salt || uuid_send(coalesce(m.merged_into, m.id))), 'hex'), 32) END
      FROM public.members m
     WHERE t.draw = p_draw AND t.holder IS NULL AND m.id = t.member_id;
$$;


-- Write down who won a raffle: tickets by their numbers, in the order of the prizes. The caller has
-- locked the draw. Every ticket that won nothing is lost.
CREATE OR REPLACE FUNCTION public.stoa_reveal_draw(
    p_draw text, p_numbers bigint[], p_prizes text[], p_now timestamptz, p_today date
) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    winner record;
BEGIN
    FOR winner IN
        SELECT t.member_id, t.id, t.number, p AS taken
          FROM unnest(p_numbers, p_prizes) WITH ORDINALITY AS won (number, prize, n)
          JOIN public.tickets t ON t.draw = p_draw AND t.number = won.number AND t.state = 'open'
          JOIN public.draw_prizes p ON p.draw = p_draw AND p.prize = won.prize
         ORDER BY won.n
    LOOP
        PERFORM public.stoa_win(winner.taken, winner.member_id, winner.id, p_now, p_today);
        UPDATE public.tickets t
           SET state = 'won', prize = (winner.taken).prize, resolved_at = p_now
         WHERE t.member_id = winner.member_id AND t.id = winner.id;
        INSERT INTO public.outbox (member_id, id, topic, at, facts, state, attempts)
        VALUES (winner.member_id, gen_random_uuid(), 'ticket.won', p_now, jsonb_build_object(
                'draw', p_draw, 'number', winner.number, 'prize', (winner.taken).prize), 'new', 0);
    END LOOP;
    UPDATE public.tickets t SET state = 'lost', resolved_at = p_now
     WHERE t.draw = p_draw AND t.state = 'open';
END $$;


-- Give an open ticket of a cancelled draw back, once: its points go to the lots they came from, as
-- `stoa_unburn` says. One that came with a reward goes back with its order (`deliveries.sql`).
CREATE OR REPLACE FUNCTION public.stoa_refund_ticket(
    p_member uuid, p_now timestamptz, p_today date, p_id uuid, p_transaction uuid,
    p_grace integer, p_actor text, p_explanation jsonb, p_event uuid, p_facts jsonb
) RETURNS SETOF public.wallets LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    money text := (SELECT t.currency FROM public.tickets t WHERE t.member_id = p_member AND t.id = p_id);
    wallet public.wallets;
    bought public.tickets;
BEGIN
    SELECT w.* INTO wallet FROM public.wallets w
     WHERE w.member_id = p_member AND w.currency = money FOR UPDATE;
    SELECT t.* INTO bought FROM public.tickets t
      JOIN public.draws d ON d.code = t.draw AND d.state = 'cancelled'
     WHERE t.member_id = p_member AND t.id = p_id AND t.origin = '' FOR UPDATE OF t;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no such ticket' USING ERRCODE = 'ST142';
    ELSIF bought.state <> 'open' THEN
        RAISE EXCEPTION 'the ticket is closed' USING ERRCODE = 'ST143', DETAIL = bought.state;
    END IF;
    UPDATE public.tickets t SET state = 'refunded', resolved_at = p_now
     WHERE t.member_id = p_member AND t.id = p_id;
    wallet := public.stoa_unburn(
        p_member, money, p_now, p_today, p_id, p_transaction, p_grace, p_actor, p_explanation);
    INSERT INTO public.outbox (member_id, id, topic, at, facts, state, attempts)
    VALUES (p_member, p_event, 'ticket.refunded', p_now, p_facts, 'new', 0);
    RETURN NEXT wallet;
END $$;
