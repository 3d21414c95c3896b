//! A dense matrix as its owner keeps it, and the view of it that the solver reads: lines of the shorter side, costs to minimise.
//! Nothing is copied but the lines that are not contiguous, a few at a time.

use super::cost::Cost;

/// Which index runs fastest in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Rows are contiguous (C).
    RowMajor,
    /// Columns are contiguous (Fortran).
    ColumnMajor,
}

/// What is looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sense {
    /// The smallest sum; `+inf` forbids a pair.
    #[default]
    Minimize,
    /// The largest sum; `-inf` forbids a pair.
    Maximize,
}

/// Borrowed values of a matrix.
#[derive(Clone, Copy, Debug)]
pub struct Matrix<'a, T> {
    values: &'a [T],
    rows: usize,
    columns: usize,
    order: Order,
}

impl<'a, T: Cost> Matrix<'a, T> {
    /// The view, if the values are as many as the shape says and both sides together fit `u32`; nothing else is looked at here.
    #[must_use]
    pub fn new(values: &'a [T], rows: usize, columns: usize, order: Order) -> Option<Self> {
        let fits = rows.saturating_add(columns) < u32::MAX as usize && rows.checked_mul(columns) == Some(values.len());
        fits.then_some(Self { values, rows, columns, order })
    }

    /// The value of a pair.
    #[must_use]
    pub fn at(&self, row: usize, column: usize) -> T {
        match self.order {
            Order::RowMajor => self.values[row * self.columns + column],
            Order::ColumnMajor => self.values[column * self.rows + row],
        }
    }

    /// Number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Whether the lines that the solver reads are the columns: if there are fewer, or as many that are contiguous.
    pub(super) fn is_transposed(&self) -> bool {
        match self.rows.cmp(&self.columns) {
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Greater => true,
            std::cmp::Ordering::Equal => self.order == Order::ColumnMajor,
        }
    }

    pub(super) fn lines<const NEGATE: bool>(&self) -> Lines<'a, T, NEGATE> {
        let transposed = self.is_transposed();
        let (count, length) = if transposed { (self.columns, self.rows) } else { (self.rows, self.columns) };
        let contiguous = transposed == (self.order == Order::ColumnMajor);
        Lines { values: self.values, count, length, contiguous }
    }
}

/// The lines of the shorter side: never more than they are long.
#[derive(Clone, Copy)]
pub(super) struct Lines<'a, T, const NEGATE: bool> {
    values: &'a [T],
    pub(super) count: usize,
    pub(super) length: usize,
    contiguous: bool,
}

/// Lines that are gathered at a time, so that each cache line of the matrix is read once: two cache lines of numbers.
pub(super) const GATHERED: usize = 16;

impl<'a, T: Cost, const NEGATE: bool> Lines<'a, T, NEGATE> {
    /// The cost that a stored value stands for.
    #[inline(always)]
    pub(super) fn cost(value: T) -> T {
        if NEGATE { value.negated() } else { value }
    }

    pub(super) fn is_forbidden(value: T) -> bool {
        Self::cost(value) == T::INFINITE
    }

    pub(super) fn at(&self, line: usize, place: usize) -> T {
        let index = if self.contiguous { line * self.length + place } else { place * self.count + line };
        Self::cost(self.values[index])
    }

    /// The stored values of one line.
    pub(super) fn line<'b>(&self, line: usize, scratch: &'b mut Vec<T>) -> &'b [T]
    where
        'a: 'b,
    {
        if self.contiguous {
            return &self.values[line * self.length..][..self.length];
        }
        scratch.clear();
        scratch.extend(self.values.iter().skip(line).step_by(self.count));
        scratch
    }

    /// Hands the stored values of the lines to `visit`, in order, several lines at a time with the number of the first.
    pub(super) fn visit(&self, lines: std::ops::Range<usize>, mut visit: impl FnMut(usize, &[T])) {
        if self.contiguous {
            visit(lines.start, &self.values[lines.start * self.length..lines.end * self.length]);
            return;
        }
        let mut scratch = vec![T::default(); GATHERED.min(lines.len()) * self.length];
        for start in lines.clone().step_by(GATHERED) {
            let width = GATHERED.min(lines.end - start);
            for (place, across) in self.values.chunks_exact(self.count).enumerate() {
                for (offset, &value) in across[start..start + width].iter().enumerate() {
                    scratch[offset * self.length + place] = value;
                }
            }
            visit(start, &scratch[..width * self.length]);
        }
    }
}
