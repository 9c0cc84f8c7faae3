//! Versions as DSM 7 reads them: numbers only, with a build number that tells pre-releases and rebuilds apart.

/// Build numbers of finished releases begin here, below them those of each kind of pre-release.
const RELEASE: u32 = 9000;
const STAGES: [(&str, u32); 3] = [("alpha", 1000), ("beta", 3000), ("rc", 5000)];

/// How many build numbers a kind of pre-release has, and how many of them belong to each `alpha.N`.
const STAGE: u32 = 2000;
const STEP: u32 = 10;

/// The largest `N`: one step below the stage's end, since `alpha` without a number has the first step.
const LAST: u32 = STAGE / STEP - 2;

/// The place of pre-releases that begin with a number, which come before all with letters, and of words before `alpha`.
const NUMBERED: u32 = 10;
const BEFORE_ALPHA: u32 = 500;

/// A larger number in any place makes DSM 7 claim that the package needs a newer DSM.
const LARGEST: u32 = i32::MAX as u32;

/// A version in DSM's form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mapped {
    pub(super) version: String,
    /// Why another version or revision may have the same numbers.
    pub(super) shared: Option<Shared>,
}

/// Why two versions share their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shared {
    /// A pre-release that is not `alpha`, `beta` or `rc` with at most one number.
    PreRelease,
    /// A number that is too large.
    Number,
    /// More revisions than a pre-release has numbers for.
    Revision,
}

impl Shared {
    pub(super) fn reason(self) -> String {
        match self {
            Self::PreRelease => {
                format!("only `alpha`, `beta` and `rc`, with at most `.N` up to {LAST}, have numbers of their own")
            }
            Self::Number => format!("no number may exceed {LARGEST}, and larger ones count as that"),
            Self::Revision => format!("a pre-release has numbers for {} revisions", STEP - 1),
        }
    }
}

/// `1.2.3` → `1.2.3-9000`, revision 4 of it → `1.2.3-9004`, `1.2.3-beta.2` → `1.2.3-3030`.
///
/// Every version has a counterpart, and none is less than that of an earlier version. It is greater, so that DSM offers it as an
/// update, unless [`Mapped::shared`] says otherwise of one of the two.
pub(super) fn map(version: &semver::Version, revision: u32) -> Mapped {
    let semver::Version { major, minor, patch, pre, .. } = version;
    let mut numbers = [*major, *minor, *patch].map(|number| u32::try_from(number).unwrap_or(u32::MAX));
    if let Some(first) = numbers.iter().position(|&number| number > LARGEST) {
        // What comes behind it must not tell two versions apart that differ in it, and no later version may be less.
        numbers[first..].fill(LARGEST);
        return Mapped { version: joined(numbers, LARGEST), shared: Some(Shared::Number) };
    }
    if pre.is_empty() {
        let build = RELEASE.saturating_add(revision);
        let shared = (build > LARGEST).then_some(Shared::Number);
        return Mapped { version: joined(numbers, build.min(LARGEST)), shared };
    }
    let (build, is_own) = stage(pre.as_str());
    let shared = match (is_own, revision < STEP) {
        (false, _) => Some(Shared::PreRelease),
        (true, false) => Some(Shared::Revision),
        (true, true) => None,
    };
    Mapped { version: joined(numbers, build + revision.min(STEP - 1)), shared }
}

fn joined([major, minor, patch]: [u32; 3], build: u32) -> String {
    format!("{major}.{minor}.{patch}-{build}")
}

