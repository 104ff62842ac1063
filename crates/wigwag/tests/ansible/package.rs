//! What is in the collection that people install.

use std::fs;
use std::path::Path;

use crate::support::{Core, Program, on_each_core};

on_each_core!(nothing_is_packed_that_a_test_left_behind);

fn nothing_is_packed_that_a_test_left_behind(core: &Core) {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let collection = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../ansible");
    let copied = Program::new("cp").arguments(&["-R", collection.to_str().unwrap(), &at("ansible")]).run();
    assert_eq!(copied.code, 0, "{copied:?}");
    let left_behind =
        ["tests/output/junit.xml", "changelogs/.plugin-cache.yaml", "plugins/action/__pycache__/send.cpython-311.pyc"];
    for name in left_behind {
        let path = folder.path().join("ansible").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "left behind").unwrap();
    }

    let built =
        core.program("ansible-galaxy", &["collection", "build", &at("ansible"), "--output-path", &at("")]).run();

    assert_eq!(built.code, 0, "{built:?}");
    let tarball = at(&format!("wigwag-wigwag-{}.tar.gz", env!("CARGO_PKG_VERSION")));
    let listed = Program::new("tar").arguments(&["-tzf", &tarball]).run();
    let names: Vec<_> = listed.told().1.lines().collect();
    for name in ["plugins/action/send.py", "plugins/modules/fleet.py", "meta/runtime.yml", "COPYING", "README.md"] {
        assert!(names.contains(&name), "{name}: {names:?}");
    }
    for name in left_behind {
        assert!(!names.contains(&name), "{name}: {names:?}");
    }
}
