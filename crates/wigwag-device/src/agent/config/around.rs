//! What stands around the commands: TLS, memory, and the files that all of it needs.

use std::path::{Path, PathBuf};

use wigwag_net::{ServerTls, ServerTlsOptions, TlsVersion};
use wigwag_protocol::layout::{Layout, nearest};
use wigwag_protocol::protocol::Protocol;

use super::Remember;
use super::speaks::path_of;
use super::written::{File, RememberTable};
use crate::agent::actions::Deeds;
use crate::agent::memory::Bounds;
use crate::agent::sandbox::Needs;

/// What is done already is remembered here, unless said or a service manager knows better.
const STATE: &str = "/var/lib/wigwag-agent";

impl File {
    /// What TLS it speaks; its files are looked for from `folder`.
    pub(super) fn tls(&self, folder: &Path) -> Result<Option<ServerTls>, String> {
        let Some(table) = &self.tls else { return Ok(None) };
        let file = |path: &Option<PathBuf>| path.as_ref().map(|path| folder.join(path));
        let options = ServerTlsOptions {
            certificate: folder.join(&table.cert),
            key: file(&table.key),
            client_ca: file(&table.client_ca),
            versions: match &table.versions {
                None => TlsVersion::ALL.to_vec(),
                Some(named) => named.iter().copied().map(TlsVersion::from).collect(),
            },
        };
        if options.versions.is_empty() {
            return Err("tls.versions names none: versions = [\"1.2\", \"1.3\"]".to_owned());
        }
        ServerTls::load(&options).map(Some).map_err(|error| format!("tls: {error}"))
    }

    /// What is remembered, of requests of this protocol.
    pub(super) fn remember(&self, protocol: &Protocol) -> Result<Option<Remember>, String> {
        let Some(RememberTable { part, count, age, folder }) = &self.remember else { return Ok(None) };
        let names: Vec<&str> = protocol.request.layouts().flat_map(Layout::names).collect();
        if !names.contains(&part.as_str()) {
            let near = nearest(part, names.iter().copied());
            let help = near.map_or(format!("there are {}", names.join(", ")), |near| format!("did you mean `{near}`?"));
            return Err(format!("remember.part: a request of {} has no part `{part}`; {help}", protocol.name));
        }
        if *count == 0 {
            return Err("remember.count must be at least 1".to_owned());
        }
        let given = folder.clone().or_else(|| std::env::var_os("STATE_DIRECTORY").map(PathBuf::from));
        let folder = given.unwrap_or_else(|| STATE.into());
        if !folder.is_absolute() {
            return Err(format!("remember.folder: the whole path is needed: `{}` is not one", folder.display()));
        }
        Ok(Some(Remember { part: part.clone(), bounds: Bounds { count: *count, age: *age }, folder }))
    }

    /// The files that this is about.
    pub(super) fn needs(&self, folder: &Path, deeds: &Deeds, remember: Option<&Remember>) -> Needs {
        let mut needs = Needs { everything: !self.sandbox.enabled, ..Needs::default() };
        deeds.add_needs(&mut needs);
        let tls = self.tls.iter().flat_map(|tls| [Some(&tls.cert), tls.key.as_ref(), tls.client_ca.as_ref()]).flatten();
        tls.for_each(|file| needs.read(&folder.join(file)));
        if let Some(path) = self.protocol.as_deref().and_then(path_of) {
            needs.read(&folder.join(path));
        }
        needs.writes.extend(self.sandbox.write.iter().cloned());
        needs.writes.extend(remember.map(|remember| remember.folder.clone()));
        needs
    }
}
