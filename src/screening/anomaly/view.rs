//! What the whole book says about one payment, as plain numbers ([`BookView`]).

/// Declares [`BookView`] with its numbers in a fixed order.
macro_rules! book_view {
    ($($(#[$doc:meta])* $name:ident,)+) => {
        /// What the company's book, up to a payment, says about it: plain numbers, so that it can be stored
        /// beside the row and computed in another pass. All zero where the book is empty or a column unknown.
        #[derive(Debug, Clone, Copy, PartialEq, Default)]
        pub struct BookView {
            $($(#[$doc])* pub $name: f32,)+
        }

        impl BookView {
            /// How many numbers a view has.
            pub const WIDTH: usize = [$(stringify!($name)),+].len();

            /// The numbers in their order.
            #[must_use]
            pub fn to_array(&self) -> [f32; Self::WIDTH] {
                [$(self.$name),+]
            }

            /// The view of numbers in their order.
            #[must_use]
            pub fn from_array(values: [f32; Self::WIDTH]) -> Self {
                let [$($name),+] = values;
                Self { $($name),+ }
            }
        }
    };
}

book_view! {
    /// `ln(1 + payments so far)`.
    rows_log,
    /// Smoothed share of the book's payments in this department.
    department_share,
    /// Rate at which suppliers with a history turn up in a department new to them.
    department_novelty,
    /// The same for the account.
    account_share,
    /// The same for the account.
    account_novelty,
    /// The same for department and account together.
    place_share,
    /// The same for department and account together.
    place_novelty,
    /// The same for who entered it.
    user_share,
    /// The same for who entered it.
    user_novelty,
    /// The same for who approved it.
    approver_share,
    /// The same for who approved it.
    approver_novelty,
    /// Share of this account's payments that are of this department, backed off to the department's share.
    department_of_account,
    /// Share of this user's payments that are of this department, backed off to the department's share.
    department_of_user,
    /// Share of this user's payments that this approver approved, backed off to the approver's share.
    approver_of_user,
    /// `ln(1 + payments that this user entered)`.
    user_log_count,
    /// Days since this user first entered one, `ln(1 + x)`.
    user_age_log,
    /// Rate of this user's entries at night or at the weekend, backed off to the book's.
    user_odd_rate,
    /// `ln(1 + suppliers that use this account number of the books)`; a place nobody else uses is 0.
    account_suppliers_log,
    /// Other suppliers that were paid to the same bank account: 0, 1 or 2 (more).
    bank_shared,
    /// Rate at which suppliers with a history are paid to a bank account new to them.
    bank_novelty,
    /// A new supplier's likeness to a known one's name: 1 the same but for legal form and punctuation, 0.5 the
    /// same letters in another order or doubled.
    name_alike,
    /// Place of the amount among all so far, 0 to 1.
    amount_rank,
    /// Deviations of the logarithm of the amount from its account's mean.
    account_amount_deviation,
    /// Place of the days from invoice to payment among all so far, 0 to 1.
    lag_rank,
    /// Place of the days from invoice to posting among all so far, 0 to 1.
    entry_rank,
    /// Place of the days from payment to due date among all so far, 0 to 1.
    due_rank,
    /// Place of the days since this supplier's last payment among such gaps, 0 to 1.
    gap_rank,
    /// Smoothed share of entries in this hour of the day, working days and weekends apart; 0 unknown.
    hour_share,
    /// Rate of entries at night or at the weekend.
    odd_rate,
    /// Smoothed share of payments on this day of the week.
    weekday_share,
    /// Rate of amounts that are full hundreds.
    hundreds_rate,
    /// Rate of amounts that are full thousands.
    thousands_rate,
    /// Rate of payments with an order.
    order_rate,
    /// Rate of payments within two days of the invoice.
    quick_rate,
    /// The same among those without an order.
    quick_unordered_rate,
    /// Rate of first payments to a supplier.
    newcomer_rate,
    /// Rate at which an invoice number is the supplier's last one plus one.
    next_rate,
    /// Rate of payments approved by who entered them.
    own_approval_rate,
    /// Rate of payments without an invoice number.
    blank_rate,
    /// Rate of negative amounts.
    negative_rate,
    /// Rate of low invoice numbers (below 200).
    low_rate,
    /// Rate at which suppliers with a history have a number made in a way new to them.
    shape_novelty,
    /// Rate at which suppliers with a history are paid an amount they were paid before.
    repeat_rate,
    /// Share of the book's payments at least as far above their suppliers' own amounts (settled suppliers).
    amount_tail,
    /// Share of the book's payments whose department surprises at least as much, given the user.
    department_of_user_tail,
    /// Share of the book's payments whose department surprises at least as much, given the account.
    department_of_account_tail,
    /// Share of the book's payments whose approver surprises at least as much, given the user.
    approver_of_user_tail,
    /// Share of the book's entries at hours at least as rare.
    hour_tail,
    /// Usual surprise (−ln of the share) at a payment's department.
    department_usual,
    /// The same for the account.
    account_usual,
    /// The same for department and account together.
    place_usual,
    /// The same for who entered it.
    user_usual,
    /// The same for who approved it.
    approver_usual,
}

impl BookView {
    /// Bytes of a stored view.
    pub const BYTES: usize = 4 * Self::WIDTH;

    /// The numbers as little-endian bytes, [`Self::BYTES`] of them.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.to_array().iter().flat_map(|value| value.to_le_bytes()).collect()
    }

    /// The view that [`Self::to_bytes`] gave; what is missing of the bytes is zero.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let mut values = [0.0; Self::WIDTH];
        for (value, four) in values.iter_mut().zip(bytes.chunks_exact(4)) {
            *value = f32::from_le_bytes([four[0], four[1], four[2], four[3]]);
        }
        Self::from_array(values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_survives_its_bytes() {
        let view = BookView { rows_log: 1.5, negative_rate: -0.25, ..BookView::default() };
        assert_eq!(view.to_bytes().len(), BookView::BYTES);
        assert_eq!(BookView::from_bytes(&view.to_bytes()), view);
        assert_eq!(BookView::from_bytes(&[]), BookView::default());
    }
}
