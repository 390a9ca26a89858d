//! A deal note: what its front matter and its body say about a deal.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use jiff::civil::{Date, DateTime};

use super::deal::{Amount, Fact, Facts, Role, When};
use super::{Side, money};
use crate::config::Visibility;
use crate::diagnostic::{Code, Diagnostic, nearest};
use crate::markdown::Document;
use crate::markdown::front_matter::{Entry, Value};
use crate::source::Span;

/// The id of a note: its path below its notes folder, with `/`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct NoteId(pub Arc<str>);

/// A note, as one audience may read it.
#[derive(Debug)]
pub struct Note {
    /// Its path below the notes folder.
    pub id: NoteId,
    /// The parsed text.
    pub document: Document,
    /// `title`, else the first heading, else the file name.
    pub title: String,
    /// `date`, else from a file name that starts with a date.
    pub date: Option<DateTime>,
    /// `deal`, else the folder directly below the notes root.
    pub deal: Option<Name>,
    /// Who sits on the other side.
    pub counterparties: Vec<Name>,
    /// Free word.
    pub stage: Option<String>,
    /// Free word, as written; mapped by the settings' `[outcomes]`.
    pub outcome: Option<String>,
    /// Amount at stake.
    pub value: Option<f64>,
    /// ISO code.
    pub currency: Option<String>,
    /// From front matter and body, without `#`, each once.
    pub tags: Vec<String>,
    /// Other names of the note.
    pub aliases: Vec<String>,
    /// Links set by hand in `principles`, as written.
    pub principles: Vec<HandLink>,
    /// Links refused by hand in `not_principles`, as written.
    pub not_principles: Vec<HandLink>,
    /// Levers stated in `[!lever]` callouts.
    pub levers: Vec<Lever>,
    /// Who may see it.
    pub visibility: Visibility,
    /// Only shown with `--drafts`.
    pub draft: bool,
    /// The facts of its deal that this note states; notes without any share them.
    pub facts: Arc<Facts>,
    /// All other keys, as JSON, for templates.
    pub extra: BTreeMap<String, serde_json::Value>,
}

/// A name as the author wrote it, text or wikilink.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    /// What to show: the wikilink's text or the plain text.
    pub text: String,
    /// The wikilink's target, if it is one.
    pub target: Option<String>,
}

/// A principle named by the author, not yet looked up.
#[derive(Clone, Debug, PartialEq)]
pub struct HandLink {
    /// Id, title, alias, or a wikilink's target.
    pub name: String,
    /// Where it is named.
    pub span: Span,
}

/// `> [!lever] Timing (theirs, strong)`
#[derive(Clone, Debug, PartialEq)]
pub struct Lever {
    /// The principle as named.
    pub name: String,
    /// Whose it is.
    pub side: Side,
    /// How it stands: a free word, or empty.
    pub strength: String,
    /// The callout's first line.
    pub title_span: Span,
    /// The whole callout.
    pub span: Span,
}

impl Note {
    /// Whether another version of the note says the same about everything but its own page, its links and its references: only
    /// its body may differ. Then nothing that is put together from all notes changes.
    pub fn has_frame_of(&self, other: &Self) -> bool {
        // Without `..`, so that whoever adds a field decides where it belongs. Levers stand in the body and speak for links only.
        let Self {
            id,
            document,
            title,
            date,
            deal,
            counterparties,
            stage,
            outcome,
            value,
            currency,
            tags,
            aliases,
            principles,
            not_principles,
            levers: _,
            visibility,
            draft,
            facts,
            extra,
        } = other;
        // Problems of facts are shown with their lines, so these must be the same to the letter.
        let front = |document: &Document| {
            document.source.text().get(document.front_matter.span.range()).map(str::to_owned)
        };
        self.id == *id
            && self.title == *title
            && self.date == *date
            && self.deal == *deal
            && self.counterparties == *counterparties
            && self.stage == *stage
            && self.outcome == *outcome
            && self.value == *value
            && self.currency == *currency
            && self.tags == *tags
            && self.aliases == *aliases
            && self.principles == *principles
            && self.not_principles == *not_principles
            && self.visibility == *visibility
            && self.draft == *draft
            && self.facts == *facts
            && self.extra == *extra
            && self.document.source.id == document.source.id
            && self.document.front_matter == document.front_matter
            && front(&self.document) == front(document)
    }
}

