//! A run is forgotten.

use rusqlite::{TransactionBehavior, params};

use super::error::JournalError;
use super::lock::RunLock;
use super::read::Run;
use super::{Journal, schema};

impl Journal {
    /// Removes a run with all that is known of it, and gives its room back to the disk. Not while another process has it.
    pub(crate) fn remove(&mut self, run: &Run) -> Result<(), JournalError> {
        let _lock = RunLock::take(&self.path, &run.id)?;
        let path = self.path.clone();
        let failed = |error| JournalError::database(&path, &error);
        let keys = schema::keys(run.number);
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
        for table in schema::TABLES_OF_RUNS {
            transaction
                .execute(&format!("DELETE FROM {table} WHERE key BETWEEN ?1 AND ?2"), params![keys.start(), keys.end()])
                .map_err(failed)?;
        }
        transaction.execute("DELETE FROM profiles WHERE run = ?1", [run.number]).map_err(failed)?;
        transaction.execute("DELETE FROM runs WHERE number = ?1", [run.number]).map_err(failed)?;
        transaction.commit().map_err(failed)?;
        // The run is gone by now; that its room is not given back yet because another process writes is no failure.
        let _ = self.give_back();
        Ok(())
    }

    fn give_back(&self) -> rusqlite::Result<()> {
        // A page is given back with each step.
        let mut statement = self.connection.prepare("PRAGMA incremental_vacuum")?;
        let mut steps = statement.query([])?;
        while steps.next()?.is_some() {}
        self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
    }
}
