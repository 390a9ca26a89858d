//! From a file's bytes to text, whatever encoding accident happened to it.

/// What the bytes of a text file turned out to be.
#[derive(PartialEq, Eq, Debug)]
pub(super) enum Decoded {
    /// Text in an encoding that says of itself which it is.
    Text(String),
    /// Text in another encoding than it should have; which one was guessed.
    Guessed(String, &'static str),
    /// No text.
    Binary,
}

/// Bytes 0x80 to 0x9F in Windows-1252, the encoding of what old programs saved.
const WINDOWS_1252: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}',
    '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// The text of a file. A byte order mark is no part of it. Line ends stay as they are, but for those of old Macs:
/// a lone carriage return ends a line in Markdown and in YAML, and who sees a note may stand on such a line.
pub(super) fn decode(bytes: Vec<u8>) -> Decoded {
    match decode_as_written(bytes) {
        Decoded::Text(text) => Decoded::Text(end_lines(text)),
        Decoded::Guessed(text, encoding) => Decoded::Guessed(end_lines(text), encoding),
        Decoded::Binary => Decoded::Binary,
    }
}

/// Ends with a line feed every line that ends with a carriage return alone; no offset changes.
fn end_lines(text: String) -> String {
    let is_lone = |index: usize| !text[index + 1..].starts_with('\n');
    if !text.match_indices('\r').any(|(index, _)| is_lone(index)) {
        return text;
    }
    let mut ended = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (line, end) = line.strip_suffix("\r\n").map_or((line, ""), |line| (line, "\r\n"));
        ended.extend(line.chars().map(|sign| if sign == '\r' { '\n' } else { sign }));
        ended.push_str(end);
    }
    ended
}

fn decode_as_written(bytes: Vec<u8>) -> Decoded {
    match bytes.as_slice() {
        [0xFF, 0xFE, rest @ ..] => utf_16(rest, u16::from_le_bytes, false),
        [0xFE, 0xFF, rest @ ..] => utf_16(rest, u16::from_be_bytes, false),
        _ if has_zeros_at(&bytes, 1) => utf_16(&bytes, u16::from_le_bytes, true),
        _ if has_zeros_at(&bytes, 0) => utf_16(&bytes, u16::from_be_bytes, true),
        _ if bytes.contains(&0) => Decoded::Binary,
        _ => utf_8(bytes),
    }
}

fn utf_8(bytes: Vec<u8>) -> Decoded {
    match String::from_utf8(bytes) {
        Ok(mut text) => {
            if text.starts_with('\u{feff}') {
                text.drain(..'\u{feff}'.len_utf8());
            }
            Decoded::Text(text)
        }
        Err(error) => mixed(error.as_bytes()),
    }
}

/// Only the bytes that are no UTF-8 count as Windows-1252: one stray byte must not spoil a whole note.
fn mixed(bytes: &[u8]) -> Decoded {
    let is_text = |byte: &u8| *byte >= b' ' || byte.is_ascii_whitespace() || *byte == 0x1b;
    if !bytes.iter().all(is_text) {
        return Decoded::Binary;
    }
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 8);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|&byte| match byte {
            0x80..=0x9F => WINDOWS_1252[usize::from(byte - 0x80)],
            _ => char::from(byte),
        }));
    }
    Decoded::Guessed(text, "Windows-1252")
}

fn utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16, is_guess: bool) -> Decoded {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let mut is_guess = is_guess || !rest.is_empty();
    let units = pairs.iter().map(|&pair| unit(pair));
    let characters = char::decode_utf16(units).map(|character| {
        is_guess |= character.is_err();
        character.unwrap_or(char::REPLACEMENT_CHARACTER)
    });
    let text: String = characters.collect();
    match is_guess {
        _ if text.contains('\0') => Decoded::Binary,
        true => Decoded::Guessed(text, "UTF-16"),
        false => Decoded::Text(text),
    }
}

/// Whether most units look like Latin letters in UTF-16 whose zero byte stands first (0) or second (1), and hardly any
/// the other way round.
fn has_zeros_at(bytes: &[u8], place: usize) -> bool {
    let (pairs, rest) = bytes[..bytes.len().min(4096)].as_chunks::<2>();
    let zeros = pairs.iter().filter(|pair| pair[place] == 0).count();
    let others = pairs.iter().filter(|pair| pair[1 - place] == 0).count();
    rest.is_empty() && zeros > others * 8 && zeros * 2 >= pairs.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lone_carriage_return_ends_a_line() {
        for (bytes, text) in
            [("a\rb\r", "a\nb\n"), ("a\r\rb\r\nc\n\rd", "a\n\nb\r\nc\n\nd"), ("a\r\n", "a\r\n")]
        {
            assert_eq!(decode(bytes.into()), Decoded::Text(text.to_owned()));
        }
    }

    fn utf_16_bytes(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn utf_8_is_kept_and_its_mark_is_not() {
        assert_eq!(decode(b"a\r\n\xC3\xA9".to_vec()), Decoded::Text("a\r\né".to_owned()));
        assert_eq!(decode(b"\xEF\xBB\xBF---\n".to_vec()), Decoded::Text("---\n".to_owned()));
        assert_eq!(decode(Vec::new()), Decoded::Text(String::new()));
    }

    #[test]
    fn utf_16_is_read_by_its_mark_or_by_evidence() {
        let text = "---\r\ntitle: Prix\u{20ac} 😀\r\n---\r\n";
        let marked = format!("\u{feff}{text}");
        assert_eq!(decode(utf_16_bytes(&marked, u16::to_le_bytes)), Decoded::Text(text.to_owned()));
        assert_eq!(decode(utf_16_bytes(&marked, u16::to_be_bytes)), Decoded::Text(text.to_owned()));
        for bytes in [utf_16_bytes(text, u16::to_le_bytes), utf_16_bytes(text, u16::to_be_bytes)] {
            assert_eq!(decode(bytes), Decoded::Guessed(text.to_owned(), "UTF-16"));
        }
        assert_eq!(decode(b"\xFF\xFEa\0b".to_vec()), Decoded::Guessed("a".to_owned(), "UTF-16"));
    }

    #[test]
    fn bytes_that_are_no_utf_8_are_windows_1252_and_the_others_stay() {
        let guessed = |text: &str| Decoded::Guessed(text.to_owned(), "Windows-1252");
        assert_eq!(decode(b"5 \x80 \x96 caf\xE9\n".to_vec()), guessed("5 € – café\n"));
        assert_eq!(decode(b"\xC3\xA9 and \xE9".to_vec()), guessed("é and é"));
        assert_eq!(decode(b"\xEF\xBB\xBFa\xF0\x9F".to_vec()), guessed("að\u{178}"));
    }

    #[test]
    fn what_is_no_text_is_not_shown_as_text() {
        assert_eq!(decode(b"a\0b".to_vec()), Decoded::Binary);
        assert_eq!(decode(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec()), Decoded::Binary);
        assert_eq!(decode(b"\xFF\xFE\0\0a\0\0\0".to_vec()), Decoded::Binary);
        assert_eq!(decode(b"\xFF\xD8\x02\xE0".to_vec()), Decoded::Binary);
        assert_eq!(decode(vec![0; 64]), Decoded::Binary);
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_bring_it_down(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300)) {
            let is_utf_8 = std::str::from_utf8(&bytes).is_ok();
            if let Decoded::Guessed(_, "Windows-1252") = decode(bytes) {
                proptest::prop_assert!(!is_utf_8);
            }
        }
    }
}
