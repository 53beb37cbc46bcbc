//! The optional column `attempts.client`: many accounts on one client are evidence where it is recorded, and nothing depends on it.

use super::shop::{AS_OF, campaign, set, shop, taken};
use postgres::Client;
use promo_guard_tests::{refused, server, table};

/// Whether the accounts on one client count against a campaign, and how likely abuse is.
fn shared(db: &mut Client, id: i64) -> (String, f64) {
    let sql = format!(
        "SELECT evidence #>> '{{measures,share one client}}', evidence ->> 'chance_of_abuse', reasons::text LIKE '%150 of 150 users came from one client.%'
         FROM promo_guard.classify(as_of => '{AS_OF}') WHERE campaign_id = {id}"
    );
    let row = table(db, &sql).remove(0);
    assert_eq!(row[2] == "t", row[0] == "1.0", "it is told where it counts");
    (row[0].clone(), row[1].parse().unwrap())
}

/// That the farm's device counts, and nothing of the people does.
fn assert_found(db: &mut Client, without: f64) {
    let (farm, people) = (shared(db, 8), shared(db, 9));
    assert!(farm.0 == "1.0" && farm.1 > without, "{farm:?} {without}");
    assert_eq!(people, ("0.0".to_owned(), without));
}

/// Everything that is said of every campaign.
fn answers(db: &mut Client) -> Vec<Vec<String>> {
    table(db, &format!("SELECT c::text FROM promo_guard.classify(as_of => '{AS_OF}') AS c"))
}

/// Two paused codes, each taken by 150 new users within minutes, most of them twice: code 8 by a farm whose accounts share a device,
/// code 9 by people with a device each. The application's attempts have the devices in a column of this type.
fn farm_and_people(device: &str, of: &str) -> Client {
    let mut db = shop();
    let name = table(&mut db, "SELECT current_database()").remove(0).remove(0);
    server()
        .connect_as("shop", &name)
        .batch_execute(&format!("ALTER TABLE promo_attempts ADD device {device}"))
        .unwrap();
    for (id, user) in [(8, 9_000), (9, 19_000)] {
        campaign(&mut db, id, "'ACTIVE'");
        taken(&mut db, id, "2026-02-28 13:00Z", "30 min", "1 + g % 400", 40, "APPLIED");
        for from in ["2026-03-01 10:00Z", "2026-03-01 10:00:21Z"] {
            taken(&mut db, id, from, "2 s", &format!("{user} + g"), 150, "APPLIED");
        }
        db.batch_execute(&format!(
            "UPDATE promo_attempts SET result = 'NOT_APPLICABLE', metadata = '{{\"reason\": \"ALREADY_USED\"}}'
             WHERE normalized_code_hash = lpad('{id}', 64, 'c') AND attempted_at >= '2026-03-01 10:00:21Z' AND extract(second FROM attempted_at)::int % 2 = 1"
        ))
        .unwrap();
        set(&mut db, id, "status = 'PAUSED', updated_at = '2026-03-01 10:06Z'");
    }
    db.batch_execute(&format!(
        "UPDATE promo_attempts SET device = ({of}) FROM (SELECT 'x') AS unused (x)
         WHERE user_id > 9000"
    ))
    .unwrap();
    db
}

/// The device of a user: one for the farm, one's own for people.
const NUMBER: &str = "CASE WHEN user_id < 19000 THEN 0 ELSE user_id END";

const MAP: &str = r#"SELECT promo_guard.bind(columns => '{"attempts": {"client": "device"}}')"#;

