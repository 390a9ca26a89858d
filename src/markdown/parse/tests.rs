use super::*;
use std::fmt::Write as _;

fn document(text: &str) -> Document {
    parse(&Arc::new(Source::new(crate::source::SourceId::new("content/note.md"), text)))
}
