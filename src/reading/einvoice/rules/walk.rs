//! A walk over every element of a document, each with the way to it.

use super::super::tree::Element;
use super::place::Node;

/// Calls `visit` for each element of the invoice's own vocabularies, parents first.
pub(super) fn walk<'a>(root: &'a Element<'a>, visit: &mut dyn FnMut(&Node<'_>)) {
    descend(root, None, false, visit);
}

/// Calls `visit` for each element, also in extensions.
pub(super) fn walk_all<'a>(root: &'a Element<'a>, visit: &mut dyn FnMut(&Node<'_>)) {
    descend(root, None, true, visit);
}

fn descend(element: &Element<'_>, parent: Option<&Node<'_>>, all: bool, visit: &mut dyn FnMut(&Node<'_>)) {
    let node = Node { element, parent };
    visit(&node);
    for child in element.children() {
        if all || !child.is_foreign() {
            descend(child, Some(&node), all, visit);
        }
    }
}
