//! Completions and the manual page: made from the one definition, read by the programs that they are made for.

use promo_guard_tests::promoctl_path;
use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};

fn promoctl(arguments: &[&str]) -> String {
    let out = Command::new(promoctl_path()).args(arguments).env_clear().output().unwrap();
    assert!(out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

/// The commands as `--help` lists them, those below others included.
pub fn commands() -> BTreeSet<String> {
    fn below(of: &[&str], all: &mut BTreeSet<String>) {
        let help = promoctl(&[of, &["--help"]].concat());
        let list = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|l| !l.is_empty());
        // A description that wraps is indented further.
        for line in list.filter(|line| line.starts_with("  ") && !line.starts_with("   ")) {
            let name = line.split_whitespace().next().unwrap();
            if name != "help" {
                let path = [of, &[name]].concat();
                all.insert(path.join(" "));
                below(&path, all);
            }
        }
    }
    let mut all = BTreeSet::new();
    below(&[], &mut all);
    assert!(all.contains("triage") && all.contains("completions") && all.len() > 8, "{all:?}");
    all
}

/// Those that do something themselves.
pub fn leaves() -> Vec<String> {
    let all = commands();
    all.iter()
        .filter(|name| !all.iter().any(|other| other.starts_with(&format!("{name} "))))
        .cloned()
        .collect()
}

fn is_there(program: &str) -> bool {
    Command::new("sh")
        .args(["-c", &format!("command -v {program}")])
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// What a program says to a text on its standard input.
fn fed(program: &str, arguments: &[&str], text: &str) -> (bool, String, String) {
    let mut child = Command::new(program)
        .args(arguments)
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    let mut input = child.stdin.take().unwrap();
    let text = text.to_owned();
    let writer = std::thread::spawn(move || input.write_all(text.as_bytes()));
    let out = child.wait_with_output().unwrap();
    let _ = writer.join().unwrap();
    let words = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (out.status.success(), words(&out.stdout), words(&out.stderr))
}

#[test]
fn completions_parse_in_their_shell_and_know_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = promoctl(&["completions", shell]);
        for command in commands() {
            let name = command.split(' ').next_back().unwrap();
            assert!(script.contains(name), "{shell} lacks {command}");
        }
        if ["bash", "zsh", "fish"].contains(&shell) && is_there(shell) {
            let (fine, _, err) = fed(shell, &["-n"], &script);
            assert!(fine && err.is_empty(), "{shell}: {err}");
        }
    }
}

#[test]
fn bash_completes_commands_and_options() {
    let complete = |words: &str, index: usize| {
        let script = format!(
            "{}\nCOMP_WORDS=({words}); COMP_CWORD={index}; COMPREPLY=()\n\
             _promoctl promoctl \"${{COMP_WORDS[{index}]}}\" \"${{COMP_WORDS[{index}-1]}}\"; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
            promoctl(&["completions", "bash"])
        );
        let (fine, out, err) = fed("bash", &["--norc"], &script);
        assert!(fine && err.is_empty(), "{err}");
        out.lines().map(str::to_owned).collect::<BTreeSet<_>>()
    };
    let offered = complete("promoctl \"\"", 1);
    for command in commands().iter().filter(|command| !command.contains(' ')) {
        assert!(offered.contains(command), "{command} is not offered");
    }
    assert_eq!(complete("promoctl tri", 1), BTreeSet::from(["triage".to_owned()]));
    assert!(complete("promoctl settle --look", 2).contains("--lookback"));
    assert!(complete("promoctl --output \"\"", 2).contains("markdown"));
}

#[test]
fn the_manual_page_is_clean_roff_and_names_every_command() {
    let page = promoctl(&["man"]);
    for command in commands() {
        assert!(page.contains(&format!(".SS \"promoctl {command}\"\n")), "no chapter on {command}");
    }
    for section in ["NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "CONNECTION", "NOTES"] {
        assert!(page.contains(&format!(".SH {section}\n")), "no {section}");
    }
    if is_there("groff") {
        let (fine, out, err) = fed("groff", &["-man", "-ww", "-Kutf8", "-Tutf8"], &page);
        assert!(fine && err.is_empty() && out.contains("promoctl"), "{err}");
    }
    if is_there("mandoc") {
        let (_, out, _) = fed("mandoc", &["-Tlint", "-Werror"], &page);
        assert_eq!(out, "");
    }
}
