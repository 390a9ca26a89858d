//! What an edition leaves out occurs nowhere in its bytes, and leaves no trace in anything that was derived.
//!
//! Every withheld thing holds a word that begins with `zq`, and nothing else does. The measure is a twin: a project
//! in which the withheld things never stood must give the same site, byte for byte.
#![allow(clippy::disallowed_methods, reason = "a watch is waited for")]

use std::collections::BTreeSet;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::project::{Files, LEVERAGE, Project, assert_same, is_kind};

/// Text in which lines that begin with `-|` and parts in `⟪ ⟫` are withheld.
type Marked<'a> = (&'a str, &'a str);

/// The notes that everybody may see.
const VISIBLE: &[Marked<'static>] = &[
    (
        "content/deals/harbour/2026-03-02-first-call.md",
        "---\nvisibility: public\ncounterparty: Harbour Board\noutcome: open\ntags: [port]\n---\n# First call\n\n\
         They must sign before the harbour year ends on 30 June; we could wait. A second offer from the east quay lies here.\n\n\
         ![[chart.png]] and [[2026-04-01-closing]]\n",
    ),
    (
        "content/deals/harbour/2026-04-01-closing.md",
        "---\nvisibility: public\noutcome: won\nprinciples: [timing]\n---\n# Closing\n\nSigned two days before their year ended.\n",
    ),
    (
        "content/deals/kiln/2026-05-01-offer.md",
        "---\nvisibility: public\nrole: buy\ntarget: 80\n---\n# Offer\n\nNobody else burns tiles of this size, and they know it.\n",
    ),
];

/// A project with these notes, which has no trace of what they withhold.
fn twin(notes: &[Marked<'_>], others: &[(&str, Vec<u8>)]) -> Files {
    build_up(notes, others, without)
}

/// A project with these notes as they were written, and files that are withheld as a whole.
fn original(notes: &[Marked<'_>], others: &[(&str, Vec<u8>)]) -> Files {
    build_up(notes, others, whole)
}

fn build_up(notes: &[Marked<'_>], others: &[(&str, Vec<u8>)], text: fn(&str) -> String) -> Files {
    let mut files = Files::new();
    files.insert("content/leverage.md".to_owned(), LEVERAGE.into());
    files.insert("content/deals/harbour/chart.png".to_owned(), png("a chart"));
    for (path, marked) in VISIBLE.iter().chain(notes) {
        files.insert((*path).to_owned(), text(marked).into_bytes());
    }
    files.extend(others.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.clone())));
    files
}

fn whole(marked: &str) -> String {
    let lines = marked.split_inclusive('\n').map(|line| line.strip_prefix("-|").unwrap_or(line));
    lines.collect::<String>().replace(['⟪', '⟫'], "")
}

fn without(marked: &str) -> String {
    let mut text: String = marked.split_inclusive('\n').filter(|line| !line.starts_with("-|")).collect();
    while let Some((before, rest)) = text.split_once('⟪') {
        let (_, after) = rest.split_once('⟫').expect("every part is closed");
        text = format!("{before}{after}");
    }
    text
}

/// Every word of the bytes that begins with `zq`, in small letters; also where each letter takes two bytes.
fn marks(bytes: &[u8]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let narrow: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != 0).collect();
    for bytes in [bytes, &narrow] {
        for at in 0..bytes.len().saturating_sub(1) {
            if bytes[at..at + 2].eq_ignore_ascii_case(b"zq") {
                let word = bytes[at..].iter().take_while(|byte| byte.is_ascii_alphanumeric());
                found.insert(word.map(|byte| char::from(byte.to_ascii_lowercase())).collect());
            }
        }
    }
    found
}

/// The words of a whole project, names included.
fn marks_of(files: &Files) -> BTreeSet<String> {
    files.iter().flat_map(|(path, bytes)| marks(path.as_bytes()).into_iter().chain(marks(bytes))).collect()
}

/// Fails if a site holds a word that is withheld: plain, in a name, or in anything encoded.
#[track_caller]
fn assert_clean(site: &Files) {
    for (path, bytes) in site {
        assert_eq!(marks(path.as_bytes()), BTreeSet::new(), "in the name {path}");
        let found = marks(bytes);
        let shown = String::from_utf8_lossy(bytes);
        let line = shown.lines().find(|line| line.to_lowercase().contains("zq")).unwrap_or_default();
        assert_eq!(found, BTreeSet::new(), "in {path}: {line}");
        for run in bytes.split(|byte| !byte.is_ascii_alphanumeric() && !b"+/-_".contains(byte)) {
            assert_eq!(marks_in_base64(run), BTreeSet::new(), "in base64 in {path}");
        }
        let packed = [&b"\x1f\x8b"[..], b"PK\x03\x04", b"\x28\xb5\x2f\xfd", b"BZh"];
        assert!(
            !packed.iter().any(|magic| bytes.starts_with(magic)),
            "{path} is packed, so nobody can look into it"
        );
        for chunk in ["zTXt", "iCCP", "eXIf", "tEXt", "iTXt"] {
            let image = is_kind(path, "png") && bytes.windows(4).any(|window| window == chunk.as_bytes());
            assert!(!image, "{path} keeps {chunk}");
        }
    }
}

