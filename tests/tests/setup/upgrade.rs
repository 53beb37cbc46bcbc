//! From every released version to this one: the catalog as a fresh installation has it, the records and grants as they were.

use postgres::Client;
use promo_guard_tests::{refused, repo, server, table};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// Every version whose install script is in sql/released, but for the one that is built.
fn released() -> Vec<String> {
    let mut versions: Vec<_> = fs::read_dir(repo().join("sql/released"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .map(|name| name.strip_prefix("promo_guard--").unwrap().strip_suffix(".sql").unwrap().to_owned())
        .filter(|version| version != env!("CARGO_PKG_VERSION"))
        .collect();
    versions.sort();
    assert!(versions.starts_with(&["0.1.0".to_owned(), "0.2.0".to_owned()]), "{versions:?}");
    versions
}

fn pg_config(what: &str) -> PathBuf {
    let out = Command::new(server().programs().join("pg_config")).arg(what).output().unwrap();
    PathBuf::from(String::from_utf8(out.stdout).unwrap().trim())
}

/// CREATE EXTENSION of a released version. PostgreSQL looks up the symbol of each C function, and today's library lacks those of
/// functions that were removed since: in a copy of the script they name another symbol.
fn create_released(old: &str) -> String {
    let library = pg_config("--pkglibdir").join("promo_guard.so");
    let out = Command::new("nm").args(["-D", "--defined-only"]).arg(&library).output().unwrap();
    assert!(out.status.success(), "nm {}: {}", library.display(), String::from_utf8_lossy(&out.stderr));
    let symbols = String::from_utf8(out.stdout).unwrap();
    let has = |symbol: &str| symbols.lines().any(|line| line.ends_with(&format!(" pg_finfo_{symbol}")));
    assert!(has("version_wrapper"), "{symbols}");
    let script = fs::read_to_string(repo().join(format!("sql/released/promo_guard--{old}.sql"))).unwrap();
    let script: String = script
        .split_inclusive('\n')
        .map(|line| {
            match line.split_once("'MODULE_PATHNAME', '").and_then(|(_, rest)| rest.split_once('\'')) {
                Some((symbol, _)) if !has(symbol) => line.replace(symbol, "version_wrapper"),
                _ => line.to_owned(),
            }
        })
        .collect();
    let dir = pg_config("--sharedir").join("extension");
    // Two tests may do this at once: each moves a whole file into place.
    let own = dir.join(format!("promo_guard-{:?}", std::thread::current().id()));
    fs::write(&own, script).unwrap();
    fs::rename(own, dir.join(format!("promo_guard--{old}+symbols.sql"))).unwrap();
    format!(
        "CREATE EXTENSION promo_guard VERSION '{old}+symbols';
         UPDATE pg_extension SET extversion = '{old}' WHERE extname = 'promo_guard'"
    )
}

/// Default privileges that open everything.
const DEFAULTS: &str = "
    DO $$ BEGIN CREATE ROLE upgrade_rw; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
    ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO upgrade_rw; ALTER DEFAULT PRIVILEGES GRANT ALL ON FUNCTIONS TO upgrade_rw;
    ALTER DEFAULT PRIVILEGES GRANT ALL ON SEQUENCES TO upgrade_rw;";

/// Everything that makes up the extension, as text.
fn catalog(db: &mut Client) -> BTreeSet<Vec<String>> {
    db.batch_execute("SET search_path = pg_catalog").unwrap();
    [
        "SELECT 'member', pg_describe_object(d.classid, d.objid, d.objsubid) FROM pg_depend AS d JOIN pg_extension AS e
             ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid
         WHERE e.extname = 'promo_guard' AND d.deptype = 'e'",
        "SELECT 'function', p.oid::regprocedure::text, CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid) END,
                obj_description(p.oid, 'pg_proc'), p.proowner::regrole::text, p.prokind::text, p.proparallel::text
         FROM pg_proc AS p WHERE p.pronamespace = 'promo_guard'::regnamespace",
        "SELECT 'aggregate', to_jsonb(a)::text FROM pg_aggregate AS a JOIN pg_proc AS p ON p.oid = a.aggfnoid
         WHERE p.pronamespace = 'promo_guard'::regnamespace",
        "SELECT 'open to', p.oid::regprocedure::text, coalesce(r.rolname, 'PUBLIC')
         FROM pg_proc AS p CROSS JOIN aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS g
         LEFT JOIN pg_roles AS r ON r.oid = g.grantee
         WHERE p.pronamespace = 'promo_guard'::regnamespace AND coalesce(r.rolname, '') <> 'upgraded_on_call'",
        "SELECT 'relation', c.oid::regclass::text, c.relkind::text, c.relowner::regrole::text, obj_description(c.oid, 'pg_class'),
                c.reloptions::text, c.relpersistence::text
         FROM pg_class AS c WHERE c.relnamespace = 'promo_guard'::regnamespace",
        "SELECT 'readable', c.oid::regclass::text, coalesce(r.rolname, 'PUBLIC'), g.privilege_type
         FROM pg_class AS c
         CROSS JOIN aclexplode(coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::\"char\", c.relowner))) AS g
         LEFT JOIN pg_roles AS r ON r.oid = g.grantee
         WHERE c.relnamespace = 'promo_guard'::regnamespace AND c.relkind IN ('r', 'v', 'S') AND coalesce(r.rolname, '') <> 'upgraded_on_call'",
        // The schema is left out: an upgrade revokes nothing on it, and its initial privileges are then the owner's by default.
        "SELECT 'initial privileges', pg_describe_object(i.classoid, i.objoid, i.objsubid), coalesce(r.rolname, 'PUBLIC'), g.privilege_type
         FROM pg_init_privs AS i
         JOIN pg_depend AS d ON d.classid = i.classoid AND d.objid = i.objoid AND d.deptype = 'e'
         JOIN pg_extension AS e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND e.extname = 'promo_guard'
         CROSS JOIN aclexplode(i.initprivs) AS g LEFT JOIN pg_roles AS r ON r.oid = g.grantee
         WHERE i.classoid <> 'pg_namespace'::regclass",
        // Of the extension itself and of every object and column in the schema, whatever its kind.
        "SELECT 'comment', pg_describe_object(d.classoid, d.objoid, d.objsubid), d.description
         FROM pg_description AS d WHERE pg_describe_object(d.classoid, d.objoid, d.objsubid) ~ 'promo_guard'",
        "SELECT 'trigger', pg_get_triggerdef(t.oid), t.tgenabled::text FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid
         WHERE c.relnamespace = 'promo_guard'::regnamespace",
        "SELECT 'column privileges', a.attrelid::regclass::text, a.attname, a.attacl::text
         FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid
         WHERE c.relnamespace = 'promo_guard'::regnamespace AND a.attacl IS NOT NULL",
        "SELECT 'column', c.oid::regclass::text, a.attnum::text, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull::text,
                a.attidentity::text, pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, a.attnum)
         FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
         LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
         WHERE c.relnamespace = 'promo_guard'::regnamespace AND c.relkind IN ('r', 'v')",
        "SELECT 'constraint', k.conrelid::regclass::text, k.conname, pg_get_constraintdef(k.oid)
         FROM pg_constraint AS k WHERE k.connamespace = 'promo_guard'::regnamespace",
        "SELECT 'index', pg_get_indexdef(i.indexrelid) FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid
         WHERE c.relnamespace = 'promo_guard'::regnamespace",
        "SELECT 'view', c.oid::regclass::text, pg_get_viewdef(c.oid) FROM pg_class AS c
         WHERE c.relnamespace = 'promo_guard'::regnamespace AND c.relkind = 'v'",
        "SELECT 'dumped', t.oid::regclass::text, t.condition
         FROM pg_extension AS e CROSS JOIN unnest(e.extconfig, e.extcondition) AS t (oid, condition) WHERE e.extname = 'promo_guard'",
        "SELECT 'extension', extversion, extrelocatable::text, extnamespace::regnamespace::text FROM pg_extension WHERE extname = 'promo_guard'",
        "SELECT 'schema', nspowner::regrole::text, obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = 'promo_guard'",
    ]
    .iter()
    .flat_map(|sql| table(db, sql))
    .collect()
}

/// What was recorded.
fn records(db: &mut Client) -> Vec<Vec<String>> {
    let later = LATER.iter().filter(|relation| has(db, relation)).map(|relation| {
        format!("SELECT '{relation}', to_jsonb(r)::text FROM promo_guard.{relation} AS r ORDER BY 2")
    });
    let later: Vec<_> = later.collect();
    [
        "SELECT (to_jsonb(b) - 'changed_at')::text FROM promo_guard.binding AS b ORDER BY 1",
        "SELECT to_jsonb(o)::text FROM promo_guard.policy_override AS o ORDER BY 1",
        "SELECT to_jsonb(l)::text FROM promo_guard.action_log AS l ORDER BY l.id",
        "SELECT (to_jsonb(h) - 'kind')::text FROM promo_guard.status_history AS h ORDER BY h.id",
        "SELECT to_jsonb(i)::text FROM promo_guard.incident AS i ORDER BY i.id",
    ]
    .into_iter()
    .chain(later.iter().map(String::as_str))
    .flat_map(|sql| table(db, sql))
    .collect()
}

/// Records that not every released version has.
const LATER: [&str; 3] = ["bake", "rotation", "acknowledgement"];

fn has(db: &mut Client, relation: &str) -> bool {
    table(db, &format!("SELECT (to_regclass('promo_guard.{relation}') IS NOT NULL)::text"))[0][0] == "true"
}

/// The answers over it.
fn answers(db: &mut Client) -> Vec<Vec<String>> {
    [
        "SELECT b::text FROM promo_guard.blast_radius('10 years', '2030-01-01Z') AS b",
        "SELECT to_jsonb(p) - 'verdict' || '{}' FROM promo_guard.paused_campaigns('10 years', '2030-01-01Z') AS p",
        "SELECT f::text FROM promo_guard.failed_attempts('10 years', '2030-01-01Z') AS f",
        "SELECT v::text FROM promo_guard.settlement_violations('10 years', '2030-01-01Z') AS v",
        "SELECT s::text FROM promo_guard.settlement_summary('10 years', '2030-01-01Z') AS s",
        "SELECT d::text FROM promo_guard.reconciliation_drift('1 year', '2026-06-01Z', '1 year') AS d",
        "SELECT p::text FROM promo_guard.probe_redeem(repeat('1', 64)) AS p",
    ]
    .iter()
    .flat_map(|sql| table(db, sql))
    .collect()
}

fn version(db: &mut Client) -> String {
    table(db, "SELECT promo_guard.version()")[0][0].clone()
}

#[test]
fn every_released_version_has_a_way_to_this_one() {
    let (mut db, _) = server().database();
    let now = version(&mut db);
    for old in released() {
        let path = table(
            &mut db,
            &format!(
                "SELECT path FROM pg_extension_update_paths('promo_guard') WHERE source = '{old}' AND target = '{now}'"
            ),
        );
        assert_eq!(path, [[format!("{old}--{now}")]]);
    }
}

#[test]
fn an_upgrade_leads_to_the_catalog_of_a_fresh_installation_and_keeps_records_and_grants() {
    let (mut fresh, _) = server().bound_database();
    let expected = catalog(&mut fresh);
    for kind in ["comment", "initial privileges", "open to", "readable", "dumped"] {
        assert!(expected.iter().any(|row| row[0] == kind), "no {kind} is compared");
    }
    for old in released() {
        let (mut db, name) = server().database();
        db.batch_execute(&format!(
            "DROP EXTENSION promo_guard; {};
             -- Its library is not here: this one writes what that one wrote.
             UPDATE pg_extension SET extversion = (SELECT default_version FROM pg_available_extensions WHERE name = 'promo_guard')
             WHERE extname = 'promo_guard';
             SELECT promo_guard.bind();
             SELECT promo_guard.attach_history();
             DO $$ BEGIN CREATE ROLE upgraded_on_call LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
             INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until)
             VALUES (1, repeat('1', 64), 'ONE', 'One', 'PERCENT_DISCOUNT', 'ALL', 'ACTIVE', now(), now() + interval '1 day');
             UPDATE promo_codes SET status = 'PAUSED';
             INSERT INTO promo_attempts VALUES (1, 1, repeat('1', 64), 'EXPIRED', 'API', '2026-03-01Z', '[]');
             INSERT INTO promo_redemptions (id, promo_code_id, user_id, status, created_at, applied_at, updated_at)
             VALUES (gen_random_uuid(), 1, 1, 'APPLIED', '2026-03-01Z', '2026-03-01Z', '2026-03-01Z');
             SELECT promo_guard.set_policy('guard_min_users', '3', 'because');
             UPDATE pg_extension SET extversion = '{old}' WHERE extname = 'promo_guard'",
            create_released(&old)
        ))
        .unwrap();
        // What grants were there at the time, as that version gave them.
        db.batch_execute(
            "GRANT USAGE ON SCHEMA promo_guard TO upgraded_on_call; GRANT SELECT ON promo_guard.policy, promo_guard.action_log TO upgraded_on_call;
             GRANT EXECUTE ON FUNCTION promo_guard.blast_radius, promo_guard.doctor, promo_guard.paused_campaigns,
                 promo_guard.policy_defaults, promo_guard.reconciliation_drift, promo_guard.settlement_summary, promo_guard.version,
                 promo_guard.failed_attempts, promo_guard.probe_progress, promo_guard.probe_redeem, promo_guard.settlement_violations
             TO upgraded_on_call;
             INSERT INTO promo_guard.incident (title, trigger, declared_at, declared_by) VALUES ('t', 'by hand', now(), session_user)",
        )
        .unwrap();
        for (relation, insert) in LATER.iter().zip([
            "INSERT INTO promo_guard.bake (campaign_id, action_id, began_by, since, until, on_regression, false_alarm, paused_at, terms)
             SELECT 1, min(id), session_user, now(), now(), 'alert', 0.05, now(), '{}' FROM promo_guard.action_log",
            "INSERT INTO promo_guard.rotation SELECT 1, 2, now(), min(id) FROM promo_guard.action_log",
            "INSERT INTO promo_guard.acknowledgement (rule, campaign_id, at, acknowledged_by, note)
             VALUES ('bake_failed', 1, now(), session_user, 'seen')",
        ]) {
            if has(&mut db, relation) {
                db.batch_execute(insert).unwrap();
            }
        }
        let metrics = has(&mut db, "metrics");
        if metrics {
            db.batch_execute("GRANT SELECT ON promo_guard.metrics TO upgraded_on_call").unwrap();
        }
        let before = records(&mut db);
        // The files are new and the upgrade has not been run: functions refuse, and doctor() says what to do.
        let met = refused(&mut db, "SELECT * FROM promo_guard.blast_radius()");
        assert_eq!(
            (met.code.as_str(), met.hint.contains("ALTER EXTENSION promo_guard UPDATE")),
            ("55000", true),
            "{met:?}"
        );
        let hint = "SELECT remediation FROM promo_guard.doctor() WHERE topic = 'version' AND level = 'error'";
        assert_eq!(table(&mut db, hint), [["ALTER EXTENSION promo_guard UPDATE;"]]);

        db.batch_execute("ALTER EXTENSION promo_guard UPDATE").unwrap();
        // The owner of the tables may not yet use what is new; doctor() names the call that lets it.
        let bind = "SELECT remediation FROM promo_guard.doctor() WHERE level = 'error'";
        assert_eq!(table(&mut db, bind), [["SELECT * FROM promo_guard.bind();"]]);
        db.batch_execute("SELECT promo_guard.bind()").unwrap();
        // no less than what was recorded
        let after = records(&mut db);
        assert_eq!(
            answers(&mut db).iter().filter(|row| row[0].contains("applied_without_purchase")).count(),
            2
        );
        let lost: Vec<_> = before.iter().filter(|row| !after.contains(row)).collect();
        assert!(lost.is_empty(), "{lost:#?}");

        // Who might do something still may; doctor() names what is new, and a dump has the grants.
        let mut on_call = server().connect_as("upgraded_on_call", &name);
        on_call
            .batch_execute(
                "SELECT promo_guard.settlement_summary(); SELECT promo_guard.settlement_violations()",
            )
            .unwrap();
        if metrics {
            let kept = "SELECT has_table_privilege('promo_guard.metrics', 'SELECT')::text";
            assert_eq!(table(&mut on_call, kept), [["true"]]);
        }
        let dump = server().run_program("pg_dump", &["--schema-only", &name]);
        assert!(dump.contains("ON FUNCTION promo_guard.settlement_violations("), "a dump keeps the grants");
        let rights = "SELECT remediation FROM promo_guard.doctor() WHERE topic = 'rights' AND remediation LIKE 'SELECT%'";
        let mend = table(&mut db, rights);
        assert!(
            mend.contains(&vec!["SELECT promo_guard.grant_operator('upgraded_on_call');".to_owned()]),
            "{mend:?}"
        );
        for row in mend {
            db.batch_execute(&row[0]).unwrap();
        }
        on_call
            .batch_execute("SELECT promo_guard.escalations(); SELECT promo_guard.failed_attempts()")
            .unwrap();
        assert_eq!(table(&mut db, rights).len(), 0);

        let after = catalog(&mut db);
        let missing: Vec<_> = expected.difference(&after).collect();
        let surplus: Vec<_> = after.difference(&expected).collect();
        assert!(
            missing.is_empty() && surplus.is_empty(),
            "{old}: missing {missing:#?}, too much {surplus:#?}"
        );

        assert_eq!(
            table(&mut db, "SELECT level FROM promo_guard.doctor() WHERE topic IN ('version', 'chain')"),
            [["ok"], ["ok"]]
        );
    }
}

#[test]
fn an_upgrade_closes_what_default_privileges_opened_and_keeps_explicit_grants_in_a_dump() {
    for old in released() {
        let (mut db, name) = server().database();
        db.batch_execute(&format!(
            "DROP EXTENSION promo_guard; {DEFAULTS} ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO upgrade_rw;
             DO $$ BEGIN CREATE ROLE upgraded_on_call LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
             {};
             GRANT USAGE ON SCHEMA promo_guard TO upgraded_on_call; GRANT SELECT ON promo_guard.action_log TO upgraded_on_call;
             GRANT EXECUTE ON FUNCTION promo_guard.settlement_violations TO upgraded_on_call; ALTER EXTENSION promo_guard UPDATE",
            create_released(&old)
        ))
        .unwrap();
        let of = |db: &mut Client, role: &str| {
            table(
                db,
                &format!(
                    "SELECT o.name, string_agg(g.privilege_type, ' ' ORDER BY g.privilege_type)
                     FROM (SELECT nspname::text AS name, nspacl AS acl FROM pg_namespace WHERE nspname = 'promo_guard'
                           UNION ALL SELECT relname, relacl FROM pg_class WHERE relnamespace = 'promo_guard'::regnamespace
                           UNION ALL SELECT proname, proacl FROM pg_proc WHERE pronamespace = 'promo_guard'::regnamespace) AS o
                     CROSS JOIN LATERAL aclexplode(o.acl) AS g WHERE g.grantee = '{role}'::regrole GROUP BY 1 ORDER BY 1"
                ),
            )
        };
        // Explicitly granted objects are left alone, or a dump would lose their grants; doctor() names what is open on them.
        let open: Vec<_> = of(&mut db, "upgrade_rw").into_iter().map(|row| row[0].clone()).collect();
        assert_eq!(open, ["action_log", "promo_guard", "settlement_violations"]);
        let on_call = of(&mut db, "upgraded_on_call");
        assert_eq!(
            on_call,
            [["action_log", "SELECT"], ["promo_guard", "USAGE"], ["settlement_violations", "EXECUTE"]]
        );
        let found = table(
            &mut db,
            "SELECT level, remediation FROM promo_guard.doctor() WHERE detail LIKE 'Role upgrade_rw %goes beyond the groups%'",
        );
        assert!(found.len() == 3 && found.iter().all(|row| row[0] == "error"), "{found:?}");
        for row in found {
            db.batch_execute(&row[1]).unwrap();
        }
        assert!(of(&mut db, "upgrade_rw").is_empty());
        assert_eq!(of(&mut db, "upgraded_on_call"), on_call);

        let file = server().beside("dumps").join("upgraded").display().to_string();
        server().run_program("pg_dump", &["-f", &file, &name]);
        let (mut restored, into) = server().empty_database();
        server().run_program("psql", &["-qX", "-v", "ON_ERROR_STOP=1", "-d", &into, "-f", &file]);
        assert!(of(&mut restored, "upgrade_rw").is_empty());
        assert_eq!(of(&mut restored, "upgraded_on_call"), on_call);
    }
}

/// The DBA's own grants and views, beside those of grant_operator().
#[test]
fn an_upgrade_keeps_grants_on_single_functions_and_views_over_them() {
    for old in released() {
        let (mut db, name) = server().database();
        db.batch_execute(&format!(
            "DROP EXTENSION promo_guard; {};
             DO $$ BEGIN CREATE ROLE upgrade_custom; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
             DO $$ BEGIN CREATE ROLE upgrade_granter; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
             GRANT USAGE ON SCHEMA promo_guard TO upgrade_granter;
             GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA promo_guard TO upgrade_granter WITH GRANT OPTION;
             SET ROLE upgrade_granter; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA promo_guard TO upgrade_custom; RESET ROLE;
             CREATE VIEW wall AS SELECT p.* FROM promo_guard.paused_campaigns() AS p;
             CREATE VIEW screen AS SELECT f.result, sum(f.attempts) FROM promo_guard.failed_attempts() AS f GROUP BY f.result",
            create_released(&old)
        ))
        .unwrap();
        let granted = |db: &mut Client| -> BTreeSet<Vec<String>> {
            let sql = "SELECT p.oid::regprocedure::text, g.grantee::regrole::text, g.grantor::regrole::text, g.is_grantable::text
                       FROM pg_proc AS p CROSS JOIN aclexplode(p.proacl) AS g
                       WHERE p.pronamespace = 'promo_guard'::regnamespace AND g.grantee::regrole::text IN ('upgrade_custom', 'upgrade_granter')";
            table(db, sql).into_iter().collect()
        };
        let columns = |db: &mut Client| {
            table(db, "SELECT attrelid::regclass::text, attname, atttypid::regtype::text FROM pg_attribute
                       WHERE attrelid IN ('wall'::regclass, 'screen'::regclass) AND attnum > 0 ORDER BY attrelid, attnum")
        };
        let (before, shown) = (granted(&mut db), columns(&mut db));
        db.batch_execute("ALTER EXTENSION promo_guard UPDATE").unwrap();
        let after = granted(&mut db);
        // What the owner of the tables alone calls, and gets again from bind(): these have other arguments or another final function.
        let internal = |row: &&Vec<String>| {
            ["tally", "tally_end", "settle_sketch", "settle_sketch_add"]
                .iter()
                .any(|known| row[0].starts_with(&format!("promo_guard.{known}(")))
        };
        let lost: Vec<_> = before.difference(&after).filter(|row| !internal(row)).collect();
        assert!(lost.is_empty(), "{old}: {lost:#?}");
        assert!(before.iter().any(|row| row[0].contains("failed_attempts(")), "{before:?}");
        assert_eq!(after.difference(&before).collect::<Vec<_>>(), Vec::<&Vec<String>>::new(), "{old}");

        assert_eq!(columns(&mut db), shown);
        db.batch_execute("SELECT promo_guard.bind()").unwrap();
        for view in ["wall", "screen"] {
            assert!(table(&mut db, &format!("SELECT * FROM {view}")).is_empty());
        }
        let file = server().beside("dumps").join(format!("custom-{old}")).display().to_string();
        server().run_program("pg_dump", &["-f", &file, &name]);
        let (mut restored, into) = server().empty_database();
        server().run_program("psql", &["-qX", "-v", "ON_ERROR_STOP=1", "-d", &into, "-f", &file]);
        assert_eq!(granted(&mut restored), after, "{old}: a dump has the grants");
    }
}
