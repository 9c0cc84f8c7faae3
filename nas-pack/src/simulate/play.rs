//! Plays packages' lives, several at a time.

use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::life::{self, Identity};
use super::sandbox::Sandbox;
use super::{Life, Observer, Options};
use crate::diagnostic::Result;
use crate::sync::lock;
use crate::vendor::open;

/// Plays the lives of packages, several at a time. One result for each, in the order of `files`; a package that cannot be opened or
/// played gives its failure.
///
/// # Errors
///
/// This machine can play nothing at all, for the reasons that the error has, or an older build cannot be read.
pub fn simulate(files: &[PathBuf], options: &Options, observer: &dyn Observer) -> Result<Vec<Result<Life>>> {
    let sandbox = Sandbox::find(&options.busybox, options.bubblewrap.as_deref())?;
    let identity = |path: &PathBuf| Ok(Identity::of(&open(path, &options.limits)?));
    let older: Vec<Identity> = options.from.iter().map(identity).collect::<Result<_>>()?;
    let next = AtomicUsize::new(0);
    let lives: Mutex<Vec<Option<Result<Life>>>> = Mutex::new(files.iter().map(|_| None).collect());
    std::thread::scope(|scope| {
        for _ in 0..options.jobs.get().min(files.len()) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(file) = files.get(index) else { break };
                    let life = life::play(file, &sandbox, &older, options, observer);
                    if let Ok(life) = &life {
                        observer.finished(life);
                    }
                    lock(&lives)[index] = Some(life);
                }
            });
        }
    });
    Ok(lives.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().flatten().collect())
}

/// An interactive shell, as the box's root, in a box where the package is installed and started.
///
/// # Errors
///
/// This machine cannot make a box, or the package cannot be opened.
pub fn shell(file: &Path, options: &Options) -> Result<ExitStatus> {
    let sandbox = Sandbox::find(&options.busybox, options.bubblewrap.as_deref())?;
    life::shell(file, &sandbox, options)
}