/// The first build number of a pre-release, and whether it is its alone. The order is that of semantic versions: numbers come
/// before words, words are in the order of their letters, and more parts come after fewer.
fn stage(pre: &str) -> (u32, bool) {
    let (name, rest) = match pre.split_once('.') {
        Some((name, rest)) => (name, Some(rest)),
        None => (pre, None),
    };
    if name.bytes().all(|byte| byte.is_ascii_digit()) {
        let most = BEFORE_ALPHA / STEP - 2;
        return (NUMBERED + name.parse::<u32>().map_or(most, |number| number.min(most)) * STEP, false);
    }
    // The last kind that does not come after it.
    let Some((kind, base)) = STAGES.into_iter().rfind(|(kind, _)| *kind <= name) else { return (BEFORE_ALPHA, false) };
    let last = base + (LAST + 1) * STEP;
    if kind != name {
        // Behind everything of that kind, and before the next.
        return (last, false);
    }
    let Some(rest) = rest else { return (base, true) };
    let (number, further) = match rest.split_once('.') {
        Some((number, _)) => (number, true),
        None => (rest, false),
    };
    match number.parse::<u32>() {
        Ok(number) if number <= LAST => (base + (number + 1) * STEP, !further),
        _ => (last, false),
    }
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

/// Whether DSM 5 and 6 take it: numbers with `.`, `-` or `_` between them (guide, INFO).
pub(super) fn is_valid_before_7(version: &str) -> bool {
    version.split(['.', '-', '_']).all(|part| number(part).is_some())
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

    fn mapped(version: &str, revision: u32) -> (String, Option<Shared>) {
        let Mapped { version, shared } = map(&version.parse().unwrap(), revision);
        (version, shared)
    }

    #[test]
    fn examples() {
        let own = |version: &str, revision| {
            let (mapped, shared) = mapped(version, revision);
            assert_eq!(shared, None, "{version}");
            mapped
        };
        assert_eq!(own("1.2.3", 0), "1.2.3-9000");
        assert_eq!(own("1.2.3+git.5", 4), "1.2.3-9004");
        assert_eq!(own("1.2.3-alpha", 0), "1.2.3-1000");
        assert_eq!(own("1.2.3-beta.2", 1), "1.2.3-3031");
        assert_eq!(own("1.2.3-rc.198", 9), "1.2.3-6999");

        let other = Some(Shared::PreRelease);
        assert_eq!(mapped("1.2.3-0.3.7", 0), ("1.2.3-10".to_owned(), other));
        assert_eq!(mapped("1.2.3-RC.1", 0), ("1.2.3-500".to_owned(), other));
        assert_eq!(mapped("1.2.3-alpha.5.1", 0), ("1.2.3-1060".to_owned(), other));
        assert_eq!(mapped("1.2.3-nightly.4", 0), ("1.2.3-4990".to_owned(), other));
        assert_eq!(mapped("1.2.3-rc.199", 3), ("1.2.3-6993".to_owned(), other));
        assert_eq!(mapped("0.0.0-pr12", 0), ("0.0.0-4990".to_owned(), other));
        assert_eq!(mapped("1.2.3-rc.1", 10), ("1.2.3-5029".to_owned(), Some(Shared::Revision)));
        let number = Some(Shared::Number);
        assert_eq!(mapped("1.2147483648.3", 0), ("1.2147483647.2147483647-2147483647".to_owned(), number));
        assert_eq!(mapped("1.2.3", u32::MAX), ("1.2.3-2147483647".to_owned(), number));
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

    /// Numbers where something changes, and any other.
    fn numbers() -> impl Strategy<Value = u64> {
        let limits = [u64::from(LARGEST) - 1, u64::from(LARGEST), u64::from(LARGEST) + 1, u64::MAX];
        prop_oneof![4 => 0..3_u64, 1 => proptest::sample::select(limits.to_vec()), 1 => any::<u64>()]
    }

    fn pre_releases() -> impl Strategy<Value = String> {
        let words =
            ["alpha", "beta", "rc", "alpha1", "alph", "Beta", "betaz", "nightly", "pr12", "rc2", "zz", "-", "0a"];
        let part = prop_oneof![
            4 => proptest::sample::select(words.to_vec()).prop_map(str::to_owned),
            2 => (0..=LAST + 2).prop_map(|number| number.to_string()),
            1 => "[0-9A-Za-z-]{0,4}[A-Za-z-][0-9A-Za-z-]{0,2}",
            1 => any::<u64>().prop_map(|number| number.to_string()),
        ];
        proptest::collection::vec(part, 0..4).prop_map(|parts| parts.join("."))
    }

    fn versions() -> impl Strategy<Value = Version> {
        (numbers(), numbers(), numbers(), pre_releases()).prop_map(|(major, minor, patch, pre)| Version {
            major,
            minor,
            patch,
            pre: Prerelease::new(&pre).unwrap(),
            build: BuildMetadata::EMPTY,
        })
    }

    fn parts(mapped: &str) -> Vec<u32> {
        assert!(is_valid(mapped), "{mapped}");
        mapped.split(['.', '-']).map(|number| number.parse().unwrap()).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        /// A later version is never less, and greater where nothing else was said.
        #[test]
        fn order_is_kept(left in versions(), right in versions(), revision in 0..STEP) {
            let (a, b) = (map(&left, revision), map(&right, revision));
            let (least, most) = if left <= right { (&a, &b) } else { (&b, &a) };
            prop_assert!(parts(&least.version) <= parts(&most.version), "{left} {right} {a:?} {b:?}");
            if left != right && a.shared.is_none() && b.shared.is_none() {
                prop_assert_ne!(&a.version, &b.version, "{} {}", left, right);
            }
        }

        /// So is a later revision.
        #[test]
        fn revisions_are_later(version in versions(), left in any::<u32>(), right in any::<u32>()) {
            let (least, most) = (map(&version, left.min(right)), map(&version, left.max(right)));
            prop_assert!(parts(&least.version) <= parts(&most.version));
        }
    }
}
