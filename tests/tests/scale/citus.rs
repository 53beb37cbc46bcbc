//! Citus: one coordinator and two workers. Layout S is schema-based sharding; in H the campaigns are a reference table, attempts go by
//! their hash, the rest by user; in C campaigns go by their id. Runs where the server has Citus, and says so where not.

use super::calls::Subjects;
use super::shop::load_shop;
use postgres::Client;
use promo_guard_tests::{Server, refused, table};
use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

const TABLES: [&str; 5] = ["promo_codes", "promo_attempts", "purchases", "promo_redemptions", "ledger"];

/// In H and C a unique key must hold the column that rows go by.
const WITHOUT_KEYS: &str = "
    ALTER TABLE promo_redemptions DROP CONSTRAINT promo_redemptions_applied_purchase_id_fkey, DROP CONSTRAINT promo_redemptions_promo_code_id_fkey;
    ALTER TABLE purchases DROP CONSTRAINT purchases_applied_promo_code_id_fkey;
    ALTER TABLE promo_redemptions DROP CONSTRAINT promo_redemptions_pkey, DROP CONSTRAINT promo_redemptions_applied_purchase_id_key;
    ALTER TABLE purchases DROP CONSTRAINT purchases_pkey;
    ALTER TABLE promo_attempts DROP CONSTRAINT promo_attempts_pkey;
    ALTER TABLE ledger DROP CONSTRAINT ledger_pkey;
    SET citus.shard_count = 8;";

pub const S: &str = "SELECT citus_schema_distribute('app')";
pub const H: &str = "
    SELECT create_reference_table('promo_codes');
    SELECT create_distributed_table('promo_attempts', 'normalized_code_hash');
    SELECT create_distributed_table('promo_redemptions', 'user_id');
    SELECT create_distributed_table('purchases', 'user_id', colocate_with => 'promo_redemptions');
    SELECT create_distributed_table('ledger', 'purchase_id', colocate_with => 'none')";
const C: &str = "
    ALTER TABLE promo_codes DROP CONSTRAINT promo_codes_code_hash_key;
    SELECT create_distributed_table('promo_codes', 'id');
    SELECT create_distributed_table('promo_attempts', 'normalized_code_hash');
    SELECT create_distributed_table('promo_redemptions', 'user_id');
    SELECT create_distributed_table('purchases', 'user_id')";

pub struct Cluster {
    /// The coordinator and the workers.
    pub nodes: Vec<Server>,
}

impl Cluster {
    /// None where the server has no Citus.
    pub fn start(more: &[&str]) -> Option<Self> {
        if !Server::can_load("citus") {
            println!(
                "This server has no Citus: nothing was tried. Install Citus into it and run make test-citus again."
            );
            return None;
        }
        let settings = [
            "shared_preload_libraries=citus",
            "max_prepared_transactions=64",
            "citus.defer_shard_delete_interval=-1",
        ];
        let settings = [&settings, more].concat();
        Some(Self { nodes: (0..3).map(|_| Server::start(&settings)).collect() })
    }

    pub fn connect(&self, database: &str) -> Client {
        self.nodes[0].connect(database)
    }

    /// A database with Citus on every node.
    fn database(&self, name: &str) -> Client {
        for node in &self.nodes {
            node.connect("postgres").batch_execute(&format!("CREATE DATABASE {name}")).unwrap();
            node.connect(name).batch_execute("CREATE EXTENSION citus").unwrap();
        }
        let mut db = self.connect(name);
        let node = |of: &Server| format!("'{}', {}", of.host(), of.port());
        db.batch_execute(&format!("SELECT citus_set_coordinator_host({})", node(&self.nodes[0]))).unwrap();
        for worker in &self.nodes[1..] {
            db.batch_execute(&format!("SELECT citus_add_node({})", node(worker))).unwrap();
        }
        db
    }

    /// The same shop in that layout.
    pub fn shop(&self, name: &str, layout: &str, plain: &mut Client) -> Client {
        let mut db = self.database(name);
        db.batch_execute(&format!("CREATE SCHEMA app; ALTER DATABASE {name} SET search_path = app, public"))
            .unwrap();
        drop(db);
        let mut db = self.connect(name);
        db.batch_execute(include_str!("../../../sql/reference/schema.sql")).unwrap();
        db.batch_execute(include_str!("../../../sql/reference/indexes.sql")).unwrap();
        db.batch_execute(if layout == S {
            "ALTER TABLE promo_redemptions DROP CONSTRAINT promo_redemptions_applied_purchase_id_fkey"
        } else {
            WITHOUT_KEYS
        })
        .unwrap();
        for table in TABLES {
            let mut rows = Vec::new();
            plain.copy_out(&format!("COPY {table} TO STDOUT")).unwrap().read_to_end(&mut rows).unwrap();
            let mut to = db.copy_in(&format!("COPY {table} FROM STDIN")).unwrap();
            to.write_all(&rows).unwrap();
            to.finish().unwrap();
        }
        db.batch_execute(layout).unwrap();
        db.batch_execute(
            "ANALYZE; CREATE EXTENSION promo_guard; SELECT promo_guard.bind(ledger => 'ledger')",
        )
        .unwrap();
        db
    }
}

pub fn plain(cluster: &Cluster) -> Client {
    let mut db = cluster.nodes[0].empty_database().0;
    db.batch_execute("CREATE EXTENSION promo_guard").unwrap();
    load_shop(&mut db);
    db.batch_execute("SELECT promo_guard.bind(ledger => 'ledger')").unwrap();
    db
}

