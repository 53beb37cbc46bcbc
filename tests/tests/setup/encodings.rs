//! Names beyond ASCII: a database that is not UTF8 is refused with the reason, a client may have any encoding.

use postgres::Client;
use promo_guard_tests::{Refused, Server, promoctl, refused, server, table};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

const OTHERS: [&str; 4] = ["LATIN1", "WIN1252", "EUC_JP", "SQL_ASCII"];

fn assert_says_why(met: &Refused, encoding: &str, what: &str) {
    assert_eq!(
        (met.code.as_str(), met.message.as_str()),
        ("0A000", "promo_guard needs a database with encoding UTF8"),
        "{what}: {met:?}"
    );
    assert!(
        met.detail.contains(&format!("is {encoding}.")) && met.detail.contains("UTF-8"),
        "{what}: {met:?}"
    );
    assert!(met.hint.contains("ENCODING 'UTF8'") && met.hint.contains("pg_restore"), "{what}: {met:?}");
}

#[test]
fn create_extension_refuses_a_database_that_is_not_utf8() {
    for encoding in OTHERS {
        let name = format!("encoded_{}", encoding.to_lowercase());
        server()
            .connect("postgres")
            .batch_execute(&format!(
                "CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C'"
            ))
            .unwrap();
        let mut db = server().connect(&name);
        for version in ["", " VERSION '0.1.0'"] {
            let met = refused(&mut db, &format!("CREATE EXTENSION promo_guard{version}"));
            assert_says_why(&met, encoding, version);
        }
        assert_eq!(table(&mut db, "SELECT to_regnamespace('promo_guard')"), [["∅"]], "{encoding}");
        drop(db);
        let out = promoctl(server(), &name).arg("triage").output().unwrap();
        let err = String::from_utf8(out.stderr).unwrap();
        assert!(
            out.status.code() == Some(3) && err.contains("CREATE EXTENSION promo_guard"),
            "{encoding}: {err}"
        );
    }
}

/// A database with 0.1.0 installed, whose encoding is said to be another from then on. In 0.1.0 this could be.
fn installed_before(server: &Server, encoding: &str) -> Client {
    let (mut db, name) = server.empty_database();
    db.batch_execute("CREATE EXTENSION promo_guard VERSION '0.1.0'").unwrap();
    drop(db);
    let mut root = server.connect("postgres");
    root.execute(
        "UPDATE pg_database SET encoding = pg_char_to_encoding($1::text::name) WHERE datname = $2::text",
        &[&encoding, &name],
    )
    .unwrap();
    server.connect(&name)
}

/// Calls that read, that write, and whose argument is not ASCII.
const CALLS: [&str; 6] = [
    "SELECT promo_guard.version()",
    "SELECT * FROM promo_guard.doctor()",
    "SELECT * FROM promo_guard.blast_radius()",
    "SELECT promo_guard.bind()",
    "SELECT promo_guard.set_policy('guard_min_users', '3', 'grün')",
    "SELECT * FROM promo_guard.probe_redeem('grün')",
];

#[test]
fn an_older_version_in_such_a_database_is_refused_by_the_new_library() {
    for encoding in OTHERS {
        let mut db = installed_before(server(), encoding);
        for call in CALLS {
            assert_says_why(&refused(&mut db, call), encoding, call);
        }
        assert_says_why(&refused(&mut db, "ALTER EXTENSION promo_guard UPDATE"), encoding, "UPDATE");
        db.batch_execute("DROP EXTENSION promo_guard").unwrap();
    }
}

#[test]
fn a_preloaded_library_lets_every_session_begin_and_refuses_the_statement() {
    for setting in ["shared_preload_libraries=promo_guard", "session_preload_libraries=promo_guard"] {
        let server = Server::start(&[setting]);
        let (mut utf8, _) = server.bound_database();
        assert_eq!(table(&mut utf8, "SELECT count(*) FROM promo_guard.paused_campaigns()"), [["0"]]);
        let mut db = installed_before(&server, "LATIN1");
        assert_eq!(table(&mut db, "SELECT 1"), [["1"]], "{setting}");
        for call in ["SELECT * FROM promo_guard.doctor()", "SELECT * FROM promo_guard.blast_radius()"] {
            assert_says_why(&refused(&mut db, call), "LATIN1", setting);
        }
    }
}

#[test]
fn clients_of_any_encoding_read_and_write_names_beyond_ascii() {
    let (mut db, name) = server().bound_database();
    db.batch_execute(
        "INSERT INTO promo_codes (id, code_hash, code_prefix, campaign_name, promo_type, target_scope, status, valid_from, valid_until)
         SELECT g, repeat(g::text, 64), 'C' || g, (ARRAY['Frühling', '春の割引'])[g], 'PREMIUM_GRANT', 'ALL', 'ACTIVE', now(), now() + interval '1 day'
         FROM generate_series(1, 2) AS g",
    )
    .unwrap();
    let psql = |encoding: &str, sql: &[u8]| {
        let mut command = server().program("psql");
        command.args(["-XAtq", "-v", "VERBOSITY=verbose", "-d", &name]).env("PGCLIENTENCODING", encoding);
        let out = command.arg("-c").arg(OsStr::from_bytes(sql)).output().unwrap();
        (out.status.success(), out.stdout, String::from_utf8_lossy(&out.stderr).into_owned())
    };
    let cases: [(&str, i64, &[u8]); 4] = [
        ("LATIN1", 1, b"Fr\xfchling"),
        ("WIN1252", 1, b"Fr\xfchling"),
        ("EUC_JP", 2, b"\xbd\xd5\xa4\xce\xb3\xe4\xb0\xfa"),
        ("SJIS", 2, b"\x8ft\x82\xcc\x8a\x84\x88\xf8"),
    ];
    for (encoding, id, spelled) in cases {
        let call = [
            b"SELECT decision FROM promo_guard.pause(".as_slice(),
            id.to_string().as_bytes(),
            b", '",
            spelled,
            b"')",
        ]
        .concat();
        let (done, said, err) = psql(encoding, &call);
        assert!(done && said == b"PAUSED\n", "{encoding}: {said:?} {err}");
        let paused = "SELECT campaign_name FROM promo_guard.paused_campaigns()";
        let (done, said, err) = psql(encoding, paused.as_bytes());
        assert!(done && said == [spelled, b"\n"].concat(), "{encoding}: {said:?} {err}");
        let reason = "SELECT reason FROM promo_guard.action_log ORDER BY id DESC LIMIT 1";
        let name = "SELECT campaign_name FROM promo_codes WHERE status = 'PAUSED'";
        assert_eq!(
            table(&mut db, reason),
            table(&mut db, name),
            "{encoding}: the reason is not what was typed"
        );
        db.batch_execute("UPDATE promo_codes SET status = 'ACTIVE'").unwrap();
    }
    // What an encoding cannot hold is PostgreSQL's to refuse, with its own code.
    db.batch_execute("UPDATE promo_codes SET status = 'PAUSED'").unwrap();
    let (_, _, err) = psql("LATIN1", b"SELECT campaign_name FROM promo_guard.paused_campaigns()");
    assert!(err.contains("22P05"), "{err}");
    let out = promoctl(server(), &name).arg("paused").env("PGCLIENTENCODING", "LATIN1").output().unwrap();
    let said = String::from_utf8(out.stdout).unwrap();
    assert!(said.contains("Frühling") && said.contains("春の割引"), "{said}");
}
