//! The backend of a change is killed at its commit on the coordinator, in S and H. `CITUS_KILLS=20`: how often in each; a normal run
//! kills a few times. Runs where the server has Citus.

use super::citus::{Cluster, H, S, plain};
use postgres::Client;
use promo_guard_tests::{refused, table};
use std::time::{Duration, Instant};
use std::{env, thread};

/// Where in the commit the backend is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// A worker has prepared its part; the coordinator commits, or is about to.
    Prepared,
    /// The coordinator's commit is written, and no worker knows: it waits for a standby that does not exist.
    Committed,
}

fn eventually<T>(what: &str, mut of: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = of() {
            return found;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{what}");
        thread::sleep(Duration::from_millis(1));
    }
}

fn status_and_log(db: &mut Client, id: &str) -> (String, i64) {
    let sql = format!(
        "SELECT (SELECT status::text FROM promo_codes WHERE id = {id}),
                (SELECT count(*) FROM promo_guard.action_log WHERE campaign_id = {id} AND decision = 'PAUSED')"
    );
    let row = db.query_one(&sql, &[]).unwrap();
    (row.get(0), row.get(1))
}

/// Pauses a campaign and kills the backend that does. Gives whether the change was there afterwards.
fn kill_once(cluster: &Cluster, name: &str, id: &str, moment: Moment) -> bool {
    let mut db = cluster.connect(name);
    db.batch_execute(&format!("UPDATE promo_codes SET status = 'ACTIVE' WHERE id = {id}")).unwrap();
    let (_, before) = status_and_log(&mut db, id);
    drop(db);
    let mut observers: Vec<Client> = cluster.nodes.iter().map(|node| node.connect("postgres")).collect();
    let mut changing = cluster.connect(name);
    let pid: i32 = changing.query_one("SELECT pg_backend_pid()", &[]).unwrap().get(0);
    if moment == Moment::Committed {
        // Other sessions of this server do not wait: their synchronous_commit is off.
        changing.batch_execute("SET synchronous_commit = on").unwrap();
    }
    let pause = format!("SELECT decision FROM promo_guard.pause({id}, 'a test of Citus')");
    let change = thread::spawn(move || changing.simple_query(&pause).map(drop));
    eventually("the change reaches its commit", || {
        if change.is_finished() {
            return Some(());
        }
        let seen: bool = match moment {
            Moment::Prepared => observers[1..].iter_mut().any(|worker| {
                worker.query_one("SELECT count(*) > 0 FROM pg_prepared_xacts", &[]).unwrap().get(0)
            }),
            Moment::Committed => observers[0]
                .query_one(
                    "SELECT count(*) > 0 FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'SyncRep'",
                    &[&pid],
                )
                .unwrap()
                .get(0),
        };
        seen.then_some(())
    });
    // SAFETY: signals one process of a server that this test started.
    unsafe { libc::kill(pid, libc::SIGKILL) };
    let answered = change.join().unwrap().is_ok();
    assert!(moment == Moment::Prepared || !answered, "it was killed before it answered");
    // The server ends its other sessions and starts again by itself, from when it has seen the end of its process.
    eventually("the process is gone", || {
        (!std::path::Path::new(&format!("/proc/{pid}")).exists()).then_some(())
    });
    let mut db = eventually("the server is back", || cluster.nodes[0].try_connect(name).ok());
    // What Citus' own process does every minute.
    eventually("nothing is left prepared", || {
        db.simple_query("SELECT recover_prepared_transactions()").unwrap();
        let left = observers[1..].iter_mut().any(|worker| {
            worker.query_one("SELECT count(*) > 0 FROM pg_prepared_xacts", &[]).unwrap().get::<_, bool>(0)
        });
        (!left).then_some(())
    });
    let (status, after) = status_and_log(&mut db, id);
    let changed = after == before + 1;
    assert!(
        (changed && status == "PAUSED") || (after == before && status == "ACTIVE" && !answered),
        "{name}, {moment:?}: {status}, {before} actions before and {after} after, answered: {answered}"
    );
    assert!(moment == Moment::Prepared || changed, "what the coordinator has committed stands");
    changed
}

#[test]
#[ignore = "slow"]
fn a_backend_that_is_killed_at_its_commit_leaves_campaign_and_action_log_in_agreement() {
    let settings = ["synchronous_standby_names=nobody", "synchronous_commit=local"];
    let Some(cluster) = Cluster::start(&settings) else { return };
    let kills = env::var("CITUS_KILLS").map_or(4, |text| text.parse().unwrap());
    let mut plain = plain(&cluster);
    let id = table(&mut plain, "SELECT min(id) FROM promo_codes WHERE status = 'ACTIVE'").concat().concat();
    for (name, layout) in [("s", S), ("h", H)] {
        let mut db = cluster.shop(name, layout, &mut plain);
        if layout == S {
            let met = refused(&mut db, &format!("SELECT promo_guard.pause({id}, 'a test')"));
            db.batch_execute(&met.hint).unwrap();
        }
    }
    for name in ["s", "h"] {
        for moment in [Moment::Prepared, Moment::Committed] {
            let changed = (0..kills / 2).filter(|_| kill_once(&cluster, name, &id, moment)).count();
            println!("{name}, killed {moment:?}: {} times, {changed} changes stand, all agree", kills / 2);
        }
    }
}
