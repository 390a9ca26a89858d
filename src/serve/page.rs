//! What stands at a path of a view, and how a page becomes one that reloads.

use std::sync::Arc;

use super::{Shared, View};
use crate::diagnostic::escape_controls;
use crate::site::{MISSING, Site};

/// The folder of the server's own files; no path of a site begins with a dot.
pub(super) const OWN: &str = ".leverbook/";
/// What every page of a site has beside it.
pub(super) const STYLE: &str = "assets/book.css";
const SCRIPT: &str = "assets/book.js";

/// What a path leads to.
pub(super) enum Found {
    /// A page of the site.
    Page(Arc<[u8]>),
    /// Another file of it.
    File(Vec<u8>),
    /// The page is one folder deeper, under this path.
    Moved(String),
    /// The page for addresses that lead nowhere.
    Missing(Vec<u8>),
    /// It cannot be rendered; the text says why.
    Failed(String),
    /// There is no site yet.
    Nothing,
}

/// What a path leads to; the path of the site's root is empty.
pub(super) fn find(view: &View, path: &str) -> Found {
    let Some(site) = &view.site else { return Found::Nothing };
    let has = |path: &str| site.paths().binary_search_by(|other| other.as_str().cmp(path)).is_ok();
    let path = match path {
        "" => "index.html".to_owned(),
        path if path.ends_with('/') => format!("{path}index.html"),
        path => path.to_owned(),
    };
    if path == MISSING || !has(&path) {
        let deeper = format!("{path}/index.html");
        return if has(&deeper) { Found::Moved(deeper) } else { missing(site) };
    }
    // Pages are asked for again and again, and the site remembers them; other files may be large and are read anew.
    let found =
        if is_page(&path) { site.file(&path).map(Found::Page) } else { site.render(&path).map(Found::File) };
    found.unwrap_or_else(|error| Found::Failed(error.to_string()))
}

fn missing(site: &Site) -> Found {
    match site.render_missing() {
        Ok(bytes) => Found::Missing(bytes),
        Err(error) => Found::Failed(error.to_string()),
    }
}

fn is_page(path: &str) -> bool {
    path.ends_with(".html")
}

/// Tells bytes from others.
pub(super) fn version(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex()[..16].to_owned()
}

/// The page with the script that keeps it up to date. Its first `</head>` is the page's own, for text from content has no tags.
pub(super) fn with_script(html: &[u8], path: &str, style: &str) -> Vec<u8> {
    let (path, style) = (escape(path), escape(style));
    let version = version(html);
    let script = format!(
        "<script src=\"/{OWN}live.js\" defer data-page=\"{path}\" data-version=\"{version}\" data-style=\"{style}\"></script>\n"
    );
    let head = b"</head>";
    let at = html.windows(head.len()).position(|window| window.eq_ignore_ascii_case(head));
    let at = at.unwrap_or(html.len());
    [&html[..at], script.as_bytes(), &html[at..]].concat()
}

/// A page of the server's own, for when the site has none.
pub(super) fn plain_page(title: &str, text: &str) -> Vec<u8> {
    let (title, text) =
        (escape(title), escape(&text.split('\n').map(escape_controls).collect::<Vec<_>>().join("\n")));
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <link rel=\"stylesheet\" href=\"/{STYLE}\">\n</head>\n<body>\n<main id=\"main\">\n<h1>{title}</h1>\n<pre>{text}</pre>\n\
         </main>\n</body>\n</html>\n"
    )
    .into_bytes()
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            _ => escaped.push(character),
        }
    }
    escaped
}

impl Shared {
    /// Remembers that a browser has a file beside pages, in which version. Scripts with data are made from notes and loaded
    /// when they are needed, so they are not among them.
    pub(super) fn remember(&self, path: &str, version: &str) {
        let kind = content_type(path);
        let is_seen = ["text/css", "image/", "audio/", "video/"].iter().any(|seen| kind.starts_with(seen));
        if is_seen || path == SCRIPT {
            self.loaded().insert(path.to_owned(), version.to_owned());
        }
    }
}

/// The type of a file of a site, by its path.
pub(super) fn content_type(path: &str) -> &'static str {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "xml" => "application/xml",
        "txt" => "text/plain; charset=utf-8",
        "csv" => "text/csv; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "bmp" => "image/bmp",
        "ico" => "image/x-icon",
        "mp3" => "audio/mpeg",
        "wav" => "audio/wav",
        "m4a" => "audio/mp4",
        "ogg" | "opus" => "audio/ogg",
        "flac" => "audio/flac",
        "mp4" => "video/mp4",
        "webm" => "video/webm",
        "ogv" => "video/ogg",
        "mov" => "video/quicktime",
        "mkv" => "video/matroska",
        "pdf" => "application/pdf",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}
