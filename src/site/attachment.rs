//! Files that notes show: which ones are published, under which name, and what is taken out of them.
//!
//! Pictures carry more than they show (places, cameras, names, comments); that is dropped. What a
//! browser could run is never published.

use super::svg;

/// How a page shows a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shown {
    Image,
    Audio,
    Video,
}

/// The kinds that are published; all others stay at home.
const KINDS: &[(&str, Option<Shown>)] = &[
    ("png", Some(Shown::Image)),
    ("jpg", Some(Shown::Image)),
    ("jpeg", Some(Shown::Image)),
    ("gif", Some(Shown::Image)),
    ("webp", Some(Shown::Image)),
    ("avif", Some(Shown::Image)),
    ("bmp", Some(Shown::Image)),
    ("svg", Some(Shown::Image)),
    ("mp3", Some(Shown::Audio)),
    ("wav", Some(Shown::Audio)),
    ("m4a", Some(Shown::Audio)),
    ("ogg", Some(Shown::Audio)),
    ("opus", Some(Shown::Audio)),
    ("flac", Some(Shown::Audio)),
    ("mp4", Some(Shown::Video)),
    ("webm", Some(Shown::Video)),
    ("ogv", Some(Shown::Video)),
    ("mov", Some(Shown::Video)),
    ("mkv", Some(Shown::Video)),
    ("pdf", None),
    ("csv", None),
    ("txt", None),
];

/// Path without extension, and extension, of a file that is published; `None` for one that is not.
pub(super) fn published(path: &str) -> Option<(String, &'static str)> {
    let (stem, extension) = path.rsplit_once('.')?;
    let extension = extension.to_ascii_lowercase();
    let (extension, _) = KINDS.iter().find(|(kind, _)| *kind == extension)?;
    Some((stem.to_owned(), extension))
}

/// How a page shows a published file; `None` for one that it links to.
pub(super) fn shown(path: &str) -> Option<Shown> {
    let (_, extension) = path.rsplit_once('.')?;
    KINDS.iter().find(|(kind, _)| *kind == extension).and_then(|(_, shown)| *shown)
}

/// The bytes that are published: pictures without what they do not show, drawings without what they could do.
pub(super) fn clean(path: &str, bytes: Vec<u8>) -> Vec<u8> {
    match published(path).map(|(_, extension)| extension) {
        Some("svg") => svg::clean(&String::from_utf8_lossy(&bytes)).into_bytes(),
        Some("jpg" | "jpeg") => clean_jpeg(&bytes).unwrap_or(bytes),
        Some("png") => clean_png(&bytes).unwrap_or(bytes),
        Some("webp") => clean_webp(&bytes).unwrap_or(bytes),
        _ => bytes,
    }
}

/// Drops comments and all application segments but those that decoding needs (JFIF, ICC profile, Adobe's colour transform).
/// `None` if it is no JPEG.
fn clean_jpeg(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut rest = bytes.strip_prefix(&[0xFF, 0xD8])?;
    let mut kept = vec![0xFF, 0xD8];
    loop {
        let (&[0xFF, marker], after) = rest.split_first_chunk::<2>()? else { return None };
        // Fill bytes may stand before a marker.
        if marker == 0xFF {
            rest = &rest[1..];
            continue;
        }
        // The scan's data follow; what stands after the end of the picture is dropped.
        if marker == 0xDA {
            let end = rest.windows(2).rposition(|pair| pair == [0xFF, 0xD9]).map_or(rest.len(), |at| at + 2);
            kept.extend_from_slice(&rest[..end]);
            return Some(kept);
        }
        if marker == 0xD9 {
            kept.extend_from_slice(&[0xFF, 0xD9]);
            return Some(kept);
        }
        let (length, _) = after.split_first_chunk::<2>()?;
        let length = usize::from(u16::from_be_bytes(*length));
        let data = after.get(2..length)?;
        let is_needed = match marker {
            0xE0 => data.starts_with(b"JFIF\0"),
            0xE2 => data.starts_with(b"ICC_PROFILE\0"),
            0xEE => data.starts_with(b"Adobe"),
            0xE1..=0xEF | 0xFE => false,
            _ => true,
        };
        if is_needed {
            kept.extend_from_slice(&rest[..2 + length]);
        }
        rest = &after[length..];
    }
}

