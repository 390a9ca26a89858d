//! From a file's bytes to text, whatever encoding accident happened to it.
