//! What else one could do: the connected components of users and codes, and the runbook's grouping by hash.

use promo_guard_generator::LabelledPair;
use std::collections::HashMap;

/// The component of each failed pair, users and codes being linked by their failures; attempts of nobody link nothing.
pub fn components(pairs: &[LabelledPair]) -> Vec<usize> {
    let mut parent: Vec<usize> = (0..pairs.len()).collect();
    let mut codes = HashMap::new();
    let mut users = HashMap::new();
    for (i, pair) in pairs.iter().enumerate() {
        let code = *codes.entry(pair.code).or_insert(i);
        join(&mut parent, i, code);
        if let Some(user) = pair.user {
            let user = *users.entry(user).or_insert(i);
            join(&mut parent, i, user);
        }
    }
    (0..pairs.len()).map(|i| root(&mut parent, i)).collect()
}

fn root(parent: &mut [usize], mut i: usize) -> usize {
    while parent[i] != i {
        parent[i] = parent[parent[i]];
        i = parent[i];
    }
    i
}

fn join(parent: &mut [usize], a: usize, b: usize) {
    let (a, b) = (root(parent, a), root(parent, b));
    parent[a.max(b)] = a.min(b);
}

/// The code of each failed pair: the runbook's `GROUP BY normalized_code_hash`.
pub fn by_hash(pairs: &[LabelledPair]) -> Vec<u32> {
    pairs.iter().map(|pair| pair.code.0).collect()
}
