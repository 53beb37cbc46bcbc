//! Texts for people use plain words: none of them has a word that readers of this project had to guess.

use super::{PAGES, page, sentences, told_by_hand};
use promo_guard_tests::{promoctl_path, repo};
use regex::Regex;
use std::fs;
use std::process::Command;
use std::sync::LazyLock;

/// Words that are not used, and what is said instead. Names such as `PAUSE_ECHO` and `nobody_user_ids` are other words.
const PLAIN: &[(&str, &str)] = &[
    (r"whoever|whomever", "who, the role that, a user who"),
    (r"nobody|no one", "no user, no role, none"),
    (r"somebody|someone|anybody|everybody|hardly anybody", "a user, a role, another session"),
    (r"of nobody|made-up codes", "unknown code"),
    (r"strangers?", "new users"),
    (r"in \S+ hands", "appears leaked"),
    (r"hammer(s|ed|ing)?", "repeated attempts, keeps retrying"),
    (r"echo(es)?", "failed because the code is paused, caused by the pause"),
    (r"turn(s|ed)? away", "rejected"),
    (r"usual|usually", "normal, normally"),
    (r"slips?|second taps?", "typos, double taps"),
    (r"were bought with", "led to a purchase"),
    (r"it takes more than", "more than … from at least …"),
    (r"cannot be told|nothing tells", "cannot be evaluated, unknown"),
    (r"(can|could|cannot|is|are|was|were|to) be had|not had in", "available, not obtained"),
    (r"takes? back", "roll back, revoke"),
    (r"mend(s|ed)?", "fix"),
    (r"past the guard|past promo_guard", "without promo_guard"),
    (r"of ours|promo_guard's own", "of promo_guard"),
    (r"lift(s|ed)?", "unpause"),
    (r"no (negation|JSON that|value for|field that)", "is not a"),
    (r"for good", "permanently, stays"),
    (r"what is to be", "what must be"),
    (r"upon (himself|yourself)", "an override is recorded with your name"),
    (r"statuses are today's", "statuses are as of now"),
    (r"for those who", "for users who, for later readers"),
];

/// Numbers with a noun of another number.
const PLURAL: &str =
    r"\b1 (users|attempts|failures|codes|campaigns|redemptions|rejections|purchases|rules|checks|were|are)\b";

static WORDS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let word = |word: &str| Regex::new(&format!(r"(?i)\b({word})\b")).unwrap();
    PLAIN.iter().map(|(pattern, instead)| (word(pattern), *instead)).collect()
});

static ANY: LazyLock<Regex> = LazyLock::new(|| {
    let all: Vec<&str> = PLAIN.iter().map(|(word, _)| *word).collect();
    Regex::new(&format!(r"(?i)\b({})\b", all.join("|"))).unwrap()
});

/// What is wrong with a text, line by line.
fn faults(place: &str, text: &str, wrong: &mut Vec<String>) {
    let plural = Regex::new(PLURAL).unwrap();
    // Nearly every text has none, which one pass over it tells.
    if !ANY.is_match(text) && !plural.is_match(text) {
        return;
    }
    for line in text.lines() {
        for (word, instead) in WORDS.iter() {
            if let Some(found) = word.find(line) {
                wrong.push(format!("{place}: \"{}\" (say: {instead}) in: {}", found.as_str(), line.trim()));
            }
        }
        if plural.is_match(line) {
            wrong.push(format!("{place}: {}", line.trim()));
        }
    }
}

/// The comments of an install script.
fn comments(sql: &str) -> String {
    let comment = Regex::new(r"(?s)COMMENT ON [^;]*? IS\s*(\$\$.*?\$\$|'(?:[^']|'')*');").unwrap();
    comment.captures_iter(sql).map(|found| found[1].to_owned() + "\n").collect()
}

#[test]
fn texts_for_people_use_plain_words() {
    let mut wrong = Vec::new();
    let mut lines = 0;
    let mut read = |place: &str, text: &str| {
        lines += text.lines().count();
        faults(place, text, &mut wrong);
    };
    let under = |dir: &str, extension: &str| {
        let paths = sentences::files(&repo().join(dir), extension);
        assert!(!paths.is_empty(), "{dir} has no {extension}");
        paths.into_iter().map(|path| {
            let name = path.strip_prefix(repo()).unwrap().display().to_string();
            let text = fs::read_to_string(&path).unwrap();
            (name, text)
        })
    };
    for (name, text) in under("tests/catalogue", "txt") {
        read(&name, &text);
    }
    for (name, text) in under("sql/install", "sql") {
        read(&name, &comments(&text));
    }
    for extension in ["j2", "css"] {
        for (name, text) in under("cli/src/commands/report/templates", extension) {
            read(&name, &text);
        }
    }
    for extension in ["json", "yml", "sql"] {
        for (name, text) in under("sql/monitoring", extension) {
            read(&name, &text);
        }
    }
    for path in PAGES {
        // Released versions said what they said.
        let text = if path == "CHANGELOG.md" { released_later(&page(path)) } else { told_by_hand(path) };
        read(path, &text);
    }
    for arguments in [["man"], ["--help"]] {
        let out = Command::new(promoctl_path()).args(arguments).env_clear().output().unwrap();
        read(&format!("promoctl {}", arguments[0]), &String::from_utf8(out.stdout).unwrap());
    }
    assert!(lines > 4_000, "only {lines} lines were read");
    assert!(wrong.is_empty(), "{} lines:\n{}", wrong.len(), wrong.join("\n"));
}

/// The changelog up to the first released version.
fn released_later(text: &str) -> String {
    let released = Regex::new(r"(?m)^## \[?\d").unwrap();
    released.find(text).map_or(text, |found| &text[..found.start()]).to_owned()
}
