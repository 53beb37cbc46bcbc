//! The layouts of docs/ADOPTING.md, from an empty database to a code that was paused, fixed, rotated and unpaused with promoctl: what
//! is lawful is no violation, and each planted defect is found.

use postgres::Client;
use promo_guard_tests::{promoctl, repo, server, table};
use std::fs;
use std::process::Command;
use std::time::Instant;

/// A layout: its folder, the defects' rules, and how its own table shows the first campaign active and paused.
struct Layout {
    name: &'static str,
    /// The keys of the first two campaigns, where they are no numbers.
    keys: Option<[&'static str; 2]>,
    defects: &'static [&'static str],
    /// The statement that shows what stands in the shop's own table.
    own: &'static str,
    active: &'static str,
    paused: &'static str,
    /// The limit of uses stands in the bound table.
    fixes: bool,
    /// The bound table stores hashes of codes: its row can be copied.
    rotates: bool,
}

const LAYOUTS: [Layout; 7] = [
    Layout {
        name: "coupons",
        keys: None,
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
        fixes: true,
        rotates: true,
    },
    // Saleor
    Layout {
        name: "vouchers",
        keys: None,
        defects: &["refunded_not_revoked", "wrong_discount", "wrong_discount", "over_redeemed"],
        own: "SELECT is_active FROM voucher_codes WHERE id = 1",
        active: "t",
        paused: "f",
        fixes: true,
        rotates: true,
    },
    // Vendure
    Layout {
        name: "promotions",
        keys: None,
        defects: &["wrong_discount", "wrong_discount", "discount_without_redemption", "over_redeemed"],
        own: "SELECT enabled FROM promotion WHERE id = 1",
        active: "t",
        paused: "f",
        fixes: true,
        rotates: false,
    },
    Layout {
        name: "medusa",
        keys: Some(["promo_1", "promo_2"]),
        defects: &[
            "refunded_not_revoked",
            "wrong_discount",
            "wrong_discount",
            "discount_without_redemption",
            "over_redeemed",
            "used_total_drift",
        ],
        own: "SELECT status FROM promotion WHERE id = 'promo_1'",
        active: "active",
        paused: "inactive",
        fixes: true,
        rotates: false,
    },
    Layout {
        name: "polar",
        keys: Some(["9948c645-c094-2477-94f4-c7acdbeb2bb6", "b25b0651-e4b6-e887-e519-4135d3692631"]),
        defects: &[
            "wrong_discount",
            "discount_without_redemption",
            "over_redeemed",
            "reservation_overdue",
            "used_total_drift",
            "used_total_drift",
        ],
        own: "SELECT paused FROM discounts WHERE code = 'LAUNCH'",
        active: "f",
        paused: "t",
        fixes: true,
        rotates: false,
    },
    Layout {
        name: "sylius",
        keys: None,
        defects: &[
            "zero_discount",
            "wrong_discount",
            "discount_without_redemption",
            "over_redeemed",
            "used_total_drift",
        ],
        own: "SELECT enabled FROM sylius_promotion_coupon WHERE id = 1",
        active: "t",
        paused: "f",
        fixes: true,
        rotates: false,
    },
    Layout {
        name: "edx",
        keys: None,
        defects: &["zero_discount", "wrong_discount", "discount_without_redemption", "over_redeemed"],
        own: "SELECT enabled FROM ecommerce_coupon WHERE id = 1",
        active: "t",
        paused: "f",
        // The limit stands in a version of the terms.
        fixes: false,
        rotates: false,
    },
];

/// Those that docs/ADOPTING.md shows in full.
const SHOWN: [&str; 3] = ["coupons", "vouchers", "promotions"];

/// The checks that an operator may override.
const CHECKS: [&str; 7] = [
    "history_explains_pause",
    "not_abuse",
    "burst_over",
    "guard_would_not_repause",
    "config_converts",
    "settlement_clean",
    "traffic_observed",
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

/// Exit status, and what promoctl printed.
fn told(command: &mut Command) -> (i32, String) {
    let out = command.output().unwrap();
    let text = String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr);
    (out.status.code().unwrap_or(-1), text)
}

fn rules(db: &mut Client) -> Vec<String> {
    table(db, "SELECT rule FROM promo_guard.settlement_violations()").concat()
}

