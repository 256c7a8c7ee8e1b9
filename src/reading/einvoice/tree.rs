//! XML as a light tree of elements that borrows from the text, with limits. An element of a namespace
//! that is no invoice's is kept, but never found by name.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;
use std::borrow::Cow;

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

/// The vocabulary that an element is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Vocabulary {
    /// Of a format without vocabularies of its own kinds (FatturaPA).
    #[default]
    Plain,
    /// UBL's document, aggregates, basics.
    Ubl,
    Cac,
    Cbc,
    /// CII's document, aggregates, data types.
    Rsm,
    Ram,
    Udt,
    Qdt,
    /// Anything else inside UBL or CII, also UBL's extensions.
    Foreign,
}

impl Vocabulary {
    fn of(namespace: &str) -> Self {
        let has = |part: &str| namespace.contains(part);
        if let Some(ubl) = namespace.strip_prefix("urn:oasis:names:specification:ubl:schema:xsd:") {
            return match ubl {
                _ if ubl.starts_with("CommonBasicComponents") => Self::Cbc,
                _ if ubl.starts_with("CommonAggregateComponents") => Self::Cac,
                _ if ubl.starts_with("Invoice") || ubl.starts_with("CreditNote") => Self::Ubl,
                _ => Self::Foreign,
            };
        }
        if namespace.starts_with("urn:un:unece:uncefact:data:") {
            return match () {
                () if has(":ReusableAggregateBusinessInformationEntity:") => Self::Ram,
                () if has(":UnqualifiedDataType:") => Self::Udt,
                () if has(":QualifiedDataType:") => Self::Qdt,
                () if has(":CrossIndustryInvoice:") => Self::Rsm,
                () => Self::Foreign,
            };
        }
        if namespace.starts_with("urn:ferd:") { Self::Rsm } else { Self::Plain }
    }

    /// The prefix that everyone writes for it.
    fn prefix(self) -> &'static str {
        match self {
            Self::Plain | Self::Ubl => "",
            Self::Cac => "cac:",
            Self::Cbc => "cbc:",
            Self::Rsm => "rsm:",
            Self::Ram => "ram:",
            Self::Udt => "udt:",
            Self::Qdt => "qdt:",
            Self::Foreign => "*:",
        }
    }
}

/// An element: local name, attributes by local name, own text, children in order.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Element<'x> {
    pub(super) name: &'x str,
    vocabulary: Vocabulary,
    attributes: Vec<(&'x str, Cow<'x, str>)>,
    text: Cow<'x, str>,
    children: Vec<Element<'x>>,
}

/// A document while it is read.
#[derive(Default)]
struct Growing<'x> {
    xml: &'x str,
    open: Vec<Element<'x>>,
    root: Option<Element<'x>>,
    namespace: String,
    plain: bool,
    count: usize,
}

impl<'x> Growing<'x> {
    fn start(&mut self, resolved: &ResolveResult<'_>, start: &BytesStart<'_>) -> Result<Element<'x>, TreeError> {
        let namespace = match resolved {
            ResolveResult::Bound(namespace) => namespace.into_inner(),
            _ => "",
        };
        let mut vocabulary = Vocabulary::of(namespace);
        if self.open.is_empty() {
            namespace.clone_into(&mut self.namespace);
            self.plain = vocabulary == Vocabulary::Plain;
        }
        if vocabulary == Vocabulary::Plain && !self.plain {
            vocabulary = Vocabulary::Foreign;
        }
        self.count += 1;
        if self.open.len() >= MAX_DEPTH || self.count > MAX_ELEMENTS {
            return Err(TreeError::TooLarge);
        }
        let mut attributes = Vec::new();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|error| TreeError::NotWellFormed(error.to_string()))?;
            if attribute.key.as_namespace_binding().is_some() {
                continue;
            }
            let value = match attribute.normalized_value(XmlVersion::default())? {
                Cow::Borrowed(value) => Cow::Borrowed(within(self.xml, value)?),
                Cow::Owned(value) => Cow::Owned(value),
            };
            attributes.push((within(self.xml, attribute.key.local_name().into_inner())?, value));
        }
        let name = within(self.xml, start.local_name().into_inner())?;
        Ok(Element { name, vocabulary, attributes, ..Element::default() })
    }

    fn close(&mut self, element: Element<'x>) -> Result<(), TreeError> {
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None if self.root.is_none() => self.root = Some(element),
            None => return Err(TreeError::NotWellFormed("there is a second root element".to_owned())),
        }
        Ok(())
    }
}

/// The same characters as `part`, which the reader borrowed from `xml`, for as long as `xml` lives.
fn within<'x>(xml: &'x str, part: &str) -> Result<&'x str, TreeError> {
    let offset = (part.as_ptr() as usize).wrapping_sub(xml.as_ptr() as usize);
    offset
        .checked_add(part.len())
        .and_then(|end| xml.get(offset..end))
        .ok_or_else(|| TreeError::NotWellFormed("a name stands outside the document".to_owned()))
}