fn findings(db: &mut Client) -> Vec<String> {
    table(db, "SELECT concat(level, ' ', detail) FROM promo_guard.doctor() WHERE topic = 'citus'").concat()
}

#[test]
#[ignore = "slow"]
fn every_reading_function_answers_as_on_one_node_and_changes_are_one_commit_or_refused() {
    let Some(cluster) = Cluster::start(&[]) else { return };
    let mut plain = plain(&cluster);
    let subjects = Subjects::of(&mut plain);
    let mut wrong = Vec::new();
    let mut databases = Vec::new();
    for (name, layout) in [("s", S), ("h", H)] {
        let mut db = cluster.shop(name, layout, &mut plain);
        for (function, sql) in subjects.comparable() {
            let began = Instant::now();
            let ours = table(&mut plain, &sql);
            let here = began.elapsed();
            let theirs = table(&mut db, &sql);
            println!(
                "{name} {function}: {} ms, one node {} ms",
                (began.elapsed() - here).as_millis(),
                here.as_millis()
            );
            if function != "doctor" && ours != theirs {
                let pairs = ours.iter().zip(&theirs).find(|(a, b)| a != b);
                wrong.push(format!("{name} {function}: {} rows and {}: {pairs:?}", ours.len(), theirs.len()));
            }
        }
        let citus = findings(&mut db);
        assert!(citus.iter().any(|f| f.starts_with("note Citus")), "{citus:?}");
        // A trigger is refused, and setup goes on.
        let said = table(&mut db, "SELECT promo_guard.attach_history()").concat().concat();
        assert!(said.starts_with("no status history: Citus allows no trigger"), "{said}");
        databases.push(db);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));

    let active =
        table(&mut plain, "SELECT min(id) FROM promo_codes WHERE status = 'ACTIVE'").concat().concat();
    let pause = format!("SELECT decision FROM promo_guard.pause({active}, 'a test of Citus')");
    let agree = format!(
        "SELECT (SELECT status FROM promo_codes WHERE id = {active}), (SELECT count(*) FROM promo_guard.action_log WHERE decision = 'PAUSED')"
    );
    // In S the change is on one worker alone, until a reference table gives the commit two phases.
    let s = &mut databases[0];
    let met = refused(s, &pause);
    assert_eq!(met.code, "0A000", "{met:?}");
    assert_eq!(table(s, &agree), [["ACTIVE", "0"]]);
    assert!(findings(s).iter().any(|f| f.starts_with("error")));
    s.batch_execute(&met.hint).unwrap();
    assert!(!findings(s).iter().any(|f| f.starts_with("error")));
    for db in &mut databases {
        db.batch_execute("SET citus.log_remote_commands = on; SET client_min_messages = notice").unwrap();
        assert_eq!(table(db, &pause), [["PAUSED"]]);
        assert_eq!(table(db, &agree), [["PAUSED", "1"]]);
        let phases = table(db, "SELECT count(*) > 0 FROM pg_dist_transaction");
        assert_eq!(phases, [["t"]], "the commit had one phase");
        let row = format!("SELECT * FROM promo_guard.unpause({active}, 'a test of Citus')");
        assert_eq!(table(db, &row).len(), 1);
    }

    // Another session's lock is waited for no longer than lock_timeout.
    for name in ["s", "h"] {
        let mut other = cluster.connect(name);
        let mut held = other.transaction().unwrap();
        held.batch_execute(&format!(
            "UPDATE promo_codes SET used_total = used_total + 1 WHERE id = {active}"
        ))
        .unwrap();
        let mut db = cluster.connect(name);
        let began = Instant::now();
        let met = refused(&mut db, &pause);
        assert!(
            met.code == "55P03" && began.elapsed() < Duration::from_secs(10),
            "{name}: {met:?} after {:?}",
            began.elapsed()
        );
    }

    // The workers add up attempts for whoever may call the aggregate there; for others the attempts come here. The answer is one.
    let h = &mut databases[1];
    let sums =
        || format!("SELECT * FROM promo_guard.failure_clusters(as_of => {}, max_rows => NULL)", subjects.at);
    let expected = table(h, &sums());
    let note = "SELECT remediation FROM promo_guard.doctor() WHERE topic = 'citus' AND detail LIKE 'The workers do not add up%'";
    assert_eq!(table(h, note).len(), 0);
    h.batch_execute("CREATE ROLE keeper LOGIN; GRANT USAGE, CREATE ON SCHEMA app TO keeper").unwrap();
    for name in TABLES {
        h.batch_execute(&format!("ALTER TABLE {name} OWNER TO keeper")).unwrap();
    }
    h.batch_execute("SELECT promo_guard.bind(ledger => 'ledger')").unwrap();
    let mend = table(h, note).concat().concat();
    assert_eq!(table(h, &sums()), expected);
    h.batch_execute(&mend).unwrap();
    assert_eq!(table(h, note).len(), 0);
    assert_eq!(table(h, &sums()), expected);

    let mut worker = cluster.nodes[1].connect("h");
    for call in ["SELECT promo_guard.triage()", &pause] {
        let met = refused(&mut worker, call);
        assert_eq!(
            (met.code.as_str(), met.hint.as_str()),
            ("55000", "Connect to the coordinator."),
            "{met:?}"
        );
    }

    let mut c = cluster.shop("c", C, &mut plain);
    let met = refused(&mut c, &pause);
    assert_eq!(met.code, "0A000", "{met:?}");
    assert_eq!(table(&mut c, &agree), [["ACTIVE", "0"]]);
    assert!(findings(&mut c).iter().any(|f| f.starts_with("error") && f.contains("distributed by a column")));
}
