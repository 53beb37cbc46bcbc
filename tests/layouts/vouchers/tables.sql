-- A shop whose voucher has a boolean and no status, an order that is its own redemption, several currencies, and no record of tries.
CREATE TABLE voucher_codes (id bigint PRIMARY KEY, code_hmac text UNIQUE NOT NULL, hint text NOT NULL, campaign text NOT NULL, kind text NOT NULL,
    value integer NOT NULL, currency char(3), is_active boolean NOT NULL DEFAULT true, start_date timestamptz NOT NULL, end_date timestamptz,
    usage_limit integer, created_at timestamptz NOT NULL);
CREATE TABLE shop_orders (id uuid PRIMARY KEY, created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL, status text NOT NULL,
    charge text NOT NULL, user_id integer, voucher_id bigint REFERENCES voucher_codes, currency char(3) NOT NULL,
    undiscounted numeric(20,3) NOT NULL, total numeric(20,3) NOT NULL, refunded numeric(20,3) NOT NULL DEFAULT 0);
INSERT INTO voucher_codes VALUES
    (1, repeat('a', 64), 'AUTU', 'Autumn ten', 'percentage', 10, NULL, true, now() - interval '9 days', NULL, 100, now() - interval '9 days'),
    (2, repeat('b', 64), 'FIVE', 'Five euros', 'fixed', 500, 'EUR', true, now() - interval '9 days', now() + interval '9 days', NULL, now() - interval '9 days');
-- 49.95 less 10 % is 44.955: the discount is rounded half up. User 0 stands for all guests.
INSERT INTO shop_orders
SELECT md5('a' || g)::uuid, n.at, n.at, 'fulfilled', 'full', CASE WHEN g % 3 = 0 THEN 0 ELSE g END, 1, CASE WHEN g % 2 = 0 THEN 'EUR' ELSE 'USD' END, 49.95, 44.95
FROM generate_series(1, 30) AS g, LATERAL (SELECT now() - interval '50 min' + g * interval '1 min') AS n (at);
-- Five euros are 5.40 dollars on that day.
INSERT INTO shop_orders
SELECT md5('b' || g)::uuid, n.at, n.at, 'fulfilled', 'full', 100 + g, 2, CASE WHEN g % 2 = 0 THEN 'EUR' ELSE 'USD' END, 20, CASE WHEN g % 2 = 0 THEN 15 ELSE 14.60 END
FROM generate_series(1, 10) AS g, LATERAL (SELECT now() - interval '50 min' + g * interval '1 min') AS n (at);
-- Orders without a voucher.
INSERT INTO shop_orders
SELECT md5('c' || g)::uuid, n.at, n.at, 'fulfilled', 'full', 200 + g, NULL, 'EUR', 30, 30
FROM generate_series(1, 20) AS g, LATERAL (SELECT now() - interval '50 min' + g * interval '1 min') AS n (at);
-- One item of an order was sent back, and one order as a whole.
UPDATE shop_orders SET refunded = 10, charge = 'part_refunded', updated_at = now() - interval '10 min' WHERE id = md5('a5')::uuid;
UPDATE shop_orders SET refunded = total, charge = 'refunded', status = 'returned', updated_at = now() - interval '10 min' WHERE id = md5('a6')::uuid;
