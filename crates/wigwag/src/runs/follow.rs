//! `wigwag runs follow`: the outcomes of a run that goes on elsewhere, as they are committed.

use std::hash::RandomState;
use std::io::{self, Write};
use std::time::Duration;

use wigwag_protocol::bytes::display::escape_str;

use super::answers::Comparison;
use super::{Trouble, csv, json, list, names};
use crate::cli::RunForm;
use crate::journal::{Holder, Journal, Names, Run, StoredOutcome};

/// How often it is looked whether anything was committed. Nobody is waited for: whoever writes knows nothing of readers.
const EVERY: Duration = Duration::from_millis(200);

pub(super) fn follow(journal: &Journal, run: &Run, form: RunForm, out: &mut impl Write) -> Result<(), Trouble> {
    let hasher = RandomState::new();
    let mut teller = Teller {
        run: run.clone(),
        names: Names::new(journal, run),
        by: Comparison { hasher: &hasher, ignored: &[] },
        form,
        tried_again: 0,
    };
    teller.begin(out)?;
    let mut told = 0;
    loop {
        // Looked at before what has come is read: whoever lets go of a run has written everything by then.
        let holder = journal.holder(run);
        let version = journal.version()?;
        for ended in journal.outcomes(run, told) {
            let (order, ended) = ended?;
            told = order;
            match ended.is_final {
                true => teller.tell(&ended, out)?,
                false => teller.tried_again += 1,
            }
        }
        out.flush()?;
        if holder == Holder::Nobody {
            break;
        }
        wait(journal, run, version)?;
    }
    teller.end(journal, out)
}

/// Until somebody has committed something, or has let go of the run.
fn wait(journal: &Journal, run: &Run, version: i64) -> Result<(), Trouble> {
    loop {
        std::thread::sleep(EVERY);
        if journal.version()? != version || journal.holder(run) == Holder::Nobody {
            return Ok(());
        }
    }
}

struct Teller<'j> {
    run: Run,
    names: Names<'j>,
    by: Comparison<'j>,
    form: RunForm,
    tried_again: u64,
}

impl Teller<'_> {
    fn begin(&self, out: &mut impl Write) -> Result<(), Trouble> {
        match self.form {
            RunForm::Text => {}
            RunForm::Csv => writeln!(out, "{}", csv::HEADER)?,
            RunForm::Ndjson => writeln!(out, "{}", json::started(&self.run))?,
        }
        Ok(())
    }

    fn tell(&mut self, ended: &StoredOutcome<'_>, out: &mut impl Write) -> Result<(), Trouble> {
        let line = match self.form {
            RunForm::Text => {
                let name = self.names.name(ended.number)?;
                format!("{}: {}", escape_str(&name), self.by.shown(ended))
            }
            RunForm::Csv => csv::line(&self.names.name(ended.number)?, ended),
            RunForm::Ndjson => json::outcome(&self.run, self.names.get(ended.number)?, ended),
        };
        Ok(writeln!(out, "{line}")?)
    }

    fn end(&self, journal: &Journal, out: &mut impl Write) -> Result<(), Trouble> {
        let summary = journal.summary(&self.run)?;
        if let (RunForm::Ndjson, Some(finished)) = (self.form, json::finished(&summary, self.tried_again)) {
            writeln!(out, "{finished}")?;
        }
        let told = match summary.run.finished {
            Some(finished) => {
                let took = finished.duration_since(self.run.started).unwrap_or_default();
                format!("{}: {} in {}", list::state(&summary), list::outcomes(&summary), names::duration(took))
            }
            None => format!(
                "its process ended before the run did: {}\nnext: wigwag resume {}",
                list::outcomes(&summary),
                self.run.id
            ),
        };
        // Standard error that is gone leaves nobody to tell.
        let _ = writeln!(io::stderr(), "{told}");
        Ok(())
    }
}
