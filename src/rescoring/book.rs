//! The book: the schema of parsed rows between the steps, and rows to and from record batches.

use super::values::AMOUNT_SCALE;
use crate::domain::history::{EntryType, Payable};
use crate::domain::text::fold;
use datafusion::arrow::array::{
    Array, ArrayRef, BinaryArray, BinaryBuilder, Date32Array, Date32Builder, Decimal128Array, Decimal128Builder, Int8Array, Int8Builder,
    Int64Array, Int64Builder, RecordBatch, StringArray, StringBuilder, TimestampMicrosecondArray, TimestampMicrosecondBuilder,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::error::{DataFusionError, Result};
use jiff::civil::Date;
use rust_decimal::Decimal;
use std::sync::Arc;

/// Digits of a decimal column.
pub(super) const PRECISION: u8 = 38;
/// What stands for "no date" and "no instant" where there are no nulls.
pub(super) const NO_DAY: i32 = i32::MIN;
pub(super) const NO_INSTANT: i64 = i64::MIN;
/// Rows a batch.
pub(super) const BATCH: usize = 8192;

/// Columns of text, in schema order.
const TEXTS: [&str; 11] = [
    "row_id",
    "vendor_key",
    "vendor_id",
    "vendor_name",
    "invoice_no",
    "po_number",
    "currency",
    "posted_by",
    "approved_by",
    "department",
    "account_code",
];

/// All columns of the book. `row` is the position over all inputs, `day` the effective date, `keys`
/// the block keys of the duplicate search, eight bytes each, `view` what the book up to the row says of it
/// (empty until the rows stand in order of time).
pub(super) fn schema() -> SchemaRef {
    let text = |name: &str| Field::new(name, DataType::Utf8, false);
    let date = |name: &str| Field::new(name, DataType::Date32, true);
    let mut fields = vec![Field::new("row", DataType::Int64, false), Field::new("day", DataType::Date32, false)];
    fields.extend(TEXTS.iter().map(|name| text(name)));
    fields.push(text("bank_account"));
    fields.push(Field::new("amount", amount_type(), false));
    fields.push(Field::new("entry_type", DataType::Int8, false));
    fields.extend(["invoice_date", "due_date", "payment_date"].map(date));
    fields.push(Field::new("posted_at", DataType::Timestamp(TimeUnit::Microsecond, None), true));
    fields.push(Field::new("keys", DataType::Binary, false));
    fields.push(Field::new("view", DataType::Binary, false));
    Arc::new(Schema::new(fields))
}

/// The type of amounts.
pub(super) fn amount_type() -> DataType {
    DataType::Decimal128(PRECISION, AMOUNT_SCALE as i8)
}

/// The vendor by which history is grouped: its number, else its folded name.
pub(super) fn vendor_key(payable: &Payable) -> String {
    if payable.vendor_id.is_empty() { format!("~{}", fold(&payable.vendor_name)) } else { payable.vendor_id.clone() }
}

/// Days since 1970-01-01 (Howard Hinnant, chrono-Compatible Low-Level Date Algorithms: `days_from_civil`).
pub(super) fn day_number(date: Date) -> i32 {
    let (month, day) = (i32::from(date.month()), i32::from(date.day()));
    let year = i32::from(date.year()) - i32::from(month <= 2);
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The date of a day number (the same source: `civil_from_days`).
pub(super) fn day_date(days: i32) -> Date {
    let shifted = i64::from(days) + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let parts = (i16::try_from(year), i8::try_from(month), i8::try_from(day));
    let (Ok(year), Ok(month), Ok(day)) = parts else { return Date::constant(1970, 1, 1) };
    Date::new(year, month, day).unwrap_or(Date::constant(1970, 1, 1))
}

/// An amount in the unit of the decimal columns.
pub(super) fn mantissa(amount: Decimal) -> i128 {
    let mut scaled = amount;
    scaled.rescale(AMOUNT_SCALE);
    scaled.mantissa()
}

/// An amount from the unit of the decimal columns.
pub(super) fn decimal(mantissa: i128) -> Decimal {
    let Ok(mut small) = i64::try_from(mantissa) else {
        return Decimal::try_from_i128_with_scale(mantissa, AMOUNT_SCALE).map_or(Decimal::ZERO, |amount| amount.normalize());
    };
    let mut scale = AMOUNT_SCALE;
    while scale > 0 && small % 10 == 0 {
        small /= 10;
        scale -= 1;
    }
    Decimal::new(small, scale)
}

/// Collects rows into batches of the book.
pub(super) struct BookBuilder {
    schema: SchemaRef,
    row: Int64Builder,
    day: Date32Builder,
    texts: Vec<StringBuilder>,
    amount: Decimal128Builder,
    entry_type: Int8Builder,
    dates: [Date32Builder; 3],
    posted_at: TimestampMicrosecondBuilder,
    keys: BinaryBuilder,
    views: BinaryBuilder,
}

impl BookBuilder {
    pub fn new() -> Self {
        Self {
            schema: schema(),
            row: Int64Builder::new(),
            day: Date32Builder::new(),
            texts: (0..=TEXTS.len()).map(|_| StringBuilder::new()).collect(),
            amount: Decimal128Builder::new().with_data_type(amount_type()),
            entry_type: Int8Builder::new(),
            dates: [Date32Builder::new(), Date32Builder::new(), Date32Builder::new()],
            posted_at: TimestampMicrosecondBuilder::new(),
            keys: BinaryBuilder::new(),
            views: BinaryBuilder::new(),
        }
    }

    /// Adds a row that has an effective date `day`.
    pub fn push(&mut self, row_id: &str, day: Date, payable: &Payable, keys: &[u64]) {
        self.row.append_value(i64::try_from(payable.row).unwrap_or(i64::MAX));
        self.day.append_value(day_number(day));
        let key = vendor_key(payable);
        let texts = [
            row_id,
            &key,
            &payable.vendor_id,
            &payable.vendor_name,
            &payable.invoice_no,
            &payable.po_number,
            &payable.currency,
            &payable.posted_by,
            &payable.approved_by,
            &payable.department,
            &payable.account_code,
            &payable.bank_account,
        ];
        for (builder, text) in self.texts.iter_mut().zip(texts) {
            builder.append_value(text);
        }
        self.amount.append_value(mantissa(payable.amount));
        self.entry_type.append_value(entry_code(payable.entry_type));
        for (builder, date) in self.dates.iter_mut().zip([payable.invoice_date, payable.due_date, payable.payment_date]) {
            builder.append_option(date.map(day_number));
        }
        self.posted_at.append_option(payable.posted_at.map(jiff::Timestamp::as_microsecond));
        let bytes: Vec<u8> = keys.iter().flat_map(|key| key.to_le_bytes()).collect();
        self.keys.append_value(bytes);
        self.views.append_value([]);
    }

    /// The rows collected so far.
    pub fn finish(&mut self) -> Result<RecordBatch> {
        let mut columns: Vec<ArrayRef> = vec![Arc::new(self.row.finish()), Arc::new(self.day.finish())];
        for builder in &mut self.texts {
            columns.push(Arc::new(builder.finish()));
        }
        columns.push(Arc::new(self.amount.finish()));
        columns.push(Arc::new(self.entry_type.finish()));
        for builder in &mut self.dates {
            columns.push(Arc::new(builder.finish()));
        }
        columns.push(Arc::new(self.posted_at.finish()));
        columns.push(Arc::new(self.keys.finish()));
        columns.push(Arc::new(self.views.finish()));
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), columns)?)
    }
}

