//! What a person types: words, phrases in quotes, and filters such as `outcome:won`.

use std::ops::RangeInclusive;

use super::index::Kind;
use super::words;
use crate::playbook::Outcome;

/// A query, taken apart. Any text is one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// All of them must be found.
    pub words: Vec<Word>,
    /// So the forms must follow each other.
    pub phrases: Vec<Phrase>,
    /// Which pages count at all.
    pub filters: Filters,
}

/// A word that must be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Folded.
    pub form: String,
    /// Whether it may go on: it is the last one and perhaps not typed to its end.
    pub is_open: bool,
    /// Whether only this very form counts, as in a phrase.
    pub is_exact: bool,
}

/// Words in quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase {
    /// Folded; never empty.
    pub forms: Vec<String>,
    /// Whether the last one may go on.
    pub is_open: bool,
}

/// Which pages count. Several values of one kind are alternatives; different kinds must all hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filters {
    /// `kind:`; `None` for a value that means nothing.
    pub kinds: Vec<Option<Kind>>,
    /// `outcome:`
    pub outcomes: Vec<Option<Outcome>>,
    /// `year:2024`, `year:2023-2025`
    pub years: Vec<Option<RangeInclusive<i16>>>,
    /// `counterparty:`, the forms of each name.
    pub counterparties: Vec<Vec<String>>,
    /// `principle:`
    pub principles: Vec<Vec<String>>,
}

impl Query {
    /// Reads what was typed.
    pub fn parse(text: &str) -> Self {
        let mut query = Self::default();
        let mut rest = text;
        while let Some(start) = rest.find(|character: char| !character.is_whitespace()) {
            rest = &rest[start..];
            rest = query.quoted(rest).or_else(|| query.filter(rest)).unwrap_or_else(|| query.plain(rest));
        }
        query
    }

    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Reads a phrase; the rest follows.
    fn quoted<'a>(&mut self, text: &'a str) -> Option<&'a str> {
        let inner = text.strip_prefix(is_quote)?;
        let (inner, rest, is_closed) = until_quote(inner);
        let forms = words::forms(inner);
        let is_open = !is_closed && !ends_in_blank(inner);
        let last = forms.len().saturating_sub(1);
        self.words.extend(forms.iter().enumerate().map(|(index, form)| Word {
            form: form.clone(),
            is_open: is_open && index == last,
            is_exact: true,
        }));
        if !forms.is_empty() {
            self.phrases.push(Phrase { forms, is_open });
        }
        Some(rest)
    }

    /// Reads `key:value` or `key:"value"`, if the key is known.
    fn filter<'a>(&mut self, text: &'a str) -> Option<&'a str> {
        let (key, value) = text.split_once(':')?;
        let key = key.to_ascii_lowercase();
        if !["kind", "outcome", "year", "counterparty", "principle"].contains(&key.as_str()) {
            return None;
        }
        let (value, rest) = match value.strip_prefix(is_quote) {
            Some(inner) => {
                let (inner, rest, _) = until_quote(inner);
                (inner, rest)
            }
            None => value.split_at(value.find(char::is_whitespace).unwrap_or(value.len())),
        };
        let filters = &mut self.filters;
        let forms = words::forms(value);
        let first = forms.first().map_or("", String::as_str);
        match key.as_str() {
            // While the value is being typed the filter does not count yet.
            _ if forms.is_empty() => {}
            "kind" => filters.kinds.push(kind(first)),
            "outcome" => filters.outcomes.push(outcome(first)),
            "year" => filters.years.push(years(&forms)),
            "counterparty" => filters.counterparties.push(forms),
            _ => filters.principles.push(forms),
        }
        Some(rest)
    }

    /// Reads everything up to the next blank or quotation mark.
    fn plain<'a>(&mut self, text: &'a str) -> &'a str {
        let end = text.char_indices().skip(1).find(|(_, character)| is_border(*character));
        let (plain, rest) = text.split_at(end.map_or(text.len(), |(index, _)| index));
        let forms = words::forms(plain);
        let last = forms.len().saturating_sub(1);
        self.words.extend(forms.into_iter().enumerate().map(|(index, form)| Word {
            form,
            is_open: rest.is_empty() && index == last,
            is_exact: false,
        }));
        rest
    }
}

fn is_quote(character: char) -> bool {
    matches!(character, '"' | '“' | '”' | '„')
}

fn is_border(character: char) -> bool {
    character.is_whitespace() || is_quote(character)
}

/// What stands before the closing quotation mark and after it, and whether there is one.
fn until_quote(text: &str) -> (&str, &str, bool) {
    match text.find(is_quote) {
        Some(end) => {
            let length = text[end..].chars().next().map_or(0, char::len_utf8);
            (&text[..end], &text[end + length..], true)
        }
        None => (text, "", false),
    }
}

fn ends_in_blank(text: &str) -> bool {
    text.ends_with(char::is_whitespace)
}

/// The kind that a word means, also in the plural or not typed to its end.
fn kind(word: &str) -> Option<Kind> {
    let plural = ["principles", "counterparties", "deals", "notes"];
    Kind::ALL.into_iter().zip(plural).find_map(|(kind, plural)| {
        (kind.as_str().starts_with(word) || plural.starts_with(word)).then_some(kind)
    })
}

fn outcome(word: &str) -> Option<Outcome> {
    Outcome::ALL.into_iter().find(|outcome| outcome.as_str().starts_with(word))
}

/// A year or two that are the ends of a range.
fn years(forms: &[String]) -> Option<RangeInclusive<i16>> {
    let year = |form: &String| form.parse::<i16>().ok();
    let first = year(forms.first()?)?;
    match forms.get(1) {
        Some(second) => Some(first..=year(second)?),
        None => Some(first..=first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words_of(text: &str) -> Vec<String> {
        Query::parse(text)
            .words
            .into_iter()
            .map(|word| word.form + if word.is_open { "*" } else { "" })
            .collect()
    }

    #[test]
    fn the_last_word_may_go_on() {
        assert_eq!(words_of("walk awa"), ["walk", "awa*"]);
        assert_eq!(words_of("walk away "), ["walk", "away"]);
        assert_eq!(words_of("walk-awa"), ["walk", "awa*"]);
        assert_eq!(words_of(" \t "), Vec::<String>::new());
    }

    #[test]
    fn quotes_make_phrases() {
        let query = Query::parse("before \"walk away\" after");
        assert_eq!(query.phrases, [Phrase { forms: vec!["walk".into(), "away".into()], is_open: false }]);
        assert_eq!(words_of("before \"walk away\" after"), ["before", "walk", "away", "after*"]);
        assert!(Query::parse("“walk awa").phrases[0].is_open);
        assert!(Query::parse("\"\"").is_empty());
    }

    #[test]
    fn filters_are_words_too() {
        let filters =
            Query::parse("Outcome:won kind:deals year:2023-2025 counterparty:\"Pine Homes\" outcome:p")
                .filters;
        assert_eq!(filters.outcomes, [Some(Outcome::Won), Some(Outcome::Partly)]);
        assert_eq!(filters.kinds, [Some(Kind::Deal)]);
        assert_eq!(filters.years, [Some(2023..=2025)]);
        assert_eq!(filters.counterparties, [["pine", "homes"]]);
        assert_eq!(Query::parse("outcome:maybe").filters.outcomes, [None]);
        assert!(Query::parse("outcome: year:").is_empty());
        assert_eq!(words_of("price:high"), ["price", "high*"]);
    }

    proptest! {
        #[test]
        fn any_text_is_a_query(text in "\\PC{0,60}") {
            Query::parse(&text);
        }
    }
}
