//! The templates: built in, overridden file by file.

/// Why a page cannot be made.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct TemplateError {
    /// The template engine's report with file, line and caret.
    pub message: String,
}

/// All templates of a project, loaded and checked.
pub struct Templates {}
