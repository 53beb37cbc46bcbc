//! Access does not depend on PUBLIC alone: default privileges open nothing of ours, owner-only functions ask in code as well, doctor
//! names whatever goes beyond the groups, and revoke_access() takes back all of it.

use postgres::Client;
use promo_guard_tests::{promoctl, refused, server, table};

/// A database whose owner gave a role everything by default, before the extension came.
fn generous(role: &str) -> (Client, String) {
    let (mut db, name) = server().empty_database();
    db.batch_execute(&format!(
        r#"DO $do$ BEGIN CREATE ROLE {role} LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $do$;
         ALTER DEFAULT PRIVILEGES GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON TABLES TO {role} WITH GRANT OPTION;
         ALTER DEFAULT PRIVILEGES GRANT ALL ON SEQUENCES TO {role};
         ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO {role};
         ALTER DEFAULT PRIVILEGES GRANT ALL ON SCHEMAS TO {role};
         ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC"#
    ))
    .unwrap();
    (db, name)
}

fn with_application(db: &mut Client) {
    db.batch_execute(include_str!("../../../sql/reference/schema.sql")).unwrap();
    db.batch_execute("SELECT promo_guard.bind()").unwrap();
}

/// Every privilege of anybody but the owner on anything of ours.
fn open(db: &mut Client) -> Vec<Vec<String>> {
    table(
        db,
        "SELECT o.what, g.grantee::regrole, g.privilege_type
         FROM (SELECT oid::regclass::text AS what, relowner AS owner, relacl AS acl FROM pg_class WHERE relnamespace = 'promo_guard'::regnamespace AND relkind IN ('r', 'v', 'S')
               UNION ALL SELECT oid::regprocedure::text, proowner, coalesce(proacl, acldefault('f', proowner)) FROM pg_proc WHERE pronamespace = 'promo_guard'::regnamespace
               UNION ALL SELECT nspname, nspowner, nspacl FROM pg_namespace WHERE nspname = 'promo_guard') AS o,
              aclexplode(o.acl) AS g
         WHERE g.grantee <> o.owner ORDER BY 1, 2, 3",
    )
}

