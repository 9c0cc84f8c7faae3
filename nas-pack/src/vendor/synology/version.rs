//! Versions as DSM 7 reads them: numbers only, with a build number that tells pre-releases and rebuilds apart.

use std::fmt;

/// Build numbers of finished releases begin here, below them those of each kind of pre-release.
const RELEASE: u32 = 9000;
const STAGES: [(&str, u32); 3] = [("alpha", 1000), ("beta", 3000), ("rc", 5000)];

/// How many build numbers a kind of pre-release has, and how many of them belong to each `alpha.N`.
const STAGE: u32 = 2000;
const STEP: u32 = 10;

/// The largest `N`: one step below the stage's end, since `alpha` without a number has the first step.
const LAST: u32 = STAGE / STEP - 2;

/// A larger number in any place makes DSM 7 claim that the package needs a newer DSM.
const LARGEST: u32 = i32::MAX as u32;

/// Why a version has no counterpart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unmappable {
    PreRelease,
    Number,
    Revision,
}

impl fmt::Display for Unmappable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PreRelease => {
                write!(f, "a pre-release must be `alpha`, `beta` or `rc`, with at most `.N` up to {LAST}")
            }
            Self::Number => write!(f, "no number may exceed {LARGEST}"),
            Self::Revision => write!(f, "a pre-release can be packaged anew {} times", STEP - 1),
        }
    }
}

/// `1.2.3` → `1.2.3-9000`, revision 4 of it → `1.2.3-9004`, `1.2.3-beta.2` → `1.2.3-3030`. A later version or revision is
/// always greater, so that DSM offers it as an update.
pub(super) fn map(version: &semver::Version, revision: u32) -> Result<String, Unmappable> {
    let semver::Version { major, minor, patch, pre, .. } = version;
    if [major, minor, patch].into_iter().any(|&number| number > LARGEST.into()) {
        return Err(Unmappable::Number);
    }
    let build = if pre.is_empty() {
        RELEASE.checked_add(revision).filter(|&build| build <= LARGEST).ok_or(Unmappable::Number)?
    } else if revision < STEP {
        stage(pre.as_str()).ok_or(Unmappable::PreRelease)? + revision
    } else {
        return Err(Unmappable::Revision);
    };
    Ok(format!("{major}.{minor}.{patch}-{build}"))
}

fn stage(pre: &str) -> Option<u32> {
    let (name, number) = match pre.split_once('.') {
        Some((name, number)) => (name, Some(number.parse::<u32>().ok().filter(|&number| number <= LAST)?)),
        None => (pre, None),
    };
    let (_, base) = STAGES.into_iter().find(|(stage, _)| *stage == name)?;
    Some(base + number.map_or(0, |number| (number + 1) * STEP))
}

/// Whether DSM 7 takes it: `^\d+(\.\d+){0,5}(-\d+)?$`, each number up to 2147483647.
pub(super) fn is_valid(version: &str) -> bool {
    let (feature, build) = match version.split_once('-') {
        Some((feature, build)) => (feature, Some(build)),
        None => (version, None),
    };
    let parts: Vec<_> = feature.split('.').chain(build).collect();
    feature.split('.').count() <= 6 && parts.into_iter().all(|part| number(part).is_some())
}

/// A DSM version as INFO has it, such as `7.0-40000` or `7.2.1-69057`: major, minor and build.
pub(super) fn dsm(version: &str) -> Option<(u32, u32, u32)> {
    let (feature, build) = version.split_once('-')?;
    let parts: Vec<_> = feature.split('.').map(number).collect::<Option<_>>()?;
    match parts[..] {
        [major, minor] | [major, minor, _] => Some((major, minor, number(build)?)),
        _ => None,
    }
}

fn number(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok())?.filter(|&number| number <= LARGEST)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use semver::{BuildMetadata, Prerelease, Version};

    use super::*;

    fn mapped(version: &str, revision: u32) -> Result<String, Unmappable> {
        map(&version.parse().unwrap(), revision)
    }

    #[test]
    fn examples() {
        assert_eq!(mapped("1.2.3", 0).unwrap(), "1.2.3-9000");
        assert_eq!(mapped("1.2.3+git.5", 4).unwrap(), "1.2.3-9004");
        assert_eq!(mapped("1.2.3-alpha", 0).unwrap(), "1.2.3-1000");
        assert_eq!(mapped("1.2.3-beta.2", 1).unwrap(), "1.2.3-3031");
        assert_eq!(mapped("1.2.3-rc.198", 9).unwrap(), "1.2.3-6999");
        for bad in ["1.2.3-rc.199", "1.2.3-beta2", "1.2.3-nightly", "1.2.3-rc.1.2", "1.2.3-rc.x", "1.2.3-RC.1"] {
            assert_eq!(mapped(bad, 0), Err(Unmappable::PreRelease), "{bad}");
        }
        assert_eq!(mapped("1.2.3-rc.1", 10), Err(Unmappable::Revision));
        assert_eq!(mapped("1.2.2147483648", 0), Err(Unmappable::Number));
        assert_eq!(mapped("1.2.3", u32::MAX), Err(Unmappable::Number));
    }

    #[test]
    fn what_dsm_takes() {
        for good in ["1", "1.2.3", "1.2.3-0004", "2026.1.2.3.4.5-2147483647"] {
            assert!(is_valid(good), "{good}");
        }
        for bad in ["", "1.2.3-beta.2", "2.7.0-2.3", "1.2.3-2147483648", "1.2.3.4.5.6.7", "v1", "1..2", "1-", "1 "] {
            assert!(!is_valid(bad), "{bad}");
        }
        assert_eq!(dsm("7.0-40000"), Some((7, 0, 40000)));
        assert_eq!(dsm("6.0.1-7445"), Some((6, 0, 7445)));
        assert!(["7.0", "7-40000", "7.0-", "7.0.1.2-3", "DSM 7.0-40000"].map(dsm).iter().all(Option::is_none));
    }

    /// A version with the parts that decide its order, the revision last.
    fn versions() -> impl Strategy<Value = (Version, u32)> {
        let pre = prop_oneof![
            3 => Just(String::new()),
            3 => (proptest::sample::select(vec!["alpha", "beta", "rc"]), proptest::option::of(0..=LAST))
                .prop_map(|(stage, number)| number.map_or(stage.to_owned(), |number| format!("{stage}.{number}"))),
        ];
        ((0..3_u64, 0..3_u64, 0..=u64::from(LARGEST)), pre, 0..STEP).prop_map(
            |((major, minor, patch), pre, revision)| {
                let pre = Prerelease::new(&pre).unwrap();
                (Version { major, minor, patch: patch.min(3), pre, build: BuildMetadata::EMPTY }, revision)
            },
        )
    }

    proptest! {
        #[test]
        fn order_is_kept(left in versions(), right in versions()) {
            let numbers = |(version, revision): &(Version, u32)| {
                let mapped = map(version, *revision).unwrap();
                assert!(is_valid(&mapped), "{mapped}");
                mapped.split(['.', '-']).map(|number| number.parse::<u32>().unwrap()).collect::<Vec<_>>()
            };
            prop_assert_eq!(numbers(&left).cmp(&numbers(&right)), left.cmp(&right));
        }
    }
}
