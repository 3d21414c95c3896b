//! Strongly connected components of a directed graph (Tarjan 1972), without recursion. Most of the graph is on no cycle, as a rule, and is
//! trimmed off before.

use crate::problem::number;

/// The component of a node that is on no cycle.
pub(crate) const ALONE: u32 = u32::MAX;

/// A number for each node, the same for two nodes exactly if paths lead from each to the other; but [`ALONE`] for most of those that are on
/// no cycle. Arrows lead from the first node to the second, another one.
pub(crate) fn components(nodes: usize, mut arrows: Vec<(u32, u32)>) -> Vec<u32> {
    trim(nodes, &mut arrows);
    // What is left is little, as a rule; its nodes are numbered anew.
    let (mut numbers, mut count) = (vec![ALONE; nodes], 0);
    let mut renumber = |node: &mut u32| {
        let number = &mut numbers[*node as usize];
        if *number == ALONE {
            (*number, count) = (count, count + 1);
        }
        *node = *number;
    };
    for (from, to) in &mut arrows {
        renumber(from);
        renumber(to);
    }
    let components = Graph::new(count as usize, &arrows).components();
    for number in numbers.iter_mut().filter(|number| **number != ALONE) {
        *number = components[*number as usize];
    }
    numbers
}

/// Takes out arrows from nodes to which none leads, and those to nodes from which none does, as long as they are many.
fn trim(nodes: usize, arrows: &mut Vec<(u32, u32)>) {
    let mut ends = vec![(false, false); nodes];
    loop {
        ends.fill((false, false));
        for &(from, to) in &*arrows {
            ends[from as usize].0 = true;
            ends[to as usize].1 = true;
        }
        // Without branches, for it is not foreseen which are left.
        let mut left = 0;
        for at in 0..arrows.len() {
            let (from, to) = arrows[at];
            arrows[left] = (from, to);
            left += usize::from(ends[from as usize].1 & ends[to as usize].0);
        }
        let is_done = left >= arrows.len() - arrows.len() / 8;
        arrows.truncate(left);
        if is_done {
            return;
        }
    }
}

/// Arrows by the node that they leave.
struct Graph {
    starts: Vec<u32>,
    targets: Vec<u32>,
}

impl Graph {
    /// The graph of these arrows, each from the first to the second.
    fn new(nodes: usize, arrows: &[(u32, u32)]) -> Self {
        let mut starts = vec![0; nodes + 1];
        for &(from, _) in arrows {
            starts[from as usize + 1] += 1;
        }
        for node in 0..nodes {
            starts[node + 1] += starts[node];
        }
        let mut next = starts.clone();
        let mut targets = vec![0; arrows.len()];
        for &(from, to) in arrows {
            let at = &mut next[from as usize];
            targets[*at as usize] = to;
            *at += 1;
        }
        Self { starts, targets }
    }

    /// A number for each node, the same for two nodes exactly if paths lead from each to the other.
    fn components(&self) -> Vec<u32> {
        let nodes = self.starts.len() - 1;
        let mut walk = Walk {
            next: self.starts.clone(),
            order: vec![0; nodes],
            low: vec![0; nodes],
            component: vec![u32::MAX; nodes],
            open: Vec::new(),
            path: Vec::new(),
            entered: 0,
        };
        for root in 0..number(nodes) {
            if walk.order[root as usize] == 0 {
                walk.enter(root);
                self.walk_on(&mut walk);
            }
        }
        walk.component
    }

    fn walk_on(&self, walk: &mut Walk) {
        while let Some(&node) = walk.path.last() {
            let at = node as usize;
            if walk.next[at] == self.starts[at + 1] {
                walk.leave(node);
                continue;
            }
            let target = self.targets[walk.next[at] as usize];
            walk.next[at] += 1;
            if walk.order[target as usize] == 0 {
                walk.enter(target);
            } else if walk.component[target as usize] == u32::MAX {
                walk.low[at] = walk.low[at].min(walk.order[target as usize]);
            }
        }
    }
}

struct Walk {
    /// The arrow of each node to be looked at next.
    next: Vec<u32>,
    /// When each node was entered, counted from 1; 0 before.
    order: Vec<u32>,
    /// The earliest open node that is known to be reachable.
    low: Vec<u32>,
    component: Vec<u32>,
    /// Entered, and in no component yet.
    open: Vec<u32>,
    path: Vec<u32>,
    entered: u32,
}

impl Walk {
    fn enter(&mut self, node: u32) {
        self.entered += 1;
        self.order[node as usize] = self.entered;
        self.low[node as usize] = self.entered;
        self.open.push(node);
        self.path.push(node);
    }

    fn leave(&mut self, node: u32) {
        self.path.pop();
        let low = self.low[node as usize];
        if let Some(&before) = self.path.last() {
            self.low[before as usize] = self.low[before as usize].min(low);
        }
        if low == self.order[node as usize] {
            while let Some(member) = self.open.pop() {
                self.component[member as usize] = node;
                if member == node {
                    break;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_that_reach_each_other_are_one_component() {
        // 0 → 1 → 2 → 0, 2 → 3 ⇄ 4, 6 → 4, 6 → 7 → 8; 5 has no arrow.
        let arrows = [(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (4, 3), (6, 4), (6, 7), (7, 8)];
        let components = components(9, arrows.to_vec());
        let together = |a: usize, b: usize| components[a] == components[b];
        assert!(together(0, 1) && together(1, 2) && together(3, 4));
        for (a, b) in [(2, 3), (4, 5), (6, 4), (0, 6)] {
            assert!(!together(a, b), "{a} and {b}");
        }
        assert_eq!(components[5..], [ALONE; 4]);
        assert!(super::components(0, Vec::new()).is_empty());
    }
}
