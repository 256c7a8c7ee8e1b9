//! What tills print in German, French, Spanish and Italian.

use super::wording::Till;

pub(super) const GERMAN: Till = Till {
    code: "de",
    title: "||RECHNUNG|Kassenbon|Quittung|Beleg|Bewirtungsrechnung|Kundenbeleg|Kassenbeleg|Barverkauf|BON|Verkauf",
    number: "Bon-Nr.|Beleg-Nr.|Rechnung Nr.|Bon|Belegnummer|Rechnungs-Nr.|Beleg|Vorgang|Rg-Nr|Quittung Nr.|Trans.-Nr.|Re-Nr.",
    date: "Datum|Datum|Datum/Uhrzeit|DATUM|Belegdatum|Rechnungsdatum|vom|Verkauf am",
    time: "Uhrzeit|Zeit|Uhr|um",
    other: "Kasse|Bediener|Tisch|Es bediente Sie|Filiale|Terminal|Markt|Kassierer|Gäste|Kellner|Säule|TSE-Transaktion|Kundennr.|\
        Zimmer|Platz",
    heads: ["Menge|Anz.|Anz|Stk", "Artikel|Bezeichnung|Text|Produkt", "Einzel|E-Preis|Preis|à", "Betrag|Gesamt|{}|Summe|Preis {}"],
    subtotal: "Zwischensumme|ZWISCHENSUMME|Netto|Nettobetrag|Summe netto|Warenwert|Zw.-Summe",
    discount: "Rabatt|Nachlass|Aktionsrabatt|Coupon|Kundenrabatt|Preisvorteil",
    service: "Bedienung {}%|Service {}%|Bedienungszuschlag",
    rounding: "Rundung|Rundungsdifferenz|Rundungsausgleich",
    included: "inkl. {}|darin enth. {}|enthält {}|{}|enth. {}|{} inkl.",
    total: "SUMME|Summe|Gesamt|Gesamtbetrag|Zu zahlen|TOTAL|Total|Endbetrag|Gesamtsumme|Rechnungsbetrag|zu zahlen|Betrag|Brutto",
    total_with_tax: "Summe inkl. {}|Gesamt inkl. {}|Gesamtbetrag inkl. {}|Total inkl. {}|Bruttobetrag",
    cash: "Bar|BAR|Gegeben|Bargeld|Gegeben Bar|Erhalten|geg. BAR",
    change: "Rückgeld|Zurück|Rückgeld BAR|RÜCKGELD|Wechselgeld",
    card: "EC-Karte|Girocard|Kartenzahlung|VISA|Mastercard|EC-Cash|geg. EC|Kreditkarte|Unbar",
    slip: "Terminal-ID ########|TA-Nr ######|Karte ############ ####|Autorisierung ######|Zahlung erfolgt|Genehmigungs-Nr ######|\
        Kontaktlos|VU-Nr ##########|EMV-AID A00000035910####|TSE-Signatur ########|Seriennr. ########",
    count: "Anzahl Artikel|Artikel|Posten|Anz. Positionen",
    summary: [
        "MwSt|MWST-Satz|St.|Steuer|USt %",
        "Netto|Netto-Betrag|Nettobetrag|netto {}",
        "MwSt|Steuer|MwSt-Betrag|USt",
        "Brutto|Umsatz|Bruttobetrag",
    ],
    thanks: "Vielen Dank für Ihren Einkauf|Vielen Dank für Ihren Besuch|Auf Wiedersehen|Bitte beehren Sie uns bald wieder|\
        Umtausch nur mit Kassenbon|Es gelten unsere AGB|Trinkgeld ist nicht enthalten|\
        Angaben zum Nachweis der Bewirtungsaufwendungen|Öffnungszeiten Mo-Sa 8-20 Uhr|Danke und gute Fahrt|\
        Beleg bitte aufbewahren",
    phone: "Tel.|Tel.:|Telefon|Fon|",
    customer: "Kunde|Rechnung an|Gast|Herr/Frau",
    food: "Kaffee|Mineralwasser 0,5l|Schnitzel|Tagessuppe|Weizenbier|Apfelschorle|Pommes|Gulasch|Salat gemischt|Espresso|\
        Apfelstrudel|Bratwurst|Rotwein 0,2l|Pizza Salami|Cappuccino|Brezel|Spätzle|Eis 3 Kugeln|Radler 0,3|Fischfilet|\
        Frühstück klein",
    shop: "Vollmilch 1L|Brötchen|Butter|Bananen kg|Schrauben 4x40|Kopierpapier|Tragetasche|Duschgel|Joghurt|Batterie AA|Glühlampe|\
        Gouda|Nudeln 500g|Klebeband|Kugelschreiber|Pfand 0,25|Zahncreme|Äpfel|Dübel 8mm|Briefumschläge|Blumenerde|Haferflocken|\
        Pflaster",
    service_items: "Super E10|Diesel|Fahrt|Übernachtung|Parken|Kurtaxe|Super 95|Wäsche Standard|Zuschlag Gepäck|Frühstück|Eintritt",
    trades: "Markt|Bäckerei|Gasthof|Café|Restaurant|Tankstelle|Drogerie|Baumarkt|Apotheke|Hotel|Taxi|Metzgerei|Imbiss|Buchhandlung|\
        Parkhaus|Eisdiele|Getränkemarkt|Gaststätte|Blumen",
    branch: "Filiale|Markt|Station|Zweigstelle|Niederlassung",
};

