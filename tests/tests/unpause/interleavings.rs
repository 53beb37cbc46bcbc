//! Unpause against unpause, the auto-pause job, redemptions and edits, in every order that comes about: nothing is lost, nothing
//! locks up, each transition is on record once. A schedule is a few people who act on the same campaigns at the same time;
//! `make test-full` runs 10,000 of them (PROMO_GUARD_SCHEDULES).

use super::busy::{Act, CAMPAIGNS, Tally, Worker, check, make};
use promo_guard_tests::server;
use std::sync::Barrier;
use std::time::Duration;
use std::{env, thread};

/// People in a schedule.
const PEOPLE: usize = 4;

/// Small numbers out of a seed (splitmix64).
pub fn chance(seed: u64, n: u64) -> u64 {
    let mut z = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(0x632B_E59B_D9B4_E019);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (z ^ (z >> 31)) % n
}

#[test]
#[ignore = "slow"]
fn whatever_the_order_nothing_is_lost_nothing_locks_up_and_each_transition_is_on_record_once() {
    let schedules: u64 = env::var("PROMO_GUARD_SCHEDULES").ok().and_then(|n| n.parse().ok()).unwrap_or(150);
    let name = make(server());
    let start = Barrier::new(PEOPLE);
    let mut total = Tally::default();
    thread::scope(|scope| {
        let (start, name) = (&start, name.as_str());
        let people: Vec<_> = (0..PEOPLE as u64)
            .map(|person| {
                scope.spawn(move || {
                    let mut worker = Worker::new(server(), name).unwrap();
                    for schedule in 0..schedules {
                        let seed = |what: u64| schedule * 64 + person * 8 + what;
                        // Two campaigns a schedule, so that most of them meet on one.
                        let campaign = 1
                            + (chance(schedule, CAMPAIGNS as u64) as i64 + chance(seed(1), 2) as i64)
                                % CAMPAIGNS;
                        // The first is always somebody who unpauses.
                        let act =
                            if person == 0 { Act::Unpause } else { Act::ALL[chance(seed(2), 10) as usize] };
                        start.wait();
                        thread::sleep(Duration::from_micros(chance(seed(3), 20) * 1_000));
                        let pause = || thread::sleep(Duration::from_micros(chance(seed(4), 8) * 1_000));
                        worker.act(act, campaign, pause).unwrap();
                    }
                    worker.tally
                })
            })
            .collect();
        for person in people {
            total.add(person.join().unwrap());
        }
    });
    println!("{schedules} schedules: {:?}, errors {:?}", total.decisions, total.errors);
    assert!(total.errors.is_empty(), "{:?}", total.errors);
    for decision in ["UNPAUSED", "REFUSED", "PAUSED"] {
        assert!(total.decisions.contains_key(decision), "{decision} never came about: {:?}", total.decisions);
    }
    check(&mut server().connect(&name), &total, true);
}
