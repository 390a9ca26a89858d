//! Opens the project that a command is about.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::civil::Date;

use super::CliError;
use super::args::{Global, Selection};
use crate::config::{self, Config};
use crate::edition::Audience;
use crate::engine::{Engine, Snapshot};
use crate::vault::{Vault, disk};
use crate::watch::{Batch, Places};

/// A project with its settings.
#[derive(Clone, Debug)]
pub(super) struct Project {
    /// Its folder, absolute.
    pub(super) root: PathBuf,
    /// The settings file, whether it exists or not.
    pub(super) settings: PathBuf,
    /// The settings.
    pub(super) config: Arc<Config>,
}

/// Finds the project and reads its settings.
pub(super) fn open(global: &Global) -> Result<Project, CliError> {
    let root = match (&global.root, &global.config) {
        (Some(root), _) => disk::absolute(root)?,
        (None, Some(config)) => {
            let config = disk::absolute(config)?;
            config.parent().map(std::path::Path::to_path_buf).unwrap_or(config)
        }
        (None, None) => disk::find_root(&disk::absolute(std::path::Path::new("."))?)?,
    };
    let settings = match &global.config {
        Some(config) => disk::absolute(config)?,
        None => root.join(config::FILE_NAME),
    };
    let config = match disk::read_settings(&settings)? {
        Some(source) => config::read(&source).map_err(CliError::Settings)?,
        None if global.config.is_some() => {
            return Err(CliError::Message(format!("there is no settings file {}", settings.display())));
        }
        None => Config::default(),
    };
    if config.math {
        let message = "[markdown] math = true is asked for, which this version cannot do; `$` stays money";
        return Err(CliError::Message(message.to_owned()));
    }
    Ok(Project { root, settings, config: Arc::new(config) })
}

/// What a project under watch becomes if its settings are other ones now; `None` if they are the same.
pub(super) fn reopened<S>(
    global: &Global,
    before: &Project,
    batch: &Batch,
    start: impl FnOnce(Project) -> Result<S, CliError>,
) -> Result<Option<S>, CliError> {
    if !batch.settings && !batch.rescan {
        return Ok(None);
    }
    let project = open(global)?;
    if project.config == before.config { Ok(None) } else { start(project).map(Some) }
}

impl Project {
    /// Reads the vault.
    pub(super) fn read(&self, before: Option<&Vault>, dirty: &[PathBuf]) -> Result<Vault, CliError> {
        Ok(disk::read(&self.root, &self.config, before, dirty)?)
    }

    /// What has to be watched, and the folder in it that has not.
    pub(super) fn places(&self, output: &Path) -> Places {
        Places::new(&self.root, &self.settings, &self.config, output)
    }

    /// The audience that the arguments name.
    pub(super) fn audience(&self, selection: &Selection) -> Result<Audience, CliError> {
        self.audience_of(&selection.edition, selection.drafts)
    }

    /// The audience of an edition.
    pub(super) fn audience_of(&self, edition: &str, drafts: bool) -> Result<Audience, CliError> {
        let Some(audience) = Audience::of(&self.config, edition, drafts) else {
            let known: Vec<&str> = self.config.editions.keys().map(String::as_str).collect();
            return Err(CliError::Message(format!(
                "there is no edition `{edition}`; there are {}",
                known.join(", ")
            )));
        };
        if !self.config.editions[edition].redact.is_empty() {
            let message = format!(
                "edition `{edition}` asks for `redact`, which this version cannot do; nothing was written"
            );
            return Err(CliError::Message(message));
        }
        Ok(audience)
    }

    /// Everything, drafts included, as the author sees it: what questions about the content are answered from.
    pub(super) fn author_snapshot(&self, vault: &Vault) -> Snapshot {
        let includes = Config::default().editions["author"].includes.clone();
        let audience = Audience { edition: "author".to_owned(), includes, drafts: true };
        Engine::new(Arc::clone(&self.config), audience).update(vault, today())
    }
}

/// The day from which deadlines are judged: `SOURCE_DATE_EPOCH` if it is set, else the clock's day.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that asks the clock and the environment for the day"
)]
pub(super) fn today() -> Option<Date> {
    let epoch = std::env::var("SOURCE_DATE_EPOCH").ok().and_then(|text| text.parse::<u64>().ok());
    let now = || {
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).ok().map(|since| since.as_secs())
    };
    let days = i32::try_from(epoch.or_else(now)? / 86_400).ok()?;
    Date::constant(1970, 1, 1).checked_add(jiff::Span::new().days(days)).ok()
}
