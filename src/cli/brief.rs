//! `leverbook brief`

use std::sync::Arc;

use super::args::{Brief, Format, Global};
use super::print::Terminal;
use super::{CliError, Exit, project};
use crate::engine::Engine;
use crate::site::{Briefs, Templates};

/// How wide the sheet is: that of a mail.
const WIDTH: usize = 88;

pub(super) fn run(global: &Global, args: &Brief, terminal: &mut Terminal) -> Result<Exit, CliError> {
    let project = project::open(global)?;
    let audience = project.audience(&args.selection)?;
    let vault = project.read(None, &[])?;
    let templates = Templates::new(&project.config, &vault.overrides)?;
    let snapshot = Engine::new(Arc::clone(&project.config), audience).update(&vault, project::today());
    let briefs = Briefs::new(snapshot.playbook, &templates);
    let brief = briefs.find(&args.deal).map_err(CliError::Message)?;
    match global.format {
        Format::Json => terminal.value(&brief)?,
        Format::Markdown => terminal.line(briefs.markdown(&brief).trim_end())?,
        Format::Human => terminal.line(briefs.text(&brief, WIDTH).trim_end())?,
    }
    Ok(Exit::Done)
}
