//! `promoctl setup --scaffold` on the layouts of other shops: it works before the extension is there and as a role that only reads,
//! changes nothing, shows no code, and what it prints can be pasted.

use postgres::Client;
use promo_guard_tests::{promoctl, repo, server, table};
use serde_json::Value;
use std::fs;
use std::process::Command;

fn told(command: &mut Command) -> (i32, String, String) {
    let out = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (out.status.code().unwrap_or(-1), text(&out.stdout), text(&out.stderr))
}

/// A shop without the extension, and a role that may only read its tables.
fn shop(layout: &str) -> (Client, String) {
    let (mut db, database) = server().empty_database();
    let tables = fs::read_to_string(repo().join(format!("tests/layouts/{layout}/tables.sql"))).unwrap();
    db.batch_execute(&tables).unwrap();
    db.batch_execute(
        "DO $$ BEGIN CREATE ROLE scaffold_reader LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$;
         GRANT SELECT ON ALL TABLES IN SCHEMA public TO scaffold_reader",
    )
    .unwrap();
    (db, database)
}

fn scaffold(database: &str, more: &[&str]) -> (i32, String, String) {
    let mut command = promoctl(server(), database);
    told(command.env("PGUSER", "scaffold_reader").args(["setup", "--scaffold"]).args(more))
}

fn document(database: &str) -> Value {
    let (code, json, err) = scaffold(database, &["--output", "json"]);
    assert_eq!(code, 0, "{err}");
    serde_json::from_str(&json).unwrap()
}

/// Runs statements as a person pastes them into psql.
fn paste(database: &str, statements: &str) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("paste.sql");
    fs::write(&file, statements).unwrap();
    let mut psql = Command::new(server().programs().join("psql"));
    let out = psql
        .current_dir(repo())
        .args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-h", &server().host(), "-d", database])
        .args(["-p", &server().port().to_string(), "-f"])
        .arg(&file)
        .output()
        .unwrap();
    assert!(out.status.success(), "{}\n{statements}", String::from_utf8_lossy(&out.stderr));
}

/// What each layout is known to have, and codes that must not be shown.
const LAYOUTS: [(&str, [&str; 3], &[&str]); 7] = [
    ("coupons", ["public.coupons", "public.coupon_uses", "public.orders"], &[]),
    ("vouchers", ["public.voucher_codes", "public.shop_orders", "public.shop_orders"], &[]),
    (
        "promotions",
        ["public.promotion", "public.order_promotions_promotion", "public.\"order\""],
        &["'TEN'", "FIVER"],
    ),
    ("medusa", ["public.promotion", "public.order_promotion", "public.\"order\""], &["SPRING10", "SHIP4"]),
    (
        "polar",
        ["public.discounts", "public.discount_redemptions", "public.checkouts"],
        &["LAUNCH", "FIVEOFF"],
    ),
    (
        "sylius",
        ["public.sylius_promotion_coupon", "public.sylius_order", "public.sylius_order"],
        &["AUTUMN-1", "WELCOME"],
    ),
    (
        "edx",
        ["public.ecommerce_coupon", "public.ecommerce_couponredemption", "public.ecommerce_order"],
        &["ALUMNI20", "PARTNER"],
    ),
];

#[test]
fn what_it_prints_for_each_layout_can_be_pasted() {
    for (layout, tables, secrets) in LAYOUTS {
        let (mut db, database) = shop(layout);
        let objects = "SELECT count(*), coalesce(max(oid), 0) FROM pg_class";
        let before = table(&mut db, objects);
        let (code, page, err) = scaffold(&database, &[]);
        assert_eq!((code, err.as_str()), (0, ""), "{layout}: {page}");
        assert!(page.contains("Nothing was changed.") && page.contains("Not found"), "{layout}: {page}");
        let head = page.split("To paste").next().unwrap();
        assert!(head.lines().all(|line| line.chars().count() <= 80), "{layout}: {page}");
        let document = document(&database);
        let chosen = |entity: &str| {
            let list = document["tables"].as_array().unwrap();
            list.iter().find(|t| t["entity"] == entity).unwrap()["bound_to"].as_str().unwrap()
        };
        assert_eq!(["campaigns", "redemptions", "purchases"].map(chosen), tables, "{layout}");
        for secret in secrets {
            assert!(!page.contains(secret) && !document.to_string().contains(secret), "{layout}: {secret}");
        }
        assert_eq!(table(&mut db, objects), before, "{layout}: it only reads");

        db.batch_execute("CREATE EXTENSION promo_guard").unwrap();
        paste(&database, document["statements"].as_str().unwrap());
        let (code, out, err) = told(promoctl(server(), &database).arg("triage"));
        assert_eq!(code, 0, "{layout}: {out}{err}");
    }
}

