//! What templates are given. A struct in `context!` is the contract of a template: each of its fields says what it means,
//! or the program does not compile. So what `templates context` prints can neither lack a field nor have one too many.

use std::borrow::Cow;
use std::collections::BTreeMap;

/// What kind of value a field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Words.
    Text,
    /// Words as HTML that needs no escaping.
    Html,
    /// A whole number.
    Number,
    /// Yes or no.
    Flag,
    /// Whatever a note's properties hold.
    Properties,
    /// Values of one shape.
    List(Box<Shape>),
    /// A value that may be missing.
    Maybe(Box<Shape>),
    /// A value with fields; its name in [`Shapes`].
    Record(&'static str),
}

/// The records that a context consists of, by name.
pub(super) type Shapes = BTreeMap<&'static str, Record>;

/// A value with fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// The lines of its comment.
    pub(super) about: &'static [&'static str],
    pub(super) fields: Vec<Field>,
}

/// A field of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) shape: Shape,
    /// The lines of its comment.
    pub(super) meaning: &'static [&'static str],
}

/// A value that a template may be given.
pub(super) trait Given {
    /// Its shape; records that it consists of are added to the others.
    fn shape(shapes: &mut Shapes) -> Shape;
}

/// Declares a struct that templates are given: it can be serialised, and can say what its fields mean.
macro_rules! context {
    (
        $(#[doc = $about:literal])+
        $(#[derive($($derive:path),+)])?
        $vis:vis struct $name:ident $(<$life:lifetime>)? {
            $($(#[doc = $meaning:literal])+ $field_vis:vis $field:ident: $type:ty $(=> $shown:ty)?,)*
        }
    ) => {
        $(#[doc = $about])+
        #[derive(serde::Serialize $($(, $derive)+)?)]
        $vis struct $name $(<$life>)? {
            $($(#[doc = $meaning])+ $field_vis $field: $type,)*
        }

        described! {
            $(#[doc = $about])+
            $(<$life>)? $name $(<$life>)? {
                $($(#[doc = $meaning])+ $field: $type $(=> $shown)?,)*
            }
        }
    };
}

/// The same for a type that serialises itself, and so says by hand which fields it has.
macro_rules! described {
    (
        $(#[doc = $about:literal])+
        $(<$life:lifetime>)? $name:ident $(<$of:lifetime>)? {
            $($(#[doc = $meaning:literal])+ $field:ident: $type:ty $(=> $shown:ty)?,)*
        }
    ) => {
        impl $(<$life>)? $crate::site::context::Given for $name $(<$of>)? {
            fn shape(shapes: &mut $crate::site::context::Shapes) -> $crate::site::context::Shape {
                let name = stringify!($name);
                if !shapes.contains_key(name) {
                    let fields = vec![$($crate::site::context::Field {
                        name: stringify!($field),
                        shape: shape_of!(shapes, $type $(, $shown)?),
                        meaning: &[$($meaning),+],
                    }),*];
                    shapes.insert(name, $crate::site::context::Record { about: &[$($about),+], fields });
                }
                $crate::site::context::Shape::Record(name)
            }
        }
    };
}

/// The shape of a field: that of its type, or that which templates see of a value made ready for them.
macro_rules! shape_of {
    ($shapes:ident, $type:ty) => {
        <$type as $crate::site::context::Given>::shape($shapes)
    };
    ($shapes:ident, $type:ty, $shown:ty) => {
        <$shown as $crate::site::context::Given>::shape($shapes)
    };
}

impl Shape {
    /// The record of a value, of the entries of a list, or of a value that may be missing.
    pub(super) fn record(&self) -> Option<&'static str> {
        match self {
            Self::Record(name) => Some(name),
            Self::List(inner) | Self::Maybe(inner) => inner.record(),
            Self::Text | Self::Html | Self::Number | Self::Flag | Self::Properties => None,
        }
    }

    /// What is wrong with a value of this shape, with the place; nothing if it is as documented.
    #[cfg(test)]
    pub(super) fn misfit(&self, value: &serde_json::Value, shapes: &Shapes) -> Option<String> {
        use serde_json::Value;
        match (self, value) {
            (Self::Text | Self::Html, Value::String(_))
            | (Self::Number, Value::Number(_))
            | (Self::Flag, Value::Bool(_))
            | (Self::Properties, Value::Object(_))
            | (Self::Maybe(_), Value::Null) => None,
            (Self::Maybe(inner), value) => inner.misfit(value, shapes),
            (Self::List(inner), Value::Array(values)) => values
                .iter()
                .find_map(|value| inner.misfit(value, shapes))
                .map(|misfit| format!("[]{misfit}")),
            (Self::Record(name), Value::Object(values)) => {
                let fields = &shapes[name].fields;
                let unknown = values.keys().find(|key| fields.iter().all(|field| field.name != *key));
                let problem = unknown.map(|key| format!(".{key} is not documented"));
                problem.or_else(|| {
                    fields.iter().find_map(|field| match values.get(field.name) {
                        Some(value) => {
                            let misfit = field.shape.misfit(value, shapes);
                            misfit.map(|misfit| format!(".{}{misfit}", field.name))
                        }
                        None => Some(format!(".{} is documented and absent", field.name)),
                    })
                })
            }
            _ => Some(format!(" is {value}, and not {self}")),
        }
    }
}

impl std::fmt::Display for Shape {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text => formatter.write_str("text"),
            Self::Html => formatter.write_str("HTML"),
            Self::Number => formatter.write_str("number"),
            Self::Flag => formatter.write_str("true or false"),
            Self::Properties => formatter.write_str("properties"),
            Self::List(inner) => write!(formatter, "list of {inner}"),
            Self::Maybe(inner) => write!(formatter, "{inner} or none"),
            Self::Record(name) => formatter.write_str(name),
        }
    }
}

macro_rules! plain {
    ($($shape:ident: $($type:ty),+;)+) => {
        $($(impl Given for $type {
            fn shape(_: &mut Shapes) -> Shape {
                Shape::$shape
            }
        })+)+
    };
}

plain! {
    Text: str, String, Cow<'_, str>;
    Number: usize, i32, i64;
    Flag: bool;
    Properties: BTreeMap<String, serde_json::Value>;
}

impl<T: Given + ?Sized> Given for &T {
    fn shape(shapes: &mut Shapes) -> Shape {
        T::shape(shapes)
    }
}

impl<T: Given> Given for [T] {
    fn shape(shapes: &mut Shapes) -> Shape {
        Shape::List(Box::new(T::shape(shapes)))
    }
}

impl<T: Given> Given for Vec<T> {
    fn shape(shapes: &mut Shapes) -> Shape {
        <[T]>::shape(shapes)
    }
}

impl<T: Given> Given for Option<T> {
    fn shape(shapes: &mut Shapes) -> Shape {
        Shape::Maybe(Box::new(T::shape(shapes)))
    }
}
