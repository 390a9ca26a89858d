//! Starts the programs of the person at this machine: their editor, their browser.

use std::io::IsTerminal;
use std::path::Path;
use std::process::{Command, Stdio};

use super::interrupt::Stop;

/// Editors that need the terminal for themselves.
const IN_TERMINAL: &[&str] =
    &["vi", "vim", "nvim", "nano", "pico", "micro", "kak", "hx", "helix", "joe", "ne", "mg", "mcedit"];

/// Opens a file at a line with the command of `VISUAL` or `EDITOR`; the text says why that failed.
pub(super) fn open(stop: &Stop, file: &Path, line: usize, column: usize) -> Result<(), String> {
    let named = command().ok_or("neither VISUAL nor EDITOR is set where the server runs")?;
    let mut words = named.split_whitespace();
    let program = words.next().ok_or("VISUAL or EDITOR is empty where the server runs")?;
    let name = Path::new(program).file_stem().unwrap_or_default().to_string_lossy();
    let mut command = Command::new(program);
    command.args(words).args(arguments(&name, file, line, column));
    let is_in_terminal = IN_TERMINAL.contains(&&*name);
    if is_in_terminal {
        if !std::io::stdin().is_terminal() {
            return Err(format!("`{name}` needs the terminal, and the server has none"));
        }
        if stop.is_put_off() {
            return Err("the editor is open already, in the terminal of the server".to_owned());
        }
        stop.put_off(true);
    } else {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    }
    let started = command.spawn();
    let mut child = started.map_err(|error| {
        stop.put_off(false);
        format!("cannot start `{program}`: {error}")
    })?;
    let stop = stop.clone();
    std::thread::spawn(move || {
        let _ = child.wait();
        if is_in_terminal {
            stop.put_off(false);
        }
    });
    Ok(())
}

/// Opens an address in the browser.
pub(super) fn browse(address: &str) -> std::io::Result<()> {
    let words: &[&str] = if cfg!(target_os = "macos") {
        &["open"]
    } else if cfg!(windows) {
        &["cmd", "/C", "start", ""]
    } else {
        &["xdg-open"]
    };
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).arg(address);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    std::thread::spawn(move || child.wait());
    Ok(())
}

#[expect(clippy::disallowed_methods, reason = "which editor is used is the person's own business")]
fn command() -> Option<String> {
    let named = |name| std::env::var(name).ok().filter(|command| !command.trim().is_empty());
    named("VISUAL").or_else(|| named("EDITOR"))
}

/// How an editor is told of a place.
fn arguments(name: &str, file: &Path, line: usize, column: usize) -> Vec<String> {
    let path = file.to_string_lossy().into_owned();
    let place = format!("{path}:{line}:{column}");
    match name {
        "code" | "code-insiders" | "codium" | "cursor" | "windsurf" => vec!["--goto".to_owned(), place],
        "subl" | "zed" | "zeditor" | "hx" | "helix" => vec![place],
        "kate" | "idea" | "pycharm" | "rustrover" | "webstorm" => {
            vec!["--line".to_owned(), line.to_string(), path]
        }
        _ => vec![format!("+{line}"), path],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_editor_is_told_the_line_in_its_own_way() {
        let told = |name| arguments(name, Path::new("/v/a b.md"), 4, 10).join(" ");
        assert_eq!(told("code"), "--goto /v/a b.md:4:10");
        assert_eq!(told("hx"), "/v/a b.md:4:10");
        assert_eq!(told("kate"), "--line 4 /v/a b.md");
        assert_eq!(told("vim"), "+4 /v/a b.md");
    }
}