/// The words in a run of base64, if what it says is text; a hash would hold any two letters now and then.
fn marks_in_base64(run: &[u8]) -> BTreeSet<String> {
    let said = base64(run);
    let readable = said.iter().filter(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace()).count();
    if said.len() >= 6 && readable * 10 > said.len() * 9 { marks(&said) } else { BTreeSet::new() }
}

/// What a run of base64 says, whatever its alphabet.
fn base64(run: &[u8]) -> Vec<u8> {
    let (mut bits, mut count, mut bytes) = (0_u32, 0, Vec::new());
    for byte in run {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            _ => 63,
        };
        bits = (bits << 6) | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).expect("it is one byte"));
        }
    }
    bytes
}

/// The proof for one edition: nothing withheld is in its bytes, and they are those of the twin.
#[track_caller]
fn assert_withheld(edition: &str, notes: &[Marked<'_>], withheld: &[(&str, Vec<u8>)]) -> Project {
    let project = Project::of(&original(notes, withheld));
    let site = project.build(edition);
    assert_clean(&site);
    assert_same(&site, &Project::of(&twin(notes, &[])).build(edition));
    project
}

/// A picture of one dot that carries a text.
fn png(text: &str) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut chunk = |kind: &[u8; 4], data: &[u8]| {
        let mut body = kind.to_vec();
        body.extend(data);
        bytes.extend(u32::try_from(data.len()).expect("it is short").to_be_bytes());
        bytes.extend(&body);
        bytes.extend(crc(&body).to_be_bytes());
    };
    chunk(b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]);
    chunk(b"tEXt", format!("Comment\0{text}").as_bytes());
    chunk(b"IDAT", &[0x78, 1, 1, 2, 0, 0xfd, 0xff, 0, 0, 0, 2, 0, 1]);
    chunk(b"IEND", &[]);
    bytes
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    })
}

/// A photograph with a text among its camera's notes and another as its comment.
fn jpeg(notes: &str, comment: &str) -> Vec<u8> {
    let segment = |kind: u8, data: &[u8]| {
        let length = u16::try_from(data.len() + 2).expect("it is short").to_be_bytes();
        [&[0xff, kind][..], &length, data].concat()
    };
    let camera = format!("Exif\0\0MM\0*\0\0\0\x08{notes}");
    let start = segment(0xe0, b"JFIF\0\x01\x02\0\0\x01\0\x01\0\0");
    let scan = [segment(0xda, &[1, 1, 0, 0, 63, 0]), vec![0x12, 0x34, 0xff, 0xd9]].concat();
    [vec![0xff, 0xd8], start, segment(0xe1, camera.as_bytes()), segment(0xfe, comment.as_bytes()), scan]
        .concat()
}

/// A note that is withheld as a whole, with a word in every place that a note has.
fn full_note(top: &str) -> Vec<u8> {
    format!(
        "---\n{top}\ntitle: zqtitle of the note\ndate: 2026-06-06\ndeal: zqdeal house\ncounterparty: [zqparty one, Harbour Board]\n\
         stage: zqstage\noutcome: zqoutcome\nvalue: 9183\ncurrency: CHF\ntags: [zqtag, port]\naliases: [zqalias]\n\
         principles: [Timing, dependency]\nnot_principles: [Relationships]\nrole: sell\ntarget: zqtarget\nreservation: zqreservation\n\
         their_estimate: zqestimate\nsettled: zqsettled\nour_offer: zqouroffer\ntheir_offer: zqtheiroffer\nbatna: zqbatna\ntheir_batna: zqtheirs\ndeadline: zqdeadline\n\
         meeting: 2026-12-01\nowner: zqowner\npeople: [zqperson]\nzqkey: zqvalue\nextra:\n  zqinner: [zqdeep, {{ zqdeeper: 1 }}]\n---\n\
         # zqheading ^zqblock\n\nzqbody before the harbour year ends; a second zqoffer lies here. [[2026-03-02-first-call|zqshown]] #zqinline/tag\n\n\
         ![[zqpicture.png|zqcaption]] [zqlink](https://zqhost.example/zqpath?zqquery) ==zqmark== `zqcode`\n\n\
         > [!note] zqcallout\n> zqinside\n\n> [!lever] Timing (theirs, zqstrong)\n> zqlever\n\n- [ ] zqtask\n\n\
         ```zqfence\nzqlisting\n```\n\n| zqcolumn | b |\n|---|---|\n| zqcell | 1 |\n\nzqfootnoted[^zqf]\n\n[^zqf]: zqfootnote\n"
    )
    .into_bytes()
}

/// What a withheld note brings along: its folder, picture and neighbours.
fn withheld_note(top: &str) -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("content/deals/zqfolder/2026-06-06-zqname.md", full_note(top)),
        ("content/deals/zqfolder/zqpicture.png", png("zqpicturetext")),
        ("content/deals/harbour/2026-06-07-more-zqmore.md", full_note(&format!("{top}\nrefers: \"[[zqname]]\""))),
        (
            "content/deals/harbour/2026-06-08-outcome.md",
            format!("---\n{top}\noutcome: lost\nreservation: 61\ndeadline: 2026-06-30\n---\nzqlast word. See [[2026-03-02-first-call]]\n")
                .into_bytes(),
        ),
    ]
}

