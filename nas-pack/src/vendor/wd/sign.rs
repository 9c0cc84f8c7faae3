//! `apkg.sign`: the package's name under a published password.
//!
//! It proves nothing and covers no content, but the firmware asks for it. The form is that of the `openssl bf-cbc`
//! command: a salted header, a key from `EVP_BytesToKey` with one round, then Blowfish-CBC. The digest of the key
//! derivation changed with openssl's default, which is why the two systems need different files.

use std::fmt;

use blowfish::Blowfish;
use blowfish::cipher::block_padding::Pkcs7;
use blowfish::cipher::{BlockModeDecrypt, BlockModeEncrypt, InnerIvInit, KeyInit};
use md5::Md5;
use sha2::{Digest, Sha256};

use super::header::Header;
use super::models::Os;

const PASSWORD: &[u8] = b"Lidho.mdk3K3h";
const MAGIC: &[u8] = b"Salted__";

/// The salt of a key.
pub type Salt = [u8; 8];

/// Why a signature cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// It is not what `openssl` writes.
    #[error("it is not salted openssl output")]
    Container,
    /// Only the salt is there.
    #[error("it ends behind the salt: openssl 3 without its legacy provider leaves such a file")]
    Truncated,
    /// It was encrypted with another digest or password, or does not hold text.
    #[error("it does not open with the system's key derivation")]
    Key,
}

/// What there is to say of a package's signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It holds the package's name.
    Good(String),
    /// There is none, and the header says so.
    Unsigned,
    /// The header says that there is one, but there is none.
    Missing,
    /// There is one, but the header says that there is none.
    Unannounced,
    /// It cannot be opened.
    Broken(SignError),
    /// It was made for the other system.
    OtherSystem(Os),
    /// It holds another package's name.
    OtherName(String),
    /// It holds the package's name without the newline that `echo` puts behind it.
    NoNewline,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Good(name) => f.write_str(name),
            Self::Unsigned => f.write_str("there is none"),
            Self::Missing => f.write_str("the header says that there is one, but there is no `apkg.sign`"),
            Self::Unannounced => f.write_str("there is an `apkg.sign`, but the header says that there is none"),
            Self::Broken(error) => error.fmt(f),
            Self::OtherSystem(os) => {
                let digest = if *os == Os::Os5 { "SHA-256" } else { "MD5" };
                write!(f, "it is one for {}: its key is derived with {digest}", os.vendor())
            }
            Self::OtherName(name) => write!(f, "it is one of the package `{}`", name.escape_debug()),
            Self::NoNewline => f.write_str("it lacks the newline behind the name"),
        }
    }
}

/// Holds a package's signature, or that there is none, against its header.
pub fn judge(header: &Header, signature: Option<&[u8]>) -> Verdict {
    let signature = match (header.signed, signature) {
        (false, None) => return Verdict::Unsigned,
        (true, None) => return Verdict::Missing,
        (false, Some(_)) => return Verdict::Unannounced,
        (true, Some(signature)) => signature,
    };
    let os = header.os();
    let other = if os == Os::Os5 { Os::Os3 } else { Os::Os5 };
    match decrypt(signature, os) {
        Ok(text) if text == header.package => Verdict::NoNewline,
        Ok(text) => match text.strip_suffix('\n').unwrap_or(&text) {
            name if name == header.package => Verdict::Good(name.to_owned()),
            name => Verdict::OtherName(name.to_owned()),
        },
        Err(SignError::Key) if decrypt(signature, other).is_ok() => Verdict::OtherSystem(other),
        Err(error) => Verdict::Broken(error),
    }
}

/// A salt that is always the same for a release. Devices cannot tell it from a random one.
pub fn salt(package: &str, version: &str) -> Salt {
    let digest = Sha256::new().chain_update(package).chain_update([0]).chain_update(version).finalize();
    let mut salt = Salt::default();
    salt.copy_from_slice(&digest[..8]);
    salt
}

/// Signs a package's name for a system.
pub fn sign(package: &str, os: Os, salt: Salt) -> Vec<u8> {
    let (cipher, iv) = cipher(os, salt);
    let line = format!("{package}\n");
    let body = cbc::Encryptor::inner_iv_init(cipher, &iv.into()).encrypt_padded_vec::<Pkcs7>(line.as_bytes());
    [MAGIC, &salt, &body].concat()
}

/// The name that a signature holds, by a system's key derivation.
pub fn open(signature: &[u8], os: Os) -> Result<String, SignError> {
    decrypt(signature, os)?.strip_suffix('\n').map(str::to_owned).ok_or(SignError::Key)
}

