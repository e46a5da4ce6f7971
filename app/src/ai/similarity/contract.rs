//! What every `VectorIndex` must do, run against each implementation.

use uuid::Uuid;

use super::{Belongs, Hit, IndexError, Only, SimilarQuery, VectorIndex, VectorPoint, best, similarity};
use crate::domain::{
    Instant,
    ids::{DealId, PipelineId, TeamId, UserId},
};

/// Not a multiple of what a processor adds up at a time.
const DIMENSIONS: usize = 21;

fn deal(n: u128) -> DealId {
    DealId(Uuid::from_u128(n))
}

fn at(second: i64) -> Instant {
    Instant::from_timestamp(1_700_000_000 + second, 0).unwrap()
}

/// A vector of small whole numbers that looks random but is the same everywhere; few values, so that ties occur.
fn vector(seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % 4) as f32
    };
    (0..DIMENSIONS).map(|nth| if nth == 0 { 1.0 } else { next() }).collect()
}

fn closed(n: u128, second: i64, won: bool) -> VectorPoint {
    VectorPoint { deal: deal(n), vector: vector(n as u64), closed_at: Some(at(second)), won: Some(won), belongs: belongs(n) }
}

/// Deals of three owners in two teams and two pipelines; some have none of them.
fn belongs(n: u128) -> Belongs {
    let of = |count: u128| (!n.is_multiple_of(count + 1)).then(|| Uuid::from_u128(n % (count + 1)));
    Belongs { owner: of(3).map(UserId), team: of(2).map(TeamId), pipeline: of(4).map(PipelineId) }
}

fn before(at: Instant) -> Only {
    Only { closed_before: Some(at), ..Only::default() }
}

/// Every kind of filter, one alone and several together.
fn only(n: i64) -> Only {
    let whose = belongs(n as u128 % 12);
    let belongs = match n % 5 {
        0 => Belongs { owner: whose.owner, ..Belongs::default() },
        1 => Belongs { team: whose.team, ..Belongs::default() },
        2 => Belongs { pipeline: whose.pipeline, ..Belongs::default() },
        3 => whose,
        _ => Belongs::default(),
    };
    let (closed_from, closed_before) = ((n % 3 == 0).then(|| at(n)), (n % 2 == 0).then(|| at(n * 2)));
    Only { belongs, won: (n % 4 == 1).then_some(n % 8 == 1), closed_from, closed_before }
}

fn query(seed: u64, limit: usize) -> SimilarQuery {
    SimilarQuery { vector: vector(seed), limit, only: Only::default(), exclude: None }
}

fn deals(hits: &[Hit]) -> Vec<DealId> {
    hits.iter().map(|hit| hit.deal).collect()
}

/// Runs all of the contract; `new` makes an empty index of so many dimensions.
pub(super) fn holds<I: VectorIndex>(new: impl Fn(usize) -> I) {
    empty_index_finds_nothing(&new(DIMENSIONS));
    tells_outcome_time_and_cosine(&new(DIMENSIONS));
    knows_only_what_was_known_then(&new(DIMENSIONS));
    open_deals_are_never_found(&new(DIMENSIONS));
    the_asking_deal_is_left_out(&new(DIMENSIONS));
    finds_only_what_is_asked_for(&new(DIMENSIONS));
    upsert_replaces_and_remove_forgets(&new(DIMENSIONS));
    ties_have_an_order(&new(DIMENSIONS));
    bad_vectors_are_refused(&new(DIMENSIONS));
    finds_what_the_definition_says(&new(DIMENSIONS));
    filled_again_it_answers_the_same(&new(DIMENSIONS), &new(DIMENSIONS));
    gives_its_vectors_back(&new(DIMENSIONS));
    searches_and_writes_go_side_by_side(&new(DIMENSIONS));
}

fn empty_index_finds_nothing(index: &impl VectorIndex) {
    assert_eq!(index.search(&query(1, 5)).unwrap(), []);
    assert_eq!((index.count().unwrap(), index.ids().unwrap()), (0, vec![]));
    index.remove(&[deal(1)]).unwrap();
    index.upsert(&[]).unwrap();
    assert_eq!(index.vectors(&[deal(1)]).unwrap(), [None]);
}

