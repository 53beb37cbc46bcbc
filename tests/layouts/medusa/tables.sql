-- A shop in the shape of Medusa: text keys, a promotion with its method and campaign, decimal amounts, an order that names its promotions in a
-- link table, captures and refunds as transactions.
CREATE TABLE promotion_campaign (id text PRIMARY KEY, name text NOT NULL, campaign_identifier text UNIQUE NOT NULL, starts_at timestamptz, ends_at timestamptz,
    created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL, deleted_at timestamptz);
CREATE TABLE promotion (id text PRIMARY KEY, code text NOT NULL, campaign_id text REFERENCES promotion_campaign, is_automatic boolean NOT NULL DEFAULT false,
    type text NOT NULL CHECK (type IN ('standard', 'buyget')), status text NOT NULL CHECK (status IN ('draft', 'active', 'inactive')), "limit" integer,
    used integer NOT NULL DEFAULT 0, created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL, deleted_at timestamptz);
CREATE TABLE promotion_application_method (id text PRIMARY KEY, value numeric, currency_code text, type text NOT NULL, target_type text NOT NULL,
    promotion_id text NOT NULL UNIQUE REFERENCES promotion, deleted_at timestamptz);
CREATE TABLE customer (id text PRIMARY KEY, email text, created_at timestamptz NOT NULL);
CREATE TABLE "order" (id text PRIMARY KEY, display_id serial, customer_id text REFERENCES customer, status text NOT NULL, currency_code text NOT NULL,
    item_total numeric NOT NULL, created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL, canceled_at timestamptz);
CREATE TABLE order_promotion (order_id text NOT NULL REFERENCES "order", promotion_id text NOT NULL REFERENCES promotion, id text UNIQUE NOT NULL,
    created_at timestamptz NOT NULL, deleted_at timestamptz, PRIMARY KEY (order_id, promotion_id));
CREATE TABLE order_line_item_adjustment (id text PRIMARY KEY, order_id text NOT NULL REFERENCES "order", promotion_id text, code text, amount numeric NOT NULL);
CREATE TABLE order_transaction (id text PRIMARY KEY, order_id text NOT NULL REFERENCES "order", amount numeric NOT NULL, reference text, created_at timestamptz NOT NULL);
CREATE INDEX ON order_line_item_adjustment (order_id);
CREATE INDEX ON order_transaction (order_id);
INSERT INTO promotion_campaign VALUES ('procamp_1', 'Spring', 'spring', now() - interval '9 days', now() + interval '9 days', now() - interval '9 days', now() - interval '9 days');
INSERT INTO promotion VALUES
    ('promo_1', 'SPRING10', 'procamp_1', false, 'standard', 'active', 200, 24, now() - interval '9 days', now() - interval '9 days'),
    ('promo_2', 'SHIP4', NULL, false, 'standard', 'active', NULL, 14, now() - interval '9 days', now() - interval '9 days'),
    ('promo_3', 'SOON', NULL, false, 'standard', 'draft', NULL, 0, now() - interval '9 days', now() - interval '9 days');
INSERT INTO promotion_application_method VALUES ('proappmet_1', 10, NULL, 'percentage', 'items', 'promo_1'), ('proappmet_2', 4, 'eur', 'fixed', 'order', 'promo_2'),
    ('proappmet_3', 30, NULL, 'percentage', 'items', 'promo_3');
INSERT INTO customer SELECT 'cus_' || g, 'c' || g || '@example.invalid', now() - interval '90 days' FROM generate_series(1, 60) AS g;
-- Orders 1 to 24 took ten per cent (half cents are rounded up), 21 to 34 four euros: 21 to 24 took both. 35 to 46 took none.
INSERT INTO "order" (id, customer_id, status, currency_code, item_total, created_at, updated_at)
SELECT 'order_' || g, CASE WHEN g % 8 > 0 THEN 'cus_' || g END, 'pending', 'eur', 49.95 + g, n.at, n.at
FROM generate_series(1, 46) AS g, LATERAL (SELECT now() - interval '55 min' + g * interval '1 min') AS n (at);
INSERT INTO order_promotion SELECT 'order_' || g, 'promo_1', 'ordpromo_1_' || g, now() - interval '55 min' + g * interval '1 min' FROM generate_series(1, 24) AS g;
INSERT INTO order_promotion SELECT 'order_' || g, 'promo_2', 'ordpromo_2_' || g, now() - interval '55 min' + g * interval '1 min' FROM generate_series(21, 34) AS g;
INSERT INTO order_line_item_adjustment
SELECT 'ordliadj_' || l.id, l.order_id, l.promotion_id, p.code, CASE l.promotion_id WHEN 'promo_1' THEN round(o.item_total * 0.1, 2) ELSE 4 END
FROM order_promotion AS l JOIN "order" AS o ON o.id = l.order_id JOIN promotion AS p ON p.id = l.promotion_id;
INSERT INTO order_transaction
SELECT 'ordtrx_' || o.id, o.id, o.item_total - coalesce((SELECT sum(a.amount) FROM order_line_item_adjustment AS a WHERE a.order_id = o.id), 0), 'capture', o.created_at
FROM "order" AS o;
