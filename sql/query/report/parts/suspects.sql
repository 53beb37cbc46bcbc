-- Users in clusters that look like attacks, in the time from $1 to $2.
SELECT DISTINCT m.user_id
FROM promo_guard.failure_cluster_members($2::timestamptz - $1::timestamptz, $2) AS m
JOIN promo_guard.failure_clusters($2::timestamptz - $1::timestamptz, $2, NULL) AS c ON c.cluster_id = m.cluster_id
WHERE c.kind IN ('ABUSED_CODE', 'LEAKED_CODE', 'ENUMERATION') AND m.user_id IS NOT NULL
