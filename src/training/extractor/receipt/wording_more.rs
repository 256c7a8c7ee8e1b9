//! What tills print in Dutch, Portuguese and Polish.

use super::wording::Till;

pub(super) const DUTCH: Till = Till {
    code: "nl",
    title: "||KASSABON|Bon|Factuur|Kwitantie|Rekening|KASTICKET|BTW-bon|Klantticket|Kopie klant",
    number: "Bonnummer|Bonnr|Bon|Ticket|Factuurnr.|Transactie|Rekening nr.|Bon nr.|Order|Kwitantie nr.",
    date: "Datum|Datum|DATUM|Datum/tijd|Bondatum|d.d.",
    time: "Tijd|TIJD|om",
    other: "Kassa|Medewerker|Tafel|Filiaal|Terminal|Kassier|U bent geholpen door|Gasten|Pomp|Klantnr.|Personen|Kamer|Winkel",
    heads: ["Aantal|Aant.|Stuks", "Omschrijving|Artikel|Product", "Prijs|Stukprijs|P/st", "Bedrag|Totaal|Bedrag {}"],
    subtotal: "Subtotaal|SUBTOTAAL|Totaal excl. BTW|Netto|Subtotaal excl.",
    discount: "Korting|KORTING|Bonus|Actiekorting|Uw voordeel",
    service: "Service {}%|Bediening {}%",
    rounding: "Afronding|Afrondingsverschil",
    included: "waarvan {}|incl. {}|{}|{} inbegrepen",
    total: "TOTAAL|Totaal|Te betalen|TE BETALEN|Totaal EUR|Eindtotaal|Totaalbedrag|Bedrag|Totaal te betalen",
    total_with_tax: "Totaal incl. {}|TOTAAL INCL. {}|Totaal inclusief {}",
    cash: "Contant|CONTANT|Ontvangen|Betaald|Cash",
    change: "Wisselgeld|Terug|Teruggave|WISSELGELD",
    card: "PIN|Pinbetaling|Bankpas|Maestro|VISA|Bancontact|Pin|Contactloos",
    slip: "Autorisatiecode ######|Kaart ############ ####|Terminal ########|Merchant ######|KLANTTICKET|AKKOORD|Periode ####",
    count: "Aantal artikelen|Artikelen|Aantal",
    summary: ["BTW|BTW %|Tarief", "Excl.|Netto|Over|Grondslag", "BTW|BTW-bedrag", "Incl.|Bruto|Totaal"],
    thanks: "Bedankt en tot ziens|Dank u wel|Tot ziens|Ruilen binnen 14 dagen met bon|Bedankt voor uw bezoek|Fijne dag|\
        Bewaar deze bon|Openingstijden ma-za 8-21",
    phone: "Tel|Tel.|Telefoon|T:|",
    customer: "Klant|Naam|Debiteur",
    food: "Koffie|Cappuccino|Spa blauw|Broodje kaas|Friet|Saté|Uitsmijter|Appeltaart|Bier 0,25|Soep van de dag|Tosti|Jus d'orange|\
        Bitterballen|Biefstuk|Verse muntthee|Salade geit|Huiswijn rood|Kroket",
    shop: "Halfvolle melk|Volkoren brood|Kaas jong|Bananen|Tas|Pen|Papier A4|Schroeven|Batterij AA|Lamp LED|Shampoo|Yoghurt|\
        Statiegeld|Appels|Pindakaas|Hagelslag|Tape|Wasmiddel|Pleisters",
    service_items: "Euro 95|Diesel|Rit|Overnachting|Parkeren|Toeristenbelasting|Wassen|Toeslag|Ontbijt|Entree",
    trades: "Bakkerij|Supermarkt|Restaurant|Café|Eetcafé|Drogist|Apotheek|Boekhandel|Slagerij|Hotel|Tankstation|Bouwmarkt|\
        Parkeergarage|Taxi|Bloemen|Markt",
    branch: "Filiaal|Winkel|Vestiging",
};

