//! How the rules would have done in the past.

use leptos::prelude::*;

use crate::{
    components::{Card, FiguresTable, count, instant_date, percent},
    domain::alerts::{Backtest, MadeBacktest, RuleBacktest, RuleFigures},
};

#[component]
pub fn BacktestCard(made: Option<MadeBacktest>) -> impl IntoView {
    let Some(made) = made else {
        return view! {
            <Card title="How the rules would have done" id="backtest">
                <p class="text-muted">"Not replayed yet: ask for it above, or wait for the coming night."</p>
            </Card>
        }
        .into_any();
    };
    let Backtest { deals, of, lost, base_rate, rules, .. } = made.backtest;
    let newest = of.map_or_else(String::new, |all| format!(", the newest of {}", count(all)));
    let hint = format!(
        "{} closed deals{newest} ({} lost) replayed day by day on {}. Right: the deal was then lost, or slipped by more than a week; of all deals \
         {} were, so an alert on every deal would come to that. False alarms: the share of the deals won on time that got an alert. \
         Suggestions keep false alarms under 20 % where they can, are chosen on the deals closed first and checked on the last third.",
        count(deals),
        count(lost),
        instant_date(made.made_at),
        percent(base_rate)
    );
    let rows = rules.into_iter().map(|rule| view! { <Rule rule/> }).collect_view();
    view! {
        <Card title="How the rules would have done" id="backtest" testid="backtest" flush=true hint>
            <FiguresTable names="Rule" figures=&["Limit", "Alerts", "Deals", "Right", "False alarms", "Lost deals found", "Days ahead"]>{rows}</FiguresTable>
        </Card>
    }
    .into_any()
}

/// A rule's limit in force, the suggested one, and on demand all that were tried.
#[component]
fn Rule(rule: RuleBacktest) -> impl IntoView {
    let RuleBacktest { rule, current, suggested, curve } = rule;
    let unit = rule.unit();
    let cells = move |figures: &RuleFigures| {
        view! {
            <td class="right num">{unit.with(figures.threshold)}</td>
            <td class="right num">{count(figures.fired)}</td>
            <td class="right num">{count(figures.deals)}</td>
            <td class="right num">{percent(figures.precision)}</td>
            <td class="right num">{percent(figures.false_positive_rate)}</td>
            <td class="right num">{percent(figures.recall)}</td>
            <td class="right num">{figures.days_of_warning.map_or_else(|| "–".into(), |days| format!("{days:.0}"))}</td>
        }
    };
    let suggestion = suggested.map(|of| {
        let text = if of.meets_goal { "Suggested, reaches the goal" } else { "Suggested, the best there is" };
        view! {
            <tr data-testid="backtest-suggested">
                <th scope="row" class="text-muted">{text}</th>
                <td class="right num">{unit.with(of.threshold)}</td>
                <td class="right">"–"</td>
                <td class="right num">{count(of.deals)}</td>
                <td class="right num">{percent(of.precision)}</td>
                <td class="right num">{percent(of.false_positive_rate)}</td>
                <td class="right num">{percent(of.recall)}</td>
                <td class="right">"–"</td>
            </tr>
        }
    });
    let fired = curve.iter().any(|figures| figures.fired > 0);
    let all = curve.iter().filter(|figures| figures.fired > 0).map(|figures| view! { <tr><td></td> {cells(figures)}</tr> }).collect_view();
    let name = if fired { rule.label().to_owned() } else { format!("{} (history tells nothing about it)", rule.label()) };
    view! {
        <tbody data-testid="backtest-rule" data-rule=rule.into_str()>
            <tr><th scope="row" class="font-semibold">{name}</th> {cells(&current)}</tr>
            {suggestion}
            {fired
                .then(|| {
                    view! {
                        <tr class="no-print">
                            <td colspan="8">
                                <details class="disclosure">
                                    <summary class="text-xs text-muted">"All limits tried"</summary>
                                    <table class="data-table"><tbody>{all}</tbody></table>
                                </details>
                            </td>
                        </tr>
                    }
                })}
        </tbody>
    }
    .into_any()
}
