//! Whatever the attempts: an answer, of every failure once, that depends on nothing but what happened.

use super::scene::{MINUTE, campaign, code};
use crate::attempt::{Attempt, CodeHash, Outcome};
use crate::clusters::{
    Abuse, Clusters, Draft, Earlier, Facts, Kind, Known, Picture, Ruling, Seen, Settings, Slot, Status,
    closer, closest, group,
};
use crate::policy::Policy;
use crate::triage::{Pause, Stretch, Trail};
use proptest::prelude::*;
use std::collections::HashSet;

fn attempts(most: usize) -> impl Strategy<Value = Vec<Attempt>> {
    let one = (0u32..40, prop::option::weighted(0.9, 0i64..60), 0usize..6, -5i64..1_805).prop_map(
        |(n, user, outcome, second)| Attempt {
            code: code(n),
            user,
            outcome: Outcome::ALL[outcome],
            at: second * 1_000_000,
        },
    );
    prop::collection::vec(one, 0..most)
}

fn paused_at(at: i64) -> Pause {
    let trail = Trail { updated_at: Some(at), ..Trail::default() };
    trail.pause(Policy::default().guard(), &[], at, Policy::default().verdict_reach())
}

fn known() -> impl Strategy<Value = Vec<(u32, Known)>> {
    let moment = || prop::option::of(-10i64..40).prop_map(|m| m.map(|m| m * MINUTE));
    let pause = (-10i64..40, prop::option::of(0i64..20)).prop_map(|(from, length)| Stretch {
        from: from * MINUTE,
        until: length.map(|l| (from + l) * MINUTE),
    });
    let earlier =
        (0i64..2000, 0u32..2000, 0u32..2000, moment()).prop_map(|(over, users, accepted, last_accepted)| {
            Earlier { over: over * MINUTE, users, accepted, last_accepted }
        });
    let status = prop::sample::select(vec![
        Status::Active,
        Status::Paused,
        Status::Expired,
        Status::Depleted,
        Status::Other,
    ]);
    let one = (
        (0u32..20, status, moment(), moment(), moment()),
        (prop::option::of(0i64..100), any::<bool>(), any::<bool>(), any::<bool>()),
        (prop::collection::vec(pause, 0..3), prop::option::of(earlier)),
    )
        .prop_map(
            |(
                (n, status, updated_at, valid_from, valid_until),
                (limit, audience, scope_known, recorded),
                (pauses, earlier),
            )| {
                let known = Known {
                    status,
                    pause: updated_at.filter(|_| status == Status::Paused).map(paused_at),
                    valid_from,
                    valid_until,
                    max_total_uses: limit,
                    used_total: limit,
                    audience,
                    scope_known,
                    pauses,
                    pauses_recorded: recorded,
                    earlier,
                    ..campaign(i64::from(n) + 1)
                };
                (n, known)
            },
        );
    prop::collection::vec(one, 0..12).prop_map(|mut all| {
        all.sort_by_key(|(n, _)| *n);
        all.dedup_by_key(|(n, _)| *n);
        all
    })
}

fn slots() -> impl Strategy<Value = Vec<Slot>> {
    prop::collection::vec(
        (0.0f64..50.0, 0.0f64..50.0).prop_map(|(attempts, invalid)| Slot { attempts, invalid }),
        0..4,
    )
}

/// Small numbers, so that every kind comes up among a few hundred attempts.
fn eager() -> Settings {
    Settings {
        storm_tries: 4,
        abuse_visits: 3,
        abuse_users: 2,
        surge_ratio: 2.0,
        surge_users: 3,
        config_users: 2,
        mistyped_users: 2,
        guessed_codes: 2,
        guessing_users: 3,
        guessing_ratio: 1.5,
        ..Settings::default()
    }
}

fn facts(
    picture: &Picture,
    known: &[(u32, Known)],
    slots: &[Slot],
    rename: impl Fn(u32) -> CodeHash,
) -> Facts {
    let known = known
        .iter()
        .filter_map(|(n, known)| Some(Known { code: picture.find(&rename(*n))?, ..known.clone() }))
        .collect();
    Facts { known, slots: slots.to_vec(), ..Facts::default() }
}

type Pairs = Vec<(CodeHash, Option<i64>)>;

