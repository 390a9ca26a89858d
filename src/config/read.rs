//! Reads the settings.

use std::sync::Arc;

use super::Config;
use crate::diagnostic::Diagnostic;
use crate::source::Source;

/// The settings of a text; all its problems if there are any.
#[expect(clippy::missing_errors_doc, reason = "said above")]
pub fn read(source: &Arc<Source>) -> Result<Config, Vec<Diagnostic>> {
    let _ = source;
    todo!()
}
