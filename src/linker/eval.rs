//! How good the linker is, measured on labelled notes.