fn each(layout: &Layout) {
    let name = layout.name;
    // How promoctl is told of the first two campaigns, and the id of the first.
    let [first, second] =
        layout.keys.map_or(["id:1".to_owned(), "id:2".to_owned()], |keys| keys.map(str::to_owned));
    let id = layout.keys.map_or("1".to_owned(), |[key, _]| format!("promo_guard.key_number('{key}')"));
    let (mut db, database) = server().empty_database();
    db.batch_execute("CREATE EXTENSION promo_guard").unwrap();
    run(&database, name, "tables.sql");
    let began = Instant::now();
    run(&database, name, "adopt.sql");
    let took = began.elapsed();
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

    let ask = |args: &[&str]| told(promoctl(server(), &database).args(args));
    let (code, page) = ask(&["triage"]);
    assert!(code == 0 && page.contains("Settlement: no violations in 1 h"), "{name}: {page}");

    assert_eq!(table(&mut db, layout.own), [[layout.active]]);
    let (code, said) = ask(&["pause", &first, "--reason", "leaked"]);
    assert_eq!(
        (code, table(&mut db, layout.own)),
        (0, vec![vec![layout.paused.to_owned()]]),
        "{name}: {said}"
    );
    let (code, said) = ask(&["fix", &first, "max_total_uses=150", "--reason", "more of them"]);
    if layout.fixes {
        assert_eq!(code, 0, "{name}: {said}");
        let limit = format!("SELECT max_total_uses FROM promo_guard.campaigns WHERE id = {id}");
        assert_eq!(table(&mut db, &limit), [["150"]], "{name}");
    } else {
        assert!(
            code == 3 && said.contains("has no max_total_uses") && said.contains("HINT"),
            "{name}: {said}"
        );
    }

    ask(&["pause", &second, "--reason", "leaked"]);
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("codes.csv");
    let mut rotate = promoctl(server(), &database);
    rotate.env("PROMO_PEPPER", "salt").args(["rotate", &second, "--reason", "leaked", "--out"]).arg(&file);
    let (code, said) = told(&mut rotate);
    let successors = "SELECT status FROM promo_guard.campaigns AS c JOIN promo_guard.rotation AS r ON r.new_campaign_id = c.id";
    if layout.rotates {
        assert_eq!(code, 0, "{name}: {said}");
        assert_eq!(table(&mut db, successors), [["PAUSED"]], "{name}");
        assert_eq!(fs::read_to_string(&file).unwrap().lines().count(), 2, "{name}");
    } else {
        // A hash in a column of plain codes would be a code that no user can type.
        assert!(code == 3 && said.contains("stores plain codes"), "{name}: {said}");
        assert!(table(&mut db, successors).is_empty() && !file.exists(), "{name}");
    }

    let (code, said) = ask(&["check", &first]);
    assert!(matches!(code, 0 | 1) && said.contains("settlement_clean"), "{name}: {said}");
    let mut unpause = promoctl(server(), &database);
    unpause.args(["unpause", &first, "--yes", "--reason", "the code is fine"]);
    let (code, said) = told(unpause.args(CHECKS.iter().flat_map(|check| ["--override", check])));
    assert_eq!(
        (code, table(&mut db, layout.own)),
        (0, vec![vec![layout.active.to_owned()]]),
        "{name}: {said}"
    );
    let history = format!(
        "SELECT from_status, to_status FROM promo_guard.status_history WHERE kind = 'change' AND campaign_id = {id} ORDER BY at"
    );
    assert_eq!(table(&mut db, &history), [["ACTIVE", "PAUSED"], ["PAUSED", "ACTIVE"]], "{name}");

    run(&database, name, "defects.sql");
    assert_eq!(rules(&mut db), layout.defects, "{name}");
    let adopt = fs::read_to_string(repo().join(format!("tests/layouts/{name}/adopt.sql"))).unwrap();
    println!(
        "{name}: {} lines to adopt, {:.1} s; {:.1} s from there to the last defect",
        adopt.lines().count(),
        took.as_secs_f64(),
        (began.elapsed() - took).as_secs_f64()
    );
}

fn adopt(name: &str) {
    each(LAYOUTS.iter().find(|layout| layout.name == name).unwrap());
}

#[test]
fn coupons_is_adopted_settled_and_acted_on() {
    adopt("coupons");
}

#[test]
fn vouchers_is_adopted_settled_and_acted_on() {
    adopt("vouchers");
}

#[test]
fn promotions_is_adopted_settled_and_acted_on() {
    adopt("promotions");
}

#[test]
fn medusa_is_adopted_settled_and_acted_on() {
    adopt("medusa");
}

#[test]
fn polar_is_adopted_settled_and_acted_on() {
    adopt("polar");
}

#[test]
fn sylius_is_adopted_settled_and_acted_on() {
    adopt("sylius");
}

#[test]
fn edx_is_adopted_settled_and_acted_on() {
    adopt("edx");
}

#[test]
fn the_page_shows_what_each_layout_was_adopted_with() {
    let page = fs::read_to_string(repo().join("docs/ADOPTING.md")).unwrap();
    for layout in LAYOUTS {
        let path = format!("tests/layouts/{}/adopt.sql", layout.name);
        let adopted = fs::read_to_string(repo().join(&path)).unwrap();
        let row = page.lines().find(|line| line.contains(&format!("(../{path})")));
        let row = row.unwrap_or_else(|| panic!("docs/ADOPTING.md does not name {path}"));
        let lines = adopted.lines().count();
        assert!(row.contains(&format!("| {lines} |")), "{path} has {lines} lines: {row}");
        if SHOWN.contains(&layout.name) {
            assert!(page.contains(&format!("```sql\n{adopted}```")), "docs/ADOPTING.md does not show {path}");
        }
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
