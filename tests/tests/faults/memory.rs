//! A backend that gets no more memory: its function ends with an answer or with 53200, mostly its session goes on, and the server stays up.

use super::{reading, shop};
use promo_guard_tests::{Server, table};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::thread;
use std::time::Duration;

/// Lets a process have so many bytes of address space more than it has now.
fn allow(pid: &str, more: u64) {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let size: u64 = status
        .lines()
        .find_map(|line| line.strip_prefix("VmSize:")?.trim().strip_suffix(" kB")?.parse().ok())
        .unwrap();
    // As whom the server runs: a container's root may have no right over other people's limits.
    let owner = std::fs::metadata(format!("/proc/{pid}")).unwrap();
    let set = Command::new("prlimit")
        .args([format!("--pid={pid}"), format!("--as={}:", size * 1024 + more)])
        .uid(owner.uid())
        .gid(owner.gid())
        .output()
        .unwrap();
    assert!(set.status.success(), "{}", String::from_utf8_lossy(&set.stderr));
}

/// Parallel workers for the attempts, so that the leader's own part is merged with theirs.
const PARALLEL: &str = "SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0;
    SET max_parallel_workers_per_gather = 2; SET statement_timeout = '60s'";

#[test]
#[ignore = "slow"]
fn memory_that_ends_at_any_moment_ends_the_statement_or_the_session_and_not_the_server() {
    let server = Server::start(&["shared_buffers=32MB"]);
    let (mut db, name) = shop(&server);
    db.batch_execute(
        "INSERT INTO promo_attempts SELECT g, g % 30000, CASE g % 4 WHEN 0 THEN md5((g % 30000)::text) || md5('x') ELSE repeat('9', 64) END, 'INVALID', 'API',
                now() - g * interval '20 ms' FROM generate_series(1, 80000) AS g;
         UPDATE promo_codes SET code_hash = repeat('9', 64) WHERE id = 2;
         ANALYZE",
    )
    .unwrap();
    let mut ended = 0;
    for n in 0..60 {
        let mut poor = server.connect(&name);
        poor.batch_execute(PARALLEL).unwrap();
        let pid = table(&mut poor, "SELECT pg_backend_pid()").concat().concat();
        let answer = thread::scope(|scope| {
            let asked = scope.spawn(|| poor.simple_query("SELECT * FROM promo_guard.failure_clusters()"));
            thread::sleep(Duration::from_millis(4 * n));
            if !asked.is_finished() {
                allow(&pid, 0);
            }
            asked.join().unwrap()
        });
        if let Err(error) = answer {
            let code = error.code().map_or("none", |code| code.code());
            assert!(code == "53200" || code == "none" && poor.is_closed(), "{error:?}\n{}", server.log());
            ended += 1;
        }
    }
    let log = server.log();
    assert!(ended > 0, "nothing ended: {log}");
    assert!(!log.contains("terminated by signal") && !log.contains("PANIC"), "{log}");
    assert_eq!(table(&mut db, "SELECT status FROM promo_codes WHERE id = 1"), [["PAUSED"]]);
}

#[test]
#[ignore = "slow"]
fn memory_that_is_not_to_be_had_is_an_error_and_not_the_end_of_the_server() {
    let server = Server::start(&["shared_buffers=32MB"]);
    let (mut db, name) = shop(&server);
    db.batch_execute(
        "INSERT INTO promo_attempts SELECT g, g % 50000, md5((g % 100000)::text) || md5('x'), 'INVALID', 'API', now() - g * interval '4 ms' FROM generate_series(1, 200000) AS g;
         INSERT INTO purchases (id, user_id, product_code, base_stars_amount, discount_stars_amount, stars_amount, status, created_at)
         SELECT gen_random_uuid(), g, 'P', 10, 1, 9, 'CREDITED', now() - g * interval '50 ms' FROM generate_series(1, 20000) AS g; ANALYZE",
    )
    .unwrap();
    let functions = reading(&mut db);
    let mut refused = 0;
    for function in functions.iter().map(|row| &row[0]) {
        for megabytes in [1, 2, 4, 8, 16] {
            let mut poor = server.connect(&name);
            // the library is loaded, and has its reserve, before there is nothing left
            poor.batch_execute(
                "SET statement_timeout = '60s'; SET max_parallel_workers_per_gather = 0; SELECT promo_guard.version()",
            )
            .unwrap();
            let pid = table(&mut poor, "SELECT pg_backend_pid()").remove(0).remove(0);
            allow(&pid, megabytes << 20);
            let Err(error) = poor.simple_query(&format!("SELECT * FROM promo_guard.{function}()")) else {
                break;
            };
            let code = error.code().map_or("none", |code| code.code());
            assert!(
                code == "53200" || code == "none" && poor.is_closed(),
                "{function} with {megabytes} MB: {error:?}\n{}",
                server.log()
            );
            if error.as_db_error().is_some_and(|error| error.severity() == "ERROR") {
                poor.simple_query("SELECT 1")
                    .unwrap_or_else(|error| panic!("{function} with {megabytes} MB, then: {error}"));
            }
            refused += 1;
        }
    }
    // What grows asks first, and the session goes on; what does not ask ends it, and its last words a client may miss; never more.
    let ended = |log: &str| log.matches("FATAL:  out of memory").count();
    let before = ended(&server.log());
    println!("{refused} refused, {before} of them with the session");
    assert!(refused > 20 && refused > 4 * before, "{refused} refused, {before} ended");
    // At every limit from too little to enough.
    for megabytes in 1.. {
        let mut poor = server.connect(&name);
        poor.batch_execute("SET max_parallel_workers_per_gather = 0; SELECT promo_guard.version()").unwrap();
        let pid = table(&mut poor, "SELECT pg_backend_pid()").remove(0).remove(0);
        allow(&pid, megabytes << 20);
        let Err(error) = poor.simple_query("SELECT * FROM promo_guard.failure_clusters()") else { break };
        let code = error.code().map_or("none", |code| code.code());
        assert!(code == "53200" || code == "none" && poor.is_closed(), "{megabytes} MB: {error:?}");
        if error.as_db_error().is_some_and(|error| error.severity() == "ERROR") {
            poor.simple_query("SELECT 1").unwrap_or_else(|error| panic!("after {megabytes} MB: {error}"));
        }
    }
    let log = server.log();
    assert!(!log.contains("terminated by signal") && !log.contains("PANIC"), "{log}");
    assert_eq!(
        table(&mut db, "SELECT status FROM promo_codes WHERE id = 1"),
        [["PAUSED"]],
        "the other session went on"
    );
}
