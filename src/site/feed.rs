//! What needs absolute addresses: the list of pages and the feed, made only for a site that knows its own.

use std::fmt::Write as _;

use super::atlas::Atlas;
use super::plan::{File, Plan};

/// Entries of the feed.
const MAX_ENTRIES: usize = 30;
/// What one list of pages may hold.
const MAX_PAGES: usize = 50_000;

/// `sitemap.xml`
pub(super) fn sitemap(atlas: &Atlas, plan: &Plan) -> Vec<u8> {
    let mut xml = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n",
    );
    let is_page =
        |path: &&String| matches!(plan.files.get(*path), Some(File::Page(_))) && *path != "404.html";
    for path in plan.paths.iter().filter(is_page).take(MAX_PAGES) {
        xml.push_str("<url><loc>");
        xml.push_str(&escape(&address(atlas, path)));
        xml.push_str("</loc></url>\n");
    }
    xml.push_str("</urlset>\n");
    xml.into_bytes()
}

/// `feed.xml`: the newest notes that have a date.
pub(super) fn feed(atlas: &Atlas) -> Vec<u8> {
    let config = &atlas.edited.config;
    let updated = atlas.as_of.map_or_else(|| "1970-01-01".to_owned(), |day| day.to_string());
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n\
         <title>{}</title>\n<id>{}</id>\n<link href=\"{}\"/>\n<link rel=\"self\" href=\"{}\"/>\n\
         <updated>{updated}T00:00:00Z</updated>\n<author><name>{}</name></author>\n",
        escape(&config.title),
        escape(&address(atlas, "index.html")),
        escape(&address(atlas, "index.html")),
        escape(&address(atlas, "feed.xml")),
        escape(&config.title),
    );
    let dated = (0..atlas.notes.len()).filter_map(|note| Some((note, atlas.note(note).day()?)));
    for (note, day) in dated.take(MAX_ENTRIES) {
        let href = escape(&address(atlas, &atlas.notes[note].path));
        let links: Vec<String> = atlas
            .links(note)
            .iter()
            .filter_map(|link| atlas.principle_of(&link.principle))
            .map(|principle| atlas.principle(principle).title.clone())
            .collect();
        let summary = if links.is_empty() {
            atlas.words.say("feed.none").to_owned()
        } else {
            atlas.words.fill("feed.shows", &[("principles", &atlas.words.list(&links))])
        };
        let _ = writeln!(
            xml,
            "<entry><title>{}</title><id>{href}</id><link href=\"{href}\"/>\
             <updated>{day}T00:00:00Z</updated><summary>{}</summary></entry>",
            escape(&atlas.note(note).title),
            escape(&summary),
        );
    }
    xml.push_str("</feed>\n");
    xml.into_bytes()
}

/// The absolute address of a file; letters outside ASCII are percent-encoded.
fn address(atlas: &Atlas, path: &str) -> String {
    let mut address = format!("{}/", atlas.edited.config.base_url.trim().trim_end_matches('/'));
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                address.push(char::from(byte));
            }
            _ => {
                let _ = write!(address, "%{byte:02X}");
            }
        }
    }
    address
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            control if control.is_control() && !matches!(control, '\n' | '\t') => escaped.push(' '),
            '\u{fffe}' | '\u{ffff}' => {}
            letter => escaped.push(letter),
        }
    }
    escaped
}
