//! The list of diagnostics: a row gives the code, its severity and what it is about.

use super::Severity;

macro_rules! codes {
    ($($name:ident = $text:literal, $severity:ident, $about:literal;)*) => {
        /// A stable name for a kind of problem, `LB001` and so on.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Code {
            $(#[doc = $about] $name,)*
        }

        impl Code {
            /// All of them, in the order of their numbers.
            pub const ALL: &'static [Code] = &[$(Code::$name,)*];

            /// The code as it is printed.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$name => $text,)* }
            }

            /// What the code is about, in a sentence.
            pub fn about(self) -> &'static str {
                match self { $(Code::$name => $about,)* }
            }

            /// How much such a problem weighs.
            pub fn severity(self) -> Severity {
                match self { $(Code::$name => Severity::$severity,)* }
            }
        }
    };
}

codes! {
    FrontMatterUnreadable = "LB001", Error, "The front matter cannot be read; the note is withheld from every page.";
    DuplicateKey = "LB002", Error, "A key stands twice in a front matter.";
    UnknownVisibility = "LB003", Warning, "A visibility is none of `private`, `team`, `public`; the note is withheld.";
    UnknownDraft = "LB004", Warning, "A `draft` value is neither true nor false; the note counts as a draft.";
    FrontMatterNotFirst = "LB005", Warning, "Blank lines stand before what looks like a front matter; the note is withheld.";
    FrontMatterValue = "LB006", Warning, "A front matter value is not of the kind that its key takes.";
    UnknownPrinciple = "LB007", Error, "A note names a principle that the leverage document does not have.";
    UnclosedComment = "LB008", Error, "A `%%` comment is never closed; the rest of the note is withheld.";
    Unreadable = "LB009", Error, "A file cannot be read as text.";
    UnresolvedLink = "LB010", Info, "A wikilink leads to no note yet.";
    AmbiguousLink = "LB011", Warning, "A wikilink could mean several notes.";
    EmbedCycle = "LB012", Warning, "Notes embed each other in a circle.";
    NearKey = "LB013", Warning, "A front matter key is probably a misspelt known one.";
    UnknownOutcome = "LB014", Warning, "An outcome is in none of the groups of `[outcomes]`.";
    ReservationSide = "LB015", Warning, "A reservation stands on the wrong side of its target.";
    NoZone = "LB016", Warning, "The two reservations leave no zone of agreement.";
    DeadlinePassed = "LB017", Warning, "The deadline of an open deal has passed.";
    WorseThanAlternative = "LB018", Warning, "A reservation is worse than the alternative.";
    PropertyKinds = "LB019", Info, "One property holds values of different kinds across the vault.";
    NotUnderstood = "LB020", Warning, "A part of the leverage document is not understood as a principle or its text.";
    SamePrinciple = "LB021", Info, "Two principles seem to say the same.";
    UnknownPrincipleId = "LB022", Warning, "The leverage document's front matter speaks of an id that it does not have.";
    NoPrinciples = "LB023", Error, "The leverage document has no principles, or there is none.";
    PrincipleTwice = "LB024", Warning, "A term stands twice in the leverage document.";
    Reencoded = "LB025", Warning, "A file is not UTF-8; it was read in the encoding that it seems to have.";
    TooLarge = "LB026", Error, "A file is too large or too deeply nested to be read.";
    NameNotLinkable = "LB030", Info, "A file name has characters that a wikilink cannot hold.";
    AccidentalHeading = "LB031", Info, "A line directly above `---` has become a heading.";
    WithheldPart = "LB032", Warning, "Active HTML was left out of a page.";
    WithheldFile = "LB033", Warning, "An attachment is active or hidden and is not published.";
    ContradictoryLinks = "LB034", Warning, "A note both sets and refuses a link to one principle.";
    UnknownLever = "LB035", Warning, "A `[!lever]` callout names no principle or has an unknown side.";
    SettingsSyntax = "LB040", Error, "The settings file is not valid TOML.";
    SettingsKey = "LB041", Error, "A settings key is unknown.";
    SettingsValue = "LB042", Error, "A settings value is not of the kind that its key takes.";
    Template = "LB043", Error, "A template or a file of words of the project is wrong; no built-in one takes its place.";
    Override = "LB044", Warning, "A file in the templates folder replaces nothing, and no template speaks of it.";
}
