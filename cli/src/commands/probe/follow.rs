//! Following one real redemption from the attempt to its settlement.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use anstyle::{AnsiColor, Style};
use chrono::TimeDelta;

use super::step::{self, Look, State};
use crate::commands::settle::violations_call;
use crate::commands::window::Window;
use crate::error::Error;
use crate::output::live::Live;
use crate::output::table::{ALERT, DIM, HEADING, PLAIN, page_width, styled};
use crate::output::text::wrapped;
use crate::output::time::{Timestamp, length};
use crate::output::{self, Printing, Row, Rows};
use crate::session::Session;
use crate::signals::Signals;

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(500);

/// What to follow.
pub struct Follower {
    /// The code's hash.
    pub hash: String,
    /// Who redeems it.
    pub user: i64,
    /// What came before this moment belongs to another redemption. The server's clock.
    pub since: Timestamp,
    /// How long at most.
    pub wait: Duration,
    /// The campaign whose code it is.
    pub campaign: Option<i64>,
}

/// What became of it.
pub struct Followed {
    /// Every change of a step, in the order in which it was seen.
    pub steps: Rows,
    /// Settlement rules that this redemption breaks.
    pub violations: Rows,
    /// The end.
    pub verdict: Verdict,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Attempted, redeemed, settled, and no settlement rule is broken.
    Passed,
    /// Settled, but a settlement rule is broken.
    RuleBroken,
    /// A step failed.
    Failed,
    /// The time was over before the last step was done.
    TimeOver,
    /// A signal came.
    Interrupted(i32),
}

impl Verdict {
    /// The word for programs.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Passed => "PASSED",
            Verdict::RuleBroken => "RULE_BROKEN",
            Verdict::Failed => "FAILED",
            Verdict::TimeOver => "TIME_OVER",
            Verdict::Interrupted(_) => "INTERRUPTED",
        }
    }
}

impl Follower {
    /// Looks again and again until there is a verdict, and tells what comes as it comes.
    pub fn follow(
        &self,
        session: &mut Session,
        signals: &Signals,
        printing: Printing,
    ) -> Result<Followed, Error> {
        let mut teller = Teller { printing, waiting: Live::here() };
        let started = Instant::now();
        teller.line(&wrapped(
            &format!(
                "Redeem it now in the application as user {}; waiting {} from {}.",
                self.user,
                in_words(self.wait),
                self.since
            ),
            page_width(),
            "",
        ))?;
        let mut steps = Rows::default();
        let mut look = Look::default();
        let verdict = signals.during_watch(|| {
            loop {
                let before = match self.look(session) {
                    Ok(seen) => std::mem::replace(&mut look, seen),
                    Err(Error::Interrupted(signal)) => return Ok(Verdict::Interrupted(signal)),
                    Err(error) => return Err(error),
                };
                let news = look.news(&before);
                for step in news.iter() {
                    teller.step(&step)?;
                }
                steps.columns = news.columns;
                steps.rows.extend(news.rows);
                if look.failed().is_some() {
                    return Ok(Verdict::Failed);
                }
                let Some(open) = look.open() else { return Ok(Verdict::Passed) };
                let left = self.wait.saturating_sub(started.elapsed());
                if left.is_zero() {
                    return Ok(Verdict::TimeOver);
                }
                teller.wait(&open, left)?;
                signals.sleep(PAUSE.min(left));
                if let Some(signal) = signals.caught() {
                    return Ok(Verdict::Interrupted(signal));
                }
            }
        })?;
        let mut followed = Followed { steps, violations: Rows::default(), verdict };
        if verdict == Verdict::Passed {
            followed.violations = self.broken(session, &look)?;
            if !followed.violations.is_empty() {
                followed.verdict = Verdict::RuleBroken;
            }
        }
        teller.verdict(&self.sentence(&followed, &look, started.elapsed()), &followed.verdict)?;
        Ok(followed)
    }

    /// How far it has come. Each look is a transaction of its own: none stays open while we wait.
    fn look(&self, session: &mut Session) -> Result<Look, Error> {
        let rows = session.read(|work| work.fetch(&step::call(&self.hash, self.user, self.since)))?;
        if rows.is_empty() {
            return Err(Error::Unexpected("the server returned no step of the redemption".to_owned()));
        }
        Ok(Look(rows))
    }

