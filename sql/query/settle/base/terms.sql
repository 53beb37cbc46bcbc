-- What each campaign promises as it stands now; a grant promises no discount.
terms AS NOT MATERIALIZED (
    SELECT c.id, c.promo_type,
           CASE WHEN c.promo_type IS DISTINCT FROM 'PREMIUM_GRANT' THEN coalesce(c.discount_type::text, 'PERCENT') END AS discount_type,
           CASE WHEN coalesce(c.discount_value, c.discount_percent) < 0 THEN 0
                ELSE coalesce(c.discount_value, c.discount_percent) END::bigint AS discount_value,
           coalesce(c.discount_value, c.discount_percent)::text AS discount_text,
           :discount_currency AS discount_currency
    FROM promo_guard.campaigns AS c
)
