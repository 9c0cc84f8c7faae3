//! Pictures as far as their headers tell: each vendor's own rules say which sizes it wants.

use super::content;
use crate::archive::Content;

/// How far into a file its transparent colour is looked for, in bytes. It stands before the pixels.
const HEAD: u64 = 64 << 10;

/// What a PNG picture says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Png {
    /// In pixels.
    pub(crate) width: u32,
    /// In pixels.
    pub(crate) height: u32,
    /// Whether it can be transparent.
    pub(crate) alpha: bool,
}

/// Reads a picture's header; why it is no PNG, as a sentence about it.
pub(crate) fn png_facts(file: &Content) -> Result<Png, String> {
    /// What is in front of the pixels by the specification: 4 bytes of length, 4 of type, the data, 4 of checksum.
    const FRAME: usize = 12;
    let bytes = content(file, HEAD);
    let Some(mut rest) = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n") else {
        let kinds: [(&[u8], &str); 4] =
            [(b"\xff\xd8\xff", "JPEG"), (b"GIF8", "GIF"), (b"RIFF", "WebP"), (b"BM", "BMP")];
        let kind = kinds.iter().find(|(magic, _)| bytes.starts_with(magic)).map(|(_, kind)| format!("it is {kind}"));
        return Err(kind.unwrap_or_else(|| "it does not begin as one".to_owned()));
    };
    let word = |bytes: &[u8], at: usize| {
        bytes.get(at..at + 4).and_then(|word| Some(u32::from_be_bytes(word.try_into().ok()?)))
    };
    let (Some(13), Some(b"IHDR"), Some(width), Some(height), Some(color)) =
        (word(rest, 0), rest.get(4..8), word(rest, 8), word(rest, 12), rest.get(17))
    else {
        return Err("its header is cut off or broken".to_owned());
    };
    if width == 0 || height == 0 {
        return Err(format!("it has {width}x{height} pixels"));
    }
    let mut png = Png { width, height, alpha: matches!(color, 4 | 6) };
    while let (Some(length), Some(kind)) = (word(rest, 0), rest.get(4..8)) {
        png.alpha |= kind == b"tRNS";
        let next = usize::try_from(length).ok().and_then(|length| length.checked_add(FRAME));
        let Some(behind) = next.and_then(|next| rest.get(next..)).filter(|_| kind != b"IDAT") else { break };
        rest = behind;
    }
    Ok(png)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Findings;
    use crate::layer::Origin;
    use crate::model::Icon;
    use crate::vendor::IconSource;

    #[test]
    fn a_png_tells_its_size() {
        let icon = IconSource::load(&Icon::Generated, "beacon", &Origin::Default, &Findings::new()).unwrap();
        assert_eq!(png_facts(&icon.png(72)), Ok(Png { width: 72, height: 72, alpha: true }));
        let mut palette =
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x02\x08\x03\0\0\0crc.\0\0\0\x01tRNS\0crc.".to_vec();
        assert_eq!(png_facts(&palette.clone().into()), Ok(Png { width: 1, height: 2, alpha: true }));
        palette.truncate(33);
        assert_eq!(png_facts(&palette.clone().into()), Ok(Png { width: 1, height: 2, alpha: false }));
        palette.truncate(20);
        assert_eq!(png_facts(&palette.into()).unwrap_err(), "its header is cut off or broken");
        assert_eq!(png_facts(&b"\xff\xd8\xff\xe0".to_vec().into()).unwrap_err(), "it is JPEG");
    }
}
