use super::*;
use crate::attempt::{Attempt, CodeHash};
use proptest::prelude::*;

const FROM: Micros = 0;
const UNTIL: Micros = 1_900_000;

/// What there is to add: digests, texts and the empty text, known and unknown users at the ends of their range.
fn attempts(most: usize) -> impl Strategy<Value = Vec<Attempt>> {
    let code = prop_oneof![
        4 => (0u8..6).prop_map(|n| CodeHash::Digest([n * 40; 32])),
        1 => "[A-Za-zé]{0,3}".prop_map(|text| CodeHash::read(&text)),
    ];
    let user = prop_oneof![1 => Just(None), 8 => (0i64..5).prop_map(Some), 1 => prop::sample::select(vec![i64::MIN, -1, i64::MAX]).prop_map(Some)];
    let one = (code, user, 0usize..6, -10_000i64..2_000_000).prop_map(|(code, user, outcome, at)| Attempt {
        code,
        user,
        outcome: Outcome::ALL[outcome],
        at,
    });
    prop::collection::vec(one, 0..most)
}

fn add(tally: &mut Tally, attempt: &Attempt) {
    let text = attempt.code.to_string();
    tally.add(Stored::Text(text.as_bytes()), attempt.user, attempt.outcome, attempt.at);
}

/// Splits rows into parts, tallies each, and merges them in some tree; each may travel as bytes at any time.
fn by_parts(rows: &[Attempt], limit: Limit, cuts: &[usize], joins: &[(usize, usize, bool)]) -> Picture {
    let mut parts: Vec<Tally> = cuts.iter().map(|_| Tally::new(FROM, UNTIL, limit)).collect();
    for (place, row) in rows.iter().enumerate() {
        add(&mut parts[cuts[place % cuts.len()] % cuts.len()], row);
    }
    let mut joins = joins.iter().cycle();
    while parts.len() > 1 {
        let (a, b, travels) = joins.next().expect("joins never end");
        let mut other = parts.swap_remove(a % parts.len());
        if *travels {
            other = Tally::from_bytes(&other.to_bytes(), Host::default()).expect("our own bytes");
        }
        let into = b % parts.len();
        parts[into].merge(other).expect("the same window");
    }
    parts.remove(0).finish()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_order_any_parts_any_tree_gives_the_picture(
        (rows, mixed) in attempts(80).prop_flat_map(|a| (Just(a.clone()), Just(a).prop_shuffle())),
        cuts in prop::collection::vec(0usize..6, 1..6),
        joins in prop::collection::vec((0usize..6, 0usize..6, any::<bool>()), 1..8),
    ) {
        let limit = Limit::attempts(1_000);
        prop_assert_eq!(by_parts(&mixed, limit, &cuts, &joins), Picture::of(FROM, UNTIL, rows));
    }

    #[test]
    fn past_the_limit_the_answer_is_bounded_adds_up_and_does_not_depend_on_the_way_either(
        (rows, mixed) in attempts(200).prop_flat_map(|a| (Just(a.clone()), Just(a).prop_shuffle())),
        cuts in prop::collection::vec(0usize..6, 1..6),
        joins in prop::collection::vec((0usize..6, 0usize..6, any::<bool>()), 1..8),
        limit in 1i64..60,
    ) {
        let limit = Limit::attempts(limit);
        let picture = by_parts(&rows, limit, &[0], &[(0, 0, false)]);
        prop_assert_eq!(&by_parts(&mixed, limit, &cuts, &joins), &picture);
        let within = rows.iter().filter(|a| (FROM..=UNTIL).contains(&a.at)).count();
        prop_assert_eq!(picture.events.len() as u64 + picture.uncounted, within as u64);
        prop_assert!(picture.events.len() <= limit.rows() && picture.codes.len() <= limit.codes());
        // what is kept is some of what there was
        let whole = Picture::of(FROM, UNTIL, rows);
        for pair in &picture.pairs {
            let code = whole.find(&picture.codes[pair.code as usize]).expect("a code that was tried");
            let same = whole.pairs[whole.pairs_of(code)].iter().find(|p| whole.user_of(p) == picture.user_of(pair)).expect("a pair that was there");
            prop_assert!(picture.events_of(pair).iter().all(|e| whole.events_of(same).contains(e)));
        }
    }

    #[test]
    fn damaged_bytes_are_an_error_and_never_a_panic(
        rows in attempts(30), flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4), cut in any::<prop::sample::Index>()
    ) {
        let mut tally = Tally::new(FROM, UNTIL, Limit::attempts(100));
        rows.iter().for_each(|row| add(&mut tally, row));
        let mut bytes = tally.to_bytes();
        for (place, value) in flips {
            let place = place.index(bytes.len());
            bytes[place] ^= value;
        }
        if let Ok(tally) = Tally::from_bytes(&bytes, Host::default()) {
            tally.finish();
        }
        let shorter = &bytes[..cut.index(bytes.len())];
        prop_assert!(Tally::from_bytes(shorter, Host::default()).is_err());
        prop_assert!(Tally::from_bytes(&[bytes.as_slice(), &[0]].concat(), Host::default()).is_err());
    }

    #[test]
    fn random_bytes_are_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Tally::from_bytes(&bytes, Host::default()).is_err());
    }
}

