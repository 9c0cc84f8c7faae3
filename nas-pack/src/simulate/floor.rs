//! A box's old kernel, played on a newer one: system calls that came later are answered as that kernel answers them.
//!
//! Nothing but a filter (seccomp) on what programs ask of the kernel: for a program that was built for newer Linux it makes the
//! difference between running and not running. What a filter cannot know stays as it is here:
//!
//! * what calls point to: structures (`epoll_ctl` with `EPOLLEXCLUSIVE`), paths (files of `/proc` and `/sys` that came later), what a
//!   file descriptor is; and what is newer in a file system or a device, such as `FICLONE`;
//! * flags that an old kernel ignores without a word, as it does `O_PATH` before 2.6.39 and `MAP_FIXED_NOREPLACE` before 4.17;
//! * calls that never reach the kernel since the vDSO answers them: `clock_gettime` with any clock;
//! * `uname`, the ELF auxiliary vector, namespaces, capabilities, how the scheduler and the network behave;
//! * what the vendor brought back from newer kernels: such a box is better than it is played here;
//! * which processor a call came to when: the table has the first. 32-bit ARM got some of them years later.
//!
//! A program of another processor runs in qemu-user, whose own calls meet the filter. They are nearly the program's one by one, but
//! where qemu knows other means: it answers `statx` by `fstatat` where there is none, so that a program in qemu always has it.

use std::io;
use std::process::{Child, Command};
use std::thread;

use crate::diagnostic::{Diagnostic, Result};

/// What a kernel lacks that the newest ones have.
#[derive(Clone, Debug)]
pub(super) struct Floor {
    lacks: Vec<&'static Call>,
}

impl Floor {
    /// What a kernel of that version lacks: `2.6.32`, `4.14`, `3.10.108`. What follows the numbers, as in `4.4.59+`, tells nothing.
    ///
    /// # Errors
    /// If that is no version of a kernel.
    pub(super) fn of(kernel: &str) -> Result<Self> {
        let version = version(kernel).ok_or_else(|| {
            Diagnostic::error(format!("`{kernel}` is no version of a Linux kernel")).help("write it as in `3.10.108`")
        })?;
        Ok(Self { lacks: CALLS.iter().filter(|call| version < call.since).collect() })
    }

    /// Whether this machine can play any: it is Linux on x86-64, 64-bit ARM or RISC-V, and the kernel takes filters.
    ///
    /// # Errors
    /// Why it cannot, as a phrase: to follow `the old kernel is not played: `.
    pub(super) fn is_possible() -> Result<(), String> {
        // A thread of its own, since no filter is ever taken off again.
        let tried = thread::spawn(|| Self { lacks: CALLS.iter().collect() }.apply()).join();
        match tried {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err("a trial ended early".to_owned()),
        }
    }

    /// What it lacks, oldest first: names of system calls, and of what older calls have learned since, as in `madvise(MADV_FREE)`.
    pub(super) fn names(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self.lacks.iter().map(|call| call.name).collect();
        names.dedup();
        names
    }