pub(super) const FRENCH: Till = Till {
    code: "fr",
    title: "||TICKET|Reçu|FACTURE|Ticket de caisse|Note|ADDITION|Duplicata|TICKET CLIENT|Reçu de paiement|Facturette",
    number: "Ticket N°|N° ticket|Ticket|Facture N°|Note N°|Reçu n°|N°|Transaction|Pièce n°|Fact.|Commande",
    date: "Date|Date|Le|DATE|Date et heure|Date d'émission|le",
    time: "Heure|à|H|HEURE",
    other: "Caisse|Caissier|Table|Serveur|Couverts|Magasin|Vendeur|Hôtesse|Pompe|Opérateur|Terminal|Carte fidélité|Chambre|Client n°",
    heads: [
        "Qté|Qte|Quantité",
        "Désignation|Article|Libellé|Produit",
        "P.U.|Prix|PU TTC|Prix unit.",
        "Montant|Total|TTC|Montant {}|Total TTC",
    ],
    subtotal: "Sous-total|SOUS-TOTAL|Total HT|S/Total|Montant HT|TOTAL HT|Base HT",
    discount: "Remise|Réduction|Promotion|Remise fidélité|Bon de réduction",
    service: "Service {}%|Service compris {}%",
    rounding: "Arrondi|Arrondi espèces",
    included: "dont {}|{} incluse|Dont {}|{}|Montant {}",
    total: "TOTAL|Total|NET A PAYER|Net à payer|A PAYER|Total à payer|TOTAL TTC|Montant dû|TOTAL EUR|Montant|Reste à payer",
    total_with_tax: "Total TTC|TOTAL TTC|Montant TTC|Net à payer TTC|TTC",
    cash: "Espèces|ESPECES|Reçu espèces|Donné|Especes|Réglé",
    change: "Rendu|A RENDRE|Monnaie|Rendu monnaie|Rendu espèces",
    card: "CB|Carte bancaire|CARTE BANCAIRE|Carte bleue|VISA|Carte sans contact|Bancontact|Ticket restaurant",
    slip: "AUTO ######|N° carte ############ ####|A00000004210##|CARTE BANCAIRE SANS CONTACT|TICKET CLIENT A CONSERVER|DEBIT|\
        N° TPE ########|Contrat #######|Certificat ########",
    count: "Nombre d'articles|Nb articles|Articles|Nbre lignes",
    summary: ["TVA|Taux|Code TVA|Taux TVA", "HT|Base HT|Montant HT", "TVA|Montant TVA|Mt TVA", "TTC|Total TTC"],
    thanks: "Merci de votre visite|MERCI ET A BIENTOT|Merci de votre confiance|A bientôt|Ticket à conserver|\
        Échange sous 15 jours avec ticket|Service compris|Bonne journée|Ni repris ni échangé|Ouvert 7 jours sur 7|\
        Prix nets en euros",
    phone: "Tél|Tél.|Tél :|Téléphone|",
    customer: "Client|Nom|Facturé à|Société",
    food: "Café|Eau minérale 50cl|Menu du jour|Salade niçoise|Entrecôte|Crème brûlée|Verre de rouge|Croissant|Steak frites|\
        Plat du jour|Thé|Tarte maison|Sandwich jambon|Bière pression|Quiche|Moules frites|Jus d'orange|Formule midi|\
        Mousse chocolat|Noisette|Pain au chocolat",
    shop: "Baguette|Lait demi-écrémé|Fromage râpé|Stylo bille|Ramette A4|Ampoule LED|Yaourt x4|Pommes|Sac cabas|Savon|Piles AA|\
        Vis 4x40|Cahier|Beurre doux|Jambon|Lessive|Dentifrice|Café moulu|Colle|Timbres|Gants",
    service_items: "SP95|Gazole|Course|Nuitée|Stationnement|Taxe de séjour|SP98 E10|Lavage|Supplément bagage|Petit déjeuner|Péage",
    trades: "Boulangerie|Brasserie|Restaurant|Supermarché|Pharmacie|Librairie|Café|Quincaillerie|Bistrot|Hôtel|Station|Épicerie|\
        Parking|Taxi|Fleuriste|Marché|Traiteur|Crêperie|Papeterie",
    branch: "Magasin|Agence|Station|Boutique",
};

