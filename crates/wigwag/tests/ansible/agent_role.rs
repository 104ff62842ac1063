//! The role `agent`: a root of a system becomes that of a device.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::support::{Core, Ended, on_each_core};

on_each_core!(an_image_becomes_a_device, a_wrong_configuration_is_refused, check_mode_changes_nothing);

const CONFIG: &str = "protocol = \"esc-cr\"\nlisten = [\"127.0.0.1:9100\"]\nallow = [\"10.0.0.0/8\"]\n\n[on.STATUS]\nreply = \"READY\"\n";

/// The root of a system in which nothing is installed.
struct Image(TempDir);

impl Image {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        for state in ["var/lib/dpkg/info", "var/lib/dpkg/updates", "var/log", "etc"] {
            fs::create_dir_all(folder.path().join(state)).unwrap();
        }
        fs::write(folder.path().join("var/lib/dpkg/status"), "").unwrap();
        Self(folder)
    }

    fn path(&self, within: &str) -> PathBuf {
        self.0.path().join(within)
    }

    fn config(&self) -> String {
        fs::read_to_string(self.path("etc/wigwag/agent.toml")).unwrap()
    }

    /// The role, with these variables and words.
    fn play(&self, core: &Core, config: &str, more: serde_json::Value, words: &[&str]) -> Ended {
        let mut vars = serde_json::json!({
            "agent_root": self.0.path(), "agent_package": package(), "agent_config": config,
            "ansible_python_interpreter": "/usr/bin/python3",
        });
        vars.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let vars = vars.to_string();
        core.play("localhost,", "agent_role.yml", &[&["--connection", "local", "-e", &vars], words].concat()).run()
    }
}

/// The chore `package` builds it.
fn package() -> PathBuf {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("debian").join("wigwag-agent.deb");
    assert!(file.is_file(), "{} is missing: cargo xtask package", file.display());
    file
}

fn an_image_becomes_a_device(core: &Core) {
    let image = Image::new();
    let key = image.path("key.pem");
    fs::write(&key, "secret").unwrap();
    let more = serde_json::json!({
        "agent_files": [{"src": key, "dest": "/etc/wigwag/key.pem"}],
        "agent_unit": "[Service]\nSupplementaryGroups=lp\n",
    });

    let played = image.play(core, CONFIG, more.clone(), &[]);

    assert_eq!(played.code, 0, "{played:?}");
    assert_eq!(image.config(), CONFIG);
    let checked = crate::support::Program::new(image.path("usr/bin/wigwag-agent"))
        .arguments(&["--check", image.path("etc/wigwag/agent.toml").to_str().unwrap()])
        .run();
    assert_eq!(checked.code, 0, "{checked:?}");
    let mode = |path: &str| fs::metadata(image.path(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("etc/wigwag/key.pem"), mode("etc/wigwag/agent.toml")), (0o640, 0o640));
    let started = fs::read_link(image.path("etc/systemd/system/multi-user.target.wants/wigwag-agent.service")).unwrap();
    assert_eq!(started, Path::new("/usr/lib/systemd/system/wigwag-agent.service"));
    let said = fs::read_to_string(image.path("etc/systemd/system/wigwag-agent.service.d/ansible.conf")).unwrap();
    assert_eq!(said, "[Service]\nSupplementaryGroups=lp\n");

    let again = image.play(core, CONFIG, more, &[]);
    assert!(again.told().1.contains("changed=0"), "a second time nothing is changed: {again:?}");
}

fn a_wrong_configuration_is_refused(core: &Core) {
    let image = Image::new();
    assert_eq!(image.play(core, CONFIG, serde_json::json!({}), &[]).code, 0);

    let played = image.play(core, &CONFIG.replace("esc-cr", "esc-rc"), serde_json::json!({}), &[]);

    assert_eq!(played.code, 2, "{played:?}");
    assert!(played.told().1.contains("did you mean `esc-cr`?"), "{played:?}");
    assert_eq!(image.config(), CONFIG, "what is served stays");
}

fn check_mode_changes_nothing(core: &Core) {
    let image = Image::new();

    let fresh = image.play(core, CONFIG, serde_json::json!({}), &["--check", "--diff"]);
    assert_eq!(fresh.code, 0, "{fresh:?}");
    assert!(!image.path("usr").exists() && !image.path("etc/wigwag").exists());

    assert_eq!(image.play(core, CONFIG, serde_json::json!({}), &[]).code, 0);
    let other = CONFIG.replace("READY", "BUSY");
    let played = image.play(core, &other, serde_json::json!({}), &["--check", "--diff"]);
    let told = played.told().1;
    assert!(told.contains("-reply = \"READY\"") && told.contains("+reply = \"BUSY\""), "{told}");
    assert_eq!(image.config(), CONFIG);
}
