-- A shop in the shape of an edX course shop: a coupon whose terms are in versions, a fraction for a percentage, the price on the order's line.
CREATE TABLE users_user (id serial PRIMARY KEY, username varchar(255) UNIQUE NOT NULL);
CREATE TABLE ecommerce_couponpayment (id serial PRIMARY KEY, created_on timestamptz NOT NULL, updated_on timestamptz NOT NULL, name varchar(256) UNIQUE NOT NULL);
CREATE TABLE ecommerce_couponpaymentversion (id serial PRIMARY KEY, created_on timestamptz NOT NULL, payment_id integer NOT NULL REFERENCES ecommerce_couponpayment,
    coupon_type varchar(30) NOT NULL, max_redemptions integer, max_redemptions_per_user integer, amount numeric(20,5) NOT NULL, discount_type varchar(30) NOT NULL,
    activation_date timestamptz, expiration_date timestamptz);
CREATE TABLE ecommerce_coupon (id serial PRIMARY KEY, created_on timestamptz NOT NULL, updated_on timestamptz NOT NULL, coupon_code varchar(50) NOT NULL,
    payment_id integer NOT NULL REFERENCES ecommerce_couponpayment, enabled boolean NOT NULL DEFAULT true, is_global boolean NOT NULL DEFAULT false);
CREATE TABLE ecommerce_couponversion (id serial PRIMARY KEY, created_on timestamptz NOT NULL, coupon_id integer NOT NULL REFERENCES ecommerce_coupon,
    payment_version_id integer NOT NULL REFERENCES ecommerce_couponpaymentversion);
CREATE TABLE ecommerce_order (id serial PRIMARY KEY, created_on timestamptz NOT NULL, updated_on timestamptz NOT NULL, status varchar(30) NOT NULL,
    purchaser_id integer NOT NULL REFERENCES users_user, total_price_paid numeric(20,2) NOT NULL);
CREATE TABLE ecommerce_line (id serial PRIMARY KEY, order_id integer NOT NULL REFERENCES ecommerce_order, quantity integer NOT NULL, price numeric(20,2) NOT NULL);
CREATE TABLE ecommerce_couponredemption (id serial PRIMARY KEY, created_on timestamptz NOT NULL, updated_on timestamptz NOT NULL,
    coupon_version_id integer NOT NULL REFERENCES ecommerce_couponversion, order_id integer NOT NULL REFERENCES ecommerce_order);
CREATE INDEX ON ecommerce_line (order_id);
INSERT INTO users_user SELECT g, 'learner' || g FROM generate_series(1, 60) AS g;
INSERT INTO ecommerce_couponpayment VALUES (1, now() - interval '9 days', now() - interval '9 days', 'Alumni'), (2, now() - interval '9 days', now() - interval '9 days', 'Partner');
-- The alumni's terms were 10 % and are 20 % since yesterday: an order keeps the version that it was made with.
INSERT INTO ecommerce_couponpaymentversion VALUES
    (1, now() - interval '9 days', 1, 'promo', 500, 1, 0.10, 'percent-off', now() - interval '9 days', now() + interval '9 days'),
    (2, now() - interval '1 day', 1, 'promo', 500, 1, 0.20, 'percent-off', now() - interval '9 days', now() + interval '9 days'),
    (3, now() - interval '9 days', 2, 'promo', NULL, NULL, 150, 'dollars-off', NULL, NULL);
INSERT INTO ecommerce_coupon VALUES (1, now() - interval '9 days', now() - interval '9 days', 'ALUMNI20', 1, true, false),
    (2, now() - interval '9 days', now() - interval '9 days', 'PARTNER', 2, true, false);
INSERT INTO ecommerce_couponversion VALUES (1, now() - interval '9 days', 1, 1), (2, now() - interval '1 day', 1, 2), (3, now() - interval '9 days', 2, 3);
-- 20 learners bought with 20 %, two orders that were begun before the change with 10 %; 6 came from the partner; order 22 was paid back.
INSERT INTO ecommerce_order
SELECT g, n.at, n.at, CASE g WHEN 22 THEN 'refunded' ELSE 'fulfilled' END, g, CASE WHEN g <= 2 THEN 899.10 ELSE 799.20 END
FROM generate_series(1, 22) AS g, LATERAL (SELECT now() - interval '50 min' + g * interval '1 min') AS n (at);
INSERT INTO ecommerce_order
SELECT 30 + g, n.at, n.at, 'fulfilled', 30 + g, 849 FROM generate_series(1, 6) AS g, LATERAL (SELECT now() - interval '50 min' + g * interval '1 min') AS n (at);
INSERT INTO ecommerce_order
SELECT 40 + g, n.at, n.at, CASE WHEN g > 8 THEN 'failed' ELSE 'fulfilled' END, 40 + g, 999
FROM generate_series(1, 10) AS g, LATERAL (SELECT now() - interval '50 min' + g * interval '1 min') AS n (at);
INSERT INTO ecommerce_line (order_id, quantity, price) SELECT id, 1, 999 FROM ecommerce_order;
INSERT INTO ecommerce_couponredemption (created_on, updated_on, coupon_version_id, order_id)
SELECT created_on, updated_on, CASE WHEN id <= 2 THEN 1 WHEN id <= 22 THEN 2 ELSE 3 END, id FROM ecommerce_order WHERE id <= 36;