pub(super) const SPANISH: Till = Till {
    code: "es",
    title: "||TICKET|FACTURA SIMPLIFICADA|Factura simplificada|Recibo|Ticket de compra|NOTA|CUENTA|Comprobante|NOTA DE VENTA",
    number: "Ticket|Nº Ticket|Fra. Simpl.|Factura Nº|Nº Factura|Recibo Nº|Núm.|Folio|Operación|Documento|Nº Op.|Orden",
    date: "Fecha|FECHA|Fecha|Fecha/Hora|Fecha emisión|Emitido",
    time: "Hora|HORA",
    other: "Caja|Cajero|Mesa|Camarero|Comensales|Tienda|Le atendió|Vendedor|Terminal|Surtidor|Atendido por|Socio|Habitación|Cliente",
    heads: ["Cant.|Uds|Cant|Ud.", "Descripción|Artículo|Concepto|Producto", "Precio|P.Unit|PVP|Precio/U", "Importe|Total|Importe {}"],
    subtotal: "Subtotal|SUBTOTAL|Base imponible|Base Imp.|Total sin IVA|Suma",
    discount: "Descuento|Dto.|Promoción|Dcto socio|Cupón",
    service: "Servicio {}%|Propina {}%",
    rounding: "Redondeo|Ajuste redondeo",
    included: "{} incluido|Incluye {}|{}|Total {}|Cuota {}",
    total: "TOTAL|Total|TOTAL A PAGAR|Total a pagar|Importe total|TOTAL COMPRA|A PAGAR|Total Euros|Total factura|IMPORTE",
    total_with_tax: "Total ({} incluido)|TOTAL {} INCLUIDO|Total con {}|TOTAL {} INCL.",
    cash: "Efectivo|EFECTIVO|Entregado|Recibido|Pagado|Metálico",
    change: "Cambio|CAMBIO|A devolver|Su cambio|Devuelto",
    card: "Tarjeta|TARJETA|Tarjeta crédito|VISA|Tarjeta débito|Tarj. bancaria",
    slip: "Autorización ######|Tarjeta ************####|AID A0000000031010|Comercio #########|OPERACIÓN CONTACTLESS|\
        Copia para el cliente|Nº Autoriz. ######|Terminal ########",
    count: "Artículos|Nº artículos|Total unidades|Num. prod.",
    summary: ["IVA|% IVA|Tipo|Impuesto", "Base|Base Imponible|Base Imp.", "Cuota|Cuota IVA|IVA", "Total|Importe"],
    thanks: "Gracias por su visita|GRACIAS POR SU COMPRA|IVA incluido|Conserve este ticket|Cambios en 15 días con ticket|\
        Vuelva pronto|Gracias por su confianza|Le esperamos|No se admiten devoluciones|Propina no incluida",
    phone: "Tel.|Tlf:|Teléfono|Tfno.|",
    customer: "Cliente|Nombre|Razón social",
    food: "Café con leche|Caña|Menú del día|Tortilla|Agua 0,5L|Ensalada mixta|Bocadillo jamón|Croquetas|Vino tinto|Paella|Tostada|\
        Zumo natural|Flan casero|Pulpo|Refresco|Churros|Calamares|Pan|Postre del día|Tacos 3 pz|Solomillo",
    shop: "Leche entera|Pan de molde|Aceite oliva 1L|Bolígrafo|Pilas AA|Bombilla LED|Tomate rama|Bolsa|Papel A4|Jabón manos|\
        Tornillos|Yogur natural|Queso curado|Arroz 1kg|Camiseta|Detergente|Manzanas|Cinta adhesiva|Cuaderno|Galletas",
    service_items: "Gasolina 95|Diésel|Carrera|Habitación doble|Aparcamiento|Tasa turística|Gasóleo A|Lavado|Suplemento|Desayuno|Peaje",
    trades: "Supermercado|Cafetería|Restaurante|Ferretería|Farmacia|Panadería|Bar|Mesón|Librería|Hotel|Estación|Taberna|Parking|Taxi|\
        Mercado|Papelería|Frutería|Asador",
    branch: "Sucursal|Tienda|Estación|Local",
};

