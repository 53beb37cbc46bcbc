-- Every campaign's status.
SELECT c.id::bigint, rtrim(c.status::text) FROM promo_guard.campaigns AS c