/// Where all that is needed stands in one table a kind, the proposal alone leaves no false violation but what policy is for.
#[test]
fn a_shop_of_other_words_is_bound_by_the_proposal_alone() {
    let (mut db, database) = shop("coupons");
    let document = document(&database);
    let of = |entity: &str, column: &str| {
        let list = document["columns"].as_array().unwrap();
        let one = list.iter().find(|c| c["entity"] == entity && c["canonical"] == column);
        one.map_or(Value::Null, |one| one["source"].clone())
    };
    assert_eq!(of("campaigns", "status"), "state (active = ACTIVE, disabled = PAUSED, ended = EXPIRED)");
    assert_eq!(of("attempts", "result"), "outcome (not_found = INVALID, ok = ACCEPTED)");
    assert_eq!(of("purchases", "base_stars_amount"), "gross in hundredths");
    let missing = document["missing"].as_array().unwrap();
    assert!(
        missing
            .iter()
            .any(|m| m["canonical"] == "max_uses_per_user" && m["costs"].as_str().unwrap().len() > 10),
        "{missing:?}"
    );
    db.batch_execute("CREATE EXTENSION promo_guard").unwrap();
    paste(&database, document["statements"].as_str().unwrap());
    db.batch_execute("SELECT promo_guard.set_policy('discount_rounding', 'half_up', 'ours')").unwrap();
    let rules = table(&mut db, "SELECT rule FROM promo_guard.settlement_violations()");
    assert_eq!(rules, [[""; 0]; 0]);
    let paused = table(&mut db, "SELECT decision FROM promo_guard.pause(1, 'leaked')");
    assert_eq!(paused, [["PAUSED"]]);
    assert_eq!(table(&mut db, "SELECT state FROM coupons WHERE id = 1"), [["disabled"]]);
}

#[test]
fn a_role_that_may_read_no_table_gets_what_the_catalog_has() {
    let (mut db, database) = shop("coupons");
    db.batch_execute("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM scaffold_reader").unwrap();
    let (code, page, err) = scaffold(&database, &[]);
    assert_eq!((code, err.as_str()), (0, ""), "{page}");
    assert!(page.contains("campaigns: public.coupons") && page.contains("This role may not read"), "{page}");
    // An enum's words are in the catalog; a text's are in the rows.
    assert!(page.contains("state (active = ACTIVE"), "{page}");
    assert!(page.contains("no values were read"), "{page}");
}

#[test]
fn tables_of_hostile_names_and_values_that_look_like_secrets_do_no_harm() {
    let (mut db, database) = shop("coupons");
    db.batch_execute(
        r#"DROP TABLE coupon_uses, orders, coupon_tries, coupons;
        CREATE SCHEMA "My ""Shop"; SET search_path = "My ""Shop";
        CREATE TABLE "Promo; DROP'Codes" ("Id" bigint PRIMARY KEY, "Code" text UNIQUE NOT NULL, "Name" text, "Status" text, "Starts At" timestamptz,
            "Ends*/At" timestamptz, "Usage Limit" integer, "updated_at" timestamptz NOT NULL);
        INSERT INTO "Promo; DROP'Codes" SELECT g, 'SECRET' || g, 'n', 'Tok3n/' || md5(g::text), now(), now(), 1, now() FROM generate_series(1, 9) AS g;
        CREATE FUNCTION public.boom(text, text) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION $x$a function of the shop was called$x$; END';
        CREATE OPERATOR public.= (FUNCTION = public.boom, LEFTARG = text, RIGHTARG = text);
        ALTER ROLE scaffold_reader SET search_path = public, pg_catalog;
        GRANT USAGE ON SCHEMA "My ""Shop" TO scaffold_reader; GRANT SELECT ON ALL TABLES IN SCHEMA "My ""Shop" TO scaffold_reader"#,
    )
    .unwrap();
    let (code, page, err) = scaffold(&database, &["--codes", "My \"Shop.Promo; DROP'Codes"]);
    db.batch_execute("ALTER ROLE scaffold_reader RESET search_path").unwrap();
    assert_eq!((code, err.as_str()), (0, ""), "{page}");
    assert!(!page.contains("SECRET") && !page.contains("Tok3n"), "{page}");
    assert!(page.contains("promo_codes => '\"My \"\"Shop\".\"Promo; DROP''Codes\"'"), "{page}");
    let (code, _, err) = scaffold(&database, &["--codes", "no.such"]);
    assert!(code == 2 && err.contains("there is no table \"no.such\""), "{err}");
    let (code, _, err) = scaffold(&database, &["--output", "csv"]);
    assert!(code == 2 && err.contains("several tables"), "{err}");
}