pub(super) const ITALIAN: Till = Till {
    code: "it",
    title: "||DOCUMENTO COMMERCIALE|Documento commerciale di vendita o prestazione|SCONTRINO|Ricevuta|Ricevuta fiscale|Preconto|\
        CONTO|Scontrino fiscale",
    number: "Documento N.|Doc. N.|Scontrino n.|Ricevuta n.|DOCUMENTO N.|N.|Scontr.|Trans.|Fattura n.|Num.",
    date: "Data|DATA|Data|Data e ora|del|Emesso il",
    time: "Ora|ORA|ore",
    other: "Cassa|Operatore|Tavolo|Coperti|Cameriere|Negozio|Cassiere|Server RT|Pompa|Punto vendita|Tessera|Camera|RT",
    heads: ["Q.tà|Qtà|Pz", "Descrizione|DESCRIZIONE|Articolo", "Prezzo|Prezzo un.|IVA", "Importo|Prezzo({})|Totale|Prezzo {}"],
    subtotal: "Subtotale|SUBTOTALE|Imponibile|Sub-totale|Totale imponibile",
    discount: "Sconto|SCONTO|Sconto fedeltà|Buono sconto",
    service: "Servizio {}%|Coperto",
    rounding: "Arrotondamento|Arrotond.",
    included: "di cui {}|DI CUI {}|{} inclusa|{}|Di cui {}",
    total: "TOTALE|TOTALE COMPLESSIVO|Totale|TOTALE EURO|Totale da pagare|Importo pagato|TOTALE EUR|Da pagare|Totale complessivo",
    total_with_tax: "Totale {} inclusa|TOTALE COMPLESSIVO|Totale ivato",
    cash: "Contanti|CONTANTE|Pagamento contante|Ricevuto|Pagato",
    change: "Resto|RESTO",
    card: "Pagamento elettronico|Carta|Bancomat|POS|Carta di credito|PAGAM. ELETTRONICO",
    slip: "Aut. ######|Carta ************####|TML ########|AID A0000000041010|Transazione eseguita|Esercente #########",
    count: "Pezzi|N. articoli|Articoli",
    summary: ["IVA|Aliquota|Aliq.", "Imponibile|Imp.", "Imposta|IVA", "Totale|Lordo"],
    thanks: "Grazie e arrivederci|GRAZIE|Grazie per la visita|Arrivederci e grazie|Conservare lo scontrino per il cambio|\
        Buona giornata|Non si effettuano cambi senza scontrino",
    phone: "Tel.|Tel:|Telefono|",
    customer: "Cliente|Nome|Spett.le",
    food: "Caffè|Coperto|Pizza margherita|Acqua 0,5|Spaghetti|Tagliata|Vino casa 1/2|Tiramisù|Insalata mista|Cornetto|Risotto|\
        Birra media|Panino|Bistecca|Gelato|Antipasto misto|Spritz|Focaccia|Lasagne|Amaro",
    shop: "Pane|Latte 1L|Prosciutto|Mozzarella|Lampadina|Carta A4|Shopper|Pile AA|Detersivo|Viti 4x40|Penna|Yogurt|Mele|Olio evo|\
        Biscotti|Sapone|Quaderno|Pasta 500g",
    service_items: "Senza piombo|Gasolio|Corsa|Camera doppia|Sosta|Imposta di soggiorno|Benzina|Lavaggio|Supplemento|Colazione|Pedaggio",
    trades: "Ristorante|Bar|Trattoria|Pizzeria|Supermercato|Farmacia|Ferramenta|Panificio|Libreria|Albergo|Osteria|Gelateria|\
        Parcheggio|Tabacchi|Macelleria|Mercato",
    branch: "Filiale|Negozio|Punto vendita",
};