#[test]
fn a_private_note_is_nowhere_in_the_team_edition() {
    assert_withheld("team", &[], &withheld_note("visibility: private"));
}

#[test]
fn a_private_note_is_nowhere_in_the_public_edition() {
    assert_withheld("public", &[], &withheld_note("visibility: private"));
}

#[test]
fn a_note_for_the_team_is_nowhere_in_the_public_edition() {
    assert_withheld("public", &[], &withheld_note("visibility: team"));
    assert_withheld("public", &[], &withheld_note("other: thing"));
}

#[test]
fn a_draft_is_nowhere_unless_drafts_are_asked_for() {
    let top = "visibility: public\ndraft: true";
    for edition in ["public", "team", "author"] {
        assert_withheld(edition, &[], &withheld_note(top));
    }
    let project = Project::of(&original(&[], &withheld_note(top)));
    let site = marks_of(&project.build_with(&["--edition", "public", "--drafts"]));
    assert!(site.contains("zqbody"), "{site:?}");
}

/// The control for all of the above: what an edition leaves out is there for those who may see it.
#[test]
fn the_author_sees_every_word() {
    let notes = withheld_note("visibility: private");
    let project = Project::of(&original(&[], &notes));
    let site = project.build("author");
    let seen = marks_of(&site);
    let hidden = [
        "zqkey",
        "zqvalue",
        "zqinner",
        "zqdeep",
        "zqdeeper",
        "zqoutcome",
        "zqblock",
        "zqalias",
        "zqpicturetext",
    ];
    let written: BTreeSet<String> = notes
        .iter()
        .flat_map(|(path, bytes)| marks(path.as_bytes()).into_iter().chain(marks(bytes)))
        .collect();
    let missing: Vec<_> = written
        .difference(&seen)
        // Keys of other programs are for templates; an outcome that the settings do not know is said to the author
        // in a message; a fence's language, a block's name and other names need not show.
        .filter(|word| !hidden.contains(&word.as_str()) && *word != "zqfence" && *word != "zqf")
        .collect();
    assert!(missing.is_empty(), "the author does not find {missing:?}");
    assert!(site.keys().any(|path| path.contains("zqpicture") && is_kind(path, "png")), "{:?}", site.keys());
}

/// Front matters that plainly say private or draft, one for each way in which it can be spelt.
const PRIVATE: &[&str] = &[
    "---\nvisibility: private\n---\n",
    "---\nvisibility: Private\n---\n",
    "---\nvisibility: PRIVATE\n---\n",
    "---\nvisibility: \"private\"\n---\n",
    "---\nvisibility: 'private'\n---\n",
    "---\nvisibility:    private   # for me alone\n---\n",
    "---\nVisibility: private\n---\n",
    "---\nVISIBILITY: pRiVaTe\n---\n",
    "---\n\"visibility\": private\n---\n",
    "---\n'visibility' : private\n---\n",
    "---\nvisibility: \"\\x70rivate\"\n---\n",
    "---\n\"visi\\u0062ility\": \"priv\\u0061te\"\n---\n",
    "---\nvisibility: >-\n  private\n---\n",
    "---\nvisibility: |\n  private\n---\n",
    "---\nvisibility:\n  private\n---\n",
    "---\nvisibility: [private]\n---\n",
    "---\nvisibility:\n  - private\n---\n",
    "---\nvisibility:\n- private\n---\n",
    "---\nvisibility: !!str private\n---\n",
    "---\n? visibility\n: private\n---\n",
    "---\nvisibility : private\n---\n",
    "---\n{visibility: private}\n---\n",
    "---\n{\"visibility\": \"private\"}\n---\n",
    "---\n{\n  \"title\": \"x\",\n  \"visibility\": \"private\"\n}\n---\n",
    "---   \nvisibility: private\n---  \n",
    "---\nvisibility: private\n...\n",
    "---\n# a remark\n\nvisibility: private\n---\n",
    "---\ntitle: a\ntags: [x]\nvisibility: private\nextra: {a: 1}\n---\n",
    "\u{feff}---\nvisibility: private\n---\n",
    "---\r\nvisibility: private\r\n---\r\n",
    "\u{feff}---\r\ntitle: x\r\nvisibility: private\r\n---\r\n",
    "+++\nvisibility = \"private\"\n+++\n",
    "+++\nvisibility = 'PRIVATE'\n+++\n",
    "+++\nvisibility = \"\"\"private\"\"\"\n+++\n",
    "+++\n\"visibility\" = \"\\u0070rivate\"\n+++\n",
    "\u{feff}+++\r\nvisibility = \"private\"\r\n+++\r\n",
    "+++\n# a remark\ntitle = \"x\"\nvisibility = [\"private\"]\n+++\n",
    "---\npublish: false\n---\n",
    "---\nvisibility: public\ndraft: true\n---\n",
    "---\nvisibility: public\ndraft: yes\n---\n",
    "---\nvisibility: public\nDraft: TRUE\n---\n",
    "---\nvisibility: public\ndraft: \"true\"\n---\n",
    "---\nvisibility: public\ndraft: on\n---\n",
    "---\n{\"visibility\": \"public\", \"draft\": true}\n---\n",
    "+++\nvisibility = \"public\"\ndraft = true\n+++\n",
    "+++\nvisibility = \"public\"\ndraft = \"yes\"\n+++\n",
];

