//! Who works here: teams, users, their sessions, workspace settings, the audit log.

use sea_orm_migration::{prelude::*, schema::*};

use crate::support::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(Table::create().table("team").col(pk_uuid("id")).col(string_uniq("name")).to_owned()).await?;
        manager
            .create_table(
                Table::create()
                    .table("app_user")
                    .col(pk_uuid("id"))
                    .col(string("name"))
                    // Null for people who only appear in imported data: they own deals but cannot sign in.
                    .col(string_null("email").unique_key())
                    .col(string_null("password_hash"))
                    .col(one_of("role", &["rep", "manager", "admin"]))
                    .col(uuid_null("team_id"))
                    .col(boolean("active").default(true))
                    .col(instant("created_at"))
                    .foreign_key(&mut belongs_to("app_user", "team_id", "team", ForeignKeyAction::SetNull))
                    .to_owned(),
            )
            .await?;
        manager.create_index(index("app_user", &["name"])).await?;
        manager
            .create_table(
                Table::create()
                    .table("session")
                    // SHA-256 of the session id: a stolen database opens no session.
                    .col(string_len("id_hash", 64).primary_key())
                    .col(text("data"))
                    .col(instant("expires_at"))
                    .to_owned(),
            )
            .await?;
        manager.create_index(index("session", &["expires_at"])).await?;
        manager.create_table(Table::create().table("setting").col(string("key").primary_key()).col(text("value")).to_owned()).await?;
        manager
            .create_table(
                Table::create()
                    .table("audit_log")
                    .col(big_pk_auto("id"))
                    .col(instant("at"))
                    .col(uuid_null("actor_id"))
                    .col(string("action"))
                    .col(string_null("subject"))
                    .col(text_null("detail"))
                    .foreign_key(&mut belongs_to("audit_log", "actor_id", "app_user", ForeignKeyAction::SetNull))
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["audit_log", "setting", "session", "app_user", "team"]).await
    }
}
