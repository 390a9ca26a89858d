//! The law of the engine: after any edits the site has the bytes of a clean build, in every edition.

use std::collections::BTreeMap;
use std::sync::Arc;

use leverbook::config::Config;
use leverbook::diagnostic::draw;
use leverbook::edition::Audience;
use leverbook::engine::Engine;
use leverbook::source::{Source, SourceId};
use leverbook::vault::{Attachment, Stamp, Vault, disk};
use proptest::prelude::*;

const LEVERAGE: &str = "content/leverage.md";
const LEVERAGES: [&str; 3] = [
    "# Leverage\n* **Timing**: Whoever can wait has the advantage.\n* **Need**: The less you need it, the stronger you are.\n",
    "# Leverage\n* **Power**: Who may say no.\n* **Timing**: Whoever can wait has the advantage.\n",
    "---\nvisibility: private\n---\n* **Power**: Who may say no.\n",
];
const PATHS: [&str; 6] = [
    "content/deals/harbour/2026-03-02-call.md",
    "content/deals/harbour/2026-03-09-visit.md",
    "content/deals/harbour/plain.md",
    "content/deals/mill/2026-01-05-offer.md",
    "content/journal/call.md",
    "content/Call.md",
];
const FRONTS: [&str; 7] = [
    "",
    "---\ndeal: Harbour\ncounterparty: Tidewater\noutcome: won\ntarget: 80\nreservation: 100\n---\n",
    "---\ndeal: Harbour\nprinciples: [timing]\ndeadline: 2026-01-01\n---\n",
    "---\ndeal: Mill\ncounterparty: [Tidewater, Ashby]\ntags: [steel, a/b]\nrole: sell\ntarget: 80\nreservation: 100\nkind: 3\n---\n",
    "---\nvisibility: private\ndeal: Mill\nkind: x\n---\n",
    "---\nvisibility: public\ndeal: Quay\nnot_principles: [need]\nkind: y\n---\n",
    "---\ndeal: Mill\ntitle: a: b\n---\n",
];
const BODIES: [&str; 10] = [
    "",
    "Their quarter closes on Friday and they cannot wait.\n",
    "Their quarter closes on Friday and they cannot wait. See [[2026-03-09-visit]] and [[Timing]].\n",
    "# Call\nWe do not need the order; they asked twice for the date. ![[call]]\n\n- [ ] Bring the offer\n",
    "# Call\nWe do not need the order. ![[2026-03-02-call]]\n\n- [x] Bring the offer\n",
    "Nobody else reads this. [[call]] [[nowhere]] ![[plain]] #steel\n",
    "> [!private] Limit\n> Not above 40.\n\nWe could wait. %%later%%\n\n> [!lever] Need (theirs)\n",
    "We could wait.\n\n> [!lever] Need (ours)\n\nThe weather was fine. [[Harbour]] [[Tidewater]] ![[plan.png]]\n",
    "![[Call]] [[plain#^x]] and the season ends in nine days. ^x\n",
    "The season ends in nine days and they have no other yard. ![pic](../plan.png)\n",
];
/// An override, and what it is set to in turn; the last takes it away.
const TEMPLATES: [(&str, [&str; 2]); 3] = [
    (
        "partials/dots.html",
        ["{% component dots(dots: array, unclear: array = []) %}{% endcomponent dots %}", "{{ broken"],
    ),
    (
        "pages/about.html",
        [
            "{% extends \"base.html\" %}{% block main %}<p>{{ site.notes }}</p>{% endblock main %}",
            "{{ page.nothing }}",
        ],
    ),
    ("assets/css/custom.css", ["p { margin: 0 }", "p { margin: 1em }"]),
];

#[derive(Clone, Debug)]
enum Edit {
    Leverage(usize),
    Note(usize, usize, usize),
    /// Another body below the same front matter: what most saves are.
    Body(usize, usize),
    Delete(usize),
    Rename(usize, usize),
    Template(usize, usize),
    Attachment(bool),
    Settings(usize),
}

fn edits() -> impl Strategy<Value = Edit> {
    prop_oneof![
        1 => (0..LEVERAGES.len() + 1).prop_map(Edit::Leverage),
        4 => (0..PATHS.len(), 0..FRONTS.len(), 0..BODIES.len()).prop_map(|(path, front, body)| Edit::Note(path, front, body)),
        6 => (0..PATHS.len(), 0..BODIES.len()).prop_map(|(path, body)| Edit::Body(path, body)),
        1 => (0..PATHS.len()).prop_map(Edit::Delete),
        1 => (0..PATHS.len(), 0..PATHS.len()).prop_map(|(from, to)| Edit::Rename(from, to)),
        1 => (0..TEMPLATES.len(), 0..3_usize).prop_map(|(name, text)| Edit::Template(name, text)),
        1 => any::<bool>().prop_map(Edit::Attachment),
        1 => (0..3_usize).prop_map(Edit::Settings),
    ]
}

/// A project and the front matters that its notes have.
struct Project {
    vault: Vault,
    fronts: [usize; PATHS.len()],
    config: Arc<Config>,
}

impl Project {
    fn new() -> Self {
        let mut project =
            Self { vault: Vault::default(), fronts: [0; PATHS.len()], config: Arc::new(Config::default()) };
        project.write(LEVERAGE, LEVERAGES[0].to_owned());
        for path in 0..PATHS.len() {
            project.apply(&Edit::Note(path, path, path));
        }
        project
    }

    fn write(&mut self, path: &str, text: String) {
        let id = SourceId::new(path);
        self.vault.sources.insert(id.clone(), Arc::new(Source::new(id, text)));
    }

