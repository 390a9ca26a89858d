//! The words of the interface: one file a language, used by templates and by the code that fills them.
//!
//! In come the built-in file and what a project overrides; out go words, counted words, dates and numbers as people
//! write them. A word that a file lacks, or one that nobody knows, is an error with file and line.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use jiff::civil::{Date, DateTime, Weekday};
use serde::{Serialize, Serializer};
use tera::value::{Key, Map};
use tera::{Kwargs, State, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::promising::Promising;
use super::template_error::TemplateError;
use crate::diagnostic::nearest;
use crate::playbook::deal::Amount;
use crate::playbook::{Outcome, Side};

/// The built-in languages: tag and words.
const LANGUAGES: &[(&str, &str)] =
    &[("en", include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/templates/words/en.toml")))];

/// The same by the names of their files.
pub(super) const FILES: &[(&str, &str)] = &[("words/en.toml", LANGUAGES[0].1)];

/// The forms that a counted word may have.
const FORMS: &[&str] = &["zero", "one", "two", "few", "many", "other"];

/// How many missing words an error names.
const MAX_NAMED: usize = 5;

/// All words of one language, complete.
#[derive(Clone, Debug)]
pub(super) struct Words {
    /// The tag of the language, which decides how it counts.
    language: String,
    /// By `section.key`; never walked over.
    words: HashMap<String, Word>,
    /// Finds the words of promising, made when it is first asked for.
    promising: OnceLock<Promising>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Word {
    Text(String),
    /// A form a number.
    Counted(BTreeMap<String, String>),
    /// Names in a fixed order, such as the months.
    Names(Vec<String>),
}

/// A date for the `<time>` element. Copies share everything, because many pages show the same day.
#[derive(PartialEq, Clone, Debug)]
pub(super) struct DateWords {
    /// `12 March 2026`
    pub(super) text: Arc<str>,
    /// `12 Mar`
    pub(super) short: Arc<str>,
    /// These and `iso`, `2026-03-12`, as templates read them.
    value: Value,
}

described! {
    /// A date for the `<time>` element.
    DateWords {
        /// `2026-03-12`
        iso: str,
        /// `12 March 2026`
        text: str,
        /// `12 Mar`
        short: str,
    }
}

impl Serialize for DateWords {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(serializer)
    }
}

impl Words {
    /// The words of a language, those that a project overrides in place of the built-in ones; English if there are none.
    ///
    /// # Errors
    /// A file that cannot be read, a word that is not known or has another shape than in English, one that is missing.
    pub(super) fn new(
        language: &str,
        overrides: &BTreeMap<String, Arc<[u8]>>,
    ) -> Result<Self, TemplateError> {
        let english = read("words/en.toml", LANGUAGES[0].1, None)?;
        let primary = language.split('-').next().unwrap_or_default();
        let file = |tag: &str| format!("words/{tag}.toml");
        let known = |tag: &&str| {
            overrides.contains_key(&file(tag)) || LANGUAGES.iter().any(|(built_in, _)| built_in == tag)
        };
        let tag = [language, primary].into_iter().find(known).unwrap_or("en");
        let name = file(tag);
        let mut words = match LANGUAGES.iter().find(|(built_in, _)| *built_in == tag) {
            Some(("en", _)) => english.clone(),
            Some((_, text)) => read(&name, text, Some(&english))?,
            None => BTreeMap::new(),
        };
        if let Some(bytes) = overrides.get(&name) {
            let text =
                std::str::from_utf8(bytes).map_err(|_| TemplateError::of_file(&name, "is not UTF-8"))?;
            words.extend(read(&name, text, Some(&english))?);
        }
        let missing: Vec<String> =
            english.keys().filter(|key| !words.contains_key(*key)).map(|key| format!("`{key}`")).collect();
        if !missing.is_empty() {
            let more = missing.len().saturating_sub(MAX_NAMED);
            let more = if more == 0 { String::new() } else { format!(" and {more} more") };
            let named = missing[..missing.len().min(MAX_NAMED)].join(", ");
            return Err(TemplateError::of_file(&name, &format!("lacks the words {named}{more}")));
        }
        Ok(Self { language: tag.to_owned(), words: words.into_iter().collect(), promising: OnceLock::new() })
    }

    /// A word as it stands.
    pub(super) fn say(&self, key: &'static str) -> &str {
        match self.words.get(key) {
            Some(Word::Text(text)) => text,
            // No page breaks for a word; a test reads all keys of the code.
            _ => key,
        }
    }

    /// A word with its places filled in.
    pub(super) fn fill(&self, key: &'static str, values: &[(&str, &str)]) -> String {
        let value = |name: &str| {
            let found = values.iter().find(|(other, _)| *other == name);
            found.map(|(_, value)| Cow::Borrowed(*value))
        };
        filled(self.say(key), value)
    }

    /// `1 deal`, `3 deals`, `no deals`.
    pub(super) fn count(&self, key: &'static str, number: usize) -> String {
        self.count_with(key, number, &[])
    }

    /// A counted word with further places filled in.
    pub(super) fn count_with(&self, key: &'static str, number: usize, values: &[(&str, &str)]) -> String {
        let Some(Word::Counted(forms)) = self.words.get(key) else { return key.to_owned() };
        let digits = number.to_string();
        let value = |name: &str| match values.iter().find(|(other, _)| *other == name) {
            Some((_, value)) => Some(Cow::Borrowed(*value)),
            None => (name == "n").then_some(Cow::Borrowed(digits.as_str())),
        };
        filled(form(&self.language, number, |form| forms.get(form).map(String::as_str)), value)
    }

    /// `a`, `a and b`, `a, b and c`.
    pub(super) fn list(&self, items: &[String]) -> String {
        match items {
            [] => String::new(),
            [one] => one.clone(),
            [rest @ .., last] => {
                format!("{}{}{last}", rest.join(self.say("list.between")), self.say("list.last"))
            }
        }
    }

    /// `1,234,567.5`; at most two decimals.
    pub(super) fn number(&self, value: f64) -> String {
        if !value.is_finite() || value.abs() >= 1e15 {
            return value.to_string();
        }
        let text = format!("{:.2}", value.abs());
        let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
        let decimals = decimals.trim_end_matches('0');
        let mut grouped = String::new();
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && (whole.len() - index) % 3 == 0 {
                grouped.push_str(self.say("number.group"));
            }
            grouped.push(digit);
        }
        if !decimals.is_empty() {
            grouped.push_str(self.say("number.decimal"));
            grouped.push_str(decimals);
        }
        if value < 0.0 && grouped != "0" { format!("{}{grouped}", self.say("number.minus")) } else { grouped }
    }

    /// An amount as written; a bare number is grouped.
    pub(super) fn amount<'a>(&self, amount: &'a Amount) -> Cow<'a, str> {
        let is_bare = amount.text.chars().all(|letter| letter.is_ascii_digit() || "-.".contains(letter));
        match amount.number {
            Some(number) if is_bare && (number * 100.0).fract() == 0.0 => Cow::Owned(self.number(number)),
            _ => Cow::Borrowed(&amount.text),
        }
    }

    /// `42%`
    pub(super) fn percent(&self, value: f64) -> String {
        self.fill("number.percent", &[("n", &self.number(value))])
    }

    pub(super) fn date(&self, date: Date) -> DateWords {
        let text = self.dated("date.day", "date.months", date);
        let short = self.dated("date.short", "date.short_months", date);
        let value = shared(&[("iso", &date.to_string()), ("text", &text), ("short", &short)]);
        DateWords { text: text.into(), short: short.into(), value }
    }

    /// `Tuesday 24 November 2026, 14:00`; midnight counts as no time.
    pub(super) fn moment(&self, at: DateTime) -> String {
        let date = self.dated("date.weekday", "date.months", at.date());
        if at.hour() == 0 && at.minute() == 0 {
            return date;
        }
        let time = format!("{:02}:{:02}", at.hour(), at.minute());
        self.fill("date.moment", &[("date", &date), ("time", &time)])
    }

    fn dated(&self, key: &'static str, months: &'static str, date: Date) -> String {
        let values = [
            ("day", date.day().to_string()),
            ("month", self.name(months, usize::try_from(date.month() - 1).unwrap_or(0)).to_owned()),
            ("year", date.year().to_string()),
            ("weekday", self.name("date.weekdays", weekday(date.weekday())).to_owned()),
        ];
        self.fill(key, &values.each_ref().map(|(name, value)| (*name, value.as_str())))
    }

    fn name(&self, key: &'static str, index: usize) -> &str {
        match self.words.get(key) {
            Some(Word::Names(names)) => names.get(index).map_or("", String::as_str),
            _ => "",
        }
    }

    /// Where the first word of promising stands in a text.
    pub(super) fn promising_word(&self, text: &str) -> Option<Range<usize>> {
        let promising = self.promising.get_or_init(|| Promising::new(self.say("counterparty.promising")));
        promising.find(text)
    }

    /// An outcome as a word that opens a line.
    pub(super) fn outcome(&self, outcome: Outcome) -> &str {
        self.say(match outcome {
            Outcome::Won => "outcome.won",
            Outcome::Partly => "outcome.partly",
            Outcome::Lost => "outcome.lost",
            Outcome::Open => "outcome.open",
        })
    }

    /// The outcome of a note's deal, or that it has none.
    pub(super) fn outcome_or_none(&self, outcome: Option<Outcome>) -> &str {
        outcome.map_or_else(|| self.say("outcome.none"), |outcome| self.outcome(outcome))
    }

    /// Who holds a lever, for people.
    pub(super) fn side(&self, side: Side) -> &str {
        self.say(match side {
            Side::Ours => "side.ours",
            Side::Theirs => "side.theirs",
            Side::Mutual => "side.mutual",
            Side::Unclear => "side.unclear",
        })
    }

    /// Puts the words into a template where it names them, `words.deal.gaps`: a page costs no look-up for them, and
    /// they are known in every block and component. A word that is filled and printed, `{{ words.row.meeting | say(moment=x) }}`,
    /// becomes text around `{{ x }}`; what is filled otherwise, or counted, leaves its key to the filter `say`.
    ///
    /// # Errors
    /// A word that is not known, with line and column.
    pub(super) fn insert(&self, name: &str, template: &str) -> Result<String, TemplateError> {
        const OPENING: &str = "words.";
        let mut text = String::with_capacity(template.len());
        let mut done = 0;
        for (at, _) in template.match_indices(OPENING) {
            let before = template[..at].chars().next_back();
            if before.is_some_and(|letter| letter.is_alphanumeric() || "_.-/".contains(letter)) {
                continue;
            }
            let key = &template[at + OPENING.len()..];
            let is_part = |letter: char| letter.is_ascii_alphanumeric() || "_.".contains(letter);
            let key = &key[..key.find(|letter| !is_part(letter)).unwrap_or(key.len())];
            if !key.contains('.') {
                continue;
            }
            let Some(word) = self.words.get(key) else {
                let known: BTreeSet<&str> = self.words.keys().map(String::as_str).collect();
                return Err(unknown(name, template, at, key, known));
            };
            let end = at + OPENING.len() + key.len();
            let after = template[end..].trim_start();
            let opens = template[..at].ends_with("{{ ");
            let said = said(after).filter(|_| opens);
            match (word, said) {
                (Word::Text(word), _) if opens && after.starts_with("}}") => {
                    text.push_str(&template[done..at - 3]);
                    text.push_str(&markup(word));
                    done = template.len() - after.len() + 2;
                }
                (Word::Text(word), Some((values, rest))) if !is_code(word) => {
                    let value = |name: &str| {
                        let (_, value) = values.iter().find(|(other, _)| *other == name)?;
                        Some(Cow::Owned(format!("{{{{ {value} }}}}")))
                    };
                    text.push_str(&template[done..at - 3]);
                    text.push_str(&filled(&markup(word), value));
                    done = template.len() - rest.len();
                }
                (Word::Text(word), _) if !after.starts_with("| say") => {
                    text.push_str(&template[done..at]);
                    text.push_str(&literal(word));
                    done = end;
                }
                _ => {
                    text.push_str(&template[done..at]);
                    text.push_str(&literal(key));
                    done = end;
                }
            }
        }
        text.push_str(&template[done..]);
        Ok(text)
    }

    /// The filter `say`: fills the places of a word, `{{ words.x.y | say(n=page.count, name=page.name) }}`.
    pub(super) fn filter(&self) -> impl Fn(&str, Kwargs, &State) -> Value + Sync + Send + 'static {
        let language = self.language.clone();
        let marked = |word: &Word| match word {
            Word::Text(text) => Word::Text(markup(text)),
            Word::Counted(forms) => {
                Word::Counted(forms.iter().map(|(form, text)| (form.clone(), markup(text))).collect())
            }
            Word::Names(names) => Word::Names(names.clone()),
        };
        let words: HashMap<String, Word> =
            self.words.iter().map(|(key, word)| (key.clone(), marked(word))).collect();
        move |key, values, _| {
            let given = |name: &str| values.get::<Value>(name).ok().flatten();
            let text = match words.get(key) {
                Some(Word::Text(text)) => text,
                Some(Word::Counted(forms)) => {
                    let number = given("n").and_then(|number| number.to_string().parse().ok()).unwrap_or(0);
                    form(&language, number, |form| forms.get(form).map(String::as_str))
                }
                _ => key,
            };
            let value = |name: &str| {
                let value = given(name)?;
                let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                Some(Cow::Owned(if value.is_safe() { text } else { escape(&text) }))
            };
            Value::safe_string(&filled(text, value))
        }
    }
}