#[test]
fn a_database_of_no_shop_ends_with_1_and_says_so() {
    let (_, database) = server().empty_database();
    let (code, page, err) = told(promoctl(server(), &database).args(["setup", "--scaffold"]));
    assert_eq!((code, err.as_str()), (1, ""), "{page}");
    assert!(page.contains("campaigns: nothing works without it."), "{page}");
}

/// The shop `coupons` with ids of this type in all tables, made of the numbers that it has.
fn keyed_shop(sql_type: &str, key: impl Fn(&str) -> String) -> (Client, String) {
    let (mut db, database) = shop("coupons");
    db.batch_execute(
        "ALTER TABLE orders DROP CONSTRAINT orders_coupon_fkey;
         ALTER TABLE coupon_uses DROP CONSTRAINT coupon_uses_coupon_fkey, DROP CONSTRAINT coupon_uses_order_id_fkey",
    )
    .unwrap();
    for (table, column) in [
        ("coupons", "id"),
        ("coupon_tries", "customer"),
        ("orders", "id"),
        ("orders", "customer"),
        ("orders", "coupon"),
        ("coupon_uses", "id"),
        ("coupon_uses", "coupon"),
        ("coupon_uses", "customer"),
        ("coupon_uses", "order_id"),
    ] {
        let sql = format!("ALTER TABLE {table} ALTER {column} TYPE {sql_type} USING {}", key(column));
        db.batch_execute(&sql).unwrap();
    }
    db.batch_execute(
        "ALTER TABLE orders ADD FOREIGN KEY (coupon) REFERENCES coupons;
         ALTER TABLE coupon_uses ADD FOREIGN KEY (coupon) REFERENCES coupons, ADD FOREIGN KEY (order_id) REFERENCES orders",
    )
    .unwrap();
    (db, database)
}

/// Ids that are uuid or text are bound as they are: the proposal alone leads to a code that is paused by its key.
#[test]
fn a_shop_of_uuids_and_one_of_texts_are_bound_by_the_proposal_alone() {
    let uuid = |column: &str| format!("md5({column}::text)::uuid");
    let text = |column: &str| format!("'id_' || {column}");
    for (sql_type, (mut db, database)) in
        [("uuid", keyed_shop("uuid", uuid)), ("text", keyed_shop("text", text))]
    {
        let document = document(&database);
        let statements = document["statements"].as_str().unwrap();
        assert!(!statements.contains("CREATE VIEW") && !statements.contains("ALTER TABLE"), "{statements}");
        assert_eq!(statements.matches("CREATE UNIQUE INDEX").count(), 1, "{statements}");
        db.batch_execute("CREATE EXTENSION promo_guard").unwrap();
        paste(&database, statements);
        db.batch_execute("SELECT promo_guard.set_policy('discount_rounding', 'half_up', 'ours')").unwrap();
        let wrong = "SELECT detail FROM promo_guard.doctor() WHERE level = 'error' OR detail LIKE '%the number made of%'";
        assert_eq!(table(&mut db, wrong), [[""; 0]; 0], "{sql_type}");
        assert_eq!(table(&mut db, "SELECT rule FROM promo_guard.settlement_violations()"), [[""; 0]; 0]);
        let used = "SELECT count(*) FROM promo_guard.redemptions AS r JOIN promo_guard.campaigns AS c ON c.id = r.promo_code_id
                    JOIN promo_guard.attempts AS a ON a.user_id = r.user_id";
        assert_eq!(table(&mut db, used), [["40"]], "{sql_type}");
        db.batch_execute("SET enable_seqscan = off").unwrap();
        for sql in
            ["campaigns WHERE id = 5", "redemptions WHERE promo_code_id = 5", "redemptions WHERE user_id = 5"]
        {
            let plan = table(&mut db, &format!("EXPLAIN (COSTS OFF) SELECT * FROM promo_guard.{sql}"));
            let plan = plan.concat().join("\n");
            assert!(plan.contains("Index Cond"), "{sql_type} {sql}: {plan}");
        }
        let key = table(&mut db, "SELECT id::text FROM coupons WHERE prefix = 'AU'").concat().concat();
        let ask = |arguments: &[&str]| told(promoctl(server(), &database).args(arguments));
        let (code, page, err) = ask(&["triage"]);
        assert_eq!(code, 0, "{page}{err}");
        let (code, said, err) = ask(&["pause", &key, "--reason", "leaked", "--output", "json"]);
        assert!(code == 0 && said.contains(&key), "{said}{err}");
        assert_eq!(table(&mut db, "SELECT state FROM coupons ORDER BY prefix"), [["disabled"], ["disabled"]]);
        let (code, said, err) = ask(&["fix", &key, "max_total_uses=150", "--reason", "more"]);
        assert_eq!(code, 0, "{said}{err}");
        assert_eq!(table(&mut db, "SELECT max_uses FROM coupons WHERE prefix = 'AU'"), [["150"]]);
    }
}

