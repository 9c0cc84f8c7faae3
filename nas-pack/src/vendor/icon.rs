//! The app's picture in the sizes that vendors want.

use std::collections::HashMap;
use std::fmt;
use std::io::{Cursor, ErrorKind, Read};
use std::path::Path;
use std::sync::{Arc, Mutex};

use image::codecs::png::{CompressionType, FilterType as PngFilter, PngEncoder};
use image::imageops::{self, FilterType};
use image::{ExtendedColorType, ImageEncoder, ImageFormat, ImageReader, Limits, Rgba32FImage};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{self, ImageHrefResolver};

use crate::archive::Content;
use crate::diagnostic::{Diagnostic, Findings, io_reason};
use crate::layer::Origin;
use crate::model::Icon;
use crate::sync::lock;

/// The largest size that any vendor wants, in pixels. A smaller PNG has to be enlarged for it.
const LARGEST: u32 = 256;

/// The longest side of a source PNG, and the most bytes of a source file: far beyond any icon, and small enough to hold.
const SIDE_LIMIT: u32 = 8192;
const FILE_LIMIT: u64 = 32 << 20;

/// A picture, loaded once and drawn in any size. Cheap to clone.
#[derive(Clone)]
pub struct IconSource(Arc<Drawable>);

struct Drawable {
    picture: Picture,
    /// What was drawn already: several vendors, and all arches of one, want the same sizes.
    drawn: Mutex<HashMap<u32, Content>>,
}

/// The pictures of one run, each loaded once however many vendors and arches use it.
#[derive(Debug, Default)]
pub struct Icons {
    loaded: Mutex<HashMap<(Icon, String), IconSource>>,
}

enum Picture {
    /// Square, with each colour multiplied by its alpha so that resizing does not blend in what transparency hides.
    Raster(Rgba32FImage),
    Vector(Box<usvg::Tree>),
}

impl fmt::Debug for IconSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0.picture {
            Picture::Raster(_) => "IconSource(PNG)",
            Picture::Vector(_) => "IconSource(SVG)",
        })
    }
}

impl IconSource {
    /// Loads a PNG or SVG file, or draws a tile with the first letter of the app's `name`. `None` when the file is no picture;
    /// `origin` is where the icon was named.
    pub fn load(icon: &Icon, name: &str, origin: &Origin, findings: &Findings) -> Option<Self> {
        let path = match icon {
            Icon::Generated => return vector(&tile(name)).ok().map(Self::of),
            Icon::File(path) => path,
        };
        let shown = path.display();
        let wrong = |message: String| Diagnostic::error(message).at(origin);
        let bytes = match read(path) {
            Ok(bytes) => bytes,
            Err(reason) => {
                findings.push(wrong(format!("cannot read the icon `{shown}`: {reason}")));
                return None;
            }
        };
        let picture = match image::guess_format(&bytes) {
            Ok(ImageFormat::Png) => raster(&bytes).map(|(picture, width, height)| {
                check_size(path, origin, width, height, findings);
                picture
            }),
            Ok(other) => {
                let kind = other.extensions_str().first().copied().unwrap_or("unknown").to_uppercase();
                findings.push(
                    wrong(format!("the icon `{shown}` is a {kind} image"))
                        .label("expected a PNG or SVG file")
                        .help("convert it; renaming the file is not enough"),
                );
                return None;
            }
            Err(_) => match std::str::from_utf8(&bytes) {
                Ok(text) if text.contains("<svg") => vector(text).inspect(|picture| {
                    check_vector(picture, path, text, origin, findings);
                }),
                _ => Err("it is neither PNG nor SVG".to_owned()),
            },
        };
        match picture {
            Ok(picture) => Some(Self::of(picture)),
            Err(reason) => {
                let found = wrong(format!("the icon `{shown}` cannot be used: {reason}"));
                findings.push(found.label("expected a PNG or SVG file"));
                None
            }
        }
    }

    fn of(picture: Picture) -> Self {
        Self(Arc::new(Drawable { picture, drawn: Mutex::default() }))
    }

    /// The picture as a PNG of `size` × `size` pixels with alpha: always the same bytes, without a time.
    ///
    /// # Panics
    ///
    /// If `size` is 0. Vendors want 16 to 256.
    pub fn png(&self, size: u32) -> Content {
        lock(&self.0.drawn).entry(size).or_insert_with(|| self.draw(size)).clone()
    }