/// The division as sets of pairs: what is left of it without ids and order.
fn division(picture: &Picture, clusters: &Clusters, user: impl Fn(i64) -> i64) -> Vec<(String, Pairs)> {
    let mut sets: Vec<_> = clusters
        .clusters
        .iter()
        .enumerate()
        .map(|(i, c)| {
            let mut pairs: Vec<_> = clusters
                .of_pair
                .iter()
                .zip(&picture.pairs)
                .filter(|(of, _)| **of == i as u32)
                .map(|(_, p)| (picture.codes[p.code as usize].clone(), picture.user_of(p).map(&user)))
                .collect();
            pairs.sort_unstable();
            (format!("{} {:?} {}", c.kind.name(), c.campaign, c.attempts), pairs)
        })
        .collect();
    sets.sort_unstable();
    sets
}

fn check(picture: &Picture, clusters: &Clusters, settings: &Settings) {
    let mut attempts = vec![0u64; clusters.clusters.len()];
    let mut who = vec![(HashSet::new(), HashSet::new()); clusters.clusters.len()];
    for (place, pair) in clusters.of_pair.iter().zip(&picture.pairs) {
        let failed =
            picture.events_of(pair).iter().filter(|e| settings.failures.contains(e.outcome)).count() as u64;
        assert_eq!(
            failed > 0,
            *place != Clusters::NONE,
            "every failed pair is in one cluster, and no other is"
        );
        if let Some(sum) = attempts.get_mut(*place as usize) {
            *sum += failed;
            let (users, codes) = &mut who[*place as usize];
            users.extend(pair.user);
            codes.insert(pair.code);
        }
    }
    for ((cluster, sum), (users, codes)) in clusters.clusters.iter().zip(attempts).zip(who) {
        assert_eq!((cluster.users, cluster.codes), (users.len() as u64, codes.len() as u64));
        assert_eq!((cluster.attempts, cluster.results.iter().sum::<u64>()), (sum, sum));
        assert_eq!(cluster.series.iter().map(|n| u64::from(*n)).sum::<u64>(), sum);
        assert!(sum > 0 && cluster.peak_per_minute > 0 && cluster.peak_per_minute <= sum);
        assert!(cluster.recovered_users <= cluster.users && cluster.score.is_finite());
        assert!(picture.from <= cluster.first_seen && cluster.first_seen <= cluster.last_seen);
        assert!(cluster.last_seen <= picture.until);
        assert!(
            cluster.explanation.ends_with('.') && !cluster.explanation.contains("  "),
            "{}",
            cluster.explanation
        );
    }
    let mut ids: Vec<_> = clusters.clusters.iter().map(|c| &c.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), clusters.clusters.len(), "{ids:?}");
    assert!(clusters.clusters.is_sorted_by(|a, b| a.score >= b.score));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Codes on which each user tried once take a short way, but where something is known of the half hour before: a new user's success
    /// then, which says nothing about any user, must change nothing.
    #[test]
    fn the_short_way_of_plain_codes_leads_to_the_same(rows in attempts(400), known in known()) {
        let mut seen = HashSet::new();
        let rows: Vec<Attempt> =
            rows.into_iter().filter(|a| seen.insert((a.code.clone(), a.user))).collect();
        let before = (0..40).map(|n| Attempt { code: code(n), user: Some(1_000), outcome: Outcome::Accepted, at: 0 });
        let before = Picture::of(-1, 1, before);
        let picture = Picture::of(0, 30 * MINUTE, rows);
        let plain = facts(&picture, &known, &[], code);
        let long = Facts { before: Some(before), ..plain.clone() };
        for settings in [Settings::default(), eager()] {
            prop_assert_eq!(group(&picture, &plain, &settings), group(&picture, &long, &settings));
        }
    }

    /// What is settled by the first answers is not looked at again: the second questions are those of one who looks at all anew.
    #[test]
    fn the_second_questions_do_not_depend_on_having_asked_the_first(
        rows in attempts(400), known in known(), customers in prop::collection::hash_set(0i64..60, 0..60)
    ) {
        let picture = Picture::of(0, 30 * MINUTE, rows);
        for settings in [Settings::default(), eager()] {
            let mut facts = facts(&picture, &known, &[], code);
            let mut draft = Draft::of(&picture, &facts.known, &settings, &mut || ());
            let asked = closest(&mut draft, &picture, &facts, &settings, &mut || ()).users;
            let users = asked.iter().copied().filter(|user| customers.contains(user)).collect();
            facts.seen = Some(Seen { asked, users, codes: Vec::new() });
            let mut anew = Draft::of(&picture, &facts.known, &settings, &mut || ());
            prop_assert_eq!(
                closest(&mut draft, &picture, &facts, &settings, &mut || ()),
                closest(&mut anew, &picture, &facts, &settings, &mut || ())
            );
        }
    }

    #[test]
    fn a_cleared_campaign_has_no_attackers_and_all_others_are_divided_as_before(
        rows in attempts(400), known in known(), slots in slots(), nth in 0usize..4
    ) {
        let picture = Picture::of(0, 30 * MINUTE, rows);
        let facts = facts(&picture, &known, &slots, code);
        let settings = eager();
        let divide = || Draft::of(&picture, &facts.known, &settings, &mut || ())
            .divide(&picture, &facts, &settings, &mut || ());
        let before = divide();
        let accused = before.doubtful();
        let any: Vec<i64> = facts.known.iter().map(|known| known.campaign).collect();
        let from = if accused.is_empty() { any } else { accused };
        let cleared: HashSet<i64> = from.get(nth % from.len().max(1)).copied().into_iter().collect();
        let mut after = divide();
        let none = Ruling { abuse: Abuse::Excluded, fault: false };
        after.follow(&cleared.iter().map(|id| (*id, none)).collect(), &mut || ());
        prop_assert!(after.doubtful().iter().all(|id| !cleared.contains(id)));
        let (before, after) = (before.all(&mut || ()), after.all(&mut || ()));
        check(&picture, &after, &settings);
        let others = |clusters: &Clusters| {
            let mut all: Vec<_> = clusters.clusters.iter()
                .filter(|c| c.kind != Kind::Background && c.campaign.is_none_or(|id| !cleared.contains(&id)))
                .map(|c| (c.id.clone(), c.attempts, c.users))
                .collect();
            all.sort();
            all
        };
        prop_assert_eq!(others(&before), others(&after));
    }

    #[test]
    fn every_failed_pair_is_in_one_cluster_and_counts_add_up(rows in attempts(400), known in known(), slots in slots()) {
        let picture = Picture::of(0, 30 * MINUTE, rows);
        let facts = facts(&picture, &known, &slots, code);
        for settings in [Settings::default(), eager()] {
            let all = group(&picture, &facts, &settings);
            check(&picture, &all, &settings);
            let pulse = &mut || ();
            let division = Draft::of(&picture, &facts.known, &settings, pulse).divide(&picture, &facts, &settings, pulse);
            for most in [0, 1, 3, usize::MAX] {
                prop_assert_eq!(&division.worst(most, pulse), &all.clusters[..most.min(all.clusters.len())]);
            }
            let closer = closer(&Draft::of(&picture, &facts.known, &settings, &mut || ()), &picture, &settings);
            prop_assert!(closer.codes.iter().all(|c| facts.known.iter().any(|k| k.code == *c)));
        }
    }

    #[test]
    fn the_order_of_attempts_and_facts_does_not_matter(
        (rows, mixed) in attempts(400).prop_flat_map(|a| (Just(a.clone()), Just(a).prop_shuffle())),
        (known, reversed) in known().prop_map(|k| (k.clone(), k.into_iter().rev().collect::<Vec<_>>())),
    ) {
        let (a, b) = (Picture::of(0, 30 * MINUTE, rows), Picture::of(0, 30 * MINUTE, mixed));
        let one = group(&a, &facts(&a, &known, &[], code), &eager());
        let two = group(&b, &facts(&b, &reversed, &[], code), &eager());
        prop_assert_eq!(one, two);
    }

    #[test]
    fn other_names_for_users_and_codes_change_ids_alone(rows in attempts(400), known in known()) {
        // both orders are turned round, so that nothing can hang on who comes first
        let other = |n: u32| code(1_000 - n);
        let renamed = rows.iter().map(|a| {
            let CodeHash::Digest(bytes) = &a.code else { unreachable!("scenes have digests") };
            let n = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
            Attempt { code: other(n), user: a.user.map(|u| 5_000 - u), ..a.clone() }
        });
        let back = |hash: &CodeHash| {
            let CodeHash::Digest(bytes) = hash else { unreachable!("scenes have digests") };
            code(1_000 - u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
        };
        let b = Picture::of(0, 30 * MINUTE, renamed);
        let a = Picture::of(0, 30 * MINUTE, rows.clone());
        let one = group(&a, &facts(&a, &known, &[], code), &eager());
        let two = group(&b, &facts(&b, &known, &[], other), &eager());
        let there: Vec<_> = {
            let mut sets = division(&b, &two, |u| 5_000 - u);
            for (_, pairs) in &mut sets {
                pairs.iter_mut().for_each(|(hash, _)| *hash = back(hash));
                pairs.sort_unstable();
            }
            sets.sort_unstable();
            sets
        };
        prop_assert_eq!(division(&a, &one, |u| u), there);
    }
}

