//! The commands, a file each.

mod announce;
mod check;
mod classify;
mod clusters;
mod completions;
mod doctor;
mod drift;
mod escalations;
mod fix;
mod incident;
mod man;
mod pause;
mod paused;
mod probe;
mod report;
mod rotate;
mod scaffold;
mod settle;
mod setup;
mod show;
mod triage;
mod unpause;
mod watch;
mod window;

use std::io::{self, IsTerminal};

use crate::args::{Arguments, Command, Format};
use crate::error::{Error, Status};
use crate::output::{Printing, no_csv};
use crate::session::Session;
use crate::signals::Signals;

/// Connects and does what was asked.
pub fn run(arguments: &Arguments, signals: &Signals) -> Result<Status, Error> {
    let printing = Printing {
        format: arguments.output,
        terminal: io::stdout().is_terminal(),
        csv_raw: arguments.csv_raw,
    };
    // What can be refused without a server is refused before one is asked for a password.
    let connect = || Session::open(&arguments.connection, signals);
    match &arguments.command {
        Command::Triage(_) if printing.format == Format::Csv => Err(no_csv()),
        Command::Triage(triage) => {
            triage::check(triage, printing)?;
            triage::run(triage, &mut connect()?, signals, printing)
        }
        Command::Show(_) if printing.format == Format::Csv => Err(no_csv()),
        Command::Show(show) => show::run(show, &mut connect()?, printing),
        Command::Classify(classify) => classify::run(classify, &mut connect()?, printing),
        Command::Announce(announce) => announce::run(announce, &mut connect()?, printing),
        Command::Paused(paused) => paused::run(paused, &mut connect()?, printing),
        Command::Clusters(clusters) => clusters::run(clusters, &mut connect()?, printing),
        Command::Check(check) => check::run(check, &mut connect()?, printing),
        Command::Unpause(unpause) => {
            unpause::check(unpause)?;
            if unpause.watch && printing.format != Format::Table {
                return Err(Error::usage(
                    "--watch writes a page of its own: leave --output out, or watch afterwards",
                ));
            }
            let mut session = connect()?;
            let unpause::Outcome { mut status, unpaused } =
                unpause::run(unpause, &mut session, signals, printing)?;
            if unpause.watch {
                // Every tick advances all bakes: the others are not left alone while one is watched.
                for id in unpaused {
                    match watch::one(id, &mut session, signals, printing)? {
                        Status::Fine => {}
                        stopped @ Status::Signal(_) => return Ok(stopped),
                        other => status = other,
                    }
                }
            }
            Ok(status)
        }
        Command::Pause(pause) => pause::run(pause, &mut connect()?, printing),
        Command::Fix(fix) => {
            let changes = fix::changes(fix)?;
            fix::run(fix, changes, &mut connect()?, printing)
        }
        Command::Rotate(rotate) => {
            let prepared = rotate::prepare(rotate)?;
            rotate::run(rotate, &prepared, &mut connect()?, printing)
        }
        Command::Watch(watch) => watch::run(watch, &mut connect()?, signals, printing),
        Command::Settle(settle) => settle::run(settle, &mut connect()?, printing),
        Command::Drift(drift) => drift::run(drift, &mut connect()?, printing),
        Command::Probe(probe) => {
            // The code and the pepper are read, used and wiped before a connection is opened.
            let hash = probe::hash(probe, signals)?;
            probe::run(probe, hash, &mut connect()?, signals, printing)
        }
        Command::Incident(incident) => incident::run(incident, &mut connect()?, printing),
        Command::Report(report) => {
            // Before a password is asked for: whether there is a place to write to.
            let to = report::Destination::open(report, printing)?;
            report::run(report, to, &mut connect()?)
        }
        Command::Escalations(escalations) => escalations::run(escalations, &mut connect()?, printing),
        Command::Doctor(doctor) => {
            doctor::check(doctor, printing)?;
            doctor::run(doctor, &mut connect()?, printing)
        }
        Command::Setup(setup) => {
            setup::check(setup, printing)?;
            if setup.scaffold {
                return scaffold::run(setup, &mut connect()?, printing);
            }
            setup::run(setup, &mut connect()?, printing)
        }
        Command::Completions(completions) => completions::run(completions),
        Command::Man => man::run(),
    }
}
