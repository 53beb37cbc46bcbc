-- Where an application records no tries to redeem a code: the table for them, which bind() finds by its name. One row a try, also of
-- tries that fail: docs/ADOPTING.md has the lines that write it. It belongs to the application; promo_guard reads it and never
-- writes.
--
-- Without it nothing can be told of a burst, a leak or a guess (sections 1, 2 and 4); settlement (section 5), pause, fix and rotate
-- need none: an empty table will do.

CREATE TABLE promo_attempts (
    id                   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id              bigint,                        -- of the type of the users' ids (uuid, text); null = not known
    normalized_code_hash text NOT NULL,                 -- as the campaign's code is stored: never the plain code of a guess
    result               text NOT NULL
        CHECK (result IN ('ACCEPTED', 'INVALID', 'EXPIRED', 'NOT_APPLICABLE', 'RATE_LIMITED')),
    attempted_at         timestamptz NOT NULL DEFAULT now(),
    metadata             jsonb NOT NULL DEFAULT '{}'    -- {"reason": "ALREADY_USED"}, DEPLETED, NEW_USERS_ONLY, FIRST_PURCHASE_ONLY
);
CREATE INDEX ON promo_attempts (attempted_at);
CREATE INDEX ON promo_attempts (normalized_code_hash, attempted_at);
CREATE INDEX ON promo_attempts (user_id, attempted_at);
