-- Which campaign ($1) was replaced by which ($2), at $3 by action $4.
INSERT INTO promo_guard.rotation (old_campaign_id, new_campaign_id, at, action_id)
SELECT n.old_id, n.new_id, $3, $4
FROM unnest($1::bigint[], $2::bigint[]) AS n (old_id, new_id)
