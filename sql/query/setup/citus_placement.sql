-- Where Citus keeps table $1: how rows are distributed, how they are replicated, and whether all of them are on the coordinator.
SELECT p.partmethod::text, p.repmodel::text, bool_and(l.groupid = 0)
FROM pg_dist_partition AS p
JOIN pg_dist_shard AS s ON s.logicalrelid = p.logicalrelid
JOIN pg_dist_placement AS l ON l.shardid = s.shardid
WHERE p.logicalrelid = $1
GROUP BY 1, 2
