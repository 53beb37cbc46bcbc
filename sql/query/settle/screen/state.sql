-- Most rows are settled, and that can be seen of nearly all of them without joining redemptions and purchases: each side alone
-- says that it is sound and what its other side must be (its class), and hashes whose it is into a token. Where the tokens of
-- both sides add up to the same, the rows behind them are each other's. Only the others are doubtful and are joined.
--
-- Classes: 1 settled, what is looked for on the other side is settled in the same way, with this token; 2 ended without a use,
-- the same; 3 nothing to look for; 0 doubtful. A class other than 0 says that no rule of scope Pair can be broken by this row
-- if its other side exists with the same token (a test compares with what is found without).
--
-- A token is null where one of its parts is; such a row is doubtful.
redemption_state AS NOT MATERIALIZED (
    SELECT r.*,
           CASE r.status
               -- A use, of a discount that the campaign still has: what was promised can be told from the purchase's side.
               WHEN 'APPLIED' THEN
                   CASE WHEN r.applied_purchase_id IS NULL THEN CASE WHEN c.promo_type = 'PREMIUM_GRANT' THEN 3 ELSE 0 END
                        WHEN r.validation_snapshot IS NULL
                             OR (r.validation_snapshot ->> 'discount_value' = c.discount_text
                                 AND r.validation_snapshot ->> 'discount_type' = c.discount_type) THEN 1
                        ELSE 0 END
               -- Taken back: the same, of a purchase that was refunded.
               WHEN 'REVOKED' THEN
                   CASE WHEN r.applied_purchase_id IS NULL THEN 3
                        WHEN r.validation_snapshot IS NULL
                             OR (r.validation_snapshot ->> 'discount_value' = c.discount_text
                                 AND r.validation_snapshot ->> 'discount_type' = c.discount_type) THEN 1
                        ELSE 0 END
               WHEN 'RESERVED' THEN CASE WHEN r.applied_purchase_id IS NULL AND r.reserved_until >= $2 THEN 3 ELSE 0 END
               ELSE CASE WHEN r.status IS NULL THEN 0 WHEN r.applied_purchase_id IS NULL THEN 3 ELSE 2 END
           END AS class,
           :redemption_token AS token
    FROM any_redemption AS r
    LEFT JOIN terms AS c ON c.id = r.promo_code_id
),
purchase_state AS NOT MATERIALIZED (
    SELECT p.*,
           CASE WHEN p.base_stars_amount BETWEEN 0 AND 90000000000000000
                     AND p.discount_stars_amount BETWEEN 0 AND p.base_stars_amount
                     AND p.base_stars_amount - p.discount_stars_amount = p.stars_amount THEN
               CASE
                   WHEN p.status IN ('CREDITED', 'REFUNDED') THEN
                       CASE WHEN p.applied_promo_code_id IS NULL AND p.discount_stars_amount = 0 THEN 3
                            WHEN p.discount_stars_amount = :discount THEN 1
                            ELSE 0 END
                   WHEN p.status IN ('CREATED', 'INVOICE_SENT', 'FAILED') THEN 2
                   ELSE 0
               END
           ELSE 0 END AS class,
           :purchase_token AS token
    FROM purchase AS p
    LEFT JOIN terms AS c ON c.id = p.applied_promo_code_id
)
