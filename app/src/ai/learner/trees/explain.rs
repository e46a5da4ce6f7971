//! Exact path-dependent Shapley values (TreeSHAP: Lundberg et al. 2020), by quadrature.
//!
//! In the game behind them a leaf pays its value times a factor for each column on its path: for a column in the coalition 1 if
//! the row's answers lead to the leaf (it agrees) and else 0, for any other the share of the training rows that went the leaf's
//! way. By Owen's multilinear extension (1972) the Shapley value of column i in this game is
//!
//! value · (agrees_i − share_i) · ∫₀¹ ∏_{j≠i} (agrees_j · t + share_j · (1 − t)) dt
//!
//! The integrand is a polynomial of a degree below the number of columns on the path, so that Gauss–Legendre quadrature with
//! half as many points is exact. At each point the leaves' products share their factors along the branches (as in Linear
//! TreeSHAP, Yu et al. 2022): one pass down and one up explain a tree in time proportional to its branches, without the tables
//! over all coalitions that deep trees could not afford.

use super::{
    bins::BinnedTable,
    tree::{BinSet, Child, Tree},
};

/// A forest laid out for explanation.
#[derive(Debug, Clone)]
pub struct Explainer {
    trees: Vec<Branches>,
    expected: f64,
    /// Nodes of the largest tree.
    most: usize,
    /// Points of quadrature that are exact for all trees.
    points: usize,
}

#[derive(Debug, Clone, Default)]
struct Branches {
    /// Those into nodes. The first leads to the root and asks nothing; each stands after the one above it.
    into_nodes: Vec<Branch>,
    /// Those into leaves, with the leaf's value.
    into_leaves: Vec<(Branch, f64)>,
}

/// The way into a node or leaf.
#[derive(Debug, Clone)]
struct Branch {
    /// The column asked about.
    column: usize,
    /// The bins that go this way.
    bins: BinSet,
    above: u32,
    /// The next branch above that asks about the same column; 0 if there is none, which agrees with everything.
    same: u32,
    /// Share of the training rows that go this way here and at all branches above that ask about the same column.
    share: f64,
}

impl Explainer {
    /// Trees must be valid ([`Tree::check`]).
    pub fn new(trees: &[Tree]) -> Self {
        let columns = trees.iter().map(columns_on_a_path).max().unwrap_or(0);
        let expected = trees.iter().map(mean_value).sum();
        let trees: Vec<Branches> = trees.iter().map(Branches::new).collect();
        Self { expected, most: trees.iter().map(|tree| tree.into_nodes.len()).max().unwrap_or(0), points: columns.div_ceil(2), trees }
    }

    /// The trees' mean prediction over the training rows.
    pub fn expected(&self) -> f64 {
        self.expected
    }

    /// Adds the contributions of table rows `first`, `first + 1`, … to `rows`.
    pub fn explain(&self, table: &BinnedTable, first: usize, rows: &mut [Vec<f64>]) {
        match self.points {
            0..=2 => self.explain_with::<2>(table, first, rows),
            3..=4 => self.explain_with::<4>(table, first, rows),
            5..=6 => self.explain_with::<6>(table, first, rows),
            _ => self.explain_with::<8>(table, first, rows),
        }
    }

    fn explain_with<const Q: usize>(&self, table: &BinnedTable, first: usize, rows: &mut [Vec<f64>]) {
        let mut walk = Walk::<Q>::new(self.most);
        let bins: Vec<Vec<u8>> = (first..first + rows.len()).map(|row| table.columns.iter().map(|column| column[row]).collect()).collect();
        for tree in &self.trees {
            for (contributions, bins) in rows.iter_mut().zip(&bins) {
                walk.down(&tree.into_nodes, bins);
                walk.turn(&tree.into_leaves, bins, contributions);
                walk.up(&tree.into_nodes, contributions);
            }
        }
    }
}

/// The quadrature, and what is known of each branch for one row.
struct Walk<const Q: usize> {
    points: [f64; Q],
    /// 1 minus each point.
    rest: [f64; Q],
    weights: [f64; Q],
    states: Vec<State<Q>>,
}

/// A branch seen by one row, by point of quadrature where it is an array.
#[derive(Clone, Copy)]
struct State<const Q: usize> {
    /// 1 if the row takes this branch and all above that ask about the same column, else 0.
    agrees: f64,
    /// 1 / the column's factor.
    inverse: [f64; Q],
    /// What the column is paid of each leaf below: weight · (agrees − share) / factor.
    pay: [f64; Q],
    /// The factors of all columns on the path.
    product: [f64; Q],
    /// Values times products of the leaves below.
    sum: [f64; Q],
}

impl<const Q: usize> Walk<Q> {
    fn new(nodes: usize) -> Self {
        let (points, weights) = gauss_legendre();
        let root = State { agrees: 1.0, inverse: [1.0; Q], pay: [0.0; Q], product: [1.0; Q], sum: [0.0; Q] };
        Self { points, rest: points.map(|point| 1.0 - point), weights, states: vec![root; nodes] }
    }

    // Without conditions, of which the processor would guess half wrong.
    fn down(&mut self, into_nodes: &[Branch], bins: &[u8]) {
        for (index, branch) in into_nodes.iter().enumerate().skip(1) {
            let same = self.states[branch.same as usize];
            let product = self.states[branch.above as usize].product;
            let agrees = branch.agrees(bins, same.agrees);
            let mut state = State { agrees, product, sum: [0.0; Q], ..same };
            for q in 0..Q {
                let factor = agrees * self.points[q] + branch.share * self.rest[q];
                state.product[q] *= factor * same.inverse[q];
                state.inverse[q] = 1.0 / factor;
                state.pay[q] = self.weights[q] * (agrees - branch.share) * state.inverse[q];
            }
            self.states[index] = state;
        }
    }