fn every_outcome(at: &[i64], users: &[Option<i64>], codes: &[u32]) -> Vec<Attempt> {
    let mut rows = Vec::new();
    for at in at {
        for user in users {
            for n in codes {
                for outcome in Outcome::ALL {
                    rows.push(Attempt { code: code(*n), user: *user, outcome, at: *at });
                }
            }
        }
    }
    rows
}

#[test]
fn extremes_of_time_and_number_give_an_answer() {
    let extremes = [i64::MIN, -1, 0, 1, i64::MAX];
    let users = [None, Some(i64::MIN), Some(0), Some(i64::MAX)];
    for (from, until) in [(i64::MIN, i64::MAX), (0, 0), (i64::MAX, i64::MAX), (-1, i64::MAX), (5, 1)] {
        let rows = every_outcome(&extremes, &users, &[0, 1]);
        let picture = Picture::of(from, until, rows);
        let pauses = vec![
            Stretch { from: i64::MIN, until: Some(i64::MAX) },
            Stretch { from: i64::MAX, until: None },
            Stretch { from: 5, until: Some(1) },
        ];
        for recorded in [true, false] {
            let known = Known {
                status: Status::Paused,
                pause: Some(paused_at(i64::MIN)),
                valid_from: Some(i64::MAX),
                valid_until: Some(i64::MIN),
                max_total_uses: Some(i64::MIN),
                pauses: pauses.clone(),
                pauses_recorded: recorded,
                earlier: Some(Earlier {
                    over: i64::MAX,
                    users: u32::MAX,
                    accepted: 0,
                    last_accepted: Some(i64::MIN),
                }),
                ..campaign(i64::MIN)
            };
            let slots = [Slot { attempts: f64::MAX, invalid: 0.0 }];
            let facts = facts(&picture, &[(0, known)], &slots, code);
            for settings in [Settings::default(), eager()] {
                check(&picture, &group(&picture, &facts, &settings), &settings);
            }
        }
    }
}

