//! Files to matrices: which kind of file it is, and whether its parts fit together.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::Path;

use solver::dense::{Cost, Matrix, Order};
use solver::problem::MAXIMUM_SIDE;
use zip::ZipArchive;
use zip::result::ZipError;

use super::Failure;
use super::npy::{self, Array, Data};

/// What there is to solve.
pub(super) enum Input {
    Integers(Stored<i64>),
    Floats(Stored<f64>),
    Sparse(SparseMatrix),
}

/// A dense matrix and its memory.
pub(super) struct Stored<T> {
    values: Vec<T>,
    pub(super) rows: usize,
    pub(super) columns: usize,
    order: Order,
}

impl<T: Cost> Stored<T> {
    pub(super) fn matrix(&self, file: &Path) -> Result<Matrix<'_, T>, Failure> {
        Matrix::new(&self.values, self.rows, self.columns, self.order).ok_or_else(|| {
            let (rows, columns) = (self.rows, self.columns);
            Failure::file(
                file,
                format!("has {rows} rows and {columns} columns, together at most {} can be solved", u32::MAX),
            )
        })
    }
}

/// Entries by row, columns ascending. What is not listed is forbidden.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SparseMatrix {
    pub(super) rows: Vec<Vec<(u32, i64)>>,
    pub(super) columns: usize,
}

pub(super) fn read(file: &Path) -> Result<Input, Failure> {
    let source = File::open(file).map_err(|error| Failure::file(file, error))?;
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("npy") => dense(npy::read(&mut BufReader::new(source)).map_err(|what| Failure::file(file, what))?),
        Some("npz") => ZipArchive::new(BufReader::new(source))
            .map_err(|error| format!("is no .npz file: {error}"))
            .and_then(|mut archive| sparse(&mut archive))
            .map(Input::Sparse),
        _ => Err("must end in .npy (dense) or .npz (sparse)".to_owned()),
    }
    .map_err(|what| Failure::file(file, what))
}

/// How often each column may be assigned.
pub(super) fn capacity(file: &Path, columns: usize) -> Result<Vec<u32>, Failure> {
    let failure = |what: String| Failure::Input(format!("--capacity {}: {what}", file.display()));
    let source = File::open(file).map_err(|error| failure(error.to_string()))?;
    let array = npy::read(&mut BufReader::new(source)).map_err(failure)?;
    if array.shape != [columns] {
        return Err(failure(format!("has the shape {:?}, the matrix needs [{columns}]", array.shape)));
    }
    integers(array)
        .map_err(failure)?
        .into_iter()
        .enumerate()
        .map(|(column, capacity)| {
            u32::try_from(capacity)
                .map_err(|_| failure(format!("column {column} has {capacity}, must be 0 to {}", u32::MAX)))
        })
        .collect()
}

fn dense(array: Array) -> Result<Input, String> {
    let [rows, columns] = array.shape[..] else {
        return Err(format!("has {} dimensions, a matrix has 2", array.shape.len()));
    };
    // What has numbers is as large as its file; what has none is as large as it says.
    if rows.min(columns) == 0 && rows.max(columns) > MAXIMUM_SIDE {
        return Err(format!(
            "has {rows} rows and {columns} columns; without a number at most {MAXIMUM_SIDE} can be solved"
        ));
    }
    let order = if array.is_fortran { Order::ColumnMajor } else { Order::RowMajor };
    match array.data {
        Data::Float64(values) => Ok(Input::Floats(Stored { values, rows, columns, order })),
        Data::Int64(values) => Ok(Input::Integers(Stored { values, rows, columns, order })),
        other => Err(format!(
            "has numbers of type {}; convert them with .astype('float64') or .astype('int64')",
            other.name()
        )),
    }
}

/// Whole numbers, whatever they are stored as.
fn integers(array: Array) -> Result<Vec<i64>, String> {
    match array.data {
        Data::Int64(values) => Ok(values),
        Data::Int32(values) => Ok(values.into_iter().map(i64::from).collect()),
        Data::Float64(values) => {
            let wrong = |value: f64| format!("has the value {value}; sparse values and capacities must be whole");
            values.into_iter().map(|value| whole(value).ok_or_else(|| wrong(value))).collect()
        }
        Data::Text(_) => Err("has text where numbers must be".to_owned()),
    }
}