/// The values in `| say(a=x, b=y) }}` and what follows it; `None` if anything else stands there.
fn said(text: &str) -> Option<(Vec<(&str, &str)>, &str)> {
    let text = text.strip_prefix("| say(")?;
    let (mut values, mut start, mut depth, mut quote) = (Vec::new(), 0, 0_usize, None);
    for (at, letter) in text.char_indices() {
        match (quote, letter) {
            (Some(open), letter) => quote = Some(open).filter(|open| *open != letter),
            (None, '"' | '\'' | '`') => quote = Some(letter),
            (None, '(' | '[' | '{') => depth += 1,
            (None, ',' | ')') if depth == 0 => {
                let (name, value) = text[start..at].split_once('=')?;
                values.push((name.trim(), value.trim()));
                start = at + 1;
                if letter == ')' {
                    let rest = text[start..].trim_start().strip_prefix("}}")?;
                    // Words within the values are put in by another round, which only filters leave to them.
                    let has_words = values.iter().any(|(_, value)| value.contains("words."));
                    return (!has_words).then_some((values, rest));
                }
            }
            (None, ')' | ']' | '}') => depth = depth.checked_sub(1)?,
            _ => {}
        }
    }
    None
}

/// Whether a word would be read as more than text where a template holds it.
fn is_code(word: &str) -> bool {
    ["{{", "{%", "{#"].iter().any(|sign| word.contains(sign))
}

