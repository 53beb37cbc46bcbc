-- A shop in the shape of Polar: uuid keys everywhere, a discount without a status, a redemption per checkout, refunds on the order.
CREATE TABLE discounts (id uuid PRIMARY KEY, created_at timestamptz NOT NULL, modified_at timestamptz, deleted_at timestamptz, name text NOT NULL,
    type varchar NOT NULL, code varchar, starts_at timestamptz, ends_at timestamptz, max_redemptions integer, duration varchar NOT NULL,
    redemptions_count integer NOT NULL DEFAULT 0, basis_points integer, amount integer, currency varchar(3));
CREATE TABLE checkouts (id uuid PRIMARY KEY, created_at timestamptz NOT NULL, status varchar NOT NULL, expires_at timestamptz NOT NULL, customer_id uuid,
    product_id uuid NOT NULL, discount_id uuid REFERENCES discounts, amount integer NOT NULL, discount_amount integer, currency varchar(3) NOT NULL);
CREATE TABLE discount_redemptions (id uuid PRIMARY KEY, created_at timestamptz NOT NULL, discount_id uuid NOT NULL REFERENCES discounts ON DELETE CASCADE,
    checkout_id uuid REFERENCES checkouts ON DELETE CASCADE, subscription_id uuid);
CREATE TABLE orders (id uuid PRIMARY KEY, created_at timestamptz NOT NULL, modified_at timestamptz, status varchar NOT NULL, checkout_id uuid REFERENCES checkouts,
    refunded_amount integer NOT NULL DEFAULT 0);
CREATE INDEX ON discount_redemptions (checkout_id);
CREATE INDEX ON orders (checkout_id);
INSERT INTO discounts VALUES
    (md5('d1')::uuid, now() - interval '9 days', NULL, NULL, 'Launch', 'percentage', 'LAUNCH', now() - interval '9 days', now() + interval '20 days', 100, 'once', 30, 2500, NULL, NULL),
    (md5('d2')::uuid, now() - interval '9 days', NULL, NULL, 'Five off', 'fixed', 'FIVEOFF', NULL, NULL, NULL, 'once', 10, NULL, 500, 'usd');
-- Launch sold 30 times at prices that leave halves of a cent; 8 checkouts expired and took nothing.
INSERT INTO checkouts
SELECT md5('a' || g)::uuid, n.at, CASE WHEN g <= 30 THEN 'succeeded' ELSE 'expired' END, n.at + interval '1 hour', md5('u' || g)::uuid, md5('p1')::uuid,
       md5('d1')::uuid, 1990 + g, round((1990 + g) * 0.25), 'usd'
FROM generate_series(1, 38) AS g, LATERAL (SELECT now() - interval '55 min' + g * interval '1 min') AS n (at);
INSERT INTO checkouts
SELECT md5('b' || g)::uuid, n.at, 'succeeded', n.at + interval '1 hour', md5('v' || g)::uuid, md5('p2')::uuid, md5('d2')::uuid, 3000, 500, 'usd'
FROM generate_series(1, 10) AS g, LATERAL (SELECT now() - interval '55 min' + g * interval '1 min') AS n (at);
INSERT INTO checkouts
SELECT md5('c' || g)::uuid, n.at, 'succeeded', n.at + interval '1 hour', NULL, md5('p2')::uuid, NULL, 3000, NULL, 'usd'
FROM generate_series(1, 12) AS g, LATERAL (SELECT now() - interval '55 min' + g * interval '1 min') AS n (at);
INSERT INTO discount_redemptions SELECT md5('r' || id)::uuid, created_at, discount_id, id FROM checkouts WHERE status = 'succeeded' AND discount_id IS NOT NULL;
INSERT INTO orders SELECT md5('o' || id)::uuid, created_at, NULL, 'paid', id FROM checkouts WHERE status = 'succeeded';
-- One order was paid back in part.
UPDATE orders SET status = 'partially_refunded', refunded_amount = 400, modified_at = now() - interval '10 min' WHERE checkout_id = md5('a9')::uuid;
