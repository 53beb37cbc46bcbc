//! What the guarded unpause decides, through SQL, on generated shops whose habits were left out of the fit. UNPAUSE_SHOPS says how many.

use postgres::Client;
use promo_guard_habits::habits::Region;
use promo_guard_habits::rows::{Shop, Status};
use promo_guard_habits::story::{Choice, shop};
use promo_guard_habits::truth::{Truth, Verdict};
use promo_guard_tests::{habits, server, table};
use std::collections::BTreeMap;
use std::env;

/// Seeds that nothing else is made from.
const FIRST: u64 = 9_500_000;

#[derive(Default)]
struct Tally {
    harmful: u32,
    /// Abuse that leaves nothing in the tables: allowed, and all.
    unknowable: (u32, u32),
    unsafe_unpauses: Vec<String>,
    safe: u32,
    lifted: u32,
    /// Safe ones that are refused, by the checks that fail.
    refused: BTreeMap<String, u32>,
}

impl Tally {
    /// Each paused campaign that something happened to; of a batch every code.
    fn add(&mut self, db: &mut Client, seed: u64, shop: &Shop) {
        for truth in shop.truth.iter().filter(|truth| truth.paused) {
            for id in codes(shop, truth) {
                self.decision(db, seed, truth, id);
            }
        }
    }

    fn decision(&mut self, db: &mut Client, seed: u64, truth: &Truth, id: i64) {
        let plan = table(
            db,
            &format!(
                "SELECT allowed, verdict, array_to_string(failed_checks, ', ') FROM promo_guard.plan_unpause({id})"
            ),
        );
        let (allowed, verdict, failed) = (plan[0][0] == "t", &plan[0][1], &plan[0][2]);
        if truth.harmful && unknowable(truth) {
            self.unknowable = (self.unknowable.0 + u32::from(allowed), self.unknowable.1 + 1);
        } else if truth.harmful {
            self.harmful += 1;
            if allowed {
                let what = format!("shop {seed}: {:?} of campaign {id} is called {verdict}", truth.kind);
                self.unsafe_unpauses.push(what);
            }
        } else {
            // Where two explanations fit, refusing is right; the deciding fact can be announced.
            let decided =
                if truth.verdict == Verdict::Inconclusive { "two explanations fit" } else { "clear" };
            self.safe(db, id, allowed, &format!("{decided:<20}  {verdict}: {failed}"));
        }
    }

    fn safe(&mut self, db: &mut Client, id: i64, allowed: bool, why: &str) {
        self.safe += 1;
        self.lifted += u32::from(allowed);
        if !allowed {
            *self.refused.entry(why.to_owned()).or_default() += 1;
            let why =
                table(db, &format!("SELECT detail FROM promo_guard.check_unpause({id}) WHERE NOT passed"));
            assert!(why.iter().all(|detail| !detail[0].is_empty()), "{why:?}");
        }
    }
}

/// Abuse by people like those of every promotion of the shop: no reader of the tables can know.
fn unknowable(truth: &Truth) -> bool {
    truth.kind.is_abuse() && matches!(truth.also, Some(Verdict::FalsePositive | Verdict::Healthy))
}

/// The code that a truth is about, or the paused ones of its batch.
fn codes(shop: &Shop, truth: &Truth) -> Vec<i64> {
    let row = &shop.campaigns[truth.campaign];
    if row.max_total_uses != Some(1) {
        return vec![row.id];
    }
    let batch = shop.campaigns.iter().filter(|c| c.name == row.name && c.status == Status::Paused);
    batch.map(|c| c.id).take(5).collect()
}

#[test]
#[ignore = "slow"]
fn no_unsafe_campaign_of_shops_never_seen_is_allowed_and_every_refusal_has_its_reason() {
    let shops: u64 = env::var("UNPAUSE_SHOPS").ok().and_then(|n| n.parse().ok()).unwrap_or(30);
    let mut tally = Tally::default();
    for (n, region) in (0..shops).zip(Region::HELD_OUT.iter().cycle()) {
        let made = shop(FIRST + n, &Choice::of(*region));
        let (mut db, name) = server().empty_database();
        habits::load(&mut db, &made);
        tally.add(&mut db, FIRST + n, &made);
        drop(db);
        server().connect("postgres").batch_execute(&format!("DROP DATABASE {name}")).unwrap();
    }
    println!("{shops} shops: {} unsafe of {} harmful", tally.unsafe_unpauses.len(), tally.harmful);
    let (allowed, all) = tally.unknowable;
    println!("{allowed} of {all} allowed whose abuse leaves nothing in the tables");
    println!("{} of {} safe ones lifted; refused, by verdict and failed checks:", tally.lifted, tally.safe);
    for (why, n) in &tally.refused {
        println!("    {n:>4}  {why}");
    }
    assert!(tally.harmful > 10 && tally.safe > 5, "{} {}", tally.harmful, tally.safe);
    assert!(tally.unsafe_unpauses.is_empty(), "{}", tally.unsafe_unpauses.join("\n"));
}