#[test]
fn an_empty_window_has_no_cluster_and_a_place_that_is_none_is_passed_over() {
    let picture = Picture::of(0, 30 * MINUTE, []);
    let facts = Facts { known: vec![Known { code: 7, ..campaign(1) }], ..Facts::default() };
    assert_eq!(group(&picture, &facts, &Settings::default()), Clusters::default());
    assert!(
        closer(
            &Draft::of(&picture, &facts.known, &Settings::default(), &mut || ()),
            &picture,
            &Settings::default()
        )
        .codes
        .is_empty()
    );
}

#[test]
fn a_crowd_on_one_code_and_a_crowd_of_codes_are_answered() {
    let one_code = (0..100_000i64).map(|i| Attempt {
        code: code(0),
        user: Some(i % 50_000),
        outcome: Outcome::Invalid,
        at: i * 18_000,
    });
    let many_codes = (0..100_000i64).map(|i| Attempt {
        code: code(i as u32),
        user: (i % 2 == 0).then_some(i % 1_000),
        outcome: Outcome::Invalid,
        at: i * 18_000,
    });
    let settings = Settings::default();
    for picture in [Picture::of(0, 30 * MINUTE, one_code), Picture::of(0, 30 * MINUTE, many_codes)] {
        check(&picture, &group(&picture, &Facts::default(), &settings), &settings);
    }
}
