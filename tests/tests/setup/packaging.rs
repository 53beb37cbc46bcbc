//! Dump and restore carry everything over; DROP EXTENSION leaves no trace.

use postgres::Client;
use promo_guard_tests::{Server, refused, server, table};
use std::io::Write;
use std::process::Stdio;

/// Everything of ours and of the application's that a restore must bring back.
fn picture(db: &mut Client) -> Vec<Vec<String>> {
    [
        "SELECT 'binding', to_jsonb(b)::text FROM promo_guard.binding AS b ORDER BY 1, 2",
        "SELECT 'override', to_jsonb(o)::text FROM promo_guard.policy_override AS o ORDER BY 1, 2",
        "SELECT 'action', to_jsonb(l)::text FROM promo_guard.action_log AS l ORDER BY l.id",
        "SELECT 'history', to_jsonb(h)::text FROM promo_guard.status_history AS h ORDER BY h.id",
        "SELECT 'incident', to_jsonb(i)::text FROM promo_guard.incident AS i ORDER BY i.id",
        "SELECT 'bake', to_jsonb(b)::text FROM promo_guard.bake AS b ORDER BY b.id",
        "SELECT 'rotation', to_jsonb(r)::text FROM promo_guard.rotation AS r ORDER BY 1, 2",
        "SELECT 'acknowledgement', to_jsonb(a)::text FROM promo_guard.acknowledgement AS a ORDER BY a.id",
        "SELECT 'announcement', to_jsonb(a)::text FROM promo_guard.announcements AS a ORDER BY a.id",
        "SELECT 'view ' || viewname, definition FROM pg_views WHERE schemaname = 'promo_guard' ORDER BY 1",
        // An ACL that was never touched is null before a dump; its entries are what counts.
        "SELECT 'rights ' || c.relname, string_agg(r.rolname || ' ' || g.privilege_type, ', ' ORDER BY r.rolname, g.privilege_type)
         FROM pg_class AS c, aclexplode(c.relacl) AS g, pg_roles AS r WHERE r.oid = g.grantee AND c.relnamespace = 'promo_guard'::regnamespace AND g.grantee <> c.relowner GROUP BY 1 ORDER BY 1",
        "SELECT 'rights ' || p.oid::regprocedure, string_agg(coalesce(r.rolname, 'PUBLIC'), ' ' ORDER BY r.rolname)
         FROM pg_proc AS p, aclexplode(p.proacl) AS g LEFT JOIN pg_roles AS r ON r.oid = g.grantee
         WHERE p.pronamespace = 'promo_guard'::regnamespace AND g.grantee <> p.proowner GROUP BY 1 ORDER BY 1",
        "SELECT 'schema', string_agg(r.rolname, ' ' ORDER BY r.rolname)
         FROM pg_namespace AS n, aclexplode(n.nspacl) AS g, pg_roles AS r WHERE n.nspname = 'promo_guard' AND r.oid = g.grantee",
        "SELECT 'comment ' || objsubid, description FROM pg_description WHERE objoid = 'promo_guard.campaigns'::regclass ORDER BY objsubid",
        "SELECT 'trigger', pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = 'promo_guard_status_history'",
        "SELECT 'next id', nextval('promo_guard.action_log_id_seq')::text",
        "SELECT 'blast', b::text FROM promo_guard.blast_radius('10 years', '2030-01-01Z') AS b",
    ]
    .iter()
    .flat_map(|sql| table(db, sql))
    .collect()
}

fn used_database(server: &Server) -> (Client, String) {
    let (mut db, name) = server.bound_database();
    db.batch_execute(
        "DO $$ BEGIN CREATE ROLE \"Grafana; x\"; CREATE ROLE on_call; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
         INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until)
         VALUES (1, repeat('1', 64), 'ONE', 'One', 'PREMIUM_GRANT', 'ALL', 'ACTIVE', now(), now() + interval '1 day');
         UPDATE promo_codes SET status = 'PAUSED'; UPDATE promo_codes SET status = 'ACTIVE';
         SELECT promo_guard.set_policy('guard_min_users', '3', 'because');
         SELECT promo_guard.grant_reader('\"Grafana; x\"'); SELECT promo_guard.grant_operator('on_call');
         GRANT SELECT ON promo_guard.attempts TO on_call;
         INSERT INTO promo_guard.incident (title, trigger, declared_at, declared_by) VALUES ('t', 'by hand', now(), session_user);
         INSERT INTO promo_guard.bake (campaign_id, action_id, began_by, since, until, on_regression, false_alarm, paused_at, terms)
             SELECT 1, min(id), session_user, now(), now(), 'alert', 0.05, now(), '{}' FROM promo_guard.action_log;
         INSERT INTO promo_guard.rotation SELECT 1, 2, now(), min(id) FROM promo_guard.action_log;
         INSERT INTO promo_guard.acknowledgement (rule, campaign_id, at, acknowledged_by, note)
             VALUES ('bake_failed', 1, now(), session_user, 'seen');
         SELECT promo_guard.announce(1, now(), now() + interval '1 h', 'TV spot'); SELECT promo_guard.withdraw_announcement(1, 'cancelled');",
    )
    .unwrap();
    (db, name)
}

