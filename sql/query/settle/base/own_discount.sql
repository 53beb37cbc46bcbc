-- What the redemption of row l promised: the snapshot says it, else the campaign. It is null where nothing does, for a price below
-- nothing or beyond what can be multiplied by a hundred, and for a fixed amount of another currency.
CASE WHEN l.base_stars_amount BETWEEN 0 AND 90000000000000000 AND :same_currency THEN
    coalesce(:promised_discount, :campaign_discount)
END
