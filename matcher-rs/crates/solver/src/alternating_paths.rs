//! Paths over tight pairs along which units can move on, one making room for the next.
//!
//! Breadth-first from both ends at once: where there are many ties most paths are short and most nodes have many neighbours.

use std::collections::VecDeque;

use crate::tight::{Standing, Undecided};

/// One move of a path: who moves (nobody, if a vacancy passes the other way), and from where to where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) mover: Option<u32>,
    pub(crate) from: u32,
    pub(crate) to: u32,
}

/// Searches for paths; keeps its memory between them.
pub(crate) struct Paths {
    search: u32,
    forward: Reached,
    backward: Reached,
    /// Columns that may take a vacancy from the outside.
    spare: Vec<u32>,
}

/// What is reached from one end.
struct Reached {
    /// By node: in which search it was last reached, and by which step; the step of an end is without meaning.
    marks: Vec<(u32, Step)>,
    queue: VecDeque<u32>,
    /// The outside comes last, for it has many neighbours, and the other end finds it from there.
    outside_waits: bool,
    work: usize,
}

impl Paths {
    pub(crate) fn new(nodes: usize) -> Self {
        Self { search: 0, forward: Reached::new(nodes), backward: Reached::new(nodes), spare: Vec::new() }
    }

    /// Prepares for paths among these rows.
    pub(crate) fn restart(&mut self, undecided: &Undecided, standing: &Standing<'_>) {
        self.spare = undecided.columns().filter(|&column| standing.takes_vacancy(column)).collect();
        self.forward.work = 0;
        self.backward.work = 0;
    }

    /// How many steps were looked at since then.
    pub(crate) fn work(&self) -> usize {
        self.forward.work + self.backward.work
    }

    /// A shortest path, or nearly, from `start` to any of `ends`, moving rows after `place` only.
    pub(crate) fn find(
        &mut self,
        undecided: &Undecided,
        place: usize,
        standing: &Standing<'_>,
        start: u32,
        ends: &[u32],
    ) -> Option<Vec<Step>> {
        let around = Around { undecided, place, standing, spare: &self.spare };
        self.search += 1;
        self.forward.begin(self.search, &[start], standing.outside());
        self.backward.begin(self.search, ends, standing.outside());
        loop {
            let is_forward = self.forward.work <= self.backward.work;
            let (near, far) =
                if is_forward { (&mut self.forward, &self.backward) } else { (&mut self.backward, &self.forward) };
            let node = near.next(standing.outside())?;
            let mut meeting = None;
            let mut visit = |step: Step| {
                let reached = if is_forward { step.to } else { step.from };
                near.visit(self.search, reached, step, standing.outside());
                if far.has(self.search, reached) {
                    meeting = meeting.or(Some(reached));
                }
            };
            if is_forward {
                around.leave(node, &mut visit);
            } else {
                around.arrive(node, &mut visit);
            }
            if let Some(meeting) = meeting {
                return Some(self.join(meeting, start, ends));
            }
        }
    }

    fn join(&self, meeting: u32, start: u32, ends: &[u32]) -> Vec<Step> {
        let mut path = Vec::new();
        let mut node = meeting;
        while node != start {
            let step = self.forward.marks[node as usize].1;
            path.push(step);
            node = step.from;
        }
        path.reverse();
        node = meeting;
        while !ends.contains(&node) {
            let step = self.backward.marks[node as usize].1;
            path.push(step);
            node = step.to;
        }
        path
    }
}

impl Reached {
    fn new(nodes: usize) -> Self {
        let nowhere = Step { mover: None, from: 0, to: 0 };
        Self { marks: vec![(0, nowhere); nodes], queue: VecDeque::new(), outside_waits: false, work: 0 }
    }

    fn begin(&mut self, search: u32, ends: &[u32], outside: u32) {
        self.queue.clear();
        self.outside_waits = false;
        for &end in ends {
            self.visit(search, end, Step { mover: None, from: end, to: end }, outside);
        }
    }

    fn has(&self, search: u32, node: u32) -> bool {
        self.marks[node as usize].0 == search
    }

    fn visit(&mut self, search: u32, node: u32, step: Step, outside: u32) {
        self.work += 1;
        let mark = &mut self.marks[node as usize];
        if mark.0 != search {
            *mark = (search, step);
            if node == outside {
                self.outside_waits = true;
            } else {
                self.queue.push_back(node);
            }
        }
    }

    fn next(&mut self, outside: u32) -> Option<u32> {
        self.queue.pop_front().or_else(|| std::mem::take(&mut self.outside_waits).then_some(outside))
    }
}

/// The neighbourhood of nodes.
struct Around<'a> {
    undecided: &'a Undecided,
    place: usize,
    standing: &'a Standing<'a>,
    spare: &'a [u32],
}

impl Around<'_> {
    /// All steps from a node.
    fn leave(&self, from: u32, visit: &mut impl FnMut(Step)) {
        let mut move_on = |place: usize, mover: u32| {
            for &to in self.undecided.choices(place) {
                visit(Step { mover: Some(mover), from, to });
            }
        };
        if from == self.standing.outside() {
            for &place in self.later_takers(from) {
                let mover = self.undecided.row(place as usize);
                if self.standing.has_unassigned(mover) {
                    move_on(place as usize, mover);
                }
            }
            for &to in self.spare {
                visit(Step { mover: None, from, to });
            }
            return;
        }
        for holder in self.standing.holders(from) {
            if let Some(place) = self.undecided.place(holder).filter(|&place| place > self.place) {
                move_on(place, holder);
            }
        }
        if self.standing.has_vacancy(from) {
            visit(Step { mover: None, from, to: self.standing.outside() });
        }
    }

    /// All steps to a node.
    fn arrive(&self, to: u32, visit: &mut impl FnMut(Step)) {
        for &place in self.later_takers(to) {
            let mover = self.undecided.row(place as usize);
            for from in self.standing.held(mover) {
                visit(Step { mover: Some(mover), from, to });
            }
        }
        let outside = self.standing.outside();
        if to == outside {
            for &from in self.spare.iter().filter(|&&from| self.standing.has_vacancy(from)) {
                visit(Step { mover: None, from, to });
            }
        } else if self.standing.takes_vacancy(to) {
            visit(Step { mover: None, from: outside, to });
        }
    }

    fn later_takers(&self, node: u32) -> &[u32] {
        let takers = self.undecided.takers(node);
        &takers[takers.partition_point(|&taker| taker as usize <= self.place)..]
    }
}
