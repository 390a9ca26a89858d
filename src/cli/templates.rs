//! `leverbook templates`

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::args::{Global, TemplatesWhat};
use super::print::Terminal;
use super::{CliError, Exit, args, project};
use crate::config::Config;
use crate::diagnostic::nearest;
use crate::engine::Engine;
use crate::site::{self, ContextOf, FieldOf, Part, Site, Templates};
use crate::vault::disk;

/// How much of an example is shown to a person.
const EXAMPLE_LENGTH: usize = 90;

/// A file that can be replaced, as `list --format json` prints it.
#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    /// `own` for a file of the project that has no built-in one.
    group: &'a str,
    replaced: bool,
    /// Where the project's file is or would be, from its root.
    file: String,
}

pub(super) fn run(
    global: &Global,
    args: &args::Templates,
    terminal: &mut Terminal,
) -> Result<Exit, CliError> {
    match &args.what {
        TemplatesWhat::List => list(global, terminal),
        TemplatesWhat::Show { name } => show(name, terminal),
        TemplatesWhat::Context { page, edition } => context(global, page, edition, terminal),
    }
}

fn list(global: &Global, terminal: &mut Terminal) -> Result<Exit, CliError> {
    let project = project::open(global)?;
    let vault = project.read(None, &[])?;
    let folder = &project.config.templates;
    let parts = site::catalogue();
    let known: BTreeSet<&str> = parts.iter().map(|part| part.name).collect();
    let own = vault.overrides.keys().filter(|name| !known.contains(name.as_str()));
    let rows: Vec<Row> = parts
        .iter()
        .map(|part| {
            let own = vault.overrides.get(part.name);
            (part.group, part.name, own.is_some_and(|bytes| **bytes != *part.text.as_bytes()))
        })
        .chain(own.map(|name| ("own", name.as_str(), false)))
        .map(|(group, name, replaced)| Row { name, group, replaced, file: format!("{folder}/{name}") })
        .collect();
    if terminal.json() {
        terminal.value(&rows)?;
        return Ok(Exit::Done);
    }
    let mut group = "";
    for row in &rows {
        if group != row.group {
            if !group.is_empty() {
                terminal.line("")?;
            }
            terminal.line(title(row.group))?;
            group = row.group;
        }
        let mark = if row.replaced { format!("  replaced by {}", row.file) } else { String::new() };
        terminal.line(&format!("  {:<28}{mark}", row.name).trim_end().replace('\n', " "))?;
    }
    terminal.line("")?;
    terminal.line(&format!("A file of the same name in {folder}/ replaces a built-in one."))?;
    terminal.line("`leverbook templates show NAME` prints it; `leverbook templates context PAGE` says what it is given.")?;
    Ok(Exit::Done)
}

fn title(group: &str) -> &'static str {
    match group {
        "pages" => "Pages",
        "partials" => "Parts of pages",
        "words" => "Words of the interface",
        "assets" => "Styles, scripts and pictures",
        _ => "Files of this project alone",
    }
}

fn show(name: &str, terminal: &mut Terminal) -> Result<Exit, CliError> {
    let parts = site::catalogue();
    let part = find(&parts, name)?;
    terminal.raw(part.text.as_bytes())?;
    Ok(Exit::Done)
}

/// The file of this path, else the only one of this name with or without its ending.
fn find<'a>(parts: &'a [Part], name: &str) -> Result<&'a Part, CliError> {
    if let Some(part) = parts.iter().find(|part| part.name == name) {
        return Ok(part);
    }
    let file = |part: &Part| part.name.rsplit('/').next().unwrap_or_default();
    let stem = |part: &Part| file(part).split('.').next().unwrap_or_default();
    let named: Vec<&Part> = parts.iter().filter(|part| file(part) == name || stem(part) == name).collect();
    match named[..] {
        [part] => Ok(part),
        [] => {
            let near = site::nearest_file(name, parts.iter().map(|part| part.name));
            let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            Err(CliError::Message(format!(
                "there is no built-in file `{name}`{near}\n  help: `leverbook templates list` prints all of them"
            )))
        }
        _ => {
            let names: Vec<&str> = named.iter().map(|part| part.name).collect();
            Err(CliError::Message(format!("`{name}` could be {}", names.join(" or "))))
        }
    }
}

fn context(global: &Global, page: &str, edition: &str, terminal: &mut Terminal) -> Result<Exit, CliError> {
    let project = project::open(global)?;
    let vault = project.read(None, &[])?;
    let audience = project.audience_of(edition, edition == "author")?;
    let snapshot = Engine::new(Arc::clone(&project.config), audience).update(&vault, project::today());
    // Whoever asks what there is has perhaps a template that cannot be used yet.
    let templates = Templates::new(&project.config, &vault.overrides)
        .or_else(|_| Templates::new(&Config::default(), &std::collections::BTreeMap::new()))?;
    let site = Site::new(snapshot.playbook, Arc::new(templates), disk::read_attachment);
    let Some(context) = site.context_of(page) else {
        let pages = site::pages();
        let near = nearest(page, pages.iter().copied());
        let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        return Err(CliError::Message(format!(
            "there is no page `{page}`{near}\n  help: there are {}, and the paths of all pages of the site",
            pages.join(", ")
        )));
    };
    if terminal.json() {
        terminal.value(&context)?;
    } else {
        print(&context, terminal)?;
    }
    Ok(Exit::Done)
}

fn print(context: &ContextOf, terminal: &mut Terminal) -> Result<(), CliError> {
    terminal.line(&format!("{}: {}", context.template, context.about))?;
    match &context.path {
        Some(path) => terminal.line(&format!("Examples are from {path} and pages like it."))?,
        None => terminal.line("This project has no such page yet, so there are no examples.")?,
    }
    terminal.line("")?;
    context.variables.iter().try_for_each(|field| print_field(field, terminal))?;
    for record in &context.records {
        terminal.line("")?;
        terminal.line(&format!("{}: {}", record.name, record.about))?;
        record.fields.iter().try_for_each(|field| print_field(field, terminal))?;
    }
    terminal.line("")?;
    terminal.line("`--format json` prints all data of the page.")
}

fn print_field(field: &FieldOf, terminal: &mut Terminal) -> Result<(), CliError> {
    terminal.line(&format!("  {:<16} {:<24} {}", field.name, field.shape, field.meaning))?;
    match &field.example {
        None | Some(Value::Object(_)) => Ok(()),
        // What lists of records hold is shown with the records.
        Some(Value::Array(values)) if values.iter().any(Value::is_object) => Ok(()),
        Some(value) => {
            let text = value.to_string();
            let short: String = text.chars().take(EXAMPLE_LENGTH).collect();
            let dots = if short.len() < text.len() { "…" } else { "" };
            terminal.line(&format!("  {:<16} = {short}{dots}", ""))
        }
    }
}
