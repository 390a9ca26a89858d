//! Which words of a note its author says of the matter, and which are somebody else's.
//!
//! "We" is the author's side only where the author speaks. In quoted mail, in direct speech and in the
//! turns of others it is somebody else, and what they say of themselves is a claim. So nothing is read
//! there. Whoever speaks without a mark of any kind is taken for the author.

use std::ops::Range;

use crate::linker::text::{Place, Text};
use crate::markdown::{Passage, PassageKind};
use crate::playbook::Note;

/// Stands for a word of direct speech.
const SPOKEN: &str = "\"";

/// The words of a sentence, those in quotation marks blotted out; `None` if it is a question, or mostly not the author's own.
pub(super) fn own_words<'a>(note: &Note, text: &'a Text, index: usize) -> Option<Vec<&'a str>> {
    let sentence = &text.sentences[index];
    let whole: &str = match sentence.place {
        Place::Title => &note.title,
        Place::Passage(passage) => {
            let passages = &note.document.passages[..=passage];
            if passages[passage].kind == PassageKind::Quote
                || is_in_mail(passages)
                || !is_own_turn(passages, text, index)
            {
                return None;
            }
            passages[passage].text.as_str()
        }
    };
    if whole.get(sentence.start..sentence.end)?.trim_end_matches(CLOSING).ends_with('?') {
        return None;
    }
    let speech = speech(whole, sentence.end);
    let words: Vec<&str> = text
        .words_of(sentence)
        .iter()
        .map(|word| {
            let before = speech.partition_point(|speech| speech.end <= word.start);
            let is_spoken = speech.get(before).is_some_and(|speech| speech.start < word.end);
            if is_spoken { SPOKEN } else { text.folded(word) }
        })
        .collect();
    let spoken = words.iter().filter(|word| **word == SPOKEN).count();
    (spoken * 2 < words.len()).then_some(words)
}

/// Whether the last of these passages stands in a mail that was pasted: behind its header, up to the next heading.
fn is_in_mail(passages: &[Passage]) -> bool {
    let mut since_heading = passages.iter().rev().take_while(|passage| passage.kind != PassageKind::Heading);
    since_heading.any(|passage| is_header(&passage.text))
}

/// Whether a paragraph is the header of a mail.
fn is_header(text: &str) -> bool {
    const FIELDS: [&str; 6] = ["From:", "To:", "Sent:", "Date:", "Subject:", "Cc:"];
    const LONGEST: usize = 1000;
    let text = text.trim_start();
    if text.starts_with("From:") || text.starts_with("-----Original") {
        return true;
    }
    if !FIELDS.iter().any(|field| text.starts_with(field)) {
        return text.starts_with("On ") && text.len() < LONGEST && text.trim_end().ends_with("wrote:");
    }
    let opening = text.char_indices().nth(LONGEST).map_or(text, |(end, _)| &text[..end]);
    FIELDS.iter().filter(|field| opening.contains(**field)).count() >= 2
}

/// Whether a sentence belongs to no turn of a conversation, or to one of ours. A turn ends with its passage.
fn is_own_turn(passages: &[Passage], text: &Text, index: usize) -> bool {
    let place = text.sentences[index].place;
    let whole = passages.last().map_or("", |passage| &*passage.text);
    if whole.starts_with(['—', '–']) {
        return false;
    }
    let before = text.sentences[..=index].iter().rev().take_while(|sentence| sentence.place == place);
    let speakers = before.filter_map(|sentence| speaker(whole.get(sentence.start..sentence.end)?));
    speakers.map(is_ours).next().unwrap_or(true)
}

/// The name at the start of "Piet (Vossen): We cannot wait", with what stands in brackets. A label such as "Price:" looks the same.
fn speaker(sentence: &str) -> Option<&str> {
    const LONGEST: usize = 60;
    const MOST_WORDS: usize = 5;
    let sentence = sentence.trim_start_matches(|c: char| !c.is_alphabetic());
    let (name, rest) = sentence.split_once(':').filter(|(name, _)| name.len() <= LONGEST)?;
    let outside = name.split('(').next().unwrap_or(name);
    let is_name = outside.split_whitespace().all(|word| {
        word.starts_with(char::is_uppercase) || ["de", "der", "van", "von", "di", "la"].contains(&word)
    });
    let follows = rest.is_empty() || rest.starts_with(char::is_whitespace) || rest.starts_with(OPENING);
    (is_name && follows && name.split_whitespace().count() <= MOST_WORDS).then_some(name)
}

fn is_ours(speaker: &str) -> bool {
    const OURS: [&str; 6] = ["us", "me", "we", "i", "ours", "our"];
    let mut words = speaker.split(|c: char| !c.is_alphabetic());
    words.any(|word| OURS.contains(&&*word.to_lowercase()))
}

