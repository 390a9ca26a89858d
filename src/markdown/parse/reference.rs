//! What a link says about its target.

/// Target and fragment of `[[inner]]`, without alias; `None` if it names nothing, which makes it text.
pub(super) fn wikilink(inner: &str) -> Option<(String, String)> {
    let inner = one_line(inner.trim_end_matches('\\'));
    let inner = inner.trim();
    if inner.is_empty() {
        return None;
    }
    if is_address(inner) {
        return Some((inner.to_owned(), String::new()));
    }
    let (target, fragment) = inner.split_once('#').unwrap_or((inner, ""));
    Some((target.trim().to_owned(), fragment.trim().to_owned()))
}

/// Target and fragment of a Markdown link. Addresses outside stay whole and as they are.
pub(super) fn destination(destination: &str) -> (String, String) {
    let destination = destination.trim();
    if destination.starts_with("//") || has_scheme(destination) {
        return (destination.to_owned(), String::new());
    }
    let (target, fragment) = destination.split_once('#').unwrap_or((destination, ""));
    (decode(target).trim().to_owned(), decode(fragment).trim().to_owned())
}

/// Whether a wikilink leads out of the vault. A colon alone does not say so: it may stand in a name.
pub(super) fn is_address(target: &str) -> bool {
    has_scheme(target) && (target.contains("://") || target.to_ascii_lowercase().starts_with("mailto:"))
}

/// Whether an address begins with a scheme. A single letter is a drive.
fn has_scheme(address: &str) -> bool {
    let Some((scheme, _)) = address.split_once(':') else { return false };
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    scheme.len() > 1 && scheme.as_bytes()[0].is_ascii_alphabetic() && scheme.bytes().all(is_part)
}

/// A name that runs over a line end, as one line without the marks of quotes.
fn one_line(name: &str) -> String {
    let mut lines = name.split('\n');
    let mut folded = lines.next().unwrap_or_default().trim_end().to_owned();
    for line in lines {
        folded.push(' ');
        folded.push_str(line.trim_start_matches([' ', '\t', '>']).trim_end());
    }
    if name.contains('\n') { folded } else { name.to_owned() }
}

/// Resolves `%20` and its kin; what does not become text stays as it is.
fn decode(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while index < bytes.len() {
        let hex = |at: usize| bytes.get(at).and_then(|&byte| char::from(byte).to_digit(16));
        match (bytes[index], hex(index + 1), hex(index + 2)) {
            (b'%', Some(high), Some(low)) => {
                decoded.extend(u8::try_from(high * 16 + low));
                index += 3;
            }
            (byte, ..) => {
                decoded.push(byte);
                index += 1;
            }
        }
    }
    String::from_utf8(decoded).unwrap_or_else(|_| text.to_owned())
}
