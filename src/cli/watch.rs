//! `leverbook watch`
