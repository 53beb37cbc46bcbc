//! The traps of DOMAIN.md, each by its number.

use super::scene::{MINUTE, SECOND, Scene, campaign, none, only};
use crate::attempt::Outcome::{Accepted, Expired, Invalid, NotApplicable, RateLimited};
use crate::clusters::{Abuse, Earlier, Kind, Known, Ruling, Seen, Status};
use crate::triage::Stretch;

fn paused(id: i64, from: i64) -> Known {
    Known {
        status: Status::Paused,
        pauses: vec![Stretch { from, until: None }],
        pauses_recorded: true,
        ..campaign(id)
    }
}

#[test]
fn trap_1_customers_of_a_paused_code_are_an_echo_and_its_attackers_another_cluster() {
    let mut scene = Scene::default().with(paused(1, 2 * MINUTE));
    for user in 0..40 {
        for visit in 0..9 {
            let outcome = if visit == 0 { NotApplicable } else { Expired };
            scene.attempt(user * SECOND + visit * 3 * MINUTE, 1_000 + user, 1, outcome);
        }
    }
    for user in 0..200 {
        scene.attempt(2 * MINUTE + user * 8 * SECOND, user, 1, Expired);
        scene.attempt(3 * MINUTE + user * 8 * SECOND, user, 1, Expired);
    }
    let clusters = scene.clusters();
    let attack = only(&clusters, Kind::AbusedCode);
    let echo = only(&clusters, Kind::PauseEcho);
    assert_eq!((attack.id.as_str(), attack.users, attack.attempts), ("c1:ABUSED_CODE", 40, 360));
    assert_eq!((echo.id.as_str(), echo.users, echo.attempts), ("c1:PAUSE_ECHO", 200, 400));
    assert!(attack.score > echo.score);
    assert!(echo.explanation.contains("no evidence of abuse"), "{}", echo.explanation);
    assert!(attack.needs_action && !echo.needs_action);
}

#[test]
fn a_cluster_says_no_more_than_the_verdict() {
    let mut scene = Scene::default().with(campaign(1));
    for user in 0..40 {
        for visit in 0..9 {
            scene.attempt(user * SECOND + visit * 3 * MINUTE, 1_000 + user, 1, NotApplicable);
        }
    }
    let only = |rulings: &[(i64, Ruling)]| {
        let clusters = scene.clusters_by(rulings).clusters;
        assert_eq!((clusters.len(), clusters[0].attempts), (1, 360));
        let cluster = &clusters[0];
        // What the verdict leaves open or finds needs action.
        assert_eq!(cluster.needs_action, !cluster.explanation.ends_with("The verdict finds no abuse."));
        (cluster.kind, cluster.explanation.clone())
    };
    let by = |abuse, fault| only(&[(1, Ruling { abuse, fault })]);
    assert_eq!(only(&[]).0, Kind::AbusedCode);
    assert_eq!(by(Abuse::Found, false).0, Kind::AbusedCode);
    assert_eq!(by(Abuse::Excluded, true).0, Kind::ConfigFailure);
    let (kind, says) = by(Abuse::Possible, false);
    assert_eq!(kind, Kind::Surge);
    assert!(says.contains("360 rejections, 9.0 each") && says.contains("cannot tell"), "{says}");
    let (kind, says) = by(Abuse::Excluded, false);
    assert!(kind == Kind::Surge && says.ends_with("The verdict finds no abuse."), "{says}");
}

#[test]
fn new_users_in_a_crowd_are_leaked_to_where_the_verdict_says_so() {
    let usual = Earlier { over: 600 * MINUTE, users: 20, accepted: 20, last_accepted: None };
    let mut scene = Scene::default().with(Known { earlier: Some(usual), ..campaign(1) });
    for user in 0..60 {
        scene.attempt(user * 4 * SECOND, user, 1, Accepted);
        scene.attempt(MINUTE + user * 4 * SECOND, user, 1, NotApplicable);
    }
    let nobody = (0..60).collect();
    scene.facts.seen = Some(Seen { asked: nobody, ..Seen::default() });
    let leak = only(&scene.clusters(), Kind::LeakedCode).explanation.clone();
    assert!(leak.contains("appears leaked") && leak.contains("(normal: 2.0 users an hour)"), "{leak}");
    let open = scene.clusters_by(&[(1, Ruling { abuse: Abuse::Possible, fault: false })]);
    let surge = only(&open, Kind::Surge);
    assert_eq!((surge.users, surge.attempts, surge.accepted, open.clusters.len()), (60, 60, 60, 1));
    assert!(!surge.explanation.contains("leak"), "{}", surge.explanation);
}

