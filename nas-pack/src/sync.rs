//! Locks whose values are whole at any time, so that a thread that panicked while it held one changes nothing for the others.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// The guarded value, also after another thread panicked: entries are replaced as a whole, never left half changed.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
