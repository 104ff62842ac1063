//! The playbooks of `docs/ansible.md` do what the page says.

use std::fs;
use std::path::Path;

use crate::support::{Core, Fleet, bodies, on_each_core};

on_each_core!(the_playbooks_of_the_page_work);

/// The files that the page shows, by their names.
fn files() -> Vec<(String, String)> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/ansible.md");
    let page = fs::read_to_string(page).unwrap();
    let mut blocks = page.split("\n```").skip(1).step_by(2);
    let named = blocks.by_ref().filter_map(|block| {
        let (fence, text) = block.split_once('\n')?;
        let name = fence.split_whitespace().find_map(|word| word.strip_prefix("file="))?;
        Some((name.to_owned(), format!("{text}\n")))
    });
    named.collect()
}

fn the_playbooks_of_the_page_work(core: &Core) {
    let fleet = Fleet::of(2, "esc-cr", &[]);
    let mut playbooks = Vec::new();
    for (name, text) in files() {
        let text = text.replace("10.4.0.", &format!("{}.0.", fleet.network));
        let text = text.replace("wigwag_port=9100", &format!("wigwag_port={}", fleet.port));
        // What the simulated device says.
        let path = fleet.file(&name, &text.replace("\"READY\"", "\"OK\""));
        if name.ends_with(".yml") {
            playbooks.push((name, path));
        }
    }
    assert_eq!(
        playbooks.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
        ["today.yml", "send.yml", "fleet.yml"]
    );

    for (name, path) in playbooks {
        let played = core.play(&fleet.path("hosts.ini"), &path, &[]).run();
        assert_eq!(played.code, 0, "{name}: {played:?}");
    }

    assert_eq!(bodies(&fleet.received().commands), ["STATUS"; 6]);
}
