//! Links set by hand: front matter, callouts, wikilinks, tags.
