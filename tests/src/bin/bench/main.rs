//! Ratios taken in one run, medians, printed beside the limit and the aim, and written to `target/bench`. It reports and never
//! fails: tests assert behaviour. With names of parts as arguments (settlement, history, clusters, cancel, unpause, bake,
//! judgement) it runs only those.

mod bake;
mod cancel;
mod clusters;
mod figure;
mod history;
mod judgement;
mod settlement;
mod unpause;

use figure::{RUNS, Row, show, show_all, write};
use promo_guard_tests::Server;
use std::env;

fn main() {
    let asked: Vec<String> = env::args().skip(1).collect();
    let wanted = |room: &str| asked.is_empty() || asked.iter().any(|a| a == room);
    println!("Throw-away server, release build, medians of {RUNS} runs.");
    if wanted("settlement") || wanted("history") {
        println!("{} redemptions with purchases, vacuumed.", settlement::REDEMPTIONS);
        let server = Server::start(&["shared_buffers=512MB"]);
        let (mut db, _) = server.database();
        settlement::settlement_data(&mut db);
        if wanted("settlement") {
            let figures = settlement::settlement(&mut db);
            show(&figures);
            let planted = settlement::planted(&server);
            show(&planted);
            let rows: Vec<Row> =
                figures.into_iter().map(Row::from).chain(planted.into_iter().map(Row::from)).collect();
            write("settlement", &rows);
        }
        if wanted("history") {
            let figures = [history::history(&mut db)];
            show(&figures);
            write("history", &figures);
        }
    }
    if wanted("clusters") || wanted("cancel") {
        clusters::run(wanted("clusters"), wanted("cancel"));
    }
    if wanted("judgement") {
        judgement::run();
    }
    if wanted("unpause") {
        unpause::run();
    }
    if wanted("bake") {
        bake::run();
    }
    show_all();
}
