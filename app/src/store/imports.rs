//! Bulk writes of imported deals, and the lookups they need.

use std::collections::{HashMap, HashSet};

use sea_orm::{
    ActiveValue::Set,
    ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, OnConflict},
};
use uuid::Uuid;

use crate::{
    domain::{
        Instant,
        deals::{CustomField, CustomKind, StageKind},
        ids::{DealId, PipelineId, StageId, TeamId, UserId},
        imports::{AccountRecord, PipelineRecord},
        people::Role,
    },
    store::{
        IN_LIST, INSERT_ROWS, StoreError,
        deals::history::EventKind,
        entity::{account, activity, contact, custom_field, deal, deal_event, embedding, pipeline, stage, user},
        known,
        locks::FOR_CHANGE,
        people::{self, NewUser},
    },
};

/// A person as imports need them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person {
    pub id: UserId,
    pub team: Option<TeamId>,
}

/// Names to ids of everything deals refer to; what is missing is made on first mention.
#[derive(Debug)]
pub struct Directory {
    pub pipeline: PipelineId,
    stages: HashMap<String, StageId>,
    open_stages: HashSet<StageId>,
    accounts: HashMap<String, Uuid>,
    people: HashMap<String, Person>,
    contacts: HashMap<(Option<Uuid>, String), Uuid>,
    /// New people, and deals without an owner, belong here.
    default_team: TeamId,
    now: Instant,
}

impl Directory {
    /// Reads what is there and makes the pipeline and its stages.
    pub async fn load(db: &impl ConnectionTrait, record: &PipelineRecord, default_team: &str, now: Instant) -> Result<Self, StoreError> {
        let default_team = people::team_named(db, default_team).await?;
        let (pipeline, stages) = pipeline_named(db, record).await?;
        let open_stages: Vec<Uuid> = stage::Entity::find()
            .select_only()
            .column(stage::Column::Id)
            .filter(stage::Column::Kind.eq(StageKind::Open.as_str()))
            .into_tuple()
            .all(db)
            .await?;
        let accounts: Vec<(String, Uuid)> =
            account::Entity::find().select_only().columns([account::Column::Name, account::Column::Id]).into_tuple().all(db).await?;
        let people = user::Entity::find().order_by_asc(user::Column::CreatedAt).all(db).await?;
        let contacts = contact::Entity::find().all(db).await?;
        Ok(Self {
            pipeline,
            stages,
            open_stages: open_stages.into_iter().map(StageId).collect(),
            accounts: accounts.into_iter().collect(),
            people: people.into_iter().rev().map(|row| (row.name, Person { id: UserId(row.id), team: row.team_id.map(TeamId) })).collect(),
            contacts: contacts.into_iter().map(|row| ((row.account_id, row.name), row.id)).collect(),
            default_team,
            now,
        })
    }

    pub fn default_team(&self) -> TeamId {
        self.default_team
    }

    /// The stage of that name; imports check names against the mapping first.
    pub fn stage(&self, name: &str) -> Option<StageId> {
        self.stages.get(name).copied()
    }

    /// Does this stage, of whatever pipeline, belong to a deal's open life?
    pub fn is_open(&self, stage: StageId) -> bool {
        self.open_stages.contains(&stage)
    }

    pub async fn person(&mut self, db: &impl ConnectionTrait, name: &str) -> Result<Person, StoreError> {
        if let Some(person) = self.people.get(name) {
            return Ok(*person);
        }
        let new = NewUser { name: name.into(), email: None, password_hash: None, role: Role::Rep, team: Some(self.default_team) };
        let person = Person { id: people::add_user(db, new, self.now).await?, team: Some(self.default_team) };
        self.people.insert(name.into(), person);
        Ok(person)
    }

    pub async fn contact(&mut self, db: &impl ConnectionTrait, account: Option<Uuid>, name: &str) -> Result<Uuid, StoreError> {
        let key = (account, name.to_owned());
        if let Some(id) = self.contacts.get(&key) {
            return Ok(*id);
        }
        let id = Uuid::now_v7();
        contact::Entity::insert(contact::ActiveModel { id: Set(id), account_id: Set(account), name: Set(name.into()) })
            .exec_without_returning(db)
            .await?;
        self.contacts.insert(key, id);
        Ok(id)
    }

    pub async fn account(&mut self, db: &impl ConnectionTrait, record: &AccountRecord) -> Result<Uuid, StoreError> {
        if let Some(id) = self.accounts.get(&record.name) {
            return Ok(*id);
        }
        let id = Uuid::now_v7();
        account::Entity::insert(account::ActiveModel {
            id: Set(id),
            name: Set(record.name.clone()),
            industry: Set(record.industry.clone()),
        })
        .exec_without_returning(db)
        .await?;
        self.accounts.insert(record.name.clone(), id);
        Ok(id)
    }
}

async fn pipeline_named(db: &impl ConnectionTrait, record: &PipelineRecord) -> Result<(PipelineId, HashMap<String, StageId>), StoreError> {
    let id = match pipeline::Entity::find().filter(pipeline::Column::Name.eq(&record.name)).one(db).await? {
        Some(row) => row.id,
        None => {
            let id = Uuid::now_v7();
            pipeline::Entity::insert(pipeline::ActiveModel { id: Set(id), name: Set(record.name.clone()) })
                .exec_without_returning(db)
                .await?;
            id
        }
    };
    let rows = stage::Entity::find().filter(stage::Column::PipelineId.eq(id)).all(db).await?;
    let mut stages: HashMap<String, StageId> = rows.into_iter().map(|row| (row.name, StageId(row.id))).collect();
    for (position, record) in (0..).zip(&record.stages) {
        if stages.contains_key(&record.name) {
            continue;
        }
        let stage_id = StageId::new();
        stage::Entity::insert(stage::ActiveModel {
            id: Set(stage_id.0),
            pipeline_id: Set(id),
            name: Set(record.name.clone()),
            position: Set(position),
            kind: Set(record.kind.as_str().into()),
            default_probability: Set(record.default_probability.map(f64::from)),
        })
        .exec_without_returning(db)
        .await?;
        stages.insert(record.name.clone(), stage_id);
    }
    Ok((PipelineId(id), stages))
}

