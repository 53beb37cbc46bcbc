-- The rows of :link with the terms of the snapshot taken when the code was accepted, where they can be read: a whole number of at
-- most twelve digits. Nearly always it is the number that the campaign still has, and to see that costs a fifth of reading it.
SELECT l.*,
       coalesce(l.validation_snapshot ->> 'discount_type',
                -- null is PERCENT; not there at all is the campaign's
                CASE WHEN l.validation_snapshot ? 'discount_type' THEN 'PERCENT' ELSE l.discount_type END)
           AS promised_type,
       CASE WHEN l.validation_snapshot ->> 'discount_value' = l.discount_text THEN l.discount_value
            WHEN ltrim(l.validation_snapshot ->> 'discount_value', '0123456789') = ''
                 AND length(l.validation_snapshot ->> 'discount_value') BETWEEN 1 AND 12
            THEN (l.validation_snapshot ->> 'discount_value')::bigint END AS promised_value
FROM :link AS l