    /// What `down` and `up` do for nodes, at the leaves.
    fn turn(&mut self, into_leaves: &[(Branch, f64)], bins: &[u8], contributions: &mut [f64]) {
        for (branch, value) in into_leaves {
            let same = &self.states[branch.same as usize];
            let above = &self.states[branch.above as usize].product;
            let agrees = branch.agrees(bins, same.agrees);
            let mut sum = [0.0; Q];
            let mut contribution = 0.0;
            for q in 0..Q {
                let factor = agrees * self.points[q] + branch.share * self.rest[q];
                let product = value * above[q] * same.inverse[q];
                sum[q] = product * factor;
                contribution += product * (self.weights[q] * (agrees - branch.share) - same.pay[q] * factor);
            }
            contributions[branch.column] += contribution;
            add(&mut self.states[branch.above as usize].sum, &sum);
        }
    }

    /// Each branch's leaves pay its column's share in them, less what the branch above on that column has been paid for them.
    fn up(&mut self, into_nodes: &[Branch], contributions: &mut [f64]) {
        for (index, branch) in into_nodes.iter().enumerate().skip(1).rev() {
            let State { sum, pay, .. } = self.states[index];
            let paid = &self.states[branch.same as usize].pay;
            contributions[branch.column] += (0..Q).map(|q| sum[q] * (pay[q] - paid[q])).sum::<f64>();
            add(&mut self.states[branch.above as usize].sum, &sum);
        }
    }
}

fn add<const Q: usize>(to: &mut [f64; Q], numbers: &[f64; Q]) {
    to.iter_mut().zip(numbers).for_each(|(to, number)| *to += number);
}

/// Points and weights that integrate polynomials of degree 2Q − 1 over 0..1 exactly: the zeros of the Legendre polynomial, by
/// Newton's method.
fn gauss_legendre<const Q: usize>() -> ([f64; Q], [f64; Q]) {
    let (mut points, mut weights) = ([0.0; Q], [0.0; Q]);
    for i in 0..Q {
        let mut x = (std::f64::consts::PI * (i as f64 + 0.75) / (Q as f64 + 0.5)).cos();
        let mut slope = 0.0;
        for _ in 0..10 {
            let (mut before, mut value) = (1.0, x);
            for k in 2..=Q {
                let k = k as f64;
                (before, value) = (value, ((2.0 * k - 1.0) * x * value - (k - 1.0) * before) / k);
            }
            slope = Q as f64 * (x * value - before) / (x * x - 1.0);
            x -= value / slope;
        }
        points[i] = (1.0 + x) / 2.0;
        weights[i] = 1.0 / ((1.0 - x * x) * slope * slope);
    }
    (points, weights)
}

impl Branches {
    fn new(tree: &Tree) -> Self {
        let covers = node_covers(tree);
        let root = Branch { column: 0, bins: BinSet::default(), above: 0, same: 0, share: 1.0 };
        let mut branches = Self { into_nodes: vec![root], into_leaves: Vec::new() };
        let mut open: Vec<(usize, usize)> = if tree.nodes.is_empty() { Vec::new() } else { vec![(0, 0)] };
        while let Some((node, above)) = open.pop() {
            let (node, cover_here) = (&tree.nodes[node], covers[node]);
            let mut same = above;
            while same > 0 && branches.into_nodes[same].column != node.column {
                same = branches.into_nodes[same].above as usize;
            }
            for (next, bins) in [(node.left, node.goes_left), (node.right, node.goes_left.others())] {
                let share = branches.into_nodes[same].share * cover(tree, &covers, next) / cover_here;
                let branch = Branch { column: node.column, bins, above: above as u32, same: same as u32, share };
                match next {
                    Child::Node(next) => {
                        open.push((next, branches.into_nodes.len()));
                        branches.into_nodes.push(branch);
                    }
                    Child::Leaf(leaf) => branches.into_leaves.push((branch, f64::from(tree.leaves[leaf].value))),
                }
            }
        }
        branches
    }
}

impl Branch {
    /// 1 or 0: whether the row takes this branch, given whether it does so at the one above on the same column.
    fn agrees(&self, bins: &[u8], above: f64) -> f64 {
        above * f64::from(u8::from(self.bins.contains(bins[self.column])))
    }
}

/// Different columns on a path, at most.
fn columns_on_a_path(tree: &Tree) -> usize {
    let mut open = vec![(tree.root(), Vec::new())];
    let mut most = 0;
    while let Some((child, mut columns)) = open.pop() {
        if let Child::Node(index) = child {
            let node = &tree.nodes[index];
            if !columns.contains(&node.column) {
                columns.push(node.column);
                most = most.max(columns.len());
            }
            open.push((node.left, columns.clone()));
            open.push((node.right, columns));
        }
    }
    most
}

/// Weight of the training rows at each node.
fn node_covers(tree: &Tree) -> Vec<f64> {
    let mut covers = vec![0.0; tree.nodes.len()];
    // Children stand after their parents.
    for index in (0..tree.nodes.len()).rev() {
        covers[index] = cover(tree, &covers, tree.nodes[index].left) + cover(tree, &covers, tree.nodes[index].right);
    }
    covers
}

fn cover(tree: &Tree, covers: &[f64], child: Child) -> f64 {
    match child {
        Child::Node(index) => covers[index],
        Child::Leaf(leaf) => f64::from(tree.leaves[leaf].cover),
    }
}

fn mean_value(tree: &Tree) -> f64 {
    let total: f64 = tree.leaves.iter().map(|leaf| f64::from(leaf.cover)).sum();
    tree.leaves.iter().map(|leaf| f64::from(leaf.value) * f64::from(leaf.cover)).sum::<f64>() / total
}