const NAMES: [&str; 2] = ["app_rw", r#""App ""rw"", $$ x""#];

#[test]
fn default_privileges_open_nothing_of_ours() {
    for role in NAMES {
        let (mut db, _) = generous(role);
        db.batch_execute("CREATE EXTENSION promo_guard").unwrap();
        assert_eq!(open(&mut db), Vec::<Vec<String>>::new());
        // nor the views that bind() makes; their reader is the application's owner, who owns the extension here
        with_application(&mut db);
        assert_eq!(open(&mut db), Vec::<Vec<String>>::new());
        db.batch_execute("SELECT promo_guard.unbind(); SELECT promo_guard.bind()").unwrap();
        assert_eq!(open(&mut db), Vec::<Vec<String>>::new());
        let said = table(
            &mut db,
            "SELECT detail FROM promo_guard.doctor() WHERE detail LIKE '%goes beyond the groups%'",
        );
        assert!(said.is_empty(), "{said:?}");
    }
}

#[test]
fn a_restore_into_a_database_with_default_privileges_opens_nothing_either() {
    let (mut db, name) = server().bound_database();
    db.batch_execute(
        "DO $$ BEGIN CREATE ROLE restore_reader LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
         SELECT promo_guard.grant_reader('restore_reader')",
    )
    .unwrap();
    let before = open(&mut db);
    assert!(before.iter().any(|row| row[1] == "restore_reader"));
    for format in ["-Fc", "-Fp"] {
        let file = server().beside("access").join(format!("dump{format}"));
        server().run_program("pg_dump", &[format, "-f", &file.display().to_string(), &name]);
        let (mut restored, target) = generous("app_rw");
        let (program, args) = if format == "-Fc" {
            ("pg_restore", ["-e", "-d", &target])
        } else {
            ("psql", ["-qX", "-d", &target])
        };
        let how = if format == "-Fc" { vec![] } else { vec!["-v", "ON_ERROR_STOP=1", "-f"] };
        let file = file.display().to_string();
        server().run_program(program, &[&args[..], &how[..], &[file.as_str()]].concat());
        // A restore makes the adapter views as it makes the application's tables, and default privileges hold for both. doctor() names
        // what they opened, and its statements close it.
        let beyond =
            "SELECT remediation FROM promo_guard.doctor() WHERE detail LIKE '%goes beyond the groups%'";
        let said = table(&mut restored, beyond);
        assert_eq!(said.len(), 8, "{said:?}");
        for statement in said {
            restored.batch_execute(&statement[0]).unwrap();
        }
        assert_eq!(open(&mut restored), before, "{format}");
    }
}

#[test]
fn an_owners_function_asks_who_calls_even_where_it_was_granted() {
    let (mut db, name) = server().bound_database();
    db.batch_execute(
        "DO $$ BEGIN CREATE ROLE intruder LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
         GRANT ALL ON SCHEMA promo_guard TO intruder; GRANT ALL ON ALL TABLES IN SCHEMA promo_guard TO intruder;
         GRANT ALL ON ALL SEQUENCES IN SCHEMA promo_guard TO intruder; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA promo_guard TO intruder",
    )
    .unwrap();
    let mut intruder = server().connect_as("intruder", &name);
    for call in [
        "bind()",
        "unbind()",
        "attach_history()",
        "detach_history()",
        "grant_reader('intruder')",
        "grant_operator('intruder')",
        "revoke_access('intruder')",
        "set_policy('guard_min_users', '50', 'by an intruder')",
    ] {
        let met = refused(&mut intruder, &format!("SELECT promo_guard.{call}"));
        assert_eq!((met.code.as_str(), met.hint.is_empty()), ("42501", false), "{call}: {met:?}");
    }
    // a member of the owner may
    let owner = table(&mut db, "SELECT extowner::regrole FROM pg_extension WHERE extname = 'promo_guard'")[0]
        [0]
    .clone();
    db.batch_execute(&format!("GRANT {owner} TO intruder")).unwrap();
    intruder
        .batch_execute("SELECT promo_guard.set_policy('guard_min_users', '3', 'by a member of the owner')")
        .unwrap();
    db.batch_execute(&format!("REVOKE {owner} FROM intruder")).unwrap();
}

#[test]
fn doctor_names_whatever_goes_beyond_the_groups_with_a_statement_that_mends_it() {
    let (mut db, name) = server().bound_database();
    db.batch_execute(
        r#"DO $$ BEGIN CREATE ROLE "Odd; role" LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
         DO $$ BEGIN CREATE ROLE beyond_reader LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
         DO $$ BEGIN CREATE ROLE handed_on LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
         SELECT promo_guard.grant_reader('beyond_reader')"#,
    )
    .unwrap();
    let beyond = "SELECT level, detail, remediation FROM promo_guard.doctor() WHERE detail LIKE '%goes beyond the groups%' ORDER BY 2, 3";
    assert!(table(&mut db, beyond).is_empty());
    let grants = [
        (r#"GRANT INSERT ON promo_guard.policy_override TO "Odd; role""#, "error"),
        ("GRANT SELECT (reason) ON promo_guard.action_log TO beyond_reader", "error"),
        ("GRANT EXECUTE ON FUNCTION promo_guard.failed_attempts TO beyond_reader", "error"),
        ("GRANT USAGE ON SEQUENCE promo_guard.action_log_id_seq TO beyond_reader", "error"),
        ("GRANT CREATE ON SCHEMA promo_guard TO beyond_reader", "error"),
        ("GRANT SELECT ON promo_guard.metrics TO PUBLIC", "error"),
        ("GRANT SELECT ON promo_guard.policy TO beyond_reader WITH GRANT OPTION", "error"),
        ("GRANT SELECT ON promo_guard.attempts TO beyond_reader", "warn"),
    ];
    for (grant, level) in grants {
        db.batch_execute(grant).unwrap();
        let said = table(&mut db, beyond);
        assert_eq!(said.len(), 1, "{grant}: {said:?}");
        assert_eq!(said[0][0], level, "{grant}");
        db.batch_execute(&said[0][2]).unwrap();
        assert!(table(&mut db, beyond).is_empty(), "{grant}: {}", said[0][2]);
        // a REVOKE ALL may take what the group has: the call that gives it again is named
        db.batch_execute("SELECT promo_guard.grant_reader('beyond_reader')").unwrap();
    }
    // what a role handed on is taken back in its name
    db.batch_execute("GRANT SELECT ON promo_guard.binding TO beyond_reader WITH GRANT OPTION").unwrap();
    server()
        .connect_as("beyond_reader", &name)
        .batch_execute("GRANT SELECT ON promo_guard.binding TO handed_on")
        .unwrap();
    assert_eq!(table(&mut db, beyond).len(), 2);
    for _ in 0..2 {
        if let Some(said) = table(&mut db, beyond).first() {
            db.batch_execute(&said[2]).unwrap();
        }
    }
    assert!(table(&mut db, beyond).is_empty());
}

#[test]
fn revoke_access_takes_back_everything_whoever_gave_it() {
    let (mut db, name) = server().bound_database();
    db.batch_execute(
        r#"DO $$ BEGIN CREATE ROLE "Much; given" LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
         DO $$ BEGIN CREATE ROLE giver LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
         SELECT promo_guard.grant_operator('"Much; given"');
         GRANT ALL ON ALL TABLES IN SCHEMA promo_guard TO "Much; given"; GRANT ALL ON ALL SEQUENCES IN SCHEMA promo_guard TO "Much; given";
         GRANT SELECT (reason), UPDATE (reason) ON promo_guard.action_log TO "Much; given";
         GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA promo_guard TO "Much; given"; GRANT ALL ON SCHEMA promo_guard TO "Much; given";
         GRANT USAGE ON SCHEMA promo_guard TO giver; GRANT SELECT ON promo_guard.incident TO giver WITH GRANT OPTION"#,
    )
    .unwrap();
    server()
        .connect_as("giver", &name)
        .batch_execute(r#"GRANT SELECT ON promo_guard.incident TO "Much; given""#)
        .unwrap();
    db.batch_execute(r#"SELECT promo_guard.revoke_access('"Much; given"')"#).unwrap();
    let left: Vec<_> = open(&mut db).into_iter().filter(|row| row[1].contains("Much")).collect();
    assert!(left.is_empty(), "{left:?}");
    let columns = table(
        &mut db,
        "SELECT attname FROM pg_attribute WHERE attrelid = 'promo_guard.action_log'::regclass AND attacl::text LIKE '%Much%'",
    );
    assert!(columns.is_empty(), "{columns:?}");
    db.batch_execute(r#"DROP ROLE "Much; given""#).unwrap();
}

#[test]
fn a_library_of_another_version_than_the_sql_says_so_once_and_clearly() {
    let (mut db, name) = server().bound_database();
    let other = "UPDATE pg_extension SET extversion = '0.0.9' WHERE extname = 'promo_guard'";
    db.batch_execute(other).unwrap();
    let functions = table(
        &mut db,
        "SELECT p.proname, coalesce((SELECT string_agg('NULL', ', ') FROM generate_series(1, p.pronargs - p.pronargdefaults)), '')
         FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang
         WHERE p.pronamespace = 'promo_guard'::regnamespace AND l.lanname = 'c' AND p.prokind = 'f'
           AND NOT 'internal'::regtype = ANY (p.proargtypes::oid[]) AND p.proname NOT IN ('version', 'policy_defaults', 'doctor')",
    );
    assert!(functions.len() > 30, "{functions:?}");
    for function in &functions {
        let met = refused(&mut db, &format!("SELECT * FROM promo_guard.{}({})", function[0], function[1]));
        // an argument that is null may be refused first
        assert!(
            met.code == "55000" && met.hint.contains("ALTER EXTENSION promo_guard UPDATE"),
            "{}: {met:?}",
            function[0]
        );
    }
    let said = table(&mut db, "SELECT level FROM promo_guard.doctor() WHERE topic = 'version'");
    assert_eq!(said, [["error"]]);
    let out = promoctl(server(), &name).arg("triage").output().unwrap();
    assert!(String::from_utf8_lossy(&out.stderr).contains("ALTER EXTENSION promo_guard UPDATE"), "{out:?}");
}
