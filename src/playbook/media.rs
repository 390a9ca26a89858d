//! Which kinds of file a note may bring to a site.

/// How a page shows a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Media {
    /// In the page.
    Image,
    /// With a player.
    Audio,
    /// With a player.
    Video,
    /// As a link.
    File,
}

/// The kinds that are published, by extension; all others stay at home, since a browser could run them.
const KINDS: &[(&str, Media)] = &[
    ("png", Media::Image),
    ("jpg", Media::Image),
    ("jpeg", Media::Image),
    ("gif", Media::Image),
    ("webp", Media::Image),
    ("avif", Media::Image),
    ("bmp", Media::Image),
    ("svg", Media::Image),
    ("mp3", Media::Audio),
    ("wav", Media::Audio),
    ("m4a", Media::Audio),
    ("ogg", Media::Audio),
    ("opus", Media::Audio),
    ("flac", Media::Audio),
    ("mp4", Media::Video),
    ("webm", Media::Video),
    ("ogv", Media::Video),
    ("mov", Media::Video),
    ("mkv", Media::Video),
    ("pdf", Media::File),
    ("csv", Media::File),
    ("txt", Media::File),
];

/// The extension, in small letters, and kind of a file that is published; `None` for one that is not.
pub fn kind(path: &str) -> Option<(&'static str, Media)> {
    let (_, extension) = path.rsplit_once('.')?;
    let extension = extension.to_ascii_lowercase();
    KINDS.iter().copied().find(|(kind, _)| *kind == extension)
}

/// Whether a file of that name is published.
pub fn is_published(path: &str) -> bool {
    kind(path).is_some()
}
