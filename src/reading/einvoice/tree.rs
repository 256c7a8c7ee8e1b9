//! XML as a light tree of elements, with limits.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;

const MAX_DEPTH: usize = 100;
const MAX_ELEMENTS: usize = 1_000_000;

/// Why XML gives no tree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum TreeError {
    #[error("the XML is not well-formed: {0}")]
    NotWellFormed(String),
    #[error("the XML declares a document type, which invoices must not")]
    DocumentType,
    #[error("the XML is nested deeper than {MAX_DEPTH} elements or has more than {MAX_ELEMENTS}")]
    TooLarge,
}

impl From<quick_xml::Error> for TreeError {
    fn from(error: quick_xml::Error) -> Self {
        Self::NotWellFormed(error.to_string())
    }
}

/// An element: local name, attributes by local name, own text, children in order.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Element {
    pub(super) name: String,
    attributes: Vec<(String, String)>,
    text: String,
    children: Vec<Element>,
}

impl Element {
    /// Parses a document; gives the root's namespace and the root.
    pub(super) fn parse(xml: &str) -> Result<(String, Self), TreeError> {
        let mut reader = NsReader::from_str(xml);
        let mut open: Vec<Self> = Vec::new();
        let mut root: Option<Self> = None;
        let (mut namespace, mut count) = (String::new(), 0_usize);
        loop {
            let (resolved, event) = reader.read_resolved_event()?;
            match event {
                Event::Start(start) => {
                    if open.is_empty() {
                        namespace = bound(&resolved);
                    }
                    count += 1;
                    if open.len() >= MAX_DEPTH || count > MAX_ELEMENTS {
                        return Err(TreeError::TooLarge);
                    }
                    open.push(Self::opened(&start)?);
                }
                Event::Empty(start) => {
                    if open.is_empty() {
                        namespace = bound(&resolved);
                    }
                    count += 1;
                    if count > MAX_ELEMENTS {
                        return Err(TreeError::TooLarge);
                    }
                    close(Self::opened(&start)?, &mut open, &mut root)?;
                }
                Event::End(_) => {
                    let element = open.pop().ok_or_else(|| TreeError::NotWellFormed("an end without a start".to_owned()))?;
                    close(element, &mut open, &mut root)?;
                }
                Event::DocType(_) => return Err(TreeError::DocumentType),
                Event::Eof => break,
                other => {
                    if let Some(element) = open.last_mut() {
                        element.append(&other)?;
                    }
                }
            }
        }
        if !open.is_empty() {
            return Err(TreeError::NotWellFormed("it ends before its elements are closed".to_owned()));
        }
        root.map(|root| (namespace, root)).ok_or_else(|| TreeError::NotWellFormed("there is no root element".to_owned()))
    }

    fn opened(start: &BytesStart<'_>) -> Result<Self, TreeError> {
        let mut attributes = Vec::new();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|error| TreeError::NotWellFormed(error.to_string()))?;
            let value = attribute.normalized_value(XmlVersion::default())?;
            attributes.push((attribute.key.local_name().into_inner().to_owned(), value.into_owned()));
        }
        Ok(Self { name: start.local_name().into_inner().to_owned(), attributes, ..Self::default() })
    }

    fn append(&mut self, event: &Event<'_>) -> Result<(), TreeError> {
        match event {
            Event::Text(text) => self.text.push_str(text),
            Event::CData(data) => self.text.push_str(data),
            Event::GeneralRef(reference) => match reference.resolve_char_ref()? {
                Some(character) => self.text.push(character),
                None => match quick_xml::escape::resolve_xml_entity(reference) {
                    Some(known) => self.text.push_str(known),
                    None => return Err(TreeError::NotWellFormed(format!("unknown entity &{};", &**reference))),
                },
            },
            _ => {}
        }
        Ok(())
    }

    /// Children reached by following `path`, in document order.
    pub(super) fn all<'a>(&'a self, path: &[&str]) -> Vec<&'a Self> {
        let mut found = vec![self];
        for step in path {
            found = found.into_iter().flat_map(|element| element.children.iter().filter(|child| child.name == *step)).collect();
        }
        found
    }

    /// The first such child.
    pub(super) fn first<'a>(&'a self, path: &[&str]) -> Option<&'a Self> {
        self.all(path).into_iter().next()
    }

    /// The first child that has one of these names.
    pub(super) fn either<'a>(&'a self, names: &[&str]) -> Option<&'a Self> {
        names.iter().find_map(|name| self.children.iter().find(|child| child.name == *name))
    }

    /// Own text, trimmed; `None` where there is none.
    pub(super) fn text(&self) -> Option<&str> {
        Some(self.text.trim()).filter(|text| !text.is_empty())
    }

    /// The texts found under `path`.
    pub(super) fn texts<'a>(&'a self, path: &[&str]) -> Vec<&'a str> {
        self.all(path).into_iter().filter_map(Self::text).collect()
    }

    /// The first text found under `path`.
    pub(super) fn text_at<'a>(&'a self, path: &[&str]) -> Option<&'a str> {
        self.texts(path).into_iter().next()
    }

    /// An attribute by local name.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

fn bound(resolved: &ResolveResult<'_>) -> String {
    match resolved {
        ResolveResult::Bound(namespace) => namespace.into_inner().to_owned(),
        _ => String::new(),
    }
}

fn close(element: Element, open: &mut [Element], root: &mut Option<Element>) -> Result<(), TreeError> {
    match open.last_mut() {
        Some(parent) => parent.children.push(element),
        None if root.is_none() => *root = Some(element),
        None => return Err(TreeError::NotWellFormed("there is a second root element".to_owned())),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_keeps_text_entities_and_cdata() {
        let (namespace, root) = Element::parse("<x:a xmlns:x='urn:n' k='1'><x:b>M&amp;S &#252;<![CDATA[<c>]]></x:b><b/></x:a>").unwrap();
        assert_eq!((namespace.as_str(), root.name.as_str()), ("urn:n", "a"));
        assert_eq!(root.text_at(&["b"]), Some("M&S ü<c>"));
        assert_eq!(root.attribute("k"), Some("1"));
    }

    #[test]
    fn hostile_xml_is_refused() {
        assert_eq!(Element::parse("<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>"), Err(TreeError::DocumentType));
        assert_eq!(Element::parse(&"<a>".repeat(5000)), Err(TreeError::TooLarge));
        for broken in ["", "<a>", "<a></b>", "<a/><b/>", "<a>&nope;</a>", "<a k=1/>"] {
            assert!(matches!(Element::parse(broken), Err(TreeError::NotWellFormed(_))), "{broken}");
        }
    }
}
