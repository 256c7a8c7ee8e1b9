//! The contract's columns of a history, and how a file's own names meet them.
//!
//! Runs once a file, on its header. Refuses a file without vendor, amount and date, and a mapping
//! that names a column of ours that does not exist.

use super::RescoreError;
use super::synonyms::SYNONYMS;
use std::collections::BTreeMap;
use std::path::Path;

/// A column of the contract.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Column {
    RowId,
    PaymentDate,
    InvoiceDate,
    DueDate,
    EntryDate,
    PostedAt,
    PostedBy,
    ApprovedBy,
    VendorId,
    VendorName,
    InvoiceNo,
    PoNumber,
    Amount,
    Currency,
    DocType,
    Department,
    AccountCode,
    AccountName,
    BankAccount,
}

/// How many columns the contract knows.
pub(super) const COLUMNS: usize = 19;

impl Column {
    /// All of them, in the contract's order.
    pub const ALL: [Self; COLUMNS] = [
        Self::RowId,
        Self::PaymentDate,
        Self::InvoiceDate,
        Self::DueDate,
        Self::EntryDate,
        Self::PostedAt,
        Self::PostedBy,
        Self::ApprovedBy,
        Self::VendorId,
        Self::VendorName,
        Self::InvoiceNo,
        Self::PoNumber,
        Self::Amount,
        Self::Currency,
        Self::DocType,
        Self::Department,
        Self::AccountCode,
        Self::AccountName,
        Self::BankAccount,
    ];

    /// The dates by which history can be ordered; one of them must be there.
    pub const DATES: [Self; 4] = [Self::PaymentDate, Self::EntryDate, Self::PostedAt, Self::InvoiceDate];

    /// Every column that holds a date.
    pub const ALL_DATES: [Self; 5] = [Self::PaymentDate, Self::EntryDate, Self::PostedAt, Self::InvoiceDate, Self::DueDate];

    /// The contract's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::RowId => "row_id",
            Self::PaymentDate => "payment_date",
            Self::InvoiceDate => "invoice_date",
            Self::DueDate => "due_date",
            Self::EntryDate => "entry_date",
            Self::PostedAt => "posted_at",
            Self::PostedBy => "posted_by",
            Self::ApprovedBy => "approved_by",
            Self::VendorId => "vendor_id",
            Self::VendorName => "vendor_name",
            Self::InvoiceNo => "invoice_no",
            Self::PoNumber => "po_number",
            Self::Amount => "amount",
            Self::Currency => "currency",
            Self::DocType => "doc_type",
            Self::Department => "department",
            Self::AccountCode => "account_code",
            Self::AccountName => "account_name",
            Self::BankAccount => "bank_account",
        }
    }

    fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.name() == name)
    }
}

/// Which of a file's names stands for which column of ours (`our_name = "their_name"`).
#[derive(Debug, Clone, Default)]
pub struct ColumnMap(BTreeMap<String, Column>);

impl ColumnMap {
    /// Reads the TOML file of `--columns`.
    ///
    /// # Errors
    /// [`RescoreError::Io`], [`RescoreError::Columns`] where it is no such table.
    pub fn from_file(path: &Path) -> Result<Self, RescoreError> {
        let text = std::fs::read_to_string(path).map_err(|source| RescoreError::io("read", path, source))?;
        Self::from_toml(&text).map_err(|cause| RescoreError::Columns { path: path.to_owned(), cause })
    }