/// Front matters that cannot be read or that say something unknown about who may see the note.
const DOUBTFUL: &[&str] = &[
    "{\n  \"visibility\": \"private\"\n}\n\n",
    "{\"title\": \"a\", \"draft\": true,}\n\n",
    "\u{200b}---\nvisibility: private\n---\n",
    "---\u{200b}\nvisibility: private\n---\n",
    "---\nvisibility: privat\n---\n",
    "---\nvisibility: secret\n---\n",
    "---\nvisibility: \"\"\n---\n",
    "---\nvisibility:\n---\n",
    "---\nvisibility: ~\n---\n",
    "---\nvisibility: 1\n---\n",
    "---\nvisibility: public, private\n---\n",
    "---\nvisibility: [public, private]\n---\n",
    "---\nvisibility: {for: me}\n---\n",
    "---\nvisibilty: private\n---\n",
    "---\nvisibility: public\nvisibility: private\n---\n",
    "---\nvisibility: private\nvisibility: public\n---\n",
    "---\nVisibility: public\nvisibility: private\n---\n",
    "---\nvisibility: public\ndraft: perhaps\n---\n",
    "---\nvisibility: public\ndraft: [true, false]\n---\n",
    "---\nvisibility: public\ndraft: false\ndraft: true\n---\n",
    "---\nvisibility: public\ntitle: [\n---\n",
    "---\nvisibility: public\ntitle: \"open\n---\n",
    "---\nvisibility: public\n\ttitle: tab\n---\n",
    "---\nvisibility: public\ntitle: a: b: c\n---\n",
    "---\nvisibility: public\nx: *nobody\n---\n",
    "---\nvisibility: public\n",
    "---\nvisibility: public\n--\n",
    "---\n- visibility\n- private\n---\n",
    "---\nvisibility=private\n---\n",
    "+++\nvisibility = private\n+++\n",
    "+++\nvisibility = \"public\"\n",
    "+++\nvisibility = \"public\"\nvisibility = \"private\"\n+++\n",
    "\n---\nvisibility: private\n---\n",
    "\n\n   \n---\nvisibility: private\n---\n",
    "\n+++\nvisibility = \"private\"\n+++\n",
    " ---\nvisibility: private\n---\n",
    "---\nvisibility: private\u{200b}\n---\n",
    "---\n\u{200b}visibility: private\n---\n",
    "---\nvisibility:\u{a0}private\n---\n",
];

/// A note for each front matter, and a word in each that names its place in the list.
fn spelt(kind: &str, tops: &[&str]) -> Vec<(String, Vec<u8>)> {
    let note = |(number, top): (usize, &&str)| {
        let line_end = if top.contains("\r\n") { "\r\n" } else { "\n" };
        let body = format!("Zq{kind}{number}x speaks before the year ends.{line_end}");
        (
            format!("content/deals/harbour/2026-07-01-{kind}-zq{number}.md"),
            format!("{top}{body}").into_bytes(),
        )
    };
    tops.iter().enumerate().map(note).collect()
}

/// Builds with each of the notes, and says which of them show.
#[track_caller]
fn shown(kind: &str, tops: &[&str], arguments: &[&str]) -> Vec<String> {
    let notes = spelt(kind, tops);
    let notes: Vec<(&str, Vec<u8>)> =
        notes.iter().map(|(path, bytes)| (path.as_str(), bytes.clone())).collect();
    let site = marks_of(&Project::of(&original(&[], &notes)).build_with(arguments));
    let shows = |number: &usize| site.contains(&format!("zq{kind}{number}x"));
    (0..tops.len()).filter(shows).map(|number| format!("{number}: {:?}", tops[number])).collect()
}

#[test]
fn private_is_private_however_it_is_spelt() {
    assert_eq!(shown("private", PRIVATE, &["--edition", "team"]), Vec::<String>::new());
    assert_eq!(shown("private", PRIVATE, &["--edition", "public"]), Vec::<String>::new());
    let notes = spelt("private", PRIVATE);
    let notes: Vec<(&str, Vec<u8>)> =
        notes.iter().map(|(path, bytes)| (path.as_str(), bytes.clone())).collect();
    assert_withheld("team", &[], &notes);
}

#[test]
fn whatever_the_spelling_the_author_sees_the_note() {
    let seen = shown("private", PRIVATE, &["--edition", "author", "--drafts"]);
    let unseen: Vec<_> = (0..PRIVATE.len())
        .filter(|number| !seen.iter().any(|line| line.starts_with(&format!("{number}:"))))
        .map(|number| PRIVATE[number])
        .collect();
    assert!(unseen.is_empty(), "the author does not see {unseen:?}");
}

