//! The frame around every signed-in page: product, navigation, and who is signed in.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::{
    components::{A, Outlet},
    hooks::use_query_map,
};

use super::{Icon, IconName, Notice, ThemeToggle, ToSignIn, Tone, errors::ERROR_VALUE, initials};
use crate::{
    api::{
        done::{Done, PARAMETER},
        notifications::unread,
        people::{SignOut, me},
    },
    domain::{
        error::AppError,
        people::{Action, Role},
    },
    islands::Bell,
    views::people::Me,
};

/// The product's mark and name.
#[component]
pub fn Brand() -> impl IntoView {
    view! {
        <a class="flex items-center gap-2 px-1 font-semibold tracking-tight" href="/deals">
            <img src="/favicon.svg" alt="" width="24" height="24"/>
            <span class="text-base">"VectorOS"</span>
        </a>
    }
}

#[component]
pub fn Frame() -> impl IntoView {
    let who = Resource::new_blocking(|| (), |_| me());
    let waiting = Resource::new_blocking(|| (), |()| unread());
    view! {
        <a class="skip-link" href="#content">"Skip to content"</a>
        <div class="frame">
            <header class="side">
                <div class="flex items-center justify-between gap-2">
                    <Brand/>
                    <span class="flex items-center gap-1">
                        <Transition>
                            {move || Suspend::new(async move {
                                let unread = waiting.await.unwrap_or(0);
                                view! { <Bell unread/> }
                            })}
                        </Transition>
                        <ThemeToggle/>
                    </span>
                </div>
                <nav class="side-nav" aria-label="Main">
                    <A href="/deals" attr:class="side-link" attr:data-testid="nav-deals"><Icon name=IconName::Deals/> "Deals"</A>
                    <A href="/board" attr:class="side-link" attr:data-testid="nav-board"><Icon name=IconName::Flag/> "Board"</A>
                    <A href="/dashboard" attr:class="side-link" attr:data-testid="nav-dashboard"><Icon name=IconName::Gauge/> "Risk"</A>
                    <A href="/alerts" attr:class="side-link" attr:data-testid="nav-alerts"><Icon name=IconName::Alert/> "Alerts"</A>
                    <A href="/outcomes" attr:class="side-link" attr:data-testid="nav-outcomes"><Icon name=IconName::Trophy/> "Win/loss"</A>
                    <Transition>
                        {move || Suspend::new(async move {
                            let who = who.await.ok().flatten();
                            who.filter(|me| me.role.may(Action::SeeModels)).map(|me| view! { <ManagerLinks role=me.role/> })
                        })}
                    </Transition>
                </nav>
                <Transition>
                    {move || Suspend::new(async move {
                        match who.await {
                            Ok(Some(me)) => view! { <SignedIn me/> }.into_any(),
                            Ok(None) => view! { <ToSignIn/> }.into_any(),
                            Err(_) => ().into_any(),
                        }
                    })}
                </Transition>
            </header>
            <main id="content" class="content" tabindex="-1">
                <Said/>
                <Outlet/>
            </main>
            // For the page's script: what a form says that got no answer.
            <template id="unreachable">
                <Notice tone=Tone::Error testid="unreachable">{AppError::Unreachable.to_string()}</Notice>
            </template>
        </div>
    }
}

/// Says once that a form was taken; a page says itself why one was refused.
#[component]
fn Said() -> impl IntoView {
    let done = use_query_map().with_untracked(|params| {
        let done = params.get_str(PARAMETER).and_then(|text| Done::try_from(text).ok());
        done.filter(|_| params.get_str(ERROR_VALUE).is_none())
    });
    done.map(|done| view! { <p class="said no-print" role="status" data-testid="done">{done.in_words()}</p> })
}

/// For managers and admins.
#[component]
fn ManagerLinks(role: Role) -> impl IntoView {
    view! {
        <A href="/model" attr:class="side-link" attr:data-testid="nav-model"><Icon name=IconName::Chart/> "Model"</A>
        <A href="/learning" attr:class="side-link" attr:data-testid="nav-learning"><Icon name=IconName::Gauge/> "Learning"</A>
        <A href="/accuracy" attr:class="side-link" attr:data-testid="nav-accuracy"><Icon name=IconName::CheckCircle/> "Accuracy"</A>
        <A href="/feedback" attr:class="side-link" attr:data-testid="nav-feedback"><Icon name=IconName::Note/> "Feedback"</A>
        <A href="/impact" attr:class="side-link" attr:data-testid="nav-impact"><Icon name=IconName::Coin/> "Impact"</A>
        <A href="/monitoring" attr:class="side-link" attr:data-testid="nav-monitoring"><Icon name=IconName::Shield/> "Monitoring"</A>
        {role.may(Action::ManageJobs)
            .then(|| {
                view! {
                    <A href="/jobs" attr:class="side-link" attr:data-testid="nav-jobs"><Icon name=IconName::Gear/> "Jobs"</A>
                    <A href="/settings/outcomes" attr:class="side-link" attr:data-testid="nav-outcome-settings"><Icon name=IconName::Tag/> "Reasons"</A>
                }
            })}
    }
    .into_any()
}

#[component]
fn SignedIn(me: Me) -> impl IntoView {
    view! {
        <div class="side-user">
            <span class="avatar" aria-hidden="true">{initials(&me.name)}</span>
            <div class="side-who leading-tight">
                <p class="truncate font-medium text-xs" data-testid="me-name">{me.name}</p>
                <p class="truncate text-xs text-muted" data-testid="me-role">{me.role.label()}</p>
            </div>
            // A plain form: signing out should leave nothing of the page in memory.
            <form method="post" action=SignOut::url()>
                <button type="submit" class="button button-quiet button-square" aria-label="Sign out" title="Sign out" data-testid="sign-out">
                    <Icon name=IconName::SignOut/>
                </button>
            </form>
        </div>
    }
    .into_any()
}