    fn draw(&self, size: u32) -> Content {
        // Filters help with photographs. Drawings get smaller without, and take a tenth of the time.
        let (pixels, filter) = match &self.0.picture {
            Picture::Raster(image) => (resize(image, size), PngFilter::Adaptive),
            Picture::Vector(tree) => (render(tree, size), PngFilter::NoFilter),
        };
        let mut png = Vec::new();
        // Pinned, because the crate's defaults may change and the bytes must not.
        PngEncoder::new_with_quality(&mut png, CompressionType::Level(9), filter)
            .write_image(&pixels, size, size, ExtendedColorType::Rgba8)
            .expect("the buffer has 4 bytes for each pixel, and memory takes any number of them");
        png.into()
    }
}

impl Icons {
    /// Loads a picture as [`IconSource::load`] does, unless this run has it already.
    pub fn load(&self, icon: &Icon, name: &str, origin: &Origin, findings: &Findings) -> Option<IconSource> {
        let key = (icon.clone(), name.to_owned());
        if let Some(known) = lock(&self.loaded).get(&key) {
            return Some(known.clone());
        }
        let source = IconSource::load(icon, name, origin, findings)?;
        lock(&self.loaded).insert(key, source.clone());
        Some(source)
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        std::fs::File::open(path)?.take(FILE_LIMIT + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    match read() {
        Ok(bytes) if bytes.len() as u64 > FILE_LIMIT => Err(format!("it is larger than {} MiB", FILE_LIMIT >> 20)),
        Ok(bytes) => Ok(bytes),
        Err(error) if error.kind() == ErrorKind::IsADirectory => Err("it is a folder".to_owned()),
        Err(error) => Err(io_reason(&error)),
    }
}

/// Decodes a PNG and makes it square; with the size that it had.
fn raster(bytes: &[u8]) -> Result<(Picture, u32, u32), String> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), ImageFormat::Png);
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_LIMIT);
    limits.max_image_height = Some(SIDE_LIMIT);
    reader.limits(limits);
    let mut image = reader.decode().map_err(|error| error.to_string())?.into_rgba32f();
    for pixel in image.pixels_mut() {
        let [red, green, blue, alpha] = pixel.0;
        pixel.0 = [red * alpha, green * alpha, blue * alpha, alpha];
    }
    let (width, height) = image.dimensions();
    let side = width.max(height);
    let square = if width == height {
        image
    } else {
        let mut square = Rgba32FImage::new(side, side);
        imageops::replace(&mut square, &image, ((side - width) / 2).into(), ((side - height) / 2).into());
        square
    };
    Ok((Picture::Raster(square), width, height))
}

fn check_size(path: &Path, origin: &Origin, width: u32, height: u32, findings: &Findings) {
    if width.max(height) < LARGEST {
        findings.push(
            Diagnostic::warning(format!("the icon `{}` is enlarged: it has {width}x{height} pixels", path.display()))
                .at(origin)
                .help(format!("use an SVG, or a PNG with at least {LARGEST}x{LARGEST} pixels")),
        );
    }
    if width != height {
        findings.push(not_square(path, origin, format_args!("{width}x{height}")));
    }
}

fn not_square(path: &Path, origin: &Origin, size: fmt::Arguments<'_>) -> Diagnostic {
    Diagnostic::warning(format!("the icon `{}` is not square: {size}", path.display()))
        .at(origin)
        .note("it is centred on a transparent square")
}

fn check_vector(picture: &Picture, path: &Path, text: &str, origin: &Origin, findings: &Findings) {
    let Picture::Vector(tree) = picture else { return };
    let size = tree.size();
    if (size.width() - size.height()).abs() > 0.001 * size.width() {
        findings.push(not_square(path, origin, format_args!("{}x{}", size.width(), size.height())));
    }
    if text.contains("<text") {
        findings.push(
            Diagnostic::warning(format!("text in the icon `{}` is not drawn", path.display()))
                .at(origin)
                .note("how text looks depends on the fonts of the machine that packages")
                .help("convert the text to paths"),
        );
    }
}

fn vector(text: &str) -> Result<Picture, String> {
    let options = usvg::Options {
        // A picture must not depend on, or carry away, other files of this machine.
        image_href_resolver: ImageHrefResolver {
            resolve_data: ImageHrefResolver::default_data_resolver(),
            resolve_string: Box::new(|_, _| None),
        },
        ..usvg::Options::default()
    };
    usvg::Tree::from_str(text, &options).map(|tree| Picture::Vector(Box::new(tree))).map_err(|error| error.to_string())
}

