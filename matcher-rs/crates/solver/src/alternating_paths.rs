//! Paths over tight pairs along which units can move on, one making room for the next.
//!
//! Breadth-first from both ends at once: where there are many ties most paths are short and most nodes have many neighbours.

use std::collections::VecDeque;
use std::ops::ControlFlow;

use crate::problem::number;
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
    /// About how many neighbours the outside has.
    around_outside: usize,
}

/// What is reached from one end.
struct Reached {
    /// By node: in which search it was last reached, and by which of the steps.
    marks: Vec<(u32, u32)>,
    /// Of this search; those of its ends are without meaning.
    steps: Vec<Step>,
    queue: VecDeque<u32>,
    /// The outside comes last, for it has many neighbours: as a rule the other end comes to it, or to nothing, for less.
    outside_waits: bool,
    /// Steps looked at in this search, and in those before it.
    work: usize,
    past_work: usize,
}

impl Paths {
    pub(crate) fn new(nodes: usize) -> Self {
        let [forward, backward] = [(); 2].map(|()| Reached::new(nodes));
        Self { search: 0, forward, backward, spare: Vec::new(), around_outside: 0 }
    }

    /// Prepares for paths among these rows.
    pub(crate) fn restart(&mut self, undecided: &Undecided, standing: &Standing<'_>) {
        self.spare = undecided.columns().filter(|&column| standing.takes_vacancy(column)).collect();
        self.around_outside = self.spare.len() + undecided.takers(standing.outside()).len();
        self.forward.restart();
        self.backward.restart();
    }

    /// How many steps were looked at since then.
    pub(crate) fn work(&self) -> usize {
        [&self.forward, &self.backward].map(|side| side.past_work + side.work).iter().sum()
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
        // The shortest are tried first: into a vacancy, which moves to what is left.
        let outside = standing.outside();
        let end = ends.iter().find(|&&end| end == outside || standing.takes_vacancy(end));
        if let Some(&end) = end.filter(|_| standing.has_vacancy(start)) {
            let out = Step { mover: None, from: start, to: outside };
            let back = Step { mover: None, from: outside, to: end };
            return Some(if end == outside { vec![out] } else { vec![out, back] });
        }
        let around = Around { undecided, place, standing, spare: &self.spare };
        self.search += 1;
        self.forward.begin(self.search, &[start], standing.outside());
        self.backward.begin(self.search, ends, standing.outside());
        loop {
            let is_forward = self.forward.due(self.around_outside)? <= self.backward.due(self.around_outside)?;
            let (near, far) =
                if is_forward { (&mut self.forward, &self.backward) } else { (&mut self.backward, &self.forward) };
            let node = near.next(standing.outside())?;
            let mut visit = |step: Step| {
                let reached = if is_forward { step.to } else { step.from };
                near.visit(self.search, reached, step, standing.outside());
                if far.has(self.search, reached) { ControlFlow::Break(reached) } else { ControlFlow::Continue(()) }
            };
            let looked = if is_forward { around.leave(node, &mut visit) } else { around.arrive(node, &mut visit) };
            if let ControlFlow::Break(meeting) = looked {
                return Some(self.join(meeting, start, ends));
            }
        }
    }

    fn join(&self, meeting: u32, start: u32, ends: &[u32]) -> Vec<Step> {
        let mut path = Vec::new();
        let mut node = meeting;
        while node != start {
            let step = self.forward.step(node);
            path.push(step);
            node = step.from;
        }
        path.reverse();
        node = meeting;
        while !ends.contains(&node) {
            let step = self.backward.step(node);
            path.push(step);
            node = step.to;
        }
        path
    }
}

impl Reached {
    fn new(nodes: usize) -> Self {
        let (marks, steps, queue) = (vec![(0, 0); nodes], Vec::new(), VecDeque::new());
        Self { marks, steps, queue, outside_waits: false, work: 0, past_work: 0 }
    }

    fn restart(&mut self) {
        (self.work, self.past_work) = (0, 0);
    }

    fn begin(&mut self, search: u32, ends: &[u32], outside: u32) {
        self.steps.clear();
        self.queue.clear();
        self.outside_waits = false;
        self.past_work += std::mem::take(&mut self.work);
        for &end in ends {
            self.visit(search, end, Step { mover: None, from: end, to: end }, outside);
        }
    }

    fn has(&self, search: u32, node: u32) -> bool {
        self.marks[node as usize].0 == search
    }

    /// The step by which the node was reached.
    fn step(&self, node: u32) -> Step {
        self.steps[self.marks[node as usize].1 as usize]
    }

    fn visit(&mut self, search: u32, node: u32, step: Step, outside: u32) {
        self.work += 1;
        let mark = &mut self.marks[node as usize];
        if mark.0 != search {
            *mark = (search, number(self.steps.len()));
            self.steps.push(step);
            if node == outside {
                self.outside_waits = true;
            } else {
                self.queue.push_back(node);
            }
        }
    }

    /// What will have been looked at before the next node, about; `None` if there is none.
    fn due(&self, around_outside: usize) -> Option<usize> {
        if self.queue.is_empty() { self.outside_waits.then_some(self.work + around_outside) } else { Some(self.work) }
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

/// Goes on, or ends where the two ends meet.
type Looked = ControlFlow<u32>;

impl Around<'_> {
    /// All steps from a node.
    fn leave(&self, from: u32, visit: &mut impl FnMut(Step) -> Looked) -> Looked {
        let mut move_on = |place: usize, mover: u32| {
            self.undecided.choices(place).iter().try_for_each(|&to| visit(Step { mover: Some(mover), from, to }))
        };
        if from == self.standing.outside() {
            for &place in self.later_takers(from) {
                let mover = self.undecided.row(place as usize);
                if self.standing.has_unassigned(mover) {
                    move_on(place as usize, mover)?;
                }
            }
            return self.spare.iter().try_for_each(|&to| visit(Step { mover: None, from, to }));
        }
        for holder in self.standing.holders(from) {
            if let Some(place) = self.undecided.place(holder).filter(|&place| place > self.place) {
                move_on(place, holder)?;
            }
        }
        if self.standing.has_vacancy(from) {
            visit(Step { mover: None, from, to: self.standing.outside() })?;
        }
        ControlFlow::Continue(())
    }

    /// All steps to a node.
    fn arrive(&self, to: u32, visit: &mut impl FnMut(Step) -> Looked) -> Looked {
        for &place in self.later_takers(to) {
            let mover = self.undecided.row(place as usize);
            self.standing.held(mover).try_for_each(|from| visit(Step { mover: Some(mover), from, to }))?;
        }
        let outside = self.standing.outside();
        if to == outside {
            let mut vacant = self.spare.iter().filter(|&&from| self.standing.has_vacancy(from));
            return vacant.try_for_each(|&from| visit(Step { mover: None, from, to }));
        }
        if self.standing.takes_vacancy(to) {
            visit(Step { mover: None, from: outside, to })?;
        }
        ControlFlow::Continue(())
    }

    fn later_takers(&self, node: u32) -> &[u32] {
        let takers = self.undecided.takers(node);
        &takers[takers.partition_point(|&taker| taker as usize <= self.place)..]
    }
}