/// The keys that mean something here, in the order of the contract.
pub const KEYS: &[&str] = &[
    "title",
    "date",
    "deal",
    "counterparty",
    "stage",
    "outcome",
    "value",
    "currency",
    "tags",
    "aliases",
    "principles",
    "not_principles",
    "visibility",
    "draft",
    "role",
    "target",
    "reservation",
    "their_estimate",
    "settled",
    "our_offer",
    "their_offer",
    "batna",
    "their_batna",
    "deadline",
    "their_deadline",
    "meeting",
    "owner",
    "people",
];

/// Keys of Obsidian and of common plugins: never taken for misspelt ones of ours.
const FOREIGN_KEYS: &[&str] = &[
    "tag",
    "alias",
    "cssclass",
    "cssclasses",
    "publish",
    "permalink",
    "description",
    "image",
    "cover",
    "created",
    "updated",
    "modified",
    "status",
    "state",
    "type",
    "author",
    "source",
    "up",
    "dates",
    "updates",
    "rule",
];

/// Folders that hold notes but name no deal.
const PLAIN_FOLDERS: &[&str] = &[
    "deals",
    "notes",
    "journal",
    "daily",
    "daily notes",
    "people",
    "contacts",
    "counterparties",
    "companies",
    "meetings",
    "templates",
    "attachments",
    "assets",
    "archive",
    "inbox",
];

impl Note {
    /// The civil day of the note.
    pub fn day(&self) -> Option<Date> {
        self.date.map(DateTime::date)
    }
}

impl Name {
    /// A name from a property: plain text, `[[target]]`, `[[target|text]]` or `[text](target)`.
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        let inner = text.strip_prefix("[[").and_then(|rest| rest.strip_suffix("]]"));
        if let Some(inner) = inner {
            let (target, shown) = inner.split_once('|').unwrap_or((inner, ""));
            let target = target.trim();
            let shown = if shown.trim().is_empty() { last_part(target) } else { shown.trim() };
            return Self { text: shown.to_owned(), target: Some(target.to_owned()) };
        }
        let link = text
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(')'))
            .and_then(|rest| rest.split_once("]("));
        match link {
            Some((shown, target)) => {
                Self { text: shown.trim().to_owned(), target: Some(target.trim().to_owned()) }
            }
            None => Self { text: text.to_owned(), target: None },
        }
    }

    /// The name of what is meant: the linked note's, whatever the link is shown as.
    pub fn name(&self) -> &str {
        self.target.as_deref().map_or(self.text.as_str(), last_part)
    }

    /// What two spellings of one name have in common.
    pub fn key(&self) -> String {
        key(self.name())
    }
}

