//! Sets of names.
