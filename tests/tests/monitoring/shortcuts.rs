//! The shortcuts for psql.

use crate::{NIGHT, monitoring, reader_of};
use promo_guard_tests::{repo, server};

#[test]
fn every_shortcut_runs_in_psql_as_an_operator_and_help_lists_it() {
    let (mut db, name) = server().bound_database();
    db.batch_execute(NIGHT).unwrap();
    reader_of(&mut db, "shortcuts", "grant_operator");
    let file = repo().join("sql/monitoring/shortcuts.psql").display().to_string();
    let run = |shortcut: &str| {
        let script = format!("\\set id 1\n\\i '{file}'\n:{shortcut}\n");
        let script_file = server().beside("shortcuts").join(shortcut);
        std::fs::write(&script_file, script).unwrap();
        let script_file = script_file.display().to_string();
        server().run_program(
            "psql",
            &["-qXA", "-v", "ON_ERROR_STOP=1", "-U", "shortcuts", "-d", &name, "-f", &script_file],
        )
    };
    let help = run("pg_help");
    let text = monitoring("shortcuts.psql");
    let shortcuts: Vec<_> = text
        .lines()
        .filter_map(|line| line.strip_prefix("\\set "))
        .map(|rest| rest.split_once(' ').unwrap().0)
        .filter(|name| *name != "pg_help")
        .collect();
    assert_eq!(shortcuts.len(), 12);
    assert_eq!(help.lines().filter(|line| line.starts_with("pg_")).count(), shortcuts.len(), "{help}");
    for shortcut in shortcuts {
        assert!(help.lines().any(|line| line.starts_with(&format!("{shortcut}|"))), "{shortcut}: {help}");
        let said = run(shortcut);
        assert!(said.lines().count() > 1, "{shortcut}: {said}");
    }
}