/// Where the proposal is a view, it shows the number and the key; the new table of attempts has ids as the shop's users.
#[test]
fn views_of_keys_and_the_table_of_attempts_fit_each_other() {
    for (layout, own) in [("polar", "discounts"), ("medusa", "promotion")] {
        let (mut db, database) = shop(layout);
        db.batch_execute("CREATE EXTENSION promo_guard").unwrap();
        paste(&database, document(&database)["statements"].as_str().unwrap());
        let shown = format!(
            "SELECT count(*) FROM promo_guard.campaigns AS c JOIN {own} AS o ON o.id::text = c.key AND c.id = promo_guard.key_number(o.id::text)
             JOIN promo_guard.redemptions AS r ON r.promo_code_id = c.id"
        );
        let all = table(&mut db, "SELECT count(*) FROM promo_guard.redemptions");
        assert_eq!(table(&mut db, &shown), all, "{layout}");
        db.batch_execute(
            "INSERT INTO promo_attempts (user_id, normalized_code_hash, result)
             SELECT o.customer_id, repeat('a', 64), 'INVALID' FROM (SELECT customer_id FROM checkouts WHERE customer_id IS NOT NULL LIMIT 1) AS o"
                .replace("checkouts", if layout == "polar" { "checkouts" } else { "\"order\"" })
                .as_str(),
        )
        .unwrap();
        let tried = "SELECT count(*) > 0 FROM promo_guard.attempts AS a JOIN promo_guard.purchases AS p ON p.user_id = a.user_id";
        assert_eq!(table(&mut db, tried), [["t"]], "{layout}");
        let keys = "SELECT detail FROM promo_guard.doctor() WHERE topic = 'keys' AND level = 'error'";
        assert_eq!(table(&mut db, keys), [[""; 0]; 0], "{layout}");
    }
    // Medusa has a status of words: its code is paused by its key.
    let (mut db, database) = shop("medusa");
    db.batch_execute("CREATE EXTENSION promo_guard").unwrap();
    paste(&database, document(&database)["statements"].as_str().unwrap());
    let (code, said, err) =
        told(promoctl(server(), &database).args(["pause", "promo_1", "--reason", "leaked"]));
    assert_eq!(code, 0, "{said}{err}");
    assert_eq!(table(&mut db, "SELECT status FROM promotion WHERE id = 'promo_1'"), [["inactive"]]);
}

/// Ids of one kind of different types are cast to that of the campaigns, or of the users' keys.
#[test]
fn ids_of_one_kind_and_several_types_are_cast() {
    let (mut db, database) = shop("coupons");
    db.batch_execute(
        "ALTER TABLE orders DROP CONSTRAINT orders_coupon_fkey; ALTER TABLE orders ALTER coupon TYPE text USING coupon::text;
         ALTER TABLE coupon_tries ALTER customer TYPE varchar(20) USING customer::text",
    )
    .unwrap();
    let document = document(&database);
    let of = |entity: &str, column: &str| {
        let list = document["columns"].as_array().unwrap();
        list.iter().find(|c| c["entity"] == entity && c["canonical"] == column).unwrap().clone()
    };
    assert!(of("purchases", "applied_promo_code_id")["note"].as_str().unwrap().contains("is a number"));
    assert!(of("purchases", "user_id")["note"].as_str().unwrap().contains("have a key"));
    db.batch_execute("CREATE EXTENSION promo_guard").unwrap();
    paste(&database, document["statements"].as_str().unwrap());
    let met = "SELECT count(*) FROM promo_guard.purchases AS p JOIN promo_guard.campaigns AS c ON c.id = p.applied_promo_code_id
               JOIN promo_guard.attempts AS a ON a.user_id = p.user_id";
    assert_eq!(table(&mut db, met), [["40"]]);
}
