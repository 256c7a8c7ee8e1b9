//! Parties: seller, buyer, payee and tax representative.

use super::{Identifier, records};

records! {
    /// BG-4, BG-7, BG-10, BG-11.
    Party {
        /// BT-27, BT-44 (the registered name), BT-59, BT-62.
        name: Option<String>,
        /// BT-28, BT-45.
        trading_name: Option<String>,
        /// BT-29, BT-46, BT-60.
        identifiers: Vec<Identifier>,
        /// BT-30, BT-47, BT-61.
        legal_registration: Option<Identifier>,
        /// BT-31, BT-32, BT-48, BT-63.
        tax_registrations: Vec<TaxRegistration>,
        /// BT-33.
        legal_form: Option<String>,
        /// BT-34, BT-49.
        electronic_address: Option<Identifier>,
        /// BG-5, BG-8, BG-12.
        address: Option<Address>,
        /// BG-6, BG-9.
        contact: Option<Contact>,
    }
    /// A registration with a tax authority.
    TaxRegistration {
        /// As written.
        id: Option<String>,
        /// `VAT` for BT-31, BT-48 and BT-63; anything else is a local tax registration (BT-32).
        scheme: Option<String>,
    }
    /// BG-5, BG-8, BG-12, BG-15.
    Address {
        /// BT-35, BT-36, BT-162 and their like: street lines in order.
        lines: Vec<String>,
        /// BT-37.
        city: Option<String>,
        /// BT-38.
        post_code: Option<String>,
        /// BT-39.
        subdivision: Option<String>,
        /// BT-40, ISO 3166-1.
        country: Option<String>,
    }
    /// BG-6, BG-9.
    Contact {
        /// BT-41, BT-56.
        name: Option<String>,
        /// BT-42, BT-57.
        telephone: Option<String>,
        /// BT-43, BT-58.
        email: Option<String>,
    }
}

impl Party {
    /// The VAT identifier (BT-31, BT-48, BT-63).
    #[must_use]
    pub fn vat_id(&self) -> Option<&str> {
        self.tax_registrations.iter().filter(|one| one.is_vat()).find_map(|one| one.id.as_deref())
    }

    /// Any tax registration, the VAT identifier first.
    #[must_use]
    pub fn tax_id(&self) -> Option<&str> {
        self.vat_id().or_else(|| self.tax_registrations.iter().find_map(|one| one.id.as_deref()))
    }
}

impl TaxRegistration {
    /// Whether it is for VAT.
    #[must_use]
    pub fn is_vat(&self) -> bool {
        self.scheme.as_deref().is_some_and(|scheme| scheme.trim().eq_ignore_ascii_case("VAT"))
    }
}
