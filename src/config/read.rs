//! Reads the settings: every key typed, every problem reported, the nearest key named.

use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Config, EditionConfig, Editor, OutcomeWords, PublishConfig, Visibility};
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::source::{Source, Span};

type Value<'a> = Spanned<DeValue<'a>>;

/// The settings of a text.
///
/// # Errors
/// All problems of the text, if it has any: settings are used whole or not at all.
pub fn read(source: &Arc<Source>) -> Result<Config, Vec<Diagnostic>> {
    let table = match DeTable::parse(source.text()) {
        Ok(table) => table,
        Err(error) => {
            let span = error.span().map_or(Span::new(0, 0), Span::from);
            return Err(vec![Diagnostic::at(Code::SettingsSyntax, source, span, error.message().trim())]);
        }
    };
    let mut reader = Reader { source, problems: Vec::new() };
    let config = reader.config(table.get_ref());
    if reader.problems.is_empty() { Ok(config) } else { Err(reader.problems) }
}

/// Collects problems while a table is read.
struct Reader<'a> {
    source: &'a Arc<Source>,
    problems: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn config(&mut self, root: &DeTable<'_>) -> Config {
        let mut config = Config::default();
        let Config { title, language, base_url, .. } = &mut config;
        self.tables(
            root,
            "",
            &["playbook", "paths", "linking", "markdown", "outcomes", "editions", "publish", "serve"],
        );
        self.section(root, "playbook", &["title", "language", "base_url"], |reader, key, value| match key {
            "title" => reader.text(value, title),
            "language" => reader.language(value, language),
            _ => reader.base_url(value, base_url),
        });
        let Config { leverage, notes, templates, output, exclude, .. } = &mut config;
        self.section(
            root,
            "paths",
            &["leverage", "notes", "templates", "output", "exclude"],
            |reader, key, value| match key {
                "leverage" => reader.path(value, leverage),
                "notes" => reader.paths(value, notes),
                "templates" => reader.path(value, templates),
                "output" => reader.output(value, output),
                _ => reader.texts(value, exclude),
            },
        );
        let Config { min_confidence, max_links, .. } = &mut config;
        self.section(root, "linking", &["min_confidence", "max_links"], |reader, key, value| match key {
            "min_confidence" => reader.share(value, min_confidence),
            _ => reader.count(value, max_links),
        });
        let math = &mut config.math;
        self.section(root, "markdown", &["math"], |reader, _, value| reader.flag(value, math));
        let OutcomeWords { won, partly, lost, open } = &mut config.outcomes;
        self.section(root, "outcomes", &["won", "partly", "lost", "open"], |reader, key, value| match key {
            "won" => reader.texts(value, won),
            "partly" => reader.texts(value, partly),
            "lost" => reader.texts(value, lost),
            _ => reader.texts(value, open),
        });
        self.editions(root, &mut config);
        self.publish(root, &mut config);
        let editor = &mut config.editor;
        self.section(root, "serve", &["editor"], |reader, _, value| reader.editor(value, editor));
        config
    }

    fn editions(&mut self, root: &DeTable<'_>, config: &mut Config) {
        for (name, table) in self.named_tables(root, "editions") {
            self.tables(table, &format!("editions.{name}"), &["includes", "redact"]);
            let mut edition =
                EditionConfig { includes: Vec::new(), redact: std::collections::BTreeMap::new() };
            if let Some(value) = table.get("includes") {
                self.visibilities(value, &mut edition.includes);
            } else {
                let known = config.editions.get(&name);
                edition.includes = known.map_or(vec![Visibility::Public], |known| known.includes.clone());
            }
            if let Some(value) = table.get("redact") {
                let Some(pairs) = value.get_ref().as_table() else {
                    self.wrong(value, "a table of names and their replacements");
                    continue;
                };
                for (word, replacement) in pairs {
                    let mut text = String::new();
                    self.text(replacement, &mut text);
                    edition.redact.insert(word.get_ref().to_string(), text);
                }
            }
            config.editions.insert(name, edition);
        }
    }

    fn publish(&mut self, root: &DeTable<'_>, config: &mut Config) {
        for (name, table) in self.named_tables(root, "publish") {
            self.tables(table, &format!("publish.{name}"), &["to", "edition"]);
            let mut target = PublishConfig { to: String::new(), edition: "team".to_owned() };
            if let Some(value) = table.get("to") {
                self.text(value, &mut target.to);
            }
            if let Some(value) = table.get("edition") {
                self.text(value, &mut target.edition);
                if !config.editions.contains_key(&target.edition) {
                    let message = format!("there is no edition `{}`", target.edition);
                    let known = config.editions.keys().map(String::as_str);
                    let help = nearest(&target.edition, known).map(|name| format!("did you mean `{name}`?"));
                    self.problem(Code::SettingsValue, value.span().into(), message, help);
                }
            }
            config.publish.insert(name, target);
        }
    }

    fn named_tables<'t, 'i>(&mut self, root: &'t DeTable<'i>, key: &str) -> Vec<(String, &'t DeTable<'i>)> {
        let Some(value) = root.get(key) else { return Vec::new() };
        let Some(table) = value.get_ref().as_table() else {
            self.wrong(value, "a table");
            return Vec::new();
        };
        let mut tables = Vec::new();
        for (name, value) in table {
            match value.get_ref().as_table() {
                Some(table) => tables.push((name.get_ref().to_string(), table)),
                None => self.wrong(value, "a table"),
            }
        }
        tables
    }

    /// Reads the known keys of a section and reports the others.
    fn section(
        &mut self,
        root: &DeTable<'_>,
        name: &str,
        known: &[&str],
        mut read: impl FnMut(&mut Self, &str, &Value<'_>),
    ) {
        let Some(value) = root.get(name) else { return };
        let Some(table) = value.get_ref().as_table() else {
            self.wrong(value, "a table");
            return;
        };
        self.tables(table, name, known);
        for key in known {
            if let Some(value) = table.get(*key) {
                read(self, key, value);
            }
        }
    }

    /// Reports every key of a table that is not known there.
    fn tables(&mut self, table: &DeTable<'_>, section: &str, known: &[&str]) {
        for (key, _) in table {
            let word = key.get_ref().as_ref();
            if known.contains(&word) {
                continue;
            }
            let place = if section.is_empty() { String::new() } else { format!(" in `[{section}]`") };
            let help = match nearest(word, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known here: {}", known.join(", ")),
            };
            self.problem(
                Code::SettingsKey,
                key.span().into(),
                format!("unknown key `{word}`{place}"),
                Some(help),
            );
        }
    }

    fn text(&mut self, value: &Value<'_>, target: &mut String) {
        match value.get_ref().as_str() {
            Some(text) => text.clone_into(target),
            None => self.wrong(value, "a text in quotes"),
        }
    }

    fn texts(&mut self, value: &Value<'_>, target: &mut Vec<String>) {
        let Some(items) = value.get_ref().as_array() else {
            self.wrong(value, "a list of texts");
            return;
        };
        target.clear();
        for item in items {
            let mut text = String::new();
            self.text(item, &mut text);
            target.push(text);
        }
    }

    fn language(&mut self, value: &Value<'_>, target: &mut String) {
        self.text(value, target);
        let is_tag = !target.is_empty()
            && target.split('-').all(|part| {
                (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
            });
        if !is_tag {
            self.wrong(value, "a language tag such as \"en\" or \"de-CH\"");
        }
    }

    fn base_url(&mut self, value: &Value<'_>, target: &mut String) {
        self.text(value, target);
        let plain = |text: &str| {
            !text.contains(|character: char| character.is_whitespace() || "\"'<>".contains(character))
        };
        if !target.is_empty()
            && !((target.starts_with("https://") || target.starts_with("http://")) && plain(target))
        {
            self.wrong(value, "an address that begins with https:// or http://");
        }
    }

    /// A path below the project's root.
    fn path(&mut self, value: &Value<'_>, target: &mut String) {
        self.text(value, target);
        *target = target.trim_start_matches("./").trim_end_matches('/').to_owned();
        if target.starts_with('/') || target.contains('\\') || target.split('/').any(|part| part == "..") {
            self.wrong(value, "a path below the project's folder, with `/` between folders");
        }
    }

    fn paths(&mut self, value: &Value<'_>, target: &mut Vec<String>) {
        let Some(items) = value.get_ref().as_array() else {
            self.wrong(value, "a list of folders");
            return;
        };
        target.clear();
        for item in items {
            let mut path = String::new();
            self.path(item, &mut path);
            target.push(path);
        }
    }

    /// The output may lie anywhere; what must not be overwritten is checked when it is claimed.
    fn output(&mut self, value: &Value<'_>, target: &mut String) {
        self.text(value, target);
        if target.trim().is_empty() {
            self.wrong(value, "a folder");
        }
    }

    fn share(&mut self, value: &Value<'_>, target: &mut f64) {
        let number = match value.get_ref() {
            DeValue::Float(float) => float.as_str().parse().ok(),
            DeValue::Integer(integer) => integer.as_str().parse().ok(),
            _ => None,
        };
        match number {
            Some(number) if (0.0..=1.0).contains(&number) => *target = number,
            _ => self.wrong(value, "a number from 0 to 1"),
        }
    }

    fn count(&mut self, value: &Value<'_>, target: &mut usize) {
        match value.get_ref().as_integer().and_then(|integer| integer.as_str().parse().ok()) {
            Some(count) => *target = count,
            None => self.wrong(value, "a whole number"),
        }
    }

    fn flag(&mut self, value: &Value<'_>, target: &mut bool) {
        match value.get_ref().as_bool() {
            Some(flag) => *target = flag,
            None => self.wrong(value, "true or false"),
        }
    }

    fn editor(&mut self, value: &Value<'_>, target: &mut Editor) {
        let mut text = String::new();
        self.text(value, &mut text);
        match Editor::WORDS.iter().find(|(word, _)| *word == text) {
            Some((_, editor)) => *target = *editor,
            None if value.get_ref().as_str().is_none() => {}
            None => {
                let words: Vec<&str> = Editor::WORDS.iter().map(|(word, _)| *word).collect();
                let help = format!("known here: {}", words.join(", "));
                let message = format!("no editor is called `{text}`");
                self.problem(Code::SettingsValue, value.span().into(), message, Some(help));
            }
        }
    }

    fn visibilities(&mut self, value: &Value<'_>, target: &mut Vec<Visibility>) {
        let mut words = Vec::new();
        self.texts(value, &mut words);
        for word in words {
            match Visibility::of_word(&word) {
                Some(visibility) => target.push(visibility),
                None => self.wrong(value, "a list of \"private\", \"team\", \"public\""),
            }
        }
    }

    fn wrong(&mut self, value: &Value<'_>, expected: &str) {
        self.problem(Code::SettingsValue, value.span().into(), format!("expected {expected}"), None);
    }

    fn problem(&mut self, code: Code, span: Span, message: String, help: Option<String>) {
        let diagnostic = Diagnostic::at(code, self.source, span, message);
        self.problems.push(Diagnostic { help, ..diagnostic });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceId;

    fn read_text(text: &str) -> Result<Config, Vec<String>> {
        let source = Arc::new(Source::new(SourceId::new("leverbook.toml"), text));
        read(&source).map_err(|problems| {
            let line = |problem: &Diagnostic| {
                let (start, _) = problem.positions().unwrap();
                let help = problem.help.as_deref().unwrap_or_default();
                format!(
                    "{}:{}: {} {}; {help}",
                    start.line,
                    start.column,
                    problem.code.as_str(),
                    problem.message
                )
            };
            problems.iter().map(line).collect()
        })
    }

    #[test]
    fn every_key_is_read() {
        let text = r#"
            [playbook]
            title = "Deals"
            language = "de-CH"
            base_url = "https://books.example/"
            [paths]
            leverage = "./vault/lever.md"
            notes = ["vault/"]
            output = "../out"
            exclude = ["Templates/**"]
            [linking]
            min_confidence = 1
            max_links = 5
            [outcomes]
            won = ["gewonnen"]
            [editions.board]
            includes = ["Public", "team"]
            redact = { "Acme Corp" = "A" }
            [publish.main]
            to = "dir:/srv"
            edition = "board"
            [serve]
            editor = "$EDITOR"
        "#;
        let config = read_text(text).unwrap();
        assert_eq!((config.title.as_str(), config.language.as_str()), ("Deals", "de-CH"));
        assert_eq!(
            (config.leverage.as_str(), &config.notes[..]),
            ("vault/lever.md", &["vault".to_owned()][..])
        );
        assert_eq!((config.max_links, config.outcomes.won.as_slice()), (5, &["gewonnen".to_owned()][..]));
        assert_eq!(config.editions["board"].includes, [Visibility::Public, Visibility::Team]);
        assert_eq!(config.publish["main"].edition, "board");
        assert_eq!(config.editor, Editor::Command);
        assert_eq!(read_text("").unwrap(), Config::default());
    }

    #[test]
    fn every_problem_is_named_with_its_place() {
        let text = "[playbok]\n[paths]\nnotes = \"x\"\nouput = \"y\"\n[linking]\nmin_confidence = 1.5\n[publish.a]\nedition = \"taem\"\n";
        let expected = [
            "1:2: LB041 unknown key `playbok`; did you mean `playbook`?",
            "4:1: LB041 unknown key `ouput` in `[paths]`; did you mean `output`?",
            "3:9: LB042 expected a list of folders; ",
            "6:18: LB042 expected a number from 0 to 1; ",
            "8:11: LB042 there is no edition `taem`; did you mean `team`?",
        ];
        assert_eq!(read_text(text).unwrap_err(), expected);
        assert!(read_text("[paths\n").unwrap_err()[0].starts_with("1:7: LB040"));
        assert!(read_text("[paths]\nnotes = [\"../x\"]").is_err());
    }
}
