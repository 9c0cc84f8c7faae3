use std::fmt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::lines::Lines;

/// The state of the git repository that the package is in.
///
/// It is shown as `v1.2.0`, `v1.2.0-3-gab12cd3` or `ab12cd3`, each with `-dirty` behind it where there are changes.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Git {
    /// The commit's full hash.
    pub commit: String,
    /// The nearest tag, the number of commits since and the short hash: `v1.2.0-3-gab12cd3`. The tag alone where it is this commit's,
    /// the short hash alone where there is no tag.
    pub describe: String,
    /// This commit's tag.
    pub tag: Option<String>,
    /// Whether files that git knows were changed since the commit. Cargo does not run a build script at every edit of a source, so
    /// this is as of the last commit, checkout, `git add` or change of what else the build script watches.
    pub dirty: bool,
}

impl fmt::Display for Git {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.describe, if self.dirty { "-dirty" } else { "" })
    }
}

impl Git {
    /// Looks at the repository of a package, and says which of git's own files tell that the answer is another one.
    pub(super) fn look(dir: &Path, lines: &Lines) -> Option<Self> {
        // Git knows where its files are: in a worktree and in a submodule `.git` is a file, and they are in several folders.
        let files = ["HEAD", "index", "packed-refs", "refs/tags", "reftable"];
        let found = run(dir, ["rev-parse"].into_iter().chain(files.into_iter().flat_map(|file| ["--git-path", file])))?;
        if !found.status.success() {
            // Most often there is no repository. All else would be puzzling: a repository that git does not trust, for one.
            let said = String::from_utf8_lossy(&found.stderr);
            let first = said.lines().next().unwrap_or_default();
            if !first.contains("not a git repository") {
                lines.warning(format_args!("git tells nothing of this repository: {first}"));
            }
            return None;
        }
        String::from_utf8_lossy(&found.stdout)
            .lines()
            .filter(|path| dir.join(path).exists())
            .for_each(|path| lines.changed(path));
        if let Some(path) = ask(dir, &["symbolic-ref", "-q", "HEAD"])
            .and_then(|branch| ask(dir, &["rev-parse", "--git-path", &branch]))
            // A packed branch has no file until its next commit: then its folder changes.
            .and_then(|path| Path::new(&path).ancestors().find(|path| dir.join(path).exists()).map(Path::to_owned))
        {
            lines.changed(path.display());
        }
        // A package that is unpacked inside of somebody else's repository is not of that repository.
        ask(dir, &["ls-files", "--error-unmatch", "--", "Cargo.toml"])?;
        let commit = ask(dir, &["rev-parse", "--verify", "HEAD"])?;
        let (describe, tag) = described(&ask(dir, &["describe", "--tags", "--always", "--long"])?);
        let changes = ask(dir, &["status", "--porcelain", "--untracked-files=no"])?;
        Some(Self { commit, describe, tag, dirty: !changes.is_empty() })
    }
}

/// What `git describe --long` says, short where it is the tag itself, and that tag.
fn described(long: &str) -> (String, Option<String>) {
    let mut parts = long.rsplitn(3, '-');
    let (_hash, count, tag) = (parts.next(), parts.next(), parts.next());
    match (count, tag) {
        (Some("0"), Some(tag)) => (tag.to_owned(), Some(tag.to_owned())),
        _ => (long.to_owned(), None),
    }
}

/// What git answers; `None` if it has no answer.
fn ask(dir: &Path, args: &[&str]) -> Option<String> {
    let output = run(dir, args.iter().copied())?;
    let answer = output.status.success().then_some(output.stdout)?;
    Some(String::from_utf8_lossy(&answer).trim_end().to_owned())
}