/// Folds case and runs of blanks, so that two spellings of one name meet.
pub fn key(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// The file name in a link's target, without folder, heading and `.md`.
fn last_part(target: &str) -> &str {
    let path = target.split('#').next().unwrap_or(target);
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_suffix(".md").unwrap_or(name)
}

/// What the front matter says about who may see the note, and whether it is a draft.
///
/// # Errors
/// A value is not known; the note must be withheld.
pub fn visibility(document: &Document) -> Result<(Visibility, bool), Box<Diagnostic>> {
    let at = |code, entry: &Entry, message: String| {
        let span =
            if entry.value_span.end > entry.value_span.start { entry.value_span } else { entry.key_span };
        Box::new(Diagnostic::at(code, &document.source, span, message))
    };
    // A key may stand beside a misspelt twin: whichever is stricter counts.
    let known =
        |name: &'static str| document.front_matter.entries.iter().filter(move |entry| means(entry, name));
    let is_unpublished = known("publish").any(|entry| flag(&entry.value) == Some(false));
    let mut visibility = is_unpublished.then_some(Visibility::Private);
    for entry in known("visibility") {
        let texts = entry.value.texts();
        let word = if let [word] = texts[..] { word } else { "" };
        let stated = Visibility::of_word(word).ok_or_else(|| {
            let near = nearest(word, ["private", "team", "public"]);
            let help = near.map_or_else(
                || "it is `private`, `team` or `public`".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            let message =
                format!("visibility `{word}` is not known, so the note is withheld from every edition");
            Box::new(at(Code::UnknownVisibility, entry, message).help(help))
        })?;
        visibility = visibility.max(Some(stated));
    }
    let mut draft = false;
    for entry in known("draft") {
        draft |= flag(&entry.value).ok_or_else(|| {
            let message = "`draft` is neither true nor false, so the note is withheld".to_owned();
            Box::new(at(Code::UnknownDraft, entry, message).help("write `draft: true` or `draft: false`"))
        })?;
    }
    Ok((visibility.unwrap_or_default(), draft))
}

/// Whether an entry sets a key that decides who sees the note, also if its name is nearly spelt so: better withheld than leaked.
fn means(entry: &Entry, name: &str) -> bool {
    let key = entry.key.trim().to_lowercase();
    key == name
        || (!FOREIGN_KEYS.contains(&key.as_str())
            && !KEYS.contains(&key.as_str())
            && nearest(&key, [name]).is_some())
}

/// A checkbox as people write it in YAML, TOML or JSON.
fn flag(value: &Value) -> Option<bool> {
    let Value::Scalar { text, .. } = value else { return None };
    match text.trim().to_lowercase().as_str() {
        "true" | "yes" | "on" | "y" | "1" => Some(true),
        "false" | "no" | "off" | "n" | "0" => Some(false),
        _ => None,
    }
}

/// What most notes state.
static NO_FACTS: LazyLock<Arc<Facts>> = LazyLock::new(Arc::default);

/// Reads a note out of a document; `path` is the one below its notes folder. Never fails: what is odd becomes a diagnostic.
pub fn read(id: NoteId, path: &str, document: Document) -> (Note, Vec<Diagnostic>) {
    let mut reader = Reader { document: &document, problems: Vec::new() };
    reader.check_keys();
    let stem = document.source.id.stem().to_owned();
    let date = reader.when("date").and_then(|fact| fact.value.at).or_else(|| date_of_name(&stem));
    let title = reader.text("title").or_else(|| {
        let mut headings = document.headings.iter().map(|heading| heading.text.trim());
        headings.find(|text| !text.is_empty()).map(str::to_owned)
    });
    let deal = reader.names("deal").into_iter().next().or_else(|| folder_deal(path));
    let levers = reader.levers();
    // The reader of the note has already decided that it may be seen.
    let (visibility, draft) = visibility(&document).unwrap_or((Visibility::Private, false));
    let facts = reader.facts();
    let facts = if facts == **NO_FACTS { Arc::clone(&NO_FACTS) } else { Arc::new(facts) };
    let mut note = Note {
        title: title.unwrap_or(stem),
        date,
        deal,
        counterparties: reader.names("counterparty"),
        stage: reader.text("stage"),
        outcome: reader.text("outcome"),
        value: reader.amount("value").and_then(|fact| fact.value.number),
        currency: reader.text("currency").map(|code| code.to_uppercase()),
        tags: reader.tags(),
        aliases: reader.words("aliases"),
        principles: reader.hand_links("principles"),
        not_principles: reader.hand_links("not_principles"),
        levers,
        visibility,
        draft,
        facts,
        extra: reader.extra(),
        id,
        document: Document::default(),
    };
    let problems = reader.problems;
    note.document = document;
    (note, problems)
}

/// Reads properties and collects what is odd about them.
struct Reader<'a> {
    document: &'a Document,
    problems: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn check_keys(&mut self) {
        for entry in &self.document.front_matter.entries {
            let key = entry.key.to_lowercase();
            if KEYS.contains(&key.as_str()) || FOREIGN_KEYS.contains(&key.as_str()) {
                continue;
            }
            if let Some(near) = nearest(&key, KEYS.iter().copied()) {
                let message = format!("`{}` is no known key", entry.key);
                let problem = Diagnostic::at(Code::NearKey, &self.document.source, entry.key_span, message);
                self.problems.push(problem.help(format!("did you mean `{near}`?")));
            }
        }
    }

    fn entry(&self, key: &str) -> Option<&Entry> {
        self.document.front_matter.get(key)
    }

    fn odd(&mut self, span: Span, message: String, help: &str) {
        let problem = Diagnostic::at(Code::FrontMatterValue, &self.document.source, span, message);
        self.problems.push(problem.help(help));
    }

    /// One text; a list of one counts, too.
    fn text(&mut self, key: &str) -> Option<String> {
        let entry = self.entry(key)?;
        let (span, texts) = (entry.value_span, entry.value.texts());
        let text = texts.first().map(|text| Name::parse(text).text).filter(|text| !text.is_empty());
        if texts.len() > 1 || matches!(entry.value, Value::Map(_)) {
            self.odd(span, format!("`{key}` takes one text"), "write one value");
        }
        text
    }

    /// A text or a list of texts.
    fn words(&mut self, key: &str) -> Vec<String> {
        let Some(entry) = self.entry(key) else { return Vec::new() };
        let texts = entry.value.texts().into_iter().map(|text| text.trim().to_owned());
        texts.filter(|text| !text.is_empty()).collect()
    }

    fn names(&mut self, key: &str) -> Vec<Name> {
        let names = self.words(key).into_iter().map(|text| Name::parse(&text));
        names.filter(|name| !name.text.is_empty()).collect()
    }

    /// From `tags` and from the body, each once, as first written.
    fn tags(&mut self) -> Vec<String> {
        let mut tags = self.words("tags");
        let comma = self
            .entry("tags")
            .filter(|entry| matches!(&entry.value, Value::Scalar { text, .. } if text.contains(',')));
        if let Some(span) = comma.map(|entry| entry.value_span) {
            self.odd(span, "`tags` is one text with commas".to_owned(), "write a list: [first, second]");
            tags = tags.iter().flat_map(|tags| tags.split(',')).map(|tag| tag.trim().to_owned()).collect();
        }
        // The old key was always split.
        tags.extend(self.words("tag").iter().flat_map(|tags| tags.split([',', ' '])).map(str::to_owned));
        tags.extend(self.document.tags.iter().map(|tag| tag.name.clone()));
        let mut seen = std::collections::BTreeSet::new();
        let tags = tags.into_iter().map(|tag| tag.trim_start_matches('#').to_owned());
        tags.filter(|tag| !tag.is_empty() && seen.insert(tag.to_lowercase())).collect()
    }

    fn hand_links(&mut self, key: &str) -> Vec<HandLink> {
        let Some(entry) = self.entry(key) else { return Vec::new() };
        let link = |text: &str, span: Span| HandLink { name: Name::parse(text).name().to_owned(), span };
        let links: Vec<HandLink> = match &entry.value {
            Value::List(items) => items
                .iter()
                .flat_map(|(item, span)| item.texts().into_iter().map(|text| link(text, *span)))
                .collect(),
            value => value.texts().into_iter().map(|text| link(text, entry.value_span)).collect(),
        };
        links.into_iter().filter(|link| !link.name.is_empty()).collect()
    }

    fn levers(&mut self) -> Vec<Lever> {
        let document = self.document;
        let callouts = document.callouts.iter().filter(|callout| callout.kind == "lever");
        let levers = callouts.map(|callout| {
            let (name, words) = match callout.title.rsplit_once('(') {
                Some((name, words)) => (name.trim(), words.trim().trim_end_matches(')')),
                None => (callout.title.trim(), ""),
            };
            let mut lever = Lever {
                name: name.to_owned(),
                side: Side::Unclear,
                strength: String::new(),
                title_span: callout.title_span,
                span: callout.span,
            };
            for word in words.split(',').map(str::trim).filter(|word| !word.is_empty()) {
                match Side::of_word(word) {
                    Some(side) => lever.side = side,
                    None => word.clone_into(&mut lever.strength),
                }
            }
            lever
        });
        levers.collect()
    }

    fn facts(&mut self) -> Facts {
        let text = |fact: Option<Fact<String>>| fact;
        Facts {
            role: self.role(),
            target: self.amount("target"),
            reservation: self.amount("reservation"),
            their_estimate: self.amount("their_estimate"),
            settled: self.amount("settled"),
            our_offer: self.amount("our_offer"),
            their_offer: self.amount("their_offer"),
            batna: self.amount("batna"),
            their_batna: self.amount("their_batna"),
            deadline: self.when("deadline"),
            their_deadline: self.when("their_deadline"),
            meeting: self.when("meeting"),
            owner: text(self.fact("owner", |texts| texts.first().map(|text| Name::parse(text).text))),
            people: self
                .fact("people", |texts| Some(texts.iter().map(|text| Name::parse(text).text).collect())),
        }
    }

    fn fact<T>(&mut self, key: &str, read: impl FnOnce(&[&str]) -> Option<T>) -> Option<Fact<T>> {
        let entry = self.entry(key)?;
        let texts = entry.value.texts();
        let value = if texts.is_empty() { None } else { read(&texts) }?;
        Some(Fact { value, span: entry.value_span, note: None })
    }

    fn role(&mut self) -> Option<Fact<Role>> {
        let fact = self.fact("role", |texts| Some(texts[0].trim().to_lowercase()))?;
        let role = match fact.value.as_str() {
            "buy" | "buyer" | "buying" => Role::Buy,
            "sell" | "seller" | "selling" => Role::Sell,
            other => {
                self.odd(fact.span, format!("role `{other}` is not known"), "it is `buy` or `sell`");
                return None;
            }
        };
        Some(Fact { value: role, span: fact.span, note: None })
    }

    fn amount(&mut self, key: &str) -> Option<Fact<Amount>> {
        self.fact(key, |texts| {
            let text = Name::parse(texts[0]).text;
            Some(Amount { number: money::number(&text), text })
        })
    }

    fn when(&mut self, key: &str) -> Option<Fact<When>> {
        let fact =
            self.fact(key, |texts| Some(When { text: texts[0].trim().to_owned(), at: date_time(texts[0]) }))?;
        if fact.value.at.is_none() {
            let message = format!("`{key}` is no date: `{}`", fact.value.text);
            self.odd(fact.span, message, "write it as 2026-03-14 or 2026-03-14T10:30");
        }
        Some(fact)
    }

    /// The keys that mean nothing here, as JSON.
    fn extra(&self) -> BTreeMap<String, serde_json::Value> {
        let entries = self.document.front_matter.entries.iter();
        let others = entries.filter(|entry| !KEYS.contains(&entry.key.to_lowercase().as_str()));
        others.map(|entry| (entry.key.clone(), json(&entry.value))).collect()
    }
}

fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Null => serde_json::Value::Null,
        Value::Scalar { text, quoted: true } => text.as_str().into(),
        Value::Scalar { text, .. } => match text.as_str() {
            "true" => true.into(),
            "false" => false.into(),
            text => text.parse::<i64>().map_or_else(|_| text.into(), Into::into),
        },
        Value::List(items) => items.iter().map(|(item, _)| json(item)).collect(),
        Value::Map(entries) => entries.iter().map(|(key, value)| (key.clone(), json(value))).collect(),
    }
}

