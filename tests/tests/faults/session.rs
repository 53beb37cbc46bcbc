//! One session that reads the triage page again and again, with errors between: its memory reaches a plateau. `SESSION_PAGES=1000`
//! reads as many; a normal run reads fewer.

use super::{reading, shop};
use postgres::Client;
use promo_guard_tests::{server, table};
use std::env;
use std::fs;

/// Memory of the process that is its own, and all of PostgreSQL's memory contexts, in bytes.
#[derive(Debug, Clone, Copy)]
struct Memory {
    process: i64,
    contexts: i64,
}

fn memory(db: &mut Client, pid: &str) -> Memory {
    let contexts = table(db, "SELECT sum(total_bytes) FROM pg_backend_memory_contexts");
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    // Shared buffers that were touched count as RSS too, and are not the session's.
    // What the kernel has swapped out meanwhile is the session's as well.
    let kilobytes = |name: &str| -> i64 {
        let found = status.lines().find_map(|line| line.strip_prefix(name)?.trim().strip_suffix(" kB"));
        found.unwrap().parse().unwrap()
    };
    Memory {
        process: 1024 * (kilobytes("RssAnon:") + kilobytes("VmSwap:")),
        contexts: contexts[0][0].parse().unwrap(),
    }
}

/// Reads a page: all functions in one snapshot, each within a savepoint, as promoctl does.
fn page(db: &mut Client, functions: &[String]) {
    db.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").unwrap();
    for function in functions {
        db.batch_execute("SAVEPOINT promoctl_section").unwrap();
        db.simple_query(&format!("SELECT * FROM promo_guard.{function}()"))
            .unwrap_or_else(|error| panic!("{function}: {error:?}"));
    }
    db.batch_execute("COMMIT").unwrap();
}

/// Bad input, and statements that are cancelled somewhere in their work.
fn errors(db: &mut Client, functions: &[String], number: usize) {
    for bad in [
        "failure_clusters(lookback => '-1 hour')",
        "blast_radius(lookback => interval '1 year', as_of => 'infinity')",
        "check_unpause(-1)",
        "failed_attempts(max_rows => -1)",
    ] {
        assert!(db.simple_query(&format!("SELECT * FROM promo_guard.{bad}")).is_err(), "{bad} is refused");
    }
    let function = &functions[number % functions.len()];
    db.batch_execute(&format!("SET statement_timeout = '{}ms'", 1 + number % 7)).unwrap();
    // In a transaction that goes on, and in one that ends with it. A quick one may get through.
    let _ = db.batch_execute("BEGIN; SAVEPOINT s");
    let _ = db.simple_query(&format!("SELECT * FROM promo_guard.{function}()"));
    let _ = db.batch_execute("ROLLBACK TO SAVEPOINT s");
    let _ = db.simple_query("SELECT * FROM promo_guard.failure_clusters()");
    db.batch_execute("ROLLBACK; RESET statement_timeout").unwrap();
}

#[test]
#[ignore = "slow"]
fn a_session_that_reads_the_page_again_and_again_takes_no_more_memory() {
    let pages: usize = env::var("SESSION_PAGES").map_or(60, |text| text.parse().unwrap());
    let (mut owner, name) = shop(server());
    // 2,000 attempts of an hour, some with codes that are unknown.
    owner
        .batch_execute(
            "INSERT INTO promo_attempts SELECT g, g % 300, CASE WHEN g % 3 = 0 THEN repeat((1 + g % 2)::text, 64) ELSE md5((g % 200)::text) || md5('x') END,
                    (ARRAY['INVALID', 'ACCEPTED', 'NOT_APPLICABLE'])[1 + g % 3], 'API', now() - g * interval '1.8 s' FROM generate_series(1, 2000) AS g;
             INSERT INTO purchases (id, user_id, product_code, base_stars_amount, discount_stars_amount, stars_amount, status, created_at)
             SELECT gen_random_uuid(), g, 'P', 10, 1, 9, 'CREDITED', now() - g * interval '1 s' FROM generate_series(1, 500) AS g; ANALYZE",
        )
        .unwrap();
    let functions: Vec<String> = reading(&mut owner).concat();
    let mut db = server().connect(&name);
    let pid = table(&mut db, "SELECT pg_backend_pid()").concat().concat();
    let mut seen = Vec::new();
    for number in 0..pages {
        page(&mut db, &functions);
        errors(&mut db, &functions, number);
        if number == 0 || (number + 1) % (pages / 12).max(1) == 0 {
            let now = memory(&mut db, &pid);
            println!(
                "page {}: {} kB of the process, {} kB in contexts",
                number + 1,
                now.process / 1024,
                now.contexts / 1024
            );
            seen.push(now);
        }
    }
    // By a third of the way everything that is kept once is there.
    let rest = &seen[seen.len() / 3..];
    // The allocator takes memory in steps of about 1 MB, and may take one late. A leak grows on after any one step.
    let grown = |of: fn(&Memory) -> i64| {
        let steps: Vec<i64> = rest.windows(2).map(|two| of(&two[1]) - of(&two[0])).collect();
        steps.iter().sum::<i64>() - steps.iter().max().unwrap()
    };
    // 2 kB a page would be 1.3 MB over two thirds of a thousand pages.
    assert!(grown(|m| m.contexts) < 128 << 10, "contexts grow: {seen:?}");
    assert!(grown(|m| m.process) < 1 << 20, "the process grows: {seen:?}");
}
