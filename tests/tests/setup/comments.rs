//! Every object of ours has a comment, and that of a function is a manual page for `\df+`: a summary, then its sections.

use postgres::{Client, Error};
use promo_guard_tests::{server, table};
use regex::Regex;

const LONGEST_LINE: usize = 100;
/// Functions that raise no error of their own.
const WITHOUT_ERRORS: &[&str] =
    &["action_hash", "doctor", "key_number", "policy_defaults", "settle_sketch", "version"];

/// A function with its comment.
struct Page {
    name: String,
    arguments: Vec<String>,
    /// `readers and operators`, `operators`, or `the owner`.
    access: String,
    text: String,
}

impl Page {
    /// Lines of a section, without its name.
    fn section(&self, name: &str) -> Option<Vec<&str>> {
        let mut lines = self.text.lines().skip_while(|line| *line != name);
        lines.next()?;
        Some(lines.take_while(|line| !line.is_empty()).collect())
    }

    fn faults(&self) -> Vec<String> {
        let mut faults = form(&self.text);
        if !self.arguments.is_empty() {
            let words = Regex::new(r"\w+").unwrap();
            let section = self.section("Arguments").unwrap_or_default();
            // What stands before the gap is a list of names.
            let names: Vec<&str> = section
                .iter()
                .filter_map(|line| line.strip_prefix("  ")?.split("  ").next())
                .flat_map(|names| words.find_iter(names).map(|word| word.as_str()))
                .collect();
            for argument in &self.arguments {
                if !names.contains(&argument.as_str()) {
                    faults.push(format!("Arguments does not name {argument}"));
                }
            }
        }
        if self.section("Returns").is_none() {
            faults.push("there is no section Returns".to_owned());
        }
        let errors = self.section("Errors").unwrap_or_default();
        if errors.is_empty() != WITHOUT_ERRORS.contains(&self.name.as_str()) {
            faults.push(format!("Errors has {} lines", errors.len()));
        }
        let state = Regex::new(r"^  (?:[0-9A-Z]{5}  \S|       \S)").unwrap();
        faults.extend(
            errors.iter().filter(|line| !state.is_match(line)).map(|line| format!("no SQLSTATE: {line}")),
        );
        if !self.text.lines().any(|line| line.starts_with(&format!("Access: {}", self.access))) {
            faults.push(format!("Access is not {}", self.access));
        }
        faults
    }
}

/// What is wrong with the form of a comment: the summary, the length of its lines, the first line after it.
fn form(text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let mut lines = text.lines();
    let summary = lines.next().unwrap_or_default();
    if !summary.ends_with('.') || summary.chars().next().is_none_or(char::is_lowercase) {
        faults.push(format!("the summary is no sentence: {summary}"));
    }
    if lines.next().is_some_and(|line| !line.is_empty()) {
        faults.push("the summary is longer than one line".to_owned());
    }
    faults.extend(
        text.lines()
            .filter(|line| line.chars().count() > LONGEST_LINE)
            .map(|line| format!("too long: {line}")),
    );
    faults
}

fn pages(db: &mut Client) -> Vec<Page> {
    db.batch_execute(
        "DO $$ BEGIN CREATE ROLE comments_reader; CREATE ROLE comments_operator; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
         SELECT promo_guard.grant_reader('comments_reader'); SELECT promo_guard.grant_operator('comments_operator')",
    )
    .unwrap();
    let rows = db
        .query(
            "SELECT p.proname::text, coalesce(p.proargnames[:p.pronargs], '{}')::text[],
                    CASE WHEN has_function_privilege('comments_reader', p.oid, 'EXECUTE') THEN 'readers and operators'
                         WHEN has_function_privilege('comments_operator', p.oid, 'EXECUTE') THEN 'operators'
                         ELSE 'the owner' END,
                    coalesce(obj_description(p.oid, 'pg_proc'), '')
             FROM pg_proc AS p WHERE p.pronamespace = 'promo_guard'::regnamespace ORDER BY 1",
            &[],
        )
        .unwrap();
    rows.iter()
        .map(|row| Page { name: row.get(0), arguments: row.get(1), access: row.get(2), text: row.get(3) })
        .collect()
}