#[test]
fn parts_of_different_windows_do_not_mix() {
    let limit = Limit::attempts(10);
    let mut tally = Tally::new(0, 10, limit);
    assert!(tally.merge(Tally::new(0, 11, limit)).is_err());
    assert!(tally.merge(Tally::new(0, 10, Limit::attempts(11))).is_err());
    assert!(tally.merge(Tally::new(0, 10, limit)).is_ok());
    assert!(tally.is_empty());
}

#[test]
fn the_longest_window_there_is_has_room_for_its_ends() {
    let mut tally = Tally::new(Micros::MIN, Micros::MAX, Limit::attempts(10));
    tally.add(Stored::Text(b"a"), None, Outcome::Invalid, Micros::MIN);
    tally.add(Stored::Text(b"a"), None, Outcome::Invalid, Micros::MAX);
    let picture = tally.finish();
    assert_eq!(picture.events.len(), 2);
    assert_eq!(picture.events[0].at, 0);
}

/// One client's flood cannot push itself out of the sample, nor any popular code.
#[test]
fn a_flood_is_seen_past_the_limit_and_so_is_what_it_drowns() {
    let mut tally = Tally::new(0, 1_800_000_000, Limit::attempts(10_000));
    for n in 0..100_000i64 {
        tally.add(Stored::Text(format!("code {n}").as_bytes()), Some(1), Outcome::Invalid, 5_000_000);
        if n % 5 == 0 {
            tally.add(Stored::Text(b"popular"), Some(n), Outcome::Expired, n * 18_000);
        }
    }
    let picture = tally.finish();
    assert_eq!(picture.events.len() as u64 + picture.uncounted, 120_000);
    let popular = picture.find(&CodeHash::Text("popular".into())).expect("the popular code is kept");
    let users = picture.pairs_of(popular).len();
    let flood = picture.pairs.iter().filter(|pair| picture.user_of(pair) == Some(1)).count();
    assert!(users > 500 && flood > 100, "{users} users on the popular code, {flood} codes of the flood");
}

#[test]
fn bytes_are_the_same_code_as_their_digits() {
    for bytes in [vec![0xab; 32], vec![1, 2, 255], vec![]] {
        let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut tally = Tally::new(0, 10, Limit::attempts(10));
        tally.add(Stored::Bytes(&bytes), Some(1), Outcome::Invalid, 1);
        tally.add(Stored::Text(digits.as_bytes()), Some(1), Outcome::Invalid, 1);
        assert_eq!(tally.finish().codes, [CodeHash::read(&digits)]);
    }
}

/// A caller that waits for a tally can give up wherever it takes long: in a merge, in a thinning out, and while bytes are read.
#[test]
fn what_takes_long_pulses() {
    thread_local! {
        static PULSES: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
    }
    let pulses = || PULSES.replace(0);
    let host = Host { pulse: || PULSES.set(PULSES.get() + 1), ..Host::default() };
    let tally = |codes: std::ops::Range<u64>, limit| {
        let mut tally = Tally::new(0, 10, Limit::attempts(limit)).hosted(host);
        for code in codes {
            let mut digest = [0; 32];
            digest[..8].copy_from_slice(&code.to_le_bytes());
            tally.add(Stored::Bytes(&digest), Some(code as i64), Outcome::Invalid, 1);
        }
        tally
    };
    let many = 3 * PULSE as u64;
    let (mut a, b) = (tally(0..many, Limit::MOST), tally(many..2 * many, Limit::MOST));
    assert_eq!(pulses(), 0, "nothing took long");
    let bytes = b.to_bytes();
    let b = Tally::from_bytes(&bytes, host).expect("our own bytes");
    assert!(pulses() >= 6, "codes and rows");
    a.merge(b).expect("the same window");
    assert!(pulses() >= 3, "each row was looked at");
    a.fit(bytes.len());
    assert!(pulses() >= 6, "all were looked at to drop some");
    assert!(a.bytes_len() <= bytes.len() && !a.is_empty());
    drop(tally(0..many, many as i64));
    assert!(pulses() >= 2, "more codes than their limit");
}

/// What grows asks before it does, and never takes much more than it asked for.
#[test]
fn who_has_no_room_is_asked_first() {
    thread_local! {
        static LARGEST: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
    }
    const NO_MORE: usize = 1 << 20;
    let room = |bytes| {
        LARGEST.set(LARGEST.get().max(bytes));
        assert!(bytes < NO_MORE, "no room");
    };
    let fill = |most: u64| {
        let mut tally =
            Tally::new(0, 10, Limit::attempts(Limit::MOST)).hosted(Host { room, ..Host::default() });
        for code in 0..most {
            let mut digest = [0; 32];
            digest[..8].copy_from_slice(&code.to_le_bytes());
            tally.add(Stored::Bytes(&digest), Some(1), Outcome::Invalid, 1);
        }
        tally
    };
    let few = fill(1_000);
    assert!(LARGEST.get() >= 1_000 * size_of::<Row>() && LARGEST.get() < NO_MORE);
    assert_eq!(few.finish().events.len(), 1_000);
    let full = std::panic::catch_unwind(|| fill(1_000_000).len());
    assert!(full.is_err() && LARGEST.get() >= NO_MORE && LARGEST.get() < 4 * NO_MORE, "{}", LARGEST.get());
}
