-- A shop in the shape of Sylius: a promotion and its coupons, amounts in cents, an order that names its coupon, times without a zone.
CREATE TABLE sylius_promotion (id serial PRIMARY KEY, code varchar(255) UNIQUE NOT NULL, name varchar(255) NOT NULL, usage_limit integer,
    used integer NOT NULL DEFAULT 0, coupon_based boolean NOT NULL, starts_at timestamp(0), ends_at timestamp(0), created_at timestamp(0) NOT NULL,
    updated_at timestamp(0));
CREATE TABLE sylius_promotion_action (id serial PRIMARY KEY, promotion_id integer NOT NULL REFERENCES sylius_promotion, type varchar(255) NOT NULL,
    configuration text NOT NULL);
CREATE TABLE sylius_promotion_coupon (id serial PRIMARY KEY, promotion_id integer NOT NULL REFERENCES sylius_promotion, code varchar(255) UNIQUE NOT NULL,
    usage_limit integer, used integer NOT NULL DEFAULT 0, per_customer_usage_limit integer, reusable_from_cancelled_orders boolean NOT NULL DEFAULT true,
    expires_at timestamp(0), created_at timestamp(0) NOT NULL, updated_at timestamp(0));
CREATE TABLE sylius_order (id serial PRIMARY KEY, customer_id integer, promotion_coupon_id integer REFERENCES sylius_promotion_coupon, number varchar(255),
    state varchar(255) NOT NULL, checkout_state varchar(255) NOT NULL, payment_state varchar(255) NOT NULL, currency_code varchar(3) NOT NULL,
    items_total integer NOT NULL, adjustments_total integer NOT NULL, total integer NOT NULL, checkout_completed_at timestamp(0),
    created_at timestamp(0) NOT NULL, updated_at timestamp(0));
CREATE TABLE sylius_adjustment (id serial PRIMARY KEY, order_id integer REFERENCES sylius_order, type varchar(255) NOT NULL, amount integer NOT NULL,
    origin_code varchar(255));
CREATE INDEX ON sylius_adjustment (order_id);
INSERT INTO sylius_promotion (id, code, name, coupon_based, created_at, updated_at, used) VALUES
    (1, 'autumn', 'Autumn', true, now() AT TIME ZONE 'UTC' - interval '9 days', now() AT TIME ZONE 'UTC' - interval '9 days', 30),
    (2, 'welcome', 'Welcome', true, now() AT TIME ZONE 'UTC' - interval '9 days', now() AT TIME ZONE 'UTC' - interval '9 days', 8);
INSERT INTO sylius_promotion_action (promotion_id, type, configuration) VALUES
    (1, 'order_percentage_discount', '{"percentage": 0.15}'), (2, 'order_fixed_discount', '{"WEB": {"amount": 700}}');
INSERT INTO sylius_promotion_coupon (id, promotion_id, code, usage_limit, used, per_customer_usage_limit, expires_at, created_at, updated_at) VALUES
    (1, 1, 'AUTUMN-1', 100, 29, 1, now() AT TIME ZONE 'UTC' + interval '9 days', now() AT TIME ZONE 'UTC' - interval '9 days', now() AT TIME ZONE 'UTC' - interval '9 days'),
    (2, 2, 'WELCOME', NULL, 8, NULL, NULL, now() AT TIME ZONE 'UTC' - interval '9 days', now() AT TIME ZONE 'UTC' - interval '9 days');
-- 15 % of odd amounts, rounded half up; order 30 was cancelled, and its use given back. Shipping of 490 comes on top.
INSERT INTO sylius_order
SELECT g, g, 1, lpad(g::text, 9, '0'), CASE g WHEN 30 THEN 'cancelled' ELSE 'new' END, 'completed', CASE g WHEN 30 THEN 'cancelled' ELSE 'paid' END, 'EUR',
       n.items, 490 - n.discount, n.items + 490 - n.discount, n.at, n.at, n.at
FROM generate_series(1, 30) AS g, LATERAL (SELECT 3010 + g * 7, round((3010 + g * 7) * 0.15)::integer, now() AT TIME ZONE 'UTC' - interval '50 min' + g * interval '1 min')
    AS n (items, discount, at);
INSERT INTO sylius_order
SELECT 100 + g, 50 + g, 2, lpad((100 + g)::text, 9, '0'), 'fulfilled', 'completed', 'paid', 'EUR', 5000, -210, 4790, n.at, n.at, n.at
FROM generate_series(1, 8) AS g, LATERAL (SELECT now() AT TIME ZONE 'UTC' - interval '50 min' + g * interval '1 min') AS n (at);
-- Carts name a coupon too, and have not used it.
INSERT INTO sylius_order
SELECT 200 + g, 80 + g, 1, NULL, 'cart', 'cart', 'cart', 'EUR', 4000, -600, 3400, NULL, n.at, n.at
FROM generate_series(1, 5) AS g, LATERAL (SELECT now() AT TIME ZONE 'UTC' - interval '20 min' + g * interval '1 min') AS n (at);
INSERT INTO sylius_order
SELECT 300 + g, NULL, NULL, lpad((300 + g)::text, 9, '0'), 'new', 'completed', 'paid', 'EUR', 4000, 490, 4490, n.at, n.at, n.at
FROM generate_series(1, 12) AS g, LATERAL (SELECT now() AT TIME ZONE 'UTC' - interval '50 min' + g * interval '1 min') AS n (at);
INSERT INTO sylius_adjustment (order_id, type, amount) SELECT o.id, 'shipping', 490 FROM sylius_order AS o WHERE o.state <> 'cart';
INSERT INTO sylius_adjustment (order_id, type, amount, origin_code)
SELECT o.id, 'order_promotion', CASE o.promotion_coupon_id WHEN 1 THEN -round(o.items_total * 0.15) ELSE -700 END, CASE o.promotion_coupon_id WHEN 1 THEN 'autumn' ELSE 'welcome' END
FROM sylius_order AS o WHERE o.promotion_coupon_id IS NOT NULL;