#[test]
fn the_comment_of_a_function_is_a_manual_page() {
    let (mut db, _) = server().bound_database();
    let mut wrong = Vec::new();
    let pages = pages(&mut db);
    assert!(pages.len() > 50, "{} functions", pages.len());
    for page in &pages {
        // The parts of aggregates and the trigger's function are called by the server alone.
        let by_people = page.access != "the owner" || page.section("Example").is_some();
        let faults = if by_people { page.faults() } else { form(&page.text) };
        wrong.extend(faults.into_iter().map(|fault| format!("{}: {fault}", page.name)));
    }
    let without_example: Vec<&str> = pages
        .iter()
        .filter(|page| page.section("Example").is_none())
        .map(|page| page.name.as_str())
        .collect();
    assert_eq!(
        without_example,
        [
            "record_status_change",
            "settle_sketch_add",
            "settle_sketch_bytes",
            "settle_sketch_combine",
            "settle_sketch_read",
            "tally_add",
            "tally_load",
            "tally_merge",
            "tally_save"
        ]
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_example_of_a_comment_is_valid() {
    let (mut db, _) = server().bound_database();
    let comments = table(
        &mut db,
        "SELECT d.description FROM pg_description AS d
         WHERE d.objsubid = 0
           AND (d.classoid = 'pg_proc'::regclass AND d.objoid IN (SELECT oid FROM pg_proc WHERE pronamespace = 'promo_guard'::regnamespace)
             OR d.classoid = 'pg_class'::regclass AND d.objoid IN (SELECT oid FROM pg_class WHERE relnamespace = 'promo_guard'::regnamespace))",
    );
    let mut tried = 0;
    for comment in comments.iter().filter_map(|row| row[0].split_once("\nExample\n")) {
        for statement in comment.1.split_inclusive(';').map(str::trim).filter(|s| !s.is_empty()) {
            assert!(statement.starts_with("SELECT ") || statement.starts_with("CALL "), "{statement}");
            let prepared = db.batch_execute(&format!("PREPARE example AS {statement} DEALLOCATE example"));
            assert!(prepared.is_ok(), "{statement}: {:?}", prepared.err());
            tried += 1;
        }
    }
    assert!(tried > 45, "{tried} examples");
}

#[test]
fn every_relation_and_column_has_a_comment_of_plain_sentences() {
    let (mut db, _) = server().bound_database();
    let rows = table(
        &mut db,
        "SELECT c.relname, coalesce(obj_description(c.oid, 'pg_class'), ''), 'relation' FROM pg_class AS c
         WHERE c.relnamespace = 'promo_guard'::regnamespace AND c.relkind IN ('r', 'v')
         UNION ALL
         SELECT c.relname || '.' || a.attname, coalesce(col_description(c.oid, a.attnum), ''), 'column'
         FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
         WHERE c.relnamespace = 'promo_guard'::regnamespace AND c.relkind IN ('r', 'v') AND a.attnum > 0 AND NOT a.attisdropped",
    );
    assert!(rows.len() > 150, "{} comments", rows.len());
    let mut wrong = Vec::new();
    for row in &rows {
        let (name, text) = (&row[0], &row[1]);
        if row[2] == "relation" {
            wrong.extend(form(text).into_iter().map(|fault| format!("{name}: {fault}")));
        } else if !text.ends_with('.') || text.lines().count() != 1 || text.chars().count() > 2 * LONGEST_LINE
        {
            wrong.push(format!("{name}: {text}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

impl Page {
    fn states(&self) -> Vec<&str> {
        let errors = self.section("Errors").unwrap_or_default();
        errors.iter().map(|line| line[2..].split(' ').next().unwrap()).filter(|s| !s.is_empty()).collect()
    }

    fn says_not_bound(&self) -> bool {
        self.text.contains("\n  55000  promo_guard is not bound")
    }

    fn example(&self) -> Option<String> {
        Some(self.section("Example")?.join(" ").trim().to_owned())
    }
}

/// The SQLSTATE of a statement in a transaction that begins so; none where it succeeds.
fn state(db: &mut Client, begin: &str, statement: &str) -> Option<String> {
    db.batch_execute(begin).unwrap();
    let state = |error: Error| error.code().map(|code| code.code().to_owned()).unwrap_or_default();
    let met = db.simple_query(statement).err().map(state);
    db.batch_execute("ROLLBACK").unwrap();
    met
}

#[test]
fn errors_lists_what_is_raised() {
    let (mut bound, _) = server().bound_database();
    let (mut unbound, _) = server().database();
    let (mut wrong, mut tried) = (Vec::new(), 0);
    for page in pages(&mut bound) {
        let Some(example) = page.example().filter(|e| !e.contains("tally(")) else { continue };
        tried += 1;
        let states = page.states();
        let mut of = |situation: &str, met: Option<String>, expected: Option<&str>| {
            if let Some(met) = &met
                && !states.contains(&met.as_str())
            {
                wrong.push(format!("{}: {situation}, {met} is raised and not listed", page.name));
            }
            if let Some(expected) = expected
                && met.as_deref() != Some(expected)
            {
                wrong.push(format!("{}: {situation}, {expected} is listed and {met:?} raised", page.name));
            }
        };
        let listed = |state: &'static str| states.contains(&state).then_some(state);
        of("bound", state(&mut bound, "BEGIN", &example), None);
        let not_bound = page.says_not_bound().then_some("55000");
        of("not bound", state(&mut unbound, "BEGIN", &example), not_bound);
        of("read only", state(&mut bound, "BEGIN READ ONLY", &example), listed("25006"));
        let above = "BEGIN ISOLATION LEVEL REPEATABLE READ";
        of("above READ COMMITTED", state(&mut bound, above, &example), listed("25001"));
        let nulls =
            format!("SELECT promo_guard.{}({})", page.name, vec!["NULL"; page.arguments.len()].join(", "));
        of("all null", state(&mut bound, "BEGIN", &nulls), None);
    }
    assert!(tried > 45, "{tried} functions");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