fn tells_outcome_time_and_cosine(index: &impl VectorIndex) {
    let axes = |x: f32, y: f32| [vec![x, y], vec![0.0; DIMENSIONS - 2]].concat();
    let point = |n, vector, won| VectorPoint { deal: deal(n), vector, closed_at: Some(at(n as i64)), won: Some(won), belongs: belongs(n) };
    index.upsert(&[point(1, axes(-2.0, 0.0), true), point(2, axes(3.0, 4.0), false), point(3, axes(9.0, 0.0), true)]).unwrap();
    let ask = SimilarQuery { vector: axes(0.5, 0.0), limit: 9, only: Only::default(), exclude: None };
    let hit = |n, similarity, won| Hit { deal: deal(n), similarity, won, closed_at: at(n as i64) };
    assert_eq!(index.search(&ask).unwrap(), [hit(3, 1.0, true), hit(2, 0.6, false), hit(1, 0.0, true)]);
    assert_eq!(index.search(&SimilarQuery { limit: 1, ..ask.clone() }).unwrap(), [hit(3, 1.0, true)]);
    assert_eq!(index.search(&SimilarQuery { limit: 0, ..ask }).unwrap(), []);
}

fn knows_only_what_was_known_then(index: &impl VectorIndex) {
    let points: Vec<_> = (1..=20).map(|n| closed(n, n as i64, n % 2 == 0)).collect();
    index.upsert(&points).unwrap();
    for second in [0, 1, 7, 20, 21] {
        let hits = index.search(&SimilarQuery { only: before(at(second)), ..query(3, 50) }).unwrap();
        assert_eq!(hits.len() as i64, (second - 1).max(0), "before second {second}");
        assert!(hits.iter().all(|hit| hit.closed_at < at(second)));
    }
    // Strictly before, to the microsecond.
    let micro = at(5) + chrono::TimeDelta::microseconds(1);
    let hits = index.search(&SimilarQuery { only: before(micro), ..query(3, 50) }).unwrap();
    assert!(deals(&hits).contains(&deal(5)) && !deals(&hits).contains(&deal(6)));
}

fn open_deals_are_never_found(index: &impl VectorIndex) {
    let open = |n, closed_at, won| VectorPoint { closed_at, won, ..closed(n, 0, true) };
    index.upsert(&[open(1, None, None), open(2, Some(at(1)), None), open(3, None, Some(true)), closed(4, 1, true)]).unwrap();
    assert_eq!(deals(&index.search(&query(1, 9)).unwrap()), [deal(4)]);
    assert_eq!(index.count().unwrap(), 4);
    // A deal that closes is found, one that is opened again no longer.
    index.upsert(&[closed(1, 2, false), open(4, None, None)]).unwrap();
    let hits = index.search(&query(1, 9)).unwrap();
    assert_eq!((deals(&hits), hits[0].won, hits[0].closed_at), (vec![deal(1)], false, at(2)));
}

fn the_asking_deal_is_left_out(index: &impl VectorIndex) {
    index.upsert(&(1..=5).map(|n| closed(n, 1, true)).collect::<Vec<_>>()).unwrap();
    let ask = SimilarQuery { exclude: Some(deal(2)), ..query(2, 4) };
    let hits = index.search(&ask).unwrap();
    assert!(hits.len() == 4 && !deals(&hits).contains(&deal(2)));
    assert_eq!(index.search(&SimilarQuery { exclude: Some(deal(77)), ..query(2, 4) }).unwrap()[0].deal, deal(2));
}

fn finds_only_what_is_asked_for(index: &impl VectorIndex) {
    let points: Vec<_> = (1..=120).map(|n| closed(n, n as i64, n % 3 == 0)).collect();
    index.upsert(&points).unwrap();
    for n in 0..60 {
        let ask = SimilarQuery { only: only(n), ..query(n as u64, 200) };
        let expected = points.iter().filter(|point| ask.only.admits(&point.belongs, point.closed_at.unwrap(), point.won.unwrap())).count();
        assert_eq!(index.search(&ask).unwrap().len(), expected, "{:?}", ask.only);
    }
    // Who moved is found where they are now.
    let elsewhere = Belongs { owner: Some(UserId(Uuid::from_u128(77))), ..Belongs::default() };
    index.upsert(&[VectorPoint { belongs: elsewhere, ..closed(5, 5, true) }]).unwrap();
    let ask = SimilarQuery { only: Only { belongs: elsewhere, ..Only::default() }, ..query(1, 9) };
    assert_eq!(deals(&index.search(&ask).unwrap()), [deal(5)]);
}