pub(super) const PORTUGUESE: Till = Till {
    code: "pt",
    title: "||FATURA SIMPLIFICADA|Fatura-Recibo|TALÃO|Recibo|CUPOM FISCAL|Fatura Simplificada|Conta|NFC-e|Consulta de mesa",
    number: "Fatura Nº|FS|Nº|Talão Nº|Doc. Nº|Recibo Nº|Cupom|Extrato Nº|Fatura simplificada|Documento",
    date: "Data|DATA|Data|Data de emissão|Emissão|Data/Hora",
    time: "Hora|HORA|às",
    other: "Caixa|Operador|Mesa|Empregado|Loja|Terminal|Vendedor|Bomba|Pessoas|Cartão cliente|Atendente|Quarto",
    heads: ["Qtd|Qtd.|Quant.", "Descrição|Artigo|Produto|Designação", "Preço|P.Unit.|Vl. Unit", "Valor|Total|Valor {}"],
    subtotal: "Subtotal|SUBTOTAL|Total ilíquido|Base|Total s/ IVA|Incidência",
    discount: "Desconto|DESCONTO|Promoção|Poupança|Desc. cartão",
    service: "Serviço {}%|Taxa de serviço {}%",
    rounding: "Arredondamento",
    included: "{} incluído|Inclui {}|{}|Total {}|dos quais {}",
    total: "TOTAL|Total|TOTAL A PAGAR|Total a pagar|Valor a pagar|TOTAL EUR|Total líquido|VALOR TOTAL|Total geral",
    total_with_tax: "Total c/ {}|Total ({} incluído)|TOTAL COM {}",
    cash: "Numerário|Dinheiro|DINHEIRO|Entregue|Valor recebido|Pago",
    change: "Troco|TROCO",
    card: "Multibanco|Cartão|MB|Cartão de crédito|Cartão débito|VISA",
    slip: "Aut. ######|Cartão ************####|AID A0000000031010|Estabelecimento #######|Via cliente|\
        Processado por programa certificado n.º ####|ATCUD: ########-####",
    count: "Nº artigos|Artigos|Qtd. total de itens",
    summary: ["Taxa|%IVA|IVA", "Base|Incidência|Base trib.", "IVA|Valor IVA", "Total|Valor"],
    thanks: "Obrigado pela sua visita|OBRIGADO|Volte sempre|Obrigado pela preferência|Guarde o seu talão|\
        Trocas até 15 dias com talão|IVA incluído|Bom apetite",
    phone: "Tel.|Telef.|Tel:|Fone|",
    customer: "Cliente|Nome|Consumidor",
    food: "Café|Meia de leite|Bacalhau|Prego no pão|Água 0,5L|Imperial|Sopa do dia|Pastel de nata|Frango assado|Salada mista|Galão|\
        Torrada|Sumo natural|Vinho da casa|Bitoque|Prato do dia|Gelado|Arroz doce",
    shop: "Leite meio-gordo|Pão de forma|Azeite|Saco|Pilhas AA|Caneta|Papel A4|Lâmpada|Iogurte|Queijo|Arroz agulha|Detergente|\
        Maçãs|Parafusos|Champô|Caderno|Bolachas|Fita-cola",
    service_items: "Gasolina 95|Gasóleo|Corrida|Quarto duplo|Estacionamento|Taxa turística|Lavagem|Suplemento|Pequeno-almoço|Portagem",
    trades: "Supermercado|Café|Restaurante|Pastelaria|Farmácia|Padaria|Livraria|Ferragens|Hotel|Posto|Churrasqueira|Mercearia|Parque|\
        Táxi|Papelaria|Tasca|Mercado",
    branch: "Loja|Filial|Posto",
};

pub(super) const POLISH: Till = Till {
    code: "pl",
    title: "PARAGON FISKALNY|PARAGON FISKALNY|Paragon||RACHUNEK|Rachunek|NIEFISKALNY|Potwierdzenie|FAKTURA|Faktura uproszczona",
    number: "Nr paragonu|Paragon nr|Nr wydr.|Nr|Rachunek nr|Nr sys.|Transakcja|Faktura nr|Nr trans.",
    date: "Data|Data|DATA|Data sprzedaży|Data wystawienia|z dnia",
    time: "Godz.|Godzina|Czas",
    other: "Kasa|Kasjer|Stolik|Kelner|Sklep|Terminal|Stanowisko|Obsługa|Dystrybutor|Liczba osób|Karta klienta|Pokój",
    heads: ["Ilość|Il.|Szt.", "Nazwa|Towar|Opis", "Cena|Cena jedn.", "Wartość|Kwota|Wartość {}"],
    subtotal: "Podsuma|Suma netto|Wartość netto|Razem netto|SUMA CZĘŚCIOWA",
    discount: "Rabat|RABAT|Opust|Promocja|Kupon",
    service: "Serwis {}%|Obsługa {}%",
    rounding: "Zaokrąglenie",
    included: "SUMA {}|w tym {}|Kwota {}|{}",
    total: "SUMA PLN|SUMA|RAZEM|Do zapłaty|DO ZAPŁATY|Suma|Razem do zapłaty|Suma PLN|Kwota",
    total_with_tax: "Razem brutto|Suma brutto|Wartość brutto|Do zapłaty brutto",
    cash: "Gotówka|GOTÓWKA|Wpłata|Zapłacono",
    change: "Reszta|RESZTA",
    card: "Karta|KARTA|Karta płatnicza|VISA|Płatność kartą|BLIK",
    slip: "Kod autoryzacji ######|Karta ************####|TID ########|MID ########|Kopia klienta|Transakcja zaakceptowana|\
        NIP NABYWCY",
    count: "Liczba pozycji|Pozycji|Ilość sztuk",
    summary: ["PTU|Stawka|VAT", "Netto|Sp. op.|Podstawa", "PTU|Kwota PTU|VAT", "Brutto|Razem"],
    thanks: "Dziękujemy i zapraszamy|Dziękujemy za zakupy|Zapraszamy ponownie|Zachowaj paragon|Zwrot do 14 dni z paragonem|\
        Miłego dnia|Smacznego",
    phone: "Tel.|tel.|Telefon|",
    customer: "Nabywca|Klient|Odbiorca",
    food: "Kawa|Herbata|Żurek|Pierogi ruskie|Schabowy|Woda 0,5l|Piwo 0,5|Sernik|Zupa dnia|Rosół|Kompot|Sałatka grecka|Placki|\
        Frytki|Naleśniki|Lody|Gulasz|Sok pomarańczowy",
    shop: "Mleko 2%|Chleb|Masło|Reklamówka|Długopis|Papier A4|Żarówka LED|Baterie AA|Ser żółty|Jogurt|Jabłka kg|Wkręty|Proszek 2kg|\
        Szampon|Makaron|Cukier 1kg|Zeszyt|Taśma",
    service_items: "Pb95|ON Diesel|Kurs|Nocleg|Parking|Opłata klimatyczna|Myjnia|Dopłata|Śniadanie|Bilet",
    trades: "Sklep|Restauracja|Piekarnia|Apteka|Kawiarnia|Księgarnia|Hotel|Stacja Paliw|Market|Cukiernia|Bar|Delikatesy|Pizzeria|\
        Taxi|Kwiaciarnia",
    branch: "Sklep|Oddział|Stacja",
};
