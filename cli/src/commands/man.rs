//! `man`: the manual page, promoctl(1), from the one definition. One page for all commands: a reader who looks for an option
//! searches once.

use std::io::{self, Write};

use clap::{Command, CommandFactory};
use clap_mangen::Man;

use crate::args::Arguments;
use crate::error::{Error, Status};

/// Prints the page.
pub fn run() -> Result<Status, Error> {
    io::stdout().write_all(&page()?)?;
    Ok(Status::Fine)
}

fn page() -> io::Result<Vec<u8>> {
    let mut whole = Arguments::command().disable_help_subcommand(true).subcommand_help_heading("COMMAND");
    whole.build();
    let commands: Vec<Command> = whole.get_subcommands().filter(|c| !c.is_hide_set()).cloned().collect();
    let man = Man::new(whole).manual("promo_guard").date("");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    page.extend_from_slice(b".SH COMMANDS\n");
    for command in commands {
        chapter(command, &mut page)?;
    }
    man.render_options_section(&mut page)?;
    let mut notes = Vec::new();
    man.render_extra_section(&mut notes)?;
    page.extend_from_slice(&retitled(&notes, |title| match title {
        "EXTRA" => Some(".SH NOTES".to_owned()),
        other => Some(format!(".SH {other}")),
    }));
    page.extend_from_slice(b".SH SEE ALSO\n.BR psql (1)\n");
    Ok(page)
}

/// One command, without what every command takes, and those below it.
fn chapter(command: Command, page: &mut Vec<u8>) -> io::Result<()> {
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name()).to_owned();
    let below: Vec<Command> = command.get_subcommands().filter(|c| !c.is_hide_set()).cloned().collect();
    let shared: Vec<String> =
        command.get_arguments().filter(|a| a.is_global_set()).map(|a| a.get_id().to_string()).collect();
    let own = shared.iter().fold(command, |command, id| command.mut_arg(id, |argument| argument.hide(true)));
    let man = Man::new(own);
    let mut text = Vec::new();
    man.render_synopsis_section(&mut text)?;
    man.render_description_section(&mut text)?;
    man.render_options_section(&mut text)?;
    page.extend_from_slice(format!(".SS \"{name}\"\n").as_bytes());
    page.extend_from_slice(&retitled(&text, |title| match title {
        "SYNOPSIS" => None,
        _ => Some(".PP".to_owned()),
    }));
    below.into_iter().try_for_each(|command| chapter(command, page))
}

/// Text with its section titles put differently, or left out.
fn retitled(roff: &[u8], title: impl Fn(&str) -> Option<String>) -> Vec<u8> {
    let text = String::from_utf8_lossy(roff);
    let mut lines = Vec::new();
    for line in text.lines() {
        match line.strip_prefix(".SH ") {
            Some(old) => lines.extend(title(old.trim_matches('"'))),
            None => lines.push(line.to_owned()),
        }
    }
    lines.push(String::new());
    lines.join("\n").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_and_every_option_is_in_the_page() {
        fn walk(command: &Command, page: &str) {
            for argument in command.get_arguments().filter(|a| !a.is_hide_set()) {
                if let Some(long) = argument.get_long() {
                    let shown = format!("\\-\\-{}", long.replace('-', "\\-"));
                    assert!(page.contains(&shown), "{} --{long}", command.get_name());
                }
            }
            for below in command.get_subcommands().filter(|c| !c.is_hide_set()) {
                let name = below.get_bin_name().unwrap();
                assert!(page.contains(&format!(".SS \"{name}\"\n")), "{name}");
                walk(below, page);
            }
        }
        let page = String::from_utf8(page().unwrap()).unwrap();
        let mut whole = Arguments::command().disable_help_subcommand(true);
        whole.build();
        assert!(whole.get_subcommands().count() > 5);
        walk(&whole, &page);
    }
}