#[test]
fn what_is_in_doubt_is_withheld_from_everybody_but_never_silently() {
    for edition in ["public", "team"] {
        assert_eq!(shown("doubt", DOUBTFUL, &["--edition", edition, "--drafts"]), Vec::<String>::new());
    }
    let notes = spelt("doubt", DOUBTFUL);
    let notes: Vec<(&str, Vec<u8>)> =
        notes.iter().map(|(path, bytes)| (path.as_str(), bytes.clone())).collect();
    let project = assert_withheld("team", &[], &notes);
    let problems = project.run(["check", "--format", "json"]).ends(1).json();
    let named: BTreeSet<&str> = problems
        .as_array()
        .expect("a list")
        .iter()
        .filter(|problem| problem["severity"] != "info")
        .filter_map(|problem| problem["file"].as_str())
        .collect();
    let silent: Vec<_> = notes.iter().zip(DOUBTFUL).filter(|((path, _), _)| !named.contains(path)).collect();
    assert!(
        silent.is_empty(),
        "nothing is said about {:?}",
        silent.iter().map(|(_, top)| top).collect::<Vec<_>>()
    );
}

#[test]
fn a_private_note_in_another_encoding_is_private() {
    let text = "---\nvisibility: private\n---\nzqwide words before the year ends\n";
    let wide = |order: fn(u16) -> [u8; 2]| -> Vec<u8> {
        format!("\u{feff}{text}").encode_utf16().flat_map(order).collect()
    };
    let latin = "---\nvisibility: private\ntitle: Caf\u{e9} zqlatin\n---\nzqlatin \u{fc}ber alles\n";
    let latin: Vec<u8> = latin.chars().map(|letter| u8::try_from(letter).expect("it is Latin-1")).collect();
    let notes = [
        ("content/deals/harbour/2026-07-01-little.md", wide(u16::to_le_bytes)),
        ("content/deals/harbour/2026-07-01-big.md", wide(u16::to_be_bytes)),
        ("content/deals/harbour/2026-07-01-latin.md", latin),
        ("content/deals/harbour/2026-07-01-nul.md", b"---\nvisibility: private\0\n---\nzqnul\n".to_vec()),
        (
            "content/deals/harbour/2026-07-01-broken.md",
            b"---\nvisibility: pri\xffvate\n---\nzqbroken \xfe\n".to_vec(),
        ),
        ("content/deals/harbour/2026-07-01-mac.md", b"---\rvisibility: private\r---\rzqmac words\r".to_vec()),
    ];
    assert_withheld("team", &[], &notes);
}

