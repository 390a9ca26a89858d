//! Which files of a notes folder are not content.
