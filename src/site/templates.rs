//! The templates and assets: built in, overridden file by file.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use tera::value::Key;
use tera::{Context, Kwargs, Map, State, StringInput, Tera, Value};

use super::template_error::{Origins, TemplateError};
use super::words::{self, Words};
use crate::config::Config;

/// All templates of a project, loaded and checked, and the assets that go with them.
pub struct Templates {
    tera: Tera,
    pub(super) words: Arc<Words>,
    /// Style sheets, script, icon and what the project adds, by path below the templates folder.
    assets: BTreeMap<String, Cow<'static, [u8]>>,
    /// What an error has to name.
    origins: Arc<Origins>,
    /// The frames made so far, by the root that their links begin with and the section that is current.
    frames: Mutex<BTreeMap<(String, String), Value>>,
}

/// A built-in file: its path below `templates/` and its text.
pub(super) type BuiltIn = (&'static str, &'static str);

/// Embeds files of `templates/` under their paths.
macro_rules! built_in {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/templates/", $name)))),*]
    };
}

/// The templates; a new page kind adds one line.
pub(super) const TEMPLATES: &[BuiltIn] = built_in![
    "base.html",
    "partials/coverage.html",
    "partials/dots.html",
    "partials/fact.html",
    "partials/frame.html",
    "partials/interval.html",
    "partials/keys.html",
    "partials/list.html",
    "partials/offers.html",
    "partials/outcome.html",
    "partials/pager.html",
    "partials/quote.html",
    "partials/record.html",
    "partials/search.html",
    "partials/why.html",
    "partials/zone.html",
    "pages/about.html",
    "pages/brief.html",
    "pages/counterparty.html",
    "pages/deal.html",
    "pages/evidence.html",
    "pages/index.html",
    "pages/list.html",
    "pages/matrix.html",
    "pages/missing.html",
    "pages/note.html",
    "pages/outcomes.html",
    "pages/principle.html",
    "pages/review.html",
    "pages/search.html",
    "pages/tag.html",
];

/// The style sheets in the order of the cascade; they are sent as one file. A project's `assets/css/custom.css` follows them.
pub(super) const STYLES: &[BuiltIn] = built_in![
    "assets/css/reset.css",
    "assets/css/tokens.css",
    "assets/css/prose.css",
    "assets/css/layout.css",
    "assets/css/components.css",
    "assets/css/utilities.css",
];

/// Where a project puts rules of its own; they stand outside all layers and win.
pub(super) const CUSTOM_STYLES: &str = "assets/css/custom.css";

pub(super) const OTHER_ASSETS: &[BuiltIn] =
    built_in!["assets/js/book.js", "assets/js/search.js", "assets/icon.svg"];

/// The path of the style sheet in the site.
pub(super) const STYLE_SHEET: &str = "assets/book.css";

impl Templates {
    /// Loads the built-in templates and those that replace them, by path below the templates folder, and the words of a language.
    ///
    /// # Errors
    /// A template or a file of words that is wrong, with file, line and caret.
    pub fn new(config: &Config, overrides: &BTreeMap<String, Arc<[u8]>>) -> Result<Self, TemplateError> {
        Self::load(config, overrides).map_err(|error| match error {
            Failure::File(error) => error.below(&config.templates),
            Failure::Engine(error) => error,
        })
    }

    fn load(config: &Config, overrides: &BTreeMap<String, Arc<[u8]>>) -> Result<Self, Failure> {
        let words = Arc::new(Words::new(&config.language, overrides)?);
        let mut sources: BTreeMap<&str, &str> = TEMPLATES.iter().copied().collect();
        let mut own = BTreeMap::new();
        let mut assets: BTreeMap<String, Cow<'static, [u8]>> = BTreeMap::new();
        let mut styles: BTreeMap<&str, &[u8]> =
            STYLES.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
        for (name, text) in OTHER_ASSETS {
            let bytes = if has_extension(name, "js") {
                Cow::Owned(lean(text))
            } else {
                Cow::Borrowed(text.as_bytes())
            };
            assets.insert(published_name(name), bytes);
        }
        for (name, bytes) in overrides {
            if is_built_in(name, bytes) {
                continue;
            }
            if styles.contains_key(name.as_str()) || name == CUSTOM_STYLES {
                styles.insert(name, bytes);
            } else if name.starts_with("assets/") {
                assets.insert(published_name(name), Cow::Owned(bytes.to_vec()));
            } else if has_extension(name, "html") || has_extension(name, "xml") {
                let text =
                    std::str::from_utf8(bytes).map_err(|_| TemplateError::of_file(name, "is not UTF-8"))?;
                sources.insert(name, text);
                own.insert(name.clone(), Arc::from(text));
            }
        }
        assets.insert(STYLE_SHEET.to_owned(), Cow::Owned(style_sheet(&styles)));
        let mut tera = Tera::default();
        tera.register_filter("say", words.filter());
        tera.register_filter("capitalized", capitalized);
        let mut worded = Vec::with_capacity(sources.len());
        for (name, text) in sources {
            worded.push((name, words.insert(name, text)?));
        }
        let origins = Arc::new(Origins { folder: config.templates.clone(), own });
        tera.add_raw_templates(worded)
            .map_err(|error| Failure::Engine(TemplateError::of(&error, &origins, &words)))?;
        Ok(Self { tera, words, assets, origins, frames: Mutex::default() })
    }