    fn apply(&mut self, edit: &Edit) {
        match *edit {
            Edit::Leverage(text) => match LEVERAGES.get(text) {
                Some(text) => self.write(LEVERAGE, (*text).to_owned()),
                None => drop(self.vault.sources.remove(&SourceId::new(LEVERAGE))),
            },
            Edit::Note(path, front, body) => {
                self.fronts[path] = front;
                self.write(PATHS[path], format!("{}{}", FRONTS[front], BODIES[body]));
            }
            Edit::Body(path, body) => self.apply(&Edit::Note(path, self.fronts[path], body)),
            Edit::Delete(path) => drop(self.vault.sources.remove(&SourceId::new(PATHS[path]))),
            Edit::Rename(from, to) => {
                if let Some(source) = self.vault.sources.remove(&SourceId::new(PATHS[from])) {
                    self.write(PATHS[to], source.text().to_owned());
                }
            }
            Edit::Template(name, text) => {
                let (name, texts) = TEMPLATES[name];
                match texts.get(text) {
                    Some(text) => drop(self.vault.overrides.insert(name.to_owned(), text.as_bytes().into())),
                    None => drop(self.vault.overrides.remove(name)),
                }
            }
            Edit::Attachment(there) => {
                let id = SourceId::new("content/plan.png");
                if there {
                    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/engine.rs").into();
                    let attachment = Attachment { path, bytes: 4, stamp: Stamp::default() };
                    self.vault.attachments.insert(id, attachment);
                } else {
                    self.vault.attachments.remove(&id);
                }
            }
            Edit::Settings(number) => {
                let title = ["Playbook", "Book", "Playbook"][number].to_owned();
                let base_url = ["", "https://example.org/book", ""][number].to_owned();
                let config = Config { title, base_url, max_links: [3, 3, 1][number], ..Config::default() };
                self.config = Arc::new(config);
            }
        }
    }

    fn engine(&self, edition: &str) -> Engine {
        let audience = Audience::of(&self.config, edition, false).expect("it is built in");
        Engine::new(Arc::clone(&self.config), audience)
    }
}

/// All files and problems of a site; a file or site that cannot be made is its error.
pub(crate) fn site(engine: &mut Engine, vault: &Vault) -> BTreeMap<String, Result<Vec<u8>, String>> {
    let snapshot = engine.update(vault, Some(jiff::civil::date(2026, 11, 24)));
    let problems: Vec<String> = snapshot.diagnostics.iter().map(|problem| draw(problem, false)).collect();
    let mut files = BTreeMap::new();
    files.insert("problems".to_owned(), Ok(problems.join("\n").into_bytes()));
    match engine.site(&snapshot, &vault.overrides, disk::read_attachment) {
        Ok(site) => {
            let file = |path: &String| {
                let bytes = site.file(path).map(|bytes| bytes.to_vec());
                (path.clone(), bytes.map_err(|error| error.to_string()))
            };
            files.extend(site.paths().iter().map(file));
        }
        Err(error) => drop(files.insert("templates".to_owned(), Err(error.to_string()))),
    }
    files
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_edits_end_in_the_bytes_of_a_clean_build(
        batches in prop::collection::vec(prop::collection::vec(edits(), 1..3), 1..10),
        edition in prop::sample::select(vec!["team", "author", "public"]),
    ) {
        let mut project = Project::new();
        let mut remembering = project.engine(edition);
        site(&mut remembering, &project.vault);
        for batch in batches {
            for edit in &batch {
                project.apply(edit);
                // Other settings begin another session, as `watch` does.
                if matches!(edit, Edit::Settings(_)) {
                    remembering = project.engine(edition);
                }
            }
            let (kept, clean) = (site(&mut remembering, &project.vault), site(&mut project.engine(edition), &project.vault));
            for path in kept.keys().chain(clean.keys()) {
                let text = |file: Option<&Result<Vec<u8>, String>>| {
                    file.map(|file| file.as_ref().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).map_err(Clone::clone))
                };
                prop_assert_eq!(text(kept.get(path)), text(clean.get(path)), "{} after {:?}", path, batch);
            }
        }
    }
}

#[test]
fn a_changed_body_changes_the_pages_that_show_it() {
    let mut project = Project::new();
    project.write(PATHS[2], format!("{}The sun shone.\n", FRONTS[1]));
    let mut engine = project.engine("team");
    let build = |engine: &mut Engine, vault: &Vault| {
        let snapshot = engine.update(vault, None);
        engine.site(&snapshot, &vault.overrides, disk::read_attachment).expect("the templates are sound")
    };
    let before = build(&mut engine, &project.vault);
    let all: Vec<_> = before.paths().iter().map(|path| before.file(path).expect("it can be made")).collect();
    project.write(PATHS[2], format!("{}The sun shone.\n\nThe minutes are done.\n", FRONTS[1]));
    let after = build(&mut engine, &project.vault);
    assert_eq!(before.paths(), after.paths());
    let is_new = |(path, before): &(&String, &Arc<[u8]>)| {
        !Arc::ptr_eq(before, &after.file(path).expect("it can be made"))
    };
    let new: Vec<&String> = after.paths().iter().zip(&all).filter(is_new).map(|(path, _)| path).collect();
    // The note itself, one that embeds it, and one that embeds that.
    let shown =
        ["notes/call.html", "notes/deals-harbour-plain.html", "notes/deals-mill-2026-01-05-offer.html"];
    let (search, pages): (Vec<&String>, Vec<&String>) =
        new.into_iter().partition(|path| path.starts_with("assets/"));
    assert_eq!(pages, shown);
    // Its new word can be found; no other note's text is sent anew.
    assert_eq!(search.iter().filter(|path| path.starts_with("assets/texts/")).count(), 1);
}
