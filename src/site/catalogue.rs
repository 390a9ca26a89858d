//! What of a site's look a project may replace: pages, their parts, words and assets, and what a page's template is given.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

use super::context::{Given, Record, Shape, Shapes};
use super::pages::{Globals, Head, KINDS};
use super::plan::File;
use super::quote::Said;
use super::templates::{self, BuiltIn, OTHER_ASSETS, STYLES, TEMPLATES};
use super::{Site, words};
use crate::diagnostic::nearest;

/// What is the same on all pages of a section.
pub(super) struct Frame;

described! {
    /// What is the same on all pages of a section; `partials/frame.html` makes it.
    Frame {
        /// The bar at the top.
        bar: Said,
        /// The foot.
        foot: Said,
        /// The search that opens over the page.
        finder: Said,
        /// The list of keys that opens over the page.
        help: Said,
    }
}

/// How many pages of a kind are asked for examples.
const MAX_PAGES: usize = 60;
/// How many entries of a list are asked for examples.
const MAX_ENTRIES: usize = 20;

/// A file that a project may replace by one of the same name in its templates folder.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    /// `pages`, `partials`, `words` or `assets`.
    pub group: &'static str,
    /// Its path below the templates folder.
    pub name: &'static str,
    /// The built-in one.
    pub text: &'static str,
}

/// What a template is given, record by record, with examples from a site.
#[derive(Debug, Serialize)]
pub struct ContextOf {
    /// The template, `pages/deal.html`.
    pub template: String,
    /// What its page is.
    pub about: String,
    /// The variables; what they consist of stands in the records.
    pub variables: Vec<FieldOf>,
    /// What the variables consist of, in the order of their first use.
    pub records: Vec<RecordOf>,
    /// The page that the data are from; none if the site has none of this kind.
    pub path: Option<String>,
    /// All that the template of that page is given.
    pub data: Value,
}

/// A value with fields.
#[derive(Debug, Serialize)]
pub struct RecordOf {
    /// How the fields of others name it.
    pub name: &'static str,
    /// What it is.
    pub about: String,
    /// Its fields.
    pub fields: Vec<FieldOf>,
}

/// A field of a record.
#[derive(Debug, Serialize)]
pub struct FieldOf {
    /// Its name.
    pub name: &'static str,
    /// `text`, `list of Quote`, `number or none`.
    #[serde(rename = "type")]
    pub shape: String,
    /// What it means.
    pub meaning: String,
    /// A value that it has on some page of the site; none if it is empty on all that were looked at.
    pub example: Option<Value>,
}

/// What the template of one page is given.
pub(super) struct Context {
    pub(super) template: String,
    pub(super) data: Value,
}

/// Values that were seen, by record and field.
type Examples = BTreeMap<(&'static str, &'static str), Value>;

/// All that a project may replace.
pub fn catalogue() -> Vec<Part> {
    let base = |name: &str| if name.starts_with("pages/") { "pages" } else { "partials" };
    let part = |group: fn(&str) -> &'static str| {
        move |&(name, text): &BuiltIn| Part { group: group(name), name, text }
    };
    let custom = Part { group: "assets", name: templates::CUSTOM_STYLES, text: "" };
    let mut parts: Vec<Part> = TEMPLATES.iter().map(part(base)).collect();
    parts.extend(words::FILES.iter().map(part(|_| "words")));
    parts.extend(STYLES.iter().map(part(|_| "assets")));
    parts.push(custom);
    parts.extend(OTHER_ASSETS.iter().map(part(|_| "assets")));
    parts.sort_by_key(|part| {
        (["pages", "partials", "words", "assets"].iter().position(|group| *group == part.group), part.name)
    });
    parts
}

/// The names of the pages that have a context.
pub fn pages() -> Vec<&'static str> {
    let mut names: Vec<&str> = KINDS.iter().flat_map(|kind| kind.templates).copied().collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The file whose name is most like another's, whatever folder it is in.
pub fn nearest_file<'a>(name: &str, files: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
    fn stem(path: &str) -> &str {
        path.rsplit('/').next().unwrap_or_default().split('.').next().unwrap_or_default()
    }
    let near = nearest(stem(name), files.clone().map(stem))?;
    let of_kind = |file: &&'a str| file.rsplit('.').next() == name.rsplit('.').next();
    let mut found = files.filter(|file| stem(file) == near);
    let first = found.clone().find(of_kind);
    first.or_else(|| found.next())
}

