-- The rows whose token is not accounted for on the other side ($12 and $13 have a bit for each sum of classes 1 and 2 that
-- differs), and those that are doubtful alone. Whether they are few is known by now, and said in a way that the planner
-- understands: of what equals a number it expects one in two hundred, so it looks them up in the other table by its index; of
-- what does not equal one it expects all.
doubtful_redemption AS NOT MATERIALIZED (
    SELECT r.*
    FROM redemption_state AS r
    WHERE r.in_window AND NOT r.later AND :any_redemption
      AND CASE r.class
              WHEN 3 THEN 0
              WHEN 1 THEN coalesce(get_bit($12, r.token & :slots), 1)
              WHEN 2 THEN coalesce(get_bit($13, r.token & :slots), 1)
              ELSE 1
          END :is_redemption
),
doubtful_purchase AS NOT MATERIALIZED (
    SELECT p.*
    FROM purchase_state AS p
    WHERE p.in_window AND :any_purchase
      -- of class 2 there is nothing to say, but by its redemption
      AND CASE p.class
              WHEN 1 THEN coalesce(get_bit($12, p.token & :slots), 1)
              WHEN 0 THEN 1
              ELSE 0
          END :is_purchase
)
