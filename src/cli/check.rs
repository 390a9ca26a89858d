//! `leverbook check`

use std::sync::Arc;

use rayon::prelude::*;

use super::args::{Check, Global};
use super::print::{Terminal, count};
use super::{CliError, Exit, project};
use crate::diagnostic::{Code, Severity, nearest};
use crate::site::{Site, Templates};
use crate::vault::disk;

pub(super) fn run(global: &Global, args: &Check, terminal: &mut Terminal) -> Result<Exit, CliError> {
    let code = args.code.as_deref().map(find_code).transpose()?;
    let project = project::open(global)?;
    let vault = project.read(None, &[])?;
    let snapshot = project.author_snapshot(&vault);
    let templates = Templates::new(&snapshot.playbook.config, &vault.overrides)?;
    let site = Site::new(snapshot.playbook, Arc::new(templates), disk::read_attachment);
    // A page that cannot be rendered is known only when it is.
    site.paths().par_iter().try_for_each(|path| site.render(path).map(drop))?;
    let mut diagnostics = snapshot.diagnostics;
    diagnostics.retain(|diagnostic| code.is_none_or(|code| code == diagnostic.code));
    if terminal.json() {
        return Ok(terminal.diagnostics_json(&diagnostics)?.exit(args.strict));
    }
    let tally = terminal.diagnostics(&diagnostics)?;
    let infos = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Info).count();
    let more = if infos > 0 { format!(", {infos} worth knowing (-v)") } else { String::new() };
    terminal.done("Checked", &format!("{}: {tally}{more}", count(vault.sources.len(), "file")))?;
    Ok(tally.exit(args.strict))
}

/// Whether a word looks like a code: `LB` and three digits. A note may be called `lbo-1`.
pub(super) fn is_code(word: &str) -> bool {
    let digits = word.get(..2).filter(|start| start.eq_ignore_ascii_case("LB")).map(|_| &word[2..]);
    digits.is_some_and(|digits| digits.len() == 3 && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The code that a word names.
pub(super) fn find_code(word: &str) -> Result<Code, CliError> {
    let word = word.to_uppercase();
    Code::ALL.iter().copied().find(|code| code.as_str() == word).ok_or_else(|| {
        let near = nearest(&word, Code::ALL.iter().map(|code| code.as_str()));
        let hint = near.map(|near| format!("; did you mean {near}?")).unwrap_or_default();
        CliError::Message(format!("there is no diagnostic `{word}`{hint}"))
    })
}