/// Texts by name as templates read them, made once for all pages that show them.
pub(super) fn shared(texts: &[(&'static str, &str)]) -> Value {
    texts.iter().map(|(name, text)| (Key::Str(name), Value::from(*text))).collect::<Map>().into()
}

/// A share as whole percent.
#[expect(clippy::cast_possible_truncation, reason = "shares lie near 0 to 1; larger ones saturate")]
pub(super) fn percent(share: f64) -> i64 {
    (share * 100.0).round() as i64
}

/// A text that fits: cut at a word's end if one is near, with `…`.
pub(super) fn shorten(text: &str, characters: usize) -> Cow<'_, str> {
    let Some((cut, _)) = text.char_indices().nth(characters) else { return Cow::Borrowed(text) };
    let head = &text[..cut];
    let end = match head.rfind(char::is_whitespace) {
        Some(space) if space * 2 > head.len() => space,
        _ => cut,
    };
    Cow::Owned(format!("{}…", head[..end].trim_end()))
}

/// The first letter as it opens a sentence.
pub(super) fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The form that a language has for a number.
fn form<'a>(language: &str, number: usize, of: impl Fn(&str) -> Option<&'a str>) -> &'a str {
    let named = match (number, of("zero")) {
        (0, Some(zero)) => return zero,
        _ => plural(language, number),
    };
    of(named).or_else(|| of("other")).unwrap_or_default()
}

