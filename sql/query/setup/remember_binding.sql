-- Records that entity $1 is bound to table $2.$3 with columns $4 by the view whose text is $5 (null: written by hand).
INSERT INTO promo_guard.binding
    (entity, relation_schema, relation_name, columns, view_definition, bound, changed_at, changed_by)
VALUES ($1, $2::name, $3::name, $4, $5, true, clock_timestamp(), session_user)
ON CONFLICT (entity) DO UPDATE
    SET relation_schema = excluded.relation_schema,
        relation_name = excluded.relation_name,
        columns = excluded.columns,
        view_definition = excluded.view_definition,
        view_grants = '[]',
        bound = true,
        changed_at = excluded.changed_at,
        changed_by = excluded.changed_by
