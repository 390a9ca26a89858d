//! The plain text of a passage, which mostly stands in the source as it is.

use std::fmt;
use std::ops::{Deref, Range};
use std::sync::Arc;

use crate::source::Source;

/// A plain text. One that stands in the source in one piece is not kept twice.
#[derive(Clone)]
pub struct PlainText(Kept);

#[derive(Clone)]
enum Kept {
    Here(Box<str>),
    InSource(Arc<Source>, Range<u32>),
}

impl PlainText {
    /// A text that may stand at an offset of the source.
    pub(super) fn at(text: String, source: &Arc<Source>, offset: usize) -> Self {
        let range = offset..offset + text.len();
        let is_written = source.text().get(range.clone()) == Some(&*text);
        match (u32::try_from(range.start), u32::try_from(range.end)) {
            (Ok(start), Ok(end)) if is_written => Self(Kept::InSource(Arc::clone(source), start..end)),
            _ => Self::from(text),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Kept::Here(text) => text,
            Kept::InSource(source, range) => {
                source.text().get(range.start as usize..range.end as usize).unwrap_or_default()
            }
        }
    }
}

impl Deref for PlainText {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl From<String> for PlainText {
    fn from(text: String) -> Self {
        Self(Kept::Here(text.into_boxed_str()))
    }
}

impl fmt::Display for PlainText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.as_str(), formatter)
    }
}

impl fmt::Debug for PlainText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), formatter)
    }
}

impl PartialEq for PlainText {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for PlainText {}

impl PartialEq<&str> for PlainText {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceId;

    #[test]
    fn only_what_stands_in_the_source_is_taken_from_there() {
        let source = Arc::new(Source::new(SourceId::new("x.md"), "one two"));
        let written = PlainText::at("two".to_owned(), &source, 4);
        assert!(matches!(written.0, Kept::InSource(..)) && written == "two");
        for (text, offset) in [("two", 3), ("two", 40), ("tw\u{f6}", 4)] {
            let kept = PlainText::at(text.to_owned(), &source, offset);
            assert!(matches!(kept.0, Kept::Here(_)) && kept == text);
        }
    }
}