fn resize(image: &Rgba32FImage, size: u32) -> Vec<u8> {
    let image = imageops::resize(image, size, size, FilterType::Lanczos3);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=255 just before")]
    let byte = |value: f32| (value.clamp(0.0, 1.0) * 255.0).round() as u8;
    let unmultiplied = |pixel: &image::Rgba<f32>| {
        let [red, green, blue, alpha] = pixel.0;
        // A fully transparent pixel has no colour; this bound only avoids dividing by zero.
        let scale = 1.0 / alpha.max(1e-6);
        [byte(red * scale), byte(green * scale), byte(blue * scale), byte(alpha)]
    };
    image.pixels().flat_map(unmultiplied).collect()
}

fn render(tree: &usvg::Tree, size: u32) -> Vec<u8> {
    let mut pixmap = Pixmap::new(size, size).expect("icon sizes are between 1 and 256");
    #[expect(clippy::cast_precision_loss, reason = "icon sizes are small")]
    let edge = size as f32;
    let (width, height) = (tree.size().width(), tree.size().height());
    let scale = edge / width.max(height);
    let transform =
        Transform::from_row(scale, 0.0, 0.0, scale, (edge - width * scale) / 2.0, (edge - height * scale) / 2.0);
    resvg::render(tree, transform, &mut pixmap.as_mut());
    let unmultiplied = |pixel: &resvg::tiny_skia::PremultipliedColorU8| {
        let color = pixel.demultiply();
        [color.red(), color.green(), color.blue(), color.alpha()]
    };
    pixmap.pixels().iter().flat_map(unmultiplied).collect()
}

/// Backgrounds of generated tiles, dark enough for a white letter.
const COLORS: [&str; 8] = ["#2563a8", "#2f7d4f", "#8a4a1f", "#7a3b8f", "#a83240", "#2a7a86", "#5b5ea6", "#5f6b2a"];

/// Letters as strokes in a box of 4 × 6, since no font is at hand and an icon's letter needs no more.
const LETTERS: [(char, &str); 36] = [
    ('A', "M0 6L2 0L4 6M.7 4H3.3"),
    ('B', "M0 0H2.4A1.5 1.5 0 0 1 2.4 3H0H2.4A1.5 1.5 0 0 1 2.4 6H0Z"),
    ('C', "M3.9 1.2A2.1 3 0 0 0 0 3A2.1 3 0 0 0 3.9 4.8"),
    ('D', "M0 0H1A3 3 0 0 1 1 6H0Z"),
    ('E', "M4 0H0V6H4M0 3H3"),
    ('F', "M4 0H0V6M0 3H3"),
    ('G', "M3.9 1.2A2.1 3 0 0 0 0 3A2.1 3 0 0 0 3.9 4.8V3.2H2.3"),
    ('H', "M0 0V6M4 0V6M0 3H4"),
    ('I', "M2 0V6M.8 0H3.2M.8 6H3.2"),
    ('J', "M3.5 0V4.2A1.7 1.8 0 0 1 .1 4.2"),
    ('K', "M0 0V6M4 0L0 3.6M1.4 2.4L4 6"),
    ('L', "M0 0V6H4"),
    ('M', "M0 6V0L2 3.5L4 0V6"),
    ('N', "M0 6V0L4 6V0"),
    ('O', "M2 0A2 3 0 0 1 2 6A2 3 0 0 1 2 0Z"),
    ('P', "M0 6V0H2.4A1.7 1.7 0 0 1 2.4 3.4H0"),
    ('Q', "M2 0A2 3 0 0 1 2 6A2 3 0 0 1 2 0ZM2.6 4.4L4 6.2"),
    ('R', "M0 6V0H2.4A1.7 1.7 0 0 1 2.4 3.4H0M2 3.4L4 6"),
    ('S', "M3.8 1.1C3.2-.3.2-.4.2 1.5C.2 3.4 3.9 2.6 3.9 4.5C3.9 6.4.6 6.3.1 4.9"),
    ('T', "M0 0H4M2 0V6"),
    ('U', "M0 0V4A2 2 0 0 0 4 4V0"),
    ('V', "M0 0L2 6L4 0"),
    ('W', "M-.4 0L.8 6L2 2L3.2 6L4.4 0"),
    ('X', "M0 0L4 6M4 0L0 6"),
    ('Y', "M0 0L2 3L4 0M2 3V6"),
    ('Z', "M0 0H4L0 6H4"),
    ('0', "M2 0A2 3 0 0 1 2 6A2 3 0 0 1 2 0ZM1 4.3L3 1.7"),
    ('1', "M.8 1.2L2.2 0V6"),
    ('2', "M.2 1.6C.3-.5 3.8-.5 3.8 1.6C3.8 3 1.5 4.4 0 6H4"),
    ('3', "M.3 0H3.7L1.8 2.4A1.8 1.8 0 1 1 .2 5"),
    ('4', "M3 6V0L0 4.2H4"),
    ('5', "M3.6 0H.6L.3 2.6A2 1.9 0 1 1 .2 5.1"),
    ('6', "M3.2 0L.4 3.2A1.9 1.9 0 1 0 2.2 2.2"),
    ('7', "M0 0H4L1.5 6"),
    ('8', "M2 2.8A1.5 1.4 0 0 1 2 0A1.5 1.4 0 0 1 2 2.8A1.8 1.6 0 0 0 2 6A1.8 1.6 0 0 0 2 2.8Z"),
    ('9', "M.8 6L3.6 2.8A1.9 1.9 0 1 0 1.8 3.8"),
];

