//! Writes HTML that is always balanced, however the input is nested.

use std::fmt::Write as _;

/// Elements deeper than this are left out and only their content is written: browsers stop nesting at about
/// this depth themselves, and a hostile note must not make them, or the cleaner, work through ten thousand levels.
const MAX_DEPTH: usize = 120;

/// HTML under way, and the elements that are open in it.
#[derive(Default)]
pub(super) struct Output {
    html: String,
    open: Vec<Open>,
    /// Links that are open: links in links are none.
    links: usize,
    suspended: Vec<(String, usize)>,
}

struct Open {
    name: &'static str,
    /// From raw HTML in the note; closed as soon as an element of ours around it ends.
    foreign: bool,
    shown: bool,
}

/// The name that marks the ground of a text of its own in the stack of open elements.
const GROUND: &str = "";

impl Output {
    /// Opens an element of ours; `attributes` are ready-made and begin with a blank.
    pub(super) fn open(&mut self, name: &'static str, attributes: &str) {
        self.push(name, attributes, false);
    }

    /// Whether a link is open.
    pub(super) fn in_link(&self) -> bool {
        self.links > 0
    }

    /// Closes the innermost element of ours, and whatever raw HTML was left open in it.
    pub(super) fn close(&mut self) {
        while let Some(open) = self.open.pop() {
            self.write_close(&open);
            if !open.foreign {
                break;
            }
        }
    }

    /// Opens an element that raw HTML asked for.
    pub(super) fn open_foreign(&mut self, name: &'static str, attributes: &str) {
        self.push(name, attributes, true);
    }

    /// Closes the innermost such element of that name, unless an element of ours was opened since.
    pub(super) fn close_foreign(&mut self, name: &str) {
        let reachable = self.open.iter().rev().take_while(|open| open.foreign);
        let Some(depth) = reachable.map(|open| open.name).take(MAX_DEPTH).position(|open| open == name)
        else {
            return;
        };
        for open in self.open.split_off(self.open.len() - depth - 1).into_iter().rev() {
            self.write_close(&open);
        }
    }

    /// Closes foreign elements on top of the stack down to a depth, but none for which `keep` holds, nor below.
    pub(super) fn close_foreign_above(&mut self, depth: usize, keep: impl Fn(&str) -> bool) {
        while self.open.len() > depth && self.open.last().is_some_and(|open| open.foreign && !keep(open.name))
        {
            if let Some(open) = self.open.pop() {
                self.write_close(&open);
            }
        }
    }

    /// How many elements are open.
    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    /// From here on a text of its own is written, until [`Output::resume`].
    pub(super) fn suspend(&mut self) {
        self.suspended.push((std::mem::take(&mut self.html), std::mem::take(&mut self.links)));
        self.open.push(Open { name: GROUND, foreign: false, shown: false });
    }

    /// Ends the text of its own, hands it out, and goes on where the other one stopped.
    pub(super) fn resume(&mut self) -> String {
        while self.open.last().is_some_and(|open| open.name != GROUND) {
            self.close();
        }
        self.open.pop();
        let (html, links) = self.suspended.pop().unwrap_or_default();
        self.links = links;
        std::mem::replace(&mut self.html, html)
    }

    /// Text, escaped.
    pub(super) fn text(&mut self, text: &str) {
        escape_into(&mut self.html, text, false);
    }

    /// Text of raw HTML: entities stay what they are, all else is escaped.
    pub(super) fn entities(&mut self, text: &str) {
        let mut rest = text;
        while let Some(index) = rest.find('&') {
            self.text(&rest[..index]);
            rest = &rest[index..];
            let end = rest[1..]
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '#')
                .map_or(rest.len(), |end| end + 1);
            if end > 1 && rest[end..].starts_with(';') {
                self.html.push_str(&rest[..=end]);
                rest = &rest[end + 1..];
            } else {
                self.text("&");
                rest = &rest[1..];
            }
        }
        self.text(rest);
    }

    /// HTML that is known to be safe and balanced.
    pub(super) fn raw(&mut self, html: &str) {
        self.html.push_str(html);
    }

    /// Makes sure that what follows stands on a new line.
    pub(super) fn line(&mut self) {
        if !self.html.is_empty() && !self.html.ends_with('\n') {
            self.html.push('\n');
        }
    }

    /// Takes back a paragraph that turned out empty, else closes it.
    pub(super) fn close_paragraph(&mut self) {
        if self.html.ends_with("<p>") && self.open.last().is_some_and(|open| open.shown && !open.foreign) {
            self.html.truncate(self.html.len() - "<p>".len());
            self.open.pop();
        } else {
            self.close();
        }
    }

    /// Closes all that is open.
    pub(super) fn close_all(&mut self) {
        while !self.open.is_empty() {
            self.close();
        }
    }

    /// Closes all that is open and hands out the HTML.
    pub(super) fn finish(mut self) -> String {
        self.close_all();
        self.html
    }

    fn push(&mut self, name: &'static str, attributes: &str, foreign: bool) {
        let shown = self.open.len() < MAX_DEPTH;
        if shown {
            let _ = write!(self.html, "<{name}{attributes}>");
        }
        self.links += usize::from(name == "a");
        self.open.push(Open { name, foreign, shown });
    }

    fn write_close(&mut self, open: &Open) {
        self.links -= usize::from(open.name == "a");
        if open.shown {
            let _ = write!(self.html, "</{}>", open.name);
        }
    }
}

/// One attribute with a leading blank, its value escaped.
pub(super) fn attribute(name: &str, value: &str) -> String {
    let mut attribute = format!(" {name}=\"");
    escape_into(&mut attribute, value, true);
    attribute.push('"');
    attribute
}

/// Escapes as browsers serialise, and leaves out control characters, which HTML does not allow.
fn escape_into(html: &mut String, text: &str, quotes: bool) {
    let bytes = text.as_bytes();
    let (mut kept, mut at) = (0, 0);
    while let Some(found) = bytes[at..].iter().position(|byte| IS_SPECIAL[usize::from(*byte)]) {
        let start = at + found;
        let (replacement, length) = match (bytes[start], bytes.get(start + 1)) {
            (b'&', _) => ("&amp;", 1),
            (b'<', _) => ("&lt;", 1),
            (b'>', _) => ("&gt;", 1),
            (b'"', _) if quotes => ("&quot;", 1),
            (0xC2, Some(0xA0)) => ("&nbsp;", 2),
            (0xC2, Some(0x80..=0x9F)) => ("", 2),
            (0x00..=0x1F | 0x7F, _) => ("", 1),
            _ => {
                at = start + 1;
                continue;
            }
        };
        html.push_str(&text[kept..start]);
        html.push_str(replacement);
        at = start + length;
        kept = at;
    }
    html.push_str(&text[kept..]);
}

/// The bytes with which something begins that may have to be escaped: signs of HTML, controls, and the first byte of
/// `U+0080` to `U+00BF`.
const IS_SPECIAL: [bool; 256] = {
    let mut special = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        special[byte] = byte != b'\n' as usize && byte != b'\t' as usize;
        byte += 1;
    }
    special[b'&' as usize] = true;
    special[b'<' as usize] = true;
    special[b'>' as usize] = true;
    special[b'"' as usize] = true;
    special[0x7F] = true;
    special[0xC2] = true;
    special
};
