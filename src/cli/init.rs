//! `leverbook init`

use std::path::{Path, PathBuf};

use super::args::{Global, Init};
use super::build::shown;
use super::print::{Terminal, count};
use super::scaffold::write_new;
use super::{CliError, Exit};
use crate::config::FILE_NAME;
use crate::vault::disk;

macro_rules! sample {
    ($path:literal) => {
        (concat!("content/deals/", $path), include_str!(concat!("../../content/deals/", $path)))
    };
}
/// The sample project: the repository's own example in part, one deal won, one lost, one open with gaps.
const SAMPLE: &[(&str, &str)] = &[
    ("content/leverage.md", include_str!("../../content/leverage.md")),
    sample!("kolbrand-tube-2025/2025-01-20-what-others-pay.md"),
    sample!("kolbrand-tube-2025/2025-02-06-first-meeting.md"),
    sample!("kolbrand-tube-2025/2025-02-20-mill-visit.md"),
    sample!("kolbrand-tube-2025/2025-03-07-closing.md"),
    sample!("ledgerwick-renewal/2025-02-11-renewal-quote.md"),
    sample!("ledgerwick-renewal/2025-03-04-user-day.md"),
    sample!("ledgerwick-renewal/2025-03-26-call-with-lacombe.md"),
    sample!("ledgerwick-renewal/2025-04-15-post-mortem.md"),
    sample!("merrowby-service/2026-10-01-service-visit.md"),
    sample!("merrowby-service/2026-10-29-kirsty-vane.md"),
    sample!("merrowby-service/2026-11-10-loan-chair.md"),
    sample!("merrowby-service/2026-11-18-prep.md"),
];

const SETTINGS: &str = "\
# The settings of this playbook. Every key is optional.
[playbook]
title = \"Negotiation playbook\"
language = \"en\"

[paths]
leverage = \"content/leverage.md\"   # the list of principles
notes = [\"content\"]                # folders with deal notes
output = \"site\"                    # the built site

# Words in `outcome:` that mean one of the four outcomes.
[outcomes]
won = [\"won\", \"signed\", \"closed-won\"]
partly = [\"partly\", \"mixed\"]
lost = [\"lost\", \"closed-lost\", \"walked\"]
open = [\"open\", \"in progress\", \"\"]
";

pub(super) fn run(global: &Global, args: &Init, terminal: &mut Terminal) -> Result<Exit, CliError> {
    let folder = args.folder.as_deref().or(global.root.as_deref()).unwrap_or(Path::new("."));
    let folder = disk::absolute_new(folder);
    if folder.join(FILE_NAME).exists() {
        return Err(CliError::Message(format!(
            "{} is there already; nothing was written",
            shown(&folder.join(FILE_NAME))
        )));
    }
    match disk::markdown_files(&folder) {
        notes if notes.is_empty() => start_new(&folder, terminal),
        notes => join_vault(&folder, &notes, terminal),
    }
}

/// A fresh project with settings, the leverage document and three deals.
fn start_new(folder: &Path, terminal: &mut Terminal) -> Result<Exit, CliError> {
    for (path, text) in SAMPLE {
        write_new(&folder.join(path), text)?;
    }
    write_new(&folder.join(FILE_NAME), SETTINGS)?;
    terminal
        .done("Started", &format!("{} with a leverage document and three sample deals", shown(folder)))?;
    next_steps(folder, terminal)
}

/// Settings for notes that are there already; nothing else is written, and nothing into a note.
fn join_vault(folder: &Path, notes: &[PathBuf], terminal: &mut Terminal) -> Result<Exit, CliError> {
    let has_content = folder.join("content").is_dir();
    let root = if has_content { "content/" } else { "" };
    let leverage = notes.iter().find(|path| {
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().to_lowercase());
        stem.is_some_and(|stem| stem.contains("leverage"))
    });
    let leverage_path =
        leverage.map_or(format!("{root}leverage.md"), |path| path.to_string_lossy().replace('\\', "/"));
    let name = folder.file_name().map_or("vault".into(), |name| name.to_string_lossy());
    let notes_folder = if has_content { "content" } else { "." };
    let output = if has_content { "site".to_owned() } else { format!("../{name}-site") };
    let quoted = |text: &str| toml::Value::from(text).to_string();
    let settings = format!(
        "# The settings of this playbook. Every key is optional.\n[playbook]\ntitle = {}\n\n[paths]\nleverage = {}\nnotes = [{}]\noutput = {}{}\n",
        quoted(&name),
        quoted(&leverage_path),
        quoted(notes_folder),
        quoted(&output),
        if has_content { "" } else { "   # outside the vault, which is never written to" }
    );
    write_new(&folder.join(FILE_NAME), &settings)?;
    let found = count(notes.len(), "Markdown file");
    terminal.done("Found", &format!("{found} in {}; only {FILE_NAME} was written", shown(folder)))?;
    match leverage {
        Some(path) => terminal.done("Reading", &format!("the principles from {}", path.display()))?,
        None => {
            let message = format!(
                "no leverage document was found; write {leverage_path}, or set [paths] leverage in {FILE_NAME}"
            );
            terminal.done("Missing", &message)?;
        }
    }
    next_steps(folder, terminal)
}

fn next_steps(folder: &Path, terminal: &mut Terminal) -> Result<Exit, CliError> {
    let there = shown(folder);
    let change = if there == "." || disk::absolute_new(Path::new(".")) == folder {
        String::new()
    } else {
        format!("  cd {there}\n")
    };
    terminal.line(&format!(
        "Next:\n{change}  leverbook principles    what was understood of the leverage document\n  leverbook build         the site\n  leverbook watch         the site, built anew whenever a note is saved"
    ))?;
    Ok(Exit::Done)
}