/// The name of a number's form, as Unicode's rules have it for the languages of most readers.
fn plural(language: &str, number: usize) -> &'static str {
    let (ones, tens) = (number % 10, number % 100);
    let is_few = (2..=4).contains(&ones) && !(12..=14).contains(&tens);
    match language.split('-').next().unwrap_or_default() {
        "fr" | "pt" | "hi" | "fa" if number < 2 => "one",
        "ru" | "uk" | "be" | "sr" | "hr" | "bs" if ones == 1 && tens != 11 => "one",
        "ru" | "uk" | "be" | "sr" | "hr" | "bs" => {
            if is_few {
                "few"
            } else {
                "many"
            }
        }
        "pl" if number != 1 => {
            if is_few {
                "few"
            } else {
                "many"
            }
        }
        "cs" | "sk" if (2..=4).contains(&number) => "few",
        "fr" | "pt" | "hi" | "fa" | "ja" | "zh" | "ko" | "vi" | "th" | "id" | "ms" => "other",
        _ if number == 1 => "one",
        _ => "other",
    }
}

/// Fills `{name}`; a place without a value stays as it is.
fn filled<'a>(text: &str, value: impl Fn(&str) -> Option<Cow<'a, str>>) -> String {
    let mut filled = String::with_capacity(text.len() + 32);
    let mut rest = text;
    while let Some(start) = rest.find('{') {
        let (before, after) = rest.split_at(start);
        filled.push_str(before);
        let place = after.find('}').map(|end| (end, &after[1..end]));
        match place.and_then(|(end, name)| Some((end, value(name)?))) {
            Some((end, value)) => {
                filled.push_str(&value);
                rest = &after[end + 1..];
            }
            None => {
                filled.push('{');
                rest = &after[1..];
            }
        }
    }
    filled.push_str(rest);
    filled
}