    /// Those of [`names`](Self::names) that are system calls as a whole: they are answered with `ENOSYS`.
    #[cfg(test)]
    pub(super) fn calls(&self) -> Vec<&'static str> {
        self.lacks.iter().filter(|call| call.error == ENOSYS).map(|call| call.name).collect()
    }

    /// The same kernel, if it had the one of that [name](Self::names).
    #[must_use]
    pub(super) fn without(&self, name: &str) -> Self {
        self.having(&[name])
    }

    fn having(&self, names: &[&str]) -> Self {
        Self { lacks: self.lacks.iter().copied().filter(|call| !names.contains(&call.name)).collect() }
    }

    /// The one of its [names](Self::names) without which something does not work, for something that does not work on it as it is.
    ///
    /// `None` if it does not work without the floor either, or misses several at once. `works` is asked some nine times. Where any of
    /// several alone would be enough, one of them is found.
    pub(super) fn bisect(&self, mut works: impl FnMut(&Self) -> bool) -> Option<&'static str> {
        let names = self.names();
        let mut suspects = &*names;
        if !works(&self.having(suspects)) {
            return None;
        }
        while let [_, _, ..] = suspects {
            let (older, newer) = suspects.split_at(suspects.len() / 2);
            suspects = if works(&self.having(older)) { older } else { newer };
        }
        // If it takes one from each half, the search has ended at one that is not enough.
        suspects.first().copied().filter(|name| works(&self.without(name)))
    }

    /// Takes what it lacks from the thread that calls this, for good, and from all processes and threads that it starts from then on.
    ///
    /// Nothing in there gains rights by a set-user-ID program any more (`no_new_privs`): neither `sudo` nor `newuidmap` works. Programs
    /// for another kind of calls than the machine's own, such as 32-bit ones, are killed at their first.
    ///
    /// # Errors
    /// If this machine [cannot](Self::is_possible), or the kernel refuses.
    pub(super) fn apply(&self) -> io::Result<()> {
        filter::apply(&self.lacks)
    }

    /// Starts a program on it, and leaves the thread that calls this as it is.
    ///
    /// The program's parent is a thread that ends at once. It must not ask to be killed with its parent (`PR_SET_PDEATHSIG`, as
    /// `bwrap --die-with-parent` and `setpriv --pdeathsig` do): that would be now.
    ///
    /// # Errors
    /// As [`apply`](Self::apply), or if the program cannot be started.
    pub(super) fn spawn(&self, command: &mut Command) -> io::Result<Child> {
        thread::scope(|scope| {
            let start = || self.apply().and_then(|()| command.spawn());
            let started = thread::Builder::new().name("floor".to_owned()).spawn_scoped(scope, start)?;
            started.join().unwrap_or_else(|_| Err(io::Error::other("the thread that starts it ended early")))
        })
    }
}

/// A kernel's version; the last number is 0 where it has none.
type Version = (u16, u16, u16);

/// The numbers at a text's beginning: two or three, and before 3.0 a fourth for mended releases.
fn version(text: &str) -> Option<Version> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let numbers: Vec<u16> = text[..end].split('.').map(|number| number.parse().ok()).collect::<Option<_>>()?;
    match *numbers {
        [major, minor] => Some((major, minor, 0)),
        [major, minor, patch] | [major, minor, patch, _] => Some((major, minor, patch)),
        _ => None,
    }
}

/// A system call, or one use of it, that came after 2.6.32.
#[derive(Debug)]
struct Call {
    name: &'static str,
    since: Version,
    /// Its number on x86-64, if it is there.
    x86_64: u16,
    /// Its number on 64-bit ARM and RISC-V, if it is there.
    generic: u16,
    /// How a kernel before that answers it.
    error: u16,
    /// Which arguments it must have, all of them.
    only: &'static [Arg],
}

/// An argument's place from 0, which of its lower 32 bits are looked at, and what they are.
type Arg = (u8, u32, u32);

const fn call(name: &'static str, since: Version, x86_64: u16, generic: u16) -> Call {
    Call { name, since, x86_64, generic, error: ENOSYS, only: &[] }
}

const fn part(name: &'static str, since: Version, x86_64: u16, generic: u16, error: u16, only: &'static [Arg]) -> Call {
    Call { name, since, x86_64, generic, error, only }
}

/// All bits of an argument.
const ALL: u32 = u32::MAX;

/// Stands for a number where there is no such call.
const NONE: u16 = u16::MAX;

// Linux' error numbers, the same for all processors that are meant here; this is built elsewhere too.
const EISDIR: u16 = 21;
const EINVAL: u16 = 22;
const ENOSYS: u16 = 38;
const ENOPROTOOPT: u16 = 92;
const EOPNOTSUPP: u16 = 95;

