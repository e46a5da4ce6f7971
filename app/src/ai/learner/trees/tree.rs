//! One decision tree over bins.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::bins::BinnedTable;

/// A set of bins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<(u8, u8)>", into = "Vec<(u8, u8)>")]
pub struct BinSet([u64; 4]);

impl BinSet {
    pub fn insert(&mut self, bin: u8) {
        self.0[usize::from(bin >> 6)] |= 1 << (bin & 63);
    }

    pub fn contains(&self, bin: u8) -> bool {
        self.0[usize::from(bin >> 6)] >> (bin & 63) & 1 == 1
    }

    pub fn from_range(range: RangeInclusive<u8>) -> Self {
        let mut set = Self::default();
        range.for_each(|bin| set.insert(bin));
        set
    }

    /// All bins that are not in it.
    pub fn others(&self) -> Self {
        Self(self.0.map(|bins| !bins))
    }

    /// The highest bin, if any.
    pub fn max(&self) -> Option<u8> {
        (0..=u8::MAX).rev().find(|bin| self.contains(*bin))
    }
}

/// Written as increasing, separate ranges, ends included: short for numeric splits, readable for both.
impl From<BinSet> for Vec<(u8, u8)> {
    fn from(set: BinSet) -> Self {
        let mut ranges: Vec<(u8, u8)> = Vec::new();
        for bin in (0..=u8::MAX).filter(|bin| set.contains(*bin)) {
            match ranges.last_mut() {
                Some(last) if last.1 + 1 == bin => last.1 = bin,
                _ => ranges.push((bin, bin)),
            }
        }
        ranges
    }
}

impl TryFrom<Vec<(u8, u8)>> for BinSet {
    type Error = String;

    fn try_from(ranges: Vec<(u8, u8)>) -> Result<Self, String> {
        let mut set = Self::default();
        for (first, last) in ranges {
            if first > last {
                return Err(format!("{first}..={last} is no range of bins"));
            }
            (first..=last).for_each(|bin| set.insert(bin));
        }
        Ok(set)
    }
}

/// Where a branch leads; as a number, `-1 - i` is leaf i.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "i32", into = "i32")]
pub enum Child {
    Node(usize),
    Leaf(usize),
}

impl From<i32> for Child {
    fn from(number: i32) -> Self {
        if number >= 0 { Self::Node(number as usize) } else { Self::Leaf(!number as usize) }
    }
}

impl From<Child> for i32 {
    fn from(child: Child) -> i32 {
        match child {
            Child::Node(index) => index as i32,
            Child::Leaf(index) => !(index as i32),
        }
    }
}

/// A question about one column. Written as the four in a row: forests are long.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "(usize, BinSet, Child, Child)", into = "(usize, BinSet, Child, Child)")]
pub struct Node {
    /// Index of the column.
    pub column: usize,
    /// The bins that go left; all others go right.
    pub goes_left: BinSet,
    pub left: Child,
    pub right: Child,
}

impl From<(usize, BinSet, Child, Child)> for Node {
    fn from((column, goes_left, left, right): (usize, BinSet, Child, Child)) -> Self {
        Self { column, goes_left, left, right }
    }
}

impl From<Node> for (usize, BinSet, Child, Child) {
    fn from(node: Node) -> Self {
        (node.column, node.goes_left, node.left, node.right)
    }
}

/// Where rows end. Written as a pair of numbers of single precision, which any JSON parser carries exactly.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "(f32, f32)", into = "(f32, f32)")]
pub struct Leaf {
    /// Added to the margin.
    pub value: f32,
    /// Weight of the training rows that ended here, within [`Leaf::COVERS`].
    pub cover: f32,
}

impl Leaf {
    /// Weights that shares of shares can be reckoned of without underflow.
    pub const COVERS: RangeInclusive<f32> = 1e-6..=1e9;

    /// A cover out of range becomes the nearest in it.
    pub fn new(value: f32, cover: f32) -> Self {
        Self { value, cover: cover.clamp(*Self::COVERS.start(), *Self::COVERS.end()) }
    }
}

impl From<(f32, f32)> for Leaf {
    fn from((value, cover): (f32, f32)) -> Self {
        Self { value, cover }
    }
}

impl From<Leaf> for (f32, f32) {
    fn from(leaf: Leaf) -> Self {
        (leaf.value, leaf.cover)
    }
}

/// Nodes stand after their parents; a tree without nodes is its only leaf.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tree {
    pub nodes: Vec<Node>,
    pub leaves: Vec<Leaf>,
}

impl Tree {
    /// Questions on a path, at most: what the explanation is exact for.
    pub const MAX_DEPTH: usize = 16;

    /// Where row `row` of the table ends.
    pub fn leaf(&self, table: &BinnedTable, row: usize) -> usize {
        let mut child = self.root();
        while let Child::Node(index) = child {
            let node = &self.nodes[index];
            child = if node.goes_left.contains(table.columns[node.column][row]) { node.left } else { node.right };
        }
        match child {
            Child::Leaf(leaf) => leaf,
            Child::Node(_) => unreachable!("the walk ends at a leaf"),
        }
    }

    pub fn value(&self, table: &BinnedTable, row: usize) -> f64 {
        f64::from(self.leaves[self.leaf(table, row)].value)
    }

    pub fn root(&self) -> Child {
        if self.nodes.is_empty() { Child::Leaf(0) } else { Child::Node(0) }
    }

    /// Checks what walking the tree relies on: every node and leaf is reached exactly once, nodes come after their parents, no
    /// path is longer than [`Tree::MAX_DEPTH`], columns and bins exist, numbers are in range.
    pub fn check(&self, bin_counts: &[usize]) -> Result<(), String> {
        if self.leaves.len() != self.nodes.len() + 1 {
            return Err(format!("{} leaves under {} nodes", self.leaves.len(), self.nodes.len()));
        }
        if self.leaves.iter().any(|leaf| !leaf.value.is_finite() || !Leaf::COVERS.contains(&leaf.cover)) {
            return Err("a leaf's numbers are out of range".into());
        }
        let mut depth = vec![0; self.nodes.len()];
        let (mut reached_nodes, mut reached_leaves) = (vec![false; self.nodes.len()], vec![false; self.leaves.len()]);
        for (index, node) in self.nodes.iter().enumerate() {
            let bins = *bin_counts.get(node.column).ok_or("a split on a column that does not exist")?;
            if node.goes_left.max().is_some_and(|bin| usize::from(bin) >= bins) {
                return Err("a split on a bin that does not exist".into());
            }
            if depth[index] >= Self::MAX_DEPTH {
                return Err(format!("deeper than {}", Self::MAX_DEPTH));
            }
            for child in [node.left, node.right] {
                let first_visit = match child {
                    Child::Node(next) if next > index && next < self.nodes.len() => {
                        depth[next] = depth[index] + 1;
                        !std::mem::replace(&mut reached_nodes[next], true)
                    }
                    Child::Leaf(leaf) if leaf < self.leaves.len() => !std::mem::replace(&mut reached_leaves[leaf], true),
                    _ => false,
                };
                if !first_visit {
                    return Err("branches do not form a tree".into());
                }
            }
        }
        Ok(())
    }
}