/// Keeps the chunks that draw the picture. `None` if it is no PNG.
fn clean_png(bytes: &[u8]) -> Option<Vec<u8>> {
    const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
    const KEPT: &[&[u8]] = &[
        b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"bKGD",
        b"pHYs", b"acTL", b"fcTL", b"fdAT", b"cICP",
    ];
    let mut rest = bytes.strip_prefix(SIGNATURE)?;
    let mut kept = SIGNATURE.to_vec();
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let name = after.get(..4)?;
        let whole = length.checked_add(12)?;
        let chunk = rest.get(..whole)?;
        if KEPT.contains(&name) {
            kept.extend_from_slice(chunk);
        }
        if name == b"IEND" {
            return Some(kept);
        }
        rest = &rest[whole..];
    }
    Some(kept)
}

/// Drops the EXIF and XMP chunks, and the flags that announce them. `None` if it is no WebP.
fn clean_webp(bytes: &[u8]) -> Option<Vec<u8>> {
    const EXIF_AND_XMP: u8 = 0b0000_1100;
    let mut rest = bytes.strip_prefix(b"RIFF")?.get(4..)?.strip_prefix(b"WEBP")?;
    let mut kept = b"RIFF\0\0\0\0WEBP".to_vec();
    while rest.len() >= 8 {
        let name = &rest[..4];
        let length = usize::try_from(u32::from_le_bytes([rest[4], rest[5], rest[6], rest[7]])).ok()?;
        let whole = length.checked_add(8)?.checked_add(length % 2)?.min(rest.len());
        if rest.len() < length + 8 {
            return None;
        }
        if name != b"EXIF" && name != b"XMP " {
            let start = kept.len();
            kept.extend_from_slice(&rest[..whole]);
            if name == b"VP8X" && length > 0 {
                kept[start + 8] &= !EXIF_AND_XMP;
            }
        }
        rest = &rest[whole..];
    }
    let size = u32::try_from(kept.len() - 8).ok()?;
    kept[4..8].copy_from_slice(&size.to_le_bytes());
    Some(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
        let length = u16::try_from(data.len() + 2).expect("short").to_be_bytes();
        [&[0xFF, marker], &length[..], data].concat()
    }

    fn chunk(name: &[u8], data: &[u8]) -> Vec<u8> {
        let length = u32::try_from(data.len()).expect("short").to_be_bytes();
        [&length[..], name, data, &[0; 4]].concat()
    }

    #[test]
    fn a_photo_loses_its_place_and_its_comment() {
        let start = segment(0xE0, b"JFIF\0\x01\x02");
        let scan = [&segment(0xDA, b"\0")[..], b"pixels\xFF\x00\xFF\xD9"].concat();
        let photo = [
            &[0xFF, 0xD8][..],
            &start,
            &segment(0xE1, b"Exif\0\0GPS 52.5 13.4"),
            &segment(0xFE, b"secret"),
            &segment(0xDB, b"table"),
            &scan,
            b"trailing secret",
        ]
        .concat();
        let clean_photo = clean("content/Photo.JPG", photo);
        let expected = [&[0xFF, 0xD8][..], &start, &segment(0xDB, b"table"), &scan].concat();
        assert_eq!(clean_photo, expected);
    }

    #[test]
    fn a_screenshot_loses_its_texts() {
        let head = b"\x89PNG\r\n\x1a\n".to_vec();
        let picture =
            [chunk(b"IHDR", b"x"), chunk(b"tEXt", b"Author\0me"), chunk(b"IDAT", b"y"), chunk(b"IEND", b"")];
        let cleaned = clean("a.png", [&head[..], &picture.concat(), b"after"].concat());
        let expected = [&head[..], &picture[0], &picture[2], &picture[3]].concat();
        assert_eq!(cleaned, expected);
    }

    #[test]
    fn broken_pictures_do_no_harm() {
        for bytes in
            [&b""[..], b"\xFF\xD8\xFF", b"\xFF\xD8\xFF\xE1\0\0", b"\xFF\xD8\xFF\xE1\xFF\xFFx", b"RIFF"]
        {
            for name in ["a.jpg", "a.png", "a.webp"] {
                clean(name, bytes.to_vec());
            }
        }
        let lying = [b"\x89PNG\r\n\x1a\n", &[0xFF; 12][..]].concat();
        assert_eq!(clean("a.png", lying.clone()), lying);
    }

    #[test]
    fn active_files_are_never_published() {
        for name in ["a.html", "a.XHTML", "b.js", "c.xml", "d.htm", "e", "f.svg.html", "g.docx"] {
            assert_eq!(published(name), None, "{name}");
        }
        assert_eq!(published("x/A b.PNG"), Some(("x/A b".to_owned(), "png")));
    }
}
