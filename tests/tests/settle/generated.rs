//! A simulated shop of 20,000 redemptions, healthy; then each rule broken a thousand times at random, among what only looks
//! broken: every plant is found once, and nothing else is.

use promo_guard_generator::Rule;
use promo_guard_tests::scoring::settle::{Broken, LOOK_ALIKES, PLANTS, REDEMPTIONS, bind, healthy, reported};
use promo_guard_tests::server;
use std::collections::BTreeMap;

#[test]
#[ignore = "slow"]
fn healthy_data_have_no_violation_and_every_plant_among_look_alikes_is_found_exactly_once() {
    let healthy = healthy();
    assert!(healthy.redemptions.len() > REDEMPTIONS * 9 / 10, "{}", healthy.redemptions.len());
    let (mut db, _) = server().empty_database();
    bind(&mut db, &healthy, "healthy");
    assert_eq!(reported(&mut db), BTreeMap::new());

    for (place, rule) in Rule::ALL.iter().enumerate() {
        let broken = Broken::of(&mut db, &healthy, place);
        assert!(broken.planted >= PLANTS * 9 / 10, "{rule}: {} planted", broken.planted);
        let (missed, false_alarms) = (broken.missed(), broken.false_alarms());
        assert!(
            missed.is_empty() && false_alarms.is_empty(),
            "{rule}: missed {:?}, false alarms {:?}",
            missed.first(),
            false_alarms.first()
        );
        for line in &broken.summary {
            let count = if line[0] == rule.as_str() { broken.planted } else { 0 };
            assert_eq!(
                (line[1].as_str(), line[3].as_str()),
                (count.to_string().as_str(), "∅"),
                "{rule}: {line:?}"
            );
        }
        let pending: i64 = broken.summary.iter().map(|line| line[2].parse::<i64>().unwrap()).sum();
        assert!(pending >= 4 * LOOK_ALIKES as i64, "{rule}: {pending} pending");
        println!("{rule}: {} of {}, pending {pending}", broken.found.len(), broken.planted);
    }
}
