//! How a place in a file is opened in an editor.

use std::path::Path;

use crate::config::Editor;

/// The address that opens a file at a line and a column; `None` if a command does it.
pub(super) fn link(editor: Editor, file: &Path, line: usize, column: usize) -> Option<String> {
    let path = file.to_string_lossy().replace('\\', "/");
    let rooted = if path.starts_with('/') { path.clone() } else { format!("/{path}") };
    let place = |scheme: &str| format!("{scheme}://file{}:{line}:{column}", encode(&rooted, "/"));
    match editor {
        Editor::VsCode => Some(place("vscode")),
        Editor::VsCodium => Some(place("vscodium")),
        Editor::Obsidian => Some(format!("obsidian://open?path={}", encode(&path, ""))),
        Editor::Command => None,
    }
}

/// Escapes all but plain letters, digits and what is named.
fn encode(text: &str, kept: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        let character = char::from(byte);
        if byte.is_ascii_alphanumeric() || "-._~".contains(character) || kept.contains(character) {
            encoded.push(character);
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_names_file_line_and_column_and_nothing_else() {
        let file = Path::new("/home/x/a b/\"é?#%.md");
        assert_eq!(
            link(Editor::VsCode, file, 4, 10).as_deref(),
            Some("vscode://file/home/x/a%20b/%22%C3%A9%3F%23%25.md:4:10")
        );
        assert_eq!(
            link(Editor::Obsidian, file, 4, 10).as_deref(),
            Some("obsidian://open?path=%2Fhome%2Fx%2Fa%20b%2F%22%C3%A9%3F%23%25.md")
        );
        assert_eq!(link(Editor::Command, file, 4, 10), None);
    }
}