    /// Parses `our_name = "their_name"` lines.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn from_toml(text: &str) -> Result<Self, String> {
        let table: BTreeMap<String, String> = toml::from_str(text).map_err(|error| error.to_string())?;
        let mut map = BTreeMap::new();
        for (ours, theirs) in table {
            let column = Column::by_name(&ours).ok_or_else(|| {
                let known: Vec<&str> = Column::ALL.iter().map(|column| column.name()).collect();
                format!("{ours:?} is not a column of a history; the columns are {}", known.join(", "))
            })?;
            if let Some(other) = map.insert(plain(&theirs), column) {
                return Err(format!("{theirs:?} is given to both {} and {ours}", other.name()));
            }
        }
        Ok(Self(map))
    }

    /// The mapping, their names first.
    pub(super) fn pairs(&self) -> BTreeMap<String, String> {
        self.0.iter().map(|(theirs, column)| (theirs.clone(), column.name().to_owned())).collect()
    }

    /// Where each column of ours stands in a header. A mapped name wins over a name of the contract, and
    /// that over a guess from [`SYNONYMS`].
    pub(super) fn layout<'a>(&self, header: impl Iterator<Item = &'a str>) -> Layout {
        let header: Vec<String> = header.map(|name| name.trim().trim_start_matches('\u{feff}').to_owned()).collect();
        let names: Vec<String> = header.iter().map(|name| plain(name)).collect();
        let mut layout = Layout { positions: [None; COLUMNS], guessed: [false; COLUMNS], width: names.len(), header };
        for (position, name) in names.iter().enumerate() {
            if let Some(column) = self.0.get(name) {
                layout.positions[*column as usize].get_or_insert(position);
            }
        }
        for (position, name) in names.iter().enumerate() {
            if let Some(column) = Column::by_name(name).filter(|_| !self.0.contains_key(name)) {
                layout.positions[column as usize].get_or_insert(position);
            }
        }
        for (column, synonyms) in SYNONYMS.iter().filter(|(column, _)| layout.positions[*column as usize].is_none()).collect::<Vec<_>>() {
            let free = |name: &str| names.iter().position(|other| other == name).filter(|at| !layout.positions.contains(&Some(*at)));
            if let Some(position) = synonyms.iter().find_map(|name| free(name)) {
                layout.positions[*column as usize] = Some(position);
                layout.guessed[*column as usize] = true;
            }
        }
        layout
    }
}

/// Names meet without case, blanks and hyphens.
fn plain(name: &str) -> String {
    name.trim().trim_start_matches('\u{feff}').to_lowercase().replace([' ', '-'], "_")
}

/// Where the columns of ours stand in one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Layout {
    /// Position in the file by [`Column`].
    pub positions: [Option<usize>; COLUMNS],
    /// Which of them were guessed, from what accounting programs usually call them.
    guessed: [bool; COLUMNS],
    /// Fields of the header.
    pub width: usize,
    /// Their names, as written.
    header: Vec<String>,
}

/// One column of ours and what stands for it in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mapped {
    pub ours: &'static str,
    pub theirs: String,
    pub guessed: bool,
}

impl Layout {
    pub fn has(&self, column: Column) -> bool {
        self.positions[column as usize].is_some()
    }

    /// Which of the file's columns became ours, in the contract's order.
    pub fn mapped(&self) -> Vec<Mapped> {
        Column::ALL
            .into_iter()
            .filter_map(|column| {
                let theirs = self.header.get(self.positions[column as usize]?)?.clone();
                Some(Mapped { ours: column.name(), theirs, guessed: self.guessed[column as usize] })
            })
            .collect()
    }

    /// Columns of the file that stand for none of ours.
    pub fn passed_over(&self) -> Vec<&str> {
        let used = |at: &usize| self.positions.contains(&Some(*at));
        (0..self.width)
            .filter(|at| !used(at))
            .filter_map(|at| self.header.get(at))
            .map(String::as_str)
            .filter(|name| !name.is_empty())
            .collect()
    }

    /// Both in a line for people.
    pub fn in_words(&self) -> String {
        let named = |mapped: &Mapped| {
            let guess = if mapped.guessed { " (guessed)" } else { "" };
            if plain(&mapped.theirs) == mapped.ours {
                mapped.ours.to_owned()
            } else {
                format!("{} = {:?}{guess}", mapped.ours, mapped.theirs)
            }
        };
        let mut text = self.mapped().iter().map(named).collect::<Vec<_>>().join(", ");
        let passed = self.passed_over();
        if !passed.is_empty() {
            let shown: Vec<String> = passed.iter().take(20).map(|name| format!("{name:?}")).collect();
            let more = if passed.len() > 20 { " …" } else { "" };
            text.push_str(&format!("; not used: {}{more}", shown.join(", ")));
        }
        text
    }

