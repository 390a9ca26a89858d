//! Sentences and words of a note, with their places.
