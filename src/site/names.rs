//! Names for the search box, as scripts: what `file://` allows where it forbids to fetch.
//!
//! A small playbook has one script with every name. A large one has its principles and counterparties
//! there, and the names of deals and notes in scripts by the first letters of their words.

use std::collections::BTreeSet;

use serde::Serialize;

use super::atlas::Atlas;
use super::words;

/// From so many names on they are spread over several scripts.
const MAX_TOGETHER: usize = 1500;

/// Scripts for the words of deals and notes; a word's first three letters choose one.
const SHARDS: usize = 128;

/// What a script hands over: title, kind, detail, address.
#[derive(Clone, Serialize)]
struct Row<'a>(&'a str, &'a str, String, &'a str);

/// How many scripts there are.
pub(super) fn shards(atlas: &Atlas) -> usize {
    if is_spread(atlas) { SHARDS + 1 } else { 1 }
}

/// Where a script stands; the first is the one that is always loaded.
pub(super) fn path(shard: usize) -> String {
    match shard {
        0 => "assets/names.js".to_owned(),
        shard => format!("assets/names-{shard}.js"),
    }
}

/// The bytes of all scripts, made together because a title stands in several of them.
pub(super) fn render(atlas: &Atlas) -> Vec<Vec<u8>> {
    let spread = is_spread(atlas);
    let mut scripts: Vec<Vec<Row>> = (0..shards(atlas)).map(|_| Vec::new()).collect();
    scripts[0].extend(principles(atlas).chain(counterparties(atlas)));
    for row in deals(atlas).chain(notes(atlas)) {
        if !spread {
            scripts[0].push(row);
            continue;
        }
        for shard in shards_of(row.0) {
            scripts[shard].push(row.clone());
        }
    }
    let spread_over = if spread { SHARDS } else { 0 };
    let script = |(shard, rows): (usize, Vec<Row>)| {
        let rows = serde_json::to_string(&rows).unwrap_or_else(|_| "[]".to_owned());
        format!("leverbookNames({shard},{spread_over},{rows});\n").into_bytes()
    };
    scripts.into_iter().enumerate().map(script).collect()
}

fn is_spread(atlas: &Atlas) -> bool {
    atlas.deals.len() + atlas.notes.len() > MAX_TOGETHER
}

/// The scripts in which a title stands: one for each of its words. The script computes the same number.
fn shards_of(title: &str) -> BTreeSet<usize> {
    let title = title.to_lowercase();
    let words = title.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(shard_of).collect()
}

/// The script of a word, by its first three letters.
fn shard_of(word: &str) -> usize {
    word.chars().take(3).fold(7, |sum, letter| sum * 31 + letter as usize) % SHARDS + 1
}

fn principles(atlas: &Atlas) -> impl Iterator<Item = Row<'_>> {
    let principles = atlas.playbook().leverage.principles.iter().zip(atlas.principles.iter());
    principles.map(|(principle, place)| {
        let aliases = words::shorten(&principle.aliases.join(", "), 80).into_owned();
        Row(&principle.title, atlas.words.say("kind.principle"), aliases, &place.path)
    })
}

fn counterparties(atlas: &Atlas) -> impl Iterator<Item = Row<'_>> {
    let counterparties = atlas.playbook().counterparties.iter().zip(atlas.counterparties.iter());
    counterparties.map(|(counterparty, place)| {
        let deals = atlas.words.count("count.deals", place.deals.len());
        Row(&counterparty.name, atlas.words.say("kind.counterparty"), deals, &place.path)
    })
}

fn deals(atlas: &Atlas) -> impl Iterator<Item = Row<'_>> {
    let deals = atlas.playbook().deals.iter().zip(atlas.deals.iter());
    deals.map(|(deal, place)| {
        let outcome = atlas.words.outcome(deal.outcome).to_owned();
        Row(&deal.name, atlas.words.say("kind.deal"), outcome, &place.path)
    })
}

fn notes(atlas: &Atlas) -> impl Iterator<Item = Row<'_>> {
    let notes = atlas.playbook().notes.iter().zip(atlas.notes.iter());
    notes.map(|(note, place)| {
        let detail = note.day().map_or_else(String::new, |day| day.to_string());
        Row(&note.title, atlas.words.say("kind.note"), detail, &place.path)
    })
}