/// Makes missing custom fields. Answers the first field that is already there with another kind.
pub async fn define_custom_fields(
    db: &impl ConnectionTrait,
    fields: &[CustomField],
) -> Result<Option<(CustomField, CustomKind)>, StoreError> {
    let existing = custom_field::Entity::find().all(db).await?;
    let mut kinds = HashMap::new();
    for row in &existing {
        kinds.insert(row.key.clone(), known(CustomKind::parse, "custom_field.kind", &row.kind)?);
    }
    let mut position = existing.iter().map(|row| row.position + 1).max().unwrap_or(0);
    for field in fields {
        match kinds.get(&field.key) {
            Some(kind) if *kind == field.kind => {}
            Some(kind) => return Ok(Some((field.clone(), *kind))),
            None => {
                custom_field::Entity::insert(custom_field::ActiveModel {
                    key: Set(field.key.clone()),
                    kind: Set(field.kind.as_str().into()),
                    position: Set(position),
                    in_model: Set(field.in_model),
                })
                .exec_without_returning(db)
                .await?;
                position += 1;
            }
        }
    }
    Ok(None)
}

/// The deals that are there already, by external id; held to the end of the transaction, for they are going to be changed.
pub async fn existing(
    db: &impl ConnectionTrait,
    source: &str,
    external_ids: Vec<&str>,
) -> Result<HashMap<String, deal::Model>, StoreError> {
    let rows = deal::Entity::find()
        .filter(deal::Column::Source.eq(source))
        .filter(deal::Column::ExternalId.is_in(external_ids))
        .order_by_asc(deal::Column::Id)
        .lock(FOR_CHANGE)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (row.external_id.clone(), row)).collect())
}

/// What is recorded of a deal already: dated events, the newest value of each tracked kind, activity keys.
#[derive(Debug, Default)]
pub struct Recorded {
    pub events: HashSet<(&'static str, Instant, Option<String>)>,
    pub newest: HashMap<&'static str, Option<String>>,
    pub activities: HashSet<String>,
}

/// What is recorded of these deals.
pub async fn recorded(db: &impl ConnectionTrait, deals: &[DealId]) -> Result<HashMap<DealId, Recorded>, StoreError> {
    let mut found: HashMap<DealId, Recorded> = HashMap::new();
    for some in deals.chunks(IN_LIST) {
        use deal_event::Column as E;
        let ids: Vec<Uuid> = some.iter().map(|id| id.0).collect();
        let events: Vec<(Uuid, Option<Instant>, String, Option<String>)> = deal_event::Entity::find()
            .select_only()
            .columns([E::DealId, E::At, E::Kind, E::New])
            .filter(E::DealId.is_in(ids.iter().copied()))
            .order_by_asc(E::At)
            .order_by_asc(E::Id)
            .into_tuple()
            .all(db)
            .await?;
        for (deal, at, kind, new) in events {
            let kind = known(EventKind::parse, "deal_event.kind", &kind)?.as_str();
            let recorded = found.entry(DealId(deal)).or_default();
            recorded.newest.insert(kind, new.clone());
            if let Some(at) = at {
                recorded.events.insert((kind, at, new));
            }
        }
        use activity::Column as A;
        let activities: Vec<(Uuid, String)> =
            activity::Entity::find().select_only().columns([A::DealId, A::Key]).filter(A::DealId.is_in(ids)).into_tuple().all(db).await?;
        for (deal, key) in activities {
            found.entry(DealId(deal)).or_default().activities.insert(key);
        }
    }
    Ok(found)
}

pub async fn insert_deals(db: &impl ConnectionTrait, rows: Vec<deal::ActiveModel>) -> Result<(), StoreError> {
    for some in rows.chunks(INSERT_ROWS) {
        deal::Entity::insert_many(some.iter().cloned()).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Changes a deal if it still has `version`, which the row replaces by the next one.
pub async fn update_deal(db: &impl ConnectionTrait, id: DealId, version: i32, mut row: deal::ActiveModel) -> Result<(), StoreError> {
    row.version = Set(version + 1);
    let updated =
        deal::Entity::update_many().set(row).filter(deal::Column::Id.eq(id.0)).filter(deal::Column::Version.eq(version)).exec(db).await?;
    if updated.rows_affected == 1 { Ok(()) } else { Err(StoreError::StaleVersion) }
}

pub async fn insert_activities(db: &impl ConnectionTrait, rows: Vec<activity::ActiveModel>) -> Result<(), StoreError> {
    for some in rows.chunks(INSERT_ROWS) {
        activity::Entity::insert_many(some.iter().cloned()).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Puts deals into the embedding backlog, again if they were there before.
pub async fn request_embeddings(db: &impl ConnectionTrait, deals: &[DealId]) -> Result<(), StoreError> {
    for some in deals.chunks(INSERT_ROWS) {
        let rows = some.iter().map(|deal| embedding::ActiveModel {
            deal_id: Set(deal.0),
            state: Set("pending".into()),
            requested: Set(1),
            ..Default::default()
        });
        embedding::Entity::insert_many(rows)
            .on_conflict(
                OnConflict::column(embedding::Column::DealId)
                    .update_column(embedding::Column::State)
                    .value(embedding::Column::Requested, Expr::col((embedding::Entity, embedding::Column::Requested)).add(1))
                    .to_owned(),
            )
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}
