//! Answers and verdicts as they are printed.

use super::step::{Look, State};
use super::*;
use crate::output::tests::rows;

fn answer(line: [&str; 5]) -> Answer {
    Answer { rows: rows("result reason campaign_id:id discount_type discount_value:int", &[&line]) }
}

#[test]
fn an_answer_says_what_to_do() {
    let asked = ProbeArguments::default();
    for (line, word, said) in [
        (
            ["ACCEPTED", "", "42", "PERCENT", "25"],
            "ACCEPTED",
            "of campaign 42 would be accepted now, for 25 % off.",
        ),
        (["ACCEPTED", "", "42", "FIXED", "1"], "ACCEPTED", "for 1 star off."),
        (["ACCEPTED", "", "42", "FREE", ""], "ACCEPTED", "costs nothing"),
        (["ACCEPTED", "", "42", "", ""], "ACCEPTED", "a grant"),
        (["INVALID", "UNKNOWN_CODE", "", "", ""], "INVALID (UNKNOWN_CODE)", "the pepper may be wrong"),
        (["EXPIRED", "PAUSED", "42", "PERCENT", "25"], "EXPIRED (PAUSED)", "promoctl show 42"),
        (["EXPIRED", "ENDED", "42", "PERCENT", "25"], "EXPIRED (ENDED)", "Compare valid_until"),
        (
            ["NOT_APPLICABLE", "ALREADY_USED", "42", "", ""],
            "NOT_APPLICABLE (ALREADY_USED)",
            "another test user",
        ),
        (
            ["NOT_APPLICABLE", "MOON\u{1b}", "42", "", ""],
            "NOT_APPLICABLE (MOON\\u001b)",
            "The reason: MOON\\u001b.",
        ),
    ] {
        let answer = answer(line);
        assert_eq!(answer.word(), word);
        let sentence = answer.sentence(&asked);
        assert!(sentence.contains(said), "{sentence}");
        assert_eq!(answer.accepted(), line[0] == "ACCEPTED");
    }
}

#[test]
fn what_was_not_looked_at_is_said() {
    let accepted = || answer(["ACCEPTED", "", "42", "PERCENT", "25"]);
    let asked = |user, product: Option<&str>| {
        let product = product.map(str::to_owned);
        accepted().sentence(&ProbeArguments { user, product, ..ProbeArguments::default() })
    };
    assert!(asked(None, None).ends_with("--user and --product."));
    assert!(asked(Some(7), None).ends_with("add --product."));
    assert!(asked(None, Some("star")).ends_with("--user."));
    assert!(asked(Some(7), Some("star")).ends_with("25 % off."));
}

#[test]
fn a_hash_is_64_hex_digits_and_what_is_none_is_not_repeated() {
    assert_eq!(checked(&"AB".repeat(32)).ok(), Some("ab".repeat(32)));
    for wrong in ["", "SUMMER26", &"g".repeat(64), &"a".repeat(63)] {
        let told = format!("{:?}", checked(wrong));
        assert!(told.contains("64 hex digits") && (wrong.is_empty() || !told.contains(wrong)), "{told}");
    }
}

#[test]
fn a_code_on_the_command_line_is_refused_and_not_repeated() {
    let signals = Signals::install().unwrap();
    let arguments = ProbeArguments { refused: vec!["SUMMER26".into()], ..ProbeArguments::default() };
    let told = format!("{:?}", hash(&arguments, &signals));
    assert!(told.contains("not taken from the command line") && !told.contains("SUMMER26"), "{told}");
}

const BEGIN: &str = "2026-11-23T20:05:00Z";

fn look(states: [&str; 3]) -> Look {
    let lines = ["attempt", "redemption", "settlement"].into_iter().zip(states).map(|(step, state)| {
        let id = if state == "WAITING" { "" } else { step };
        vec![step, state, BEGIN, "", id]
    });
    let lines: Vec<Vec<&str>> = lines.collect();
    let lines: Vec<&[&str]> = lines.iter().map(Vec::as_slice).collect();
    Look(rows("step state at:time detail id", &lines))
}

#[test]
fn steps_are_told_when_they_come_and_when_they_change() {
    let mut before = Look::default();
    let mut names = |look: &Look| {
        let news = look.news(&before);
        before = look.clone();
        news.iter().map(|step| (step.words("step"), State::of(&step))).collect::<Vec<_>>()
    };
    assert_eq!(names(&look(["WAITING", "WAITING", "WAITING"])), []);
    assert_eq!(names(&look(["DONE", "WAITING", "WAITING"])), [("attempt".to_owned(), State::Done)]);
    assert_eq!(names(&look(["DONE", "WAITING", "WAITING"])), []);
    assert_eq!(
        names(&look(["DONE", "PENDING", "PENDING"])),
        [("redemption".to_owned(), State::Pending), ("settlement".to_owned(), State::Pending)]
    );
    assert_eq!(names(&look(["DONE", "DONE", "PENDING"])), [("redemption".to_owned(), State::Done)]);
}

#[test]
fn the_open_step_is_the_first_that_is_not_done() {
    for (states, open) in [
        (["WAITING", "WAITING", "WAITING"], Some("attempt")),
        (["DONE", "PENDING", "WAITING"], Some("redemption")),
        (["DONE", "DONE", "PENDING"], Some("settlement")),
        (["DONE", "DONE", "DONE"], None),
        // A word of a later version is no end.
        (["DONE", "DONE", "REVIEWED"], Some("settlement")),
    ] {
        assert_eq!(look(states).open().map(|step| step.words("step")).as_deref(), open, "{states:?}");
    }
    assert!(look(["WAITING"; 3]).is_empty());
    assert!(!look(["DONE", "WAITING", "WAITING"]).is_empty());
    assert_eq!(
        look(["DONE", "FAILED", "WAITING"]).failed().map(|step| step.words("step")),
        Some("redemption".into())
    );
}

#[test]
fn only_violations_of_this_redemption_count() {
    let of = |redemption, purchase| rows("redemption_id purchase_id", &[&[redemption, purchase]]);
    let done = look(["DONE"; 3]);
    assert!(done.concerns(&of("redemption", "").first()));
    assert!(done.concerns(&of("", "settlement").first()));
    assert!(!done.concerns(&of("another", "other").first()));
    let open = look(["DONE", "DONE", "WAITING"]);
    assert!(!open.concerns(&of("", "").first()), "two that are missing are not the same");
}
