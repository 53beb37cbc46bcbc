-- The discount that :type and :value make of a price of :base between 0 and 90000000000000000 (which can be multiplied by a
-- hundred). It is exact: amounts are whole, and :percentage rounds as policy discount_rounding says. -1 stands for a value that is
-- not known: least() would pass over a null.
CASE :type
    WHEN 'PERCENT' THEN :percentage
    WHEN 'FIXED' THEN nullif(least(:base, coalesce(:value, -1)), -1)
    WHEN 'FREE' THEN :base::bigint
END
