//! Rust source as text: enough of a lexer to tell code from comments and strings, and no more.

/// The code of `source`: comments and the insides of string and character literals become spaces.
/// Line breaks stay, so line numbers do too.
pub fn code_only(source: &str) -> String {
    let chars: Vec<char> = source.chars().collect();
    let mut code = String::with_capacity(source.len());
    let mut at = 0;
    while at < chars.len() {
        let end = opaque_end(&chars, at);
        if end == at {
            code.push(chars[at]);
            at += 1;
        } else {
            code.extend(chars[at..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    code
}

/// Where the comment or literal that starts at `at` ends; `at` itself where none starts there.
fn opaque_end(chars: &[char], at: usize) -> usize {
    let next = chars.get(at + 1).copied();
    match chars[at] {
        '/' if next == Some('/') => find(chars, at, |c| c == '\n').unwrap_or(chars.len()),
        '/' if next == Some('*') => block_comment_end(chars, at),
        '"' => quoted_end(chars, at, '"'),
        'r' if !continues_word(chars, at) => raw_string_end(chars, at).unwrap_or(at),
        'b' if next == Some('r') && !continues_word(chars, at) => raw_string_end(chars, at + 1).unwrap_or(at),
        '\'' => char_literal_end(chars, at).unwrap_or(at),
        _ => at,
    }
}

fn find(chars: &[char], from: usize, wanted: impl Fn(char) -> bool) -> Option<usize> {
    (from..chars.len()).find(|i| wanted(chars[*i]))
}

fn continues_word(chars: &[char], at: usize) -> bool {
    at > 0 && is_word(chars[at - 1]) && !(chars[at - 1] == 'b' && (at < 2 || !is_word(chars[at - 2])))
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn block_comment_end(chars: &[char], at: usize) -> usize {
    let (mut depth, mut i) = (0_usize, at);
    while i + 1 < chars.len() {
        match (chars[i], chars[i + 1]) {
            ('/', '*') => (depth, i) = (depth + 1, i + 2),
            ('*', '/') if depth == 1 => return i + 2,
            ('*', '/') => (depth, i) = (depth - 1, i + 2),
            _ => i += 1,
        }
    }
    chars.len()
}

fn quoted_end(chars: &[char], at: usize, quote: char) -> usize {
    let mut i = at + 1;
    while i < chars.len() {
        match chars[i] {
            '\\' => i += 2,
            c if c == quote => return i + 1,
            _ => i += 1,
        }
    }
    chars.len()
}

fn raw_string_end(chars: &[char], at: usize) -> Option<usize> {
    let open = find(chars, at + 1, |c| c != '#')?;
    if chars[open] != '"' {
        return None;
    }
    let hashes = open - at - 1;
    let closes = |i: &usize| chars[*i] == '"' && (1..=hashes).all(|h| chars.get(i + h) == Some(&'#'));
    Some((open + 1..chars.len()).find(closes).map_or(chars.len(), |i| i + 1 + hashes))
}

/// `'a'` and `'\n'` are literals; `'a` in `&'a str` is a lifetime.
fn char_literal_end(chars: &[char], at: usize) -> Option<usize> {
    match chars.get(at + 1)? {
        '\\' => Some(quoted_end(chars, at, '\'')),
        _ if chars.get(at + 2) == Some(&'\'') => Some(at + 3),
        _ => None,
    }
}

/// `code` without its `#[cfg(test)]` items: tests are not part of the product's layers.
pub fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut kept = code.to_owned();
    let mut from = 0;
    while let Some(start) = kept[from..].find(MARK).map(|i| from + i) {
        let end = item_end(&kept, start + MARK.len());
        let blank: String = kept[start..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
        from = start + blank.len();
        kept.replace_range(start..end, &blank);
    }
    kept
}

/// The end of the item that follows `from`: its `;`, or the brace that closes its first one.
fn item_end(code: &str, from: usize) -> usize {
    let mut depth = 0_usize;
    for (i, c) in code[from..].char_indices() {
        match c {
            ';' if depth == 0 => return from + i + 1,
            '{' => depth += 1,
            '}' if depth <= 1 => return from + i + 1,
            '}' => depth -= 1,
            _ => {}
        }
    }
    code.len()
}

/// The line, from 1, of byte `offset`.
pub fn line_of(text: &str, offset: usize) -> usize {
    text[..offset].matches('\n').count() + 1
}

/// Every identifier of `code` with its byte offset.
pub fn words(code: &str) -> impl Iterator<Item = (usize, &str)> {
    code.split(|c: char| !is_word(c)).filter(|word| !word.is_empty()).map(|word| (word.as_ptr() as usize - code.as_ptr() as usize, word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blank_and_code_stays() {
        let source = "a(\"b // c\"); // d\n/* e /* f */ g */ h('i', '\\'', r#\"j \"k\"#, br\"l\", b\"m\", &'n o, for_r\"p\")";
        let code = code_only(source);
        assert_eq!(words(&code).map(|(_, word)| word).collect::<Vec<_>>(), ["a", "h", "b", "n", "o", "for_r"]);
        assert_eq!(code.matches('\n').count(), 1);
    }

    #[test]
    fn test_modules_are_left_out_and_what_follows_is_kept() {
        let code = "use one;\n#[cfg(test)]\nmod tests { fn two() { three(); } }\nfn four() {}\n#[cfg(test)]\nmod five;\nsix";
        let kept = without_tests(code);
        assert_eq!(words(&kept).map(|(_, word)| word).collect::<Vec<_>>(), ["use", "one", "fn", "four", "six"]);
        assert_eq!(line_of(&kept, kept.find("six").unwrap()), 7);
    }
}
