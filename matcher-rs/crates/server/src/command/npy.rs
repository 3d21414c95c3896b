//! Arrays as `NumPy` stores them (NEP 1): read once, straight into the numbers.

use std::io::Read;

use bytemuck::{Pod, Zeroable};

/// An array with its shape; `data` in the order of the file.
#[derive(Debug)]
pub(super) struct Array {
    pub(super) shape: Vec<usize>,
    pub(super) is_fortran: bool,
    pub(super) data: Data,
}

/// What the numbers are.
#[derive(Debug)]
pub(super) enum Data {
    Float64(Vec<f64>),
    Int64(Vec<i64>),
    Int32(Vec<i32>),
    /// A short text, as scipy stores the name of a sparse format.
    Text(String),
}

impl Data {
    /// As `NumPy` calls it.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Float64(_) => "float64",
            Self::Int64(_) => "int64",
            Self::Int32(_) => "int32",
            Self::Text(_) => "text",
        }
    }
}

const MAGIC: &[u8; 6] = b"\x93NUMPY";
const LONGEST_HEADER: usize = 1 << 16;

/// Reads a whole array; the error says what was found and what would be right.
pub(super) fn read(source: &mut impl Read) -> Result<Array, String> {
    let mut start = [0; 8];
    source.read_exact(&mut start).map_err(|_| "is no .npy file: too short".to_owned())?;
    if !start.starts_with(MAGIC) {
        return Err("is no .npy file: it does not begin with \\x93NUMPY".to_owned());
    }
    let length = match start[6] {
        1 => usize::from(u16::from_le_bytes(bytes(source)?)),
        2 | 3 => u32::from_le_bytes(bytes(source)?) as usize,
        version => return Err(format!("is .npy of version {version}; 1, 2 and 3 can be read")),
    };
    if length > LONGEST_HEADER {
        return Err(format!("has a header of {length} bytes; at most {LONGEST_HEADER} can be read"));
    }
    let mut header = vec![0; length];
    source.read_exact(&mut header).map_err(|_| "ends inside its header".to_owned())?;
    let header = String::from_utf8(header).map_err(|_| "has a header that is not text".to_owned())?;
    let (shape, is_fortran) = (shape(&header)?, field(&header, "fortran_order")?.starts_with("True"));
    let count = shape.iter().try_fold(1_usize, |count, &side| count.checked_mul(side));
    let count = count.filter(|&count| count <= isize::MAX as usize / 8).ok_or("has a shape of too many numbers")?;
    let data = data(source, &header, count)?;
    if source.read(&mut [0]).map_err(|error| error.to_string())? != 0 {
        return Err(format!("goes on after the {count} numbers that its shape says"));
    }
    Ok(Array { shape, is_fortran, data })
}

fn bytes<const N: usize>(source: &mut impl Read) -> Result<[u8; N], String> {
    let mut bytes = [0; N];
    source.read_exact(&mut bytes).map_err(|_| "ends inside its header".to_owned())?;
    Ok(bytes)
}

fn data(source: &mut impl Read, header: &str, count: usize) -> Result<Data, String> {
    let kind = field(header, "descr")?;
    let quoted = kind.get(1..).and_then(|rest| rest.split(['\'', '"']).next()).unwrap_or_default();
    let width = |prefix: &str| quoted.strip_prefix(prefix).and_then(|width| width.parse::<usize>().ok());
    match quoted {
        "<f8" => Ok(Data::Float64(numbers(source, count)?)),
        "<i8" => Ok(Data::Int64(numbers(source, count)?)),
        "<i4" => Ok(Data::Int32(numbers(source, count)?)),
        _ => match (width("|S"), width("<U")) {
            (Some(width @ 1..=64), _) if count == 1 => Ok(Data::Text(text(numbers::<u8>(source, width)?))),
            (_, Some(width @ 1..=64)) if count == 1 => Ok(Data::Text(text(numbers::<u8>(source, 4 * width)?))),
            _ => {
                Err(format!("has numbers of type {quoted:?}; convert them with .astype('float64') or .astype('int64')"))
            }
        },
    }
}

/// ASCII, whatever is padded with.
fn text(bytes: Vec<u8>) -> String {
    bytes.into_iter().filter(u8::is_ascii_graphic).map(char::from).collect()
}

fn numbers<T: Pod + Zeroable>(source: &mut impl Read, count: usize) -> Result<Vec<T>, String> {
    #[cfg(target_endian = "big")]
    return Err("cannot be read on a big-endian machine".to_owned());
    // Memory follows what really arrives: a header may promise anything.
    let mut numbers: Vec<T> = Vec::new();
    while numbers.len() < count {
        let start = numbers.len();
        let next = count.min(start.max(1 << 17) * 2);
        numbers
            .try_reserve_exact(next - start)
            .map_err(|_| format!("has {count} numbers: too many for this machine"))?;
        numbers.resize(next, T::zeroed());
        source
            .read_exact(bytemuck::cast_slice_mut(&mut numbers[start..]))
            .map_err(|_| format!("ends before the {count} numbers that its shape says"))?;
    }
    Ok(numbers)
}

/// What follows a key of the header.
fn field<'a>(header: &'a str, key: &str) -> Result<&'a str, String> {
    let found = header.split_once(&format!("'{key}'")).and_then(|(_, rest)| rest.trim_start().strip_prefix(':'));
    found.map(str::trim_start).ok_or_else(|| format!("has a header without {key:?}"))
}

fn shape(header: &str) -> Result<Vec<usize>, String> {
    let wrong = || "has a header whose shape is no tuple of sizes".to_owned();
    let inside = field(header, "shape")?.strip_prefix('(').and_then(|rest| rest.split(')').next()).ok_or_else(wrong)?;
    inside
        .split(',')
        .map(str::trim)
        .filter(|side| !side.is_empty())
        .map(|side| side.parse().map_err(|_| wrong()))
        .collect()
}
