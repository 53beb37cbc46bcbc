//! A terminal: what a program at it shows, as a person sees it, and keys for it.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// A program that has a terminal of its own for its input, output and errors.
pub struct Terminal {
    child: Child,
    keys: File,
    written: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
    columns: u16,
}

impl Terminal {
    /// Starts it at a terminal of that size.
    pub fn run(command: &mut Command, rows: u16, columns: u16) -> Self {
        let (mut ours, mut theirs) = (0, 0);
        let size = libc::winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        // SAFETY: gives two new descriptors, of which each gets an owner below.
        let opened = unsafe {
            libc::openpty(
                &raw mut ours,
                &raw mut theirs,
                std::ptr::null_mut(),
                std::ptr::null(),
                &raw const size,
            )
        };
        assert_eq!(opened, 0, "{}", io::Error::last_os_error());
        // SAFETY: they are open, and nobody else's.
        let (keys, theirs) = unsafe { (File::from_raw_fd(ours), OwnedFd::from_raw_fd(theirs)) };
        let copy = || theirs.try_clone().expect("a descriptor");
        command.stdin(copy()).stdout(copy()).stderr(copy());
        // SAFETY: both calls may be made between fork and exec.
        unsafe {
            command.pre_exec(|| match libc::setsid() != -1 && libc::ioctl(0, libc::TIOCSCTTY, 0) != -1 {
                true => Ok(()),
                false => Err(io::Error::last_os_error()),
            });
        }
        let child = command.spawn().expect("a program at a terminal");
        // The command holds copies: as long as they are open, the terminal does not end with the program.
        command
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null());
        drop(theirs);
        let written = Arc::new(Mutex::new(Vec::new()));
        let (mut from, to) = (keys.try_clone().expect("a descriptor"), Arc::clone(&written));
        let reader = thread::spawn(move || {
            let mut buffer = [0; 4096];
            // It ends with an error once nobody has the other side any more.
            while let Ok(read @ 1..) = from.read(&mut buffer) {
                to.lock().expect("no panic").extend_from_slice(&buffer[..read]);
            }
        });
        Self { child, keys, written, reader, columns }
    }

    /// Types.
    pub fn keys(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).expect("a terminal");
    }

    /// Makes it another size; the program is told of it as by any terminal.
    pub fn resize(&mut self, rows: u16, columns: u16) {
        use std::os::fd::AsRawFd as _;
        let size = libc::winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        // SAFETY: reads the size, of an open terminal.
        let set = unsafe { libc::ioctl(self.keys.as_raw_fd(), libc::TIOCSWINSZ, &raw const size) };
        assert_eq!(set, 0, "{}", io::Error::last_os_error());
        self.columns = columns;
    }

    /// All that came so far, with its control sequences.
    pub fn raw(&self) -> String {
        String::from_utf8_lossy(&self.written.lock().expect("no panic")).into_owned()
    }

    /// The lines that are to be seen, from the first one on: nothing is lost at the top, as in a window that can be scrolled.
    pub fn lines(&self) -> Vec<String> {
        seen(&self.raw(), usize::from(self.columns))
    }

    /// Waits until it can be seen.
    pub fn wait_for(&self, what: impl Fn(&[String]) -> bool) -> Vec<String> {
        let began = Instant::now();
        loop {
            let lines = self.lines();
            if what(&lines) {
                return lines;
            }
            assert!(
                began.elapsed() < Duration::from_secs(120),
                "not to be seen: {}\n{:?}",
                lines.join("\n"),
                self.raw()
            );
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits for its end; gives how it ended, and the lines.
    pub fn end(mut self) -> (ExitStatus, Vec<String>) {
        let status = self.child.wait().expect("a program");
        self.reader.join().expect("no panic");
        (
            status,
            seen(
                &String::from_utf8_lossy(&self.written.lock().expect("no panic")),
                usize::from(self.columns),
            ),
        )
    }

    /// The program's id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

/// What is left to see of that text on a screen so wide: text, line ends, and the movements and erasures that programs here use;
/// colours are not seen. Every character is one wide.
fn seen(raw: &str, columns: usize) -> Vec<String> {
    let (mut lines, mut row, mut column) = (vec![Vec::new()], 0usize, 0usize);
    let mut chars = raw.chars();
    while let Some(c) = chars.next() {
        match c {
            '\n' => row += 1,
            '\r' => column = 0,
            '\x1b' => {
                if chars.next() != Some('[') {
                    continue;
                }
                let mut number = String::new();
                let end = loop {
                    match chars.next() {
                        Some(c) if c.is_ascii_alphabetic() => break c,
                        Some(c) => number.push(c),
                        None => break 'm',
                    }
                };
                let n: usize = number.parse().unwrap_or(0);
                match end {
                    'A' => row = row.saturating_sub(n.max(1)),
                    'B' => row += n.max(1),
                    'C' => column += n.max(1),
                    'D' => column = column.saturating_sub(n.max(1)),
                    'H' => (row, column) = (0, 0),
                    'G' => column = n.max(1) - 1,
                    'K' if n == 2 => lines[row].clear(),
                    'K' => lines[row].truncate(column),
                    'J' if n == 2 => lines = vec![Vec::new(); row + 1],
                    'J' => {
                        lines.truncate(row + 1);
                        lines[row].truncate(column);
                    }
                    _ => {}
                }
            }
            c if c.is_control() => {}
            c => {
                if column >= columns {
                    (row, column) = (row + 1, 0);
                }
                while lines.len() <= row {
                    lines.push(Vec::new());
                }
                while lines[row].len() <= column {
                    lines[row].push(' ');
                }
                lines[row][column] = c;
                column += 1;
            }
        }
        while lines.len() <= row {
            lines.push(Vec::new());
        }
    }
    let mut lines: Vec<String> =
        lines.into_iter().map(|line| line.into_iter().collect::<String>().trim_end().to_owned()).collect();
    while lines.pop_if(|line| line.is_empty()).is_some() {}
    lines
}

#[cfg(test)]
mod tests {
    use super::seen;

    #[test]
    fn what_is_overwritten_is_not_seen() {
        assert_eq!(seen("one\r\ntwo\r\n\x1b[2A\x1b[2K\x1b[31mONE\x1b[0m\r\n", 80), ["ONE", "two"]);
        assert_eq!(seen("abcdef\r\x1b[3Cx\x1b[K", 80), ["abcx"]);
        assert_eq!(seen("abcdef", 4), ["abcd", "ef"], "it goes on in the next line");
    }
}