#[test]
fn one_unknown_code_of_many_users_is_no_guess() {
    let mut scene = Scene::default().with(campaign(1));
    for user in 0..480 {
        scene.attempt(user * 3 * SECOND, user, 900, Invalid);
        if user % 3 == 0 {
            scene.attempt(user * 3 * SECOND + 11 * SECOND, user, 900, Invalid);
        }
    }
    scene.attempt(20 * MINUTE, 7, 1, Accepted);
    // Other people make one typo each, and two guess.
    for user in 1_000..1_010 {
        scene.attempt((user - 1_000) * MINUTE, user, user as u32, Invalid);
    }
    for n in 0..40u32 {
        scene.attempt(i64::from(n) * 10 * SECOND, 2_000, 5_000 + n, Invalid);
    }
    scene.attempt(6 * MINUTE, 2_000, 900, Invalid);
    let clusters = scene.clusters();
    let one = only(&clusters, Kind::UnknownCode);
    assert_eq!((one.users, one.attempts, one.codes, one.campaign), (480, 640, 1, None));
    assert!(one.explanation.contains("480 users sent it 640 times"), "{}", one.explanation);
    assert_eq!(only(&clusters, Kind::Enumeration).codes, 41, "a guesser who sends it is a guesser");
    assert_eq!(only(&clusters, Kind::Background).users, 10);
}

#[test]
fn an_unknown_code_that_comes_up_all_day_or_is_hammered_has_no_cluster_of_its_own() {
    let mut rare = Scene::default();
    for user in 0..24 {
        rare.attempt(user * MINUTE, user, 900, Invalid);
    }
    none(&rare.clusters(), Kind::UnknownCode);
    let mut often = Scene::default();
    for user in 0..30 {
        for n in 0..9 {
            often.attempt(user * SECOND + n * MINUTE, user, 900, Invalid);
        }
    }
    none(&often.clusters(), Kind::UnknownCode);
}

#[test]
fn trap_1_without_a_history_the_answers_say_when_it_was_paused() {
    let unrecorded = Known { status: Status::Paused, ..campaign(1) };
    let mut scene = Scene::default().with(unrecorded);
    for user in 0..100 {
        scene.attempt(user * 5 * SECOND, user, 1, Accepted);
    }
    for user in 100..300 {
        scene.attempt(9 * MINUTE + user * SECOND, user, 1, Expired);
        scene.attempt(9 * MINUTE + (user + 3) * SECOND, user, 1, RateLimited);
    }
    let clusters = scene.clusters();
    assert_eq!(only(&clusters, Kind::PauseEcho).users, 200);
    assert_eq!(clusters.clusters.len(), 1);
}

#[test]
fn trap_4_a_misprint_is_told_from_guessing_by_what_its_users_do_next() {
    let mut scene = Scene::default().with(campaign(1));
    for user in 0..60 {
        scene.attempt(user * 20 * SECOND, user, 900, Invalid);
        if user % 5 != 0 {
            scene.attempt(user * 20 * SECOND + MINUTE, user, 1, Accepted);
        }
    }
    // the same number of people, each with a guess of their own that leads nowhere
    let mut guess = scene.clone();
    for user in 0..200 {
        guess.attempt(10 * MINUTE + user * 2 * SECOND, 10_000 + user, 1_000 + (user % 80) as u32, Invalid);
    }
    let clusters = guess.clusters();
    let misprint = only(&clusters, Kind::MistypedCode);
    assert_eq!((misprint.campaign, misprint.users, misprint.codes), (Some(1), 60, 1));
    assert_eq!(misprint.recovered_users, 48);
    let guesses = only(&clusters, Kind::Enumeration);
    assert_eq!((guesses.users, guesses.codes, guesses.campaign), (200, 80, None));
    assert!(guesses.score > misprint.score);
    none(&scene.clusters(), Kind::Enumeration);
}

