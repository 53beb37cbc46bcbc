//! pg_upgrade to each later major version that `make servers` fetched: every record is as it was, and everything goes on.

use super::restore::{records, with_records};
use promo_guard_tests::{Server, table};

#[test]
#[ignore = "slow"]
fn pg_upgrade_carries_every_record_to_later_versions() {
    let mut old = Server::start(&[]);
    let (mut db, name) = with_records(&old);
    db.batch_execute("CREATE ROLE on_call LOGIN; SELECT promo_guard.grant_operator('on_call')").unwrap();
    // 15.20 and its contemporaries mark every new column with the option pg_attver, which the pg_upgrade of an earlier minor release,
    // such as those that can be fetched, does not know: it fails on any table. Columns from before 15.20 have none, so none have.
    db.batch_execute(
        "SET allow_system_table_mods = on; UPDATE pg_attribute SET attoptions = NULL WHERE attoptions::text LIKE '{pg_attver=%}';
         RESET allow_system_table_mods",
    )
    .unwrap();
    let before = records(&mut db);
    let major: u32 =
        table(&mut db, "SELECT current_setting('server_version_num')::int / 10000")[0][0].parse().unwrap();
    drop(db);
    let later: Vec<(u32, Server)> = Server::fetched()
        .into_iter()
        .filter(|version| *version > major)
        .map(|version| (version, old.upgraded(version)))
        .collect();
    if later.is_empty() {
        eprintln!("skipped: no server later than {major} is there; `make servers` fetches 16, 17 and 18");
    }
    for (version, new) in later {
        let mut db = new.connect(&name);
        assert_eq!(
            table(&mut db, "SELECT current_setting('server_version_num')::int / 10000"),
            [[version.to_string()]]
        );
        for (before, after) in before.iter().zip(records(&mut db)) {
            assert!(*before == after, "{} differs on {version}", before.0);
        }
        let bad = "SELECT topic, detail FROM promo_guard.doctor() WHERE level = 'error' OR topic IN ('chain', 'records', 'history', 'version') AND level <> 'ok'";
        assert_eq!(table(&mut db, bad), [[""; 0]; 0], "{version}");
        assert!(
            table(&mut db, "SELECT FROM promo_guard.escalations() WHERE rule = 'status_off_history'")
                .is_empty()
        );
        // it goes on, on the same chains
        let mut on_call = new.connect_as("on_call", &name);
        on_call.batch_execute("SELECT promo_guard.pause(500, 'after the upgrade'); SELECT promo_guard.checkpoint(id, now() + interval '1 h', 'x') FROM promo_guard.incident").unwrap();
        let last = "SELECT campaign_id, from_status, to_status FROM promo_guard.status_history ORDER BY id DESC LIMIT 1";
        assert_eq!(table(&mut db, last), [["500", "ACTIVE", "PAUSED"]], "{version}");
        assert_eq!(table(&mut db, bad), [[""; 0]; 0], "{version}");
    }
}
