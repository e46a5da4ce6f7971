//! What scores are made with: champion, challenger, epoch and day.

use chrono::NaiveDate;
use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::{
    domain::models::LearningRules,
    store::{
        StoreError, json,
        models::{self, learning_rules},
        people,
    },
};

/// Setting that changes whenever the past changes for many deals at once: an import, finished embeddings.
pub(super) const EPOCH: &str = "history_epoch";

/// What all scores of a day are made with; with a deal's revision it makes the key of its score.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ScoreKey {
    /// The champion; `None` while there is none.
    pub model: Option<i32>,
    /// The challenger, which is asked about every deal in the shadow, and scores its share of them live.
    pub challenger: Option<Challenger>,
    pub epoch: String,
    /// The day, in UTC.
    pub day: NaiveDate,
}

impl ScoreKey {
    pub(super) fn prefix(&self) -> String {
        let challenger = self.challenger.map(|challenger| format!("+{}@{}", challenger.version, challenger.share));
        format!("{}{}:{}:{}:", self.model.unwrap_or(0), challenger.unwrap_or_default(), self.epoch, self.day)
    }

    /// The same without a challenger: for scores of the past, which nobody is to choose between.
    pub fn settled(self) -> Self {
        Self { challenger: None, ..self }
    }

    /// The same by another model, or none; a challenger only ever stands beside a champion.
    pub fn scored_by(self, model: Option<i32>) -> Self {
        Self { challenger: self.challenger.filter(|_| model.is_some()), model, ..self }
    }

    /// The key of a score made from this revision of its deal.
    pub fn at_revision(&self, revision: i64) -> String {
        format!("{}{revision}", self.prefix())
    }
}

/// The model that wants to take the champion's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Challenger {
    pub version: i32,
    /// Per cent of the deals that it scores live.
    pub share: u8,
}

impl Challenger {
    /// From what is stored: the challenger's version, and the rules as JSON. While the rules cannot be read it scores nothing live;
    /// the learning job and its page say so.
    pub(super) fn read(version: Option<i32>, rules: Option<&str>) -> Option<Self> {
        let version = version?;
        let share = match rules.map(|text| json::read_text::<LearningRules>("setting.learning_rules", text)) {
            None => LearningRules::default().share,
            Some(Ok(rules)) => rules.share,
            Some(Err(_)) => 0,
        };
        Some(Self { version, share: Ord::min(share, LearningRules::MAX_SHARE) })
    }
}

/// Says that the past changed for many deals at once: all scores have to be looked at again.
pub async fn begin_epoch(db: &impl ConnectionTrait) -> Result<(), StoreError> {
    people::set_setting(db, EPOCH, Uuid::now_v7().simple().to_string()).await
}

/// What scores of `day` are made with now.
pub async fn of_day(db: &impl ConnectionTrait, day: NaiveDate) -> Result<ScoreKey, StoreError> {
    let epoch = people::setting(db, EPOCH).await?.unwrap_or_default();
    let model = models::champion_version(db).await?;
    let rules = people::setting(db, learning_rules::KEY).await?;
    let challenger = Challenger::read(models::challenger_version(db).await?, rules.as_deref()).filter(|_| model.is_some());
    Ok(ScoreKey { model, challenger, epoch, day })
}