#[test]
fn trap_4_few_users_with_many_codes_guess_and_a_success_does_not_exonerate() {
    let mut scene = Scene::default().with(campaign(1));
    for n in 0..300u32 {
        scene.attempt(i64::from(n) * 4 * SECOND, 7, 1_000 + n, Invalid);
    }
    scene.attempt(10 * MINUTE + SECOND, 7, 1, Accepted);
    for n in 0..2 {
        scene.attempt(i64::from(n) * MINUTE, 8, 5_000 + n, Invalid);
    }
    scene.attempt(3 * MINUTE, 8, 1, Accepted);
    assert_eq!(scene.kind_of(7, 1_000), Some(Kind::Enumeration));
    assert_eq!(scene.kind_of(8, 5_000), Some(Kind::Background), "two slips, then the right code");
}

#[test]
fn trap_5_a_loop_is_no_abuse() {
    let mut scene = Scene::default().with(campaign(1));
    for user in 0..4 {
        scene.attempt(MINUTE + user * SECOND, user, 1, Accepted);
        for n in 1..60 {
            scene.attempt(MINUTE + user * SECOND + n * SECOND / 3, user, 1, NotApplicable);
        }
    }
    let clusters = scene.clusters();
    let storm = only(&clusters, Kind::RetryStorm);
    assert_eq!((storm.users, storm.attempts), (4, 236));
    assert_eq!(clusters.clusters.len(), 1);
}

#[test]
fn trap_6_customers_hidden_by_the_limiter_are_no_attackers() {
    let mut scene = Scene::default().with(paused(1, 0));
    for user in 0..120 {
        for tap in 0..12 {
            let outcome = if tap < 5 { Expired } else { RateLimited };
            scene.attempt(user * 12 * SECOND + tap * 15 * SECOND, user, 1, outcome);
        }
    }
    let clusters = scene.clusters();
    let echo = only(&clusters, Kind::PauseEcho);
    assert_eq!((echo.users, echo.results[RateLimited as usize]), (120, 840));
    assert_eq!(clusters.clusters.len(), 1);
    assert!(echo.explanation.contains("840 rate limited"), "{}", echo.explanation);
}

#[test]
fn trap_14_attempts_of_nobody_are_no_group() {
    let mut scene = Scene::default();
    for n in 0..400u32 {
        scene.attempt(i64::from(n) * 4 * SECOND, 0, 1_000 + n, Invalid);
    }
    scene.attempts.iter_mut().for_each(|a| a.user = None);
    let clusters = scene.clusters();
    let rest = only(&clusters, Kind::Background);
    assert_eq!((clusters.clusters.len(), rest.users, rest.attempts), (1, 0, 400));
}

#[test]
fn trap_15_a_popular_code_does_not_fuse_what_else_its_users_do() {
    let mut scene = Scene::default().with(paused(1, 0)).with(campaign(2));
    for user in 0..300 {
        scene.attempt(user * 5 * SECOND, user, 1, Expired);
    }
    // a misprint of another campaign's code, and a guesser: all of them customers of the popular one
    for user in 0..40 {
        scene.attempt(user * 10 * SECOND, user, 900, Invalid);
        scene.attempt(user * 10 * SECOND + 30 * SECOND, user, 2, Accepted);
    }
    for n in 0..50u32 {
        scene.attempt(i64::from(n) * 30 * SECOND, 299, 5_000 + n, Invalid);
    }
    let clusters = scene.clusters();
    assert_eq!(only(&clusters, Kind::PauseEcho).users, 300);
    assert_eq!(only(&clusters, Kind::MistypedCode).campaign, Some(2));
    assert_eq!(only(&clusters, Kind::Enumeration).users, 1);
    assert_eq!(clusters.clusters.len(), 3);
}
