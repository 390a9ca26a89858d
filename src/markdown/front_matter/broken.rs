//! Says in the words of its author why a block cannot be read.

use granit_parser::{ErrorKind, ScanError};

use super::Broken;
use crate::source::{Span, floor_char_boundary};

/// The lines between the markers, while they are read as YAML. Places are ranges of its text.
pub(super) struct Block<'a> {
    /// The lines.
    pub(super) text: &'a str,
    /// Where they begin in the source.
    pub(super) start: usize,
    /// Where the lists and maps begin that are not at their end yet.
    pub(super) brackets: Vec<usize>,
}

impl Block<'_> {
    /// Translates a place.
    pub(super) fn in_source(&self, place: Span) -> Span {
        Span::new(self.start + place.start, self.start + place.end)
    }

    /// Where the line of an offset begins.
    pub(super) fn line_start(&self, offset: usize) -> usize {
        self.text[..offset].rfind('\n').map_or(0, |newline| newline + 1)
    }

    /// Where the line of an offset ends.
    pub(super) fn line_end(&self, offset: usize) -> usize {
        self.text[offset..].find('\n').map_or(self.text.len(), |newline| offset + newline)
    }

    pub(super) fn second_document(&self, place: Span) -> Broken {
        self.broken(
            place,
            "a second document begins inside the front matter",
            "close the front matter with a bare line `---`",
        )
    }

    pub(super) fn no_map(&self, place: Span) -> Broken {
        let line = self.line(place.start);
        self.broken(line, "the front matter does not consist of lines `key: value`", self.key_help(line))
    }

    pub(super) fn alias(&self, place: Span) -> Broken {
        let message =
            "a value that begins with `*` refers to another value in YAML, which is not allowed here";
        self.broken(place, message, self.quote_help(self.line(place.start)))
    }

    pub(super) fn anchor(&self, place: Span) -> Broken {
        let start = self.text[..place.start].rfind('&').unwrap_or(place.start);
        let message = "a value that begins with `&` sets an anchor in YAML, which is not allowed here";
        self.broken(Span::new(start, place.end), message, self.quote_help(self.line(start)))
    }

    pub(super) fn too_deep(&self, place: Span) -> Broken {
        self.broken(
            self.word(place.start),
            "the front matter holds too many values or nests them too deeply",
            "move long lists into the body of the note",
        )
    }

    /// What the parser found, with advice. Its own words speak to those who know YAML well.
    pub(super) fn explain(&self, error: &ScanError) -> Broken {
        use ErrorKind as E;

        // Nothing can be underlined at the end of the block; what is meant is the last line.
        let offset = error.marker().byte_offset().unwrap_or(self.text.len());
        let offset = floor_char_boundary(self.text, offset.min(self.text.trim_end().len()));
        let (line, word) = (self.line(offset), self.word(offset));
        let has_wikilink = self.text[line.range()].contains("[[");
        match error.kind() {
            E::RecursionLimitExceeded => self.too_deep(word),
            E::TabNotAllowed | E::TabInBlockIndentation | E::TabInIndentation | E::TabInPlainScalar => {
                let message = "a tab stands where YAML takes blanks only";
                self.broken(self.tab(offset), message, "indent with blanks")
            }
            E::UnclosedQuotedScalar | E::DocumentIndicatorInQuotedScalar => self.broken(
                word,
                "this quote is never closed",
                "close it, or put the whole value in the other kind of quotes",
            ),
            E::InvalidTrailingSingleQuotedScalar | E::InvalidTrailingDoubleQuotedScalar => {
                self.broken(word, "text follows after the closing quote", self.quote_help(line))
            }
            E::UnknownQuotedScalarEscape | E::InvalidQuotedScalarHexEscape | E::InvalidUnicodeEscape => self
                .broken(
                    word,
                    "a backslash in double quotes begins an escape that does not exist",
                    "use single quotes, or write two backslashes",
                ),
            E::CommentNotSeparated => self.broken(
                word,
                "`#` begins a comment in YAML",
                "put the tag or wikilink in quotes, or leave the `#` off",
            ),
            E::UnexpectedCharacter { character } if character.is_control() => self.broken(
                self.character(offset),
                "a control character cannot stand in a front matter",
                "delete the character",
            ),
            E::UnexpectedCharacter { character } => {
                let message = format!("a value cannot begin with `{character}`");
                self.broken(word, message, self.quote_help(line))
            }
            E::DirectiveDisallowed => {
                self.broken(word, "a line cannot begin with `%`", "put the text in quotes")
            }
            E::BlockSequenceEntryNotAllowed => self.broken(
                word,
                "a list cannot begin on the line of its key",
                "put each `- item` on a line of its own below the key",
            ),
            E::SimpleKeyExpected => {
                let message = "the front matter has a line that is not of the form `key: value`";
                self.broken(line, message, self.key_help(line))
            }
            _ if has_wikilink => {
                self.broken(word, "a wikilink in the front matter needs quotes", self.quote_help(line))
            }
            E::MappingValueNotAllowed if self.text[line.range()].matches(": ").count() > 1 => {
                let message = "a value that holds a colon and a blank needs quotes";
                self.broken(self.character(offset), message, self.quote_help(line))
            }
            E::MappingValueNotAllowed
            | E::InvalidIndentation
            | E::ExpectedBlockMappingKey
            | E::ExpectedBlockSequenceEntry => self.broken(
                line,
                "this line does not fit the ones above it",
                "give all keys of one map the same indent, and put odd values in quotes",
            ),
            kind => self.unclosed_bracket().unwrap_or_else(|| {
                self.broken(word, kind.to_string().to_lowercase(), "put the value in quotes")
            }),
        }
    }

    fn unclosed_bracket(&self) -> Option<Broken> {
        let place = self.character(*self.brackets.last()?);
        let is_bracket = matches!(&self.text[place.range()], "[" | "{");
        is_bracket.then(|| {
            self.broken(
                place,
                "this bracket is never closed, or what stands in it is no list",
                "close it, and put commas between the items",
            )
        })
    }

    fn key_help(&self, line: Span) -> &'static str {
        match self.text[line.range()].split_once(':') {
            Some((_, rest)) if !rest.is_empty() && !rest.starts_with([' ', '\t']) => {
                "put a blank after the colon"
            }
            _ => "write `key: value`; for a rule at the top of a note write `***`",
        }
    }

    /// How the line would be right, if that is short enough to be shown.
    fn quote_help(&self, line: Span) -> String {
        let text = &self.text[line.range()];
        let (key, value) = match (text.strip_prefix("- "), text.split_once(": ")) {
            (Some(item), _) => ("- ".to_owned(), item.trim()),
            (None, Some((key, value))) => (format!("{key}: "), value.trim()),
            (None, None) => return "put the value in quotes".into(),
        };
        if value.matches("[[").count() > 1 {
            return "put each wikilink in quotes, as an item of a list".into();
        }
        let quote = if value.contains('"') { '\'' } else { '"' };
        if value.len() > 60 || value.contains(quote) || value.contains('\\') {
            return "put the value in quotes".into();
        }
        format!("put the value in quotes: `{key}{quote}{value}{quote}`")
    }

    /// The line of an offset without its indent.
    fn line(&self, offset: usize) -> Span {
        let start = self.line_start(offset);
        let line = self.text[start..self.line_end(offset)].trim_end();
        let indent = line.len() - line.trim_start().len();
        Span::new(start + indent, start + line.len())
    }

    fn word(&self, offset: usize) -> Span {
        let rest = &self.text[offset..];
        let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
        if length == 0 { self.character(offset) } else { Span::new(offset, offset + length) }
    }

    fn character(&self, offset: usize) -> Span {
        let length = self.text[offset..].chars().next().map_or(0, char::len_utf8);
        Span::new(offset, offset + length)
    }

    /// The tab that is meant by an error; it can be noticed as early as in the value of the line above.
    fn tab(&self, offset: usize) -> Span {
        let start = self.line_start(offset);
        match self.text[start..].find('\t') {
            Some(at) => self.character(start + at),
            None => self.character(offset),
        }
    }

    fn broken(&self, place: Span, message: impl Into<String>, help: impl Into<String>) -> Broken {
        Broken { span: self.in_source(place), message: message.into(), help: help.into() }
    }
}
