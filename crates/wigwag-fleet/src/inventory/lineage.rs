//! What the groups of a host say together.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};

use super::model::{FileId, GroupId, Model, Own, Strength, Var};
use super::{Setting, Settings};

/// The groups of a host, with all that they and the defaults say. Hosts in the same groups share one.
#[derive(Debug)]
pub(crate) struct Lineage {
    /// Tells it from others.
    number: u32,
    /// The groups that name the host themselves.
    direct: Box<[GroupId]>,
    /// All groups that it is in: those above first, and of equals the earlier.
    pub(crate) groups: Box<[GroupId]>,
    pub(crate) settings: Vec<(Setting, Said)>,
    pub(crate) vars: HashMap<u32, (Var, Said)>,
    merged: Arc<Settings>,
}

/// Who says something, and in which file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Said {
    /// `None` are the defaults.
    pub(crate) group: Option<GroupId>,
    pub(crate) file: FileId,
}

/// All lineages and merged settings that were needed so far; there are few.
#[derive(Debug, Default)]
pub(crate) struct Lineages {
    by_groups: HashMap<Box<[GroupId]>, Arc<Lineage>>,
    /// By the number of a lineage, and what the host sets itself.
    by_own: HashMap<(u32, u32), Arc<Settings>>,
    /// Equal settings are one.
    merged: HashMap<Settings, Arc<Settings>>,
}

impl Model {
    /// The lineage of hosts that these groups name themselves. `last` was the one before: hosts mostly come in runs.
    pub(crate) fn lineage(&self, direct: &[GroupId], last: &mut Option<Arc<Lineage>>) -> Arc<Lineage> {
        // There are few of them; where there are none, as in a list of addresses, not even a call is worth its while.
        if let Some(last) = last.as_ref().filter(|last| last.direct.iter().eq(direct)) {
            return Arc::clone(last);
        }
        // A panic elsewhere leaves nothing half done in there.
        let mut lineages = self.lineages.lock().unwrap_or_else(PoisonError::into_inner);
        let found = lineages.by_groups.get(direct).map(Arc::clone);
        let lineage = found.unwrap_or_else(|| {
            let lineage = Lineage::new(self, direct, &mut lineages);
            let lineage = Arc::new(lineage);
            lineages.by_groups.insert(direct.into(), Arc::clone(&lineage));
            lineage
        });
        *last = Some(Arc::clone(&lineage));
        lineage
    }

    /// What is set for a host of this lineage that sets `own` itself.
    pub(crate) fn merged(&self, lineage: &Lineage, own: u32) -> Arc<Settings> {
        if own == 0 {
            return Arc::clone(&lineage.merged);
        }
        let mut lineages = self.lineages.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(merged) = lineages.by_own.get(&(lineage.number, own)) {
            return Arc::clone(merged);
        }
        let mut settings = Settings::clone(&lineage.merged);
        self.set(own).for_each(|(setting, _)| settings.set(setting));
        let merged = lineages.shared(settings);
        lineages.by_own.insert((lineage.number, own), Arc::clone(&merged));
        merged
    }
}

impl Lineages {
    fn shared(&mut self, settings: Settings) -> Arc<Settings> {
        if let Some(shared) = self.merged.get(&settings) {
            return Arc::clone(shared);
        }
        let shared = Arc::new(settings.clone());
        self.merged.insert(settings, Arc::clone(&shared));
        shared
    }
}

impl Lineage {
    fn new(model: &Model, direct: &[GroupId], lineages: &mut Lineages) -> Self {
        let groups = with_parents(model, direct);
        let mut settings: Vec<(Setting, Said)> = Vec::new();
        let mut vars: HashMap<u32, (Var, Said)> = HashMap::new();
        let mut take = |group: Option<GroupId>, own: &Own| {
            for (setting, file) in model.set(own.set) {
                settings.retain(|(other, _)| !other.is_about_the_same_as(setting));
                settings.push((setting.clone(), Said { group, file: *file }));
            }
            for var in &own.vars {
                vars.insert(var.key, (*var, Said { group, file: var.file }));
            }
        };
        take(None, &model.defaults);
        for group in &groups {
            if let Some(said) = model.group(*group) {
                take(Some(*group), &said.own);
            }
        }
        let mut merged = Settings::default();
        settings.iter().for_each(|(setting, _)| merged.set(setting));
        let number = lineages.by_groups.len() as u32;
        let merged = lineages.shared(merged);
        Self { number, direct: direct.into(), groups: groups.into(), settings, vars, merged }
    }

    /// What the groups say of this strength.
    pub(crate) fn find<T>(
        &self,
        strength: Strength,
        pick: impl Fn(&Setting, Strength) -> Option<T>,
    ) -> Option<(T, Said)> {
        self.settings.iter().find_map(|(setting, said)| Some((pick(setting, strength)?, *said)))
    }
}

/// These groups and all above them, those above first, and of equals the earlier.
fn with_parents(model: &Model, direct: &[GroupId]) -> Vec<GroupId> {
    let mut all: Vec<GroupId> = Vec::new();
    let mut open = direct.to_vec();
    while let Some(group) = open.pop() {
        if !all.contains(&group) {
            all.push(group);
            open.extend(model.group(group).map(|group| group.parents.as_slice()).unwrap_or_default());
        }
    }
    all.sort_unstable_by_key(|group| (model.group(*group).map(|group| group.level), *group));
    all
}
