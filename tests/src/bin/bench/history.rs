//! What the status history costs the application.

use crate::figure::{Figure, RUNS, median};
use postgres::Client;
use std::time::Instant;

/// The application's update of `used_total` with the status history attached and without, run in turns.
pub fn history(db: &mut Client) -> Figure {
    // As an application does it: prepared, each in a transaction of its own, over its connection.
    let update =
        db.prepare("UPDATE promo_codes SET used_total = used_total + 1 WHERE id = $1").expect("prepare");
    let mut times = [Vec::new(), Vec::new()];
    for run in 0..=2 * RUNS {
        for (change, times) in ["attach_history", "detach_history"].iter().zip(&mut times) {
            db.batch_execute(&format!("SELECT promo_guard.{change}()")).expect(change);
            db.batch_execute("VACUUM promo_codes").expect("VACUUM");
            let began = Instant::now();
            for i in 0..5_000i64 {
                db.execute(&update, &[&(i % 2_000 + 1)]).expect("update");
            }
            // the first turn only warms up
            if run > 0 {
                times.push(began.elapsed().as_secs_f64());
            }
        }
    }
    let [ours, theirs] = times.map(median);
    Figure {
        what: "UPDATE of used_total",
        against: "the same without the history",
        ours,
        theirs,
        must: Some(1.05),
        aim: Some(1.0),
    }
}