fn upsert_replaces_and_remove_forgets(index: &impl VectorIndex) {
    index.upsert(&[closed(1, 1, true), closed(2, 1, true), closed(3, 1, true)]).unwrap();
    let replacement = VectorPoint { vector: vector(99), ..closed(2, 8, false) };
    index.upsert(&[closed(2, 5, true), replacement]).unwrap();
    assert_eq!(index.count().unwrap(), 3);
    let hit = index.search(&query(99, 1)).unwrap()[0];
    assert_eq!((hit.deal, hit.similarity, hit.won, hit.closed_at), (deal(2), 1.0, false, at(8)));

    index.remove(&[deal(1), deal(42)]).unwrap();
    assert_eq!(index.ids().unwrap(), [deal(2), deal(3)]);
    assert!(!deals(&index.search(&query(1, 9)).unwrap()).contains(&deal(1)));
    assert_eq!(index.search(&query(3, 1)).unwrap()[0].deal, deal(3));
    index.upsert(&[closed(1, 1, true)]).unwrap();
    assert_eq!(index.search(&query(1, 1)).unwrap()[0].deal, deal(1));
}

fn ties_have_an_order(index: &impl VectorIndex) {
    let same = |n: u128| VectorPoint { vector: vector(7), ..closed(n, 1, true) };
    index.upsert(&(0..60).map(|n| same(n * 37 % 60 + 1)).collect::<Vec<_>>()).unwrap();
    index.upsert(&[VectorPoint { vector: vector(8), ..closed(100, 1, true) }]).unwrap();
    for limit in [1, 5, 60] {
        let expected: Vec<_> = (1..=limit as u128).map(deal).collect();
        assert_eq!(deals(&index.search(&query(7, limit)).unwrap()), expected);
    }
    // The last closed first, then the lost ones.
    let tied = |n: u128, day: i64, won: bool| VectorPoint { vector: vector(7), ..closed(n, day, won) };
    index.upsert(&[tied(70, 2, true), tied(71, 3, true), tied(72, 3, false)]).unwrap();
    assert_eq!(deals(&index.search(&query(7, 4)).unwrap()), [72, 71, 70, 1].map(deal));
}

fn bad_vectors_are_refused(index: &impl VectorIndex) {
    let bad = |vector: Vec<f32>| VectorPoint { vector, ..closed(1, 1, true) };
    let ask = |vector: Vec<f32>| SimilarQuery { vector, ..query(1, 1) };
    let wrong = |result| matches!(result, Err(IndexError::Dimensions { expected: DIMENSIONS, got: 3 }));
    assert!(wrong(index.upsert(&[closed(2, 1, true), bad(vec![1.0; 3])])));
    assert!(wrong(index.search(&ask(vec![1.0; 3])).map(drop)));
    for number in [0.0, f32::NAN, f32::INFINITY] {
        assert!(matches!(index.upsert(&[bad(vec![number; DIMENSIONS])]), Err(IndexError::NoDirection)));
        assert!(matches!(index.search(&ask(vec![number; DIMENSIONS])), Err(IndexError::NoDirection)));
    }
    assert_eq!(index.count().unwrap(), 0, "a refused batch leaves nothing behind");
}

/// Enough points that an index has to store them in several pieces.
const MANY: u128 = 2_000;

fn many_points() -> Vec<VectorPoint> {
    (1..=MANY)
        .map(|n| VectorPoint { closed_at: (!n.is_multiple_of(5)).then(|| at(n as i64 * 7 % 100)), ..closed(n, 0, n.is_multiple_of(3)) })
        .collect()
}

fn many_queries() -> Vec<SimilarQuery> {
    (0..50)
        .map(|n| SimilarQuery {
            only: only(n),
            exclude: (n % 3 == 0).then(|| deal(n as u128)),
            ..query(n as u64, [12, 1, 300][n as usize % 3])
        })
        .collect()
}

/// The answer by the definition, all in 64 bits.
fn by_definition(points: &[VectorPoint], query: &SimilarQuery) -> Vec<Hit> {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum::<f64>();
    let cosine = |a: &[f32], b: &[f32]| dot(a, b) / (dot(a, a) * dot(b, b)).sqrt();
    let hits = points.iter().filter(|point| Some(point.deal) != query.exclude).filter_map(|point| {
        let (closed_at, won) = point.closed().filter(|(at, won)| query.only.admits(&point.belongs, *at, *won))?;
        Some(Hit { deal: point.deal, similarity: similarity(cosine(&point.vector, &query.vector) as f32), won, closed_at })
    });
    best(hits.collect(), query.limit)
}

