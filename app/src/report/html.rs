//! The report as one HTML page. Attributes are in single quotes: the build script takes classes in double quotes for the
//! product's own, and this page brings its stylesheet along.

use std::fmt::{Result, Write};

use crate::{
    charts,
    domain::report::{Block, Figure, Grid, Report, Tone},
    html::Escaped,
};

const STYLE: &str = include_str!("report.css");

/// The whole page.
pub(super) fn page(report: &Report) -> String {
    let mut page = String::with_capacity(128 * 1024);
    // Writing to a string does not fail.
    let _ = write_page(&mut page, report);
    page
}

fn write_page(page: &mut String, report: &Report) -> Result {
    let title = Escaped(&report.title);
    page.write_str("<!doctype html>\n<html lang='en'>\n<head>\n<meta charset='utf-8'>\n")?;
    page.write_str(
        "<meta name='viewport' content='width=device-width, initial-scale=1'>\n<meta name='color-scheme' content='light dark'>\n",
    )?;
    // Whatever a name might smuggle in, nothing runs and nothing is loaded.
    page.write_str("<meta http-equiv='Content-Security-Policy' content=\"default-src 'none'; style-src 'unsafe-inline'\">\n")?;
    write!(
        page,
        "<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<header>\n<h1>{title}</h1>\n<p class='origin'>"
    )?;
    for (at, origin) in report.origin.iter().enumerate() {
        write!(page, "{}<span>{}</span>", if at > 0 { " · " } else { "" }, Escaped(origin))?;
    }
    let tone = match report.verdict.tone {
        Tone::Good => "good",
        Tone::Careful => "careful",
        Tone::Bad => "bad",
    };
    write!(page, "</p>\n</header>\n<section class='verdict' data-tone='{tone}'>\n<h2>{}</h2>\n", Escaped(&report.verdict.headline))?;
    write_blocks(page, &report.verdict.blocks)?;
    page.write_str("</section>\n<nav aria-label='Contents'>\n<ul>\n")?;
    for section in &report.sections {
        writeln!(page, "<li><a href='#{}'>{}</a></li>", section.id, Escaped(&section.title))?;
    }
    page.write_str("</ul>\n</nav>\n")?;
    for section in &report.sections {
        write!(page, "<section id='{}'>\n<h2>{}</h2>\n", section.id, Escaped(&section.title))?;
        write_blocks(page, &section.blocks)?;
        page.write_str("</section>\n")?;
    }
    page.write_str("</main>\n</body>\n</html>\n")
}

fn write_blocks(page: &mut String, blocks: &[Block]) -> Result {
    blocks.iter().try_for_each(|block| write_block(page, block))
}

fn write_block(page: &mut String, block: &Block) -> Result {
    match block {
        Block::Text(text) => writeln!(page, "<p>{}</p>", Escaped(text)),
        Block::Note(text) => writeln!(page, "<p class='note'>{}</p>", Escaped(text)),
        Block::List(items) => {
            page.write_str("<ul>\n")?;
            items.iter().try_for_each(|item| writeln!(page, "<li>{}</li>", Escaped(item)))?;
            page.write_str("</ul>\n")
        }
        Block::Facts(facts) => {
            page.write_str("<dl class='facts'>\n")?;
            for fact in facts {
                write!(page, "<div><dt>{}</dt><dd>{}</dd>", Escaped(&fact.label), Escaped(&fact.value))?;
                if !fact.detail.is_empty() {
                    write!(page, "<dd class='detail'>{}</dd>", Escaped(&fact.detail))?;
                }
                page.write_str("</div>\n")?;
            }
            page.write_str("</dl>\n")
        }
        Block::Table(grid) => write_table(page, grid),
        Block::Figures(figures) => {
            page.write_str("<div class='figures'>\n")?;
            figures.iter().try_for_each(|figure| write_figure(page, figure))?;
            page.write_str("</div>\n")
        }
        Block::Charted(figure, grid) => {
            page.write_str("<div class='charted'>\n")?;
            write_figure(page, figure)?;
            write_table(page, grid)?;
            page.write_str("</div>\n")
        }
        Block::Bars(bars) => {
            page.write_str("<ol class='bars'>\n")?;
            for bar in bars {
                write!(page, "<li><span class='label'>{}</span><span class='value'>{}</span>", Escaped(&bar.label), Escaped(&bar.value))?;
                write!(page, "<span class='bar'><span style='width:{:.1}%'></span></span>", bar.share * 100.0)?;
                if !bar.detail.is_empty() {
                    write!(page, "<span class='detail'>{}</span>", Escaped(&bar.detail))?;
                }
                page.write_str("</li>\n")?;
            }
            page.write_str("</ol>\n")
        }
    }
}

fn write_figure(page: &mut String, figure: &Figure) -> Result {
    write!(page, "<figure>\n{}<figcaption>{}</figcaption>\n</figure>\n", charts::of_report(&figure.chart), Escaped(&figure.caption))
}

fn write_table(page: &mut String, grid: &Grid) -> Result {
    // Where the page is narrow the table scrolls by itself, by keyboard too.
    let caption = Escaped(&grid.caption);
    write!(
        page,
        "<div class='table' role='region' aria-label='{caption}' tabindex='0'>\n<table>\n<caption>{caption}</caption>\n<thead>\n<tr>"
    )?;
    let class = |at: usize| if grid.head.get(at).is_some_and(|head| head.number) { " class='n'" } else { "" };
    for (at, head) in grid.head.iter().enumerate() {
        write!(page, "<th scope='col'{}>{}</th>", class(at), Escaped(&head.text))?;
    }
    page.write_str("</tr>\n</thead>\n<tbody>\n")?;
    for row in &grid.rows {
        page.write_str("<tr>")?;
        for (at, cell) in row.iter().enumerate() {
            let (open, close) = if at == 0 { ("th scope='row'", "th") } else { ("td", "td") };
            write!(page, "<{open}{}>{}</{close}>", class(at), Escaped(cell))?;
        }
        page.write_str("</tr>\n")?;
    }
    page.write_str("</tbody>\n</table>\n</div>\n")
}
