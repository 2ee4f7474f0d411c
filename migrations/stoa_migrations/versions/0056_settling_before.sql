-- Derive what a step of a dispute means: its hold (0..3), the end of the hold (4..7), or the credit
-- (8..11). A hold is the partner's own: no position moves. A credit moves it against the operator, or
-- against the partner across, whose part of the line is held just so.
CREATE OR REPLACE FUNCTION public.stoa_money_of_dispute(p_dispute uuid, p_step text, p_day date)
RETURNS SETOF public.money_entries
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    held public.disputes;
    each record;
    unit numeric;
    swap boolean;
BEGIN
    SELECT d.* INTO STRICT held FROM public.disputes d WHERE d.id = p_dispute;
    IF p_step = 'hold' AND held.state <> 'open'
       OR p_step = 'release' AND held.state NOT IN ('upheld', 'withdrawn', 'lapsed')
       OR p_step = 'credit' AND held.state <> 'credited'
       OR p_step NOT IN ('hold', 'release', 'credit') THEN
        RAISE EXCEPTION 'a dispute that is % does not %', held.state, p_step
              USING ERRCODE = 'ST081';
    END IF;
    unit := power(10::numeric, -held.exponent);
    FOR each IN
        SELECT * FROM (
            SELECT 0 AS n, 'disputes' AS line, held.partner_id AS party, held.side AS side,
                   held.owes AS owes, held.minor AS minor, held.against AS against
             UNION ALL
            SELECT 1, 'tax', held.partner_id, held.side, held.owes, held.tax_minor, held.tax_against
             UNION ALL
            SELECT 2, 'disputes', held.other_id, held.other_side, NOT held.owes, held.minor, ''
             WHERE held.other_id IS NOT NULL) AS part
         WHERE part.minor > 0 ORDER BY part.n
    LOOP
        IF p_step = 'credit' THEN
            -- The two parties of a line across settle it between them, in one entry.
            CONTINUE WHEN each.n = 2;
            RETURN NEXT public.stoa_entry_of(
                held.points_currency, held.money_currency, p_day, each.line,
                CASE WHEN each.owes THEN
                     CASE WHEN each.n = 0 AND held.other_id IS NOT NULL THEN 'LIAB:dispute_hold'
                          ELSE each.against END
                     ELSE 'LIAB:dispute_hold' END,
                CASE WHEN each.owes THEN CASE WHEN each.n = 0 THEN held.other_id END
                     ELSE each.party END,
                CASE WHEN each.owes THEN 'LIAB:dispute_hold'
                     WHEN each.n = 0 AND held.other_id IS NOT NULL THEN 'LIAB:dispute_hold'
                     ELSE each.against END,
                CASE WHEN each.owes THEN each.party
                     WHEN each.n = 0 THEN held.other_id END,
                CASE WHEN each.n = 0 THEN held.points ELSE 0 END,
                round(each.minor * unit, held.exponent), 'dispute', held.id, 8 + each.n);
            CONTINUE;
        END IF;
        -- Less is collected (Dr hold, Cr AR), or less is paid (Dr AP, Cr hold); its end is the reverse.
        swap := each.owes <> (p_step = 'release');
        RETURN NEXT public.stoa_entry_of(
            held.points_currency, held.money_currency, p_day, each.line,
            CASE WHEN swap THEN 'LIAB:dispute_hold' ELSE each.side END, each.party,
            CASE WHEN swap THEN each.side ELSE 'LIAB:dispute_hold' END, each.party,
            0, round(each.minor * unit, held.exponent), 'dispute', held.id,
            each.n + CASE WHEN p_step = 'release' THEN 4 ELSE 0 END);
    END LOOP;
END $$;


-- Book a step of a dispute, once; the end of a hold and a credit exclude each other.
CREATE OR REPLACE FUNCTION public.stoa_book_dispute(p_dispute uuid, p_step text, p_day date)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(5752);
    IF EXISTS (SELECT 1 FROM public.money_entries e
                WHERE e.source = 'dispute' AND e.subject_id = p_dispute
                  AND (p_step = 'hold' OR e.n >= 4)) THEN
        RAISE EXCEPTION 'this dispute is booked' USING ERRCODE = 'ST081';
    END IF;
    RETURN public.stoa_keep_money(
        ARRAY(SELECT each FROM public.stoa_money_of_dispute(p_dispute, p_step, p_day) AS each));
END $$;