const OPENING: [char; 7] = ['"', '“', '„', '«', '»', '‘', '\''];
const CLOSING: [char; 8] = ['"', '”', '“', '«', '»', '’', '\'', ')'];

/// What stands within quotation marks in a text, ascending, as far as it begins before `until`. What is not closed goes on to the end;
/// a single mark that is not closed is an apostrophe.
fn speech(text: &str, until: usize) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut from = 0;
    let mut single_ends = true;
    while let Some((at, mark)) = next_opening(text, from, single_ends).filter(|(at, _)| *at < until) {
        let inside = at + mark.len_utf8();
        from = inside;
        let end = end_of_speech(text, inside, mark);
        if end.is_none() && is_single(mark) {
            // Then no later one ends either.
            single_ends = false;
            continue;
        }
        let end = end.unwrap_or(text.len());
        if inside < end {
            found.push(inside..end);
        }
        from = text[end..].chars().next().map_or(end, |mark| end + mark.len_utf8());
    }
    found
}

fn is_single(mark: char) -> bool {
    matches!(mark, '\'' | '‘')
}

fn next_opening(text: &str, from: usize, single_ends: bool) -> Option<(usize, char)> {
    let mut before = text[..from].chars().next_back();
    for (at, mark) in text[from..].char_indices() {
        let at = from + at;
        let may = OPENING.contains(&mark) && (single_ends || !is_single(mark));
        // 19" and "drivers'" end with what looks like a mark.
        let is_free = !before.is_some_and(char::is_alphanumeric);
        let opens = || text[at + mark.len_utf8()..].chars().next().is_some_and(|next| !next.is_whitespace());
        if may && is_free && opens() {
            return Some((at, mark));
        }
        before = Some(mark);
    }
    None
}

fn end_of_speech(text: &str, from: usize, mark: char) -> Option<usize> {
    let ends: &[char] = match mark {
        '„' => &['“', '”', '"'],
        '“' => &['”', '"'],
        '«' => &['»'],
        '»' => &['«'],
        '‘' | '\'' => &['’', '\''],
        _ => &['"', '”'],
    };
    let is_end = |&(at, found): &(usize, char)| {
        let after = text[from + at + found.len_utf8()..].chars().next();
        ends.contains(&found) && !(is_single(mark) && after.is_some_and(char::is_alphanumeric))
    };
    text[from..].char_indices().find(is_end).map(|(at, _)| from + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spoken(text: &str) -> Vec<&str> {
        speech(text, text.len()).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn direct_speech_is_found_by_its_marks() {
        for (text, expected) in [
            ("\"We can't wait,\" he said. \"Not a day.\"", vec!["We can't wait,", "Not a day."]),
            ("He said “we can’t wait” and left.", vec!["we can’t wait"]),
            ("He said ‘we can’t wait’ and left.", vec!["we can’t wait"]),
            ("He said 'we can't wait' and left.", vec!["we can't wait"]),
            ("Er sagte „wir warten“ und ging, puis «nous» et »wir«.", vec!["wir warten", "nous", "wir"]),
            ("Their \"final\" price moved.", vec!["final"]),
            ("A 19\" rack, the drivers' union, rock 'n roll, and we can't wait.", vec![]),
            ("\"We can wait. It never ends.", vec!["We can wait. It never ends."]),
            ("\"\" \" ' ‘", vec![]),
        ] {
            assert_eq!(spoken(text), expected, "{text}");
        }
    }

    #[test]
    fn a_turn_opens_with_a_name() {
        for (text, expected) in [
            ("Piet (Vossen): We cannot wait", Some("Piet (Vossen)")),
            ("ANNA (us): We can.", Some("ANNA (us)")),
            ("[10:32] Mr van Dijk: No.", Some("Mr van Dijk")),
            ("Next steps: we wait", None),
            ("We can wait: the lease runs on", None),
            ("Meet at 10:30: sharp", None),
            ("No name", None),
        ] {
            assert_eq!(speaker(text), expected, "{text}");
        }
        assert!(is_ours("ANNA (us)") && is_ours("Me") && is_ours("Our side") && !is_ours("Gus"));
    }

    #[test]
    fn a_header_opens_a_mail() {
        for (text, expected) in [
            ("From: Piet Vossen To: Anna", true),
            ("Subject: Lease Date: 3 March", true),
            ("On Tue, 3 March, Piet Vossen wrote:", true),
            ("Date: 3 March", false),
            ("To: do by Friday", false),
            ("From Monday on we can wait.", false),
        ] {
            assert_eq!(is_header(text), expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn speech_lies_within_its_text_in_order(text in "(?s)[a-z ’'\"“”„«»‘\n.ß\u{1F600}]{0,60}") {
            let found = speech(&text, text.len());
            for speech in &found {
                proptest::prop_assert!(text.get(speech.clone()).is_some());
            }
            proptest::prop_assert!(found.windows(2).all(|pair| pair[0].end <= pair[1].start));
        }
    }
}
