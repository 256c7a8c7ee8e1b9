//! UBL-CR and CII-SR: elements that EN 16931 does not use. The published rules list what is not used,
//! one rule an element; here stands what is used, and one piece of advice names the rest, under the
//! family's id. Elements inside one that is not used are not named again.

mod cii;
mod ubl;

use super::super::tree::Element;
use super::place::Place;
use super::report::Report;
use crate::domain::einvoice::{Severity, Syntax};

/// At most this many are named.
const NAMED: usize = 5;

/// An element and the ones that are used inside it.
struct Used(&'static str, &'static [Used]);

const fn leaf(name: &'static str) -> Used {
    Used(name, &[])
}

pub(super) fn check(root: &Element, report: &mut Report) {
    let (mut named, mut count) = (Vec::new(), 0);
    let (rule, used) = if report.syntax == Syntax::Cii { ("CII-SR", cii::DOCUMENT) } else { ("UBL-CR", ubl::DOCUMENT) };
    look(root, used, "", &mut named, &mut count);
    if count > 0 {
        let more = if count > named.len() { " …" } else { "" };
        let text = format!("The invoice has elements that EN 16931 does not use ({count}): {}{more}.", named.join(", "));
        report.add(rule, Severity::Warning, Place::Document, text);
    }
}

fn look(element: &Element, used: &[Used], path: &str, named: &mut Vec<String>, count: &mut usize) {
    for child in element.children() {
        match used.iter().find(|used| child.is(used.0)) {
            Some(Used(_, [])) => {}
            Some(Used(name, inside)) if *count < NAMED => look(child, inside, &format!("{path}{name}/"), named, count),
            Some(Used(_, inside)) => look(child, inside, "", named, count),
            None => {
                *count += 1;
                if named.len() < NAMED {
                    named.push(format!("{path}{}", child.qualified()));
                }
            }
        }
    }
}