impl Site {
    /// What the template of a page is given, with examples from this site. `page` is one of [`pages`], or a page's path.
    pub fn context_of(&self, page: &str) -> Option<ContextOf> {
        let one = self.context(page);
        let name = match &one {
            Some(one) => one.template.trim_start_matches("pages/").trim_end_matches(".html").to_owned(),
            None => page.trim_start_matches("pages/").trim_end_matches(".html").to_owned(),
        };
        let kind = KINDS.iter().find(|kind| kind.templates.contains(&name.as_str()))?;
        let mut shapes = Shapes::new();
        let shape = (kind.context)(&mut shapes);
        let variables = variables(&shape, &mut shapes);
        let template = format!("pages/{name}.html");
        let mut examples = Examples::new();
        let mut first = None;
        let paths = self.paths().iter().filter(|path| one.is_none() || *path == page);
        let is_of_kind = |path: &&String| match self.plan.files.get(*path) {
            Some(File::Page(page)) => KINDS[page.kind].templates.contains(&name.as_str()),
            _ => false,
        };
        for path in paths.filter(is_of_kind).take(MAX_PAGES) {
            let Some(context) = self.context(path).filter(|context| context.template == template) else {
                continue;
            };
            for field in &variables {
                collect(&field.shape, &context.data[field.name], &shapes, &mut examples);
                add("", field.name, &context.data[field.name], &mut examples);
            }
            first.get_or_insert((path.clone(), context.data));
        }
        let (path, data) = first.map_or((None, Value::Null), |(path, data)| (Some(path), data));
        let about = shape.record().map_or_else(String::new, |name| prose(shapes[name].about));
        Some(ContextOf {
            template,
            about,
            records: records(&variables, &shapes, &examples),
            variables: variables.iter().map(|field| field_of("", field, &examples)).collect(),
            path,
            data,
        })
    }
}

/// What every template is given.
fn variables(page: &Shape, shapes: &mut Shapes) -> Vec<super::context::Field> {
    let field = |name, shape, meaning| super::context::Field { name, shape, meaning };
    vec![
        field(
            "root",
            Shape::Text,
            &["What stands before a path below the site's root to lead there from this page."],
        ),
        field("head", Head::shape(shapes), &["What the frame needs to know of the page."]),
        field("frame", Frame::shape(shapes), &["What is the same on all pages of a section."]),
        field("site", Globals::shape(shapes), &["What every page knows of the site."]),
        field("page", page.clone(), &["What this page shows."]),
    ]
}

fn records(variables: &[super::context::Field], shapes: &Shapes, examples: &Examples) -> Vec<RecordOf> {
    let mut order: Vec<&'static str> = variables.iter().filter_map(|field| field.shape.record()).collect();
    let mut next = 0;
    while next < order.len() {
        for name in shapes[order[next]].fields.iter().filter_map(|field| field.shape.record()) {
            if !order.contains(&name) {
                order.push(name);
            }
        }
        next += 1;
    }
    let record = |name: &'static str| {
        let Record { about, fields } = &shapes[name];
        let fields = fields.iter().map(|field| field_of(name, field, examples)).collect();
        RecordOf { name, about: prose(about), fields }
    };
    order.into_iter().map(record).collect()
}

fn field_of(record: &'static str, field: &super::context::Field, examples: &Examples) -> FieldOf {
    FieldOf {
        name: field.name,
        shape: field.shape.to_string(),
        meaning: prose(field.meaning),
        example: examples.get(&(record, field.name)).cloned(),
    }
}

/// The lines of a comment as a paragraph.
fn prose(lines: &[&str]) -> String {
    lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ")
}

/// Keeps values of fields that have no example yet.
fn collect(shape: &Shape, value: &Value, shapes: &Shapes, examples: &mut Examples) {
    match (shape, value) {
        (Shape::Maybe(inner), value) => collect(inner, value, shapes, examples),
        (Shape::List(inner), Value::Array(values)) => {
            values.iter().take(MAX_ENTRIES).for_each(|value| collect(inner, value, shapes, examples));
        }
        (Shape::Record(name), Value::Object(values)) => {
            for field in &shapes[name].fields {
                let value: Option<&Value> = Map::get(values, field.name);
                if let Some(value) = value {
                    add(name, field.name, value, examples);
                    collect(&field.shape, value, shapes, examples);
                }
            }
        }
        _ => {}
    }
}

fn add(record: &'static str, field: &'static str, value: &Value, examples: &mut Examples) {
    let is_empty = match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(values) => values.is_empty(),
        Value::Object(values) => values.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    };
    if !is_empty {
        examples.entry((record, field)).or_insert_with(|| value.clone());
    }
}