/// The places of a text that are to be filled.
fn places(text: &str) -> BTreeSet<&str> {
    let parts = text.split('{').skip(1);
    parts.filter_map(|part| part.split_once('}')).map(|(name, _)| name).collect()
}

/// A word as HTML: `code` and **strong** words are marked.
fn markup(text: &str) -> String {
    let mut html = escape(text);
    for (sign, opening, closing) in [("`", "<code>", "</code>"), ("**", "<b>", "</b>")] {
        let mut is_open = false;
        while let Some(at) = html.find(sign) {
            is_open = !is_open;
            html.replace_range(at..at + sign.len(), if is_open { opening } else { closing });
        }
    }
    html
}

/// A text as a template writes it.
fn literal(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A text as HTML.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    escape_into(&mut escaped, text);
    escaped
}

/// Adds a text to HTML, as templates do.
pub(super) fn escape_into(html: &mut String, text: &str) {
    let mut done = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escaped = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            b'\'' => "&#39;",
            _ => continue,
        };
        html.push_str(&text[done..at]);
        html.push_str(escaped);
        done = at + 1;
    }
    html.push_str(&text[done..]);
}

fn weekday(weekday: Weekday) -> usize {
    usize::try_from(weekday.to_monday_zero_offset()).unwrap_or(0)
}

