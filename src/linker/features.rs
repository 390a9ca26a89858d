//! What a word is to the trained models: hashes of itself, its letters, its neighbours and its class.
//!
//! In come folded words; out come features, which are hashes of 32 bits. Words of nearly the same meaning
//! share a class (`classes.tsv`, made by `training/classes.py`). What a feature weighs is not known here.
//! `training/features.py` does the same; `reference.json` proves that both agree.

/// How finely words are divided into classes; level 0 is the coarsest.
const LEVELS: usize = 4;
const FILE: &str = include_str!("classes.tsv");

/// The words that have a class.
pub(super) struct Lexicon {
    /// Open addressing by a word's own hash: the hash and the number of the word.
    slots: Vec<Option<(u32, u32)>>,
    /// By word: the hashes of its classes, coarsest first.
    classes: Vec<[u32; LEVELS]>,
}

/// A word as the models see it.
#[derive(Clone, Copy)]
pub(super) struct Word<'a> {
    pub(super) text: &'a str,
    /// The feature of the word itself.
    pub(super) own: u32,
    /// Its number in the lexicon.
    pub(super) number: Option<u32>,
    /// The hashes of its classes; a word of no class stands for itself.
    classes: [u32; LEVELS],
}

/// What the lexicon says of a word, to be kept beside its text.
#[derive(Clone, Copy)]
pub(super) struct Known {
    own: u32,
    number: Option<u32>,
    classes: [u32; LEVELS],
}

impl Known {
    /// The word of that text.
    pub(super) fn word(self, text: &str) -> Word<'_> {
        let Self { own, number, classes } = self;
        Word { text, own, number, classes }
    }
}

/// The features of two neighbours.
pub(super) struct Pair {
    /// Of the words themselves.
    pub(super) words: u32,
    /// Of their classes, and of the class of one with the word of the other.
    pub(super) classes: [u32; 4],
}

impl Lexicon {
    /// The words that are built in.
    pub(super) fn embedded() -> Self {
        let words = FILE.bytes().filter(|&byte| byte == b' ' || byte == b'\n').count();
        let slots = vec![None; (words * 2).next_power_of_two()];
        let mut lexicon = Self { slots, classes: Vec::with_capacity(words) };
        for (finest, line) in (0..).zip(FILE.lines()) {
            let mut fields = line.split('\t');
            let mut level = || fields.next().and_then(|number| number.parse().ok()).unwrap_or_default();
            let (fine, middle, coarse) = (level(), level(), level());
            let classes = [mix(0, 0, coarse), mix(0, 1, middle), mix(0, 2, fine), mix(0, 3, finest)];
            for word in fields.next().unwrap_or_default().split(' ') {
                lexicon.insert(own(word), classes);
            }
        }
        lexicon
    }

    /// How many words there are; they are numbered from 0.
    pub(super) fn len(&self) -> usize {
        self.classes.len()
    }

    /// What is known of a word in small letters.
    pub(super) fn find(&self, word: &str) -> Known {
        let own = own(word);
        let number = self.slots[self.slot(own)].map(|(_, number)| number);
        let classes = number.map_or([own; LEVELS], |number| self.classes[number as usize]);
        Known { own, number, classes }
    }

    /// A word in small letters, as the models see it.
    #[cfg(test)]
    pub(super) fn word<'a>(&self, text: &'a str) -> Word<'a> {
        self.find(text).word(text)
    }

    fn insert(&mut self, own: u32, classes: [u32; LEVELS]) {
        let slot = self.slot(own);
        if self.slots[slot].is_none() {
            let number = u32::try_from(self.classes.len()).unwrap_or(u32::MAX);
            self.slots[slot] = Some((own, number));
            self.classes.push(classes);
        }
    }

    /// Where a hash stands, or where it would.
    fn slot(&self, own: u32) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = own.wrapping_mul(0x9E37_79B1) as usize >> 8 & mask;
        while self.slots[slot].is_some_and(|(known, _)| known != own) {
            slot = (slot + 1) & mask;
        }
        slot
    }
}

impl Word<'_> {
    /// Its classes as features, unless it has none.
    pub(super) fn classes(&self) -> impl Iterator<Item = u32> {
        let known = self.number.is_some();
        self.classes.into_iter().skip(1).filter(move |_| known)
    }

    /// Its class at a level.
    pub(super) fn class(&self, level: usize) -> u32 {
        self.classes[level]
    }

    /// The groups of 3, 4 and 5 letters of `<word>`, some of them twice where they stand twice.
    pub(super) fn letter_groups(&self) -> Vec<u32> {
        let start = hash(START, b"c");
        let letters = [b"<", self.text.as_bytes(), b">"].concat();
        let is_first = |at: &usize| letters.get(*at).is_none_or(|byte| byte & 0xC0 != 0x80);
        // Where each letter begins, and the end of the last one.
        let edges: Vec<usize> = (0..=letters.len()).filter(is_first).collect();
        let groups = (3..=5).flat_map(|length| edges.windows(length + 1));
        let ends = groups.filter_map(|group| Some((*group.first()?, *group.last()?)));
        ends.map(|(from, to)| hash(start, &letters[from..to])).collect()
    }
}

impl Pair {
    /// The features of two words that stand side by side.
    pub(super) fn of(before: &Word, after: &Word) -> Self {
        Self {
            words: mix(1, before.own, after.own),
            classes: [
                mix(2, before.class(0), after.class(0)),
                mix(3, before.class(2), after.class(2)),
                mix(4, before.class(2), after.own),
                mix(5, before.own, after.class(2)),
            ],
        }
    }
}

/// What stands before the first word of a text.
pub(super) fn opening() -> Word<'static> {
    edge("<")
}

/// What stands behind the last word of a text.
pub(super) fn closing() -> Word<'static> {
    edge(">")
}

fn edge(text: &'static str) -> Word<'static> {
    let own = own(text);
    Word { text, own, number: None, classes: [own; LEVELS] }
}

fn own(word: &str) -> u32 {
    hash(hash(START, b"w"), word.as_bytes())
}

/// One hash of two, different for every tag and order.
pub(super) fn mix(tag: u32, first: u32, second: u32) -> u32 {
    let mixed = (first.wrapping_mul(0x9E37_79B1) ^ second.rotate_left(15))
        .wrapping_add(tag.wrapping_mul(0x7F4A_7C15));
    let mixed = (mixed ^ (mixed >> 15)).wrapping_mul(0x2C1B_3C6D);
    mixed ^ (mixed >> 13)
}

/// FNV-1a, 32 bits.
pub(super) const START: u32 = 2_166_136_261;

/// FNV-1a, 32 bits, of more bytes.
pub(super) fn hash(state: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(state, |state, byte| (state ^ u32::from(*byte)).wrapping_mul(16_777_619))
}