fn finds_what_the_definition_says(index: &impl VectorIndex) {
    let (points, queries) = (many_points(), many_queries());
    points.chunks(700).for_each(|some| index.upsert(some).unwrap());
    assert_eq!(index.count().unwrap() as u128, MANY);
    for (query, hits) in queries.iter().zip(index.search_many(&queries).unwrap()) {
        let all = by_definition(&points, &SimilarQuery { limit: MANY as usize, ..query.clone() });
        same_hits(&hits, &by_definition(&points, query), &all);
        assert_eq!(hits, index.search(query).unwrap(), "many at once are answered as one by one");
    }
}

/// What is filled again after a restart answers as before, whatever the order and whatever was removed and replaced on the way.
fn filled_again_it_answers_the_same(index: &impl VectorIndex, again: &impl VectorIndex) {
    let (points, queries) = (many_points(), many_queries());
    index.upsert(&points).unwrap();
    again.upsert(&points.iter().map(|point| VectorPoint { vector: vector(5), ..point.clone() }).collect::<Vec<_>>()).unwrap();
    again.remove(&points.iter().map(|point| point.deal).filter(|deal| deal.0.as_u128() % 7 < 3).collect::<Vec<_>>()).unwrap();
    again.upsert(&points.iter().rev().cloned().collect::<Vec<_>>()).unwrap();
    assert_eq!(index.ids().unwrap(), again.ids().unwrap());
    assert_eq!(index.search_many(&queries).unwrap(), again.search_many(&queries).unwrap());
    again.remove(&again.ids().unwrap()).unwrap();
    assert_eq!((again.count().unwrap(), again.search(&query(1, 5)).unwrap()), (0, vec![]));
}

fn gives_its_vectors_back(index: &impl VectorIndex) {
    let open = VectorPoint { closed_at: None, won: None, ..closed(2, 0, true) };
    index.upsert(&[closed(1, 1, true), open]).unwrap();
    let vectors = index.vectors(&[deal(2), deal(9), deal(1)]).unwrap();
    assert_eq!(vectors.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false, true]);
    // As good as the vector that was put in: only the direction counts.
    let own = SimilarQuery { vector: vectors[2].clone().unwrap(), ..query(1, 1) };
    let hit = index.search(&own).unwrap()[0];
    assert_eq!((hit.deal, hit.similarity), (deal(1), 1.0));
}

fn searches_and_writes_go_side_by_side(index: &impl VectorIndex) {
    index.upsert(&(1..=20).map(|n| closed(n, 1, true)).collect::<Vec<_>>()).unwrap();
    std::thread::scope(|scope| {
        for writer in 1..=2_u128 {
            scope.spawn(move || (0..200).for_each(|n| index.upsert(&[closed(writer * 1_000 + n, 1, true)]).unwrap()));
        }
        scope.spawn(|| (0..200).for_each(|n| assert_eq!(index.search(&query(n, 10)).unwrap().len(), 10)));
    });
    assert_eq!(index.count().unwrap(), 420);
}

/// The same hits as the exact ones, of which `all` has those beyond the limit, too. Implementations add up in another
/// order, so a similarity may fall on the other side of a rounding step and neighbours may change places.
fn same_hits(hits: &[Hit], exact: &[Hit], all: &[Hit]) {
    let near = |a: &Hit, b: &Hit| (a.similarity - b.similarity).abs() < 1.5e-5;
    assert_eq!(hits.len(), exact.len());
    for (hit, in_its_place) in hits.iter().zip(exact) {
        let known = all.iter().find(|known| known.deal == hit.deal).expect("a hit that exact search does not know");
        assert_eq!((hit.won, hit.closed_at), (known.won, known.closed_at));
        assert!(near(hit, known) && near(hit, in_its_place), "{hit:?} where {in_its_place:?} belongs");
    }
    let rank = |hit: &Hit| (-hit.similarity, std::cmp::Reverse(hit.closed_at), hit.won, hit.deal);
    assert!(hits.is_sorted_by(|a, b| rank(a) < rank(b)), "not in order: {hits:?}");
}
