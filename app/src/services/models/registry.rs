//! The model registry: which model scores the deals, what is known of each, and which fields the next one may learn from.

use crate::{
    ai::features::{CUSTOM_PREFIX, FEATURES},
    domain::{
        deals::{CustomField, CustomKind},
        error::AppError,
        ids::UserId,
        models::{FeatureEntry, ModelDocument, ModelSummary},
        people::{Action, Viewer},
    },
    report,
    services::{
        ServiceError,
        models::{
            Models,
            activation::{Activation, activate},
        },
    },
    store::{
        deals,
        models::{self, RegisteredModel},
        people,
    },
    views::models::{FieldSwitch, ModelView},
};

/// Versions in a list.
const VERSIONS: u64 = 50;

impl Models {
    /// The models, newest first.
    pub async fn models(&self) -> Result<Vec<ModelSummary>, ServiceError> {
        Ok(models::list(self.store.db(), VERSIONS).await?)
    }

    /// Makes a model the champion at once, in all running instances; the one before it retires. Its artifact is read and checked
    /// first. `actor` is `None` for the command line.
    pub async fn publish(&self, version: i32, actor: Option<UserId>) -> Result<(), ServiceError> {
        let registered = models::find(self.store.db(), version).await?;
        let registered = registered.ok_or_else(|| ServiceError::Refused(format!("There is no model {version}.")))?;
        if !registered.summary.ready {
            return Err(ServiceError::Refused(format!("Model {version} is not ready: {}", registered.summary.reason)));
        }
        self.scoring.load_model(version).await?;
        self.make_champion(Activation::Publish(version), actor, "model.publish", "Published by hand.").await
    }

    /// Brings back the champion before the present one; tells which version that is.
    pub async fn roll_back(&self, actor: Option<UserId>) -> Result<i32, ServiceError> {
        let previous = models::deployment_before(self.store.db()).await?;
        let previous = previous.ok_or_else(|| ServiceError::Refused("No earlier model was in use that could be brought back.".into()))?;
        let version = previous.version;
        self.scoring.load_model(version).await?;
        self.make_champion(Activation::RollBack(previous), actor, "model.roll_back", "Rolled back.").await?;
        Ok(version)
    }

    async fn make_champion(&self, activation: Activation, actor: Option<UserId>, action: &str, why: &str) -> Result<(), ServiceError> {
        let now = self.clock.now();
        let tx = self.store.begin_write().await?;
        activate(&tx, activation, actor, action, why, now).await?;
        tx.commit().await?;
        self.jobs.wake_jobs();
        Ok(())
    }

    /// All there is to say about a model; without a version about the champion, or else the newest.
    pub async fn model_document(&self, version: Option<i32>) -> Result<Option<ModelDocument>, ServiceError> {
        let db = self.store.db();
        let version = match version {
            Some(version) => Some(version),
            None => match models::champion_version(db).await? {
                Some(champion) => Some(champion),
                None => models::newest_version(db).await?,
            },
        };
        let Some(version) = version else { return Ok(None) };
        let Some(RegisteredModel { summary, report: Some(report), .. }) = models::find(db, version).await? else { return Ok(None) };
        Ok(Some(ModelDocument {
            workspace: people::setting(db, "workspace").await?.unwrap_or_default(),
            generated_at: self.clock.now(),
            summary,
            report,
            features: feature_entries(&deals::custom_fields(db).await?),
            history: self.models().await?,
        }))
    }

    /// The model page, for managers and admins: of the champion, or of a version.
    pub async fn model_view(&self, viewer: &Viewer, version: Option<i32>) -> Result<ModelView, AppError> {
        viewer.must(Action::SeeModels)?;
        let (report, versions) = match self.model_document(version).await? {
            Some(document) => (Some(report::report(&document)), document.history),
            None if version.is_some() => return Err(AppError::NotFound),
            None => (None, self.models().await?),
        };
        let fields = deals::custom_fields(self.store.db()).await?;
        let champion = models::champion_version(self.store.db()).await?;
        let usable = self.scoring.usable(champion).await;
        Ok(ModelView {
            report,
            versions,
            unusable: champion.filter(|_| usable.is_none()),
            previous: models::deployment_before(self.store.db()).await?.map(|deployment| deployment.version),
            fields: fields.iter().map(field_switch).collect(),
            may_manage: viewer.may(Action::ManageModels),
        })
    }

    /// [`Models::publish`], for admins.
    pub async fn publish_model(&self, viewer: &Viewer, version: i32) -> Result<(), AppError> {
        viewer.must(Action::ManageModels)?;
        Ok(self.publish(version, Some(viewer.id)).await?)
    }

    /// [`Models::roll_back`], for admins.
    pub async fn roll_back_model(&self, viewer: &Viewer) -> Result<(), AppError> {
        viewer.must(Action::ManageModels)?;
        self.roll_back(Some(viewer.id)).await?;
        Ok(())
    }

    /// Says whether models may learn from a custom field, from the next training on; for admins.
    pub async fn switch_field(&self, viewer: &Viewer, key: &str, in_model: bool) -> Result<(), AppError> {
        viewer.must(Action::ManageModels)?;
        let tx = self.store.begin_write().await?;
        if !deals::switch_custom_field(&tx, key, in_model).await? {
            return Err(AppError::NotFound);
        }
        let detail = format!("{key}: {}", if in_model { "on" } else { "off" });
        people::audit(&tx, self.clock.now(), Some(viewer.id), "field.switch", None, Some(detail)).await?;
        tx.commit().await?;
        Ok(())
    }
}

fn field_switch(field: &CustomField) -> FieldSwitch {
    FieldSwitch { key: field.key.clone(), kind: field.kind.label().into(), in_model: field.in_model }
}

/// The registry's features, then the custom fields.
fn feature_entries(custom: &[CustomField]) -> Vec<FeatureEntry> {
    let registered = FEATURES.iter().map(|feature| FeatureEntry {
        name: feature.name.into(),
        group: feature.group.label().into(),
        unit: feature.unit.into(),
        definition: feature.definition.into(),
        missing: feature.missing.into(),
        extension: feature.extension,
    });
    registered.chain(custom.iter().map(custom_entry)).collect()
}

fn custom_entry(field: &CustomField) -> FeatureEntry {
    let (unit, definition) = match field.kind {
        CustomKind::Numeric => ("as given", "number"),
        CustomKind::Category => ("category", "value"),
        CustomKind::Date => ("days", "days from the deal's creation to its date"),
        CustomKind::Boolean => ("0 or 1", "1 for yes, 0 for no"),
    };
    FeatureEntry {
        name: format!("{CUSTOM_PREFIX}{}", field.key),
        group: "Custom fields".into(),
        unit: unit.into(),
        definition: format!("Custom field {}: {definition}", field.key),
        missing: "not filled in".into(),
        extension: true,
    }
}
