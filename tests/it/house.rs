//! The rules of the house that a compiler does not check.
#![allow(clippy::disallowed_methods, reason = "the sources of the project are read")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use leverbook::diagnostic::Code;

/// Codes that still lack a page in `tests/spec/diagnostics`. The list may only become shorter.
const CODES_WITHOUT_SPEC: &[&str] = &["LB009", "LB025", "LB026"];

#[test]
fn modules_use_only_those_above_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let lib = fs::read_to_string(root.join("src/lib.rs")).expect("src/lib.rs is there");
    let order: Vec<&str> =
        lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';')).collect();
    assert!(order.len() > 5, "the list of modules in src/lib.rs is not understood");
    let mut arrows = Vec::new();
    for path in files(&root.join("src"), "rs") {
        let name =
            path.strip_prefix(root.join("src")).expect("it lies in src").to_string_lossy().replace('\\', "/");
        let module = name.split(['/', '.']).next().unwrap_or_default();
        let Some(own) = order.iter().position(|other| *other == module) else { continue };
        let text = fs::read_to_string(&path).expect("the file was just listed");
        for (line, used) in used_modules(&text) {
            if order.iter().position(|other| *other == used).is_some_and(|place| place > own) {
                arrows.push(format!("src/{name}:{line}: `{module}` uses `{used}`, which stands below it"));
            }
        }
    }
    assert!(arrows.is_empty(), "\n{}", arrows.join("\n"));
}

#[test]
fn every_diagnostic_has_a_spec() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/spec/diagnostics");
    let specs: Vec<String> = files(&folder, "md")
        .iter()
        .filter_map(|path| Some(path.file_name()?.to_string_lossy().into_owned()))
        .collect();
    let has_spec = |code: &str| specs.iter().any(|name| name.starts_with(code));
    let all: BTreeSet<&str> = Code::ALL.iter().map(|code| code.as_str()).collect();
    let missing: Vec<&str> =
        all.iter().copied().filter(|code| !has_spec(code) && !CODES_WITHOUT_SPEC.contains(code)).collect();
    let needless: Vec<&str> =
        CODES_WITHOUT_SPEC.iter().copied().filter(|code| has_spec(code) || !all.contains(code)).collect();
    assert!(missing.is_empty(), "write tests/spec/diagnostics/LBnnn.md for {missing:?}");
    assert!(needless.is_empty(), "take {needless:?} from the list of codes without a spec");
}

/// The modules that a file names as `crate::module`, with the lines, comments left out.
fn used_modules(text: &str) -> Vec<(usize, String)> {
    let mut used = Vec::new();
    let code: Vec<&str> =
        text.lines().map(|line| if line.trim_start().starts_with("//") { "" } else { line }).collect();
    let code = code.join("\n");
    for (index, found) in code.match_indices("crate::") {
        let line = code[..index].matches('\n').count() + 1;
        let rest = &code[index + found.len()..];
        match rest.strip_prefix('{') {
            None => used.push((line, word(rest))),
            Some(list) => used.extend(heads(list).into_iter().map(|head| (line, head))),
        }
    }
    used
}

/// The first words of the parts of `a::{b, c}, d}`.
fn heads(list: &str) -> Vec<String> {
    let mut heads = Vec::new();
    let mut depth = 0;
    let mut start = 0;
    for (index, character) in list.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => {
                heads.push(word(list[start..index].trim_start()));
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                heads.push(word(list[start..index].trim_start()));
                start = index + 1;
            }
            _ => {}
        }
    }
    heads
}

fn word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// All files with an extension below a folder, by name.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|other| other == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}
