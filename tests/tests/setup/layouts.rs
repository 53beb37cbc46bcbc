//! The layouts of docs/ADOPTING.md, from an empty database to a code that was paused, fixed, rotated and unpaused: what is lawful
//! is no violation, and each planted defect is found.

use postgres::Client;
use promo_guard_tests::{repo, server, table};
use std::fs;

/// A layout: its folder, the defects' rules, and how its own table shows campaign 1 active and paused.
struct Layout {
    name: &'static str,
    defects: &'static [&'static str],
    /// The statement that shows what stands in the shop's own table.
    own: &'static str,
    active: &'static str,
    paused: &'static str,
    /// What the successor of a rotation needs besides: nothing where the row can be copied.
    rotates: bool,
}

const LAYOUTS: [Layout; 3] = [
    Layout {
        name: "coupons",
        defects: &[
            "refunded_not_revoked",
            "zero_discount",
            "wrong_discount",
            "discount_without_redemption",
            "over_redeemed",
            "used_total_drift",
        ],
        own: "SELECT state FROM coupons WHERE id = 1",
        active: "active",
        paused: "disabled",
        rotates: true,
    },
    Layout {
        name: "vouchers",
        defects: &["refunded_not_revoked", "wrong_discount", "wrong_discount", "over_redeemed"],
        own: "SELECT is_active FROM voucher_codes WHERE id = 1",
        active: "t",
        paused: "f",
        rotates: true,
    },
    Layout {
        name: "promotions",
        defects: &["wrong_discount", "wrong_discount", "discount_without_redemption", "over_redeemed"],
        own: "SELECT enabled FROM promotion WHERE id = 1",
        active: "t",
        paused: "f",
        // The code stands in a table of its own words, and plain.
        rotates: false,
    },
];

/// Runs a file of the layout with psql, as a person would.
fn run(database: &str, layout: &str, file: &str) {
    let out = server()
        .program("psql")
        .current_dir(repo())
        .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-h", &server().host(), "-U", "postgres", "-d", database])
        .args(["-f", &format!("tests/layouts/{layout}/{file}")])
        .output()
        .unwrap();
    assert!(out.status.success(), "{layout}/{file}: {}", String::from_utf8_lossy(&out.stderr));
}

fn rules(db: &mut Client) -> Vec<String> {
    table(db, "SELECT rule FROM promo_guard.settlement_violations()").concat()
}

#[test]
fn each_layout_is_adopted_settled_and_acted_on() {
    for layout in LAYOUTS {
        let name = layout.name;
        let (mut db, database) = server().empty_database();
        db.batch_execute("CREATE EXTENSION promo_guard").unwrap();
        run(&database, name, "tables.sql");
        run(&database, name, "adopt.sql");
        let wrong = table(
            &mut db,
            "SELECT topic, detail FROM promo_guard.doctor() WHERE level = 'error' OR topic IN ('words', 'arithmetic')",
        );
        assert!(wrong.is_empty(), "{name}: {wrong:?}");
        assert_eq!(rules(&mut db), [""; 0], "{name}: what is lawful is no violation");
        let drift = table(
            &mut db,
            "SELECT sum(applied) > 0, sum(missing), sum(surplus), sum(abs_drift_stars) FROM promo_guard.reconciliation_drift()",
        );
        assert_eq!(drift, [["t", "0", "0", "0"]], "{name}");
        let page = table(&mut db, "SELECT promo_guard.triage() -> 'ingestion' ->> 'unmapped'");
        assert_eq!(page, [["[]"]], "{name}");

        assert_eq!(table(&mut db, layout.own), [[layout.active]]);
        let said = table(&mut db, "SELECT decision FROM promo_guard.pause(1, 'leaked')");
        assert_eq!(said, [["PAUSED"]], "{name}");
        assert_eq!(table(&mut db, layout.own), [[layout.paused]], "{name}");
        db.batch_execute("SELECT promo_guard.fix_campaign(1, '{\"max_total_uses\": 150}', 'more of them')")
            .unwrap_or_else(|e| panic!("{name}: {e:?}"));
        if layout.rotates {
            let rotated = table(
                &mut db,
                "BEGIN; SELECT status FROM promo_guard.rotate('{1}', ARRAY[repeat('c', 64)], '{NEWC}', 'leaked', '{99}'); ROLLBACK",
            );
            assert_eq!(rotated, [["PAUSED"]], "{name}");
        }
        let unpaused = table(
            &mut db,
            "SELECT u.decision FROM promo_guard.plan_unpause(1) AS p, promo_guard.unpause(1, 'the code is fine', p.failed_checks, p.fingerprint) AS u",
        );
        assert_eq!(unpaused, [["UNPAUSED"]], "{name}");
        assert_eq!(table(&mut db, layout.own), [[layout.active]], "{name}");
        let history =
            "SELECT from_status, to_status FROM promo_guard.status_history WHERE kind = 'change' ORDER BY at";
        assert_eq!(table(&mut db, history), [["ACTIVE", "PAUSED"], ["PAUSED", "ACTIVE"]], "{name}");

        run(&database, name, "defects.sql");
        assert_eq!(rules(&mut db), layout.defects, "{name}");
    }
}

#[test]
fn the_page_shows_what_each_layout_was_adopted_with() {
    let page = fs::read_to_string(repo().join("docs/ADOPTING.md")).unwrap();
    for layout in LAYOUTS {
        let path = format!("tests/layouts/{}/adopt.sql", layout.name);
        let adopted = fs::read_to_string(repo().join(&path)).unwrap();
        assert!(page.contains(&format!("```sql\n{adopted}```")), "docs/ADOPTING.md does not show {path}");
    }
}

/// The lines that docs/ADOPTING.md gives for recording a try, in a language that is at hand.
#[test]
fn the_lines_that_record_a_try_run() {
    let (mut db, _) = server().empty_database();
    db.batch_execute(&fs::read_to_string(repo().join("sql/reference/attempts.sql")).unwrap()).unwrap();
    let page = fs::read_to_string(repo().join("docs/ADOPTING.md")).unwrap();
    let sql = page.split("<!-- record a try -->\n```sql\n").nth(1).unwrap().split("```").next().unwrap();
    let sql =
        sql.replace(":user_id", "7").replace(":code_hash", "repeat('a', 64)").replace(":result", "'INVALID'");
    db.batch_execute(&sql.replace(":reason", "NULL")).unwrap();
    db.batch_execute(&sql.replace(":reason", "'ALREADY_USED'")).unwrap();
    assert_eq!(
        table(&mut db, "SELECT user_id, result, metadata FROM promo_attempts ORDER BY id"),
        [["7", "INVALID", "{}"], ["7", "INVALID", r#"{"reason": "ALREADY_USED"}"#]]
    );
}