/// Notes that everybody may see but for the parts that are marked.
const PARTS: &[Marked<'static>] = &[
    (
        "content/deals/harbour/2026-08-01-plain.md",
        "---\nvisibility: public\n---\n# Terms\n\nBefore the year ends.\n\n-|> [!private] zqtitle\n-|> zqbody before the deadline #zqtag [[zqlink]]\n\nAfter.\n\
         \n## Terms\n\nMore.\n",
    ),
    (
        "content/deals/harbour/2026-08-02-case.md",
        "---\nvisibility: public\n---\nOne.\n\n-|> [!PRIVATE] zqa\n-|> zqb\n\nTwo.\n\n-|> [!Private]- zqc\n-|> zqd\n\nThree.\n\n-|> [!private]+ zqe\n-|> zqf\n\
         \nFour.\n\n-|>[!private]zqg\n-|>zqh\n\nFive.\n\n-|   > [!private|wide] zqi\n-|   > zqj\n\nSix.\n\n-|>\t[!private]\n-|>\tzqk\n\nSeven.\n",
    ),
    (
        "content/deals/harbour/2026-08-03-nested.md",
        "---\nvisibility: public\n---\n> Outer.\n>\n-|> > [!private] zqa\n-|> > zqb\n>\n> Outer again.\n\n> [!note] Shown\n> Text.\n>\n-|> > [!PRIVATE]- zqc\n-|> > zqd\n-|> >\n-|> > > zqe\n>\n> More.\n\n\
         - First.\n\n-|  > [!private] zqf\n-|  > zqg\n\n- Second.\n    1. Inner.\n\n-|       > [!private] zqh\n-|       > - zqi\n\n    2. Other.\n",
    ),
    (
        "content/deals/harbour/2026-08-04-holds.md",
        "---\nvisibility: public\n---\nText with a note[^a1] and a [site].\n\n-|> [!private] zqa\n-|> ## Terms\n-|>\n-|> [^a1]: zqfoot\n-|>\n-|> [site]: https://zqhost.example/ \"zqtip\"\n-|>\n\
         -|> ```zqfence\n-|> zqcode\n-|> ```\n-|>\n-|> | zqh | b |\n-|> |---|---|\n-|> | zqcell | 1 |\n-|>\n-|> - [ ] zqtask\n-|>\n-|> <b>zqhtml</b> <!-- zqhidden -->\n-|>\n-|> ![[zqpicture.png]] ![zqalt](zqother.png)\n-|>\n\
         -|> > [!lever] Dependency (ours, zqstrong)\n-|> > zqlever\n\n## Terms\n\nSee [[#Terms]].\n",
    ),
    (
        "content/deals/harbour/2026-08-05-lazy.md",
        "---\nvisibility: public\n---\nOne.\n\n-|> [!private] zqa\n-|> zqb\n-|zqlazy words go on\n\nTwo.\n\n-|> [!private]\n-|> ```\n-|> zqunclosed\n\nThree.\n\n-|> [!private] zqonly a title\n\nFour.\n\n-|> [!private] zqend",
    ),
    (
        "content/deals/harbour/2026-08-06-comments.md",
        "---\nvisibility: public\n---\n# Head⟪ %%zqhead%%⟫\n\nOne ⟪%%zqinline%% ⟫two⟪%%zqglued%%⟫three.\n\n-|%%\n-|zqblock\n-|\n-|> [!note] zqcallout\n-|\n-|[[zqlink]]\n-|%%\n\nFour.\n\n- Item⟪ %%zqitem%%⟫\n- Other\n\n\
         `%%code%%` stays.\n\n> Quote⟪ %%zqquote%%⟫ goes on.\n\n| a⟪ %%zqcell%%⟫ | b |\n|---|---|\n| c | d |\n",
    ),
    (
        "content/deals/harbour/2026-08-07-unclosed.md",
        "---\nvisibility: public\n---\nOne.\n\n-|%% zqopen\n-|\n-|zqrest of the note\n-|\n-|## zqheading\n-|\n-|> [!note] zqcallout\n",
    ),
    (
        "content/deals/harbour/2026-08-09-windows.md",
        "---\r\nvisibility: public\r\n---\r\nOne.\r\n\r\n-|> [!private] zqa\r\n-|> zqb\r\n\r\nTwo ⟪%%zqc%% ⟫three.\r\n\r\n-|%%\r\n-|zqd\r\n-|%%\r\n\r\nFour.\r\n",
    ),
    (
        "content/deals/harbour/2026-08-11-html.md",
        "---\nvisibility: public\n---\nThe clock ⟪<!-- zqhtml --> ⟫is against them: their deadline is Friday and we can wait.\n\n-|<!-- zqa\n-|zqb -->\n\nTwo.\n",
    ),
    (
        "content/deals/harbour/2026-08-12-typo.md",
        "---\nvisibility: public\n---\nOne.\n\n-|> [!privat] zqa\n-|> zqb\n\nTwo.\n\n-|> [!private note]- zqc\n-|> zqd\n",
    ),
    (
        "content/deals/harbour/2026-08-13-raw.md",
        "---\nvisibility: public\n---\nOne.\n\n<div>\nTwo.\n-|> [!private] zqa\n-|> zqb\nThree.\n</div>\n\nFour.\n",
    ),
    (
        "content/deals/harbour/2026-08-10-item.md",
        "---\nvisibility: public\n---\n- First.\n- ⟪> [!private] zqa⟫\n-|  > zqb\n- Third.\n",
    ),
];

#[test]
fn private_passages_are_nowhere() {
    let withheld = [
        ("content/deals/harbour/zqpicture.png", png("zqtext")),
        ("content/deals/harbour/zqother.png", png("zqtext")),
    ];
    for part in PARTS {
        for edition in ["team", "public"] {
            assert_withheld(edition, &[*part], &withheld);
        }
    }
    assert_withheld("public", PARTS, &withheld);
}

#[test]
fn the_author_sees_private_passages_but_no_comments() {
    let pictures =
        [("content/deals/harbour/zqpicture.png", png("a")), ("content/deals/harbour/zqother.png", png("b"))];
    let seen =
        |index: usize| marks_of(&Project::of(&original(&PARTS[index..=index], &pictures)).build("author"));
    for (index, words) in [
        (0, &["zqtitle", "zqbody", "zqtag"][..]),
        (1, &["zqa", "zqb", "zqc", "zqd", "zqe", "zqf", "zqh", "zqi", "zqj", "zqk"]),
        (2, &["zqa", "zqb", "zqc", "zqd", "zqe", "zqf", "zqg", "zqh", "zqi"]),
        (3, &["zqa", "zqcode", "zqcell", "zqtask", "zqhtml", "zqpicture", "zqlever"]),
        (4, &["zqa", "zqb", "zqlazy", "zqunclosed", "zqonly", "zqend"]),
    ] {
        let seen = seen(index);
        let missing: Vec<_> = words.iter().filter(|word| !seen.contains(**word)).collect();
        assert!(missing.is_empty(), "{}: {missing:?}", PARTS[index].0);
        assert!(!seen.contains("zqhidden"), "an HTML comment is in a page");
    }
    for index in [5, 6] {
        assert_eq!(seen(index), BTreeSet::new(), "a comment of {} is in a page", PARTS[index].0);
    }
}