    /// The same templates with values that every page sees.
    pub(super) fn with_globals(&self, name: &'static str, globals: &impl Serialize) -> Self {
        let mut tera = self.tera.clone();
        tera.global_context().insert(name, globals);
        Self {
            tera,
            words: Arc::clone(&self.words),
            assets: self.assets.clone(),
            origins: Arc::clone(&self.origins),
            frames: Mutex::default(),
        }
    }

    /// Paths of the assets in the site, ascending.
    pub(super) fn asset_paths(&self) -> impl Iterator<Item = &str> {
        self.assets.keys().map(String::as_str)
    }

    /// The bytes of an asset by its path in the site.
    pub(super) fn asset(&self, path: &str) -> Option<&[u8]> {
        self.assets.get(path).map(AsRef::as_ref)
    }

    /// What is the same on all pages of a section, made once; `frame` in templates. The globals must be known.
    pub(super) fn frame(&self, root: &str, section: &str) -> Result<Value, TemplateError> {
        let mut frames = self.frames.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (root.to_owned(), section.to_owned());
        if let Some(frame) = frames.get(&key) {
            return Ok(frame.clone());
        }
        let part = |name: &'static str, arguments: &[&'static str]| {
            let mut context = Context::new();
            for argument in arguments {
                context.insert(*argument, if *argument == "root" { root } else { section });
            }
            let html = self.tera.render_component(name, &context, None, true);
            let html = html.map_err(|error| TemplateError::of(&error, &self.origins, &self.words))?;
            Ok((Key::Str(name), Value::safe_string(&html)))
        };
        let parts = [
            part("bar", &["root", "section"]),
            part("foot", &["root"]),
            part("finder", &["root"]),
            part("help", &[]),
        ];
        let frame = Value::from(parts.into_iter().collect::<Result<Map, TemplateError>>()?);
        frames.insert(key, frame.clone());
        Ok(frame)
    }

    /// One page.
    pub(super) fn render(&self, name: &str, context: &Context) -> Result<Vec<u8>, TemplateError> {
        let mut bytes = Vec::with_capacity(16 * 1024);
        self.tera
            .render_to(name, context, &mut bytes)
            .map_err(|error| TemplateError::of(&error, &self.origins, &self.words))?;
        Ok(bytes)
    }
}

/// Why templates cannot be loaded.
enum Failure {
    /// A file of the project; its path is the one below the templates folder.
    File(TemplateError),
    /// A complaint of the engine; its paths are whole.
    Engine(TemplateError),
}

impl From<TemplateError> for Failure {
    fn from(error: TemplateError) -> Self {
        Self::File(error)
    }
}

/// The filter `capitalized`: the first letter as it opens a sentence.
#[expect(clippy::needless_pass_by_value, reason = "filters get their values so")]
fn capitalized(text: StringInput, _: Kwargs, _: &State) -> Value {
    text.inherit_safety(words::capitalized(text.as_str()))
}

/// Scripts stand beside the style sheet, so that they find the site's root from their own address.
fn published_name(name: &str) -> String {
    match name {
        "assets/js/book.js" => "assets/book.js".to_owned(),
        "assets/js/search.js" => "assets/search.js".to_owned(),
        other => other.to_owned(),
    }
}

/// Whether a file of the project is the built-in one, byte for byte: then it replaces nothing.
pub(super) fn is_built_in(name: &str, bytes: &[u8]) -> bool {
    let mut all = TEMPLATES.iter().chain(STYLES).chain(OTHER_ASSETS);
    all.any(|(other, text)| *other == name && text.as_bytes() == bytes)
}

/// A built-in script without comments and indentation, which readers need not be sent. No text in them runs over a line's end.
fn lean(script: &str) -> Vec<u8> {
    let lines = script.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//"));
    lines.flat_map(|line| [line, "\n"]).collect::<String>().into_bytes()
}

fn style_sheet(styles: &BTreeMap<&str, &[u8]>) -> Vec<u8> {
    let mut sheet = b"@layer reset, tokens, prose, layout, components, utilities;\n".to_vec();
    for name in STYLES.iter().map(|(name, _)| *name).chain([CUSTOM_STYLES]) {
        if let Some(bytes) = styles.get(name) {
            sheet.extend_from_slice(bytes);
            sheet.push(b'\n');
        }
    }
    sheet
}

pub(super) fn has_extension(name: &str, extension: &str) -> bool {
    name.rsplit_once('.').is_some_and(|(_, found)| found.eq_ignore_ascii_case(extension))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_of_a_built_in_script_runs_over_the_end_of_a_line() {
        for (name, text) in OTHER_ASSETS.iter().filter(|(name, _)| has_extension(name, "js")) {
            for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
                assert!(line.matches('`').count() % 2 == 0, "{name}: {line}");
                assert!(!line.contains("/*") || line.contains("*/"), "{name}: {line}");
            }
        }
    }
}