/// The words of a file; checked against the English ones if there are any.
fn read(
    name: &str,
    text: &str,
    english: Option<&BTreeMap<String, Word>>,
) -> Result<BTreeMap<String, Word>, TemplateError> {
    let table = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        wrong(name, text, at, error.message().trim())
    })?;
    let mut words = BTreeMap::new();
    for (section, value) in table.get_ref() {
        let Some(entries) = value.get_ref().as_table() else {
            return Err(wrong(name, text, section.span().start, "words stand in sections, `[deal]`"));
        };
        for (entry, value) in entries {
            let at = entry.span().start;
            let key = format!("{}.{}", section.get_ref(), entry.get_ref());
            let Some(word) = word(value) else {
                let expected = format!(
                    "`{key}` is no text, no list of texts and no table of forms ({})",
                    FORMS.join(", ")
                );
                return Err(wrong(name, text, at, &expected));
            };
            if let Some(english) = english {
                let Some(model) = english.get(&key) else {
                    return Err(unknown(name, text, at, &key, english.keys().map(String::as_str)));
                };
                word.check(model).map_err(|problem| wrong(name, text, at, &format!("`{key}` {problem}")))?;
            }
            words.insert(key, word);
        }
    }
    Ok(words)
}

fn word(value: &Spanned<DeValue>) -> Option<Word> {
    let text = |value: &Spanned<DeValue>| value.get_ref().as_str().map(str::to_owned);
    match value.get_ref() {
        DeValue::String(text) => Some(Word::Text(text.to_string())),
        DeValue::Array(names) => names.iter().map(text).collect::<Option<_>>().map(Word::Names),
        DeValue::Table(forms) => {
            let form = |(form, value): (&Spanned<_>, &Spanned<DeValue>)| {
                let form: &Cow<str> = form.get_ref();
                FORMS.contains(&form.as_ref()).then_some((form.to_string(), text(value)?))
            };
            forms.iter().map(form).collect::<Option<_>>().map(Word::Counted)
        }
        _ => None,
    }
}

impl Word {
    /// Whether a translation can stand for the English word.
    fn check(&self, model: &Self) -> Result<(), String> {
        let known = model.places();
        if let Some(place) = self.places().into_iter().find(|place| !known.contains(place)) {
            return Err(format!("has no value for `{{{place}}}`"));
        }
        match (self, model) {
            (Self::Text(_), Self::Text(_)) => Ok(()),
            (Self::Counted(forms), Self::Counted(_)) if forms.contains_key("other") => Ok(()),
            (Self::Counted(_), Self::Counted(_)) => Err("needs the form `other`".to_owned()),
            (Self::Names(names), Self::Names(model)) if names.len() == model.len() => Ok(()),
            (_, Self::Text(_)) => Err("must be a text".to_owned()),
            (_, Self::Counted(_)) => {
                Err("must have forms, such as `{ one = \"...\", other = \"...\" }`".to_owned())
            }
            (_, Self::Names(model)) => Err(format!("must be a list of {} texts", model.len())),
        }
    }

    fn places(&self) -> BTreeSet<&str> {
        match self {
            Self::Text(text) => places(text),
            Self::Counted(forms) => forms.values().flat_map(|text| places(text)).chain(["n"]).collect(),
            Self::Names(_) => BTreeSet::new(),
        }
    }
}

fn unknown<'a>(
    name: &str,
    text: &str,
    at: usize,
    key: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> TemplateError {
    let help = nearest(key, known).map(|near| format!("did you mean `{near}`?"));
    TemplateError::at(name, text, at, &format!("there is no word `{key}`"), help)
}

/// An error with file, line and column.
fn wrong(name: &str, text: &str, at: usize, problem: &str) -> TemplateError {
    TemplateError::at(name, text, at, problem, None)
}

#[cfg(test)]
mod tests;