#[test]
fn passages_for_the_team_are_for_the_team() {
    let notes: Vec<(&str, String)> = PARTS
        .iter()
        .map(|(path, text)| {
            (*path, text.replace("private", "team").replace("PRIVATE", "Team").replace("Private", "TEAM"))
        })
        .collect();
    let notes: Vec<Marked<'_>> = notes.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let project = assert_withheld("public", &notes, &[]);
    let seen = marks_of(&project.build("team"));
    assert!(["zqtitle", "zqbody", "zqlazy", "zqlever"].iter().all(|word| seen.contains(*word)), "{seen:?}");
}

#[test]
fn html_comments_are_in_no_edition() {
    let text = "---\nvisibility: public\n---\nOne <!-- zqinline --> two.\n\n<!-- zqblock\n\nzqmore > -->\n\nThree.\n\n<!-- zqdashes -- ->-->\n\n\
                <div><!-- zqdiv --></div>\n\n- <!-- zqitem -->Item\n\n<!-- zqunclosed\n\nzqrest\n";
    let project = Project::of(&original(&[("content/deals/harbour/2026-08-01-html.md", text)], &[]));
    for edition in ["public", "team", "author"] {
        assert_clean(&project.build(edition));
    }
}

#[test]
fn the_leverage_document_withholds_its_private_parts() {
    let marked = "---\naliases:\n  timing: [clock]\n---\n## Leverage\n\n-|> [!private] zqtop\n-|> * **Zqprinciple**: zqtext\n-|> * **Alternatives**: zqagain\n\n\
                  * **Timing**: Learn the date that hurts them⟪ %%zqinline%%⟫ and keep your own.\n    * Write both deadlines down.\n\n-|    > [!private] zqnested\n-|    > zqbody [zqsource](https://zqhost.example/)\n\n\
                  * **Alternatives**: A second offer.\n\n-|%%\n-|* **Zqcomment**: zqcommented\n-|%%\n\n-|<!-- zqhtml\n-|* **Zqhtml**: zqmore\n-|-->\n\n\
                  * **Dependency**: What one side could not replace.\n\n-|> [!team]+ zqteam\n-|> zqteams own cue\n\n* **Relationships**: Goodwill.\n";
    let project = |text: fn(&str) -> String| {
        let mut files = original(&[], &[]);
        files.insert("content/leverage.md".to_owned(), text(marked).into_bytes());
        Project::of(&files)
    };
    let original = project(whole);
    let site = original.build("public");
    assert_clean(&site);
    assert_same(&site, &project(without).build("public"));
    let seen = marks_of(&original.build("author"));
    assert!(
        seen.contains("zqteams") || seen.contains("zqbody"),
        "the author sees the private parts: {seen:?}"
    );
    assert!(!seen.contains("zqinline") && !seen.contains("zqhtml"), "{seen:?}");
}

#[test]
fn what_leads_to_a_withheld_note_leads_nowhere() {
    let visible = [
        (
            "content/deals/harbour/2026-08-20-links.md",
            "---\nvisibility: public\n---\nSee [[hidden]], [[hidden|the other note]], [the note](hidden.md), ![[hidden]], ![[hidden#Part]], [[hidden#^b1]] and [[2026-08-20-links]].\n\n\
         ![[2026-08-21-embedded]]\n",
        ),
        (
            "content/deals/harbour/2026-08-21-embedded.md",
            "---\nvisibility: public\n---\nShown.\n\n-|> [!private] zqembedded\n-|> zqtoo\n",
        ),
    ];
    let hidden = "---\nvisibility: private\naliases: [zqalias]\n---\n# zqtitle\n\nzqbody\n\n## Part\n\nzqpart ^b1\n\n[[2026-08-20-links]]\n";
    let project = assert_withheld("team", &visible, &[("content/deals/harbour/hidden.md", hidden.into())]);
    let seen = marks_of(&project.build("author"));
    assert!(["zqbody", "zqpart", "zqtitle"].iter().all(|word| seen.contains(*word)), "{seen:?}");
}

#[test]
fn what_is_never_read_is_in_no_edition() {
    let files = [
        ("content/.obsidian/zqworkspace.json", b"{\"zqa\": 1}".to_vec()),
        ("content/.trash/zqold.md", b"zqb".to_vec()),
        ("content/.zqhidden.md", b"zqc".to_vec()),
        ("content/deals/.zqfolder/2026-01-01-x.md", b"zqd".to_vec()),
        ("content/deals/harbour/zqunused.png", png("zqe")),
        ("content/deals/harbour/zqunused.pdf", b"%PDF zqf".to_vec()),
        ("content/ignored/zqnote.md", b"zqg".to_vec()),
        ("content/.leverbookignore", b"ignored/\n# zqh\n".to_vec()),
        ("zqoutside.md", b"zqi".to_vec()),
    ];
    for edition in ["public", "team", "author"] {
        assert_withheld(edition, &[], &files);
    }
}