fn entry_code(entry: EntryType) -> i8 {
    match entry {
        EntryType::Invoice => 0,
        EntryType::CreditMemo => 1,
        EntryType::Void => 2,
    }
}

fn entry_type(code: i8) -> EntryType {
    match code {
        1 => EntryType::CreditMemo,
        2 => EntryType::Void,
        _ => EntryType::Invoice,
    }
}

/// A column by name and type.
///
/// # Errors
/// A query that does not select it: a bug.
pub(super) fn column<'a, T: Array + 'static>(batch: &'a RecordBatch, name: &str) -> Result<&'a T> {
    batch
        .column_by_name(name)
        .and_then(|array| array.as_any().downcast_ref::<T>())
        .ok_or_else(|| DataFusionError::Internal(format!("column {name} is missing or of another type")))
}

/// Typed access to a batch of the book.
pub(super) struct BookView<'a> {
    pub row: &'a Int64Array,
    pub row_id: &'a StringArray,
    pub vendor_key: &'a StringArray,
    pub amount: &'a Decimal128Array,
    texts: [&'a StringArray; 10],
    entry_type: &'a Int8Array,
    dates: [&'a Date32Array; 3],
    posted_at: &'a TimestampMicrosecondArray,
    keys: Option<&'a BinaryArray>,
}

impl<'a> BookView<'a> {
    /// Over a batch that has all columns of the book, except perhaps `keys`.
    pub fn new(batch: &'a RecordBatch) -> Result<Self> {
        let mut texts = [column::<StringArray>(batch, "bank_account")?; 10];
        for (text, name) in texts.iter_mut().zip(&TEXTS[2..]) {
            *text = column(batch, name)?;
        }
        Ok(Self {
            row: column(batch, "row")?,
            row_id: column(batch, "row_id")?,
            vendor_key: column(batch, "vendor_key")?,
            amount: column(batch, "amount")?,
            texts,
            entry_type: column(batch, "entry_type")?,
            dates: [column(batch, "invoice_date")?, column(batch, "due_date")?, column(batch, "payment_date")?],
            posted_at: column(batch, "posted_at")?,
            keys: column(batch, "keys").ok(),
        })
    }

    /// The row at a position of the batch.
    pub fn payable(&self, at: usize) -> Payable {
        let text = |index: usize| self.texts[index].value(at).to_owned();
        let date = |index: usize| self.dates[index].is_valid(at).then(|| day_date(self.dates[index].value(at)));
        Payable {
            row: self.row.value(at).unsigned_abs(),
            vendor_id: text(0),
            vendor_name: text(1),
            invoice_no: text(2),
            po_number: text(3),
            amount: decimal(self.amount.value(at)),
            currency: text(4),
            entry_type: entry_type(self.entry_type.value(at)),
            invoice_date: date(0),
            due_date: date(1),
            payment_date: date(2),
            posted_at: self.posted_at.is_valid(at).then(|| jiff::Timestamp::from_microsecond(self.posted_at.value(at)).ok()).flatten(),
            posted_by: text(5),
            approved_by: text(6),
            department: text(7),
            account_code: text(8),
            bank_account: text(9),
        }
    }

    /// The currency of the row at a position; empty: unknown.
    pub fn currency(&self, at: usize) -> &'a str {
        self.texts[4].value(at)
    }

    /// Appends the row at a position as the shelf keeps it: amount, kind, dates, instant, then the texts,
    /// `row_id` first, each behind its length.
    pub fn pack(&self, at: usize, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.amount.value(at).to_le_bytes());
        out.push(self.entry_type.value(at).unsigned_abs());
        for dates in self.dates {
            out.extend_from_slice(&if dates.is_valid(at) { dates.value(at) } else { NO_DAY }.to_le_bytes());
        }
        let instant = if self.posted_at.is_valid(at) { self.posted_at.value(at) } else { NO_INSTANT };
        out.extend_from_slice(&instant.to_le_bytes());
        for texts in std::iter::once(self.row_id).chain(self.texts) {
            let text = texts.value(at).as_bytes();
            let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
            out.extend_from_slice(&length.to_le_bytes());
            out.extend_from_slice(&text[..length as usize]);
        }
    }

    /// The block keys of the row at a position.
    pub fn keys(&self, at: usize) -> impl Iterator<Item = u64> + '_ {
        keys_of_bytes(self.keys.map(|keys| keys.value(at)).unwrap_or_default())
    }
}

