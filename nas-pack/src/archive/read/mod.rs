//! Archives of any origin, read back into a [`Tree`](super::Tree): hardened against input that means harm.
//!
//! Nothing here trusts a number that it has read: sizes are compared with [`Limits`] before anything is allocated or written,
//! and paths are plain before they are used. The readers do not know where the bytes come from; whoever opens a file adds its name.

mod compressed;
mod error;
mod limits;
mod spool;
mod tar;
mod unpack;
mod zip;

pub use compressed::Compression;
pub use error::ReadError;
pub use limits::{Limits, UnknownLimit};
pub use tar::Dialect;
pub use unpack::{Links, Unpacked, leads_out};
pub use zip::ZipMember;

pub(crate) use compressed::Decompressed;
pub(crate) use limits::Budget;
pub(crate) use spool::Spool;
pub(crate) use tar::{Kind, Member, TarReader};
pub(crate) use unpack::{Unpacker, end_of};
pub(crate) use zip::Zip;

#[cfg(test)]
mod tests;