#[test]
fn a_picture_says_nothing_but_what_it_shows() {
    let note = "---\nvisibility: public\n---\n![[photo.jpg]] ![[dot.png]] ![[drawing.svg]]\n";
    let svg = "<?xml version='1.0'?><!-- zqcomment --><svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'><metadata>zqmeta</metadata><rect width='9' height='9'/></svg>";
    let files = [
        ("content/deals/harbour/photo.jpg", jpeg("zqcamera", "zqcomment")),
        ("content/deals/harbour/dot.png", png("zqtext")),
        ("content/deals/harbour/drawing.svg", svg.into()),
    ];
    let project = Project::of(&original(&[("content/deals/harbour/2026-08-01-pictures.md", note)], &files));
    let site = project.build("public");
    assert_clean(&site);
    for name in ["photo", "dot", "drawing"] {
        assert!(site.keys().any(|path| path.contains(name)), "{name} is shown: {:?}", site.keys());
    }
}

#[test]
fn an_edition_built_over_another_keeps_nothing_of_it() {
    let mut withheld = withheld_note("visibility: private");
    withheld.extend([
        ("content/deals/harbour/zqpicture.png", png("zqtext")),
        ("content/deals/harbour/zqother.png", png("zqtext")),
    ]);
    let project = Project::of(&original(PARTS, &withheld));
    let author = project.build("author");
    assert!(marks_of(&author).contains("zqbody"));
    let beside = |project: &Project| -> BTreeSet<String> {
        let all = crate::project::files(project.root());
        all.into_keys().filter(|path| !path.starts_with("site/")).collect()
    };
    let before = beside(&project);
    let site = project.build("public");
    assert_clean(&site);
    assert_same(&site, &Project::of(&original(PARTS, &withheld)).build("public"));
    assert_same(&site, &Project::of(&twin(PARTS, &[])).build("public"));
    assert_eq!(beside(&project), before, "nothing is left beside the site");
    assert_same(&project.build("author"), &author);
}

/// A running `leverbook watch` that ends with the test, also when it fails.
struct Watch(Child);

impl Watch {
    fn start(project: &Project, edition: &str) -> Self {
        let mut command = project.command(["watch", "--edition", edition]);
        let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Self(quiet.spawn().expect("the program starts"))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until a watched project's site is that of a clean build of the same files.
#[track_caller]
fn assert_follows(watched: &Project, edition: &str) -> Files {
    let content = crate::project::files(&watched.path("content"));
    let content = content.into_iter().map(|(path, bytes)| (format!("content/{path}"), bytes)).collect();
    let expected = Project::of(&content).build(edition);
    let start = Instant::now();
    // Between two looks the site may be exchanged; only one that can be read as a whole counts.
    while crate::project::list(&watched.path("site")).ok().as_ref() != Some(&expected) {
        if start.elapsed() > Duration::from_secs(60) {
            assert_same(&watched.site(), &expected);
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    expected
}

#[test]
fn a_watched_edition_withholds_what_is_made_private() {
    let project = Project::of(&original(&[], &[]));
    let note = "content/deals/harbour/2026-09-01-turning.md";
    let text = |top: &str| {
        format!("---\nvisibility: {top}\nprinciples: [dependency]\n---\nzqturning before the year ends.\n")
    };
    project.write(note, text("public"));
    let _watch = Watch::start(&project, "public");
    assert!(marks_of(&assert_follows(&project, "public")).contains("zqturning"), "the control");
    project.write(note, text("private"));
    assert_clean(&assert_follows(&project, "public"));
    project.write(note, text("public"));
    assert!(!marks_of(&assert_follows(&project, "public")).is_empty());
    project.write(
        note,
        "---\nvisibility: public\n---\nOpen.\n\n> [!private] zqpart\n> zqturning\n\n%% zqcomment %%\n",
    );
    assert_clean(&assert_follows(&project, "public"));
    for (path, bytes) in withheld_note("draft: true\nvisibility: public") {
        project.write(path, bytes);
    }
    assert_clean(&assert_follows(&project, "public"));
    project.write(note, "---\nvisibility: public\ntitle: [\n---\nzqbroken\n");
    assert_clean(&assert_follows(&project, "public"));
    project.remove(note);
    assert_same(&assert_follows(&project, "public"), &Project::of(&original(&[], &[])).build("public"));
}

#[test]
fn an_edition_of_the_settings_is_held_to_the_same() {
    let settings = "[editions.partner]\nincludes = [\"public\"]\n";
    let with = |mut files: Files| {
        files.insert("leverbook.toml".to_owned(), settings.into());
        Project::of(&files)
    };
    let site = with(original(PARTS, &withheld_note("visibility: team"))).build("partner");
    assert_clean(&site);
    assert_same(&site, &with(twin(PARTS, &[])).build("partner"));
}

#[test]
fn the_checks_of_this_page_find_what_is_there() {
    assert_eq!(marks(b"a ZqWord, z\0q\0x\0"), BTreeSet::from(["zqword".to_owned(), "zqx".to_owned()]));
    assert_eq!(marks_in_base64(b"YSB6cWRlZXAgYg"), BTreeSet::from(["zqdeep".to_owned()]));
    assert_eq!(without("a ⟪b⟫c\n-|d\ne"), "a c\ne");
    assert_eq!(whole("a ⟪b⟫c\n-|d\ne"), "a bc\nd\ne");
}
