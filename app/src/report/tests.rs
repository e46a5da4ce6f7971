use super::{html, markdown, markdown::escaped, sample};
use crate::domain::models::{Estimate, ModelDocument};

const SECTIONS: [(&str, &str); 14] = [
    ("learned-from", "What it learned from"),
    ("how-good", "How good it is"),
    ("threshold", "Likely lost or not"),
    ("calibration", "Do its percentages hold?"),
    ("curves", "Over all thresholds"),
    ("lift", "Best deals first"),
    ("segments", "By segment"),
    ("limits", "What these numbers do not say"),
    ("looks-at", "What it looks at"),
    ("selection", "How it was chosen"),
    ("left-out", "What was left out"),
    ("coverage", "How much is known"),
    ("features", "What the features mean"),
    ("versions", "All versions"),
];

#[test]
fn both_markups_hold_every_section() {
    let document = sample::full();
    let (html, markdown) = (html(&document), markdown(&document));
    for (id, title) in SECTIONS {
        assert!(html.contains(&format!("<section id='{id}'>\n<h2>{title}</h2>")), "{id}");
        assert!(html.contains(&format!("<a href='#{id}'>{title}</a>")), "{id}");
        assert!(markdown.contains(&format!("\n## {title}\n")), "{title}");
    }
    for text in ["Fit for use", "custom:close_value", "Dana Whitfield", "Platt scaling", "depth 4, learning rate 0.05, 132 trees", "3,120"]
    {
        assert!(html.contains(text) && markdown.contains(text), "{text}");
    }
    assert_eq!(html.matches("<svg").count(), 4);
    assert!(!markdown.contains("<svg"));
}

#[test]
fn the_verdict_says_the_figures_in_words() {
    let mut document = sample::full();
    let evaluation = document.report.evaluation.as_mut().expect("an evaluation");
    evaluation.roc_auc = Estimate { value: Some(0.812), low: Some(0.784), high: Some(0.839) };
    evaluation.log_loss.value = Some(0.5);
    evaluation.ece.value = Some(0.019);
    document.report.base_rate.as_mut().expect("a base rate").log_loss = Some(0.625);
    let versus = document.report.crm.as_mut().expect("a CRM");
    (versus.model.log_loss, versus.crm.log_loss) = (Some(0.7), Some(0.6));
    let text = markdown(&document);
    assert!(text.contains("in 81 of 100 cases (95% interval 78–84). Guessing would in 50."), "{text}");
    assert!(text.contains("It is better than giving every deal the average win rate: a log-loss of 0.500 against 0.625, 20% less."));
    assert!(text.contains("On the deals that have one: it is worse than the CRM's own probability: a log-loss of 0.700 against 0.600."));
    assert!(text.contains("Its percentages are off by 1.9 points on average."));
}

#[test]
fn a_model_that_was_never_fitted_says_so_and_little_else() {
    let document = sample::without_model();
    let (html, markdown) = (html(&document), markdown(&document));
    assert!(html.contains("data-tone='bad'") && markdown.contains("**Not ready for use**"));
    assert!(markdown.contains("28 more won and 10 more lost deals are needed."));
    assert!(markdown.contains("12 won and 30 lost deals are few"));
    assert!(markdown.contains("No model was fitted.") && !markdown.contains("It learned from snapshots"));
    assert!(!html.contains("<svg") && !html.contains("id='how-good'") && !html.contains("Fit for use"));
}

#[test]
fn a_candidate_that_is_not_ready_names_the_model_that_scores() {
    let mut document = sample::full();
    document.summary = document.history[2].clone();
    assert!(markdown(&document).contains("Deals are scored by model 7."));
    document.history.clear();
    assert!(markdown(&document).contains("Until a model is ready, deals show the smoothed win rate of their stage"));
}

#[test]
fn figures_that_are_undefined_do_no_harm() {
    let mut document = sample::full();
    let evaluation = document.report.evaluation.as_mut().expect("an evaluation");
    (evaluation.roc_auc, evaluation.log_loss, evaluation.brier, evaluation.ece) = Default::default();
    evaluation.at_threshold.lost = Default::default();
    evaluation.at_threshold.threshold = f64::NAN;
    evaluation.roc.clear();
    evaluation.lift.clear();
    evaluation.reliability.clear();
    document.report.top_features.iter_mut().for_each(|feature| feature.importance = f64::NAN);
    for text in [html(&document), markdown(&document)] {
        assert!(!text.contains("NaN%") && !text.contains(">NaN<"), "{text}");
    }
}

/// Every text that comes from outside, replaced.
fn hostile(text: &str) -> ModelDocument {
    let mut document = sample::full();
    let own = || text.to_owned();
    document.workspace = own();
    document.summary.reason = own();
    document.summary.learner = own();
    document.summary.artifact = Some(own());
    let report = &mut document.report;
    (report.learner, report.settings) = (own(), own());
    report.candidates[0].settings = own();
    report.candidates[4].failed = Some(own());
    report.segments[0].by = own();
    report.segments[0].segments[0].label = own();
    report.excluded[0].name = own();
    report.excluded[0].why = own();
    report.coverage[3].name = own();
    report.top_features[0].name = own();
    document.features[0].definition = own();
    document.features[0].group = own();
    document.history[0].learner = own();
    document
}

#[test]
fn names_cannot_break_out_of_the_page() {
    let page = html(&hostile("<script>alert('1')</script>\" onload='x' & </style>"));
    assert!(!page.contains("<script") && !page.contains("' onload") && !page.contains("\" onload"));
    assert_eq!(page.matches("</style>").count(), 1);
    assert!(page.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot; onload=&#39;x&#39; &amp; &lt;/style&gt;"));
}

#[test]
fn names_cannot_break_out_of_a_markdown_table() {
    let text = markdown(&hostile("a | b\n# c <img src=x> [d](e) `f`"));
    assert!(text.contains("a \\| b \\# c \\<img src=x\\> \\[d\\](e) \\`f\\`"));
    let plain = markdown(&sample::full());
    assert_eq!(text.lines().count(), plain.lines().count() + 5, "the first group of features is now two tables");
}

#[test]
fn markdown_keeps_the_names_of_columns_readable() {
    assert_eq!(escaped("days_since_last_activity"), "days_since_last_activity");
    assert_eq!(escaped("_not_ emphasised_"), "\\_not\\_ emphasised\\_");
    assert_eq!(escaped("- a\tb"), "\\- a b");
}

#[test]
fn the_page_loads_and_runs_nothing() {
    let page = html(&sample::full());
    for word in ["<script", "http:", "https:", "url(", "@import", "<link", "<img"] {
        let own = page.replace("http://www.w3.org/2000/svg", "");
        assert!(!own.contains(word), "{word}");
    }
    assert!(page.contains("default-src 'none'"));
}
