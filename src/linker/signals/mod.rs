//! The kinds of sign that speak for a link, one file each.
