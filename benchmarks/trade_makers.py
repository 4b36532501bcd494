"""What made purchase orders, delivery notes and bills of lading say."""

from datetime import date, timedelta
from decimal import Decimal

from benchmarks.made_types import Facts
from benchmarks.money_makers import signed
from benchmarks.type_pages import Content, Table

_CENT = Decimal("0.01")
_PORTS = ("Rotterdam", "Hamburg", "Valencia", "Santos", "Shanghai", "Genova", "Le Havre", "Leixões")
_SHIPS = ("MSC Aurora", "Cap Verde", "Ever Bright", "Maersk Tundra", "CMA Horizon")


def purchase_order(facts: Facts) -> Content:
    """Goods that a company orders of another."""
    chance, said = facts.chance, facts.language
    buyer, supplier = facts.company(), facts.company()
    while supplier.split()[0] == buyer.split()[0]:
        supplier = facts.company()
    ordered = facts.day()
    by = ordered + timedelta(days=chance.randint(5, 60))
    number = facts.number("PO-#####|45########|####/####|B######")
    terms, resa = chance.choice(facts.all_said("terms")), f"DAP {chance.choice(_PORTS)}"
    contact = facts.person()
    place = [buyer, *facts.address()]
    metas = [
        ("po_number", number),
        ("order_date", facts.printed(ordered)),
        ("delivery_date", facts.printed(by)),
        ("contact_name", contact),
        ("payment_terms", terms),
        ("delivery_terms", resa),
    ]
    facts.keep(
        po_number=number,
        order_date=ordered,
        delivery_date=by,
        contact_name=contact,
        payment_terms=terms,
        delivery_terms=resa,
        buyer_name=buyer,
        supplier_name=supplier,
        delivery_address=", ".join(place),
        currency=said.currency,
    )
    parties = [
        (facts.said("supplier_name"), [supplier, *facts.address()]),
        (facts.said("delivery_address"), place),
    ]
    issuer = [buyer, *facts.address()]
    if facts.layout.way >= 4:
        parties, issuer = [(facts.said("buyer_name"), issuer), *parties], []
    rows, items, net = [], [], Decimal(0)
    for name in chance.sample(said.goods, chance.randint(1, 6)):
        count, price = chance.choice([1, 2, 5, 10, 25]), facts.money(150, 60000)
        rows.append([name, str(count), signed(facts, price), signed(facts, price * count)])
        items.append(
            {
                "description": name,
                "quantity": str(count),
                "unit_price": f"{price:.2f}",
                "line_total": f"{price * count:.2f}",
            }
        )
        net += price * count
    tax = (net * said.rate / 100).quantize(_CENT)
    facts.keep(net_amount=net, tax_amount=tax, total_amount=net + tax, line_items=items)
    heads = [chance.choice(names) for names in said.columns]
    sums = [("net_amount", net), ("tax_amount", tax), ("total_amount", net + tax)]
    printed = [
        (facts.said(name).format(rate=said.rate), f"{signed(facts, value)} {said.currency}")
        for name, value in sums
    ]
    table = Table(heads, rows, [3.2, 1, 1.2, 1.3], frozenset({1, 2, 3}))
    return Content(facts.said("title"), issuer, parties, facts.metas(metas), [table], printed)


def delivery_note(facts: Facts) -> Content:
    """Goods that come with a note."""
    chance, said = facts.chance, facts.language
    sender, customer = facts.company(), facts.company()
    while customer.split()[0] == sender.split()[0]:
        customer = facts.company()
    sent = facts.day()
    ordered = sent - timedelta(days=chance.randint(2, 30))
    place = [customer, *facts.address()]
    facts.keep(
        delivery_note_number=facts.number("LS-#####|######|####/###"),
        delivery_date=sent,
        order_number=facts.number("######|PO-####|B-####"),
        order_date=ordered,
        customer_number=facts.number("#####|K####"),
        carrier=chance.choice(("DHL", "DPD")),
        packages=str(chance.randint(1, 40)),
        supplier_name=sender,
        customer_name=customer,
        delivery_address=", ".join(place),
        gross_weight=str(chance.randint(2, 900)),
    )
    names = [
        "delivery_note_number",
        "delivery_date",
        "order_number",
        "order_date",
        "customer_number",
        "carrier",
        "packages",
        "gross_weight",
    ]
    dropped = 3 + facts.layout.way % 5
    facts.fields.pop(names.pop(dropped))
    shown = {
        "delivery_date": facts.printed(sent),
        "order_date": facts.printed(ordered),
        "gross_weight": f"{facts.fields.get('gross_weight')} kg",
    }
    metas = [(name, shown.get(name, str(facts.fields[name]))) for name in names]
    parties = [(facts.said("customer_name"), place)]
    issuer = [sender, *facts.address()]
    if facts.layout.way >= 4:
        parties, issuer = [(facts.said("supplier_name"), issuer), *parties], []
    rows, items = [], []
    for name in chance.sample(said.goods, chance.randint(1, 6)):
        item = {
            "article_number": facts.number("#####|@@-###|##.###"),
            "description": name,
            "quantity": str(chance.choice([1, 2, 5, 10, 48])),
            "unit": chance.choice(facts.all_said("units")),
        }
        items.append(item)
        rows.append(list(item.values()))
    facts.keep(line_items=items)
    heads = [facts.said(f"c_{name}") for name in items[0]]
    table = Table(heads, rows, [1.2, 3.2, 1, 1], frozenset({2}))
    return Content(facts.said("title"), issuer, parties, facts.metas(metas), [table])