fn run<'a>(dir: &Path, args: impl Iterator<Item = &'a str>) -> Option<Output> {
    let mut git = Command::new("git");
    git.arg("-C").arg(dir).args(args).stdin(Stdio::null()).env("LC_ALL", "C");
    // Otherwise a look at the state writes the index, which is watched.
    git.env("GIT_OPTIONAL_LOCKS", "0");
    // A hook of git's that runs cargo has these set, relative to another folder.
    ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"].into_iter().for_each(|name| {
        git.env_remove(name);
    });
    git.output().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn git(dir: &Path, args: &[&str]) {
        let config = ["-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"];
        let output = run(dir, config.into_iter().chain(args.iter().copied())).unwrap();
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn look(dir: &Path) -> (Option<Git>, Vec<String>) {
        let lines = Lines::default();
        let git = Git::look(dir, &lines);
        let lines = lines.take().into_iter();
        let lines = lines.map(|line| line.strip_prefix("cargo::rerun-if-changed=").unwrap_or(&line).to_owned());
        (git, lines.collect())
    }

    #[test]
    fn a_repository_is_told_and_watched() {
        let root = tempfile::tempdir().unwrap();
        let dir = root.path().join("lamp");
        std::fs::create_dir(&dir).unwrap();
        assert_eq!(look(&dir), (None, vec![]), "no repository");

        git(root.path(), &["init", "-q"]);
        assert_eq!(look(&dir).0, None, "no commit");
        std::fs::write(dir.join("Cargo.toml"), "one").unwrap();
        git(&dir, &["add", "."]);
        git(&dir, &["commit", "-q", "-m", "one"]);
        let (found, watched) = look(&dir);
        let found = found.unwrap();
        assert_eq!((found.commit.len(), &found.tag, found.dirty), (40, &None, false));
        assert!(found.commit.starts_with(&found.describe), "{found}");
        assert_eq!(
            watched,
            ["../.git/HEAD", "../.git/index", "../.git/refs/tags", "../.git/refs/heads/main"].map(|path| {
                let absolute = std::fs::canonicalize(dir.join(path)).unwrap();
                watched.iter().find(|said| std::fs::canonicalize(dir.join(said)).unwrap() == absolute).unwrap().clone()
            })
        );

        git(&dir, &["tag", "v1.0-rc-1"]);
        std::fs::write(dir.join("Cargo.toml"), "two").unwrap();
        let tagged = look(&dir).0.unwrap();
        assert_eq!((tagged.to_string(), tagged.tag), ("v1.0-rc-1-dirty".to_owned(), Some("v1.0-rc-1".to_owned())));

        // The branch's own file goes; its folder is watched then.
        git(&dir, &["commit", "-q", "-a", "-m", "two"]);
        git(&dir, &["pack-refs", "--all"]);
        let (later, watched) = look(&dir);
        let later = later.unwrap();
        assert!(later.describe.starts_with("v1.0-rc-1-1-g") && later.tag.is_none(), "{later}");
        assert!(watched.iter().any(|path| path.ends_with(".git/packed-refs")), "{watched:?}");
        assert!(watched.iter().any(|path| path.ends_with(".git/refs/heads")), "{watched:?}");
    }

    #[test]
    fn in_a_worktree_the_files_are_elsewhere() {
        let root = tempfile::tempdir().unwrap();
        let (main, tree) = (root.path().join("main"), root.path().join("tree"));
        std::fs::create_dir(&main).unwrap();
        git(&main, &["init", "-q"]);
        std::fs::write(main.join("Cargo.toml"), "one").unwrap();
        git(&main, &["add", "."]);
        git(&main, &["commit", "-q", "-m", "one"]);
        git(&main, &["worktree", "add", "-q", "-b", "side/two", tree.to_str().unwrap()]);
        let (found, watched) = look(&tree);
        assert_eq!(found.unwrap().commit, look(&main).0.unwrap().commit);
        for end in [".git/worktrees/tree/HEAD", ".git/worktrees/tree/index", ".git/refs/heads/side/two"] {
            assert!(watched.iter().any(|path| path.ends_with(end)), "no {end} in {watched:?}");
        }
    }

    #[test]
    fn a_package_that_the_repository_does_not_know_is_not_of_it() {
        let root = tempfile::tempdir().unwrap();
        git(root.path(), &["init", "-q"]);
        std::fs::write(root.path().join("README"), "").unwrap();
        git(root.path(), &["add", "."]);
        git(root.path(), &["commit", "-q", "-m", "one"]);
        std::fs::write(root.path().join("Cargo.toml"), "").unwrap();
        assert_eq!(look(root.path()).0, None);
    }
}