/// A ring, for names that begin with none of the letters.
const MARK: &str = "M2 1A2 2 0 0 1 2 5A2 2 0 0 1 2 1Z";

/// A tile as SVG: one of a few colours, chosen by the name, and the name's first letter in white.
fn tile(name: &str) -> String {
    let first = name.chars().next().map_or(' ', |first| first.to_ascii_uppercase());
    let path = LETTERS.iter().find(|(letter, _)| *letter == first).map_or(MARK, |(_, path)| path);
    let sum = name.bytes().fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
    let color = COLORS[sum % COLORS.len()];
    format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'>\
         <rect x='.5' y='.5' width='15' height='15' rx='3' fill='{color}'/>\
         <path transform='translate(5.2 3.8) scale(1.4)' d='{path}' fill='none' stroke='#fff' stroke-width='.9' \
         stroke-linecap='round' stroke-linejoin='round'/></svg>"
    )
}

#[cfg(test)]
mod tests {
    use image::RgbaImage;

    use super::*;

    fn decode(content: &Content) -> RgbaImage {
        let Content::Bytes(bytes) = content else { panic!("an icon is in memory") };
        image::load_from_memory(bytes).unwrap().into_rgba8()
    }

    fn write(image: &RgbaImage, path: &Path) {
        image.save_with_format(path, ImageFormat::Png).unwrap();
    }

    /// What loading a file says, and whether there is a picture then.
    fn load(path: &Path) -> (Option<IconSource>, String) {
        let findings = Findings::new();
        let source = IconSource::load(&Icon::File(path.to_owned()), "beacon", &Origin::Default, &findings);
        let said = match findings.finish() {
            Ok(warnings) => warnings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
            Err(failure) => failure.to_string(),
        };
        (source, said.replace(path.parent().unwrap().to_str().unwrap(), "DIR"))
    }

    #[test]
    fn every_letter_gives_a_tile_in_every_size() {
        let tiles: Vec<_> = ('A'..='Z').chain('0'..='9').chain(['ß']).map(|c| tile(&c.to_string())).collect();
        assert!(tiles[..36].iter().all(|tile| !tile.contains(MARK)) && tiles[36].contains(MARK));
        for name in ["beacon", "ß", ""] {
            let source = IconSource::load(&Icon::Generated, name, &Origin::Default, &Findings::new()).unwrap();
            for size in [16, 90, 256] {
                let image = decode(&source.png(size));
                assert_eq!(image.dimensions(), (size, size));
                assert_eq!(image.get_pixel(0, 0).0[3], 0, "corners are clear");
                assert!(image.pixels().any(|pixel| pixel.0[..3].iter().all(|&byte| byte > 200) && pixel.0[3] > 200));
            }
        }
    }

