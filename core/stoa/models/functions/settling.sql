-- What settles statements: numbers of papers, and the entries of payments and disputes, each derived
-- from its own row, so that nobody can book what no payment or dispute says. See `journal.sql`.
--
-- ST081  the payment or dispute is not in the state that books this


-- Give the next number of a series: whoever asks holds its one row until the end of the transaction,
-- and a rollback gives the number back, so that there is no gap.
CREATE OR REPLACE FUNCTION public.stoa_next_number(p_entity text, p_series text, p_year integer)
RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO public.document_numbers AS d (entity, series, year, last)
    VALUES (p_entity, p_series, p_year, 1)
    ON CONFLICT (entity, series, year) DO UPDATE SET last = d.last + 1
    RETURNING d.last;
$$;


-- Derive an entry of settling; it falls into the first period that is open for its day.
CREATE OR REPLACE FUNCTION public.stoa_entry_of(
    p_currency text, p_money text, p_day date, p_line text, p_debit text, p_debtor uuid, p_credit text,
    p_creditor uuid, p_points bigint, p_amount numeric, p_source text, p_subject uuid, p_n integer
) RETURNS public.money_entries
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    SELECT NULL::bigint, p_currency, p_money,
           public.stoa_period_of(p_currency, 9223372036854775807, p_day), p_day, p_line, p_debit,
           p_debtor, p_credit, p_creditor, NULL::uuid, p_points, NULL::numeric, p_amount, p_source,
           NULL::bigint, NULL::uuid, NULL::bigint, NULL::bigint, p_subject, p_n::smallint;
$$;


-- Derive what a payment that was recorded means: what is owed is settled, and what it was worth that
-- day more or less than that is the exchange's.
CREATE OR REPLACE FUNCTION public.stoa_money_of_payment(p_payment uuid)
RETURNS SETOF public.money_entries
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    paid public.payments;
    unit numeric;
    more bigint;
BEGIN
    SELECT p.* INTO STRICT paid FROM public.payments p WHERE p.id = p_payment;
    IF paid.state <> 'settled' THEN
        RAISE EXCEPTION 'the payment is not settled' USING ERRCODE = 'ST081';
    END IF;
    unit := power(10::numeric, -paid.exponent);
    more := CASE paid.direction WHEN 'in' THEN 1 ELSE -1 END * (paid.cash_minor - paid.cleared_minor);
    RETURN NEXT public.stoa_entry_of(
        paid.points_currency, paid.money_currency, paid.bank_date, 'payments',
        CASE paid.direction WHEN 'in' THEN 'CASH:reserve' ELSE 'AP' END,
        CASE paid.direction WHEN 'out' THEN paid.partner_id END,
        CASE paid.direction WHEN 'in' THEN 'AR' ELSE 'CASH:reserve' END,
        CASE paid.direction WHEN 'in' THEN paid.partner_id END,
        0, round(paid.cleared_minor * unit, paid.exponent), 'payment', paid.id, 0);
    IF more <> 0 THEN
        RETURN NEXT public.stoa_entry_of(
            paid.points_currency, paid.money_currency, paid.bank_date, 'payments',
            CASE WHEN more > 0 THEN 'CASH:reserve' ELSE 'FX:gain_loss' END, NULL,
            CASE WHEN more > 0 THEN 'FX:gain_loss' ELSE 'CASH:reserve' END, NULL,
            0, round(abs(more) * unit, paid.exponent), 'payment', paid.id, 1);
    END IF;
END $$;


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


-- Book a recorded payment, once.
CREATE OR REPLACE FUNCTION public.stoa_book_payment(p_payment uuid)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(5752);
    RETURN public.stoa_keep_money(
        ARRAY(SELECT each FROM public.stoa_money_of_payment(p_payment) AS each));
END $$;


-- Book a step of a dispute, once; the end of a hold and a credit exclude each other.
CREATE OR REPLACE FUNCTION public.stoa_book_dispute(p_dispute uuid, p_step text, p_day date)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    now text;
BEGIN
    PERFORM pg_advisory_xact_lock(5752);
    SELECT d.state INTO STRICT now FROM public.disputes d WHERE d.id = p_dispute;
    IF (p_step, now) NOT IN (('hold', 'open'), ('release', 'upheld'), ('release', 'withdrawn'),
                             ('release', 'lapsed'), ('credit', 'credited')) THEN
        RAISE EXCEPTION 'a dispute that is % does not %', now, p_step USING ERRCODE = 'ST081';
    END IF;
    IF EXISTS (SELECT 1 FROM public.money_entries e
                WHERE e.source = 'dispute' AND e.subject_id = p_dispute
                  AND (p_step = 'hold' OR e.n >= 4)) THEN
        RAISE EXCEPTION 'this dispute is booked' USING ERRCODE = 'ST081';
    END IF;
    RETURN public.stoa_keep_money(
        ARRAY(SELECT each FROM public.stoa_money_of_dispute(p_dispute, p_step, p_day) AS each));
END $$;
