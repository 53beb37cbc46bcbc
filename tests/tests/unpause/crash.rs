//! The server is killed with SIGKILL in the middle of the same load, again and again: after each recovery status, history and
//! action log agree, and the chains hold. `make test-full` kills it 30 times (PROMO_GUARD_CRASHES).

use super::busy::{Act, CAMPAIGNS, Tally, Worker, check, make};
use super::interleavings::chance;
use promo_guard_tests::Server;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use std::{env, thread};

#[test]
#[ignore = "slow"]
fn after_every_crash_status_history_and_action_log_agree_and_what_was_answered_is_there() {
    let crashes: u64 = env::var("PROMO_GUARD_CRASHES").ok().and_then(|n| n.parse().ok()).unwrap_or(3);
    let mut server = Server::start(&["fsync=on", "full_page_writes=on", "synchronous_commit=on"]);
    let name = make(&server);
    let mut total = Tally::default();
    for crash in 0..crashes {
        let (over, done) = (AtomicBool::new(false), AtomicU64::new(0));
        let mut workers: Vec<Worker> = (0..4).map(|_| Worker::new(&server, &name).unwrap()).collect();
        thread::scope(|scope| {
            let people: Vec<_> = workers
                .drain(..)
                .enumerate()
                .map(|(person, mut worker)| {
                    let (over, done) = (&over, &done);
                    scope.spawn(move || {
                        for n in 0u64.. {
                            let seed = crash * 1_000_000 + n * 8 + person as u64;
                            let campaign = 1 + chance(seed, CAMPAIGNS as u64) as i64;
                            let act = Act::ALL[chance(seed + 77, 10) as usize];
                            let pause = || thread::sleep(Duration::from_micros(chance(seed, 3_000)));
                            if over.load(Ordering::SeqCst) || worker.act(act, campaign, pause).is_err() {
                                break;
                            }
                            done.fetch_add(1, Ordering::SeqCst);
                        }
                        worker.tally
                    })
                })
                .collect();
            // at full work, however fast that is here
            let began = Instant::now();
            while done.load(Ordering::SeqCst) < 100 && began.elapsed() < Duration::from_secs(60) {
                thread::sleep(Duration::from_millis(5));
            }
            thread::sleep(Duration::from_millis(chance(crash, 400)));
            server.crash();
            over.store(true, Ordering::SeqCst);
            for person in people {
                total.add(person.join().unwrap());
            }
        });
        // Where the disk is slow, somebody waits for a lock longer than is waited: that is no harm.
        total.errors.retain(|error, _| !error.starts_with("55P03"));
        assert!(total.errors.is_empty(), "{:?}", total.errors);
        check(&mut server.connect(&name), &total, false);
    }
    println!("{crashes} crashes: {:?}", total.decisions);
    assert!(total.decisions.contains_key("UNPAUSED"), "{:?}", total.decisions);
}
