//! The deal list's state as the parameters of an address, and back.

use rust_decimal::Decimal;

use crate::domain::{
    address::{parse_day, read, said},
    deals::{DealQuery, DealSort, OutcomeFilter},
    input,
    risk::Health,
};

/// What stands for "has none" where a filter is only ever that.
const NONE: &str = "none";

impl DealQuery {
    /// Reads the parameters of a query string; what it does not know it leaves at the opening state.
    pub fn from_params<'a>(mut get: impl FnMut(&str) -> Option<&'a str>) -> Self {
        // These are taken as they are stored, blanks included.
        let [reason, competitor, source] =
            ["reason", "competitor", "source"].map(|name| get(name).filter(|text| !text.is_empty() && text.chars().all(input::may_hold)));
        let mut text_of = |name: &str| get(name).map(str::trim).filter(|text| !text.is_empty());
        let sort = text_of("sort").and_then(DealSort::parse).unwrap_or_default();
        Self {
            text: text_of("q").map(|text| text.chars().filter(|letter| input::may_hold(*letter)).take(200).collect()),
            owner: read(text_of("owner")),
            stage: read(text_of("stage")),
            health: text_of("health").and_then(Health::parse),
            outcome: text_of("outcome").and_then(OutcomeFilter::parse).unwrap_or_default(),
            min_value: text_of("min").and_then(parse_amount),
            max_value: text_of("max").and_then(parse_amount),
            no_value: text_of("value") == Some(NONE),
            currency: text_of("currency").and_then(|code| code.to_owned().try_into().ok()),
            closed_from: text_of("closed_from").and_then(parse_day),
            closed_to: text_of("closed_to").and_then(parse_day),
            undated: text_of("closed") == Some(NONE),
            reason: read(reason),
            competitor: read(competitor),
            team: read(text_of("team")),
            source: source.map(str::to_owned),
            closed_stage: read(text_of("closed_stage")),
            pipeline: read(text_of("pipeline")),
            sort,
            // A form that may have changed the column says which one its direction was of.
            descending: match text_of("dir").filter(|_| text_of("dir_of").is_none_or(|of| of == sort.as_str())) {
                Some("desc") => true,
                Some("asc") => false,
                _ => sort.natural_descending(),
            },
            page: text_of("page").and_then(|text| text.parse().ok()).unwrap_or(1).max(1),
        }
    }

    /// The parameters that read back as this state; none for the opening state.
    pub fn params(&self) -> Vec<(&'static str, String)> {
        let none = |is: bool| is.then(|| NONE.to_owned());
        let dir = if self.descending { "desc" } else { "asc" };
        let all = [
            ("q", self.text.clone()),
            ("owner", said(&self.owner)),
            ("stage", said(&self.stage)),
            ("health", self.health.map(|health| health.as_str().into())),
            ("outcome", (self.outcome != OutcomeFilter::default()).then(|| self.outcome.as_str().into())),
            ("min", said(&self.min_value)),
            ("max", said(&self.max_value)),
            ("value", none(self.no_value)),
            ("currency", self.currency.as_ref().map(|currency| currency.code().into())),
            ("closed_from", said(&self.closed_from)),
            ("closed_to", said(&self.closed_to)),
            ("closed", none(self.undated)),
            ("reason", said(&self.reason)),
            ("competitor", said(&self.competitor)),
            ("team", said(&self.team)),
            ("source", self.source.clone()),
            ("closed_stage", said(&self.closed_stage)),
            ("pipeline", said(&self.pipeline)),
            ("sort", (self.sort != DealSort::default()).then(|| self.sort.as_str().into())),
            ("dir", (self.descending != self.sort.natural_descending()).then(|| dir.into())),
            ("page", (self.page > 1).then(|| self.page.to_string())),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }
}

fn parse_amount(text: &str) -> Option<Decimal> {
    text.replace([',', ' '], "").parse().ok().and_then(input::stored_amount)
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;
    use proptest::{option, prelude::*};
    use uuid::Uuid;

    use super::*;
    use crate::domain::{
        deals::{Outcome, Pick},
        ids::{PipelineId, StageId, TeamId, UserId},
        money::Currency,
    };

    fn pick<T: std::fmt::Debug + Clone>(values: impl Strategy<Value = T>) -> impl Strategy<Value = Option<Pick<T>>> {
        option::of(prop_oneof![Just(Pick::Missing), values.prop_map(Pick::Only)])
    }

    fn id() -> impl Strategy<Value = Uuid> {
        any::<u128>().prop_map(Uuid::from_u128)
    }

    fn day() -> impl Strategy<Value = Option<NaiveDate>> {
        option::of((719_163i32..803_533).prop_map(|day| NaiveDate::from_num_days_from_ce_opt(day).expect("a day")))
    }

    fn outcome() -> impl Strategy<Value = OutcomeFilter> {
        proptest::sample::select(vec![
            OutcomeFilter::All,
            OutcomeFilter::Closed,
            OutcomeFilter::Only(Outcome::Lost),
            OutcomeFilter::default(),
        ])
    }

    prop_compose! {
        fn queries()(
            (reason, competitor) in (pick("\\PC{1,12}"), pick("\\PC{1,12}")),
            source in option::of("\\PC{1,9}"),
            (owner, team, stage) in (pick(id()), pick(id()), pick(id())),
            pipeline in option::of(id()),
            (closed_from, closed_to, outcome) in (day(), day(), outcome()),
            (no_value, undated) in any::<(bool, bool)>(),
            euro in any::<bool>(),
            (sort, descending, page) in (proptest::sample::select(DealSort::ALL.to_vec()), any::<bool>(), 1u64..9),
        ) -> DealQuery {
            let currency = euro.then(|| Currency::new("EUR")).flatten();
            let owner = owner.map(|pick| Pick::of(pick.value().copied().map(UserId)));
            let team = team.map(|pick| Pick::of(pick.value().copied().map(TeamId)));
            let closed_stage = stage.map(|pick| Pick::of(pick.value().copied().map(StageId)));
            DealQuery {
                reason, competitor, source, owner, team, closed_stage, pipeline: pipeline.map(PipelineId), closed_from, closed_to,
                outcome, no_value, undated, currency, sort, descending, page, ..DealQuery::default()
            }
        }
    }

    proptest! {
        #[test]
        fn every_state_reads_back_from_its_address_and_from_json(query in queries()) {
            let params = query.params();
            let back = DealQuery::from_params(|name| params.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str()));
            prop_assert_eq!(&back, &query);
            let json = serde_json::to_string(&query).expect("JSON");
            prop_assert_eq!(serde_json::from_str::<DealQuery>(&json).expect("reads"), query);
        }
    }

    #[test]
    fn unknown_fields_are_refused() {
        assert!(serde_json::from_str::<DealQuery>("{\"reasons\":\"Price\"}").is_err());
        let query: DealQuery = serde_json::from_str("{\"reason\":\"none\"}").expect("a query");
        assert_eq!(query.reason, Some(Pick::Missing));
    }
}
