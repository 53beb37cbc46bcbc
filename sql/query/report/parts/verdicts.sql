-- What is going on with each campaign, from $1 to $2.
SELECT v.campaign_id, v.verdict,
       jsonb_build_object(
           'campaign_id', v.campaign_id::text, 'campaign_name', v.campaign_name, 'status', v.status, 'verdict', v.verdict,
           'confidence', v.confidence, 'action', v.action, 'reasons', to_jsonb(v.reasons))
FROM promo_guard.classify($2::timestamptz - $1::timestamptz, $2) AS v
