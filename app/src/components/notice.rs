//! What the product has to say about itself.

use leptos::prelude::*;

use super::{Icon, IconName, plural};
use crate::views::similarity::{EmbeddingStatus, EngineStatus, ScoringStatus};

#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case", const_into_str)]
pub enum Tone {
    Info,
    Warning,
    Error,
    Good,
}

impl Tone {
    fn icon(self) -> IconName {
        match self {
            Self::Info => IconName::Info,
            Self::Warning => IconName::Alert,
            Self::Error => IconName::Octagon,
            Self::Good => IconName::CheckCircle,
        }
    }
}

/// A message; an error is announced at once, unless it is `quiet`: part of the page and no news.
#[component]
pub fn Notice(
    tone: Tone,
    #[prop(optional, into)] testid: Option<&'static str>,
    #[prop(optional)] quiet: bool,
    children: Children,
) -> impl IntoView {
    let role = match (quiet, tone) {
        (true, _) => None,
        (false, Tone::Error) => Some("alert"),
        (false, _) => Some("status"),
    };
    view! {
        <div class="notice" role=role data-tone=tone.into_str() data-testid=testid>
            <Icon name=tone.icon()/>
            <div class="min-w-0">{children()}</div>
        </div>
    }
    .into_any()
}

/// Text in which `backticks` mark what one types, as the command line's own messages do.
pub fn with_code(text: &str) -> AnyView {
    text.split('`')
        .enumerate()
        .map(|(i, part)| {
            let part = part.to_owned();
            if i % 2 == 1 { view! { <code class="code">{part}</code> }.into_any() } else { part.into_any() }
        })
        .collect_view()
        .into_any()
}

/// Says where the engine does less than everything; nothing when all is well.
#[component]
pub fn EngineNotices(engine: EngineStatus) -> impl IntoView {
    let scoring = match engine.scoring {
        ScoringStatus::Model { .. } => None,
        ScoringStatus::StageRate { why } => Some((
            Tone::Warning,
            "Scores are stage win rates for now",
            format!("Each deal shows the share of past deals in its stage that were won, not a prediction of its own. {why}"),
        )),
        ScoringStatus::Untrained => Some((
            Tone::Info,
            "No model is trained yet",
            "Once enough closed deals are in, an admin can train the model with `vectoros train` and score with `vectoros score`.".into(),
        )),
    };
    let embedding = match engine.embedding {
        EmbeddingStatus::Ready => None,
        EmbeddingStatus::Backlog { waiting } => Some((
            Tone::Info,
            "Similar deals are being prepared",
            format!("{} still being read; similarity joins in when that is done.", plural(waiting, "deal is", "deals are")),
        )),
        EmbeddingStatus::Unavailable { why } => {
            Some((Tone::Warning, "Similar deals are not available", format!("Everything else works. {why}")))
        }
    };
    let line = |kind: &'static str, notice: Option<(Tone, &'static str, String)>| {
        notice.map(|(tone, title, text)| {
            view! {
                <div data-testid="engine-notice" data-kind=kind>
                    <Notice tone>
                        <strong class="font-semibold text-ink">{title}</strong>
                        ". "
                        {with_code(&text)}
                    </Notice>
                </div>
            }
        })
    };
    let any = scoring.is_some() || embedding.is_some();
    any.then(|| view! { <div class="flex flex-col gap-2">{line("scoring", scoring)} {line("embedding", embedding)}</div> }).into_any()
}
