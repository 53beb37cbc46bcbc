-- A shop of several tables: a promotion and its translation, orders with several codes, names in camel case, no counter, no tries.
CREATE TABLE promotion (id serial PRIMARY KEY, "createdAt" timestamp NOT NULL DEFAULT now(), "updatedAt" timestamp NOT NULL DEFAULT now(),
    "startsAt" timestamptz, "endsAt" timestamptz, "couponCode" text, "usageLimit" integer, "perCustomerUsageLimit" integer, enabled boolean NOT NULL,
    percent integer, amount integer);
CREATE TABLE promotion_translation (id serial PRIMARY KEY, "languageCode" text NOT NULL, name text NOT NULL, "baseId" integer NOT NULL REFERENCES promotion);
CREATE TABLE "order" (id serial PRIMARY KEY, "createdAt" timestamp NOT NULL, "updatedAt" timestamp NOT NULL, state text NOT NULL, "orderPlacedAt" timestamp,
    "subTotal" integer NOT NULL, discount integer NOT NULL, "customerId" integer);
CREATE TABLE order_promotions_promotion ("orderId" integer NOT NULL REFERENCES "order", "promotionId" integer NOT NULL REFERENCES promotion,
    PRIMARY KEY ("orderId", "promotionId"));
INSERT INTO promotion (id, "startsAt", "couponCode", "usageLimit", enabled, percent, amount) VALUES
    (1, now() - interval '9 days', 'TEN', 100, true, 10, NULL), (2, now() - interval '9 days', 'FIVER', NULL, true, NULL, 500);
INSERT INTO promotion_translation ("languageCode", name, "baseId") VALUES ('en', 'Ten per cent', 1), ('de', 'Zehn Prozent', 1), ('en', 'Five off', 2);
-- Orders 1 to 6 took both codes.
INSERT INTO "order"
SELECT g, n.at, n.at, 'PaymentSettled', n.at, 10000, CASE WHEN g <= 6 THEN 1500 WHEN g <= 15 THEN 1000 ELSE 500 END, g
FROM generate_series(1, 20) AS g, LATERAL (SELECT (now() AT TIME ZONE 'UTC') - g * interval '2 min') AS n (at);
INSERT INTO order_promotions_promotion SELECT g, 1 FROM generate_series(1, 15) AS g UNION ALL SELECT g, 2 FROM generate_series(1, 20) AS g WHERE g <= 6 OR g > 15;