/// A civil date or date-time; a zone is not looked at, so that nothing shifts.
pub fn date_time(text: &str) -> Option<DateTime> {
    let text = text.trim();
    let day = text.get(..10)?;
    let day = is_day(day).then(|| day.parse::<Date>().ok())??;
    let rest = text[10..].trim_start_matches(['T', 't', ' ']);
    if text.len() == 10 {
        return Some(day.to_datetime(jiff::civil::Time::midnight()));
    }
    let time = rest.split(['Z', 'z', '+', '-']).next().unwrap_or("").trim();
    let mut parts = time.split(':').map(|part| part.split('.').next().unwrap_or(part).parse::<i8>());
    let (hour, minute) = (parts.next()?.ok()?, parts.next()?.ok()?);
    let second = parts.next().map_or(Some(0), Result::ok)?;
    let time = jiff::civil::Time::new(hour, minute, second, 0).ok()?;
    Some(day.to_datetime(time))
}

/// The date that a file name starts with.
fn date_of_name(stem: &str) -> Option<DateTime> {
    let day = stem.get(..10)?;
    let ends = !stem[10..].starts_with(|character: char| character.is_ascii_digit());
    if ends { date_time(day) } else { None }
}

/// `2026-03-14` and nothing else, which the date parser alone would not insist on.
fn is_day(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 10
        && bytes.iter().enumerate().all(|(index, byte)| match index {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

/// The deal that a note's folder names: the one directly below the notes folder, or the next where that only collects deals.
fn folder_deal(path: &str) -> Option<Name> {
    let mut folders: Vec<&str> = path.split('/').collect();
    folders.pop();
    let plain = |folder: &&str| PLAIN_FOLDERS.contains(&folder.to_lowercase().as_str());
    let folder = match folders.first()? {
        first if first.eq_ignore_ascii_case("deals") => folders.get(1).filter(|folder| !plain(folder))?,
        first if plain(first) => return None,
        first => first,
    };
    Some(Name { text: (*folder).to_owned(), target: None })
}