#[cfg(all(
    target_os = "linux",
    target_endian = "little",
    any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")
))]
mod filter {
    use std::collections::{BTreeMap, BTreeSet};
    use std::io;

    use seccompiler::{
        BpfProgram, Error, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    };

    use super::{Call, ENOSYS, NONE};

    pub(super) fn apply(calls: &[&Call]) -> io::Result<()> {
        // A filter has one answer. `ENOSYS` comes last, for it may take `seccomp` itself.
        let mut errors: BTreeSet<_> = calls.iter().map(|call| (call.error == ENOSYS, call.error)).collect();
        while let Some((_, error)) = errors.pop_first() {
            let program = program(calls.iter().filter(|call| call.error == error), error).map_err(io::Error::other)?;
            seccompiler::apply_filter(&program).map_err(|error| match error {
                Error::Prctl(error) | Error::Seccomp(error) => {
                    io::Error::new(error.kind(), format!("the kernel takes no filter of system calls: {error}"))
                }
                error => io::Error::other(error),
            })?;
        }
        Ok(())
    }

    fn program<'a>(
        calls: impl Iterator<Item = &'a &'a Call>,
        error: u16,
    ) -> Result<BpfProgram, seccompiler::BackendError> {
        let mut rules: BTreeMap<i64, Vec<SeccompRule>> = BTreeMap::new();
        for call in calls {
            let number = if cfg!(target_arch = "x86_64") { call.x86_64 } else { call.generic };
            if number == NONE {
                continue;
            }
            let uses = rules.entry(number.into()).or_default();
            if !call.only.is_empty() {
                let conditions: Result<Vec<_>, _> = call
                    .only
                    .iter()
                    .map(|&(place, mask, value)| {
                        let same = SeccompCmpOp::MaskedEq(mask.into());
                        SeccompCondition::new(place, SeccompCmpArgLen::Dword, same, value.into())
                    })
                    .collect();
                uses.push(SeccompRule::new(conditions?)?);
            }
        }
        let answer = SeccompAction::Errno(error.into());
        SeccompFilter::new(rules, SeccompAction::Allow, answer, std::env::consts::ARCH.try_into()?)?.try_into()
    }
}

#[cfg(not(all(
    target_os = "linux",
    target_endian = "little",
    any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")
)))]
mod filter {
    use std::env::consts::{ARCH, OS};
    use std::io;

    use super::Call;

    pub(super) fn apply(_: &[&Call]) -> io::Result<()> {
        let reason = format!("there are no filters of system calls for {OS} on {ARCH}");
        Err(io::Error::new(io::ErrorKind::Unsupported, reason))
    }
}

