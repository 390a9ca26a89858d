//! The law of the engine: after any edits the site has the bytes of a clean build.

use std::collections::BTreeMap;
use std::sync::Arc;

use leverbook::config::Config;
use leverbook::edition::Audience;
use leverbook::engine::Engine;
use leverbook::source::{Source, SourceId};
use leverbook::vault::{Vault, disk};
use proptest::prelude::*;

const LEVERAGE: &str = "content/leverage.md";
const PATHS: [&str; 6] = [
    LEVERAGE,
    "content/deals/harbour/2026-03-02-call.md",
    "content/deals/harbour/2026-03-09-visit.md",
    "content/deals/mill/2026-01-05-offer.md",
    "content/journal/call.md",
    "content/Call.md",
];
const TEXTS: [&str; 7] = [
    "# Leverage\n* **Timing**: Whoever can wait has the advantage.\n* **Need**: The less you need it, the stronger you are.\n",
    "---\nvisibility: private\n---\n* **Power**: Who may say no.\n",
    "---\ndeal: Harbour\ncounterparty: Tidewater\noutcome: won\ntarget: 80\nreservation: 100\n---\n# Call\nTheir quarter closes on Friday and they cannot wait. See [[2026-03-09-visit]] and [[Timing]]. #steel\n",
    "---\ndeal: Harbour\nprinciples: [timing]\n---\nThey asked twice for the date. ![[call]]\n\n- [ ] Bring the offer\n",
    "---\nvisibility: private\ndeal: Mill\n---\nNobody else reads this. [[call]]\n",
    "---\ndeal: Mill\ntitle: a: b\n---\nBroken.\n",
    "> [!private] Limit\n> Not above 40.\n\nWe could wait. %%later%%\n\n> [!lever] Need (theirs)\n",
];

fn site(engine: &mut Engine, vault: &Vault) -> BTreeMap<String, Vec<u8>> {
    let snapshot = engine.update(vault, None);
    let site =
        engine.site(&snapshot, &vault.overrides, disk::read_attachment).expect("the templates are sound");
    let render = |path: &String| (path.clone(), site.file(path).expect("the page can be rendered").to_vec());
    site.paths().iter().map(render).collect()
}

fn engine(config: &Arc<Config>) -> Engine {
    let audience = Audience::of(config, "team", false).expect("it is built in");
    Engine::new(Arc::clone(config), audience)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_edits_end_in_the_bytes_of_a_clean_build(
        batches in prop::collection::vec(prop::collection::vec((0..PATHS.len(), 0..=TEXTS.len()), 1..4), 1..6),
    ) {
        let config = Arc::new(Config::default());
        let mut remembering = engine(&config);
        let mut vault = Vault::default();
        for batch in batches {
            for (path, text) in batch {
                let id = SourceId::new(PATHS[path]);
                match TEXTS.get(text) {
                    Some(text) => vault.sources.insert(id.clone(), Arc::new(Source::new(id, *text))),
                    None => vault.sources.remove(&id),
                };
            }
            prop_assert_eq!(site(&mut remembering, &vault), site(&mut engine(&config), &vault));
        }
    }
}