/// The same number as an integer, if it is one that both types have.
#[allow(clippy::cast_possible_truncation, reason = "whole and below 2^53")]
pub(super) fn whole(value: f64) -> Option<i64> {
    (value.fract() == 0.0 && value.abs() < 9_007_199_254_740_992.0).then_some(value as i64)
}

/// The parts of a matrix as `scipy.sparse.save_npz` writes it.
fn sparse(archive: &mut ZipArchive<impl Read + Seek>) -> Result<SparseMatrix, String> {
    let format = match part(archive, "format")?.data {
        Data::Text(format) => format,
        other => return Err(format!("format is {}, must be text", other.name())),
    };
    let shape = integers(part(archive, "shape")?)?;
    let [rows, columns] = shape[..] else { return Err(format!("shape has {} numbers, a matrix has 2", shape.len())) };
    // Before anything is as long as the shape says.
    let side = |name: &str, side: i64| match usize::try_from(side) {
        Ok(side) if side <= MAXIMUM_SIDE => Ok(side),
        _ => Err(format!("shape has {side} {name}, must be 0 to {MAXIMUM_SIDE}")),
    };
    let (rows, columns) = (side("rows", rows)?, side("columns", columns)?);
    let values = integers(part(archive, "data")?).map_err(|what| format!("data {what}"))?;
    let mut numbers = |name: &str| integers(part(archive, name)?).map_err(|what| format!("{name} {what}"));
    let (row_of, column_of) = match format.as_str() {
        "csr" => (spread("indptr", &numbers("indptr")?, rows, values.len())?, numbers("indices")?),
        "csc" => {
            let columns = spread("indptr", &numbers("indptr")?, columns, values.len())?;
            (numbers("indices")?, columns)
        }
        "coo" => (numbers("row")?, numbers("col")?),
        other => return Err(format!("format is {other:?}; csr, csc and coo can be read: convert it with .tocsr()")),
    };
    if row_of.len() != values.len() || column_of.len() != values.len() {
        let (rows, columns, values) = (row_of.len(), column_of.len(), values.len());
        return Err(format!("has {values} values, but {rows} row and {columns} column numbers"));
    }
    let mut sorted = vec![Vec::new(); rows];
    for ((row, column), value) in row_of.into_iter().zip(column_of).zip(values) {
        let place = usize::try_from(row).ok().filter(|&row| row < rows).zip(u32::try_from(column).ok());
        let Some((row, column)) = place.filter(|&(_, column)| (column as usize) < columns) else {
            return Err(format!("has an entry at row {row}, column {column}, outside {rows} × {columns}"));
        };
        sorted[row].push((column, value));
    }
    for (row, entries) in sorted.iter_mut().enumerate() {
        entries.sort_unstable_by_key(|&(column, _)| column);
        if let Some(pair) = entries.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(format!(
                "has two entries at row {row}, column {}: add them up with .sum_duplicates()",
                pair[0].0
            ));
        }
    }
    Ok(SparseMatrix { rows: sorted, columns })
}

fn part(archive: &mut ZipArchive<impl Read + Seek>, name: &str) -> Result<Array, String> {
    let mut entry = archive.by_name(&format!("{name}.npy")).map_err(|error| match error {
        ZipError::FileNotFound => format!("has no part {name}.npy: write it with scipy.sparse.save_npz"),
        error => format!("{name}.npy: {error}"),
    })?;
    npy::read(&mut entry).map_err(|what| format!("{name}.npy {what}"))
}

/// The line of each entry, from where each line starts.
fn spread(name: &str, starts: &[i64], lines: usize, entries: usize) -> Result<Vec<i64>, String> {
    let fits = starts.len() == lines + 1
        && starts.first() == Some(&0)
        && starts.last().copied() == i64::try_from(entries).ok()
        && starts.is_sorted();
    if !fits {
        return Err(format!("{name} must rise from 0 to {entries} in {} numbers", lines + 1));
    }
    let mut line_of = Vec::with_capacity(entries);
    for (line, pair) in (0..).zip(starts.windows(2)) {
        line_of.extend((pair[0]..pair[1]).map(|_| line));
    }
    Ok(line_of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_starts_that_do_not_fit_are_refused() {
        assert_eq!(spread("indptr", &[0, 2, 2, 3], 3, 3), Ok(vec![0, 0, 2]));
        for starts in [&[0, 2, 3][..], &[0, 3, 2, 3], &[1, 2, 2, 3], &[0, 2, 2, 4]] {
            assert!(spread("indptr", starts, 3, 3).is_err(), "{starts:?}");
        }
    }
}
