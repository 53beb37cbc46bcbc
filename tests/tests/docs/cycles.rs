//! No cycle between the files of a crate: a file that imports another is not imported by it, directly or through others.
//!
//! What counts is where a name is defined: a `pub use` in between is looked through, and a `mod` line is no import. Modules of unit tests
//! are left out.

use promo_guard_tests::repo;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// A module's path within its crate; the root is empty.
type Module = Vec<String>;
/// The modules that each module imports from.
type Imports = BTreeMap<Module, BTreeSet<Module>>;

#[test]
fn no_file_imports_another_that_imports_it() {
    for source in ["cli/src", "cli/connect/src", "extension/core/src", "extension/src"] {
        let mut files = BTreeMap::new();
        read(&repo().join(source), &mut Vec::new(), &mut files);
        assert!(files.len() > 10, "{source}: {}", files.len());
        let imports = imports(&files);
        let cycles: Vec<String> = imports.keys().filter_map(|start| cycle(&imports, start)).collect();
        assert!(cycles.is_empty(), "{source}:\n{}", cycles.join("\n"));
    }
}

#[test]
fn a_cycle_is_found_through_other_files_and_behind_a_reexport() {
    let crate_of = |texts: &[(&str, &str)]| {
        let files = texts.iter().map(|(name, text)| (module(name), (*text).to_owned())).collect();
        let imports = imports(&files);
        imports.keys().filter_map(|start| cycle(&imports, start)).collect::<Vec<_>>()
    };
    let three = [
        ("", "mod a; mod b; mod c;"),
        ("a", "use crate::b::{self, B};"),
        ("b", "fn b() { super::c::f() }"),
        ("c", "use super::a::{x::Y, A as Z};"),
    ];
    assert_eq!(crate_of(&three).len(), 3);
    assert_eq!(crate_of(&three)[0], "a -> b -> c -> a");
    // The parent only passes a name on: its child imports a sibling.
    let passed_on =
        [("p", "mod a; mod b; pub use a::A;"), ("p::a", "pub struct A;"), ("p::b", "use super::A;")];
    assert_eq!(crate_of(&passed_on), [""; 0]);
    // ... but what it defines itself makes a cycle with a child that it calls.
    let own = [("p", "mod a; pub struct P; fn f() { a::g() }"), ("p::a", "use super::P; pub fn g() {}")];
    assert_eq!(crate_of(&own), ["p -> p::a -> p", "p::a -> p -> p::a"]);
    let quoted = [
        ("a", "use crate::b::B; // crate::b\n#[cfg(test)]\nmod tests { use crate::c::C; }"),
        ("b", "const S: &str = \"crate::a::A \\\" crate::a\"; /* crate::a::A */"),
        ("c", "use crate::a::A;"),
    ];
    assert_eq!(crate_of(&quoted), [""; 0]);
}

fn module(path: &str) -> Module {
    path.split("::").filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// The text of each file below a folder, by its module.
fn read(folder: &Path, at: &mut Module, files: &mut BTreeMap<Module, String>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        // `core` lies in the extension's folder and is a crate of its own; unit tests in files of their own are no part of the code.
        if path.is_dir() {
            at.push(name);
            read(&path, at, files);
            at.pop();
        } else if path.extension().is_some_and(|e| e == "rs")
            && name != "tests"
            && !at.contains(&"tests".to_owned())
        {
            let mut module = at.clone();
            if !["mod", "lib", "main"].contains(&name.as_str()) {
                module.push(name);
            }
            files.insert(module, fs::read_to_string(&path).unwrap());
        }
    }
}

/// What each module imports or names, resolved to the module that defines it.
fn imports(files: &BTreeMap<Module, String>) -> Imports {
    let mut names: BTreeMap<&Module, BTreeMap<String, Module>> = BTreeMap::new();
    let mut paths: BTreeMap<&Module, Vec<Module>> = BTreeMap::new();
    for (from, text) in files {
        let (uses, body) = split(&code(text));
        let known = names.entry(from).or_default();
        let found = paths.entry(from).or_default();
        for path in uses.iter().flat_map(|tree| expand(&[], tree)) {
            if let Some(path) = absolute(files, from, &path) {
                known.insert(path.last().cloned().unwrap_or_default(), path.clone());
                found.push(path);
            }
        }
        for path in named(&body) {
            let through = || known.get(&path[0]).map(|of| [of, &path[1..]].concat());
            found.extend(absolute(files, from, &path).or_else(through));
        }
    }
    let resolve = |path: &Module| {
        let mut path = path.clone();
        for _ in 0..8 {
            let end = (0..=path.len()).rev().find(|end| files.contains_key(&path[..*end]))?;
            let (of, rest) = path.split_at(end);
            match rest.first().and_then(|name| names.get(&of.to_vec())?.get(name)) {
                Some(target) if *target != path => path = [target, &rest[1..]].concat(),
                _ => return Some(of.to_vec()),
            }
        }
        None
    };
    let of = |(from, paths): (&&Module, &Vec<Module>)| {
        let targets = paths.iter().filter_map(resolve).filter(|to| to != *from).collect();
        ((*from).clone(), targets)
    };
    paths.iter().map(of).collect()
}

