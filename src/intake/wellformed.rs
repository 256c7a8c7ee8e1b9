//! A streaming check that XML is well-formed, without building anything from it.

use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;

/// Deeper nesting than any invoice has.
const MAX_DEPTH: usize = 100;

/// The root element's name.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Root {
    pub(super) namespace: String,
    pub(super) local_name: String,
}

/// What is wrong with the XML.
#[derive(Debug, thiserror::Error)]
pub(super) enum XmlError {
    #[error("the XML is not well-formed: {0}")]
    NotWellFormed(String),
    #[error("the XML declares a document type, which invoices must not")]
    DocumentType,
    #[error("the XML is nested deeper than {MAX_DEPTH} elements")]
    TooDeep,
    #[error("the XML has no root element")]
    NoRoot,
}

impl From<quick_xml::Error> for XmlError {
    fn from(error: quick_xml::Error) -> Self {
        Self::NotWellFormed(error.to_string())
    }
}

/// Reads to the end; gives the root's name.
pub(super) fn check(text: &str) -> Result<Root, XmlError> {
    let mut reader = NsReader::from_str(text);
    let (mut depth, mut root) = (0_usize, None);
    loop {
        let (resolved, event) = reader.read_resolved_event()?;
        match event {
            Event::Start(ref start) | Event::Empty(ref start) => {
                let name = element(&resolved, start)?;
                if depth == 0 {
                    if root.is_some() {
                        return Err(XmlError::NotWellFormed("there is a second root element".to_owned()));
                    }
                    root = Some(name);
                }
                if matches!(event, Event::Start(_)) {
                    depth += 1;
                }
                if depth > MAX_DEPTH {
                    return Err(XmlError::TooDeep);
                }
            }
            Event::End(_) => depth = depth.saturating_sub(1),
            Event::Text(text) if depth == 0 && !text.trim().is_empty() => {
                return Err(XmlError::NotWellFormed("there is text outside the root element".to_owned()));
            }
            Event::GeneralRef(reference) => {
                let known = reference.is_char_ref() && reference.resolve_char_ref()?.is_some();
                if !known && quick_xml::escape::resolve_xml_entity(&reference).is_none() {
                    return Err(XmlError::NotWellFormed(format!("unknown entity &{};", &*reference)));
                }
            }
            Event::DocType(_) => return Err(XmlError::DocumentType),
            Event::Eof if depth > 0 => return Err(XmlError::NotWellFormed("it ends before its elements are closed".to_owned())),
            Event::Eof => return root.ok_or(XmlError::NoRoot),
            _ => {}
        }
    }
}

fn element(resolved: &ResolveResult<'_>, start: &BytesStart<'_>) -> Result<Root, XmlError> {
    let namespace = match resolved {
        ResolveResult::Bound(namespace) => namespace.into_inner().to_owned(),
        ResolveResult::Unbound => String::new(),
        ResolveResult::Unknown(prefix) => return Err(XmlError::NotWellFormed(format!("the prefix {prefix:?} is not declared"))),
    };
    for attribute in start.attributes() {
        attribute.map_err(|error| XmlError::NotWellFormed(error.to_string()))?;
    }
    Ok(Root { namespace, local_name: start.local_name().into_inner().to_owned() })
}
