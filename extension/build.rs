//! Writes the upgrade scripts from the released versions into extension/sql, which git ignores. cargo-pgrx installs what it finds
//! there; `make install` calls the same sql/upgrade/assemble.sh itself.

use std::process::Command;
use std::{env, error, fs, path::Path};

fn main() -> Result<(), Box<dyn error::Error>> {
    let version = env::var("CARGO_PKG_VERSION")?;
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/install_script.rs");
    for dir in ["install", "released", "upgrade"] {
        println!("cargo::rerun-if-changed=../sql/{dir}");
    }
    let mut scripts = Vec::new();
    for entry in fs::read_dir("../sql/released")? {
        let name =
            entry?.file_name().into_string().map_err(|name| format!("{} is not UTF-8", name.display()))?;
        let Some(old) = name.strip_prefix("promo_guard--").and_then(|rest| rest.strip_suffix(".sql")) else {
            continue;
        };
        if old == version {
            continue;
        }
        let out = Command::new("sh").args(["../sql/upgrade/assemble.sh", old]).output()?;
        if !out.status.success() {
            return Err(String::from_utf8_lossy(&out.stderr).into());
        }
        scripts.push((format!("promo_guard--{old}--{version}.sql"), out.stdout));
    }
    let dir = Path::new("sql");
    fs::create_dir_all(dir)?;
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let is_script = entry.path().extension().is_some_and(|extension| extension == "sql");
        if is_script && !scripts.iter().any(|(name, _)| entry.file_name() == name.as_str()) {
            fs::remove_file(entry.path())?;
        }
    }
    for (name, script) in scripts {
        // Two builds may do this at once: a reader sees the whole file, old or new.
        let whole = dir.join(format!("{name}.{}", std::process::id()));
        fs::write(&whole, script)?;
        fs::rename(whole, dir.join(name))?;
    }
    Ok(())
}