    /// The settlement rules that this redemption breaks: the rules are asked, none is repeated here.
    fn broken(&self, session: &mut Session, look: &Look) -> Result<Rows, Error> {
        let lookback = Some(format!("{} seconds", self.wait.as_secs() + 60));
        let given = crate::args::WindowArguments { lookback, as_of: None };
        let call = |window: &Window| violations_call(window, self.campaign, None);
        let (_, rows) = Window::fetch(session, &given, None, call)?;
        Ok(rows.only(|violation| look.concerns(violation)))
    }

    /// The verdict in words.
    fn sentence(&self, followed: &Followed, look: &Look, took: Duration) -> String {
        let open = look.open();
        let stands = |step: &Row<'_>| match (State::of(step), step.words("step"), step.words("detail")) {
            (State::Waiting, name, _) => format!("no {name} has come"),
            (_, name, detail) if detail.is_empty() => format!("the {name} is not done"),
            (_, name, detail) => format!("the {name} stands at: {detail}"),
        };
        match followed.verdict {
            Verdict::Passed => format!(
                "Passed: attempted, redeemed and settled within {}, and no settlement rule is broken by it so far.",
                in_words(took)
            ),
            Verdict::RuleBroken => {
                let rules = followed.violations.iter().map(|row| {
                    let (rule, expected, actual) =
                        (row.words("rule"), row.words("expected"), row.words("actual"));
                    format!("{rule} (expected {expected}, is {actual})")
                });
                format!("Not passed: settled against the rules: {}.", rules.collect::<Vec<_>>().join("; "))
            }
            Verdict::Failed => match look.failed() {
                Some(step) => format!("Failed at the {}: {}.", step.words("step"), step.words("detail")),
                None => "Failed.".to_owned(),
            },
            Verdict::TimeOver if look.is_empty() => format!(
                "Not passed: {} are over, and no attempt of user {} on this code has come. Was it another code, another \
                 user, another database? Attempts dated before {} are not counted.",
                in_words(self.wait),
                self.user,
                self.since
            ),
            Verdict::TimeOver => format!(
                "Not passed: {} are over, and {}.",
                in_words(self.wait),
                open.map_or_else(String::new, |step| stands(&step))
            ),
            Verdict::Interrupted(_) => format!(
                "Interrupted after {}: {}.",
                in_words(took),
                open.map_or_else(|| "nothing is recorded yet".to_owned(), |step| stands(&step))
            ),
        }
    }
}

/// A length of time for people.
fn in_words(time: Duration) -> String {
    length(TimeDelta::from_std(time).unwrap_or(TimeDelta::MAX))
}

/// Tells what comes: on a page as lines of it, else beside the data; on a terminal also what is being waited for.
struct Teller {
    printing: Printing,
    waiting: Option<Live>,
}

impl Teller {
    /// Writes a line at once.
    fn line(&mut self, text: &str) -> io::Result<()> {
        self.waiting.as_mut().map_or(Ok(()), Live::erase)?;
        output::line(self.printing, text)
    }

    /// A step that came or changed.
    fn step(&mut self, step: &Row<'_>) -> io::Result<()> {
        let at = step.time("at").map_or_else(|| " ".repeat(9), |at| at.form("%H:%M:%SZ"));
        let (word, color) = match State::of(step) {
            State::Done => ("done", AnsiColor::Green),
            State::Failed => ("failed", AnsiColor::Red),
            State::Waiting | State::Pending => ("pending", AnsiColor::Yellow),
        };
        let word = styled(Style::new().fg_color(Some(color.into())), &format!("{word:<7}"));
        let lead = format!("{}  {:<10}  {word}  ", styled(DIM, &at), step.words("step"));
        // As wide as the lead is on the page.
        let indent = " ".repeat(9 + 2 + 10 + 2 + 7 + 2);
        let text = wrapped(&step.words("detail"), page_width(), &indent);
        self.line(&format!("{lead}{}", text.trim_start()))
    }

    /// What is being waited for.
    fn wait(&mut self, open: &Row<'_>, left: Duration) -> io::Result<()> {
        let Some(live) = &mut self.waiting else { return Ok(()) };
        let what = if State::of(open) == State::Waiting { "for the" } else { "on the" };
        let says = format!("waiting {what} {}, {} left", open.words("step"), in_words(left));
        live.draw(&[(PLAIN, says)])
    }

    /// The last line. An interruption is no data.
    fn verdict(mut self, sentence: &str, verdict: &Verdict) -> io::Result<()> {
        drop(self.waiting.take());
        let text = wrapped(sentence, page_width(), "");
        if matches!(verdict, Verdict::Interrupted(_)) {
            return writeln!(anstream::stderr(), "{text}");
        }
        self.line(&styled(if *verdict == Verdict::Passed { HEADING } else { ALERT }, &text))
    }
}