/// The block keys that a value of column `keys` holds.
pub(super) fn keys_of_bytes(bytes: &[u8]) -> impl Iterator<Item = u64> + '_ {
    bytes.chunks_exact(8).map(|chunk| chunk.iter().rev().fold(0, |key, byte| key << 8 | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_amounts_are_those_of_the_libraries() {
        let epoch = Date::constant(1970, 1, 1);
        for day in (-800_000..900_000).step_by(97).chain(-400..400) {
            let date = epoch.checked_add(jiff::Span::new().days(day)).unwrap();
            assert_eq!((day_number(date), day_date(day)), (day, date));
        }
        for text in ["0", "-0.000001", "1200", "119.00", "-1234.56", "9223372036854775807", "9999999999999999.999999"] {
            let amount: Decimal = text.parse().unwrap();
            let back = decimal(mantissa(amount));
            assert_eq!((back, back.scale()), (amount.normalize(), amount.normalize().scale()));
        }
    }

    #[test]
    fn rows_survive_the_way_through_a_batch() {
        let payable = Payable {
            row: 7,
            vendor_id: String::new(),
            vendor_name: "Müller & Söhne".into(),
            invoice_no: "R-1".into(),
            po_number: "4500".into(),
            amount: "-1234.56".parse().unwrap(),
            currency: "EUR".into(),
            entry_type: EntryType::Void,
            invoice_date: Some(Date::constant(1969, 12, 31)),
            due_date: None,
            payment_date: Some(Date::constant(2014, 7, 11)),
            posted_at: Some("2014-07-10T22:05:09Z".parse().unwrap()),
            posted_by: "a".into(),
            approved_by: "b".into(),
            department: "c".into(),
            account_code: "d".into(),
            bank_account: "e".into(),
        };
        let mut builder = BookBuilder::new();
        builder.push("x7", Date::constant(2014, 7, 11), &payable, &[1, u64::MAX - 1]);
        let batch = builder.finish().unwrap();
        let view = BookView::new(&batch).unwrap();
        assert_eq!(view.payable(0), payable);
        assert_eq!(view.vendor_key.value(0), "~muller sohne");
        assert_eq!(view.keys(0).collect::<Vec<_>>(), [1, u64::MAX - 1]);
        assert_eq!(day_date(column::<Date32Array>(&batch, "day").unwrap().value(0)), Date::constant(2014, 7, 11));
    }
}