impl<'x> Element<'x> {
    /// Parses a document; gives the root's namespace and the root.
    pub(super) fn parse(xml: &'x str) -> Result<(String, Self), TreeError> {
        let mut reader = NsReader::from_str(xml);
        let mut growing = Growing { xml, ..Growing::default() };
        loop {
            let (resolved, event) = reader.read_resolved_event()?;
            match event {
                Event::Start(start) => {
                    let element = growing.start(&resolved, &start)?;
                    growing.open.push(element);
                }
                Event::Empty(start) => {
                    let element = growing.start(&resolved, &start)?;
                    growing.close(element)?;
                }
                Event::End(_) => {
                    let element = growing.open.pop().ok_or_else(|| TreeError::NotWellFormed("an end without a start".to_owned()))?;
                    growing.close(element)?;
                }
                Event::DocType(_) => return Err(TreeError::DocumentType),
                Event::Eof => break,
                other => {
                    if let Some(element) = growing.open.last_mut() {
                        element.append(other)?;
                    }
                }
            }
        }
        if !growing.open.is_empty() {
            return Err(TreeError::NotWellFormed("it ends before its elements are closed".to_owned()));
        }
        let root = growing.root.ok_or_else(|| TreeError::NotWellFormed("there is no root element".to_owned()))?;
        Ok((growing.namespace, root))
    }

    fn append(&mut self, event: Event<'x>) -> Result<(), TreeError> {
        match event {
            Event::Text(text) => self.push(text.into_inner()),
            Event::CData(data) => self.push(data.into_inner()),
            Event::GeneralRef(reference) => match reference.resolve_char_ref()? {
                Some(character) => self.text.to_mut().push(character),
                None => match quick_xml::escape::resolve_xml_entity(&reference) {
                    Some(known) => self.text.to_mut().push_str(known),
                    None => return Err(TreeError::NotWellFormed(format!("unknown entity &{};", &*reference))),
                },
            },
            _ => {}
        }
        Ok(())
    }

    fn push(&mut self, text: Cow<'x, str>) {
        if self.text.is_empty() {
            self.text = text;
        } else if self.children.is_empty() || !text.trim().is_empty() {
            self.text.to_mut().push_str(&text);
        }
    }

    /// Whether this is an element of that name in the invoice's own vocabularies.
    pub(super) fn is(&self, name: &str) -> bool {
        self.name == name && self.vocabulary != Vocabulary::Foreign
    }

    /// Its name as everyone writes it, with prefix.
    pub(super) fn qualified(&self) -> String {
        format!("{}{}", self.vocabulary.prefix(), self.name)
    }

    /// Whether it stands outside the invoice's own vocabularies.
    pub(super) fn is_foreign(&self) -> bool {
        self.vocabulary == Vocabulary::Foreign
    }

    /// Children in document order.
    pub(super) fn children(&self) -> &[Self] {
        &self.children
    }

    /// Children of that name, in document order.
    pub(super) fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.is(name))
    }

    /// Children reached by following `path`, in document order.
    pub(super) fn all<'a>(&'a self, path: &[&str]) -> Vec<&'a Self> {
        let mut found = Vec::new();
        self.collect(path, &mut found);
        found
    }

    fn collect<'a>(&'a self, path: &[&str], found: &mut Vec<&'a Self>) {
        match path {
            [] => found.push(self),
            [step, rest @ ..] => self.children.iter().filter(|child| child.is(step)).for_each(|child| child.collect(rest, found)),
        }
    }

    /// The first such child.
    pub(super) fn first<'a>(&'a self, path: &[&str]) -> Option<&'a Self> {
        match path {
            [] => Some(self),
            [step, rest @ ..] => self.children.iter().filter(|child| child.is(step)).find_map(|child| child.first(rest)),
        }
    }

    /// Whether there is such a child.
    pub(super) fn has(&self, path: &[&str]) -> bool {
        self.first(path).is_some()
    }

    /// How many such children there are.
    pub(super) fn count(&self, path: &[&str]) -> usize {
        match path {
            [] => 1,
            [step, rest @ ..] => self.children.iter().filter(|child| child.is(step)).map(|child| child.count(rest)).sum(),
        }
    }

    /// The first child that has one of these names.
    pub(super) fn either<'a>(&'a self, names: &[&str]) -> Option<&'a Self> {
        names.iter().find_map(|name| self.children.iter().find(|child| child.is(name)))
    }

    /// Own text, trimmed; `None` where there is none.
    pub(super) fn text(&self) -> Option<&str> {
        Some(self.value()).filter(|text| !text.is_empty())
    }

    /// Own text, trimmed; empty where there is none.
    pub(super) fn value(&self) -> &str {
        self.text.trim()
    }

    /// Own text with its white space, where line breaks mean something.
    pub(super) fn raw(&self) -> &str {
        &self.text
    }

    /// The texts found under `path`.
    pub(super) fn texts<'a>(&'a self, path: &[&str]) -> Vec<&'a str> {
        self.all(path).into_iter().filter_map(Self::text).collect()
    }

    /// The first text found under `path`.
    pub(super) fn text_at<'a>(&'a self, path: &[&str]) -> Option<&'a str> {
        match path {
            [] => self.text(),
            [step, rest @ ..] => self.children.iter().filter(|child| child.is(step)).find_map(|child| child.text_at(rest)),
        }
    }

    /// The text of the first child under `path`: `Some("")` where it is there and empty. One with a text
    /// goes before one without.
    pub(super) fn value_at<'a>(&'a self, path: &[&str]) -> Option<&'a str> {
        self.text_at(path).or_else(|| self.has(path).then_some(""))
    }

    /// An attribute by local name.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| *key == name).map(|(_, value)| &**value)
    }

    /// The attributes by local name.
    pub(super) fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.attributes.iter().map(|(key, value)| (*key, &**value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_keeps_text_entities_and_cdata() {
        let (namespace, root) = Element::parse("<x:a xmlns:x='urn:n' k='1'><x:b>M&amp;S &#252;<![CDATA[<c>]]></x:b><b/></x:a>").unwrap();
        assert_eq!((namespace.as_str(), root.name), ("urn:n", "a"));
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
