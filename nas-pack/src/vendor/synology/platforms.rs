//! The words of INFO's `arch`, by generation: one table for writing them and for understanding those of others.
//!
//! Boards are from spksrc's toolchains for DSM 5.2, 6.1 to 6.2.4 and 7.0 to 7.3, and from the platform appendix of the vendor's
//! guides; what a family stands for is said by the DSM 7 guide, Appendix A.

use super::generation::Dsm;
use crate::model::Arch;

/// The word that stands for every board.
pub(super) const ANY: &str = "noarch";

/// Since this DSM the boards with Armada 370, 375, XP and Comcerto are no longer supported.
const FEWER_ARMV7: (u32, u32) = (7, 2);

/// Boards that run the same binaries.
#[derive(Debug)]
pub(super) struct Platform {
    /// What they run of ours, if anything.
    pub(super) arch: Option<Arch>,
    /// The word that stands for them, which no DSM before 6 knows.
    pub(super) family: &'static str,
    /// The boards that the family word leaves out, and so must be named beside it.
    beside: &'static str,
    /// The boards of DSM 5, 6 and 7. Empty where there are none.
    boards: [&'static str; 3],
    /// Further words that are seen in packages.
    also: &'static str,
}

pub(super) static PLATFORMS: [Platform; 7] = [
    Platform {
        arch: Some(Arch::X86_64),
        family: "x86_64",
        beside: "",
        boards: [
            "x86 apollolake avoton braswell broadwell broadwellnk bromolow cedarview denverton dockerx64 grantley kvmx64",
            "x86 apollolake avoton braswell broadwell broadwellnk broadwellntbap bromolow cedarview denverton dockerx64 \
             geminilake grantley kvmx64 purley v1000",
            "apollolake avoton braswell broadwell broadwellnk broadwellnkv2 broadwellntbap bromolow cedarview denverton epyc7002 \
             geminilake geminilakenk grantley icelaked kvmx64 purley r1000 r1000nk v1000 v1000nk",
        ],
        also: "broadwellntb coffeelake epyc7003 kvmcloud skylaked",
    },
    Platform {
        arch: Some(Arch::Aarch64),
        family: "armv8",
        beside: "",
        boards: ["", "armada37xx rtd1296", "armada37xx rtd1296 rtd1619b"],
        also: "aarch64 rtd1619",
    },
    Platform {
        arch: Some(Arch::Armhf),
        family: "armv7",
        beside: "armada370 armada375 armada38x armadaxp comcerto2k monaco",
        boards: [
            "alpine alpine4k armada370 armada375 armada38x armadaxp comcerto2k monaco",
            "alpine alpine4k armada370 armada375 armada38x armadaxp comcerto2k monaco",
            "alpine alpine4k armada370 armada375 armada38x armadaxp comcerto2k monaco",
        ],
        also: "",
    },
    Platform { arch: None, family: "hi3535", beside: "", boards: ["", "hi3535", ""], also: "" },
    Platform {
        arch: None,
        family: "armv5",
        beside: "",
        boards: ["88f6281 88f6282", "88f6281 88f6282", ""],
        also: "88f628x",
    },
    Platform { arch: None, family: "i686", beside: "", boards: ["evansport", "evansport", "evansport"], also: "" },
    Platform {
        arch: None,
        family: "ppc",
        beside: "",
        boards: ["qoriq ppc853x", "qoriq ppc853x", ""],
        also: "powerpc ppc824x ppc854x",
    },
];

/// The 32-bit ARM boards that DSM 7.2 still runs on.
const ARMV7_LATER: &str = "alpine alpine4k armada38x monaco";

impl Platform {
    /// Its boards in a generation, from a release on.
    pub(super) fn boards(&self, dsm: Dsm, oldest: (u32, u32)) -> impl Iterator<Item = &'static str> + use<> {
        let boards = match dsm {
            Dsm::V5 => self.boards[0],
            Dsm::V6 => self.boards[1],
            Dsm::V7 if self.arch == Some(Arch::Armhf) && oldest >= FEWER_ARMV7 => ARMV7_LATER,
            Dsm::V7 => self.boards[2],
        };
        boards.split_whitespace()
    }

    /// Whether the family word stands for a board. It stands for later ones too, which lists of boards cannot name yet.
    pub(super) fn covers(&self, board: &str) -> bool {
        !self.beside.split_whitespace().any(|other| other == board)
    }

    /// Whether a word means some or all of its boards.
    fn has(&self, word: &str) -> bool {
        let mut words = self.boards.iter().chain([&self.also]).flat_map(|list| list.split_whitespace());
        self.family == word || words.any(|known| known == word)
    }
}

/// The value of `arch` for every board that runs these binaries: the family and what it leaves out, or for DSM 5 every board.
pub(super) fn words(arch: Option<Arch>, dsm: Dsm, oldest: (u32, u32)) -> String {
    let Some(platform) = arch.and_then(|arch| PLATFORMS.iter().find(|platform| platform.arch == Some(arch))) else {
        return ANY.to_owned();
    };
    let boards = platform.boards(dsm, oldest);
    let words: Vec<_> = match dsm {
        Dsm::V5 => boards.collect(),
        Dsm::V6 | Dsm::V7 => {
            std::iter::once(platform.family).chain(boards.filter(|board| !platform.covers(board))).collect()
        }
    };
    words.join(" ")
}

/// The words of `arch`. There are not a hundred boards; what a stranger's package names beyond is not looked at.
pub(super) fn words_of(arch: &str) -> impl Iterator<Item = &str> {
    arch.split_whitespace().take(500)
}

/// The platform that a word of a package means.
pub(super) fn platform(word: &str) -> Option<&'static Platform> {
    PLATFORMS.iter().find(|platform| platform.has(word))
}

/// The one arch that all words stand for.
pub(super) fn arch(words: &[String]) -> Option<Arch> {
    let arch = |word: &String| platform(word)?.arch;
    let first = arch(words.first()?)?;
    words.iter().all(|word| arch(word) == Some(first)).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_is_read() {
        for dsm in Dsm::ALL {
            for own in Arch::ALL {
                for oldest in [(dsm.major(), 0), (7, 2)] {
                    let words: Vec<_> = words(Some(own), dsm, oldest).split(' ').map(str::to_owned).collect();
                    // There is no DSM 5 on 64-bit ARM.
                    if (dsm, own) != (Dsm::V5, Arch::Aarch64) {
                        assert_eq!(arch(&words), Some(own), "{dsm:?} {words:?}");
                    }
                }
            }
        }
        assert_eq!(words(None, Dsm::V7, (7, 0)), "noarch");
        assert_eq!(words(Some(Arch::Armhf), Dsm::V7, (7, 2)), "armv7 armada38x monaco");
        assert!(words(Some(Arch::X86_64), Dsm::V5, (5, 0)).starts_with("x86 apollolake "));
    }

    #[test]
    fn a_word_means_one_platform() {
        let words = PLATFORMS.iter().flat_map(|platform| {
            let boards = platform.boards.iter().chain([&platform.also, &platform.beside]);
            boards.flat_map(|list| list.split_whitespace()).chain([platform.family])
        });
        for word in words {
            assert_eq!(PLATFORMS.iter().filter(|platform| platform.has(word)).count(), 1, "{word}");
        }
        assert_eq!(arch(&["x86_64".to_owned(), "armv8".to_owned()]), None);
        assert_eq!(arch(&["noarch".to_owned()]), None);
    }
}
