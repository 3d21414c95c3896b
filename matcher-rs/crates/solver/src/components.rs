//! Strongly connected components of a directed graph (Tarjan 1972), without recursion.

use crate::problem::number;

/// Arrows by the node that they leave.
pub(crate) struct Graph {
    starts: Vec<u32>,
    targets: Vec<u32>,
}

impl Graph {
    /// The graph of these arrows, each from the first to the second.
    pub(crate) fn new(nodes: usize, arrows: &[(u32, u32)]) -> Self {
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
    pub(crate) fn components(&self) -> Vec<u32> {
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
        // 0 → 1 → 2 → 0, 2 → 3 ⇄ 4, 5 alone with a loop, 6 → 4.
        let arrows = [(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (4, 3), (5, 5), (6, 4)];
        let components = Graph::new(7, &arrows).components();
        let together = |a: usize, b: usize| components[a] == components[b];
        assert!(together(0, 1) && together(1, 2) && together(3, 4));
        for (a, b) in [(2, 3), (4, 5), (5, 6), (6, 4), (0, 6)] {
            assert!(!together(a, b), "{a} and {b}");
        }
        assert!(Graph::new(0, &[]).components().is_empty());
    }
}
