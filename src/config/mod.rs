//! The settings: from the text of `leverbook.toml` to a [`Config`] in which every key is typed and resolved.
//!
//! Where the file is found and how it is read is the vault's trade.

mod read;

use std::collections::BTreeMap;

pub use read::read;

/// The name of the settings file.
pub const FILE_NAME: &str = "leverbook.toml";

/// All settings, defaults filled in. Paths are relative to the project's root, with `/`.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// `[playbook] title`
    pub title: String,
    /// `[playbook] language`, a BCP 47 tag.
    pub language: String,
    /// `[playbook] base_url`, for sitemap and feed only.
    pub base_url: String,
    /// `[paths] leverage`
    pub leverage: String,
    /// `[paths] notes`
    pub notes: Vec<String>,
    /// `[paths] templates`
    pub templates: String,
    /// `[paths] output`
    pub output: String,
    /// `[paths] exclude`, globs in gitignore syntax.
    pub exclude: Vec<String>,
    /// `[linking] min_confidence`
    pub min_confidence: f64,
    /// `[linking] max_links`
    pub max_links: usize,
    /// `[markdown] math`
    pub math: bool,
    /// `[outcomes]`
    pub outcomes: OutcomeWords,
    /// `[editions.NAME]`, the built-in ones included.
    pub editions: BTreeMap<String, EditionConfig>,
    /// `[publish.NAME]`
    pub publish: BTreeMap<String, PublishConfig>,
    /// `[serve] editor`
    pub editor: Editor,
}

/// What opens a note at its line when somebody asks for it in the browser.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Editor {
    /// VS Code, by an address that it has told the system to be its own.
    #[default]
    VsCode,
    /// `VSCodium`, likewise.
    VsCodium,
    /// Obsidian, likewise; it opens the note, not the line.
    Obsidian,
    /// The command that `VISUAL` or `EDITOR` names. The settings cannot name another: they may come from somebody else.
    Command,
}

/// What one audience may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditionConfig {
    /// Which visibilities it includes.
    pub includes: Vec<Visibility>,
    /// Names to be replaced wherever they occur.
    pub redact: BTreeMap<String, String>,
}

/// Where a site is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishConfig {
    /// `dir:`, `s3:` or `git:` target.
    pub to: String,
    /// Which edition goes there.
    pub edition: String,
}

/// Who may see a note or a passage; a wider audience sees less.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Visibility {
    /// Everyone.
    Public,
    /// The team.
    #[default]
    Team,
    /// The author only.
    Private,
}

/// Which free words mean which outcome, in small letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutcomeWords {
    /// Words for a deal that was won.
    pub won: Vec<String>,
    /// Words for a deal that brought some of what was wanted.
    pub partly: Vec<String>,
    /// Words for a deal that was lost.
    pub lost: Vec<String>,
    /// Words for a deal that is still open.
    pub open: Vec<String>,
}

impl Config {
    /// A path from the project's root as it is named in the vault: below its notes folder.
    pub fn below_notes<'a>(&self, path: &'a str) -> &'a str {
        let inside = self.notes.iter().filter_map(|folder| match folder.as_str() {
            "" | "." => Some(path),
            folder => path.strip_prefix(folder)?.strip_prefix('/'),
        });
        inside.min_by_key(|path| path.len()).unwrap_or(path)
    }
}

impl Default for Config {
    fn default() -> Self {
        let edition =
            |includes: &[Visibility]| EditionConfig { includes: includes.to_vec(), redact: BTreeMap::new() };
        let editions = [
            ("author", edition(&[Visibility::Private, Visibility::Team, Visibility::Public])),
            ("team", edition(&[Visibility::Team, Visibility::Public])),
            ("public", edition(&[Visibility::Public])),
        ];
        Self {
            title: "Negotiation playbook".to_owned(),
            language: "en".to_owned(),
            base_url: String::new(),
            leverage: "content/leverage.md".to_owned(),
            notes: vec!["content".to_owned()],
            templates: "templates".to_owned(),
            output: "site".to_owned(),
            exclude: Vec::new(),
            min_confidence: 0.5,
            max_links: 3,
            math: false,
            outcomes: OutcomeWords::default(),
            editions: editions.into_iter().map(|(name, edition)| (name.to_owned(), edition)).collect(),
            publish: BTreeMap::new(),
            editor: Editor::default(),
        }
    }
}

impl Editor {
    /// The words of the settings.
    pub const WORDS: &[(&str, Self)] = &[
        ("vscode", Self::VsCode),
        ("vscodium", Self::VsCodium),
        ("obsidian", Self::Obsidian),
        ("$EDITOR", Self::Command),
    ];
}

impl Default for OutcomeWords {
    fn default() -> Self {
        let words = |list: &[&str]| list.iter().map(ToString::to_string).collect();
        Self {
            won: words(&["won", "signed", "closed-won"]),
            partly: words(&["partly", "mixed"]),
            lost: words(&["lost", "closed-lost", "walked"]),
            open: words(&["open", "in progress", ""]),
        }
    }
}

impl OutcomeWords {
    /// Every word that is known, for suggestions.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        [&self.won, &self.partly, &self.lost, &self.open].into_iter().flatten().map(String::as_str)
    }
}

impl Visibility {
    /// The word of front matters, settings and callouts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Team => "team",
            Self::Private => "private",
        }
    }

    /// The visibility that a word means, in any case.
    pub fn of_word(word: &str) -> Option<Self> {
        [Self::Public, Self::Team, Self::Private]
            .into_iter()
            .find(|visibility| visibility.as_str() == word.trim().to_lowercase())
    }
}
