-- Every row of the window is looked at.
doubtful_redemption AS NOT MATERIALIZED (
    SELECT r.* FROM redemption AS r WHERE r.in_window
),
doubtful_purchase AS NOT MATERIALIZED (
    SELECT p.* FROM purchase AS p WHERE p.in_window
)
