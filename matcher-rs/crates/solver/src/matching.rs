//! Who holds what while a solution is built: units in columns, both ways round. No decision is taken here.

use crate::problem::Problem;

/// An assignment in the making; never more units in a column than moved there by its callers, who look at [`Matching::has_room`].
#[derive(Clone, Debug)]
pub(crate) struct Matching {
    column_of_unit: Vec<Option<u32>>,
    units_of_column: Vec<Vec<u32>>,
    /// Where a unit stands in the list of its column, so that leaving takes constant time.
    place_of_unit: Vec<usize>,
}

impl Matching {
    pub(crate) fn empty(problem: &Problem) -> Self {
        Self {
            column_of_unit: vec![None; problem.units()],
            units_of_column: vec![Vec::new(); problem.columns()],
            place_of_unit: vec![0; problem.units()],
        }
    }

    pub(crate) fn column_of(&self, unit: u32) -> Option<u32> {
        self.column_of_unit[unit as usize]
    }

    pub(crate) fn units_of(&self, column: u32) -> &[u32] {
        &self.units_of_column[column as usize]
    }

    pub(crate) fn has_room(&self, problem: &Problem, column: u32) -> bool {
        self.units_of(column).len() < problem.column_capacity()[column as usize] as usize
    }

    pub(crate) fn move_unit(&mut self, unit: u32, target: Option<u32>) {
        if let Some(column) = self.column_of_unit[unit as usize] {
            let units = &mut self.units_of_column[column as usize];
            let place = self.place_of_unit[unit as usize];
            units.swap_remove(place);
            if let Some(&moved) = units.get(place) {
                self.place_of_unit[moved as usize] = place;
            }
        }
        self.column_of_unit[unit as usize] = target;
        if let Some(column) = target {
            let units = &mut self.units_of_column[column as usize];
            self.place_of_unit[unit as usize] = units.len();
            units.push(unit);
        }
    }

    pub(crate) fn into_columns(self) -> Vec<Option<u32>> {
        self.column_of_unit
    }
}