/// Every call after 2.6.32, oldest first, by syscalls(2) of man-pages 6.03 up to Linux 5.14, where a call's own page does not say
/// otherwise (`membarrier` 4.3, `pkey_alloc` 4.9), and by the kernel's own history after that. The numbers are those of its
/// `syscall_64.tbl` and `asm-generic/unistd.h`; from 5.1 on they are the same.
#[rustfmt::skip]
static CALLS: &[Call] = &[
    call("recvmmsg", (2, 6, 33), 299, 243),
    part("fcntl(F_SETPIPE_SZ)", (2, 6, 35), 72, 25, EINVAL, &[(1, ALL, 1031)]),
    call("prlimit64", (2, 6, 36), 302, 261),
    call("fanotify_init", (2, 6, 37), 300, 262),
    call("fanotify_mark", (2, 6, 37), 301, 263),
    part("setsockopt(TCP_USER_TIMEOUT)", (2, 6, 37), 54, 208, ENOPROTOOPT, &[(1, ALL, 6), (2, ALL, 18)]),
    part("fallocate(FALLOC_FL_PUNCH_HOLE)", (2, 6, 38), 285, 47, EOPNOTSUPP, &[(1, 0x02, 0x02)]),
    part("madvise(MADV_HUGEPAGE)", (2, 6, 38), 28, 233, EINVAL, &[(2, ALL, 14)]),
    part("madvise(MADV_NOHUGEPAGE)", (2, 6, 38), 28, 233, EINVAL, &[(2, ALL, 15)]),
    call("clock_adjtime", (2, 6, 39), 305, 266),
    call("name_to_handle_at", (2, 6, 39), 303, 264),
    call("open_by_handle_at", (2, 6, 39), 304, 265),
    call("syncfs", (2, 6, 39), 306, 267),
    call("sendmmsg", (3, 0, 0), 307, 269),
    call("setns", (3, 0, 0), 308, 268),
    part("lseek(SEEK_DATA)", (3, 1, 0), 8, 62, EINVAL, &[(2, ALL, 3)]),
    part("lseek(SEEK_HOLE)", (3, 1, 0), 8, 62, EINVAL, &[(2, ALL, 4)]),
    call("process_vm_readv", (3, 2, 0), 310, 270),
    call("process_vm_writev", (3, 2, 0), 311, 271),
    part("madvise(MADV_DONTDUMP)", (3, 4, 0), 28, 233, EINVAL, &[(2, ALL, 16)]),
    call("kcmp", (3, 5, 0), 312, 272),
    part("setsockopt(TCP_FASTOPEN)", (3, 7, 0), 54, 208, ENOPROTOOPT, &[(1, ALL, 6), (2, ALL, 23)]),
    call("finit_module", (3, 8, 0), 313, 273),
    part("setsockopt(SO_REUSEPORT)", (3, 9, 0), 54, 208, ENOPROTOOPT, &[(1, ALL, 1), (2, ALL, 15)]),
    part("setsockopt(SO_REUSEPORT)", (3, 9, 0), 55, 209, ENOPROTOOPT, &[(1, ALL, 1), (2, ALL, 15)]),
    part("openat(O_TMPFILE)", (3, 11, 0), 2, NONE, EISDIR, &[(1, 0o20_000_000, 0o20_000_000)]),
    part("openat(O_TMPFILE)", (3, 11, 0), 257, 56, EISDIR, &[(2, 0o20_000_000, 0o20_000_000)]),
    part("setsockopt(SO_BUSY_POLL)", (3, 11, 0), 54, 208, ENOPROTOOPT, &[(1, ALL, 1), (2, ALL, 46)]),
    call("sched_getattr", (3, 14, 0), 315, 275),
    call("sched_setattr", (3, 14, 0), 314, 274),
    call("renameat2", (3, 15, 0), 316, 276),
    part("fallocate(FALLOC_FL_COLLAPSE_RANGE)", (3, 15, 0), 285, 47, EOPNOTSUPP, &[(1, 0x08, 0x08)]),
    part("fallocate(FALLOC_FL_ZERO_RANGE)", (3, 15, 0), 285, 47, EOPNOTSUPP, &[(1, 0x10, 0x10)]),
    part("fcntl(F_OFD_GETLK)", (3, 15, 0), 72, 25, EINVAL, &[(1, ALL, 36)]),
    part("fcntl(F_OFD_SETLK)", (3, 15, 0), 72, 25, EINVAL, &[(1, ALL, 37)]),
    part("fcntl(F_OFD_SETLKW)", (3, 15, 0), 72, 25, EINVAL, &[(1, ALL, 38)]),
    part("timerfd_create(CLOCK_BOOTTIME)", (3, 15, 0), 283, 85, EINVAL, &[(0, ALL, 7)]),
    call("getrandom", (3, 17, 0), 318, 278),
    call("kexec_file_load", (3, 17, 0), 320, 294),
    call("memfd_create", (3, 17, 0), 319, 279),
    call("seccomp", (3, 17, 0), 317, 277),
    call("bpf", (3, 18, 0), 321, 280),
    call("execveat", (3, 19, 0), 322, 281),
    part("fallocate(FALLOC_FL_INSERT_RANGE)", (4, 1, 0), 285, 47, EOPNOTSUPP, &[(1, 0x20, 0x20)]),
    part("setsockopt(IP_BIND_ADDRESS_NO_PORT)", (4, 2, 0), 54, 208, ENOPROTOOPT, &[(1, ALL, 0), (2, ALL, 24)]),
    call("membarrier", (4, 3, 0), 324, 283),
    call("userfaultfd", (4, 3, 0), 323, 282),
    call("mlock2", (4, 4, 0), 325, 284),
    call("copy_file_range", (4, 5, 0), 326, 285),
    part("madvise(MADV_FREE)", (4, 5, 0), 28, 233, EINVAL, &[(2, ALL, 8)]),
    call("preadv2", (4, 6, 0), 327, 286),
    call("pwritev2", (4, 6, 0), 328, 287),
    call("pkey_alloc", (4, 9, 0), 330, 289),
    call("pkey_free", (4, 9, 0), 331, 290),
    call("pkey_mprotect", (4, 9, 0), 329, 288),
    call("statx", (4, 11, 0), 332, 291),
    part("setsockopt(TCP_FASTOPEN_CONNECT)", (4, 11, 0), 54, 208, ENOPROTOOPT, &[(1, ALL, 6), (2, ALL, 30)]),
    part("madvise(MADV_WIPEONFORK)", (4, 14, 0), 28, 233, EINVAL, &[(2, ALL, 18)]),
    part("mmap(MAP_SHARED_VALIDATE)", (4, 15, 0), 9, 222, EINVAL, &[(3, 0x0f, 0x03)]),
    call("io_pgetevents", (4, 18, 0), 333, 292),
    call("rseq", (4, 18, 0), 334, 293),
    call("io_uring_enter", (5, 1, 0), 426, 426),
    call("io_uring_register", (5, 1, 0), 427, 427),
    call("io_uring_setup", (5, 1, 0), 425, 425),
    call("pidfd_send_signal", (5, 1, 0), 424, 424),
    call("fsconfig", (5, 2, 0), 431, 431),
    call("fsmount", (5, 2, 0), 432, 432),
    call("fsopen", (5, 2, 0), 430, 430),
    call("fspick", (5, 2, 0), 433, 433),
    call("move_mount", (5, 2, 0), 429, 429),
    call("open_tree", (5, 2, 0), 428, 428),
    call("clone3", (5, 3, 0), 435, 435),
    call("pidfd_open", (5, 3, 0), 434, 434),
    part("madvise(MADV_COLD)", (5, 4, 0), 28, 233, EINVAL, &[(2, ALL, 20)]),
    part("madvise(MADV_PAGEOUT)", (5, 4, 0), 28, 233, EINVAL, &[(2, ALL, 21)]),
    call("openat2", (5, 6, 0), 437, 437),
    call("pidfd_getfd", (5, 6, 0), 438, 438),
    call("faccessat2", (5, 8, 0), 439, 439),
    call("close_range", (5, 9, 0), 436, 436),
    call("process_madvise", (5, 10, 0), 440, 440),
    call("epoll_pwait2", (5, 11, 0), 441, 441),
    call("mount_setattr", (5, 12, 0), 442, 442),
    call("landlock_add_rule", (5, 13, 0), 445, 445),
    call("landlock_create_ruleset", (5, 13, 0), 444, 444),
    call("landlock_restrict_self", (5, 13, 0), 446, 446),
    call("memfd_secret", (5, 14, 0), 447, 447),
    call("quotactl_fd", (5, 14, 0), 443, 443),
    part("madvise(MADV_POPULATE_READ)", (5, 14, 0), 28, 233, EINVAL, &[(2, ALL, 22)]),
    part("madvise(MADV_POPULATE_WRITE)", (5, 14, 0), 28, 233, EINVAL, &[(2, ALL, 23)]),
    call("process_mrelease", (5, 15, 0), 448, 448),
    call("futex_waitv", (5, 16, 0), 449, 449),
    call("set_mempolicy_home_node", (5, 17, 0), 450, 450),
    part("madvise(MADV_COLLAPSE)", (6, 1, 0), 28, 233, EINVAL, &[(2, ALL, 25)]),
    call("cachestat", (6, 5, 0), 451, 451),
    call("fchmodat2", (6, 6, 0), 452, 452),
    call("map_shadow_stack", (6, 6, 0), 453, NONE),
    call("futex_wake", (6, 7, 0), 454, 454),
    call("futex_wait", (6, 7, 0), 455, 455),
    call("futex_requeue", (6, 7, 0), 456, 456),
    call("statmount", (6, 8, 0), 457, 457),
    call("listmount", (6, 8, 0), 458, 458),
    call("lsm_get_self_attr", (6, 8, 0), 459, 459),
    call("lsm_set_self_attr", (6, 8, 0), 460, 460),
    call("lsm_list_modules", (6, 8, 0), 461, 461),
    call("mseal", (6, 10, 0), 462, 462),
    call("uretprobe", (6, 11, 0), 335, NONE),
    call("setxattrat", (6, 13, 0), 463, 463),
    call("getxattrat", (6, 13, 0), 464, 464),
    call("listxattrat", (6, 13, 0), 465, 465),
    call("removexattrat", (6, 13, 0), 466, 466),
    call("open_tree_attr", (6, 15, 0), 467, 467),
    call("file_getattr", (6, 17, 0), 468, 468),
    call("file_setattr", (6, 17, 0), 469, 469),
];

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::ErrorKind;

    use super::*;

    fn lacks(kernel: &str, name: &str) -> bool {
        Floor::of(kernel).unwrap().names().contains(&name)
    }

    /// Whether threads can be put on a floor here. Tests that need it end otherwise.
    fn possible() -> bool {
        let possible = Floor::is_possible();
        if let Err(reason) = &possible {
            eprintln!("note: the old kernel is not played: {reason}");
        }
        possible.is_ok()
    }

    #[test]
    fn a_kernel_lacks_what_came_after_it() {
        assert!(lacks("3.10.108", "getrandom"));
        assert!(lacks("3.16.85", "getrandom"));
        assert!(!lacks("3.17", "getrandom"));
        assert!(!lacks("4.4.59+", "getrandom"));
        assert!(lacks("2.6.32.12", "recvmmsg") && !lacks("2.6.33", "recvmmsg"));
        assert!(lacks("3.8.13", "setsockopt(SO_REUSEPORT)") && !lacks("3.10.108", "setsockopt(SO_REUSEPORT)"));
        assert!(Floor::of("99.0").unwrap().names().is_empty());

        for wrong in ["", "3", "3.", "v3.10", "three", "3.10.", "99999.1"] {
            assert!(Floor::of(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_whole_calls_are_not_there_at_all() {
        let floor = Floor::of("3.10.108").unwrap();
        assert!(floor.calls().contains(&"statx"));
        assert!(floor.names().contains(&"madvise(MADV_FREE)"));
        assert!(!floor.calls().contains(&"madvise(MADV_FREE)"));
    }

    #[test]
    fn the_kernel_of_every_device_can_be_read() {
        for vendor in crate::model::VendorId::ALL {
            for kernel in crate::vendor::vendor(vendor).devices().iter().filter_map(|device| device.kernel) {
                assert!(Floor::of(kernel).is_ok(), "{kernel}");
            }
        }
    }

    #[test]
    fn the_table_is_in_order_and_has_no_number_twice() {
        assert!(CALLS.is_sorted_by_key(|call| call.since));
        for number in [|call: &Call| call.x86_64, |call: &Call| call.generic] {
            let mut whole: Vec<_> =
                CALLS.iter().filter(|call| call.only.is_empty()).map(number).filter(|&it| it != NONE).collect();
            let count = whole.len();
            whole.sort_unstable();
            whole.dedup();
            assert_eq!(whole.len(), count);
            // A call that is not there at all has no uses.
            assert!(CALLS.iter().filter(|call| !call.only.is_empty()).all(|call| !whole.contains(&number(call))));
        }
    }

    #[test]
    fn a_thread_on_the_floor_is_told_that_there_is_no_such_call() {
        if !possible() {
            return;
        }
        // The standard library learns of a file's creation by `statx` alone, of 4.11.
        let created = |kernel: &'static str| {
            let on_floor = move || {
                Floor::of(kernel).unwrap().apply().unwrap();
                fs::metadata(std::env::current_exe().unwrap()).unwrap().created()
            };
            thread::spawn(on_floor).join().unwrap()
        };
        assert_eq!(created("4.10").unwrap_err().kind(), ErrorKind::Unsupported);
        let here = fs::metadata(std::env::current_exe().unwrap()).unwrap().created();
        assert_eq!(created("4.11").is_ok(), here.is_ok());
    }

    #[test]
    fn a_use_of_an_older_call_is_refused_and_its_other_uses_are_not() {
        if !possible() {
            return;
        }
        let refused = part("fcntl(F_DUPFD_CLOEXEC)", (0, 0, 0), 72, 25, EINVAL, &[(1, ALL, 1030)]);
        let refused: &'static Call = Box::leak(Box::new(refused));
        let on_floor = move || {
            let file = fs::File::open(std::env::current_exe().unwrap()).unwrap();
            Floor { lacks: vec![refused] }.apply().unwrap();
            // Opening asks `fcntl` nothing, or for other things.
            (file.try_clone().map_err(|error| error.raw_os_error()), fs::read_dir("/").is_ok())
        };
        let (cloned, others) = thread::spawn(on_floor).join().unwrap();
        assert_eq!(cloned.unwrap_err(), Some(i32::from(EINVAL)));
        assert!(others);
    }

    #[test]
    fn a_program_is_started_on_the_floor_and_its_caller_is_not() {
        if !possible() {
            return;
        }
        let Some(busybox) = crate::toolchain::tools::on_path("busybox") else {
            eprintln!("note: no busybox here: no program is started on an old kernel");
            return;
        };
        let filters = |text: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix("Seccomp_filters:"));
            line.and_then(|count| count.trim().parse::<usize>().ok())
        };
        let mut command = Command::new(busybox);
        command.args(["cat", "/proc/self/status"]).stdout(std::process::Stdio::piped());
        let here = || fs::read_to_string("/proc/thread-self/status").unwrap();
        let before = filters(&here());
        let child = Floor::of("3.10.108").unwrap().spawn(&mut command).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success());
        assert_eq!(filters(&here()), before);
        // Kernels before 5.9 do not tell how many there are.
        if let (Some(there), Some(before)) = (filters(&String::from_utf8(output.stdout).unwrap()), before) {
            assert!(there > before, "{there} filters instead of more than {before}");
        }
    }

    #[test]
    fn the_one_call_that_something_needs_is_found() {
        let floor = Floor::of("3.10.108").unwrap();
        let names = floor.names();
        for &needed in &names {
            let mut asked = 0;
            let found = floor.bisect(|floor| {
                asked += 1;
                !floor.names().contains(&needed)
            });
            assert_eq!(found, Some(needed));
            assert!(asked <= 10, "{asked}");
        }
        assert_eq!(floor.bisect(|_| false), None);
        let both = |floor: &Floor| ["getrandom", "statx"].iter().all(|name| !floor.names().contains(name));
        assert_eq!(floor.bisect(both), None);
        let either = |floor: &Floor| ["getrandom", "statx"].iter().any(|name| !floor.names().contains(name));
        assert!(matches!(floor.bisect(either), Some("getrandom" | "statx")));
    }
}