/// The text that a signature holds. Another key gives text only by the rarest chance.
fn decrypt(signature: &[u8], os: Os) -> Result<String, SignError> {
    let rest = signature.strip_prefix(MAGIC).ok_or(SignError::Container)?;
    let (salt, body) = rest.split_first_chunk::<8>().ok_or(SignError::Container)?;
    if body.is_empty() {
        return Err(SignError::Truncated);
    }
    let (cipher, iv) = cipher(os, *salt);
    let line = cbc::Decryptor::inner_iv_init(cipher, &iv.into())
        .decrypt_padded_vec::<Pkcs7>(body)
        .map_err(|_| SignError::Key)?;
    let text = String::from_utf8(line).map_err(|_| SignError::Key)?;
    let printable = |c: char| c == '\n' || !c.is_control();
    if text.chars().all(printable) { Ok(text) } else { Err(SignError::Key) }
}

fn cipher(os: Os, salt: Salt) -> (Blowfish, [u8; 8]) {
    let (key, iv) = match os {
        Os::Os5 => derive::<Sha256>(salt),
        Os::Os3 => derive::<Md5>(salt),
    };
    (Blowfish::new_from_slice(&key).expect("Blowfish takes keys of 4 to 56 bytes"), iv)
}

/// `EVP_BytesToKey` with one round, for a key of 16 bytes and an IV of 8.
fn derive<D: Digest>(salt: Salt) -> ([u8; 16], [u8; 8]) {
    let mut stream = Vec::new();
    let mut last = Vec::new();
    while stream.len() < 24 {
        last = D::new().chain_update(&last).chain_update(PASSWORD).chain_update(salt).finalize().to_vec();
        stream.extend_from_slice(&last);
    }
    let (mut key, mut iv) = ([0; 16], [0; 8]);
    key.copy_from_slice(&stream[..16]);
    iv.copy_from_slice(&stream[16..24]);
    (key, iv)
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::vendor::wd::tests::hex;

    const SALT: Salt = [0, 1, 2, 3, 4, 5, 6, 7];

    /// What somebody makes who types the name without a line end.
    pub(in crate::vendor::wd) fn without_newline(name: &str, os: Os) -> Vec<u8> {
        let (cipher, iv) = cipher(os, SALT);
        let body = cbc::Encryptor::inner_iv_init(cipher, &iv.into()).encrypt_padded_vec::<Pkcs7>(name.as_bytes());
        [MAGIC, &SALT, &body].concat()
    }

    #[test]
    fn what_openssl_makes_of_it() {
        // `echo hello | openssl bf-cbc -md md5|sha256 -S 0001020304050607 -k …`
        let (key, iv) = derive::<Md5>(SALT);
        assert_eq!((hex(&key).as_str(), hex(&iv).as_str()), ("72309ebd06a178454c7e1928c5bd97d7", "bca8bb67c13a1a15"));
        let (key, iv) = derive::<Sha256>(SALT);
        assert_eq!((hex(&key).as_str(), hex(&iv).as_str()), ("b62fa5889b3136e3aca1ccd01f8f401c", "d2c43cd63a7a8708"));
        let head = "53616c7465645f5f0001020304050607";
        for (name, os, body) in [
            ("hello", Os::Os3, "97f04d578ad49d0a"),
            ("hello", Os::Os5, "622c52ca1f708ad8"),
            ("utelnetd", Os::Os3, "67a23271698fd756ae95a113f4f0e168"),
            ("utelnetd", Os::Os5, "8476ad6b481a58601542cfd81a205ef8"),
        ] {
            assert_eq!(hex(&sign(name, os, SALT)), format!("{head}{body}"), "{name} {os:?}");
        }
    }

    #[test]
    fn broken_signatures_are_told_apart() {
        let signed = sign("hello", Os::Os3, SALT);
        assert_eq!(open(&signed, Os::Os5), Err(SignError::Key));
        assert_eq!(open(&signed[..16], Os::Os3), Err(SignError::Truncated));
        assert_eq!(open(&signed[..20], Os::Os3), Err(SignError::Key));
        assert_eq!(open(b"hello\n", Os::Os3), Err(SignError::Container));
        assert_eq!(open(b"Salted__123", Os::Os3), Err(SignError::Container));
    }

    proptest! {
        #[test]
        fn what_is_signed_opens(name in "[A-Za-z0-9][A-Za-z0-9._-]{0,63}", salt: Salt) {
            for os in [Os::Os5, Os::Os3] {
                let signed = sign(&name, os, salt);
                prop_assert_eq!(signed.len(), 16 + 8 * ((name.len() + 1) / 8 + 1));
                prop_assert_eq!(open(&signed, os), Ok(name.clone()));
            }
        }
    }
}