/// A way from a module back to it.
fn cycle(imports: &Imports, start: &Module) -> Option<String> {
    let mut ways = vec![vec![start]];
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop() {
        for next in imports.get(*way.last()?).into_iter().flatten() {
            if next == start {
                let names = way
                    .iter()
                    .chain([&start])
                    .map(|m| if m.is_empty() { "(root)".to_owned() } else { m.join("::") });
                return Some(names.collect::<Vec<_>>().join(" -> "));
            }
            if seen.insert(next) {
                ways.push([way.as_slice(), &[next]].concat());
            }
        }
    }
    None
}

/// The code without comments, texts and the unit tests at its end.
fn code(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(raw) = rest.strip_prefix("r#\"") {
            raw.find("\"#").map_or(rest.len(), |end| end + 5)
        } else if rest.starts_with("'\"'") {
            3
        } else if first == '"' {
            let mut escaped = false;
            let end = rest[1..].find(|c| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            });
            end.map_or(rest.len(), |end| end + 2)
        } else {
            code.push(first);
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    let tests = code.match_indices("#[cfg(test)]").find(|(at, _)| {
        let after = code[at + 12..].trim_start().trim_start_matches("pub(crate) ");
        after.starts_with("mod ") && after.find('{') < after.find(';').or(Some(usize::MAX))
    });
    tests.map(|(at, _)| at).map_or(code.clone(), |at| code[..at].to_owned())
}

/// The trees of all `use` lines, and the rest.
fn split(code: &str) -> (Vec<String>, String) {
    let mut uses = Vec::new();
    let mut body = String::new();
    for part in code.split_inclusive(';') {
        let at = part.rfind("use ").filter(|at| {
            let before = part[..*at].chars().next_back();
            before.is_none_or(|c| c.is_whitespace() || c == ')') && part.ends_with(';')
        });
        match at {
            Some(at) => {
                body.push_str(&part[..at]);
                uses.push(part[at + 4..part.len() - 1].to_owned());
            }
            None => body.push_str(part),
        }
    }
    (uses, body)
}

/// The paths of a `use` tree.
fn expand(before: &[String], tree: &str) -> Vec<Module> {
    let tree = tree.trim();
    let Some((head, list)) = tree.split_once('{') else {
        let tree = tree.split(" as ").next().unwrap_or_default().replace("::self", "");
        let path = if tree == "self" { Vec::new() } else { module(&tree) };
        return vec![[before, &path].concat()];
    };
    let before = [before, &module(head.trim())].concat();
    let list = list.rsplit_once('}').map_or(list, |(list, _)| list);
    let mut depth = 0;
    let items = list.split(|c| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth == 0
    });
    items.filter(|item| !item.trim().is_empty()).flat_map(|item| expand(&before, item)).collect()
}

/// The paths with `::` in code.
fn named(body: &str) -> Vec<Module> {
    let words = body.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
    words.map(|word| word.trim_matches(':')).filter(|word| word.contains("::")).map(module).collect()
}

/// A path from the crate's root; none where it leads out of the crate or is not a module's.
fn absolute(files: &BTreeMap<Module, String>, from: &Module, path: &[String]) -> Option<Module> {
    let supers = path.iter().take_while(|name| *name == "super").count();
    if supers > 0 {
        return Some([&from[..from.len().checked_sub(supers)?], &path[supers..]].concat());
    }
    match path.first()?.as_str() {
        "crate" => Some(path[1..].to_vec()),
        "self" => Some([from, &path[1..]].concat()),
        first => {
            let child = [from.as_slice(), &[first.to_owned()]].concat();
            files.contains_key(&child).then(|| [from.as_slice(), path].concat())
        }
    }
}
