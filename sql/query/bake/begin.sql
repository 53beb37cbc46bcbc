-- Begins a bake: $1 campaign, $2 action, $3 since, $4 until, $5 on_regression, $6 false alarm rate, $7 paused since, $8 terms.
INSERT INTO promo_guard.bake
    (campaign_id, action_id, began_by, since, until, on_regression, false_alarm, paused_at, terms)
VALUES ($1, $2, session_user, $3, $4, $5, $6, $7, $8)
RETURNING id
