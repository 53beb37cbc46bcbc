//! The threads that a backend has for a while beside its own.

use std::fs;
use std::path::PathBuf;

/// The held up signals of each helper that a backend has at work, as far as it is still there.
pub fn helpers(pid: &str) -> Vec<u64> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let held = |path: PathBuf| {
        let status = fs::read_to_string(path.join("status")).ok()?;
        let field = |name: &str| Some(status.lines().find_map(|line| line.strip_prefix(name))?.trim());
        let held = u64::from_str_radix(field("SigBlk:")?, 16).ok()?;
        (field("Name:")? == "promo_guard").then_some(held)
    };
    tasks.filter_map(|task| held(task.path())).collect()
}