    #[test]
    fn same_bytes_and_no_time() {
        let png = || IconSource::load(&Icon::Generated, "x", &Origin::Default, &Findings::new()).unwrap().png(64);
        let Content::Bytes(bytes) = png() else { panic!("an icon is in memory") };
        assert_eq!(Content::Bytes(bytes.clone()), png());
        assert!(!bytes.windows(4).any(|chunk| chunk == b"tIME"));
    }

    #[test]
    fn transparency_hides_its_colour_and_padding_centres() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("wide.png");
        // The left half is red; the right half is green, but fully transparent.
        let half = |x, _| if x < 300 { image::Rgba([255, 0, 0, 255]) } else { image::Rgba([0, 255, 0, 0]) };
        write(&RgbaImage::from_fn(600, 300, half), &path);
        let (source, said) = load(&path);
        insta::assert_snapshot!(said, @r"
        warning: the icon `DIR/wide.png` is not square: 600x300
          at default
          note: it is centred on a transparent square
        ");
        let image = decode(&source.unwrap().png(60));
        assert_eq!(image.get_pixel(10, 2).0[3], 0);
        assert_eq!(image.get_pixel(10, 30).0, [255, 0, 0, 255]);
        assert!(image.pixels().all(|pixel| pixel.0[3] == 0 || pixel.0[1] == 0), "green must not shine through");
    }

    #[test]
    fn small_pictures_are_enlarged_with_a_warning() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("small.png");
        write(&RgbaImage::from_pixel(64, 64, image::Rgba([1, 2, 3, 255])), &path);
        let (source, said) = load(&path);
        insta::assert_snapshot!(said, @r"
        warning: the icon `DIR/small.png` is enlarged: it has 64x64 pixels
          at default
          help: use an SVG, or a PNG with at least 256x256 pixels
        ");
        assert_eq!(decode(&source.unwrap().png(256)).get_pixel(100, 100).0, [1, 2, 3, 255]);
    }

    #[test]
    fn vectors() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("icon.svg");
        let svg = "<svg xmlns='http://www.w3.org/2000/svg' width='20' height='10'>\
                   <rect width='20' height='10' fill='#102030'/><text>x</text></svg>";
        std::fs::write(&path, svg).unwrap();
        let (source, said) = load(&path);
        insta::assert_snapshot!(said, @r"
        warning: the icon `DIR/icon.svg` is not square: 20x10
          at default
          note: it is centred on a transparent square
        warning: text in the icon `DIR/icon.svg` is not drawn
          at default
          note: how text looks depends on the fonts of the machine that packages
          help: convert the text to paths
        ");
        let image = decode(&source.unwrap().png(64));
        assert_eq!((image.get_pixel(32, 2).0[3], image.get_pixel(32, 32).0), (0, [0x10, 0x20, 0x30, 255]));
    }

    #[test]
    fn what_is_no_picture() {
        let dir = tempfile::tempdir().unwrap();
        let said = |name: &str, bytes: &[u8]| {
            let path = dir.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            let (source, said) = load(&path);
            assert!(source.is_none());
            said
        };
        insta::assert_snapshot!(said("jpeg.png", b"\xff\xd8\xff\xe0\0\x10JFIF"), @r"
        error: the icon `DIR/jpeg.png` is a JPG image
          at default: expected a PNG or SVG file
          help: convert it; renaming the file is not enough
        ");
        insta::assert_snapshot!(said("text.png", b"hello"), @r"
        error: the icon `DIR/text.png` cannot be used: it is neither PNG nor SVG
          at default: expected a PNG or SVG file
        ");
        insta::assert_snapshot!(said("bad.svg", b"<svg><g></svg>"), @r"
        error: the icon `DIR/bad.svg` cannot be used: SVG data parsing failed cause expected 'g' tag, not 'svg' at 1:9
          at default: expected a PNG or SVG file
        ");
        insta::assert_snapshot!(said("cut.png", b"\x89PNG\r\n\x1a\n\0\0"), @r"
        error: the icon `DIR/cut.png` cannot be used: unexpected end of file
          at default: expected a PNG or SVG file
        ");
        insta::assert_snapshot!(load(&dir.path().join("none.png")).1, @r"
        error: cannot read the icon `DIR/none.png`: no such file or directory
          at default
        ");
        let folder = dir.path().join("folder");
        std::fs::create_dir(&folder).unwrap();
        insta::assert_snapshot!(load(&folder).1, @r"
        error: cannot read the icon `DIR/folder`: it is a folder
          at default
        ");
    }
}
