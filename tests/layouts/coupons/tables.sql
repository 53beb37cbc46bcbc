-- A shop with all that is needed, under other names, in other words, with decimal amounts.
CREATE TYPE coupon_state AS ENUM ('active', 'disabled', 'ended');
CREATE TABLE coupons (id bigint PRIMARY KEY, code_hmac text UNIQUE NOT NULL, prefix text NOT NULL, name text NOT NULL, percent integer NOT NULL,
    state coupon_state NOT NULL, starts timestamptz NOT NULL, ends timestamptz, max_uses integer, uses integer NOT NULL DEFAULT 0,
    touched timestamptz NOT NULL DEFAULT now());
CREATE TABLE coupon_tries (id bigint PRIMARY KEY, customer bigint, code_hmac text NOT NULL, outcome text NOT NULL, at timestamptz NOT NULL);
CREATE TABLE orders (id bigint PRIMARY KEY, customer bigint NOT NULL, gross numeric(12,2) NOT NULL, discount numeric(12,2) NOT NULL,
    net numeric(12,2) NOT NULL, state text NOT NULL, coupon bigint REFERENCES coupons, at timestamptz NOT NULL, paid_at timestamptz,
    refunded_at timestamptz);
CREATE TABLE coupon_uses (id bigint PRIMARY KEY, coupon bigint NOT NULL REFERENCES coupons, customer bigint NOT NULL, state text NOT NULL,
    order_id bigint REFERENCES orders, at timestamptz NOT NULL, used_at timestamptz);
INSERT INTO coupons VALUES
    (1, repeat('a', 64), 'AU', 'Autumn', 15, 'active', now() - interval '9 days', now() + interval '9 days', 100, 40),
    (2, repeat('b', 64), 'SP', 'Spring', 20, 'disabled', now() - interval '9 days', NULL, NULL, 0);
-- 40 sales of 34.07 to 36.80, 15 % off, rounded half up; the last was refunded, and its use with it.
INSERT INTO orders
SELECT g, g, n.gross, n.discount, n.gross - n.discount, CASE g WHEN 40 THEN 'refunded' ELSE 'paid' END, 1, n.at, n.at + interval '1 min',
       CASE g WHEN 40 THEN n.at + interval '5 min' END
FROM generate_series(1, 40) AS g,
     LATERAL (SELECT 34 + g * 0.07, round((34 + g * 0.07) * 0.15, 2), now() - interval '59 min' + g * interval '1 min') AS n (gross, discount, at);
INSERT INTO coupon_uses SELECT o.id, 1, o.customer, CASE o.state WHEN 'paid' THEN 'used' ELSE 'taken_back' END, o.id, o.at, o.paid_at FROM orders AS o;
INSERT INTO coupon_tries SELECT o.id, o.customer, repeat('a', 64), 'ok', o.at FROM orders AS o;
INSERT INTO coupon_tries SELECT 100 + g, 500 + g % 7, md5('typo' || g), 'not_found', now() - g * interval '3 min' FROM generate_series(1, 20) AS g;