def bill_of_lading(facts: Facts) -> Content:
    """Containers on a ship."""
    chance = facts.chance
    loading, discharge = chance.sample(_PORTS, 2)
    issued = facts.day()
    on_board = issued - timedelta(days=chance.randint(0, 3))
    shipper, consignee, notify = facts.company(), facts.company(), facts.company()
    carrier = f"{chance.choice(('Oceania', 'Transmar', 'Nordsee'))} Line"
    homes = [facts.address() for _ in range(3)]
    rows, items = [], []
    for _ in range(chance.randint(1, 3)):
        item = {
            "container_number": facts.number("MSCU#######|TGHU#######"),
            "seal_number": facts.number("######|@@#####"),
            "description": chance.choice(facts.all_said("goods")),
            "packages": str(chance.randint(4, 400)),
            "gross_weight": str(chance.randint(900, 24000)),
            "measurement": f"{chance.randint(20, 670) / 10:.1f}",
        }
        items.append(item)
        comma = facts.language.decimal == ","
        rows.append(
            [
                it.replace(".", ",") if comma and name == "measurement" else it
                for name, it in item.items()
            ]
        )
    weight = sum(int(it["gross_weight"]) for it in items)
    if len(items) == 1:
        facts.keep(measurement=items[0]["measurement"])
    pieces = sum(int(it["packages"]) for it in items)
    facts.keep(
        bill_of_lading_number=facts.number("@@@@#########|@@@@@@######"),
        booking_number=facts.number("#########|@@@#######"),
        carrier=carrier,
        vessel=chance.choice(_SHIPS),
        voyage_number=facts.number("###@|@@###"),
        place_of_receipt=chance.choice(_PORTS),
        port_of_loading=loading,
        port_of_discharge=discharge,
        place_of_delivery=chance.choice(_PORTS),
        freight_terms=chance.choice(facts.all_said("freight")),
        original_bills=chance.choice(("3", "THREE (3)")),
        issue_place=loading,
        issue_date=issued,
        on_board_date=on_board,
        packages=str(pieces),
        gross_weight=str(weight),
    )
    days: dict[str, date] = {"issue_date": issued, "on_board_date": on_board}
    totals = {"packages", "gross_weight", "measurement"}
    names = [name for name in facts.fields if name not in totals]
    metas = [
        (name, facts.printed(days[name]) if name in days else str(facts.fields[name]))
        for name in names
    ]
    facts.keep(
        shipper_name=shipper,
        consignee_name=consignee,
        notify_party=notify,
        goods=items,
        shipper_address=", ".join(homes[0]),
        consignee_address=", ".join(homes[1]),
    )
    parties = [
        (facts.said(name), [who, *home])
        for name, who, home in zip(
            ("shipper_name", "consignee_name", "notify_party"),
            (shipper, consignee, notify),
            homes,
            strict=True,
        )
    ]
    heads = [facts.said(f"c_{name}") for name in items[0]]
    table = Table(heads, rows, [1.5, 1.1, 2.2, 1.1, 1.5, 1.5], frozenset({3, 4, 5}))
    sums = [(facts.said("packages"), str(pieces)), (facts.said("gross_weight"), f"{weight} KGS")]
    return Content(facts.said("title"), [], parties, facts.metas(metas), [table], sums)
