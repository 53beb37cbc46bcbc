-- References between the records that lead nowhere: the column, how many of its rows, the first id that is missing, and the query
-- that lists them. There are no foreign keys, see sql/install/setup.sql.
SELECT r.place, count(*), min(r.missing), r.listed
FROM (
    SELECT 'action_log.incident_id' AS place, l.incident_id AS missing,
           'SELECT * FROM promo_guard.action_log AS l WHERE NOT EXISTS (SELECT FROM promo_guard.incident AS i WHERE i.id = l.incident_id) AND l.incident_id IS NOT NULL;' AS listed
    FROM promo_guard.action_log AS l
    WHERE l.incident_id IS NOT NULL AND NOT EXISTS (SELECT FROM promo_guard.incident AS i WHERE i.id = l.incident_id)
    UNION ALL
    SELECT 'bake.action_id', b.action_id,
           'SELECT * FROM promo_guard.bake AS b WHERE NOT EXISTS (SELECT FROM promo_guard.action_log AS l WHERE l.id = b.action_id);'
    FROM promo_guard.bake AS b
    WHERE NOT EXISTS (SELECT FROM promo_guard.action_log AS l WHERE l.id = b.action_id)
    UNION ALL
    SELECT 'bake.repause_action_id', b.repause_action_id,
           'SELECT * FROM promo_guard.bake AS b WHERE NOT EXISTS (SELECT FROM promo_guard.action_log AS l WHERE l.id = b.repause_action_id) AND b.repause_action_id IS NOT NULL;'
    FROM promo_guard.bake AS b
    WHERE b.repause_action_id IS NOT NULL AND NOT EXISTS (SELECT FROM promo_guard.action_log AS l WHERE l.id = b.repause_action_id)
    UNION ALL
    SELECT 'rotation.action_id', r.action_id,
           'SELECT * FROM promo_guard.rotation AS r WHERE NOT EXISTS (SELECT FROM promo_guard.action_log AS l WHERE l.id = r.action_id);'
    FROM promo_guard.rotation AS r
    WHERE NOT EXISTS (SELECT FROM promo_guard.action_log AS l WHERE l.id = r.action_id)
) AS r
GROUP BY r.place, r.listed
ORDER BY r.place