#[test]
fn a_farm_on_one_device_is_found_where_devices_are_recorded_and_people_are_not_accused() {
    for (device, of) in [
        ("text", format!("'Pixel-' || {NUMBER}")),
        ("uuid", format!("md5(({NUMBER})::text)::uuid")),
        ("inet", format!("'10.0.0.0'::inet + ({NUMBER})")),
        ("bigint", NUMBER.to_owned()),
    ] {
        let mut db = farm_and_people(device, &of);
        let before = answers(&mut db);
        let (farm, people) = (shared(&mut db, 8), shared(&mut db, 9));
        assert_eq!((farm.0.as_str(), &farm), ("0.0", &people), "they look the same");
        db.batch_execute(MAP).unwrap();
        assert_found(&mut db, farm.1);
        // It is never shown.
        let shown = answers(&mut db).concat().concat();
        let value = table(&mut db, "SELECT device FROM promo_attempts WHERE user_id = 9001 LIMIT 1")
            .remove(0)
            .remove(0);
        assert!(device == "bigint" || !shown.contains(&value), "{value}");
        // Without it everything is as before.
        db.batch_execute(r#"SELECT promo_guard.bind(columns => '{"attempts": {"client": null}}')"#).unwrap();
        assert_eq!(answers(&mut db), before);
    }
}

#[test]
fn a_code_that_is_not_paused_is_looked_at_by_its_clients_too() {
    let mut db = farm_and_people("text", NUMBER);
    db.batch_execute(
        "UPDATE promo_codes SET status = 'ACTIVE' WHERE id IN (8, 9);
         UPDATE promo_attempts SET attempted_at = attempted_at + interval '100 min' WHERE user_id > 9000;
         UPDATE promo_redemptions SET created_at = created_at + interval '100 min', applied_at = applied_at + interval '100 min' WHERE user_id > 9000",
    )
    .unwrap();
    let (farm, people) = (shared(&mut db, 8), shared(&mut db, 9));
    assert_eq!(farm, people);
    db.batch_execute(MAP).unwrap();
    assert_found(&mut db, farm.1);
}

#[test]
fn it_is_bound_only_where_somebody_maps_it_and_a_view_written_by_hand_may_leave_it_out() {
    let mut db = farm_and_people("text", NUMBER);
    let before = answers(&mut db);
    let without = shared(&mut db, 8).1;
    let name = table(&mut db, "SELECT current_database()").remove(0).remove(0);
    let mut app = server().connect_as("shop", &name);
    // A column of that name may be the kind of an app, which most users share.
    app.batch_execute("ALTER TABLE promo_attempts ADD client text DEFAULT 'telegram'").unwrap();
    let found = "SELECT bound_to FROM promo_guard.bind() WHERE canonical = 'client'";
    assert!(table(&mut db, found).is_empty());
    assert_eq!(answers(&mut db), before);
    assert!(
        table(&mut db, "SELECT detail FROM promo_guard.doctor() WHERE detail LIKE '% client%'").is_empty()
    );
    // What is mapped is remembered.
    db.batch_execute(MAP).unwrap();
    assert_eq!(table(&mut db, found), [["public.promo_attempts.device"]]);
    app.batch_execute("ALTER TABLE promo_attempts ADD config jsonb").unwrap();
    let met = refused(&mut db, r#"SELECT promo_guard.bind(columns => '{"attempts": {"client": "config"}}')"#);
    assert!(met.code == "42804" && met.detail.contains("uuid, inet"), "{met:?}");

    let columns = "id, user_id, normalized_code_hash AS code_hash, result, source, attempted_at, metadata";
    let by_hand = |db: &mut Client, more: &str| {
        db.batch_execute(&format!(
            "SELECT promo_guard.unbind(); DROP VIEW IF EXISTS promo_guard.attempts;
             CREATE VIEW promo_guard.attempts AS SELECT {columns}{more} FROM promo_attempts; SELECT promo_guard.bind()"
        ))
        .unwrap();
    };
    by_hand(&mut db, "");
    assert_eq!(answers(&mut db), before);
    assert!(table(&mut db, "SELECT detail FROM promo_guard.doctor() WHERE level = 'error'").is_empty());
    // An expression over the metadata serves.
    db.batch_execute("UPDATE promo_attempts SET metadata = coalesce(metadata, '{}') || jsonb_build_object('device', device)").unwrap();
    by_hand(&mut db, ", metadata ->> 'device' AS client");
    assert_found(&mut db, without);
}