#[test]
fn a_dump_restored_into_a_second_cluster_has_everything_as_before() {
    let (mut db, name) = used_database(server());
    let second = Server::start(&[]);
    let mut maintenance = second.connect("postgres");
    maintenance
        .batch_execute("CREATE ROLE shop LOGIN; CREATE ROLE \"Grafana; x\"; CREATE ROLE on_call")
        .unwrap();
    maintenance.batch_execute("CREATE DATABASE restored").unwrap();
    let dump = server().run_program("pg_dump", &[&name]);
    let before = picture(&mut db);
    let mut psql = second
        .program("psql")
        .args(["-qX", "-v", "ON_ERROR_STOP=1", "-d", "restored"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    psql.stdin.take().unwrap().write_all(dump.as_bytes()).unwrap();
    let out = psql.wait_with_output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));

    let mut restored = second.connect("restored");
    for (after, before) in picture(&mut restored).iter().zip(&before) {
        assert_eq!(after, before);
    }
    let bad = table(&mut restored, "SELECT * FROM promo_guard.doctor() WHERE level IN ('error')");
    assert!(bad.is_empty(), "{bad:?}");
    // and it goes on working: the chain continues, the history records
    restored
        .batch_execute("SELECT promo_guard.set_policy('guard_min_users', NULL, 'after the restore')")
        .unwrap();
    restored.batch_execute("UPDATE promo_codes SET status = 'PAUSED'").unwrap();
    assert_eq!(table(&mut restored, "SELECT count(*) FROM promo_guard.status_history"), [["3"]]);
    assert_eq!(
        table(&mut restored, "SELECT level FROM promo_guard.doctor() WHERE topic = 'chain'"),
        [["ok"]]
    );
}

#[test]
fn every_table_and_sequence_of_ours_is_dumped() {
    let (mut db, _) = server().database();
    let forgotten = table(
        &mut db,
        "SELECT c.relname FROM pg_class AS c, pg_extension AS e
         WHERE e.extname = 'promo_guard' AND c.relnamespace = 'promo_guard'::regnamespace AND c.relkind IN ('r', 'p', 'S')
           AND NOT c.oid = ANY (e.extconfig)",
    );
    assert!(forgotten.is_empty(), "{forgotten:?}");
}

#[test]
fn nothing_of_ours_escapes_the_schema_and_everything_has_a_comment() {
    let (mut db, _) = server().bound_database();
    let escaped = table(
        &mut db,
        "SELECT pg_describe_object(d.classid, d.objid, d.objsubid) FROM pg_depend AS d, pg_extension AS e
         WHERE e.extname = 'promo_guard' AND d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
           AND pg_describe_object(d.classid, d.objid, d.objsubid) NOT LIKE '%promo\\_guard%'",
    );
    assert!(escaped.is_empty(), "{escaped:?}");
    let silent = table(
        &mut db,
        "SELECT 'function ' || p.oid::regprocedure FROM pg_proc AS p
         WHERE p.pronamespace = 'promo_guard'::regnamespace AND obj_description(p.oid, 'pg_proc') IS NULL
         UNION ALL
         SELECT 'relation ' || c.relname FROM pg_class AS c
         WHERE c.relnamespace = 'promo_guard'::regnamespace AND c.relkind IN ('r', 'v') AND obj_description(c.oid, 'pg_class') IS NULL
         UNION ALL
         SELECT 'column ' || c.relname || '.' || a.attname FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
         WHERE c.relnamespace = 'promo_guard'::regnamespace AND c.relkind IN ('r', 'v') AND a.attnum > 0 AND NOT a.attisdropped
           AND col_description(c.oid, a.attnum) IS NULL",
    );
    assert!(silent.is_empty(), "{silent:?}");
}

#[test]
fn it_installs_without_a_schema_public_and_with_an_empty_search_path() {
    let (mut db, _) = server().empty_database();
    db.batch_execute("DROP SCHEMA public; SET search_path = ''; CREATE EXTENSION promo_guard").unwrap();
    assert_eq!(table(&mut db, "SELECT promo_guard.version()").len(), 1);
    db.batch_execute("DROP EXTENSION promo_guard").unwrap();
    assert!(table(&mut db, "SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = 'promo_guard'").is_empty());
}

#[test]
fn drop_extension_refuses_and_names_what_depends_and_cascade_leaves_the_application_as_it_was() {
    let (mut db, name) = server().database();
    let schema = |name: &str| server().run_program("pg_dump", &["--schema-only", name]);
    db.batch_execute("DROP EXTENSION promo_guard").unwrap();
    let before = schema(&name);
    db.batch_execute("CREATE EXTENSION promo_guard; SELECT promo_guard.bind(); SELECT promo_guard.attach_history(); SELECT promo_guard.grant_operator('shop')")
        .unwrap();
    let met = refused(&mut db, "DROP EXTENSION promo_guard");
    assert_eq!(met.code, "2BP01");
    for dependant in [
        "promo_guard.campaigns",
        "promo_guard.purchases",
        "trigger promo_guard_status_history on table promo_codes",
    ] {
        assert!(met.detail.contains(dependant), "{}", met.detail);
    }
    db.batch_execute("DROP EXTENSION promo_guard CASCADE").unwrap();
    // pg_dump of later minor releases writes a random key into its \restrict lines
    let plain =
        |dump: String| dump.lines().filter(|l| !l.contains("restrict ")).collect::<Vec<_>>().join("\n");
    assert_eq!(plain(schema(&name)), plain(before));
    assert!(table(&mut db, "SELECT nspname FROM pg_namespace WHERE nspname = 'promo_guard'").is_empty());
    assert!(table(&mut db, "SELECT defaclacl FROM pg_default_acl").is_empty());
}