    /// How many columns of ours were recognized.
    pub fn recognized(&self) -> usize {
        self.positions.iter().flatten().count()
    }

    /// What is required and not there, in words.
    pub fn lacking(&self) -> Vec<&'static str> {
        let mut lacking = Vec::new();
        if !self.has(Column::VendorId) && !self.has(Column::VendorName) {
            lacking.push("a vendor (vendor_id or vendor_name)");
        }
        if !self.has(Column::Amount) {
            lacking.push("an amount (amount)");
        }
        if !Column::DATES.iter().any(|date| self.has(*date)) {
            lacking.push("a date (payment_date, entry_date, posted_at or invoice_date)");
        }
        lacking
    }

    /// Optional columns that the file does not have; `entry_date` and `posted_at` stand for each other.
    pub fn missing(&self) -> Vec<&'static str> {
        let entered = self.has(Column::EntryDate) || self.has(Column::PostedAt);
        Column::ALL
            .into_iter()
            .filter(|column| !self.has(*column))
            .filter(|column| !matches!(column, Column::RowId | Column::AccountName))
            .filter(|column| !(entered && matches!(column, Column::EntryDate | Column::PostedAt)))
            .map(Column::name)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_contract_and_mapped_names_are_found() {
        let map = ColumnMap::from_toml("amount = \"Betrag\"\nvendor_name = \"Kreditor Name\"").unwrap();
        let layout = map.layout(["Payment Date", "BETRAG", "kreditor_name", "amount"].into_iter());
        assert_eq!(layout.positions[Column::Amount as usize], Some(1));
        assert_eq!(layout.positions[Column::PaymentDate as usize], Some(0));
        assert_eq!(layout.positions[Column::VendorName as usize], Some(2));
        assert!(layout.lacking().is_empty());
        assert!(layout.missing().contains(&"bank_account"));
    }

    #[test]
    fn usual_names_are_guessed_and_said() {
        let header = ["Supplier Name", "Net Amount", "Gross Amount", "Date Paid", "Directorate", "Colour"];
        let layout = ColumnMap::default().layout(header.into_iter());
        assert_eq!(layout.positions[Column::VendorName as usize], Some(0));
        assert_eq!(layout.positions[Column::Amount as usize], Some(2), "the gross amount before the net one");
        assert_eq!(layout.passed_over(), ["Net Amount", "Colour"]);
        assert_eq!(
            layout.in_words(),
            "payment_date = \"Date Paid\" (guessed), vendor_name = \"Supplier Name\" (guessed), amount = \"Gross Amount\" (guessed), \
             department = \"Directorate\" (guessed); not used: \"Net Amount\", \"Colour\""
        );
        let sap =
            ColumnMap::default().layout(["LIFNR", "NAME1", "XBLNR", "BLDAT", "BUDAT", "AUGDT", "WRBTR", "WAERS", "EBELN"].into_iter());
        assert!(sap.passed_over().is_empty() && sap.lacking().is_empty());
        // A name of the contract and a mapping win over every guess.
        let map = ColumnMap::from_toml("amount = \"total\"").unwrap();
        let layout = map.layout(["gross_amount", "total", "vendor", "date", "payment_date"].into_iter());
        assert_eq!((layout.positions[Column::Amount as usize], layout.positions[Column::PaymentDate as usize]), (Some(1), Some(4)));
        assert!(SYNONYMS.iter().flat_map(|(_, names)| *names).all(|name| plain(name) == *name && Column::by_name(name).is_none()));
    }

    #[test]
    fn what_is_required_is_named() {
        let layout = ColumnMap::default().layout(["vendor_id", "note", "colour"].into_iter());
        assert_eq!(layout.lacking().len(), 2);
        assert!(ColumnMap::from_toml("betrag = \"amount\"").is_err());
        assert!(ColumnMap::from_toml("amount = \"x\"\ndepartment = \"X\"").is_err());
    }
}
